package respond

import (
	"errors"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
)

// fixed is a compiled text.
type fixed string

func (f fixed) Append(dst []byte, _ *exchange.Exchange) ([]byte, bool) {
	return append(dst, f...), f != ""
}

func fixedConfig(responses ...gateway.GatewayResponse) RESTConfig {
	compile := func(text string) (Text, error) {
		if text == "broken" {
			return nil, errors.New("broken")
		}
		return fixed(text), nil
	}
	return RESTConfig{Responses: responses, Template: func(text string) Text { return fixed(text) }, Expression: compile}
}

const ids = "|x-amzn-RequestId: id|x-amz-apigw-id: ext="

// TestREST: what AWS answers by itself. Facts are those of aws-behaviour.md, A and B those of
// aws-behaviour-auth-websocket-logs.md.
func TestREST(t *testing.T) {
	for _, c := range []struct {
		name    string
		kind    exchange.Kind
		message string
		status  int
		errType string
		body    string
	}{
		{"fact 1", exchange.KindMissingToken, "", 403, "MissingAuthenticationTokenException", `{"message":"Missing Authentication Token"}`},
		{"fact 5", exchange.KindInternal, "", 500, "InternalServerErrorException", `{"message": "Internal server error"}`},
		{"fact 5, a function", exchange.KindFunctionFailure, "", 502, "InternalServerErrorException", `{"message": "Internal server error"}`},
		{"RhinoSecurityLabs/IPRotate_Burp_Extension issue 17", exchange.KindIntegrationFailure, "", 504, "InternalServerErrorException",
			`{"message": "Network error communicating with endpoint"}`},
		{"DataBiosphere/azul pull request 7502", exchange.KindIntegrationTimeout, "", 504, "InternalServerErrorException", `{"message": "Endpoint request timed out"}`},
		{"A1 and A3", exchange.KindAccessDenied, "User is not authorized", 403, "AccessDeniedException", `{"Message":"User is not authorized"}`},
		{"A4", exchange.KindUnauthorized, "", 401, "UnauthorizedException", `{"message":"Unauthorized"}`},
		{"A6", exchange.KindBadAuthorizer, "", 500, "AuthorizerConfigurationException", `{"message":null}`},
		{"B26", exchange.KindInvalidAPIKey, "", 403, "ForbiddenException", `{"message":"Forbidden"}`},
		{"B27", exchange.KindThrottled, "", 429, "TooManyRequestsException", `{"message":"Too Many Requests"}`},
		{"fact 29", exchange.KindBadParameters, "Missing required request parameters: [q]", 400, "BadRequestException",
			`{"message":"Missing required request parameters: [q]"}`},
		// An unknown stage (OWASP/Serverless-Goat issue 14).
		{"unknown stage", exchange.KindUnknownAPI, "", 403, "ForbiddenException", `{"message":"Forbidden"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := &exchange.Exchange{REST: true, ID: []byte("id"), ExtendedID: []byte("ext=")}
			x.Fault = exchange.Refuse(c.kind, errors.New("secret"))
			x.Fault.Message = c.message
			if err := REST(RESTConfig{}).Run(t.Context(), x); err != nil {
				t.Fatal(err)
			}
			want := "Content-Type: application/json|x-amzn-ErrorType: " + c.errType + ids
			if got := head(x); x.Response.Status != c.status || got != want || string(x.Response.Body.Bytes) != c.body {
				t.Errorf("got %d %s %s", x.Response.Status, got, x.Response.Body.Bytes)
			}
		})
	}
}

func TestGatewayResponses(t *testing.T) {
	of := func(kind gateway.GatewayResponseType, status string, params, templates map[string]string) gateway.GatewayResponse {
		return gateway.GatewayResponse{Type: kind, StatusCode: status, Parameters: params, Templates: templates}
	}
	plain := map[string]string{"application/json": "own"}
	for _, c := range []struct {
		name      string
		responses []gateway.GatewayResponse
		kind      exchange.Kind
		status    int
		head      string
		body      string
	}{
		{"of its type", []gateway.GatewayResponse{of(gateway.MissingAuthenticationToken, "404", nil, plain), of(gateway.Default4XX, "418", nil, plain)},
			exchange.KindMissingToken, 404, "Content-Type: application/json|x-amzn-ErrorType: MissingAuthenticationTokenException" + ids, "own"},
		{"of its class, with the fault's status", []gateway.GatewayResponse{of(gateway.Default4XX, "", nil, plain)},
			exchange.KindThrottled, 429, "Content-Type: application/json|x-amzn-ErrorType: TooManyRequestsException" + ids, "own"},
		{"of another class", []gateway.GatewayResponse{of(gateway.Default4XX, "418", nil, plain)},
			exchange.KindInternal, 500, "Content-Type: application/json|x-amzn-ErrorType: InternalServerErrorException" + ids, `{"message": "Internal server error"}`},
		{"headers and another media type", []gateway.GatewayResponse{of(gateway.Throttled, "", map[string]string{"gatewayresponse.header.X-A": "a", "gatewayresponse.header.B": ""},
			map[string]string{"text/html": "<p>"})}, exchange.KindThrottled, 429, "X-A: a|Content-Type: text/html|x-amzn-ErrorType: TooManyRequestsException" + ids, "<p>"},
		{"headers alone", []gateway.GatewayResponse{of(gateway.Default4XX, "", map[string]string{"gatewayresponse.header.X-A": "a"}, nil)},
			exchange.KindThrottled, 429, "X-A: a|Content-Type: application/json|x-amzn-ErrorType: TooManyRequestsException" + ids, `{"message":"Too Many Requests"}`},
		{"its own type", []gateway.GatewayResponse{of(gateway.Throttled, "", map[string]string{"gatewayresponse.header.Content-Type": "text/css"}, plain)},
			exchange.KindThrottled, 429, "Content-Type: text/css|x-amzn-ErrorType: TooManyRequestsException" + ids, "own"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := &exchange.Exchange{REST: true, ID: []byte("id"), ExtendedID: []byte("ext="), Fault: exchange.Refuse(c.kind, nil)}
			if err := REST(fixedConfig(c.responses...)).Run(t.Context(), x); err != nil {
				t.Fatal(err)
			}
			if got := head(x); x.Response.Status != c.status || got != c.head || string(x.Response.Body.Bytes) != c.body {
				t.Errorf("got %d %s %s", x.Response.Status, got, x.Response.Body.Bytes)
			}
		})
	}
}

// TestBrokenGatewayResponse: what cannot be rendered is 500 and told to the operator.
func TestBrokenGatewayResponse(t *testing.T) {
	for _, broken := range []gateway.GatewayResponse{
		{Parameters: map[string]string{"gatewayresponse.header.x": "broken"}}, {StatusCode: "101"}, {StatusCode: "600"},
	} {
		broken.Type = gateway.Throttled
		x := &exchange.Exchange{REST: true, Fault: exchange.Refuse(exchange.KindThrottled, nil)}
		if err := REST(fixedConfig(broken)).Run(t.Context(), x); err == nil {
			t.Error("nobody is told")
		}
		if x.Response.Status != 500 || x.Fault.Kind != exchange.KindInternal {
			t.Errorf("got %d %v", x.Response.Status, x.Fault)
		}
	}
}

// TestRemap is recorded: aws-behaviour.md, facts 2 and 17.
func TestRemap(t *testing.T) {
	x := &exchange.Exchange{REST: true, ID: []byte("id"), ExtendedID: []byte("ext=")}
	x.Response.Status = 200
	for _, name := range []string{
		"Authorization", "Connection", "Content-Length", "Content-MD5", "Date", "Expect", "Host", "Max-Forwards", "Proxy-Authenticate",
		"Server", "Trailer", "Upgrade", "User-Agent", "WWW-Authenticate", "x-amzn-RequestId",
		"Transfer-Encoding", "Accept", "Age", "Content-Encoding", "Pragma", "Range", "Referer", "TE", "Via", "Warn",
	} {
		x.Response.Header.Add([]byte(name), []byte("v"))
	}
	if err := REST(RESTConfig{}).Run(t.Context(), x); err != nil {
		t.Fatal(err)
	}
	const r = "x-amzn-Remapped-"
	want := r + "Authorization: v|" + r + "Connection: v|" + r + "Content-Length: v|" + r + "Content-MD5: v|" + r + "Date: v|" + r + "Expect: v|" +
		r + "Host: v|" + r + "Max-Forwards: v|" + r + "Proxy-Authenticate: v|" + r + "Server: v|" + r + "Trailer: v|" + r + "Upgrade: v|" +
		r + "User-Agent: v|" + r + "WWW-Authenticate: v|" + r + "x-amzn-RequestId: v|" +
		"Accept: v|Age: v|Content-Encoding: v|Pragma: v|Range: v|Referer: v|TE: v|Via: v|Warn: v|Content-Type: application/json" + ids
	if got := head(x); got != want {
		t.Errorf("got %s", got)
	}
}
