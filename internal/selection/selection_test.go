package selection

import (
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

type claims map[string]string

func (c claims) Claim(name string) (string, bool) {
	value, ok := c[name]
	return value, ok
}

func (c claims) Len() int              { return len(c) }
func (claims) At(int) (string, string) { panic("nobody asks") }

// call is a call that has everything.
func call() *exchange.Exchange {
	x := &exchange.Exchange{ID: []byte("JKJaXmPLvHcESHA="), Received: time.Now().Add(-57 * time.Millisecond)}
	x.Request = exchange.Request{
		Method: []byte("POST"), Path: []byte("/prod/pets/a%20b/c%2Fd"), Host: []byte("r3pmxmplak.execute-api.us-east-2.amazonaws.com:8443"),
		Query: []byte("a=1&B=x%20y+z&a=2&empty=&flag&na%6De=n&bad=%zz"), Proto: exchange.HTTP2,
		Remote: netip.MustParseAddrPort("[::ffff:205.255.255.176]:4711"),
	}
	x.Request.Body.Bytes = []byte(`{"action":"buy","n":[1,{"deep":"\u00e9\n"}],"none":null}`)
	for _, f := range []string{"X-One: 1", "x-Two: a", "User-Agent: curl/8", "X-TWO: b, c", "X-Empty: "} {
		name, value, _ := strings.Cut(f, ": ")
		x.Request.Header.Add([]byte(name), []byte(value))
	}
	x.Route = exchange.Matched{
		APIID: "r3pmxmplak", Stage: "prod", Key: "POST /pets/{id}/{proxy+}", Path: []byte("/pets/a%20b/c%2Fd"), BasePath: "v1/orders",
		Vars: []exchange.PathVar{{Name: "id", Value: []byte("a%20b")}, {Name: "proxy", Value: []byte("c%2Fd")}},
	}
	x.Identity = exchange.Identity{
		Claims: claims{"sub": "u1", "cognito:groups": "[a b]", "https://x.example/role": "admin"},
		Error:  "invalid_token: the token has expired", Principal: "principal", Context: map[string]string{"key": "value", "a-b": "c"},
		AccountID: "111122223333", Caller: "AIDA:s", User: "AIDA", UserARN: "arn:aws:iam::111122223333:user/u", AccessKey: "AKIA", VPCEndpoint: "vpce-1", VPC: "vpc-1",
	}
	x.Integration = exchange.Integration{
		Status: 502, Latency: 33 * time.Millisecond, Error: "connection refused",
		RequestID: []byte("amzn-id"), RequestID2: []byte("id-2"),
	}
	x.Response.Status = 201
	x.Response.Header.Add([]byte("Content-Type"), []byte("application/json"))
	x.Response.Body.Bytes = []byte(`{"result":{"ok": true}}`)
	return x
}

var options = Options{AccountID: "123456789012", StageVariables: map[string]string{"env": "live", "blank": ""}}

// sources are every variable there is, by the tables of http-api-parameter-mapping.md and http-api-logging-variables.md.
var sources = []struct{ expr, want string }{
	{"$request.header.x-one", "1"},
	{"$request.header.X-TWO", "a,b, c"}, // "combines multiple header values with commas"
	{"${request.header.x-empty}", ""},
	{"$request.querystring.a", "1,2"},
	{"$request.querystring.B", "x y z"}, // fact 22
	{"$request.querystring.empty", ""},
	{"$request.querystring.flag", ""},
	{"$request.querystring.name", "n"},
	{"$request.querystring.bad", "%zz"},
	{"$request.path", "/pets/a%20b/c%2Fd"}, // "without the stage name"
	{"$request.path.id", "a b"},            // fact 19
	{"$request.path.proxy", "c/d"},
	{"$request.body", `{"action":"buy","n":[1,{"deep":"\u00e9\n"}],"none":null}`},
	{"$request.body.action", "buy"},
	{"$request.body.n", `[1,{"deep":"\u00e9\n"}]`},
	{"$request.body.n[0]", "1"},
	{"${request.body.n[1].deep}", "é\n"},
	{"$request.body['n'][1]['deep']", "é\n"},
	{"$context.accountId", "123456789012"},
	{"$context.apiId", "r3pmxmplak"},
	{"$context.authorizer.claims.sub", "u1"},
	{"$context.authorizer.claims.cognito:groups", "[a b]"}, // fact 31
	{"${context.authorizer.claims.https://x.example/role}", "admin"},
	{"$context.authorizer.error", "invalid_token: the token has expired"}, // fact 71
	{"$context.authorizer.principalId", "principal"},
	{"$context.authorizer.key", "value"},
	{"$context.authorizer.a-b", "c"},
	{"$context.awsEndpointRequestId", "amzn-id"},
	{"$context.awsEndpointRequestId2", "id-2"},
	{"$context.customDomain.basePathMatched", "v1/orders"},
	{"$context.dataProcessed", "79"},
	{"$context.domainName", "r3pmxmplak.execute-api.us-east-2.amazonaws.com"},
	{"$context.domainPrefix", "r3pmxmplak"},
	{"$context.extendedRequestId", "JKJaXmPLvHcESHA="},
	{"$context.httpMethod", "POST"},
	{"$context.identity.accountId", "111122223333"},
	{"$context.identity.caller", "AIDA:s"},
	{"$context.identity.sourceIp", "205.255.255.176"},
	{"$context.identity.user", "AIDA"},
	{"$context.identity.userAgent", "curl/8"},
	{"$context.identity.userArn", "arn:aws:iam::111122223333:user/u"},
	{"$context.identity.vpcId", "vpc-1"},
	{"$context.identity.vpceId", "vpce-1"},
	{"$context.integration.error", "connection refused"},
	{"$context.integration.integrationStatus", "502"},
	{"$context.integration.latency", "33"},
	{"$context.integration.timeToAllHeaders", "33"},
	{"$context.integration.responseTransferMode", "BUFFERED"},
	{"$context.integration.requestId", "amzn-id"},
	{"$context.integration.status", "502"},
	{"$context.integrationErrorMessage", "connection refused"},
	{"$context.integrationLatency", "33"},
	{"$context.integrationStatus", "502"},
	{"$context.path", "/prod/pets/a b/c/d"}, // facts 18, 29
	{"$context.protocol", "HTTP/1.1"},       // fact 30
	{"$context.requestId", "JKJaXmPLvHcESHA="},
	{"$context.requestTime", "01/Jan/2000:00:00:00 +0000"},
	{"$context.requestTimeEpoch", "946684800000"}, // fact 30
	{"$context.responseLatency", "57"},
	{"$context.responseLength", "23"},
	{"$context.routeKey", "POST /pets/{id}/{proxy+}"},
	{"$context.stage", "prod"},
	{"$context.status", "201"},
	{"$stageVariables.env", "live"},
	{"static value", "static value"},
	{"'quotes stay'", "'quotes stay'"},
	// Several in one (http-api-parameter-mapping.md, note), and the rules of apigateway-websocket-api-selection-expressions.md.
	{"${request.path.id} ${request.path.proxy}", "a b c/d"},
	{"${context.stage}-beta", "prod-beta"},
	{"/$request.path.proxy", "/c/d"}, // the form that many Terraform modules use
	{"Bearer $context.authorizer.key", "Bearer value"},
	{"$context.stage.", "prod."},
	{"$context.stage-$context.status", "prod-201"},
	{`\$context.stage \$default`, "$context.stage $default"},
	{`a\b`, `a\b`},
	{"$5 ${x} $", "$5 ${x} $"},
	{"${request.header.nope}/${context.stage}", "/prod"},
	{"$request.header.x-one, $request.header.nope", "1, "},
}

func TestSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(57 * time.Millisecond) // a bubble begins at midnight of 2000-01-01, and the call with it
		x := call()
		for _, tc := range sources {
			e, err := Compile(tc.expr, options)
			if err != nil {
				t.Errorf("%s: %v", tc.expr, err)
				continue
			}
			if got, ok := e.Append([]byte("before:"), x); !ok || string(got) != "before:"+tc.want {
				t.Errorf("%s: %q, %v, want %q", tc.expr, got, ok, tc.want)
			}
		}
	})
}

