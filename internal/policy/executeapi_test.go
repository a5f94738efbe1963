package policy

import (
	"errors"
	"testing"
)

func TestARN(t *testing.T) {
	a := API{Region: "us-west-2", Account: "123456789012", ID: "ymy8tbxw7b"}
	for _, c := range []struct{ got, want, source string }{
		{a.ARN("dev", "GET", "/"), "arn:aws:execute-api:us-west-2:123456789012:ymy8tbxw7b/dev/GET/", "api-gateway-lambda-authorizer-output.md; aws-behaviour-auth-websocket-logs.md, fact 13"},
		{a.ARN("dev", "GET", ""), "arn:aws:execute-api:us-west-2:123456789012:ymy8tbxw7b/dev/GET/", "the same without a slash"},
		{a.ARN("test", "GET", "/request/1"), "arn:aws:execute-api:us-west-2:123456789012:ymy8tbxw7b/test/GET/request/1", "http-api-lambda-authorizer.md"},
		{a.ARN("prod", "POST", "/@connections"), "arn:aws:execute-api:us-west-2:123456789012:ymy8tbxw7b/prod/POST/@connections", "apigateway-websocket-control-access-iam.md"},
		{a.RouteARN("prod", "$connect"), "arn:aws:execute-api:us-west-2:123456789012:ymy8tbxw7b/prod/$connect", "apigateway-websocket-control-access-iam.md"},
		{a.AuthorizerARN("a1b2c3"), "arn:aws:execute-api:us-west-2:123456789012:ymy8tbxw7b/authorizers/a1b2c3", "aws-behaviour-auth-websocket-logs.md, fact 8"},
		{API{"cn-north-1", "1", "a"}.ARN("s", "GET", "/"), "arn:aws-cn:execute-api:cn-north-1:1:a/s/GET/", "arn-format-reference.md"},
		{API{"us-gov-west-1", "1", "a"}.ARN("s", "GET", "/"), "arn:aws-us-gov:execute-api:us-gov-west-1:1:a/s/GET/", "arn-format-reference.md"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.source, c.got, c.want)
		}
	}
}

// TestExpand is apigateway-resource-policies-examples.md.
func TestExpand(t *testing.T) {
	for resource, want := range map[string]string{
		"execute-api:/stage-name/GET/pets": "arn:aws:execute-api:us-east-2:123456789012:aabbccddee/stage-name/GET/pets",
		"execute-api:/*":                   "arn:aws:execute-api:us-east-2:123456789012:aabbccddee/*",
		"execute-api:Invoke":               "execute-api:Invoke",
		"arn:aws:execute-api:a:b:c/*":      "arn:aws:execute-api:a:b:c/*",
		"*":                                "*",
	} {
		if got := documented.Expand(resource); got != want {
			t.Errorf("%s: %s, want %s", resource, got, want)
		}
	}
}

// TestExpandPolicy: only resources change, and nothing else of the document does.
func TestExpandPolicy(t *testing.T) {
	doc := `{"Id": "execute-api:/*",
 "Statement": [ {"NotResource" : "execute-api:/a\u003cb>&\"/*", "Sid":"execute-api:/*"},
  {"Resource":["*", "execute-api:\/s\/GET/x" ,"execute-api:/*"], "Action": "execute-api:/*"} ] }`
	want := `{"Id": "execute-api:/*",
 "Statement": [ {"NotResource" : "arn:aws:execute-api:us-east-2:123456789012:aabbccddee/a<b>&\"/*", "Sid":"execute-api:/*"},
  {"Resource":["*", "arn:aws:execute-api:us-east-2:123456789012:aabbccddee/s/GET/x" ,"arn:aws:execute-api:us-east-2:123456789012:aabbccddee/*"], "Action": "execute-api:/*"} ] }`
	got, err := documented.ExpandPolicy([]byte(doc))
	if err != nil || string(got) != want {
		t.Errorf("%v\n got  %s\n want %s", err, got, want)
	}
	// One resource is no list (recorded: see ExpandPolicy).
	for doc, want := range map[string]string{
		`{"Statement":{"Resource": [ "execute-api:/*" ] ,"Action":["a"]}}`: `{"Statement":{"Resource": "arn:aws:execute-api:us-east-2:123456789012:aabbccddee/*" ,"Action":["a"]}}`,
		`{"Statement":{"NotResource":["*"],"Resource":[]}}`:                `{"Statement":{"NotResource":"*","Resource":[]}}`,
		`{"Statement":{"Resource":["*]","*"]}}`:                            `{"Statement":{"Resource":["*]","*"]}}`,
		`{"Statement":{"Resource":["*]"]}}`:                                `{"Statement":{"Resource":"*]"}}`,
	} {
		if got, err := documented.ExpandPolicy([]byte(doc)); err != nil || string(got) != want {
			t.Errorf("%v\n got  %s\n want %s", err, got, want)
		}
	}
	// Compile refuses both elements together, and says so, in whatever order they stand.
	both := `{"Statement":{"NotResource":"execute-api:/a","Resource":"execute-api:/b"}}`
	want = `{"Statement":{"NotResource":"arn:aws:execute-api:us-east-2:123456789012:aabbccddee/a","Resource":"arn:aws:execute-api:us-east-2:123456789012:aabbccddee/b"}}`
	if got, err := documented.ExpandPolicy([]byte(both)); err != nil || string(got) != want {
		t.Errorf("%v\n got  %s\n want %s", err, got, want)
	}
	_, err = documented.ExpandPolicy([]byte(`{"Statement":{"Resource":7}}`))
	if e, ok := errors.AsType[*Error](err); !ok || e.Place != "Statement.Resource" {
		t.Errorf("%v, want an *Error at Statement.Resource", err)
	}
}
