package compile

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/sigv4"
	"github.com/dipylon/dipylon/internal/upstream"
)

const serviceRole = "arn:aws:iam::111122223333:role/api"

// standIn is a server that stands for an AWS service: it verifies signatures, notes what it was sent and answers.
type standIn struct {
	*httptest.Server
	t        *testing.T
	verifier *sigv4.Verifier
	name     string
	got      string
	header   http.Header
	// status, fields and answer are what it answers.
	status int
	fields []string
	answer string
}

func newStandIn(t *testing.T) *standIn {
	t.Helper()
	v, err := sigv4.NewVerifier(sigv4.Options{Credentials: []sigv4.Credential{
		{AccessKeyID: "AKID", SecretAccessKey: "secret", SessionToken: "token"}, {AccessKeyID: "CALLER", SecretAccessKey: "own"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	s := &standIn{t: t, verifier: v}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// ServeHTTP implements [http.Handler].
func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	result, err := s.verifier.Verify(r, body)
	if err != nil {
		s.t.Errorf("%s: %v", s.name, err)
	}
	s.got = fmt.Sprintf("%s/%s %s %s %s", result.Service, result.Region, r.Method, r.RequestURI, body)
	s.header = r.Header
	for _, f := range s.fields {
		name, value, _ := strings.Cut(f, ": ")
		w.Header().Set(name, value)
	}
	w.WriteHeader(s.status)
	_, _ = io.WriteString(w, s.answer)
}

// call runs one call of a method with the stage's and the API's settings.
type serviceCall struct {
	method        *gateway.Method
	binary        []string
	verb, path    string
	query, body   string
	fields        []string
	identity      exchange.Identity
	withoutKeys   bool
	timeoutMillis int
}

func (s *standIn) call(t *testing.T, c serviceCall) *exchange.Exchange {
	t.Helper()
	client := upstream.New(upstream.Options{})
	t.Cleanup(client.Close)
	w := world(nil)
	w.Backends = client
	w.Services = Services{
		Endpoints: map[string]string{},
		Credentials: func(role string) (string, string, string, bool) {
			return "AKID", "secret", "token", role == serviceRole && !c.withoutKeys
		},
		Callers: func(id string) (string, string, bool) { return "own", "", id == "CALLER" },
	}
	for _, name := range []string{"sqs", "sns", "dynamodb", "kinesis", "states", "events", "s3", "ssm", "ses", "appsync"} {
		w.Services.Endpoints[name] = s.URL
	}
	m := c.method
	m.Authorization = gateway.AuthorizationNone
	if m.Integration.Credentials == "" {
		m.Integration.Credentials = serviceRole
	}
	m.Integration.Type, m.Integration.TimeoutMillis = gateway.RestAWS, max(c.timeoutMillis, 5000)
	if m.Integration.Responses == nil {
		m.Integration.Responses = map[string]gateway.IntegrationResponse{"200": {}}
	}
	m.Responses = map[string]gateway.MethodResponse{}
	for status := range m.Integration.Responses {
		m.Responses[status] = gateway.MethodResponse{}
	}
	in := restStage(resource("/{p+}", map[string]*gateway.Method{"ANY": m}))
	in.Snapshot.API.BinaryMediaTypes = c.binary
	p, err := RestAPI(in, w)
	if err != nil {
		t.Fatal(err)
	}
	x := &exchange.Exchange{ID: []byte("request"), Journal: &exchange.Journal{Level: exchange.JournalData}, Identity: c.identity}
	x.Request.Method, x.Request.Query, x.Request.Body.Bytes = []byte(c.verb), []byte(c.query), []byte(c.body)
	if c.verb == "" {
		x.Request.Method = []byte("POST")
	}
	for _, f := range c.fields {
		name, value, _ := strings.Cut(f, ": ")
		x.Request.Header.Add([]byte(name), []byte(value))
	}
	path := []byte("/" + cmp.Or(c.path, "x"))
	x.Request.Path = append([]byte("/prod"), path...)
	p.Run(context.Background(), x, path)
	if x.Response.Body.Stream != nil {
		if err := x.Response.Body.ReadAhead(1 << 30); err != nil {
			t.Error(err)
		}
	}
	return x
}

// serviceURI and jsonTemplate shorten cases.

func serviceURI(rest string) string { return "arn:aws:apigateway:eu-west-1:" + rest }

func jsonTemplate(text string) map[string]string { return map[string]string{"application/json": text} }

// serviceCases have the configurations of LocalStack's validated tests (test_apigateway_sqs, _dynamodb, _kinesis,
// _stepfunctions, _eventbridge, _ssm, _s3) and of the developer guide.
var serviceCases = []struct {
	name   string
	in     gateway.RestIntegration
	call   serviceCall
	want   string
	header map[string]string
}{
	{
		name: "test_sqs_aws_integration",
		in: gateway.RestIntegration{
			Method: "POST", URI: serviceURI("sqs:path/111122223333/q"), PassthroughBehavior: gateway.Never,
			RequestParameters: map[string]string{"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"},
			RequestTemplates:  jsonTemplate("Action=SendMessage&MessageBody=$input.body"),
		},
		call: serviceCall{body: `{"foo": "bar"}`, fields: []string{"Content-Type: application/json"}},
		want: `sqs/eu-west-1 POST /111122223333/q Action=SendMessage&MessageBody={"foo": "bar"}`,
		// Without a mapping of Accept the service answers in JSON (test_sqs_request_and_response_xml_templates_integration).
		header: map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", "User-Agent": "AmazonAPIGateway_api", "X-Amz-Target": ""},
	},
	{
		name: "test_sqs_amz_json_protocol",
		in: gateway.RestIntegration{
			Method: "POST", URI: serviceURI("sqs:path/111122223333/q"),
			RequestParameters: map[string]string{
				"integration.request.header.Content-Type": "'application/x-amz-json-1.0'", "integration.request.header.X-Amz-Target": "'AmazonSQS.SendMessage'",
			},
			RequestTemplates: jsonTemplate(`{"QueueUrl": "u"}`),
		},
		want:   `sqs/eu-west-1 POST /111122223333/q {"QueueUrl": "u"}`,
		header: map[string]string{"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.SendMessage"},
	},
	{
		name:   "test_rest_api_to_dynamodb_integration",
		in:     gateway.RestIntegration{Method: "POST", URI: serviceURI("dynamodb:action/Query"), RequestTemplates: jsonTemplate(`{"id": "$input.params('id')"}`)},
		call:   serviceCall{query: "id=test%203"},
		want:   `dynamodb/eu-west-1 POST /?Action=Query {"id": "test 3"}`,
		header: map[string]string{"X-Amz-Target": "DynamoDB_20120810.Query", "Content-Type": "application/x-amz-json-1.0"},
	},
	{
		name:   "test_apigateway_to_kinesis",
		in:     gateway.RestIntegration{Method: "POST", URI: serviceURI("kinesis:action/PutRecord"), RequestTemplates: jsonTemplate(`{"Data": "$util.base64Encode($input.body)"}`)},
		call:   serviceCall{body: `{"kinesis": "snapshot"}`},
		want:   `kinesis/eu-west-1 POST /?Action=PutRecord {"Data": "eyJraW5lc2lzIjogInNuYXBzaG90In0="}`,
		header: map[string]string{"X-Amz-Target": "Kinesis_20131202.PutRecord", "Content-Type": "application/x-amz-json-1.1"},
	},
	{
		name: "a mapped type holds (developer guide, Kinesis)",
		in: gateway.RestIntegration{
			Method: "POST", URI: serviceURI("kinesis:action/ListStreams"), RequestTemplates: jsonTemplate(`{}`),
			RequestParameters: map[string]string{"integration.request.header.Content-Type": "'x-amz-json-1.1'"},
		},
		want:   `kinesis/eu-west-1 POST /?Action=ListStreams {}`,
		header: map[string]string{"X-Amz-Target": "Kinesis_20131202.ListStreams", "Content-Type": "x-amz-json-1.1"},
	},
	{
		name:   "test_apigateway_with_step_function_integration",
		in:     gateway.RestIntegration{Method: "POST", URI: serviceURI("states:action/DeleteStateMachine")},
		call:   serviceCall{body: `{"stateMachineArn": "a"}`},
		want:   `states/eu-west-1 POST /?Action=DeleteStateMachine {"stateMachineArn": "a"}`,
		header: map[string]string{"X-Amz-Target": "AWSStepFunctions.DeleteStateMachine"},
	},
	{
		name: "test_apigateway_to_eventbridge",
		in: gateway.RestIntegration{
			Method: "POST", URI: serviceURI("events:action/PutEvents"), PassthroughBehavior: gateway.WhenNoTemplates,
			RequestTemplates: jsonTemplate("#set($context.requestOverride.header.X-Amz-Target = \"AWSEvents.PutEvents\")" +
				"#set($context.requestOverride.header.Content-Type = \"application/x-amz-json-1.1\"){}"),
		},
		want:   `events/eu-west-1 POST /?Action=PutEvents {}`,
		header: map[string]string{"X-Amz-Target": "AWSEvents.PutEvents", "Content-Type": "application/x-amz-json-1.1"},
	},
	{
		name: "test_ssm_aws_integration",
		in: gateway.RestIntegration{
			Method: "POST", URI: serviceURI("ssm:action/GetParameter"), PassthroughBehavior: gateway.WhenNoTemplates,
			RequestParameters: map[string]string{"integration.request.querystring.Name": "'param-test-123'"},
		},
		call:   serviceCall{verb: "GET"},
		want:   `ssm/eu-west-1 POST /?Action=GetParameter&Name=param-test-123 `,
		header: map[string]string{"X-Amz-Target": "", "Accept": "application/json"},
	},
	{
		name: "SNS (re:Post, api-gateway-proxy-integrate-service)",
		in: gateway.RestIntegration{
			Method: "POST", URI: serviceURI("sns:action/Publish"),
			RequestParameters: map[string]string{
				"integration.request.querystring.Message": "method.request.querystring.Message", "integration.request.querystring.TopicArn": "method.request.querystring.TopicArn",
			},
		},
		call: serviceCall{query: "TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A1%3At&Message=a+b%26c"},
		want: `sns/eu-west-1 POST /?Action=Publish&Message=a%20b%26c&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A1%3At `,
	},
	{
		name: "test_apigateway_s3_any",
		in: gateway.RestIntegration{
			Method: "ANY", URI: serviceURI("s3:path/bucket/{object_path}"),
			RequestParameters: map[string]string{
				"integration.request.path.object_path": "method.request.path.p", "integration.request.header.Content-Type": "method.request.header.Content-Type",
			},
		},
		call:   serviceCall{verb: "PUT", path: "a+b/c%20d(1).json", body: `{"put_id": 1}`, fields: []string{"Content-Type: application/json"}},
		want:   `s3/eu-west-1 PUT /bucket/a%2Bb/c%20d%281%29.json {"put_id": 1}`,
		header: map[string]string{"Content-Type": "application/json"},
	},
	{
		name: "a query in the URI",
		in:   gateway.RestIntegration{Method: "GET", URI: serviceURI("s3:path/bucket?list-type=2")},
		call: serviceCall{verb: "GET"},
		want: `s3/eu-west-1 GET /bucket?list-type=2 `,
	},
	{
		name:   "a subdomain",
		in:     gateway.RestIntegration{Method: "POST", URI: serviceURI("abc.appsync-api:path/graphql")},
		call:   serviceCall{body: `{}`},
		want:   `appsync/eu-west-1 POST /graphql {}`,
		header: map[string]string{"Host": "abc."},
	},
	{
		name: "a name of its own in signatures, in another region",
		in:   gateway.RestIntegration{Method: "GET", URI: "arn:aws:apigateway:us-east-2:email:action/ListIdentities"},
		want: `ses/us-east-2 GET /?Action=ListIdentities `,
	},
	{
		name: "the caller's credentials",
		in:   gateway.RestIntegration{Method: "GET", URI: serviceURI("s3:path/bucket/a"), Credentials: "arn:aws:iam::*:user/*"},
		call: serviceCall{identity: exchange.Identity{AccessKey: "CALLER"}},
		want: `s3/eu-west-1 GET /bucket/a `,
	},
	{
		name: "stage variables",
		in:   gateway.RestIntegration{Method: "GET", URI: serviceURI("s3:path/${stageVariables.host}/a")},
		want: `s3/eu-west-1 GET /two.example/a `,
	},
}

// TestServices holds what services are sent.
func TestServices(t *testing.T) {
	for _, c := range serviceCases {
		t.Run(c.name, func(t *testing.T) {
			s := newStandIn(t)
			s.status, s.name = 200, c.name
			c.call.method = &gateway.Method{Integration: &c.in}
			x := s.call(t, c.call)
			if x.Fault != nil || s.got != c.want {
				t.Fatalf("got  %s\nwant %s\n%v", s.got, c.want, x.Fault)
			}
			for name, want := range c.header {
				if name == "Host" {
					if !strings.Contains(journalText(x), "http://"+want) {
						t.Errorf("not called at %s", want)
					}
					continue
				}
				if got := s.header.Get(name); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
		})
	}
}

func journalText(x *exchange.Exchange) string {
	lines := []string{}
	for _, e := range x.Journal.Entries {
		lines = append(lines, e.Text)
	}
	return strings.Join(lines, "\n")
}

// TestServiceAnswers: what becomes of a service's answer, and of a call that reaches none.
func TestServiceAnswers(t *testing.T) {
	s := newStandIn(t)
	in := func() *gateway.RestIntegration {
		return &gateway.RestIntegration{Method: "POST", URI: "arn:aws:apigateway:eu-west-1:dynamodb:action/PutItem"}
	}
	responses := map[string]gateway.IntegrationResponse{
		"200": {Parameters: map[string]string{"method.response.header.Id": "integration.response.header.x-amzn-RequestId"}},
		"400": {SelectionPattern: pattern(`4\d{2}`), Templates: map[string]string{"application/json": `{"why": $input.json('$.__type')}`}},
	}
	const internal = `{"message": "Internal server error"}`
	for _, c := range []struct {
		name   string
		change func(*serviceCall)
		status int
		want   int
		body   string
		said   string
	}{
		{"answered", nil, 200, 200, `{"__type":"x"}`, "Received response. Status: 200, Integration latency:"},
		{"selected by status", nil, 400, 400, `{"why": "x"}`, "Received response. Status: 400"},
		{"the default takes others", nil, 503, 200, `{"__type":"x"}`, ""},
		// docs and logs: public code index, document 14277472728.
		{"a role that has no key pair", func(c *serviceCall) { c.withoutKeys = true }, 200, 500, internal,
			"API Gateway does not have permission to assume the provided role arn:aws:iam::111122223333:role/api"},
		{"a caller who did not sign", func(c *serviceCall) { c.method.Integration.Credentials = "arn:aws:iam::*:user/*" }, 200, 500, internal, "the caller has none"},
		{"no such variable", func(c *serviceCall) { c.method.Integration.URI = "arn:aws:apigateway:eu-west-1:s3:path/{b}" }, 200, 500, internal, "{b}"},
		{"no address", func(c *serviceCall) { c.method.Integration.URI = "arn:aws:apigateway:eu-west-1:s3:bucket" }, 200, 500, internal, "AWS ARN for integration must contain path or action"},
		// aws-behaviour.md, fact 18.
		{"a header that cannot be mapped", func(c *serviceCall) {
			c.method.Integration.RequestParameters = map[string]string{"integration.request.header.Authorization": "'a'"}
		}, 200, 500, internal, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.status, s.fields, s.answer = c.status, []string{"x-amzn-RequestId: ID", "Content-Type: application/x-amz-json-1.0"}, `{"__type":"x"}`
			call := serviceCall{method: &gateway.Method{Integration: in()}, body: "{}"}
			call.method.Integration.Responses = responses
			if c.change != nil {
				c.change(&call)
			}
			x := s.call(t, call)
			if x.Response.Status != c.want || string(x.Response.Body.Bytes) != c.body {
				t.Errorf("got %d %s (%v)", x.Response.Status, x.Response.Body.Bytes, x.Fault)
			}
			said := journalText(x)
			if x.Fault != nil {
				said += x.Fault.Error()
			}
			if !strings.Contains(said, c.said) {
				t.Errorf("%q is not in %s", c.said, said)
			}
			if c.want == 200 && (string(x.Response.Header.Get("Id")) != "ID" || string(x.Integration.RequestID) != "ID" || x.Response.Header.Get("X-Amzn-Trace-Id") == nil) {
				t.Errorf("header %s", exchange.Listed(x.Response.Header.Fields()))
			}
		})
	}
}

// TestBinaryThroughServices: an object goes to S3 and comes back as LocalStack's validated TestApiGatewayS3BinarySupport
// recorded (aws-behaviour.md, facts 31 and 32); package content has every combination.
func TestBinaryThroughServices(t *testing.T) {
	const raw, encoded, mangled = "\x1f\x8b\x08\xff", "H4sI/w==", "\x1f�\x08�"
	template := map[string]string{"application/json": `{"data": "$input.body"}`}
	for _, c := range []struct {
		name                        string
		handling, answer            string
		templates, answerTemplates  map[string]string
		contentType, accept, stored string
		sent, back, returned        string
		want                        int
	}{
		{name: "binary both ways", contentType: "image/png", accept: "image/png", stored: "image/png", sent: raw, back: raw, returned: raw, want: 200},
		{name: "text both ways", contentType: "text/plain", accept: "text/plain", stored: "text/plain", sent: mangled, back: raw, returned: mangled, want: 200},
		{name: "to text", handling: "CONVERT_TO_TEXT", answer: "CONVERT_TO_TEXT", contentType: "image/png", accept: "image/png", stored: "image/png", sent: encoded, back: raw, returned: encoded, want: 200},
		{name: "text to who takes binary", contentType: "image/png", accept: "image/png", stored: "text/plain", sent: raw, back: encoded, returned: raw, want: 200},
		{name: "no base64", contentType: "image/png", accept: "image/png", stored: "text/plain", sent: raw, back: "no base64", want: 500},
		{name: "binary to who takes text", contentType: "image/png", accept: "text/plain", stored: "image/png", sent: raw, back: raw, returned: encoded, want: 200},
		{name: "base64 in a template", handling: "CONVERT_TO_TEXT", templates: map[string]string{"image/png": `{"data": "$input.body"}`}, contentType: "image/png", stored: "text/plain", sent: `{"data": "` + encoded + `"}`, want: 200},
		{name: "binary in a template", handling: "CONVERT_TO_BINARY", templates: map[string]string{"image/png": "$input.body"}, contentType: "image/png", want: 500},
		{name: "base64 in an answer's template", answer: "CONVERT_TO_TEXT", answerTemplates: template, contentType: "image/png", accept: "image/png", stored: "image/png", sent: raw, back: raw, returned: `{"data": "` + encoded + `"}`, want: 200},
		{name: "binary in an answer's template", answer: "CONVERT_TO_BINARY", answerTemplates: template, contentType: "image/png", accept: "image/png", stored: "image/png", sent: raw, back: raw, want: 500},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStandIn(t)
			s.status, s.fields, s.answer = 200, []string{"Content-Type: " + c.stored}, c.back
			x := s.call(t, serviceCall{
				method: &gateway.Method{Integration: &gateway.RestIntegration{
					Method: "PUT", URI: "arn:aws:apigateway:eu-west-1:s3:path/b/k", ContentHandling: c.handling, RequestTemplates: c.templates,
					Responses: map[string]gateway.IntegrationResponse{"200": {ContentHandling: c.answer, Templates: c.answerTemplates}},
				}},
				binary: []string{"image/png"}, verb: "PUT", body: raw, fields: []string{"Content-Type: " + c.contentType, "Accept: " + c.accept},
			})
			if x.Response.Status != c.want {
				t.Fatalf("%d %v", x.Response.Status, x.Fault)
			}
			if want := "s3/eu-west-1 PUT /b/k " + c.sent; c.sent != "" && s.got != want {
				t.Errorf("sent %q, want %q", s.got, want)
			}
			if got := string(x.Response.Body.Bytes); c.want == 200 && got != c.returned {
				t.Errorf("returned %q, want %q", got, c.returned)
			}
		})
	}
}
