package compile

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/backend"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/upstream"
)

// targets notes who is called.
type targets struct{ called *upstream.Request }

func (b *targets) Do(_ context.Context, req *upstream.Request, resp *upstream.Response) error {
	b.called, resp.Status = req, 200
	return nil
}

// TestRestPrivate: a VPC link leads to the back ends that the setting has for its load balancer, and the URI is for the
// path, the Host field and the certificate (developer guide, set-up-api-with-vpclink-cli).
func TestRestPrivate(t *testing.T) {
	const (
		nlb = "arn:aws:elasticloadbalancing:us-east-2:123456789012:loadbalancer/net/my-vpclink-test-nlb/1234567890abcdef"
		alb = "arn:aws:elasticloadbalancing:us-east-2:123456789012:loadbalancer/app/alb/1234567890abcdef"
	)
	groups, err := backend.New(backend.Options{Groups: map[string]backend.Config{nlb: {Addresses: []string{"nlb:1"}}, alb: {Addresses: []string{"alb:2"}}}})
	if err != nil {
		t.Fatal(err)
	}
	defer groups.Close()
	link := func(uri, id, target string) *gateway.RestIntegration {
		in := proxyTo(uri, nil)
		in.ConnectionType, in.ConnectionID, in.Target = gateway.ConnectionVPCLink, id, target
		return in
	}
	plain := link("http://my.example/plain", "gim7c3", "")
	plain.Type, plain.Responses = gateway.RestHTTP, map[string]gateway.IntegrationResponse{"200": {}}
	unchecked := link("https://my.example:8443/x", "gim7c3", "")
	unchecked.InsecureSkipVerification = new(true)
	var b targets
	w := world(nil)
	w.Backends, w.Groups = &b, groups
	in := restStage(
		resource("/v1", get(link("http://my.example/{proxy}/pets?a=b", "gim7c3", ""))),
		resource("/one", get(link("http://my.example/pets?a=b", "gim7c3", ""))),
		resource("/http", map[string]*gateway.Method{"GET": {
			Authorization: gateway.AuthorizationNone, Integration: plain, Responses: map[string]gateway.MethodResponse{"200": {}},
		}}),
		resource("/variable", get(link("https://my.example/pets", "${stageVariables.link}", ""))),
		resource("/v2", get(link("https://my.example", "v2link", alb))),
		resource("/unchecked", get(unchecked)),
		resource("/nolink", get(link("http://my.example", "other", ""))),
		resource("/novariable", get(link("http://my.example", "${stageVariables.none}", ""))),
		resource("/nogroup", get(link("http://my.example", "v2link", nlb+"0"))),
	)
	in.Stage.Variables["link"] = "gim7c3"
	in.Links = map[string]gateway.RestVPCLink{"gim7c3": {ID: "gim7c3", TargetARNs: []string{nlb}}}
	p, err := RestAPI(in, w)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/one":        "nlb:1  my.example/pets?a=b",
		"/http":       "nlb:1  my.example/plain",
		"/variable":   "nlb:1 tls my.example my.example/pets",
		"/v2":         "alb:2 tls my.example my.example/",
		"/unchecked":  "nlb:1 tls my.example any my.example:8443/x",
		"/v1":         "{proxy}",
		"/nolink":     "connectionId other: there is no VPC link",
		"/novariable": `no variable "none"`,
		"/nogroup":    "no entry of the setting backends has the ARN " + nlb + "0",
	} {
		b.called = nil
		x := run(p, "GET", path)
		if x.Fault != nil {
			if x.Response.Status != 500 || !strings.Contains(x.Fault.Error(), want) {
				t.Errorf("%s: %d %v, want %s", path, x.Response.Status, x.Fault, want)
			}
			continue
		}
		target := b.called.Target
		got := target.Addr + " "
		if target.TLS {
			got += "tls " + target.ServerName
		}
		if target.AnyAuthority {
			got += " any"
		}
		if got += " " + string(b.called.Host) + string(b.called.RequestTarget); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

// TestRestClientCertificate: a stage shows its certificate to HTTP back ends
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/getting-started-client-side-ssl-authentication.html).
func TestRestClientCertificate(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1)}, &x509.Certificate{}, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	var b targets
	w := world(nil)
	w.Backends = &b
	in := restStage(resource("/x", get(proxyTo("https://one.example/", nil))))
	in.Certificate = &gateway.ClientCertificate{
		ID: "c", Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		PrivateKey: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
	}
	p, err := RestAPI(in, w)
	if err != nil {
		t.Fatal(err)
	}
	if run(p, "GET", "/x"); b.called == nil || b.called.Target.Certificate == nil || string(b.called.Target.Certificate.Certificate[0]) != string(der) {
		t.Error("the back end was not shown the certificate")
	}
	in.Certificate.PrivateKey = ""
	if p, err = RestAPI(in, w); err != nil {
		t.Fatal(err)
	}
	if x := run(p, "GET", "/x"); x.Response.Status != 500 || !strings.Contains(x.Fault.Error(), "client certificate c") {
		t.Errorf("got %d %v", x.Response.Status, x.Fault)
	}
}
