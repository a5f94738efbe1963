package event

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/content"
	"github.com/dipylon/dipylon/internal/exchange"
)

// TestREST compares whole events. Members and their order are those of events that functions logged at AWS (public code
// index, documents 30932692688 of 2025 and 55907051410 of 2026); facts are those of aws-behaviour.md.
func TestREST(t *testing.T) {
	base := RESTConfig{AccountID: "1", APIID: "a", Stage: "prod", DeploymentID: "d", ResourceID: "r", Resource: "/x"}
	call := request{
		method: "GET", host: "a.execute-api.eu-west-1.amazonaws.com", path: "/x", head: "Accept: */*|User-Agent: curl|X-Amzn-Trace-Id: Root=1-2-3",
		ip: "1.2.3.4", id: "uuid", at: 1587481701067,
		change: func(x *exchange.Exchange) { x.ExtendedID, x.REST = []byte("ext="), true },
	}
	const headers = `"headers":{"Accept":"*/*","Host":"a.execute-api.eu-west-1.amazonaws.com","User-Agent":"curl","X-Amzn-Trace-Id":"Root=1-2-3",` +
		`"X-Forwarded-For":"1.2.3.4","X-Forwarded-Port":"443","X-Forwarded-Proto":"https"},` +
		`"multiValueHeaders":{"Accept":["*/*"],"Host":["a.execute-api.eu-west-1.amazonaws.com"],"User-Agent":["curl"],"X-Amzn-Trace-Id":["Root=1-2-3"],` +
		`"X-Forwarded-For":["1.2.3.4"],"X-Forwarded-Port":["443"],"X-Forwarded-Proto":["https"]}`
	const context = `"httpMethod":"GET","extendedRequestId":"ext=","requestTime":"21/Apr/2020:15:08:21 +0000","path":"/prod/x","accountId":"1",` +
		`"protocol":"HTTP/1.1","stage":"prod","domainPrefix":"a","requestTimeEpoch":1587481701067,"requestId":"uuid",` +
		`"identity":{"cognitoIdentityPoolId":null,"accountId":null,"cognitoIdentityId":null,"caller":null,"sourceIp":"1.2.3.4","principalOrgId":null,` +
		`"accessKey":null,"cognitoAuthenticationType":null,"cognitoAuthenticationProvider":null,"userArn":null,"userAgent":"curl","user":null},` +
		`"domainName":"a.execute-api.eu-west-1.amazonaws.com","deploymentId":"d","apiId":"a"}`
	const whole = `{"resource":"/x","path":"/x","httpMethod":"GET",` + headers + `,"queryStringParameters":null,"multiValueQueryStringParameters":null,` +
		`"pathParameters":null,"stageVariables":null,"requestContext":{"resourceId":"r","resourcePath":"/x",` + context + `,"body":null,"isBase64Encoded":false}`
	x := call.exchange()
	if got := string(NewREST(base).AppendRequest(nil, x)); got != whole {
		t.Errorf("got  %s\nwant %s", got, whole)
	}
	const asked = `{"type":"REQUEST","methodArn":"arn","resource":"/x","path":"/x","httpMethod":"GET",` + headers + `,"queryStringParameters":{},` +
		`"multiValueQueryStringParameters":{},"pathParameters":{},"stageVariables":{},"requestContext":{"resourceId":"r","resourcePath":"/x",` + context + `}`
	if got := string(NewREST(base).AppendAuthorization(nil, x, Asked{ARN: []byte("arn")})); got != asked {
		t.Errorf("got  %s\nwant %s", got, asked)
	}

	for _, c := range []struct {
		name   string
		change func(cfg *RESTConfig, r *request)
		want   []string
	}{
		{"fact 7: slashes", func(_ *RESTConfig, r *request) { r.path, r.vars = "//x//y/", "proxy=x//y" },
			[]string{`"path":"/x//y/","httpMethod"`, `"path":"/prod//x//y/"`, `"pathParameters":{"proxy":"x//y"}`}},
		{"fact 8: escapes", func(_ *RESTConfig, r *request) { r.path, r.vars, r.query = "/a%2Bb+c", "proxy=a%2Bb+c", "q=a%2Bb+c" },
			[]string{`"path":"/a%2Bb+c"`, `"proxy":"a%2Bb+c"`, `"queryStringParameters":{"q":"a+b c"}`}},
		{"fact 9: last and all", func(_ *RESTConfig, r *request) { r.query, r.head = "q=1&q=2", "tEsT-HEADeR: a|tEsT-HEADeR: b" },
			[]string{`"queryStringParameters":{"q":"2"},"multiValueQueryStringParameters":{"q":["1","2"]}`, `"tEsT-HEADeR":"b"`, `"tEsT-HEADeR":["a","b"]`}},
		{"fact 10: dropped", func(_ *RESTConfig, r *request) {
			r.head = "Connection: a|Content-Length: 1|Content-MD5: a|Expect: a|Max-Forwards: a|Proxy-Authenticate: a|Server: a|TE: a|Trailer: a|" +
				"Transfer-Encoding: a|Upgrade: a|WWW-Authenticate: a|Via: v|Warn: w|Age: 1|Content-Encoding: e|Range: r"
		}, []string{`"headers":{"Age":"1","Content-Encoding":"e","Host":"a.execute-api.eu-west-1.amazonaws.com","Range":"r","Via":"v","Warn":"w","X-Amzn`}},
		{"binary", func(cfg *RESTConfig, r *request) {
			cfg.Binary, r.body, r.head = content.MediaTypes{"image/png"}, "ab", "Content-Type: image/png"
		}, []string{`"body":"YWI=","isBase64Encoded":true}`}},
		{"text", func(cfg *RESTConfig, r *request) {
			cfg.Binary, r.body, r.head = content.MediaTypes{"image/png"}, "a\xff", "Content-Type: application/octet-stream"
		}, []string{"\"body\":\"a\ufffd\",\"isBase64Encoded\":false}"}},
		{"authorizer", func(_ *RESTConfig, r *request) {
			r.identity.Principal, r.identity.ContextJSON = "p", []byte(`{"k":"v"}`)
		}, []string{`"resourceId":"r","authorizer":{"k":"v","principalId":"p","integrationLatency":0},"resourcePath"`}},
		{"authorizer that was asked", func(_ *RESTConfig, r *request) {
			r.identity.Principal, r.identity.ContextJSON, r.identity.Latency = "p", []byte(`{}`), 236*time.Millisecond
		}, []string{`"authorizer":{"principalId":"p","integrationLatency":236}`}},
		{"user pool", func(_ *RESTConfig, r *request) {
			r.identity.Claims = claims{{"sub", "me"}, {"exp", "Mon Jul 20 02:28:52 UTC 2026"}}
		},
			[]string{`"resourceId":"r","authorizer":{"claims":{"sub":"me","exp":"Mon Jul 20 02:28:52 UTC 2026"}},"resourcePath"`}},
		{"names and variables", func(cfg *RESTConfig, _ *request) {
			cfg.OperationName, cfg.StageVariables = "op", map[string]string{"v": "1"}
		}, []string{`"operationName":"op"`, `"stageVariables":{"v":"1"}`}},
		{"key", func(_ *RESTConfig, r *request) { r.identity.APIKey, r.identity.APIKeyID = "k", "i" }, []string{`"apiKey":"k","apiKeyId":"i"`}},
	} {
		cfg, r := base, call
		c.change(&cfg, &r)
		got := string(NewREST(cfg).AppendRequest(nil, r.exchange()))
		if !json.Valid([]byte(got)) {
			t.Errorf("%s: no JSON: %s", c.name, got)
		}
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %s in %s", c.name, want, got)
			}
		}
	}
}

