package compile

import (
	"cmp"
	"context"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/step/executionlog"
)

// mockOf is a method with a MOCK integration, and one response for each status.
func mockOf(request string, responses map[string]gateway.IntegrationResponse) *gateway.Method {
	return withResponses(&gateway.RestIntegration{
		Type: gateway.RestMock, RequestTemplates: map[string]string{"application/json": request}, Responses: responses,
	})
}

func withResponses(in *gateway.RestIntegration) *gateway.Method {
	m := &gateway.Method{Authorization: gateway.AuthorizationNone, Integration: in, Responses: map[string]gateway.MethodResponse{}}
	for status := range in.Responses {
		m.Responses[status] = gateway.MethodResponse{}
	}
	return m
}

func answer(template string) map[string]gateway.IntegrationResponse {
	return map[string]gateway.IntegrationResponse{"200": {Templates: map[string]string{"application/json": template}}}
}

func pattern(s string) *string { return &s }

// send runs one call of a stage with one resource, /{v}. Fields are header fields, as "Name: value"; a body comes last.
func send(t *testing.T, m *gateway.Method, b *backends, query, body string, fields ...string) *exchange.Exchange {
	t.Helper()
	in := restStage(resource("/{v}", map[string]*gateway.Method{"POST": m}))
	in.Stage.DeploymentID = "dep"
	p, err := RestAPI(in, world(b))
	if err != nil {
		t.Fatal(err)
	}
	x := &exchange.Exchange{
		ID: []byte("request"), ExtendedID: []byte("extended="), Received: time.UnixMilli(1_550_000_000_123),
		Journal: &exchange.Journal{Level: exchange.JournalData},
	}
	x.Request.Method, x.Request.Host = []byte("POST"), []byte("api.example:8080")
	x.Request.Remote = netip.MustParseAddrPort("203.0.113.7:4711")
	x.Request.Path, x.Request.Query, x.Request.Body.Bytes = []byte("/prod/a%2Fb"), []byte(query), []byte(body)
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		x.Request.Header.Add([]byte(name), []byte(value))
	}
	p.Run(context.Background(), x, []byte("/a%2Fb"))
	return x
}

