package event

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestAppendToken has the whole event (recorded: aws-behaviour-auth-websocket-logs.md, fact 13).
func TestAppendToken(t *testing.T) {
	got := string(AppendToken(nil, []byte(`Bearer "x"`), []byte("arn:aws:execute-api:us-west-2:919586034543:oo8kadh853/Test/GET/user_info")))
	if want := `{"type":"TOKEN","authorizationToken":"Bearer \"x\"","methodArn":"arn:aws:execute-api:us-west-2:919586034543:oo8kadh853/Test/GET/user_info"}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestReadRESTAuthorization: facts are those of aws-behaviour-auth-websocket-logs.md.
func TestReadRESTAuthorization(t *testing.T) {
	for _, c := range []struct{ name, payload, want string }{
		{"all members", `{"principalId":"me","policyDocument":{"a":1},"context":{"k":"v"},"usageIdentifierKey":"key"}`, `me {"a":1} {"k":"v"} key`},
		{"fact 9: values become strings", `{"principalId":"me","policyDocument":{},"context":{"stringKey":"stringval","numberKey":123,"booleanKey":true,"none":null}}`,
			`me {} {"booleanKey":"true","numberKey":"123","stringKey":"stringval"} `},
		{"fact 10: what stands beside the context", `{"principalId":"me","policyDocument":{},"context":{"principalId":"other","integrationLatency":"x"}}`, `me {} {} `},
		{"an empty principal (public code index document 8961002744)", `{"principalId":"","policyDocument":{}}`, ` {} {} `},
		{"a number as principal", `{"principalId":7,"policyDocument":{},"context":null,"usageIdentifierKey":null}`, `7 {} {} `},
		// Fact 7.
		{"null", `null`, "error Could not parse policy"},
		{"nothing", ``, "error Could not parse policy"},
		{"a list", `[]`, "error Could not parse policy"},
		{"no policy", `{"principalId":"me"}`, "error Could not parse policy"},
		{"a policy as text", `{"principalId":"me","policyDocument":"{}"}`, "error Could not parse policy"},
		{"an error object", `{"errorType":"Runtime.ImportModuleError","errorMessage":"x","trace":[]}`, `error Invalid JSON in response: Unrecognized field "errorType" , not marked as ignorable`},
		{"another case", `{"principalId":"me","policydocument":{}}`, `error Invalid JSON in response: Unrecognized field "policydocument" , not marked as ignorable`},
		{"an integration's answer", `{"statusCode":401}`, `error Invalid JSON in response: Unrecognized field "statusCode" , not marked as ignorable`},
		{"no principal", `{"policyDocument":{}}`, "error " + errNoPrincipal.Error()},
		{"principal null", `{"principalId":null,"policyDocument":{}}`, "error " + errNoPrincipal.Error()},
		{"principal that is an object", `{"principalId":{},"policyDocument":{}}`, "error " + errNoPrincipal.Error()},
		{"context with a list", `{"principalId":"me","policyDocument":{},"context":{"a":[]}}`, "error " + errContext.Error()},
		{"context that is none", `{"principalId":"me","policyDocument":{},"context":"a"}`, "error " + errContext.Error()},
		{"too long", `{"principalId":"` + strings.Repeat("x", maxRESTAuthorization) + `","policyDocument":{}}`, "error " + errLongAnswer.Error()},
	} {
		got := ""
		if a, err := ReadRESTAuthorization([]byte(c.payload)); err != nil {
			got = "error " + err.Error()
		} else {
			got = a.Principal + " " + string(a.Policy) + " " + string(a.ContextJSON) + " " + a.UsageKey
		}
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestSaysUnauthorized(t *testing.T) {
	for payload, want := range map[string]bool{
		`{"errorMessage":"Unauthorized","errorType":"Error"}`: true,
		`{"errorMessage":"unauthorized"}`:                     false,
		`{"errorMessage":"Unauthorized: no"}`:                 false,
		`"Unauthorized"`:                                      false,
		``:                                                    false,
	} {
		if got := SaysUnauthorized([]byte(payload)); got != want {
			t.Errorf("%s: %t", payload, got)
		}
	}
}

// FuzzReadRESTAuthorization: what is accepted gives events that are JSON, and keeps nothing of the payload.
func FuzzReadRESTAuthorization(f *testing.F) {
	for _, payload := range []string{
		`{"principalId":"x","policyDocument":{},"context":{"\u0061":1,"a":2}}`, `{"principalId":"\ud800","policyDocument":{"Statement":[]},"usageIdentifierKey":1}`,
		`{"principalId":"x","policyDocument":{},"context":{"a":"` + "\xff" + `"}}`, `null`, `{"":1}`,
	} {
		f.Add([]byte(payload))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		a, err := ReadRESTAuthorization(payload)
		SaysUnauthorized(payload)
		if err != nil {
			return
		}
		if !json.Valid(a.ContextJSON) || !utf8.Valid(a.ContextJSON) || !json.Valid(a.Policy) || a.Size() > 20*maxRESTAuthorization {
			t.Fatalf("%q: context %q, policy %q", payload, a.ContextJSON, a.Policy)
		}
	})
}
