package event

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// request is a call as a listener makes it and a program routes it; head is "Name: value|...".
type request struct {
	method, host, path, query, head, body string
	vars                                  string // "name=value|..."
	ip                                    string
	id                                    string
	at                                    int64 // in milliseconds
	identity                              exchange.Identity
	change                                func(x *exchange.Exchange)
}

func (r request) exchange() *exchange.Exchange {
	x := &exchange.Exchange{ID: []byte(r.id), Received: time.UnixMilli(r.at), Identity: r.identity}
	q := &x.Request
	q.Method, q.Host, q.Query, q.TLS = []byte(r.method), []byte(r.host), []byte(r.query), true
	q.Path, x.Route.Path = []byte(r.path), []byte(r.path)
	q.Remote, q.Local = netip.MustParseAddrPort(r.ip+":4711"), netip.MustParseAddrPort("127.0.0.1:443")
	q.Header.Add([]byte("Host"), q.Host)
	for field := range strings.SplitSeq(r.head, "|") {
		if name, value, ok := strings.Cut(field, ": "); ok {
			q.Header.Add([]byte(name), []byte(value))
		}
	}
	for v := range strings.SplitSeq(r.vars, "|") {
		if name, value, ok := strings.Cut(v, "="); ok {
			x.Route.Vars = append(x.Route.Vars, exchange.PathVar{Name: name, Value: []byte(value)})
		}
	}
	if r.body != "" {
		q.Body.Bytes = []byte(r.body)
	}
	if r.change != nil {
		r.change(x)
	}
	return x
}

type claims [][2]string

func (c claims) Claim(string) (string, bool) { return "", false }
func (c claims) Len() int                    { return len(c) }
func (c claims) At(i int) (string, string)   { return c[i][0], c[i][1] }

