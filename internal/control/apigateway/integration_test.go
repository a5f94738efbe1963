package apigateway

import (
	"testing"

	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// integrationInput is an integration of GET on the root.
func (tr tree) integrationInput(kind gen.IntegrationType, uri string) gen.PutIntegrationInput {
	in := gen.PutIntegrationInput{RestApiId: tr.api, ResourceId: tr.ids["/"], HttpMethod: "GET", Type: &kind}
	if kind != gen.IntegrationTypeMock {
		in.IntegrationHttpMethod = new("POST")
	}
	if uri != "" {
		in.Uri = &uri
	}
	return in
}

const (
	bucketURI = "arn:aws:apigateway:eu-west-1:s3:path/b/k"
	streamURI = "arn:aws:apigateway:eu-west-1:lambda:path/2021-11-15/functions/arn:aws:lambda:eu-west-1:111111111111:function:f/response-streaming-invocations"
	roleARN   = "arn:aws:iam::111111111111:role/r"
)

// TestIntegrationDefaults: recorded in test_put_integration_validation (fact 44).
func TestIntegrationDefaults(t *testing.T) {
	tr := newTree(t)
	tr.method("/", "GET", nil)
	for _, tt := range []struct {
		kind       gen.IntegrationType
		uri        string
		connection string
	}{
		{gen.IntegrationTypeMock, "http://example.com", ""},
		{gen.IntegrationTypeHttp, "http://example.com", "INTERNET"},
		{gen.IntegrationTypeHttpProxy, "https://${stageVariables.host}/{id}", "INTERNET"},
		{gen.IntegrationTypeAws, functionURI, ""},
		{gen.IntegrationTypeAwsProxy, functionURI, ""},
	} {
		t.Run(string(tt.kind), func(t *testing.T) {
			in := tr.integrationInput(tt.kind, tt.uri)
			in.IntegrationHttpMethod, in.ConnectionType = new("POST"), new(gen.ConnectionTypeInternet) // as Terraform sends for every type
			got := do(tr.fixture, tr.PutIntegration, in)
			if got.CacheKeyParameters == nil || len(got.CacheKeyParameters) != 0 || *got.CacheNamespace != tr.ids["/"] || *got.TimeoutInMillis != 29000 ||
				*got.PassthroughBehavior != "WHEN_NO_MATCH" || got.RequestTemplates != nil || got.IntegrationResponses != nil || got.ResponseTransferMode != nil {
				t.Errorf("got %+v", got)
			}
			if (got.ConnectionType == nil) != (tt.connection == "") || got.ConnectionType != nil && string(*got.ConnectionType) != tt.connection {
				t.Errorf("connected by %v", got.ConnectionType)
			}
			if isMock := tt.kind == gen.IntegrationTypeMock; isMock != (got.Uri == nil) || isMock != (got.HttpMethod == nil) {
				t.Errorf("URI %v, method %v", got.Uri, got.HttpMethod)
			}
		})
	}
}

func TestIntegrationRefusals(t *testing.T) {
	tr := newTree(t)
	tr.method("/", "GET", func(in *gen.PutMethodInput) {
		in.RequestParameters = map[string]bool{"method.request.querystring.q": false, "method.request.path.id": true}
	})
	const bad = "BadRequestException: "
	const mapping = bad + "Invalid mapping expression specified: Validation Result: warnings : [], errors : ["
	type in = gen.PutIntegrationInput
	http, aws, proxy := gen.IntegrationTypeHttp, gen.IntegrationTypeAws, gen.IntegrationTypeAwsProxy
	for name, tt := range map[string]struct {
		kind   gen.IntegrationType
		uri    string
		change func(*in)
		want   string
	}{
		// recorded: test_put_integration_validation, test_put_integration_response_validation
		"no method of HTTP":     {http, "http://h", func(i *in) { i.IntegrationHttpMethod = nil }, bad + "Enumeration value for HttpMethod must be non-empty"},
		"no method of AWS":      {aws, functionURI, func(i *in) { i.IntegrationHttpMethod = nil }, bad + "Enumeration value for HttpMethod must be non-empty"},
		"no HTTP endpoint":      {http, "non-valid-http", nil, bad + "Invalid HTTP endpoint specified for URI"},
		"no URI":                {http, "", nil, bad + "Invalid HTTP endpoint specified for URI"},
		"no host":               {http, "http:///path", nil, bad + "Invalid HTTP endpoint specified for URI"},
		"no ARN":                {aws, "non-valid-arn", nil, bad + "Invalid ARN specified in the request"},
		"ARN of a role":         {aws, "arn:aws:iam::0000000000:role/service-role/asdf", nil, bad + "AWS ARN for integration must contain path or action"},
		"no service of a proxy": {proxy, bucketURI, func(i *in) { i.Credentials = new(roleARN) }, bad + "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations."},
		"unknown method":        {http, "http://h", func(i *in) { i.HttpMethod = "PUT" }, "NotFoundException: Invalid Method identifier specified"},
		"unknown resource":      {http, "http://h", func(i *in) { i.ResourceId = "wrong" }, "NotFoundException: Invalid Resource identifier specified"},
		"undeclared parameter": {http, "http://h", func(i *in) {
			i.RequestParameters = map[string]string{"integration.request.header.X": "method.request.querystring.X-Some-Header-2"}
		}, mapping + "Invalid mapping expression parameter specified: method.request.querystring.X-Some-Header-2]"}, // terraform-provider-aws issue 40124
		"no role":             {aws, bucketURI, nil, bad + "Role ARN must be specified for AWS integrations"},
		"role that is no ARN": {http, "http://h", func(i *in) { i.Credentials = new("NONE") }, bad + "Invalid ARN specified in the request"}, // aws-sdk-java issue 860
		"timeout too short":   {http, "http://h", func(i *in) { i.TimeoutInMillis = new(int32(49)) }, bad + "Timeout should be between 50 ms and 29000 ms"},
		"timeout too long":    {http, "http://h", func(i *in) { i.TimeoutInMillis = new(int32(29001)) }, bad + "Timeout should be between 50 ms and 29000 ms"}, // aws-cdk issue 31063
		"verb of nobody":      {http, "http://h", func(i *in) { i.IntegrationHttpMethod = new("FETCH") }, bad + "Invalid HttpMethod specified...."},
		"set nothing":         {http, "http://h", func(i *in) { i.RequestParameters = map[string]string{"true": "'x'"} }, mapping + "Invalid mapping expression specified: true]"},
		"take nothing":        {http, "http://h", func(i *in) { i.RequestParameters = map[string]string{"integration.request.path.id": `"*"`} }, mapping + `Invalid mapping expression specified: "*"]`},
		"all that is wrong": {http, "http://h", func(i *in) {
			i.RequestParameters = map[string]string{"a": "b", "integration.request.header.X": "method.request.header.Y"}
		}, mapping + "Invalid mapping expression specified: a, Invalid mapping expression specified: b, Invalid mapping expression parameter specified: method.request.header.Y]"},
		"template of no type":  {http, "http://h", func(i *in) { i.RequestTemplates = map[string]string{"123": "x"} }, bad + "Validation Result: warnings : [], errors : [Invalid content type specified: 123]"},
		"passthrough of words": {http, "http://h", func(i *in) { i.PassthroughBehavior = new("ALWAYS") }, bad + "Invalid passthrough behavior..."},
		"link of nobody":       {http, "http://h", func(i *in) { i.ConnectionType, i.ConnectionId = new(gen.ConnectionTypeVpcLink), new("wrong") }, bad + "Invalid Vpc Link identifier specified"},
		"link without a name":  {http, "http://h", func(i *in) { i.ConnectionType = new(gen.ConnectionTypeVpcLink) }, bad + "A connectionId must be specified..."},
		"link to AWS":          {aws, functionURI, func(i *in) { i.ConnectionType, i.ConnectionId = new(gen.ConnectionTypeVpcLink), new("x") }, bad + "The connection type VPC_LINK..."},
		"stream of HTTP":       {http, "http://h", func(i *in) { i.ResponseTransferMode = new(gen.ResponseTransferModeStream) }, bad + "The response transfer mode STREAM is supported..."},
		"stream of a function": {proxy, functionURI, func(i *in) { i.ResponseTransferMode = new(gen.ResponseTransferModeStream) }, bad + "The response transfer mode STREAM needs..."},
		"key of a cache":       {http, "http://h", func(i *in) { i.CacheKeyParameters = []string{"method.request.header.X"} }, bad + "Invalid cache key parameter specified: method.request.header.X"},
	} {
		t.Run(name, func(t *testing.T) {
			in := tr.integrationInput(tt.kind, tt.uri)
			if tt.change != nil {
				tt.change(&in)
			}
			refused(t, attempt(tr.fixture, tr.PutIntegration, in), tt.want)
		})
	}
	get := gen.GetIntegrationInput{RestApiId: tr.api, ResourceId: tr.ids["/"], HttpMethod: "GET"}
	refused(t, attempt(tr.fixture, tr.GetIntegration, get), "NotFoundException: Invalid Integration identifier specified") // recorded: test_get_integration_non_existent
}

// TestMappings: what may be taken and set.
func TestMappings(t *testing.T) {
	tr := newTree(t)
	tr.method("/", "GET", func(in *gen.PutMethodInput) {
		in.RequestParameters = map[string]bool{"method.request.querystring.filter.x": false, "method.request.path.id": true, "method.request.header.X-Y": true}
	})
	in := tr.integrationInput(gen.IntegrationTypeHttp, "http://h/{id}")
	in.RequestParameters = map[string]string{
		"integration.request.path.id":         "method.request.path.id",
		"integration.request.querystring.a":   "method.request.multivaluequerystring.filter.x",
		"integration.request.header.B":        "method.request.header.X-Y",
		"integration.request.header.C":        "method.request.multivalueheader.X-Y",
		"integration.request.header.D":        "method.request.body",
		"integration.request.header.E":        "method.request.body.a[0].b",
		"integration.request.header.F":        "context.identity.sourceIp",
		"integration.request.header.G":        "stageVariables.host",
		"integration.request.header.H":        "'static, with a comma'",
		"integration.request.querystring.nil": "''",
	}
	in.CacheKeyParameters = []string{"method.request.path.id", "integration.request.header.H"}
	got := do(tr.fixture, tr.PutIntegration, in)
	if len(got.RequestParameters) != len(in.RequestParameters) || len(got.CacheKeyParameters) != 2 {
		t.Errorf("got %+v", got)
	}
	// Terraform: what is replaced on the method is dropped from the keys of the cache (patch-operations.md, UpdateIntegration).
	do(tr.fixture, tr.UpdateMethod, gen.UpdateMethodInput{
		RestApiId: tr.api, ResourceId: tr.ids["/"], HttpMethod: "GET", PatchOperations: ops("replace /requestParameters/method.request.path.id true"),
	})
	after := do(tr.fixture, tr.GetIntegration, gen.GetIntegrationInput{RestApiId: tr.api, ResourceId: tr.ids["/"], HttpMethod: "GET"})
	if !has(after.CacheKeyParameters, "integration.request.header.H") {
		t.Errorf("the keys are %v", after.CacheKeyParameters)
	}
}

func TestUpdateIntegration(t *testing.T) {
	tr := newTree(t)
	tr.method("/", "GET", nil)
	in := tr.integrationInput(gen.IntegrationTypeHttpProxy, "http://h")
	in.ConnectionType, in.ConnectionId = new(gen.ConnectionTypeVpcLink), new("${stageVariables.vpcLinkId}")
	do(tr.fixture, tr.PutIntegration, in)
	update := func(lines ...string) gen.UpdateIntegrationInput {
		return gen.UpdateIntegrationInput{RestApiId: tr.api, ResourceId: tr.ids["/"], HttpMethod: "GET", PatchOperations: ops(lines...)}
	}
	got := do(tr.fixture, tr.UpdateIntegration, update("replace /connectionId ${stageVariables.vpcLinkIdBeta}")) // recorded: test_create_integration_with_vpc_link
	if *got.ConnectionId != "${stageVariables.vpcLinkIdBeta}" || *got.ConnectionType != "VPC_LINK" || *got.Uri != "http://h" {
		t.Errorf("got %+v", got)
	}
	got = do(tr.fixture, tr.UpdateIntegration, update(
		"replace /connectionType INTERNET", "replace /uri https://other", "replace /httpMethod GET", "replace /timeoutInMillis 1000", "replace /passthroughBehavior NEVER",
		"add /requestTemplates/application~1json {}", "add /requestParameters/integration.request.header.Accept 'application/xml'", "replace /cacheNamespace n",
		"replace /tlsConfig/insecureSkipVerification true", "replace /responseTransferMode STREAM", "replace /credentials "+roleARN,
		"add /cacheKeyParameters/integration.request.header.Accept", "replace /contentHandling CONVERT_TO_TEXT",
	))
	if *got.Uri != "https://other" || *got.HttpMethod != "GET" || *got.TimeoutInMillis != 1000 || *got.PassthroughBehavior != "NEVER" ||
		got.RequestTemplates["application/json"] != "{}" || got.RequestParameters["integration.request.header.Accept"] != "'application/xml'" ||
		!*got.TlsConfig.InsecureSkipVerification || *got.ResponseTransferMode != "STREAM" || *got.Credentials != roleARN ||
		!has(got.CacheKeyParameters, "integration.request.header.Accept") || *got.ContentHandling != "CONVERT_TO_TEXT" || *got.CacheNamespace != "n" {
		t.Errorf("got %+v", got)
	}
	got = do(tr.fixture, tr.UpdateIntegration, update("remove /requestTemplates/application~1json", "replace /contentHandling -"))
	if got.RequestTemplates != nil || got.ContentHandling != nil {
		t.Errorf("got %+v", got)
	}
	for op, want := range map[string]string{
		"replace /type HTTP": "BadRequestException: Invalid patch path /type",
		"add /uri x":         "BadRequestException: Invalid patch operation specified. Must be one of: [replace]",
		"replace /requestParameters/integration.request.header.X 'x'": "NotFoundException: Invalid parameter name specified",
		"remove /requestTemplates/text~1plain":                        "NotFoundException: Content-Type specified was not found",
		"replace /timeoutInMillis soon":                               "BadRequestException: Invalid patch value 'soon'...",
		"replace /timeoutInMillis 900001":                             "BadRequestException: Timeout should be between 50 ms and 900000 ms", // it is streamed
		"replace /uri nowhere":                                        "BadRequestException: Invalid HTTP endpoint specified for URI",
		"replace /httpMethod -":                                       "BadRequestException: Enumeration value for HttpMethod must be non-empty",
		"replace /passthroughBehavior -":                              "BadRequestException: Invalid patch value ''...",
		"add /requestTemplates/json x":                                "BadRequestException: Validation Result: warnings : [], errors : [Invalid content type specified: json]",
	} {
		refused(t, attempt(tr.fixture, tr.UpdateIntegration, update(op)), want)
	}
	do(tr.fixture, tr.DeleteIntegration, gen.DeleteIntegrationInput{RestApiId: tr.api, ResourceId: tr.ids["/"], HttpMethod: "GET"})
	refused(t, attempt(tr.fixture, tr.UpdateIntegration, update()), "NotFoundException: Invalid Integration identifier specified")
	refused(t, attempt(tr.fixture, tr.DeleteIntegration, gen.DeleteIntegrationInput{RestApiId: tr.api, ResourceId: tr.ids["/"], HttpMethod: "GET"}),
		"NotFoundException: Invalid Integration identifier specified")
}

// TestStreams: responseTransferMode STREAM for both proxies.
func TestStreams(t *testing.T) {
	tr := newTree(t)
	tr.method("/", "GET", nil)
	for kind, uri := range map[gen.IntegrationType]string{gen.IntegrationTypeHttpProxy: "http://h", gen.IntegrationTypeAwsProxy: streamURI} {
		in := tr.integrationInput(kind, uri)
		in.ResponseTransferMode = new(gen.ResponseTransferModeStream)
		if got := do(tr.fixture, tr.PutIntegration, in); *got.ResponseTransferMode != "STREAM" {
			t.Errorf("%s: got %+v", kind, got)
		}
	}
}

// TestIntegrationResponses follows test_lifecycle_integration_response, recorded on AWS: the second put replaces the first.
func TestIntegrationResponses(t *testing.T) {
	tr := newTree(t)
	tr.method("/", "GET", nil)
	f, root := tr.fixture, tr.ids["/"]
	put := gen.PutIntegrationResponseInput{
		RestApiId: tr.api, ResourceId: root, HttpMethod: "GET", StatusCode: "200", SelectionPattern: new(""),
		ResponseTemplates: map[string]string{"application/json": `"created"`},
	}
	const noIntegration = "NotFoundException: Invalid Integration identifier specified"
	refused(t, attempt(f, f.PutIntegrationResponse, put), noIntegration)
	do(f, f.PutIntegration, tr.integrationInput(gen.IntegrationTypeMock, ""))
	if made := do(f, f.PutIntegrationResponse, put); *made.SelectionPattern != "" || made.ResponseTemplates["application/json"] != `"created"` {
		t.Errorf("made %+v", made)
	}
	update := func(lines ...string) gen.UpdateIntegrationResponseInput {
		return gen.UpdateIntegrationResponseInput{RestApiId: tr.api, ResourceId: root, HttpMethod: "GET", StatusCode: "200", PatchOperations: ops(lines...)}
	}
	if got := do(f, f.UpdateIntegrationResponse, update("replace /selectionPattern updated-pattern")); *got.SelectionPattern != "updated-pattern" || got.ResponseTemplates["application/json"] != `"created"` {
		t.Errorf("updated %+v", got)
	}
	put.SelectionPattern, put.ResponseTemplates = new("overwrite-pattern"), map[string]string{"application/json": "overwrite"}
	do(f, f.PutIntegrationResponse, put)
	got := do(f, f.UpdateIntegrationResponse, update("replace /contentHandling CONVERT_TO_BINARY", "remove /responseTemplates/application~1json"))
	if *got.SelectionPattern != "overwrite-pattern" || got.ResponseTemplates != nil || *got.ContentHandling != "CONVERT_TO_BINARY" {
		t.Errorf("got %+v", got)
	}
	const mapping = "BadRequestException: Invalid mapping expression specified: Validation Result: warnings : [], errors : ["
	const header = "/responseParameters/method.response.header.X "
	refused(t, attempt(f, f.UpdateIntegrationResponse, update("add "+header+"'x'")), mapping+"No method response exists for method.]") // aws-apigateway-importer issue 121
	do(f, f.PutMethodResponse, gen.PutMethodResponseInput{
		RestApiId: tr.api, ResourceId: root, HttpMethod: "GET", StatusCode: "200", ResponseParameters: map[string]bool{"method.response.header.X": false},
	})
	for _, expression := range []string{"'x'", "integration.response.header.Y", "integration.response.multivalueheader.Y", "integration.response.body",
		"integration.response.body.a.b", "context.requestId", "stageVariables.v"} {
		do(f, f.UpdateIntegrationResponse, update("add "+header+expression))
	}
	for op, want := range map[string]string{
		"add /responseParameters/method.response.header.Y 'x'": mapping + "Invalid mapping expression parameter specified: method.response.header.Y]",
		"add " + header + "method.request.header.X":            mapping + "Invalid mapping expression specified: method.request.header.X]",
		"add " + header + "x":                                  mapping + "Invalid mapping expression specified: x]",
		"replace /responseParameters/wrong 'x'":                "NotFoundException: Invalid parameter name specified",
		"replace /statusCode 201":                              "BadRequestException: Invalid patch path /statusCode",
		"add /selectionPattern x":                              "BadRequestException: Invalid patch operation specified. Must be one of: [replace]",
	} {
		refused(t, attempt(f, f.UpdateIntegrationResponse, update(op)), want)
	}
	// recorded: test_delete_integration_response_errors
	del := func(verb, status string) error {
		return attempt(f, f.DeleteIntegrationResponse, gen.DeleteIntegrationResponseInput{RestApiId: tr.api, ResourceId: root, HttpMethod: verb, StatusCode: status})
	}
	refused(t, del("PUT", "200"), noIntegration)
	refused(t, del("GET", "201"), "NotFoundException: Invalid Response status code specified")
	if err := del("GET", "200"); err != nil {
		t.Error(err)
	}
	refused(t, attempt(f, f.GetIntegrationResponse, gen.GetIntegrationResponseInput{RestApiId: tr.api, ResourceId: root, HttpMethod: "GET", StatusCode: "200"}),
		"NotFoundException: Invalid Response status code specified")
}
