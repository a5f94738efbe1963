package selection

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

type tokenClaims struct{}

func (tokenClaims) Claim(name string) (string, bool) { return "ann", name == "sub" }
func (tokenClaims) Len() int                         { return 1 }
func (tokenClaims) At(int) (string, string)          { return "sub", "ann" }

type templates struct{}

func (templates) Override(dst []byte, name string) ([]byte, bool) {
	return append(dst, name...), strings.HasSuffix(name, "x") || strings.HasSuffix(name, "status")
}

// logged is a call that has everything that access logs know.
func loggedCall() *exchange.Exchange {
	x := restExchange()
	x.Received = time.Date(2020, 4, 6, 23, 44, 51, 0, time.UTC)
	x.Fault = &exchange.Fault{Kind: exchange.KindBadBody, Message: "Invalid request body", Validation: "[no email]"}
	x.Request.Host, x.Request.Proto, x.Request.Remote = []byte("d.example:8080"), exchange.HTTP2, netip.MustParseAddrPort("192.0.2.1:5")
	x.Request.Header.Add([]byte("User-Agent"), []byte("me"))
	x.Request.Header.Add([]byte("X-Amzn-Trace-Id"), []byte("Root=1-2-3;Sampled=1"))
	x.TraceID()
	x.Route.Key, x.Route.BasePath, x.Route.Release = "GET /x/{v}", "v1/x", exchange.CanaryRelease
	x.Identity = exchange.Identity{
		Claims: tokenClaims{}, Principal: "user", Context: map[string]string{"key": "value"}, Error: "refused", Latency: 7 * time.Millisecond,
		APIKey: "key", APIKeyID: "kid", AccountID: "2", Caller: "AK", User: "AK", UserARN: "arn", VPC: "vpc-1", VPCEndpoint: "vpce-1",
	}
	x.Phases = exchange.Phases{
		Authenticate: exchange.Phase{Status: 403, Latency: time.Millisecond, Error: "who"},
		Authorizer:   exchange.Phase{Status: 401, Latency: 8 * time.Millisecond, Error: "no"},
		Authorize:    exchange.Phase{Status: 200, Latency: 0}, RequestID: "A",
	}
	x.Integration = exchange.Integration{Status: 201, ServiceStatus: 200, Latency: 9 * time.Millisecond, Error: "late", RequestID: []byte("I")}
	x.Response.Status, x.Templates = 400, templates{}
	return x
}