// TestRESTPrivate: public text 44777171465, an event of a private API.
func TestRESTPrivate(t *testing.T) {
	r := request{method: "GET", path: "/x", head: "User-Agent: curl", ip: "10.13.58.60"}
	r.identity.VPCEndpoint, r.identity.VPC = "vpce-001", "vpc-001"
	const want = `"identity":{"cognitoIdentityPoolId":null,"cognitoIdentityId":null,"vpceId":"vpce-001","principalOrgId":null,` +
		`"cognitoAuthenticationType":null,"userArn":null,"userAgent":"curl","accountId":null,"caller":null,"sourceIp":"10.13.58.60",` +
		`"accessKey":null,"vpcId":"vpc-001","cognitoAuthenticationProvider":null,"user":null},"domainName"`
	if got := string(NewREST(RESTConfig{}).AppendRequest(nil, r.exchange())); !strings.Contains(got, want) || !json.Valid([]byte(got)) {
		t.Errorf("got %s", got)
	}
}

// TestReadRESTResponse has recorded cases: aws-behaviour.md, facts 12 to 14 and 16.
func TestReadRESTResponse(t *testing.T) {
	binary := content.MediaTypes{"image/png"}
	for _, c := range []struct {
		name    string
		binary  content.MediaTypes
		accept  string
		payload string
		want    string
	}{
		{"unknown key", nil, "", `{"statusCode":200,"odd":1}`, "error"},
		{"nothing", nil, "", `{}`, "error"},
		{"a string", nil, "", `"x"`, "error"},
		{"no number", nil, "", `{"statusCode":"x"}`, "error"},
		{"no list", nil, "", `{"multiValueHeaders":{"a":"b"}}`, "error"},
		{"number as text", nil, "", `{"statusCode":"201"}`, "201 " + jsonType + "|| "},
		{"headers only", nil, "", `{"headers":{"a":"b"}}`, "200 a: b|" + jsonType + "|| "},
		{"no headers", nil, "", `{"statusCode":200,"headers":null,"body":"x"}`, "200 " + jsonType + "|| x"},
		{"a boolean", nil, "", `{"headers":{"a":true}}`, "200 a: true|" + jsonType + "|| "},
		{"fact 13", nil, "", `{"headers":{"Test-multi":"value-solo"},"multiValueHeaders":{"tesT-Multi":["value-multi"]}}`,
			"200 tesT-Multi: value-multi|tesT-Multi: value-solo|" + jsonType + "|| "},
		{"broken header", nil, "", `{"headers":{"a":"b\r\nc: d"}}`, "error"},
		{"base64, not binary", nil, "", `{"body":"YWI=","isBase64Encoded":true}`, "200 " + jsonType + "|| YWI="},
		{"base64, binary", binary, "image/png", `{"body":"YWI=","isBase64Encoded":true}`, "200 " + jsonType + "|| ab"},
		{"first of two", binary, "image/png,image/*", `{"body":"YWI=","isBase64Encoded":true}`, "200 " + jsonType + "|| ab"},
		{"second of two", binary, "image/webp,image/png", `{"body":"YWI=","isBase64Encoded":true}`, "200 " + jsonType + "|| YWI="},
		{"accepts all", binary, "*/*", `{"body":"YWI=","isBase64Encoded":true}`, "200 " + jsonType + "|| YWI="},
		{"wildcard", content.MediaTypes{"application/*"}, "application/x", `{"body":"YWI=","isBase64Encoded":true}`, "200 " + jsonType + "|| ab"},
		{"no wildcard", content.MediaTypes{"*/test"}, "image/test", `{"body":"YWI=","isBase64Encoded":true}`, "200 " + jsonType + "|| YWI="},
		{"broken base64", binary, "image/png", `{"body":"%","isBase64Encoded":true}`, "error " + content.ErrBase64.Error()},
	} {
		x := &exchange.Exchange{REST: true}
		x.Request.Header.Add([]byte("Accept"), []byte(c.accept))
		got := describe(x, NewREST(RESTConfig{Binary: c.binary}).ReadResponse([]byte(c.payload), x))
		if got != c.want && (c.want != "error" || !strings.HasPrefix(got, "error "+errProxyResponse.Error())) {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func FuzzReadRESTResponse(f *testing.F) {
	f.Add([]byte(`{"statusCode":200,"headers":{"a":"b"},"multiValueHeaders":{"A":["c"]},"body":"YQ==","isBase64Encoded":true}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		x := &exchange.Exchange{REST: true}
		if err := NewREST(RESTConfig{Binary: content.MediaTypes{"*/*"}}).ReadResponse(payload, x); err == nil && !x.Answered() {
			t.Fatal("neither an answer nor an error")
		}
	})
}