func TestResponseSources(t *testing.T) {
	o := options
	o.Scope = Response
	x := call()
	for _, tc := range []struct{ expr, want string }{
		{"$response.header.content-type", "application/json"},
		{"$response.body", `{"result":{"ok": true}}`},
		{"$response.body.result", `{"ok": true}`},
		{"${response.body.result.ok}!", "true!"},
		{"$context.requestId", "JKJaXmPLvHcESHA="},
		{"$stageVariables.env", "live"},
	} {
		e, err := Compile(tc.expr, o)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := e.Append(nil, x); !ok || string(got) != tc.want {
			t.Errorf("%s: %q, %v, want %q", tc.expr, got, ok, tc.want)
		}
	}
}

// What a call does not have is absent, and in a log "-" (aws-behaviour-http-api.md, fact 70).
func TestAbsent(t *testing.T) {
	nothing := []string{
		"$request.header.a", "$request.querystring.a", "$request.path.id", "$request.body", "$request.body.a",
		"$context.apiId", "$context.authorizer.claims", "$context.authorizer.claims.sub", "$context.authorizer.error",
		"$context.authorizer.principalId", "$context.authorizer.key", "$context.awsEndpointRequestId",
		"$context.awsEndpointRequestId2", "$context.customDomain.basePathMatched", "$context.domainName", "$context.domainPrefix",
		"$context.error.message", "$context.error.messageString", "$context.error.responseType", "$context.identity.accountId",
		"$context.identity.caller", "$context.identity.cognitoAuthenticationProvider", "$context.identity.cognitoAuthenticationType",
		"$context.identity.cognitoIdentityId", "$context.identity.cognitoIdentityPoolId", "$context.identity.principalOrgId",
		"$context.identity.clientCert.clientCertPem", "$context.identity.clientCert.subjectDN",
		"$context.identity.clientCert.issuerDN", "$context.identity.clientCert.serialNumber",
		"$context.identity.clientCert.validity.notBefore", "$context.identity.clientCert.validity.notAfter",
		"$context.identity.sourceIp", "$context.identity.user", "$context.identity.userAgent", "$context.identity.userArn",
		"$context.integration.error", "$context.integration.integrationStatus", "$context.integration.latency",
		"$context.integration.requestId", "$context.integration.status", "$context.integrationErrorMessage",
		"$context.integrationLatency", "$context.integrationStatus", "$context.requestId", "$context.extendedRequestId",
		"$context.routeKey", "$context.stage", "$context.status", "$context.accountId", "$stageVariables.nope", "$stageVariables.blank",
		"text $request.header.a", "$request.header.a${request.header.b}",
	}
	x := new(exchange.Exchange)
	for _, expr := range nothing {
		e, err := Compile(expr, Options{})
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if got, ok := e.Append([]byte("x"), x); ok || string(got) != "x" {
			t.Errorf("%s: %q, %v", expr, got, ok)
		}
		if !strings.HasPrefix(expr, "$context") {
			continue
		}
		e, _ = Compile(expr+",", Options{Scope: Log})
		if got, ok := e.Append(nil, x); !ok || string(got) != "-," {
			t.Errorf("%s in a log: %q, %v", expr, got, ok)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, tc := range []struct {
		scope Scope
		exprs []string
	}{
		{Request, []string{"$response.header.a", "$response.body"}},
		{Response, []string{"$request.header.a", "$request.path", "$request.body.a"}},
		{Request, []string{
			"$request.", "$request.headers.a", "$request.header", "$request.header.", "$request.querystring", "$request.bodyless",
			"$request.body..a", "${request.body.a..b}", "${request.body.a[?(@.b)]}", "${request.body[*]}", "${request.body[-1]}",
			"$request.body[x]", "${request.body['a]}", "$context.nope", "$context.identity.nope", "$context.error", "$stageVariables.",
			"${request.header.a", "text ${request.nope} text", "$context.integration.nope", "$context.error.nope",
		}},
	} {
		for _, expr := range tc.exprs {
			_, err := Compile(expr, Options{Scope: tc.scope})
			var wrong *Error
			if !errors.As(err, &wrong) || err.Error() != "Invalid mapping expression specified: "+expr {
				t.Errorf("%s: %v", expr, err)
			}
		}
	}
}

// A log format takes everything: what is no variable of the context is text, and an unknown one is "-".
func TestLog(t *testing.T) {
	x := call()
	x.Request.Header.Set([]byte("User-Agent"), []byte("\"\"\\\"a\"\r\nb\x01\xff\u0085é"))
	for format, want := range map[string]string{
		`{"a":"$context.identity.userAgent"}`:       `{"a":"\"\"\\\"a\"\r\nb\u0001` + "\ufffd" + `\u0085é"}`,
		"$context.nope $context.stage":              "- prod",
		"$request.header.a $stageVariables.env":     "$request.header.a $stageVariables.env",
		"two\nlines\r\n$context.stage\r":            "two lines prod ",
		"${context.stage}x":                         "prodx",
		"$context.authorizer.claims.cognito:groups": "[a b]",
	} {
		e, err := Compile(format, Options{Scope: Log})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := e.Append(nil, x); string(got) != want {
			t.Errorf("%s: %s, want %s", format, got, want)
		}
	}
}

func TestFaults(t *testing.T) {
	for kind, want := range map[exchange.Kind]string{
		exchange.KindRouteNotFound:      `Not Found "Not Found" RESOURCE_NOT_FOUND`,
		exchange.KindUnauthorized:       `Unauthorized "Unauthorized" UNAUTHORIZED`,
		exchange.KindAccessDenied:       `Forbidden "Forbidden" ACCESS_DENIED`,
		exchange.KindThrottled:          `Too Many Requests "Too Many Requests" THROTTLED`,
		exchange.KindIntegrationTimeout: `Service Unavailable "Service Unavailable" INTEGRATION_TIMEOUT`,
		exchange.KindInternal:           `Internal Server Error "Internal Server Error" DEFAULT_5XX`,
		exchange.KindBadRequest:         `Bad Request "Bad Request" DEFAULT_4XX`,
	} {
		x := call()
		x.Fault = exchange.Refuse(kind, nil)
		for _, scope := range []Scope{Response, Log} {
			e, err := Compile("${context.error.message} $context.error.messageString $context.error.responseType", Options{Scope: scope})
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := e.Append(nil, x); string(got) != want {
				t.Errorf("%v: %s, want %s", kind, got, want)
			}
		}
	}
}

func TestPathStaysEscaped(t *testing.T) {
	e, err := Compile("/x/$request.path.id/${request.path.proxy}", Options{Path: true})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := e.Append(nil, call()); string(got) != "/x/a%20b/c%2Fd" {
		t.Errorf("%s", got)
	}
}

func TestContextDetails(t *testing.T) {
	x := call()
	x.Route.Stage, x.Request.Proto, x.Request.Host = "$default", exchange.HTTP10, []byte("[::1]:8080")
	x.Integration.RequestID, x.Integration.RequestID2 = nil, nil
	x.Response.Header.Add([]byte("x-amz-request-id"), []byte("s3"))
	x.Response.Header.Add([]byte("X-Amz-Id-2"), []byte("two"))
	x.Response.Body = exchange.Body{Stream: io.NopCloser(nil), Size: -1}
	e, _ := Compile("$context.path $context.protocol $context.domainName $context.awsEndpointRequestId $context.awsEndpointRequestId2 $context.responseLength",
		Options{Scope: Log})
	const want = "/pets/a b/c/d HTTP/1.0 [::1] s3 two -"
	if got, _ := e.Append(nil, x); string(got) != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestNeeds(t *testing.T) {
	for _, tc := range []struct {
		expr              string
		scope             Scope
		request, response int64
	}{
		{"$request.header.a", Request, 0, 0},
		{"${request.body.a}$context.stage", Request, PathLimit, 0},
		{"${request.body}${request.body.a}", Request, WholeBody, 0},
		{"${request.body.a}${request.body}", Request, WholeBody, 0},
		{"$response.body.a", Response, 0, PathLimit},
		{"$response.body", Response, 0, WholeBody},
	} {
		e, err := Compile(tc.expr, Options{Scope: tc.scope})
		if err != nil {
			t.Fatal(err)
		}
		if e.NeedsRequestBody() != tc.request || e.NeedsResponseBody() != tc.response {
			t.Errorf("%s: %d, %d", tc.expr, e.NeedsRequestBody(), e.NeedsResponseBody())
		}
	}
}

// The body's first 100 KB are seen by a path (aws-behaviour-http-api.md, fact 73).
func TestBodies(t *testing.T) {
	big := `{"early":1,"filler":"` + strings.Repeat("x", PathLimit) + `","late":2}`
	early, _ := Compile("$request.body.early", Options{})
	late, _ := Compile("$request.body.late", Options{})
	whole, _ := Compile("$request.body", Options{})
	streamed := exchange.Body{Stream: io.NopCloser(strings.NewReader(big)), Size: -1}
	if err := streamed.ReadAhead(early.NeedsRequestBody()); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]exchange.Body{"whole": {Bytes: []byte(big)}, "streamed": streamed} {
		x := new(exchange.Exchange)
		x.Request.Body = body
		if got, ok := early.Append(nil, x); !ok || string(got) != "1" {
			t.Errorf("%s, early: %q, %v", name, got, ok)
		}
		if got, ok := late.Append(nil, x); ok {
			t.Errorf("%s, late: %q", name, got)
		}
		if got, ok := whole.Append(nil, x); ok != (name == "whole") || ok && string(got) != big {
			t.Errorf("%s, whole: %d bytes, %v", name, len(got), ok)
		}
	}
}

func TestIdentitySource(t *testing.T) {
	for _, expr := range []string{"$request.header.Authorization", "$request.querystring.q", "$context.identity.sourceIp", "$stageVariables.s", "${request.header.a}"} {
		if _, err := IdentitySource(expr, Options{}); err != nil {
			t.Error(err)
		}
	}
	for _, expr := range []string{"", "Authorization", "method.request.header.A", "$request.body", "$request.body.a", "$request.path", "$request.path.a",
		"$request.header", "$context.nope", "Bearer $request.header.a", "$request.header.a $request.header.b", "$response.header.a"} {
		// fact 56
		if _, err := IdentitySource(expr, Options{}); err == nil || err.Error() != "Invalid identity source expression: "+expr {
			t.Errorf("%s: %v", expr, err)
		}
	}
}

func TestConstant(t *testing.T) {
	for expr, want := range map[string]string{"403": "403", "${stageVariables.env}!": "live!", "": ""} {
		e, _ := Compile(expr, options)
		if got, ok := e.Constant(); !ok || got != want {
			t.Errorf("%s: %q, %v", expr, got, ok)
		}
	}
	e, _ := Compile("$context.status", options)
	if _, ok := e.Constant(); ok {
		t.Error("a variable is constant")
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	x, dst := call(), make([]byte, 0, 4096)
	for _, tc := range sources {
		e, err := Compile(tc.expr, options)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(10, func() { e.Append(dst, x) }); n > 0 {
			t.Errorf("%s: %v allocations", tc.expr, n)
		}
	}
}

// TestFunctionStatus: of a function's call there are two statuses
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html).
func TestFunctionStatus(t *testing.T) {
	x := &exchange.Exchange{Integration: exchange.Integration{Status: 404, ServiceStatus: 200}}
	for expr, want := range map[string]string{
		"$context.integrationStatus": "200", "$context.integration.integrationStatus": "200", "$context.integration.status": "404",
	} {
		e, err := Compile(expr, Options{Scope: Log})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := e.Append(nil, x); string(got) != want {
			t.Errorf("%s: %s, want %s", expr, got, want)
		}
	}
}
