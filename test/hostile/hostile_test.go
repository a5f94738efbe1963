// Package hostile sends the control plane what no client of AWS would: every answer must have AWS's form, nothing may
// panic, and the traffic of what was there before goes on.
package hostile

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dipylon/dipylon/test/harness"
)

// api stands for the id of an API in paths and bodies.
const api = "APIID"

// requests are signed well and hostile otherwise. Any status of the list will do.
var requests = []struct {
	name         string
	method, path string
	body         string
	headers      []string
	statuses     []int
}{
	{"no JSON", "POST", "/v2/apis", `{"name":`, nil, []int{400}},
	{"JSON and more", "POST", "/v2/apis", `{"name":"x","protocolType":"HTTP"} {}`, nil, []int{400}},
	{"a list", "POST", "/v2/apis", `[]`, nil, []int{400}},
	{"a string", "POST", "/v2/apis", `"x"`, nil, []int{400}},
	{"null", "POST", "/v2/apis", `null`, nil, []int{400}},
	{"nothing", "POST", "/v2/apis", ``, nil, []int{400}},
	{"NUL bytes", "POST", "/v2/apis", "\x00\x00\x00", nil, []int{400}},
	{"invalid UTF-8", "POST", "/v2/apis", "{\"name\":\"\xff\xfe\",\"protocolType\":\"FTP\"}", nil, []int{400}},
	{"lone surrogate", "POST", "/v2/apis", `{"name":"\ud800","protocolType":"FTP"}`, nil, []int{400}},
	{"object for a string", "POST", "/v2/apis", `{"name":{},"protocolType":"HTTP"}`, nil, []int{400}},
	{"string for a map", "POST", "/v2/apis", `{"name":"x","protocolType":"HTTP","tags":"x"}`, nil, []int{400}},
	{"list in a map", "POST", "/v2/apis", `{"name":"x","protocolType":"HTTP","tags":{"a":[1]}}`, nil, []int{400}},
	{"string for a number", "POST", "/v2/apis/" + api + "/integrations",
		`{"integrationType":"HTTP_PROXY","timeoutInMillis":"soon"}`, nil, []int{400}},
	{"huge number", "POST", "/v2/apis/" + api + "/integrations",
		`{"integrationType":"HTTP_PROXY","timeoutInMillis":1e400}`, nil, []int{400}},
	{"number past 32 bits", "POST", "/v2/apis/" + api + "/integrations",
		`{"integrationType":"HTTP_PROXY","timeoutInMillis":4294967346}`, nil, []int{400}},
	{"deep nesting", "POST", "/v2/apis", strings.Repeat(`{"a":`, 100_000), nil, []int{400}},
	{"deep nesting in an unknown member", "POST", "/v2/apis",
		`{"name":"x","protocolType":"FTP","unknown":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "}", nil, []int{400}},
	{"long name", "POST", "/v2/apis", `{"name":"` + strings.Repeat("n", 129) + `","protocolType":"HTTP"}`, nil, []int{400}},
	{"very long name", "POST", "/v2/apis", `{"name":"` + strings.Repeat("n", 1<<20) + `","protocolType":"HTTP"}`, nil, []int{400}},
	{"a thousand tags", "POST", "/v2/apis", `{"name":"x","protocolType":"HTTP","tags":{` + manyTags(1000) + `}}`, nil, []int{400}},
	{"huge body", "POST", "/v2/apis", strings.Repeat(" ", 10<<20+1), nil, []int{413}},
	{"gzip bomb", "POST", "/v2/apis", zipped(64 << 20), []string{"Content-Encoding: gzip"}, []int{400, 413}},
	{"no gzip", "POST", "/v2/apis", "plain", []string{"Content-Encoding: gzip"}, []int{400}},
	{"route key with control bytes", "POST", "/v2/apis/" + api + "/routes", `{"routeKey":"GET /a\u0000b"}`, nil, []int{400}},
	{"route key with a newline", "POST", "/v2/apis/" + api + "/routes", `{"routeKey":"GET /a\r\nX: y"}`, nil, []int{400}},
	{"long route key", "POST", "/v2/apis/" + api + "/routes", `{"routeKey":"GET /` + strings.Repeat("a/", 5000) + `"}`, nil, []int{400}},
	{"URI that splits the request", "POST", "/v2/apis/" + api + "/integrations",
		`{"integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"http://h\r\nX: y/"}`, nil, []int{400}},
	{"URI with a user", "POST", "/v2/apis/" + api + "/integrations",
		`{"integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"http://u:p@h/"}`, nil, []int{400}},
	{"server name that is none", "POST", "/v2/apis/" + api + "/integrations",
		`{"integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"https://h/","tlsConfig":{"serverNameToVerify":"` +
			strings.Repeat("n", 600) + `"}}`, nil, []int{400}},
	{"stage variable that splits the request", "POST", "/v2/apis/" + api + "/stages",
		`{"stageName":"s","stageVariables":{"a":"b\r\nX: y"}}`, nil, []int{400}},
	{"path that climbs", "GET", "/v2/apis/../../etc/passwd", "", nil, []int{400, 403, 404}},
	{"path that climbs, escaped", "GET", "/v2/apis/..%2f..%2fetc", "", nil, []int{400, 403, 404}},
	{"double slashes", "GET", "/v2//apis", "", nil, []int{400, 403, 404}},
	{"NUL in the path", "GET", "/v2/apis/%00", "", nil, []int{400, 403, 404}},
	{"long path", "GET", "/v2/apis/" + strings.Repeat("x", 8000), "", nil, []int{400, 403, 404}},
	{"id of another alphabet", "GET", "/v2/apis/%C3%BC%F0%9F%92%A9", "", nil, []int{404}},
	{"id that is no UTF-8", "GET", "/v2/apis/%FF%FE", "", nil, []int{400, 404}},
	{"id with the store's separators", "GET", "/v2/apis/a%2Fb%00c", "", nil, []int{404}},
	{"stage of another alphabet", "POST", "/v2/apis/" + api + "/stages", `{"stageName":"münchen"}`, nil, []int{400}},
	{"token that is base64 of nonsense", "GET", "/v2/apis?nextToken=AAAA_-8", "", nil, []int{200}},
	{"method that no operation has", "TRACE", "/v2/apis", "", nil, []int{400, 403, 404, 405}},
	{"tag ARN of nonsense", "GET", "/v2/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fapis%2F", "", nil, []int{400, 404}},
	{"OpenAPI that refers to itself", "PUT", "/v2/apis",
		`{"body":"{\"openapi\":\"3.0.1\",\"info\":{\"title\":\"x\",\"version\":\"1\"},\"paths\":{\"/a\":{\"$ref\":\"#/paths/~1a\"}}}"}`, nil, []int{400}},
	{"billion laughs", "PUT", "/v2/apis", `{"body":` + laughs() + `}`, nil, []int{400}},
	{"cross-site", "POST", "/v2/apis", `{"name":"x","protocolType":"HTTP"}`, []string{"Origin: http://evil.example"}, []int{403}},
}

func manyTags(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"k%d":"v"`, i)
	}
	return b.String()[1:]
}

func zipped(n int) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(make([]byte, n))
	_ = w.Close()
	return b.String()
}

func laughs() string {
	var b strings.Builder
	b.WriteString("openapi: 3.0.1\na0: &a0 [x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 9), ","))
	}
	quoted, _ := json.Marshal(b.String())
	return string(quoted)
}

// guarded is a server with one API, which must answer at the end as at the beginning.
type guarded struct {
	*testing.T
	*harness.Server
	id, url string
}

func newGuarded(t *testing.T) *guarded {
	t.Helper()
	g := &guarded{T: t, Server: harness.Start(t, nil)}
	backend := harness.NewBackend(t, "guarded")
	out, err := g.Client().CreateApi(t.Context(), &apigatewayv2.CreateApiInput{
		Name: aws.String("guarded"), ProtocolType: types.ProtocolTypeHttp, Target: aws.String("http://" + backend.Addr()),
	})
	if err != nil {
		t.Fatal(err)
	}
	g.id, g.url = *out.ApiId, *out.ApiEndpoint
	t.Cleanup(g.check)
	return g
}

// check says that nothing broke: traffic flows, and the log has neither panics nor failures of the server's own.
func (g *guarded) check() {
	client, _ := harness.HTTPClient(g.HTTPAddr())
	defer client.CloseIdleConnections()
	ctx := context.WithoutCancel(g.Context()) // which has ended when this is called
	if status, head, err := harness.Post(ctx, client, g.url+"/x"); err != nil || status != 200 {
		g.Errorf("traffic broke: %d %v %v", status, head, err)
	}
	for line := range strings.Lines(g.Log.String()) {
		if strings.Contains(line, "panic") || strings.Contains(line, "level=ERROR") {
			g.Errorf("logged: %s", line)
		}
	}
}

func TestSignedRequests(t *testing.T) {
	g := newGuarded(t)
	for _, c := range requests {
		t.Run(c.name, func(t *testing.T) {
			url := "http://" + g.ControlAddr() + strings.ReplaceAll(c.path, api, g.id)
			body := []byte(strings.ReplaceAll(c.body, api, g.id))
			signed, err := harness.Signer{KeyID: "test", Secret: "test", Service: "apigateway", Region: harness.Region}.Headers(c.method, url, body)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := harness.Call{Method: c.method, URL: url, Headers: append(signed, c.headers...), Body: body}.Do(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			expect(t, answer, c.statuses)
		})
	}
}

// expect says that an answer is one of AWS's: JSON with a message, an error type and a request id.
func expect(t *testing.T, answer *harness.Answer, statuses []int) {
	t.Helper()
	known := false
	for _, status := range statuses {
		known = known || status == answer.Status
	}
	if !known {
		t.Errorf("status %d: %.300s", answer.Status, answer.Body)
	}
	head := strings.ToLower(strings.Join(answer.Head, "\n"))
	if !strings.Contains(head, "x-amzn-requestid: ") {
		t.Errorf("no request id: %s", head)
	}
	if answer.Status < 400 {
		return
	}
	var said struct{ Message string }
	if err := json.Unmarshal(answer.Body, &said); err != nil || said.Message == "" {
		t.Errorf("no message: %.300s", answer.Body)
	}
	if !strings.Contains(head, "x-amzn-errortype: ") || !strings.Contains(head, "content-type: application/json") {
		t.Errorf("not AWS's form: %s", head)
	}
	if len(answer.Body) > 10_000 {
		t.Errorf("the answer shows %d bytes", len(answer.Body))
	}
}

// TestSignatures sends Authorization headers of all bad kinds.
func TestSignatures(t *testing.T) {
	g := newGuarded(t)
	now := time.Now().UTC().Format("20060102T150405Z")
	scope := "test/" + now[:8] + "/us-east-1/apigateway/aws4_request"
	zeros := strings.Repeat("0", 64)
	for name, lines := range map[string][]string{
		"none":               nil,
		"empty":              {"Authorization: "},
		"another scheme":     {"Authorization: Bearer x"},
		"scheme only":        {"Authorization: AWS4-HMAC-SHA256"},
		"no signature":       {"Authorization: AWS4-HMAC-SHA256 Credential=" + scope + ", SignedHeaders=host"},
		"broken scope":       {"Authorization: AWS4-HMAC-SHA256 Credential=test/x, SignedHeaders=host, Signature=" + zeros},
		"wrong":              {"Authorization: AWS4-HMAC-SHA256 Credential=" + scope + ", SignedHeaders=host;x-amz-date, Signature=" + zeros, "X-Amz-Date: " + now},
		"no hex":             {"Authorization: AWS4-HMAC-SHA256 Credential=" + scope + ", SignedHeaders=host;x-amz-date, Signature=zzz", "X-Amz-Date: " + now},
		"old":                {"Authorization: AWS4-HMAC-SHA256 Credential=" + scope + ", SignedHeaders=host;x-amz-date, Signature=" + zeros, "X-Amz-Date: 20000101T000000Z"},
		"no date":            {"Authorization: AWS4-HMAC-SHA256 Credential=" + scope + ", SignedHeaders=host, Signature=" + zeros},
		"bad date":           {"Authorization: AWS4-HMAC-SHA256 Credential=" + scope + ", SignedHeaders=host;x-amz-date, Signature=" + zeros, "X-Amz-Date: yesterday"},
		"twice":              {"Authorization: AWS4-HMAC-SHA256 Credential=" + scope, "Authorization: AWS4-HMAC-SHA256 Credential=" + scope},
		"long":               {"Authorization: AWS4-HMAC-SHA256 Credential=" + strings.Repeat("x", 8000) + ", SignedHeaders=host, Signature=" + zeros},
		"many signed":        {"Authorization: AWS4-HMAC-SHA256 Credential=" + scope + ", SignedHeaders=" + strings.Repeat("a;", 3000) + "host, Signature=" + zeros, "X-Amz-Date: " + now},
		"not of this region": {"Authorization: AWS4-HMAC-SHA256 Credential=test/" + now[:8] + "/../apigateway/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + zeros, "X-Amz-Date: " + now},
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := harness.Call{Method: "GET", URL: "http://" + g.ControlAddr() + "/v2/apis", Headers: lines}.Do(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			expect(t, answer, []int{400, 403})
		})
	}
	for name, query := range map[string]string{
		"presigned, broken":     "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=x",
		"presigned, bad escape": "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=%zz&X-Amz-Signature=" + zeros,
		"presigned, for ever": "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + strings.ReplaceAll(scope, "/", "%2F") +
			"&X-Amz-Date=" + now + "&X-Amz-Expires=999999999&X-Amz-SignedHeaders=host&X-Amz-Signature=" + zeros,
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := harness.Call{Method: "GET", URL: "http://" + g.ControlAddr() + "/v2/apis?" + strings.ReplaceAll(query, "%zz", "%25zz")}.Do(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			expect(t, answer, []int{400, 403})
		})
	}
}

// TestRawBytes writes what is hardly HTTP to both listeners: the connection ends, and the server does not.
func TestRawBytes(t *testing.T) {
	g := newGuarded(t)
	for name, text := range map[string]string{
		"bytes":           "\x00\x01\x02\x03\r\n\r\n",
		"TLS hello":       "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"bad escape":      "GET /v2/apis/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"cut escape":      "GET /v2/apis/% HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"bad query":       "GET /v2/apis?maxResults=%zz;x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"no host":         "GET /v2/apis HTTP/1.1\r\nConnection: close\r\n\r\n",
		"host of nothing": "GET / HTTP/1.1\r\nHost: .execute-api..\r\nConnection: close\r\n\r\n",
		"star":            "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"absolute form":   "GET http://x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"long path forms": "GET /_aws/execute-api HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"half a form":     "GET /restapis/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"empty form":      "GET /_aws/execute-api// HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"form of slashes": "GET /restapis///_user_request_ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"two lengths":     "POST /v2/apis HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab",
		"long header":     "GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 100_000) + "\r\n\r\n",
	} {
		for listener, addr := range map[string]string{"control": g.ControlAddr(), "gateway": g.HTTPAddr()} {
			t.Run(name+" to "+listener, func(t *testing.T) {
				conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
				_, _ = io.WriteString(conn, text)
				_ = conn.(*net.TCPConn).CloseWrite()
				got, err := io.ReadAll(conn)
				if err != nil && !strings.Contains(err.Error(), "reset") {
					t.Fatalf("the connection stays open: %v", err)
				}
				if strings.HasPrefix(string(got), "HTTP/1.1 5") {
					t.Errorf("got %.200s", got)
				}
			})
		}
	}
}
