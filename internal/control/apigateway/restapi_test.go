package apigateway

import (
	"slices"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// TestRestAPIs shows what answers hold: recorded on AWS in test_list_and_delete_apis, test_create_rest_api_verify_defaults,
// test_create_rest_api_with_tags (fact 43).
func TestRestAPIs(t *testing.T) {
	f := newFixture(t)
	made := f.api()
	if *made.ApiKeySource != "HEADER" || *made.DisableExecuteApiEndpoint || !has(made.EndpointConfiguration.Types, "EDGE") ||
		*made.EndpointConfiguration.IpAddressType != "ipv4" || made.Tags != nil || made.Version != nil || made.BinaryMediaTypes != nil ||
		made.Description != nil || made.MinimumCompressionSize != nil || made.Policy != nil || made.SecurityPolicy != nil {
		t.Errorf("created: %+v", made)
	}
	if len(*made.Id) != 10 || len(*made.RootResourceId) != 10 || !made.CreatedDate.Equal(f.now.Truncate(1e9)) {
		t.Errorf("id %s, root %s, at %s", *made.Id, *made.RootResourceId, made.CreatedDate)
	}
	got := do(f, f.GetRestApi, gen.GetRestApiInput{RestApiId: *made.Id})
	if got.Tags == nil || len(got.Tags) != 0 {
		t.Errorf("GetRestApi has the tags %v, want empty ones", got.Tags)
	}
	updated := do(f, f.UpdateRestApi, gen.UpdateRestApiInput{RestApiId: *made.Id})
	if updated.Tags == nil {
		t.Error("UpdateRestApi answers without tags")
	}
	if list := do(f, f.GetRestApis, gen.GetRestApisInput{}); len(list.Items) != 1 || list.Items[0].Tags != nil {
		t.Errorf("listed: %+v", list.Items)
	}
	do(f, f.DeleteRestApi, gen.DeleteRestApiInput{RestApiId: *made.Id})
	refused(t, attempt(f, f.GetRestApi, gen.GetRestApiInput{RestApiId: *made.Id}),
		"NotFoundException: Invalid API identifier specified 111111111111:"+*made.Id)
}

// TestEndpoints: the type decides the addresses (recorded: test_create_rest_api_verify_defaults).
func TestEndpoints(t *testing.T) {
	f := newFixture(t)
	for name, tt := range map[string]struct {
		in       gen.EndpointConfiguration
		kind, ip string
	}{
		"none":             {gen.EndpointConfiguration{}, "EDGE", "ipv4"},
		"edge":             {gen.EndpointConfiguration{Types: []gen.EndpointType{"EDGE"}}, "EDGE", "ipv4"},
		"regional":         {gen.EndpointConfiguration{Types: []gen.EndpointType{"REGIONAL"}}, "REGIONAL", "ipv4"},
		"private":          {gen.EndpointConfiguration{Types: []gen.EndpointType{"PRIVATE"}}, "PRIVATE", "dualstack"},
		"edge with both":   {gen.EndpointConfiguration{IpAddressType: new(gen.IpAddressTypeDualstack)}, "EDGE", "dualstack"},
		"private endpoint": {gen.EndpointConfiguration{Types: []gen.EndpointType{"PRIVATE"}, VpcEndpointIds: []string{"vpce-1"}}, "PRIVATE", "dualstack"},
	} {
		t.Run(name, func(t *testing.T) {
			e := do(f, f.CreateRestApi, gen.CreateRestApiInput{Name: &name, EndpointConfiguration: &tt.in}).EndpointConfiguration
			if string(e.Types[0]) != tt.kind || string(*e.IpAddressType) != tt.ip || !slices.Equal(e.VpcEndpointIds, tt.in.VpcEndpointIds) {
				t.Errorf("got %v %s %v", e.Types, *e.IpAddressType, e.VpcEndpointIds)
			}
		})
	}
}

func TestRestAPIRefusals(t *testing.T) {
	f := newFixture(t)
	endpoint := func(ip string, types ...gen.EndpointType) *gen.EndpointConfiguration {
		e := gen.EndpointConfiguration{Types: types}
		if ip != "" {
			e.IpAddressType = new(gen.IpAddressType(ip))
		}
		return &e
	}
	taken := do(f, f.CreateRestApi, gen.CreateRestApiInput{Name: new("a"), Tags: map[string]string{gateway.CustomIDTag: "taken"}})
	if *taken.Id != "taken" {
		t.Fatalf("the custom id is %s", *taken.Id)
	}
	const bad = "BadRequestException: "
	tests := map[string]struct {
		in   gen.CreateRestApiInput
		want string
	}{
		// recorded: test_create_rest_api_with_optional_params, ..._with_endpoint_configuration, ..._private_type
		"empty description":       {gen.CreateRestApiInput{Description: new("")}, bad + "Description cannot be an empty string"},
		"description comes first": {gen.CreateRestApiInput{Description: new(""), EndpointConfiguration: endpoint("ipv4", "PRIVATE")}, bad + "Description cannot be an empty string"},
		"compression below zero":  {gen.CreateRestApiInput{MinimumCompressionSize: new(int32(-1))}, bad + "Invalid minimum compression size, must be between 0 and 10485760"},
		"compression too great":   {gen.CreateRestApiInput{MinimumCompressionSize: new(int32(10485761))}, bad + "Invalid minimum compression size, must be between 0 and 10485760"},
		"no type":                 {gen.CreateRestApiInput{EndpointConfiguration: &gen.EndpointConfiguration{Types: []gen.EndpointType{}}}, bad + "REGIONAL Configuration and EDGE Configuration cannot be both DISABLED."},
		"two types":               {gen.CreateRestApiInput{EndpointConfiguration: endpoint("", "EDGE", "REGIONAL")}, bad + "Cannot create an api with multiple Endpoint Types."},
		"private without IPv6":    {gen.CreateRestApiInput{EndpointConfiguration: endpoint("ipv4", "PRIVATE")}, bad + "Only dualstack ipAddressType is supported for Private APIs."},
		"endpoints of no private": {
			gen.CreateRestApiInput{EndpointConfiguration: &gen.EndpointConfiguration{VpcEndpointIds: []string{"vpce-1"}}},
			bad + "VPCEndpoints can only be specified with PRIVATE apis.", // terraform-provider-aws issue 14269
		},
		"policy of nonsense": {gen.CreateRestApiInput{Policy: new("{")}, bad + "Invalid policy document. Please check the policy syntax and ensure that Principals are valid...."},
		"policy of nobody":   {gen.CreateRestApiInput{Policy: new(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)}, bad + "Invalid policy document..."},
		"blank name":         {gen.CreateRestApiInput{Name: new(" ")}, bad + "API Name cannot be empty"},
		"clone of nothing":   {gen.CreateRestApiInput{CloneFrom: new("nothing")}, "NotFoundException: Invalid API identifier specified 111111111111:nothing"},
		"reserved tag":       {gen.CreateRestApiInput{Tags: map[string]string{"aws:x": "y"}}, bad + "Invalid tag key..."},
		"id that is taken":   {gen.CreateRestApiInput{Tags: map[string]string{gateway.CustomIDTag: "taken"}}, "ConflictException: An API with the id taken exists already in this region"},
		"id that cannot be":  {gen.CreateRestApiInput{Tags: map[string]string{gateway.CustomIDTag: "A B"}}, bad + "a custom API id..."},
	}
	before := f.revision()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.in.Name == nil {
				tt.in.Name = new("n")
			}
			refused(t, attempt(f, f.CreateRestApi, tt.in), tt.want)
		})
	}
	if f.revision() != before {
		t.Error("a refused creation left something behind")
	}
}