// TestMock: facts are those of aws-behaviour.md.
func TestMock(t *testing.T) {
	for _, c := range []struct {
		name              string
		request, response string
		status            int
		want              string
	}{
		{"status and template", `{"statusCode": 200}`, `{"a": $input.json('$.a')}`, 200, `{"a": ""}`},
		{"fact 26: no quotes", `{statusCode: 200}`, `ok`, 200, "ok"},
		{"no status", `{}`, `ok`, 500, `{"message": "Internal server error"}`},
		{"a status that is a text (aws/aws-cdk issue 5997)", `{"statusCode": "200"}`, `ok`, 500, `{"message": "Internal server error"}`},
		{"no template", `{"statusCode": 200}`, ``, 200, ``},
		{"another status is the default's", `{"statusCode": 404}`, `ok`, 200, "ok"},
		{"the guide's example", "{\n  #if( $input.params('scope') == \"internal\" )\n    \"statusCode\": 200\n  #else\n    \"statusCode\": 500\n  #end\n}", `ok`, 200, "ok"},
		{"what the call has", `{"statusCode": 200}`, "$input.params('v') $input.params('scope') $input.params('x-a') $input.params().header.get('X-A') $stageVariables.host",
			200, "a%2Fb internal two two two.example"},
		{
			"context", `{"statusCode": 200}`,
			`$context.apiId $context.stage $context.resourceId $context.resourcePath $context.httpMethod $context.requestId $context.extendedRequestId $context.requestTime ` +
				`$context.requestTimeEpoch $context.path $context.accountId $context.protocol $context.domainName $context.domainPrefix $context.deploymentId $context.identity.sourceIp ` +
				`$context.identity.userAgent<$context.identity><$context.identity.user><$context.authorizer.principalId><$context.requestOverride>`,
			200,
			`api prod id-/{v} /{v} POST request extended= 12/Feb/2019:19:33:20 +0000 1550000000123 /prod/a%2Fb 1 HTTP/1.1 api.example api dep 203.0.113.7 <><><><>`,
		},
		{
			"fact 28: its names", `{"statusCode": 200}`,
			"#foreach($k in $context.keySet())$k #end|#foreach($k in $context.identity.keySet())$k #end|" +
				"#foreach($k in $context.requestOverride.keySet())$k #end|#foreach($k in $context.responseOverride.keySet())$k #end|",
			200,
			"resourceId resourcePath httpMethod extendedRequestId requestTime path accountId protocol requestOverride stage domainPrefix requestTimeEpoch requestId identity " +
				"domainName deploymentId responseOverride apiId |cognitoIdentityPoolId accountId cognitoIdentityId caller sourceIp principalOrgId accessKey " +
				"cognitoAuthenticationType cognitoAuthenticationProvider userArn userAgent user |path header querystring |header |",
		},
		{
			"fact 26: the request's overrides are the response's", "#set($context.responseOverride.status = 444)\n#set($context.responseOverride.header.foo = \"bar\")\n" +
				"#set($context.responseOverride.custom = \"is also passed around\"){\"statusCode\": 200}",
			"$context.responseOverride.status $context.responseOverride.header.foo $context.responseOverride.custom", 444, "444 bar is also passed around",
		},
		{
			"fact 26: and without a template", "#set($context.responseOverride.status = 444){\"statusCode\": 200}", "", 444, "",
		},
		{
			"fact 27: every way to set", "#set($n = \"foo\")#set($context.requestOverride.querystring[$n] = \"bar\")#set($p = \"putfoo\")" +
				"$context.requestOverride.querystring.put($p, \"putBar\")#set($context[\"requestOverride\"].querystring[\"nestedfoo\"] = \"nestedFoo\"){\"statusCode\": 200}",
			"$context.requestOverride.querystring[\"foo\"] $context.requestOverride.querystring[\"putfoo\"] $context.requestOverride.querystring[\"nestedfoo\"]",
			200, "bar putBar nestedFoo",
		},
		{"another map in the place of one", "#set($context.responseOverride = {\"status\": 201}){\"statusCode\": 200}", "ok", 201, "ok"},
		{"a status that is none", "#set($context.responseOverride.status = 99){\"statusCode\": 200}", "ok", 200, "ok"},
		{"a loop without end", "#foreach($a in [1..1000])#foreach($b in [1..1000])#foreach($c in [1..1000])x#end#end#end", "ok", 500, `{"message": "Internal server error"}`},
		{"a response that fails", `{"statusCode": 200}`, "#set($l = [1])$l.get(7)", 500, `{"message": "Internal server error"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			responses := answer(c.response)
			if c.response == "" {
				responses = map[string]gateway.IntegrationResponse{"200": {}}
			}
			x := send(t, mockOf(c.request, responses), &backends{}, "scope=internal", "", "X-A: one", "X-A: two")
			if x.Response.Status != c.status || string(x.Response.Body.Bytes) != c.want || x.Response.Header.Has("X-Amzn-Trace-Id") {
				t.Errorf("got %d %q %v\nwant %d %q", x.Response.Status, x.Response.Body.Bytes, x.Fault, c.status, c.want)
			}
		})
	}
}

func httpTo(uri string, change func(*gateway.RestIntegration)) *gateway.Method {
	in := &gateway.RestIntegration{
		Type: gateway.RestHTTP, Method: "POST", URI: uri, TimeoutMillis: 1000,
		Responses: map[string]gateway.IntegrationResponse{"200": {}},
	}
	if change != nil {
		change(in)
	}
	return withResponses(in)
}

// TestHTTPRequests: facts are those of aws-behaviour.md. What is sent ends with the payload.
func TestHTTPRequests(t *testing.T) {
	const head = "Accept: application/json|Content-Type: application/json|User-Agent: AmazonAPIGateway_api|X-Amzn-Apigateway-Api-Id: api|X-Amzn-Trace-Id: Root=1-2-3|"
	template := func(text string) func(*gateway.RestIntegration) {
		return func(in *gateway.RestIntegration) { in.RequestTemplates = map[string]string{"application/json": text} }
	}
	passthrough := func(behaviour string, mediaTypes ...string) func(*gateway.RestIntegration) {
		return func(in *gateway.RestIntegration) {
			in.PassthroughBehavior, in.RequestTemplates = behaviour, map[string]string{}
			for _, m := range mediaTypes {
				in.RequestTemplates[m] = "made"
			}
		}
	}
	parameters := func(params ...string) func(*gateway.RestIntegration) {
		return func(in *gateway.RestIntegration) {
			in.RequestParameters = map[string]string{}
			for i := 0; i < len(params); i += 2 {
				in.RequestParameters["integration.request."+params[i]] = params[i+1]
			}
		}
	}
	for _, c := range []struct {
		name   string
		uri    string // "" for http://b.example/
		change func(*gateway.RestIntegration)
		fields string // what the client sends besides X-Amzn-Trace-Id
		target string // "" for b.example/
		sent   string
		status int // 0 for 200
	}{
		{"fact 19: nothing of the client's", "", nil, "X-A: b|Accept: text/html", "", head + `{"a":{"b":[1,"two"]}}`, 0},
		{"the payload has the client's type", "", nil, "Content-Type: text/plain; charset=x", "", strings.Replace(head, "application/json|User", "text/plain; charset=x|User", 1) + `{"a":{"b":[1,"two"]}}`, 0},
		{"a template", "", template("#set($r = $input.path('$.a')){\"r\": $r.b[1]}"), "", "", head + `{"r": two}`, 0},
		{"parameters of the type do not count", "", template("t"), "Content-Type: application/json; charset=utf-8", "", strings.Replace(head, "json|User", "json; charset=utf-8|User", 1) + "t", 0},
		{"a template that fails", "", template("$util.base64Decode('%')"), "", "-", "", 500},
		// integration-passthrough-behaviors.md, examples 1 and 2
		{"json: no type, WHEN_NO_MATCH", "", passthrough("WHEN_NO_MATCH", "application/json"), "", "", head + "made", 0},
		{"json: no type, NEVER", "", passthrough("NEVER", "application/json"), "", "", head + "made", 0},
		{"json: xml, WHEN_NO_MATCH", "", passthrough("WHEN_NO_MATCH", "application/json"), "Content-Type: application/xml", "", strings.Replace(head, "json|User", "xml|User", 1) + `{"a":{"b":[1,"two"]}}`, 0},
		{"json: xml, WHEN_NO_TEMPLATES", "", passthrough("WHEN_NO_TEMPLATES", "application/json"), "Content-Type: application/xml", "-", "", 415},
		{"json: xml, NEVER", "", passthrough("NEVER", "application/json"), "Content-Type: application/xml", "-", "", 415},
		{"xml: no type, WHEN_NO_MATCH", "", passthrough("WHEN_NO_MATCH", "application/xml"), "", "", head + `{"a":{"b":[1,"two"]}}`, 0},
		{"xml: no type, WHEN_NO_TEMPLATES", "", passthrough("WHEN_NO_TEMPLATES", "application/xml"), "", "-", "", 415},
		{"xml: xml, NEVER", "", passthrough("NEVER", "application/xml"), "Content-Type: Application/XML", "", strings.Replace(head, "application/json|User", "Application/XML|User", 1) + "made", 0},
		{"no templates, WHEN_NO_TEMPLATES", "", passthrough("WHEN_NO_TEMPLATES"), "", "", head + `{"a":{"b":[1,"two"]}}`, 0},
		{"no templates, NEVER", "", passthrough("NEVER"), "", "-", "", 415},
		// request-response-data-mappings.md
		{"path, query and header", "http://b.example/x/{p}?k=1", parameters("path.p", "method.request.header.X-A", "querystring.q", "method.request.multivaluequerystring.m", "header.X-B", "method.request.body.a.b[0]"),
			"X-A: a b", "b.example/x/a%20b?k=1&q=1&q=2", head + `X-B: 1|{"a":{"b":[1,"two"]}}`, 0},
		{"context, stage variable and a text", "", parameters("header.A", "context.identity.sourceIp", "header.B", "stageVariables.host", "header.C", "'text'"), "",
			"", head + `A: 203.0.113.7|B: two.example|C: text|{"a":{"b":[1,"two"]}}`, 0},
		{"fact 17: a mapped field takes the place of ours", "", parameters("header.User-Agent", "'mine'", "header.accept", "'text/html'"), "", "",
			strings.NewReplacer("AmazonAPIGateway_api", "mine", "Accept: application/json", "Accept: text/html").Replace(head) + `{"a":{"b":[1,"two"]}}`, 0},
		{"fact 18", "", parameters("header.Content-Length", "'1'"), "", "-", "", 500},
		// apigateway-override-request-response-parameters.md
		{"overrides of the header", "", template(`#set($h = "foo")#set($context.requestOverride.header.header1 = $h)#set($context.requestOverride.header.many = [$h, "bar"])` + `$input.json("$")`), "",
			"", head + `header1: foo|many: foo|many: bar|{"a":{"b":[1,"two"]}}`, 0},
		{"overrides of path and query come after mappings", "http://b.example/x/{p}", func(in *gateway.RestIntegration) {
			parameters("path.p", "'one'", "querystring.q", "'1'", "querystring.r", "'2'")(in)
			template(`#set($context.requestOverride.path.p = "two words")#set($context.requestOverride.querystring.q = "3&")x`)(in)
		}, "", "b.example/x/two%20words?r=2&q=3%26", head + "x", 0},
		{"an override that cannot be", "", template(`#set($context.requestOverride.header.Transfer-Encoding = "chunked")#set($h = $context.requestOverride.header)#set($x = $h.put("Content-Length", "7"))x`), "", "-", "", 500},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := &backends{target: "-"}
			fields := []string{"X-Amzn-Trace-Id: Root=1-2-3"}
			if c.fields != "" {
				fields = append(fields, strings.Split(c.fields, "|")...)
			}
			x := send(t, httpTo(cmp.Or(c.uri, "http://b.example/"), c.change), b, "m=1&m=2", `{"a":{"b":[1,"two"]}}`, fields...)
			if want := cmp.Or(c.target, "b.example/"); b.target != want || b.sent != c.sent || x.Response.Status != cmp.Or(c.status, 200) {
				t.Errorf("got  %d %s %s (%v)\nwant %d %s %s", x.Response.Status, b.target, b.sent, x.Fault, cmp.Or(c.status, 200), want, c.sent)
			}
		})
	}
}

