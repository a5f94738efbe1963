package trial

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/compile"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/jwt"
	"github.com/dipylon/dipylon/internal/lambda"
)

// answers is a function that gives one answer, or fails with it.
type answers struct {
	payload string
	fails   bool
	event   *string
}

func (a answers) Invoke(_ context.Context, in *lambda.Invocation, out *lambda.Result) error {
	*a.event = string(in.Payload)
	out.Payload = []byte(a.payload)
	if a.fails {
		out.FunctionError = "Unhandled"
	}
	return nil
}

// TestAuthorizer: events and lines are recorded (aws-behaviour-auth-websocket-logs.md, facts 13, 14 and 47; public code index
// documents 48213103395, 8961002744 and 48253294949).
func TestAuthorizer(t *testing.T) {
	const uri = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:1:function:${stageVariables.fn}/invocations"
	const denies = `{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Deny","Resource":["*"]}]}`
	const arn = "arn:aws:execute-api:eu-west-1:1:api/ESTestInvoke-stage/GET/"
	for _, c := range []struct {
		name     string
		kind     gateway.RestAuthorizerType
		uri      string
		function answers
		target   string
		token    string
		event    string // begins so
		status   int
		policy   string
		log      []string // lines in this order, among others
	}{
		{"a token", gateway.TokenAuthorizer, uri, answers{payload: `{"principalId":"me","policyDocument":` + denies + `}`}, "", "Bearer abcdef",
			`{"type":"TOKEN","authorizationToken":"Bearer abcdef","methodArn":"` + arn + `"}`, 0, denies, []string{
				"Starting authorizer: a1 for request: ID", "Incoming identity: *******abcdef", "Authorizer result body before parsing: {",
				"Using valid authorizer policy for principal: **", "Successfully completed authorizer execution",
			}},
		{"a request", gateway.RequestAuthorizer, uri, answers{payload: `{"principalId":"me","policyDocument":` + denies + `}`}, "/pets/1?q=1", "aaaaaaaaaaaaaa",
			`{"type":"REQUEST","methodArn":"` + arn + `pets/1","resource":"/","path":"/pets/1","httpMethod":"GET","headers":{"Token":"aaaaaaaaaaaaaa"},` +
				`"multiValueHeaders":{"Token":["aaaaaaaaaaaaaa"]},"queryStringParameters":{"q":"1"},"multiValueQueryStringParameters":{"q":["1"]},` +
				`"pathParameters":{},"stageVariables":{"fn":"f"},"requestContext":{"resourceId":"test-invoke-resource-id","resourcePath":"/","httpMethod":"GET",`,
			0, denies, []string{"Incoming identity: {method.request.header.Token=********aaaaaa}"}},
		{"no token", gateway.RequestAuthorizer, uri, answers{}, "", "", "", 401, "", []string{"Unauthorized request: ID", "Unauthorized"}},
		{"Unauthorized", gateway.TokenAuthorizer, uri, answers{payload: `{"errorMessage":"Unauthorized"}`, fails: true}, "", "x", `{"type":"TOKEN"`, 401, "",
			[]string{"Sending request to https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/arn:aws:lambda:eu-west-1:1:function:f/invocations", "Unauthorized request: ID", "Unauthorized"}},
		{"fails", gateway.TokenAuthorizer, uri, answers{payload: `{"errorType":"Error","errorMessage":"boom"}`, fails: true}, "", "x", `{"type":"TOKEN"`, 500, "",
			[]string{`Execution failed due to configuration error: Invalid JSON in response: Unrecognized field "errorType" , not marked as ignorable`, "AuthorizerConfigurationException"}},
		{"cannot be asked", gateway.TokenAuthorizer, "arn:x", answers{}, "", "x", "", 500, "",
			[]string{"Execution failed due to configuration error: Invalid ARN specified in the request", "AuthorizerConfigurationException"}},
		{"no user of the pool", gateway.CognitoAuthorizer, "", answers{}, "", "x", "", 401, "", []string{"Starting authorizer: a1 for request: ID", "Unauthorized request: ID", "Unauthorized"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			event := ""
			c.function.event = &event
			issuers := jwt.New(jwt.Options{})
			defer issuers.Close()
			r := New(compile.World{
				Log: slog.New(slog.DiscardHandler), Issuers: issuers,
				Functions: func(gateway.FunctionRef, lambda.Caller) compile.Function { return c.function },
			})
			api := api()
			api.Authorizers = []gateway.RestAuthorizer{{
				ID: "a1", Type: c.kind, URI: c.uri, IdentitySource: "method.request.header.Token",
				ProviderARNs: []string{"arn:aws:cognito-idp:eu-west-1:1:userpool/eu-west-1_x"},
			}}
			a := &Authorizer{
				Tenant: gateway.Tenant{Account: "1", Region: "eu-west-1"}, API: api, ID: "a1", StageVariables: map[string]string{"fn": "f"},
				Request: Request{Target: c.target, Header: []Field{{"Token", c.token}}},
			}
			for range 2 { // nothing is remembered
				event = ""
				got, err := r.Authorizer(t.Context(), a)
				if err != nil {
					t.Fatal(err)
				}
				if got.Status != c.status || got.Policy != c.policy || (got.Principal == "me") != (c.policy != "") || !strings.HasPrefix(event, c.event) || (event == "") != (c.event == "") {
					t.Errorf("got %+v, asked %s", got, event)
				}
				log := regexp.MustCompile(`(?m)^\w{3} \w{3} \d\d \d\d:\d\d:\d\d UTC \d{4} : `).ReplaceAllString(got.Log, "")
				log = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`).ReplaceAllString(log, "ID")
				at := 0
				for _, line := range c.log {
					i := strings.Index(log[at:], "\n"+line)
					if i < 0 {
						t.Fatalf("no line %q in\n%s", line, log)
					}
					at += i + 1
				}
				if last := c.log[len(c.log)-1]; c.status != 0 && !strings.HasSuffix(log, "\n"+last+"\n") {
					t.Errorf("the last line is not %q:\n%s", last, log)
				}
			}
		})
	}
}

func TestAuthorizerRefuses(t *testing.T) {
	a := &Authorizer{API: api(), ID: "a1", Request: Request{Header: []Field{{"A", "1\r\nB: 2"}}}}
	if _, err := runner().Authorizer(t.Context(), a); !errors.Is(err, ErrRequest) {
		t.Errorf("got %v", err)
	}
	a.Header = nil
	if got, err := runner().Authorizer(t.Context(), a); err != nil || got.Status != 500 {
		t.Errorf("an authorizer that is not there: %v, %v", got, err)
	}
}