// TestUpdateRestAPI: recorded in test_update_rest_api_operation_add_remove, ..._compression, ..._behaviour,
// ..._ip_address_type, ..._invalid_api_id.
func TestUpdateRestAPI(t *testing.T) {
	const bad = "BadRequestException: "
	tests := map[string]struct {
		ops   []string
		want  string
		check func(*gen.RestApi) bool
	}{
		"media types": {ops: []string{"add /binaryMediaTypes/image~1png", "add /binaryMediaTypes/image~1jpeg", "replace /binaryMediaTypes/image~1png image/gif"},
			check: func(a *gen.RestApi) bool { return has(a.BinaryMediaTypes, "image/jpeg", "image/gif") }},
		"media type of the array's end": {ops: []string{"add /binaryMediaTypes/-"}, check: func(a *gen.RestApi) bool { return has(a.BinaryMediaTypes, "-") }},
		"media types as a whole":        {ops: []string{"add /binaryMediaTypes image/png"}, want: bad + "Invalid patch path /binaryMediaTypes"},
		"description goes":              {ops: []string{"replace /description d", "remove /description"}, check: func(a *gen.RestApi) bool { return a.Description == nil }},
		"compression":                   {ops: []string{"replace /minimumCompressionSize 10"}, check: func(a *gen.RestApi) bool { return *a.MinimumCompressionSize == 10 }},
		"compression of zero":           {ops: []string{"replace /minimumCompressionSize 0"}, check: func(a *gen.RestApi) bool { return *a.MinimumCompressionSize == 0 }},
		"compression off":               {ops: []string{"replace /minimumCompressionSize 10", "replace /minimumCompressionSize -"}, check: func(a *gen.RestApi) bool { return a.MinimumCompressionSize == nil }},
		"compression below zero":        {ops: []string{"replace /minimumCompressionSize -1"}, want: bad + "Invalid minimum compression size, must be between 0 and 10485760"},
		"compression of words":          {ops: []string{"replace /minimumCompressionSize many"}, want: bad + "Invalid minimum compression size, must be between 0 and 10485760"},
		"compression added":             {ops: []string{"add /minimumCompressionSize 10"}, want: bad + "Invalid patch operation specified. Must be one of: [replace]"},
		"private": {ops: []string{"replace /endpointConfiguration/types/0 PRIVATE", "add /endpointConfiguration/vpcEndpointIds vpce-1"},
			check: func(a *gen.RestApi) bool {
				return has(a.EndpointConfiguration.Types, "PRIVATE") && *a.EndpointConfiguration.IpAddressType == "dualstack" && has(a.EndpointConfiguration.VpcEndpointIds, "vpce-1")
			}},
		"type by its name":      {ops: []string{"replace /endpointConfiguration/types/EDGE REGIONAL"}, check: func(a *gen.RestApi) bool { return has(a.EndpointConfiguration.Types, "REGIONAL") }},
		"unknown type":          {ops: []string{"replace /endpointConfiguration/types/0 wrong"}, want: bad + "Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE"},
		"type removed":          {ops: []string{"remove /endpointConfiguration/types/0"}, want: bad + "Invalid patch operation specified. Must be 'add'|'remove'|'replace'"},
		"unknown addresses":     {ops: []string{"replace /endpointConfiguration/ipAddressType wrong"}, want: bad + "ipAddressType must be either ipv4 or dualstack."},
		"addresses added":       {ops: []string{"add /endpointConfiguration/ipAddressType ipv4"}, want: bad + "Invalid patch operation specified. Must be one of: [replace]"},
		"private with IPv4":     {ops: []string{"replace /endpointConfiguration/types/0 PRIVATE", "replace /endpointConfiguration/ipAddressType ipv4"}, want: bad + "Only dualstack ipAddressType is supported for Private APIs."},
		"public with endpoints": {ops: []string{"add /endpointConfiguration/vpcEndpointIds vpce-1"}, want: bad + "VPCEndpoints can only be specified with PRIVATE apis."},
		"the rest": {ops: []string{"replace /name n", "replace /apiKeySource AUTHORIZER", "replace /disableExecuteApiEndpoint True", "replace /endpointAccessMode STRICT", "replace /securityPolicy TLS_1_2"}, check: func(a *gen.RestApi) bool {
			return *a.Name == "n" && *a.ApiKeySource == "AUTHORIZER" && *a.DisableExecuteApiEndpoint && *a.EndpointAccessMode == "STRICT" && *a.SecurityPolicy == "TLS_1_2"
		}},
		"no policy of TLS":         {ops: []string{"replace /securityPolicy TLS_9"}, want: bad + "Invalid patch value 'TLS_9'..."},
		"no name":                  {ops: []string{"replace /name -"}, want: bad + "API Name cannot be empty"},
		"unknown path":             {ops: []string{"replace /id x"}, want: bad + "Invalid patch path /id"},
		"the second spoils it all": {ops: []string{"replace /name other", "replace /nothing x"}, want: bad + "Invalid patch path /nothing"},
		"policy of nonsense":       {ops: []string{"replace /policy {}"}, want: bad + "Invalid policy document..."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			id := *f.api().Id
			in := gen.UpdateRestApiInput{RestApiId: id, PatchOperations: ops(tt.ops...)}
			if tt.want != "" {
				refused(t, attempt(f, f.UpdateRestApi, in), tt.want)
				if got := do(f, f.GetRestApi, gen.GetRestApiInput{RestApiId: id}); *got.Name != "a" {
					t.Errorf("the refused update left the name %s", *got.Name)
				}
				return
			}
			if got := do(f, f.UpdateRestApi, in); !tt.check(got) {
				t.Errorf("got %+v %+v", got, got.EndpointConfiguration)
			}
		})
	}
	f := newFixture(t)
	refused(t, attempt(f, f.UpdateRestApi, gen.UpdateRestApiInput{RestApiId: "api_id"}),
		"NotFoundException: Invalid API identifier specified 111111111111:api_id")
}