// TestIntegrationResponses: facts are those of aws-behaviour.md.
func TestIntegrationResponses(t *testing.T) {
	json := func(text string) map[string]string { return map[string]string{"application/json": text} }
	two := map[string]gateway.IntegrationResponse{
		"200": {Templates: json("fine")},
		"400": {SelectionPattern: pattern(`4\d{2}`), Templates: json("$input.path('$.error')")},
	}
	for _, c := range []struct {
		name      string
		responses map[string]gateway.IntegrationResponse
		accept    string
		backend   int
		status    int
		fields    string // besides the ids and X-Amzn-Trace-Id
		body      string
	}{
		{"the default", two, "", 201, 200, "Content-Type: application/json", "fine"},
		{"by its pattern", two, "", 404, 400, "Content-Type: application/json", "broken"},
		{"fact 21: what no pattern matches is the default's", map[string]gateway.IntegrationResponse{"200": {}, "500": {SelectionPattern: pattern(`5..`)}}, "", 400, 200, "Content-Type: application/json", `{"error":"broken"}`},
		{"patterns match as a whole", map[string]gateway.IntegrationResponse{"200": {}, "500": {SelectionPattern: pattern(`5`)}}, "", 500, 200, "Content-Type: application/json", `{"error":"broken"}`},
		{"a status that ends no call", map[string]gateway.IntegrationResponse{"101": {}}, "", 200, 500, "Content-Type: application/json|x-amzn-ErrorType: InternalServerErrorException", `{"message": "Internal server error"}`},
		{"a pattern that is none here", map[string]gateway.IntegrationResponse{"200": {SelectionPattern: pattern(`(?=2).*`)}}, "", 200, 500, "Content-Type: application/json|x-amzn-ErrorType: InternalServerErrorException", `{"message": "Internal server error"}`},
		{"no match and no default", map[string]gateway.IntegrationResponse{"200": {SelectionPattern: pattern("2..")}}, "", 404, 500, "Content-Type: application/json|x-amzn-ErrorType: InternalServerErrorException", `{"message": "Internal server error"}`},
		{"fact 17: of the back end's fields none, unless mapped", map[string]gateway.IntegrationResponse{"200": {Parameters: map[string]string{
			"method.response.header.X-One": "integration.response.header.X-Backend", "method.response.header.X-All": "integration.response.multivalueheader.X-Backend",
			"method.response.header.Location": "integration.response.body.error", "method.response.header.X-Static": "'s'", "method.response.header.X-Stage": "context.stage",
			"method.response.header.X-Var": "stageVariables.host", "method.response.header.X-None": "integration.response.header.None", "method.response.header.Server": "'mine'",
		}}}, "", 200, 200, "Location: broken|x-amzn-Remapped-Server: mine|X-All: one,two|X-One: two|X-Stage: prod|X-Static: s|X-Var: two.example|Content-Type: application/json", `{"error":"broken"}`},
		// request-response-data-mappings.md, "Select a VTL mapping template"
		{"Accept chooses", map[string]gateway.IntegrationResponse{"200": {Templates: map[string]string{"application/json": "json", "application/xml": "xml"}}}, "application/xml;q=1, */*", 200, 200, "Content-Type: application/json", "xml"},
		{"no Accept is JSON", map[string]gateway.IntegrationResponse{"200": {Templates: map[string]string{"application/json": "json", "application/atom": "atom"}}}, "", 200, 200, "Content-Type: application/json", "json"},
		{"without JSON the first", map[string]gateway.IntegrationResponse{"200": {Templates: map[string]string{"application/xml": "xml"}}}, "text/plain", 200, 200, "Content-Type: application/json", "xml"},
		{"a mapped type", map[string]gateway.IntegrationResponse{"200": {Templates: json("<p>"), Parameters: map[string]string{"method.response.header.Content-Type": "'text/html'"}}}, "", 200, 200, "Content-Type: text/html", "<p>"},
		// apigateway-override-request-response-parameters.md
		{"the guide's example", map[string]gateway.IntegrationResponse{"200": {Templates: json("#set($inputRoot = $input.path('$'))\n$input.json(\"$\")\n#if($inputRoot.toString().contains(\"error\"))\n#set($context.responseOverride.status = 400)\n#end\n")}},
			"", 200, 400, "Content-Type: application/json", "{\"error\":\"broken\"}\n"},
		{"headers are set over mapped ones", map[string]gateway.IntegrationResponse{"200": {
			Templates:  json(`#set($context.responseOverride.header.x-one = "new")#set($context.responseOverride.header.Content-Type = "text/x")x`),
			Parameters: map[string]string{"method.response.header.X-One": "'old'"},
		}}, "", 200, 200, "x-one: new|Content-Type: text/x", "x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := &backends{status: c.backend, answer: `{"error":"broken"}`}
			for _, f := range []string{"X-Backend: one", "Content-Type: text/x", "X-Backend: two"} {
				name, value, _ := strings.Cut(f, ": ")
				b.fields = append(b.fields, exchange.Field{Name: []byte(name), Value: []byte(value)})
			}
			m := httpTo("http://b.example/", func(in *gateway.RestIntegration) { in.Responses = c.responses })
			x := send(t, m, b, "", "", "Accept: "+c.accept)
			if !x.Response.Header.Has("X-Amzn-Trace-Id") && x.Fault == nil {
				t.Error("fact 3: no trace")
			}
			for _, name := range []string{"x-amzn-RequestId", "x-amz-apigw-id", "X-Amzn-Trace-Id"} {
				x.Response.Header.Del(name)
			}
			var fields []string
			for _, f := range x.Response.Header.Fields() {
				fields = append(fields, string(f.Name)+": "+string(f.Value))
			}
			if got := strings.Join(fields, "|"); x.Response.Status != c.status || got != c.fields || string(x.Response.Body.Bytes) != c.body {
				t.Errorf("got  %d %s %s (%v)\nwant %d %s %s", x.Response.Status, got, x.Response.Body.Bytes, x.Fault, c.status, c.fields, c.body)
			}
		})
	}
}