// TestRequest compares whole events. Those with a source are AWS's own, with white space taken out; where a source shows
// an event that was decoded and written again, the order of members is that of events that were not.
func TestRequest(t *testing.T) {
	curl := request{
		method: "GET", host: "h.example", path: "/", head: "Accept: */*|User-Agent: curl|X-Amzn-Trace-Id: Root=1-2-3", ip: "1.2.3.4", id: "id=", at: 1587481701067,
	}
	with := func(r request, change func(r *request)) request {
		change(&r)
		return r
	}
	const context2 = `"domainName":"h.example","domainPrefix":"h","http":{"method":"GET","path":"/","protocol":"HTTP/1.1","sourceIp":"1.2.3.4",` +
		`"userAgent":"curl"},"requestId":"id=","routeKey":"$default","stage":"$default","time":"21/Apr/2020:15:08:21 +0000","timeEpoch":1587481701067}`
	const headers2 = `"headers":{"accept":"*/*","content-length":"0","host":"h.example","user-agent":"curl","x-amzn-trace-id":"Root=1-2-3",` +
		`"x-forwarded-for":"1.2.3.4","x-forwarded-port":"443","x-forwarded-proto":"https"}`
	const start2 = `{"version":"2.0","routeKey":"$default","rawPath":"/","rawQueryString":"",` + headers2 + `,"requestContext":{"accountId":"1","apiId":"a",`
	plain := Config{AccountID: "1", APIID: "a", Stage: "$default", RouteKey: "$default"}
	for _, c := range []struct {
		name, version string
		cfg           Config
		call          request
		want          string
	}{
		{"recorded in 2020, serverless issue 7860", "1.0", Config{AccountID: "366730223589", APIID: "wr8rtcj3g9", Stage: "$default", RouteKey: "GET /hello"},
			request{method: "GET", host: "wr8rtcj3g9.execute-api.eu-west-2.amazonaws.com", path: "/hello", ip: "41.164.75.218", id: "Oh8O5hb4LPEEPaA=", at: 1592829740096,
				head: "user-agent: curl/7.58.0|accept: */*|x-amzn-trace-id: Root=1-5ef0a72c-b628d1e0bf0886b0f9221dc0"}, recordedV1},
		{"recorded in 2026, hotsock/voker", "2.0", Config{AccountID: "910345601053", APIID: "sjzepsqsu5", Stage: "$default", RouteKey: "$default"},
			request{method: "POST", host: "sjzepsqsu5.execute-api.us-west-2.amazonaws.com", path: "/capture/space%20value", ip: "68.8.83.18", id: "ATfSmjLgPHcESJw=", at: 1783711145766,
				query: "repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb&literalPlus=a+b&encodedPlus=a%2Bb&empty=",
				head: "User-Agent: curl/8.7.1|Accept: */*|Content-Type: application/json|X-Voker-Probe: first|X-Voker-Probe: second|Cookie: session=abc123; theme=dark|" +
					"X-Amzn-Trace-Id: Root=1-6a5145a9-1bae89e2512ec92d5d9438a0|Content-Length: 66",
				body: `{"message":"hello from the public internet","unicode":"lambda-λ"}`}, recordedV2},
		{"recorded in 2023, swift-aws-lambda-events: with a Lambda authorizer", "2.0", plain,
			with(curl, func(r *request) { r.identity.ContextJSON = []byte(`{"abc1":"xyz1","abc2":"xyz2"}`) }),
			start2 + `"authorizer":{"lambda":{"abc1":"xyz1","abc2":"xyz2"}},` + context2 + `,"isBase64Encoded":false}`},
		{"a Lambda authorizer without context", "2.0", plain, with(curl, func(r *request) { r.identity.ContextJSON = []byte("null") }),
			start2 + `"authorizer":{"lambda":null},` + context2 + `,"isBase64Encoded":false}`},
		// aws-behaviour-http-api.md, facts 31 and 32.
		{"a token", "2.0", plain, with(curl, func(r *request) { r.identity.Claims = claims{{"aud", "[a b]"}, {"exp", "1"}} }),
			start2 + `"authorizer":{"jwt":{"claims":{"aud":"[a b]","exp":"1"},"scopes":null}},` + context2 + `,"isBase64Encoded":false}`},
		{"a token with scopes", "2.0", plain, with(curl, func(r *request) { r.identity.Claims, r.identity.Scopes = claims{}, []string{"a", "b"} }),
			start2 + `"authorizer":{"jwt":{"claims":{},"scopes":["a","b"]}},` + context2 + `,"isBase64Encoded":false}`},
		// The members as recorded in 2023: public code index, document 22435889400.
		{"a signature", "2.0", plain, with(curl, func(r *request) {
			r.identity.AccessKey, r.identity.AccountID, r.identity.Caller, r.identity.UserARN, r.identity.User = "AK", "9", "C", "arn:u", "U"
		}), start2 + `"authorizer":{"iam":{"accessKey":"AK","accountId":"9","callerId":"C","cognitoIdentity":null,"principalOrgId":null,"userArn":"arn:u","userId":"U"}},` +
			context2 + `,"isBase64Encoded":false}`},
		// Facts 19, 27 and 29; the order of the last members as in the developer guide.
		{"a named stage with variables, a path variable and a binary body", "2.0",
			Config{AccountID: "1", APIID: "a", Stage: "dev", RouteKey: "PUT /x/{id}/{proxy+}", StageVariables: map[string]string{"b": "2", "a": "1"}},
			with(curl, func(r *request) {
				r.method, r.path, r.vars, r.body = "PUT", "/x/a%20b/c%2Fd/e", "id=a%20b|proxy=c%2Fd/e", "\x01\x02"
			}),
			strings.NewReplacer(`"routeKey":"$default"`, `"routeKey":"PUT /x/{id}/{proxy+}"`, `"rawPath":"/"`, `"rawPath":"/dev/x/a b/c/d/e"`, `"content-length":"0"`, `"content-length":"2"`,
				`"GET"`, `"PUT"`, `"path":"/"`, `"path":"/dev/x/a b/c/d/e"`, `"stage":"$default"`, `"stage":"dev"`).Replace(start2+context2) +
				`,"body":"AQI=","pathParameters":{"id":"a b","proxy":"c/d/e"},"isBase64Encoded":true,"stageVariables":{"a":"1","b":"2"}}`},
		{"mapped to another path, query and head", "2.0", plain, with(curl, func(r *request) {
			r.change = func(x *exchange.Exchange) {
				x.Outgoing.Path, x.Outgoing.Query, x.Outgoing.QuerySet = []byte("/else%20where"), []byte("a=1"), true
				x.Outgoing.Edits = []exchange.HeaderEdit{{Op: exchange.EditRemove, Name: []byte("accept")}, {Op: exchange.EditOverwrite, Name: []byte("X-New"), Value: []byte("1")}}
			}
		}), strings.NewReplacer(`"rawPath":"/"`, `"rawPath":"/else where"`, `"rawQueryString":""`, `"rawQueryString":"a=1"`, `"accept":"*/*",`, "",
			`"x-forwarded-proto":"https"}`, `"x-forwarded-proto":"https","x-new":"1"},"queryStringParameters":{"a":"1"}`).Replace(start2+context2) + `,"isBase64Encoded":false}`},
		{"authorizer and scopes in 1.0", "1.0", plain, with(curl, func(r *request) { r.identity.Claims = claims{{"sub", "me"}} }),
			v1Of(`"authorizer":{"claims":{"sub":"me"},"scopes":null},`)},
		{"a Lambda authorizer in 1.0", "1.0", plain, with(curl, func(r *request) {
			r.identity.ContextJSON, r.identity.Principal = []byte(`{"k":1}`), "user"
		}), v1Of(`"authorizer":{"k":1,"principalId":"user"},`)},
		{"a Lambda authorizer in 1.0 that named the principal twice", "1.0", plain, with(curl, func(r *request) {
			r.identity.ContextJSON, r.identity.Principal, r.identity.Context = []byte(`{"principalId":"own"}`), "user", map[string]string{"principalId": "own"}
		}), v1Of(`"authorizer":{"principalId":"own"},`)},
		{"a Lambda authorizer in 1.0 without context", "1.0", plain, with(curl, func(r *request) {
			r.identity.ContextJSON, r.identity.Principal = []byte("null"), "user"
		}), v1Of(`"authorizer":{"principalId":"user"},`)},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := string(New(c.version, c.cfg).AppendRequest(nil, c.call.exchange()))
			if got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// v1Of is an event of format 1.0 with something between apiId and domainName.
func v1Of(authorizer string) string {
	return `{"version":"1.0","resource":"$default","path":"/","httpMethod":"GET","headers":{"Accept":"*/*","Content-Length":"0","Host":"h.example","User-Agent":"curl",` +
		`"X-Amzn-Trace-Id":"Root=1-2-3","X-Forwarded-For":"1.2.3.4","X-Forwarded-Port":"443","X-Forwarded-Proto":"https"},"multiValueHeaders":{"Accept":["*/*"],` +
		`"Content-Length":["0"],"Host":["h.example"],"User-Agent":["curl"],"X-Amzn-Trace-Id":["Root=1-2-3"],"X-Forwarded-For":["1.2.3.4"],"X-Forwarded-Port":["443"],` +
		`"X-Forwarded-Proto":["https"]},"queryStringParameters":null,"multiValueQueryStringParameters":null,"requestContext":{"accountId":"1","apiId":"a",` + authorizer +
		`"domainName":"h.example","domainPrefix":"h","extendedRequestId":"id=","httpMethod":"GET","identity":{"accessKey":null,"accountId":null,"caller":null,` +
		`"cognitoAmr":null,"cognitoAuthenticationProvider":null,"cognitoAuthenticationType":null,"cognitoIdentityId":null,"cognitoIdentityPoolId":null,` +
		`"principalOrgId":null,"sourceIp":"1.2.3.4","user":null,"userAgent":"curl","userArn":null},"path":"/","protocol":"HTTP/1.1","requestId":"id=",` +
		`"requestTime":"21/Apr/2020:15:08:21 +0000","requestTimeEpoch":1587481701067,"resourceId":"$default","resourcePath":"$default","stage":"$default"},` +
		`"pathParameters":null,"stageVariables":null,"body":null,"isBase64Encoded":false}`
}

// cognitoAmr came between 2020 and 2022 (public code index, document 3580412469).
const recordedV1 = `{"version":"1.0","resource":"/hello","path":"/hello","httpMethod":"GET","headers":{"Content-Length":"0",` +
	`"Host":"wr8rtcj3g9.execute-api.eu-west-2.amazonaws.com","User-Agent":"curl/7.58.0","X-Amzn-Trace-Id":"Root=1-5ef0a72c-b628d1e0bf0886b0f9221dc0",` +
	`"X-Forwarded-For":"41.164.75.218","X-Forwarded-Port":"443","X-Forwarded-Proto":"https","accept":"*/*"},"multiValueHeaders":{"Content-Length":["0"],` +
	`"Host":["wr8rtcj3g9.execute-api.eu-west-2.amazonaws.com"],"User-Agent":["curl/7.58.0"],"X-Amzn-Trace-Id":["Root=1-5ef0a72c-b628d1e0bf0886b0f9221dc0"],` +
	`"X-Forwarded-For":["41.164.75.218"],"X-Forwarded-Port":["443"],"X-Forwarded-Proto":["https"],"accept":["*/*"]},"queryStringParameters":null,` +
	`"multiValueQueryStringParameters":null,"requestContext":{"accountId":"366730223589","apiId":"wr8rtcj3g9",` +
	`"domainName":"wr8rtcj3g9.execute-api.eu-west-2.amazonaws.com","domainPrefix":"wr8rtcj3g9","extendedRequestId":"Oh8O5hb4LPEEPaA=","httpMethod":"GET",` +
	`"identity":{"accessKey":null,"accountId":null,"caller":null,"cognitoAmr":null,"cognitoAuthenticationProvider":null,"cognitoAuthenticationType":null,` +
	`"cognitoIdentityId":null,"cognitoIdentityPoolId":null,"principalOrgId":null,"sourceIp":"41.164.75.218","user":null,"userAgent":"curl/7.58.0",` +
	`"userArn":null},"path":"/hello","protocol":"HTTP/1.1","requestId":"Oh8O5hb4LPEEPaA=","requestTime":"22/Jun/2020:12:42:20 +0000",` +
	`"requestTimeEpoch":1592829740096,"resourceId":"GET /hello","resourcePath":"/hello","stage":"$default"},"pathParameters":null,"stageVariables":null,` +
	`"body":null,"isBase64Encoded":false}`

const recordedV2 = `{"version":"2.0","routeKey":"$default","rawPath":"/capture/space value",` +
	`"rawQueryString":"repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb&literalPlus=a+b&encodedPlus=a%2Bb&empty=",` +
	`"cookies":["session=abc123","theme=dark"],"headers":{"accept":"*/*","content-length":"66","content-type":"application/json",` +
	`"host":"sjzepsqsu5.execute-api.us-west-2.amazonaws.com","user-agent":"curl/8.7.1","x-amzn-trace-id":"Root=1-6a5145a9-1bae89e2512ec92d5d9438a0",` +
	`"x-forwarded-for":"68.8.83.18","x-forwarded-port":"443","x-forwarded-proto":"https","x-voker-probe":"first,second"},"queryStringParameters":{"empty":"",` +
	`"encodedPlus":"a+b","literalPlus":"a b","redirect":"https://example.com/a/b","repeat":"one,two"},"requestContext":{"accountId":"910345601053",` +
	`"apiId":"sjzepsqsu5","domainName":"sjzepsqsu5.execute-api.us-west-2.amazonaws.com","domainPrefix":"sjzepsqsu5","http":{"method":"POST",` +
	`"path":"/capture/space value","protocol":"HTTP/1.1","sourceIp":"68.8.83.18","userAgent":"curl/8.7.1"},"requestId":"ATfSmjLgPHcESJw=","routeKey":"$default",` +
	`"stage":"$default","time":"10/Jul/2026:19:19:05 +0000","timeEpoch":1783711145766},` +
	`"body":"{\"message\":\"hello from the public internet\",\"unicode\":\"lambda-λ\"}","isBase64Encoded":false}`

// TestMembers looks at single members of events.
func TestMembers(t *testing.T) {
	for _, c := range []struct {
		name, version string
		call          request
		want          []string
	}{
		// Facts 18, 19 and 22, recorded in aws-lambda-dotnet's snapshots V1_SpecialCharactersInPathHttpV1 and V1_SimpleGetRequestHttpV1.
		{"a path in 1.0", "1.0", request{path: "/s/%E2%98%95%20Coffee", vars: "name=%E2%98%95%20Coffee"},
			[]string{`"path":"/prod/s/%E2%98%95%20Coffee","httpMethod"`, `"path":"/prod/s/☕ Coffee","protocol"`, `"pathParameters":{"name":"☕ Coffee"}`, `"userAgent":""`}},
		{"repeated parameters in 1.0", "1.0", request{query: "status=pending&tag=important&tag=urgent"},
			[]string{`"queryStringParameters":{"status":"pending","tag":"urgent"},"multiValueQueryStringParameters":{"status":["pending"],"tag":["important","urgent"]}`}},
		{"cookies in 1.0", "1.0", request{head: "Cookie: a=1; b=2"}, []string{`"Cookie":"a=1; b=2"`, `"Cookie":["a=1; b=2"]`}},
		{"repeated fields in 1.0", "1.0", request{head: "X-A: 1|X-A: 2"}, []string{`"X-A":"2"`, `"X-A":["1","2"]`}},
		{"the client's spelling in 1.0", "1.0", request{head: "x-lower: 1|X-UPPER: 2|user-agent: u"}, []string{`"User-Agent":"u"`, `"X-UPPER":"2"`, `"x-lower":"1"`}},
		// Fact 20.
		{"a question mark in the path", "2.0", request{path: "/a%3Fb"}, []string{`"rawPath":"/prod/a","rawQueryString"`}},
		{"odd queries", "2.0", request{query: "&&a&=b&c==&%zz=%"}, []string{`"rawQueryString":"&&a&=b&c==&%zz=%"`, `"queryStringParameters":{"":"b","%zz":"%","a":"","c":"="}`}},
		{"only ampersands", "2.0", request{query: "&&"}, []string{`"rawQueryString":"&&","headers"`}},
		{"several cookie fields", "2.0", request{head: "cookie: a=1; b=2|x: 1|Cookie: c=3"}, []string{`"cookies":["a=1","b=2","c=3"],"headers"`}},
		{"spellings are one field", "2.0", request{head: "X-A: 1|x-b: 3|x-a: 2"}, []string{`"x-a":"1,2","x-amzn-trace-id"`, `"x-b":"3"`}},
		{"what the connection owns", "2.0", request{head: "Connection: close|Keep-Alive: 1|TE: trailers|Transfer-Encoding: chunked|Upgrade: x|Expect: y|Trailer: z|Proxy-Connection: p"},
			[]string{`"headers":{"content-length":"0","host":"h.example","x-amzn-trace-id"`}},
		{"what the front owns", "2.0", request{head: "X-Forwarded-For: 9.9.9.9|X-Forwarded-Proto: gopher|X-Forwarded-Port: 70|Content-Length: 7"},
			[]string{`"content-length":"0"`, `"x-forwarded-for":"9.9.9.9, 1.2.3.4","x-forwarded-port":"443","x-forwarded-proto":"https"`}},
		// Fact 27.
		{"text", "2.0", request{head: "Content-Type: TEXT/Plain; charset=x", body: "a\xff\n"}, []string{`"body":"a` + "\uFFFD" + `\n"`, `"isBase64Encoded":false`}},
		{"xml", "2.0", request{head: "Content-Type: application/xml", body: "<a>"}, []string{`"body":"<a>"`, `"isBase64Encoded":false`}},
		{"a form", "2.0", request{head: "Content-Type: application/x-www-form-urlencoded", body: "a=1"}, []string{`"body":"YT0x"`, `"isBase64Encoded":true`}},
		{"another JSON", "1.0", request{head: "Content-Type: application/problem+json", body: "{}"}, []string{`"body":"e30="`, `"isBase64Encoded":true`}},
		{"no type", "2.0", request{body: "a"}, []string{`"body":"YQ=="`, `"isBase64Encoded":true`}},
		{"not UTF-8", "2.0", request{path: "/%ff", query: "a=%fe", head: "X: \xfd", vars: "v=%ff"},
			[]string{`"rawPath":"/prod/` + "\uFFFD\"", `"a":"` + "\uFFFD\"", `"x":"` + "\uFFFD\"", `"v":"` + "\uFFFD\""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			call := c.call
			call.method, call.host, call.ip = "GET", "h.example", "1.2.3.4"
			if call.path == "" {
				call.path = "/"
			}
			got := string(New(c.version, Config{Stage: "prod", RouteKey: "GET /{v}"}).AppendRequest(nil, call.exchange()))
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("no %s in\n%s", want, got)
				}
			}
			if !json.Valid([]byte(got)) {
				t.Error("not JSON")
			}
		})
	}
}