// TestPolicyIsShownEscaped: as a JSON string without quotes, which Terraform takes apart (aws-behaviour.md, "Control-plane traps"),
// and with whole ARNs (recorded: test_create_execute_api_vpc_endpoint).
func TestPolicyIsShownEscaped(t *testing.T) {
	f := newFixture(t)
	const document = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":["execute-api:/*"],"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}`
	api := do(f, f.CreateRestApi, gen.CreateRestApiInput{Name: new("p"), Policy: new(document)})
	saved := strings.Replace(document, `["execute-api:/*"]`, `"arn:aws:execute-api:eu-west-1:111111111111:`+*api.Id+`/*"`, 1)
	if want := strings.ReplaceAll(saved, `"`, `\"`); *api.Policy != want {
		t.Errorf("got %s", *api.Policy)
	}
	api = do(f, f.UpdateRestApi, gen.UpdateRestApiInput{RestApiId: *api.Id, PatchOperations: ops("replace /policy -")})
	if api.Policy != nil {
		t.Errorf("the policy stays: %s", *api.Policy)
	}
}

// TestMappedAPIStays: the text is that of glomex/gcdt issue 373.
func TestMappedAPIStays(t *testing.T) {
	f := newFixture(t)
	id := *f.api().Id
	_, err := f.Store.Update(t.Context(), func(tx store.Tx) error {
		return state.BasePathMappings().Put(tx, store.At(f.call.Tenant.String(), "example.org", "(none)"), gateway.BasePathMapping{APIID: id})
	})
	if err != nil {
		t.Fatal(err)
	}
	refused(t, attempt(f, f.DeleteRestApi, gen.DeleteRestApiInput{RestApiId: id}), "BadRequestException: Deleting RestApi "+id+
		" failed. Please remove all base path mappings related to the RestApi in your domains: example.org")
}

func TestPaging(t *testing.T) {
	f := newFixture(t)
	var want []string
	for range 7 {
		want = append(want, *f.api().Id)
	}
	slices.Sort(want)
	var got []string
	var position *string
	for range 4 {
		page := do(f, f.GetRestApis, gen.GetRestApisInput{Limit: new(int32(3)), Position: position})
		for _, api := range page.Items {
			got = append(got, *api.Id)
		}
		if position = page.Position; position == nil {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	refused(t, attempt(f, f.GetRestApis, gen.GetRestApisInput{Limit: new(int32(0))}), "BadRequestException: Invalid limit specified...")
	refused(t, attempt(f, f.GetRestApis, gen.GetRestApisInput{Position: new("!")}), "BadRequestException: Invalid position...")
}