// TestTransformLog: what execution logs say of templates (aws-behaviour-auth-websocket-logs.md, fact 42; the failures of
// integration responses: public code index, documents 10703122078 and 14571447513).
func TestTransformLog(t *testing.T) {
	const failed, status = "Execution failed due to configuration error: ", "\nMethod completed with status: 500"
	broken := `$util.base64Decode("%")`
	for name, tc := range map[string]struct {
		method *gateway.Method
		want   string
	}{
		"HTTP": {httpTo("http://one.example/", func(in *gateway.RestIntegration) {
			in.RequestParameters = map[string]string{"integration.request.querystring.q": "method.request.querystring.a"}
			in.RequestTemplates = map[string]string{"application/json": `#set($context.requestOverride.header.many = ["a", "b"])out`}
			in.Responses = answer("answer")
		}), `Endpoint request URI: http://one.example/?q=1%20x
Endpoint request headers: {X-Amzn-Apigateway-Api-Id=api, Accept=application/json, User-Agent=AmazonAPIGateway_api, many=a,b, X-Amzn-Trace-Id=Root=1-2-3;Parent=4, Content-Type=application/json}
Endpoint request body after transformations: out
Sending request to http://one.example/?q=1%20x
Received response. Status: 200, Integration latency: 0 ms
Endpoint response headers: {}
Endpoint response body before transformations: 
Method response body after transformations: answer
Method response headers: {X-Amzn-Trace-Id=Root=1-2-3;Parent=4, Content-Type=application/json}
Successfully completed execution
Method completed with status: 200`},
		"MOCK": {mockOf(`{"statusCode": 200}`, answer("answer")), `Method response body after transformations: answer
Method response headers: {Content-Type=application/json}
Successfully completed execution
Method completed with status: 200`},
		"no status":                {mockOf(`{}`, nil), failed + "Unable to parse statusCode. It should be an integer in the request template" + status},
		"request template fails":   {mockOf(broken, nil), failed + "Unable to transform request" + status},
		"response template fails":  {mockOf(`{"statusCode": 200}`, answer(broken)), failed + "Unable to transform response" + status},
		"no integration response":  {mockOf(`{"statusCode": 201}`, nil), failed + "No match for output mapping and no default output mapping configured. Endpoint Response Status Code: 201" + status},
		"no method response of it": {undeclared(mockOf(`{"statusCode": 200}`, answer(""))), failed + "Output mapping refers to an invalid method response: 200" + status},
	} {
		t.Run(name, func(t *testing.T) {
			x := send(t, tc.method, &backends{}, "a=1+x", "in", "X-Amzn-Trace-Id: Root=1-2-3;Parent=4")
			if err := executionlog.End(nil).Run(t.Context(), x); err != nil {
				t.Fatal(err)
			}
			var lines []string
			for _, e := range x.Journal.Entries {
				lines = append(lines, regexp.MustCompile(`\d+ ms`).ReplaceAllString(e.Text, "0 ms"))
			}
			if got := strings.Join(lines, "\n"); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

// undeclared takes the method responses away.
func undeclared(m *gateway.Method) *gateway.Method {
	m.Responses = nil
	return m
}

// TestResponseType: the models of a method response say of which type responses are, templates do not
// (serverless-operations/serverless-apigateway-service-proxy issue 115).
func TestResponseType(t *testing.T) {
	for _, c := range []struct{ models, accept, want string }{
		{"", "", "application/json"},
		{"", "application/xml", "application/json"},
		{"application/xml", "", "application/xml"},
		{"application/xml", "application/json", "application/xml"},
		{"application/json application/xml", "", "application/json"},
		{"application/json application/xml", "Application/XML;q=1, */*", "application/xml"},
		{"text/html text/plain", "*/*", "text/html"},
	} {
		m := mockOf(`{"statusCode": 200}`, map[string]gateway.IntegrationResponse{"200": {Templates: map[string]string{"application/xml": "<x/>"}}})
		models := map[string]string{}
		for _, mediaType := range strings.Fields(c.models) {
			models[mediaType] = "Empty"
		}
		m.Responses["200"] = gateway.MethodResponse{Models: models}
		x := send(t, m, &backends{}, "", "", "Accept: "+c.accept)
		if got := string(x.Response.Header.Get("Content-Type")); got != c.want || string(x.Response.Body.Bytes) != "<x/>" {
			t.Errorf("models %s, Accept %s: got %s, want %s", c.models, c.accept, got, c.want)
		}
	}
}