func TestAuthorization(t *testing.T) {
	call := request{method: "GET", host: "0000000000.execute-api.eu-north-1.amazonaws.com", path: "/applications", ip: "0.0.0.0", id: "QHACgr8sig0MELg=", at: 1702672503230,
		head: "User-Agent: curl/8.1.2|Accept: */*|Authorization: abc.xyz.123|X-Amzn-Trace-Id: Root=1-00000000-000000000000000000000000"}
	cfg := Config{AccountID: "000000000000", APIID: "0000000000", Stage: "dev", RouteKey: "GET /applications"}
	asked := Asked{ARN: []byte("arn:aws:execute-api:eu-north-1:000000000000:0000000000/dev/GET/applications"), Sources: [][]byte{[]byte("abc.xyz.123")}}
	// Recorded in 2023: swift-server/swift-aws-lambda-events.
	const want = `{"version":"2.0","type":"REQUEST","routeArn":"arn:aws:execute-api:eu-north-1:000000000000:0000000000/dev/GET/applications",` +
		`"identitySource":["abc.xyz.123"],"routeKey":"GET /applications","rawPath":"/dev/applications","rawQueryString":"","headers":{"accept":"*/*",` +
		`"authorization":"abc.xyz.123","content-length":"0","host":"0000000000.execute-api.eu-north-1.amazonaws.com","user-agent":"curl/8.1.2",` +
		`"x-amzn-trace-id":"Root=1-00000000-000000000000000000000000","x-forwarded-for":"0.0.0.0","x-forwarded-port":"443","x-forwarded-proto":"https"},` +
		`"requestContext":{"accountId":"000000000000","apiId":"0000000000","domainName":"0000000000.execute-api.eu-north-1.amazonaws.com",` +
		`"domainPrefix":"0000000000","http":{"method":"GET","path":"/dev/applications","protocol":"HTTP/1.1","sourceIp":"0.0.0.0","userAgent":"curl/8.1.2"},` +
		`"requestId":"QHACgr8sig0MELg=","routeKey":"GET /applications","stage":"dev","time":"15/Dec/2023:20:35:03 +0000","timeEpoch":1702672503230}}`
	if got := string(New("2.0", cfg).AppendAuthorization(nil, call.exchange(), asked)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	asked.Sources = append(asked.Sources, []byte("b"))
	cfg.StageVariables = map[string]string{"v": "1"}
	call.vars = "id=1"
	for version, parts := range map[string][]string{
		"2.0": {`"identitySource":["abc.xyz.123","b"]`, `},"pathParameters":{"id":"1"},"stageVariables":{"v":"1"}}`},
		"1.0": {`{"version":"1.0","type":"REQUEST","methodArn":"arn:aws:execute-api:eu-north-1:000000000000:0000000000/dev/GET/applications",` +
			`"identitySource":"abc.xyz.123,b","authorizationToken":"abc.xyz.123,b","resource":"/applications","path":"/dev/applications","httpMethod":"GET","headers":{"Accept":"*/*",`,
			`"queryStringParameters":{},"pathParameters":{"id":"1"},"stageVariables":{"v":"1"},"requestContext":{"accountId":"000000000000",`},
	} {
		got := string(New(version, cfg).AppendAuthorization(nil, call.exchange(), asked))
		for _, part := range parts {
			if !strings.Contains(got, part) {
				t.Errorf("no %s in\n%s", part, got)
			}
		}
		if strings.Contains(got, `"body"`) || !json.Valid([]byte(got)) {
			t.Errorf("got %s", got)
		}
	}
	if got := string(New("2.0", cfg).AppendAuthorization(nil, call.exchange(), Asked{})); !strings.Contains(got, `"identitySource":null,`) {
		t.Errorf("got %s", got)
	}
}

func TestNoSuchFormat(t *testing.T) {
	if New("3.0", Config{}) != nil {
		t.Error("there is a format 3.0")
	}
}