// TestRESTLogVariables: the names are all of api-gateway-mapping-template-reference.md (developer guide), of its list for access
// logs alone too.
func TestRESTLogVariables(t *testing.T) {
	o := Options{Scope: Log, AccountID: "1", DeploymentID: "dep", Traced: true}
	none := &exchange.Exchange{REST: true, Received: time.Unix(0, 0)}
	for name, want := range map[string]string{
		"accountId": "1", "apiId": "api", "deploymentId": "dep", "stage": "dev", "resourceId": "r", "resourcePath": "/x/{v}", "path": "/dev/x/a%2F/",
		"httpMethod": "GET", "protocol": "HTTP/1.1", "requestId": "id", "extendedRequestId": "ext=", "domainName": "d.example", "domainPrefix": "d",
		"requestTime": "06/Apr/2020:23:44:51 +0000", "requestTimeEpoch": "1586216691000", "isCanaryRequest": "true", "customDomain.basePathMatched": "v1/x",
		"authorizer.claims.sub": "ann", "authorizer.claims": "-", "authorizer.claims.none": "-", "authorizer.principalId": "user", "authorizer.key": "value",
		"authorizer.error": "refused", "authorizer.latency": "8", "authorizer.status": "401", "authorizer.requestId": "A",
		"authorizer.integrationLatency": "7", "authorizer.integrationStatus": "200",
		"authenticate.error": "who", "authenticate.latency": "1", "authenticate.status": "403",
		"authorize.error": "-", "authorize.latency": "0", "authorize.status": "200",
		"identity.accountId": "2", "identity.apiKey": "key", "identity.apiKeyId": "kid", "identity.caller": "AK", "identity.user": "AK", "identity.userArn": "arn",
		"identity.sourceIp": "192.0.2.1", "identity.userAgent": "me", "identity.vpcId": "vpc-1", "identity.vpceId": "vpce-1",
		"identity.cognitoAuthenticationProvider": "-", "identity.cognitoAuthenticationType": "-", "identity.cognitoIdentityId": "-",
		"identity.cognitoIdentityPoolId": "-", "identity.principalOrgId": "-", "identity.clientCert.clientCertPem": "-",
		"identity.clientCert.subjectDN": "-", "identity.clientCert.issuerDN": "-", "identity.clientCert.serialNumber": "-",
		"identity.clientCert.validity.notBefore": "-", "identity.clientCert.validity.notAfter": "-",
		"error.message": "Invalid request body", "error.messageString": `"Invalid request body"`, "error.responseType": "BAD_REQUEST_BODY", "error.validationErrorString": "[no email]",
		"awsEndpointRequestId": "I", "integrationErrorMessage": "late", "integrationLatency": "9", "integrationStatus": "200",
		"integration.error": "late", "integration.latency": "9", "integration.requestId": "I", "integration.integrationStatus": "200", "integration.status": "201",
		"responseLength": "9", "status": "400", "xrayTraceId": "1-2-3",
		"requestOverride.header.x": "requestOverride.header.x", "requestOverride.path.none": "-", "requestOverride.querystring.none": "-",
		"responseOverride.header.x": "responseOverride.header.x", "responseOverride.status": "responseOverride.status",
		"waf.error": "-", "waf.latency": "-", "waf.status": "-", "wafResponseCode": "-", "webaclArn": "-",
	} {
		e, err := Compile("$context."+name, o)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := e.Append(nil, loggedCall()); string(got) != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		switch name {
		case "accountId", "deploymentId", "httpMethod", "path", "protocol", "requestTime", "requestTimeEpoch", "responseLength":
			continue // every call has them
		}
		if got, _ := e.Append(nil, none); string(got) != "-" {
			t.Errorf("%s of a call that has it not: %s", name, got)
		}
	}
	e, err := Compile("$context.xrayTraceId $context.deploymentId $context.responseLatency", Options{Scope: Log})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := e.Append(nil, loggedCall()); !strings.HasPrefix(string(got), "- - ") || strings.HasSuffix(string(got), "-") {
		t.Errorf("got %s", got)
	}
}

// TestRequestIDOfClient follows set-up-logging.md (developer guide).
func TestRequestIDOfClient(t *testing.T) {
	e, err := Compile("$context.requestId", Options{Scope: Log})
	if err != nil {
		t.Fatal(err)
	}
	for sent, want := range map[string]string{"id": "id", "mine": "UUID_REPLACED_INVALID_REQUEST_ID"} {
		x := restExchange()
		x.Request.Header.Add([]byte("X-Amzn-RequestId"), []byte(sent))
		if got, _ := e.Append(nil, x); string(got) != want {
			t.Errorf("%s: got %s", sent, got)
		}
		x.REST = false
		if got, _ := e.Append(nil, x); string(got) != "id" {
			t.Errorf("an HTTP API's: %s", got)
		}
	}
}

// TestHTTPLogVariables: what REST APIs know of phases are names of an authorizer's context in HTTP APIs.
func TestHTTPLogVariables(t *testing.T) {
	x := call()
	x.Identity.Context = map[string]string{"status": "gold", "latency": "low", "requestId": "mine"}
	e, err := Compile("$context.authorizer.status $context.authorizer.latency $context.authorizer.requestId $context.authorizer.integrationStatus $context.authorize.status", Options{Scope: Log})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := e.Append(nil, x); string(got) != "gold low mine - -" {
		t.Errorf("got %s", got)
	}
}
