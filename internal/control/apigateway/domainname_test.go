package apigateway

import (
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/gateway"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

const certificateARN = "arn:aws:acm:eu-west-1:111111111111:certificate/1"

func endpoint(kind gen.EndpointType) *gen.EndpointConfiguration {
	return &gen.EndpointConfiguration{Types: []gen.EndpointType{kind}}
}

func (f *fixture) regional(name string) *gen.DomainName {
	f.Helper()
	return do(f, f.CreateDomainName, gen.CreateDomainNameInput{DomainName: &name, EndpointConfiguration: endpoint("REGIONAL"), RegionalCertificateArn: new(certificateARN)})
}

// TestDomainNames: names and zones are in the forms of AWS's answers (API reference, DomainName; the endpoints page has the zones).
func TestDomainNames(t *testing.T) {
	f := newFixture(t)
	regional := f.regional("api.example.com")
	if !strings.HasPrefix(*regional.RegionalDomainName, "d-") || !strings.HasSuffix(*regional.RegionalDomainName, ".execute-api.eu-west-1.amazonaws.com") ||
		len(*regional.RegionalDomainName) != len("d-xxxxxxxxxx.execute-api.eu-west-1.amazonaws.com") || *regional.RegionalHostedZoneId != "ZLY8HYME6SFDD" ||
		regional.DistributionDomainName != nil || *regional.DomainNameStatus != "AVAILABLE" || *regional.SecurityPolicy != "TLS_1_2" || regional.DomainNameId != nil {
		t.Errorf("regional: %+v", regional)
	}
	edge := do(f, f.CreateDomainName, gen.CreateDomainNameInput{DomainName: new("*.example.org"), CertificateArn: new(certificateARN)})
	if !strings.HasSuffix(*edge.DistributionDomainName, ".cloudfront.net") || *edge.DistributionHostedZoneId != "Z2FDTNDATAQYW2" || edge.RegionalDomainName != nil || edge.CertificateUploadDate == nil {
		t.Errorf("edge: %+v", edge)
	}
	private := do(f, f.CreateDomainName, gen.CreateDomainNameInput{DomainName: new("api.example.com"), EndpointConfiguration: endpoint("PRIVATE"), CertificateArn: new(certificateARN), Policy: new(`{"Version":"2012-10-17"}`)})
	if len(*private.DomainNameId) != 10 || *private.DomainNameArn != "arn:aws:apigateway:eu-west-1:111111111111:/domainnames/api.example.com+"+*private.DomainNameId || *private.Policy != `{\"Version\":\"2012-10-17\"}` {
		t.Errorf("private: %+v", private)
	}
	if got := do(f, f.GetDomainName, gen.GetDomainNameInput{DomainName: "api.example.com", DomainNameId: private.DomainNameId}); *got.DomainNameId != *private.DomainNameId {
		t.Errorf("got %+v", got)
	}
	if list := do(f, f.GetDomainNames, gen.GetDomainNamesInput{}); len(list.Items) != 3 {
		t.Errorf("listed %+v", list)
	}
	if list := do(f, f.GetDomainNames, gen.GetDomainNamesInput{ResourceOwner: new(gen.ResourceOwnerOtherAccounts)}); len(list.Items) != 0 {
		t.Errorf("of other accounts: %+v", list)
	}
	update := func(lines ...string) *gen.DomainName {
		t.Helper()
		return do(f, f.UpdateDomainName, gen.UpdateDomainNameInput{DomainName: "api.example.com", PatchOperations: ops(lines...)})
	}
	// The guide's way from one type to another: two calls.
	got := update("add /endpointConfiguration/types EDGE", "add /certificateArn "+certificateARN)
	if len(got.EndpointConfiguration.Types) != 2 || got.DistributionDomainName == nil || *got.RegionalDomainName != *regional.RegionalDomainName {
		t.Errorf("both: %+v", got)
	}
	got = update("remove /endpointConfiguration/types REGIONAL", "remove /regionalCertificateArn")
	if len(got.EndpointConfiguration.Types) != 1 || got.RegionalDomainName != nil || got.RegionalCertificateArn != nil {
		t.Errorf("edge alone: %+v", got)
	}
	got = update("replace /mutualTlsAuthentication/truststoreUri s3://b/k", "add /mutualTlsAuthentication/truststoreVersion v", "replace /securityPolicy TLS_1_0", "replace /routingMode ROUTING_RULE_ONLY", "replace /ownershipVerificationCertificateArn "+certificateARN, "replace /certificateName c")
	if *got.MutualTlsAuthentication.TruststoreUri != "s3://b/k" || *got.SecurityPolicy != "TLS_1_0" || *got.RoutingMode != "ROUTING_RULE_ONLY" || *got.CertificateName != "c" {
		t.Errorf("updated %+v", got)
	}
	if got = update("replace /mutualTlsAuthentication/truststoreUri ", "replace /endpointAccessMode STRICT", "replace /endpointConfiguration/ipAddressType dualstack"); got.MutualTlsAuthentication != nil || *got.EndpointAccessMode != "STRICT" {
		t.Errorf("updated %+v", got)
	}
	do(f, f.DeleteDomainName, gen.DeleteDomainNameInput{DomainName: "api.example.com"})
	refused(t, attempt(f, f.GetDomainName, gen.GetDomainNameInput{DomainName: "api.example.com"}), "NotFoundException: Invalid domain name identifier specified")
}

func TestDomainNameRefusals(t *testing.T) {
	f := newFixture(t)
	f.regional("taken.example.com")
	const bad = "BadRequestException: "
	type in = gen.CreateDomainNameInput
	for name, tt := range map[string]struct {
		change func(*in)
		want   string
	}{
		"taken":              {func(i *in) { i.DomainName = new("taken.example.com") }, bad + "The domain name you provided already exists."},
		"no name":            {func(i *in) { i.DomainName = new("") }, bad + "No Domain Name specified"}, // LocalStack
		"no domain":          {func(i *in) { i.DomainName = new("localhost") }, bad + "Invalid domain name specified: localhost"},
		"a URL":              {func(i *in) { i.DomainName = new("http://a.b/c") }, bad + "Invalid domain name specified..."},
		"no certificate":     {func(i *in) { i.RegionalCertificateArn = nil }, bad + "A certificate was not provided for the endpoint type REGIONAL."},
		"edge's certificate": {func(i *in) { i.EndpointConfiguration = nil }, bad + "A certificate was not provided for the endpoint type EDGE."},
		"certificate's ARN":  {func(i *in) { i.RegionalCertificateArn = new("x") }, bad + "Invalid certificate ARN specified: x"},
		"policy":             {func(i *in) { i.Policy = new("{}") }, bad + "Policies can only be specified for private domain names"},
		"trust store": {func(i *in) {
			i.MutualTlsAuthentication = &gen.MutualTlsAuthenticationInput{TruststoreUri: new("http://x")}
		}, bad + "Invalid truststore URI specified: http://x"},
		"tag": {func(i *in) { i.Tags = map[string]string{"aws:x": ""} }, bad + "Invalid tag..."},
	} {
		t.Run(name, func(t *testing.T) {
			i := in{DomainName: new("new.example.com"), EndpointConfiguration: endpoint("REGIONAL"), RegionalCertificateArn: new(certificateARN)}
			tt.change(&i)
			refused(t, attempt(f, f.CreateDomainName, i), tt.want)
		})
	}
	other := *f.call
	f.call = &other
	f.call.Tenant.Account = "222222222222"
	refused(t, attempt(f, f.CreateDomainName, in{DomainName: new("taken.example.com"), CertificateArn: new(certificateARN)}), bad+"The domain name you provided already exists.")
	f.call.Tenant.Account = "111111111111"
	for op, want := range map[string]string{
		"replace /endpointConfiguration/types/0 EDGE":  bad + "/endpointConfiguration/types/0 Invalid request input", // terraform-provider-aws issues 28059, 40692
		"replace /endpointConfiguration/types EDGE":    bad + "/endpointConfiguration/types Invalid request input",
		"add /endpointConfiguration/types PRIVATE":     bad + "/endpointConfiguration/types Invalid request input",
		"add /endpointConfiguration/types EDGE":        bad + "A certificate was not provided for the endpoint type EDGE.", // terraform issue 3276
		"remove /regionalCertificateArn":               bad + "A certificate was not provided for the endpoint type REGIONAL.",
		"remove /endpointConfiguration/types REGIONAL": bad + "A domain name needs an endpoint type",
		"replace /certificate_body x":                  bad + "/certificate_body Invalid request input",
		"replace /policy {}":                           bad + "Policies can only be specified for private domain names",
		"replace /regionalCertificateArn x":            bad + "Invalid patch value 'x'...",
		"replace /securityPolicy TLS_2":                bad + "Invalid patch value 'TLS_2'...",
		"move /policy < /x":                            bad + "/policy Invalid request input",
	} {
		refused(t, attempt(f, f.UpdateDomainName, gen.UpdateDomainNameInput{DomainName: "taken.example.com", PatchOperations: ops(op)}), want)
	}
	// terraform-provider-aws issue 47552
	refused(t, attempt(f, f.UpdateDomainName, gen.UpdateDomainNameInput{DomainName: "taken.example.com", PatchOperations: ops("replace /mutualTlsAuthentication/truststoreUri s3://b/k", "replace /endpointAccessMode BASIC")}), bad+"/endpointAccessMode Invalid request input")
}

// TestBasePathMappings follows LocalStack's test_base_path_mapping and test_base_path_mapping_root.
func TestBasePathMappings(t *testing.T) {
	tr, _ := newStage(t)
	f := tr.fixture
	f.regional("a.example.com")
	made := do(f, f.CreateBasePathMapping, gen.CreateBasePathMappingInput{DomainName: "a.example.com", BasePath: new("foo"), RestApiId: &tr.api, Stage: new("dev")})
	if *made.BasePath != "foo" || *made.RestApiId != tr.api || *made.Stage != "dev" {
		t.Errorf("made %+v", made)
	}
	root := do(f, f.CreateBasePathMapping, gen.CreateBasePathMappingInput{DomainName: "a.example.com", BasePath: new(""), RestApiId: &tr.api})
	if *root.BasePath != "(none)" || root.Stage != nil {
		t.Errorf("made %+v", root)
	}
	if list := do(f, f.GetBasePathMappings, gen.GetBasePathMappingsInput{DomainName: "a.example.com"}); len(list.Items) != 2 {
		t.Errorf("listed %+v", list)
	}
	const bad, missing = "BadRequestException: ", "NotFoundException: Invalid base path mapping identifier specified"
	type in = gen.CreateBasePathMappingInput
	for name, tt := range map[string]struct {
		in   in
		want string
	}{
		"taken":          {in{DomainName: "a.example.com", BasePath: new("foo"), RestApiId: &tr.api}, "ConflictException: Base path already exists for this domain name"},
		"root is taken":  {in{DomainName: "a.example.com", BasePath: new("(none)"), RestApiId: &tr.api}, "ConflictException: Base path already exists for this domain name"},
		"slash":          {in{DomainName: "a.example.com", BasePath: new("a/b"), RestApiId: &tr.api}, bad + "API Gateway V1 doesn't support the slash character (/) in base path mappings..."},
		"characters":     {in{DomainName: "a.example.com", BasePath: new("a b"), RestApiId: &tr.api}, bad + "Invalid base path specified: a b"},
		"unknown API":    {in{DomainName: "a.example.com", BasePath: new("x"), RestApiId: new("other")}, bad + "Invalid REST API identifier specified"},
		"unknown stage":  {in{DomainName: "a.example.com", BasePath: new("x"), RestApiId: &tr.api, Stage: new("other")}, bad + "Invalid stage identifier specified"}, // serverless-domain-manager issue 92
		"unknown domain": {in{DomainName: "b.example.com", BasePath: new("x"), RestApiId: &tr.api}, "NotFoundException: Invalid domain name identifier specified"},
	} {
		t.Run(name, func(t *testing.T) { refused(t, attempt(f, f.CreateBasePathMapping, tt.in), tt.want) })
	}
	update := func(path string, lines ...string) gen.UpdateBasePathMappingInput {
		return gen.UpdateBasePathMappingInput{DomainName: "a.example.com", BasePath: path, PatchOperations: ops(lines...)}
	}
	if got := do(f, f.UpdateBasePathMapping, update("foo", "replace /basePath bar", "replace /stage -")); *got.BasePath != "bar" || got.Stage != nil {
		t.Errorf("renamed %+v", got)
	}
	if got := do(f, f.UpdateBasePathMapping, update("bar", "replace /basepath baz", "replace /stage dev", "replace /restapiId "+tr.api)); *got.BasePath != "baz" || *got.Stage != "dev" {
		t.Errorf("renamed %+v", got)
	}
	refused(t, attempt(f, f.UpdateBasePathMapping, update("baz", "replace /basepath (none)")), "ConflictException: Base path already exists for this domain name")
	refused(t, attempt(f, f.UpdateBasePathMapping, update("baz", "replace /restApiId x")), bad+"Invalid patch path  '/restApiId' specified for op 'replace'. Must be one of: [/basepath, /restapiId, /stage]")
	refused(t, attempt(f, f.UpdateBasePathMapping, update("foo")), missing)
	refused(t, attempt(f, f.DeleteRestApi, gen.DeleteRestApiInput{RestApiId: tr.api}), bad+"Deleting RestApi "+tr.api+" failed...")
	do(f, f.DeleteBasePathMapping, gen.DeleteBasePathMappingInput{DomainName: "a.example.com", BasePath: "(none)"})
	refused(t, attempt(f, f.DeleteBasePathMapping, gen.DeleteBasePathMappingInput{DomainName: "a.example.com", BasePath: "(none)"}), missing)
	refused(t, attempt(f, f.GetBasePathMapping, gen.GetBasePathMappingInput{DomainName: "a.example.com", BasePath: "(none)"}), missing)
	if got := do(f, f.GetBasePathMapping, gen.GetBasePathMappingInput{DomainName: "a.example.com", BasePath: "baz"}); *got.RestApiId != tr.api {
		t.Errorf("got %+v", got)
	}
	do(f, f.DeleteDomainName, gen.DeleteDomainNameInput{DomainName: "a.example.com"})
	do(f, f.DeleteRestApi, gen.DeleteRestApiInput{RestApiId: tr.api}) // the mapping went with the domain name
}

func TestAccessAssociations(t *testing.T) {
	f := newFixture(t)
	private := do(f, f.CreateDomainName, gen.CreateDomainNameInput{DomainName: new("p.example.com"), EndpointConfiguration: endpoint("PRIVATE"), CertificateArn: new(certificateARN)})
	in := gen.CreateDomainNameAccessAssociationInput{DomainNameArn: private.DomainNameArn, AccessAssociationSource: new("vpce-1"), AccessAssociationSourceType: new(gen.AccessAssociationSourceTypeVpce)}
	made := do(f, f.CreateDomainNameAccessAssociation, in)
	if *made.DomainNameArn != *private.DomainNameArn || *made.AccessAssociationSource != "vpce-1" || *made.AccessAssociationSourceType != "VPCE" || !strings.HasPrefix(*made.DomainNameAccessAssociationArn, "arn:aws:apigateway:eu-west-1:111111111111:/domainnameaccessassociations/domainname/p.example.com/vpcesource/") {
		t.Errorf("made %+v", made)
	}
	if list := do(f, f.GetDomainNameAccessAssociations, gen.GetDomainNameAccessAssociationsInput{}); len(list.Items) != 1 {
		t.Errorf("listed %+v", list)
	}
	const missing = "NotFoundException: Invalid domain name access association identifier specified"
	refused(t, attempt(f, f.CreateDomainNameAccessAssociation, in), "ConflictException: ...")
	in.AccessAssociationSource = new("vpc-1")
	refused(t, attempt(f, f.CreateDomainNameAccessAssociation, in), "BadRequestException: Invalid access association source specified: vpc-1")
	in.AccessAssociationSource, in.DomainNameArn = new("vpce-2"), new("arn:aws:apigateway:eu-west-1::/domainnames/p.example.com")
	refused(t, attempt(f, f.CreateDomainNameAccessAssociation, in), "NotFoundException: Invalid domain name identifier specified")
	refused(t, attempt(f, f.DeleteDomainNameAccessAssociation, gen.DeleteDomainNameAccessAssociationInput{DomainNameAccessAssociationArn: "x"}), missing)
	in.DomainNameArn = private.DomainNameArn
	second := do(f, f.CreateDomainNameAccessAssociation, in)
	do(f, f.RejectDomainNameAccessAssociation, gen.RejectDomainNameAccessAssociationInput{DomainNameArn: private.DomainNameArn, DomainNameAccessAssociationArn: second.DomainNameAccessAssociationArn})
	refused(t, attempt(f, f.RejectDomainNameAccessAssociation, gen.RejectDomainNameAccessAssociationInput{DomainNameArn: private.DomainNameArn, DomainNameAccessAssociationArn: second.DomainNameAccessAssociationArn}), missing)
	do(f, f.DeleteDomainName, gen.DeleteDomainNameInput{DomainName: "p.example.com", DomainNameId: private.DomainNameId})
	refused(t, attempt(f, f.DeleteDomainNameAccessAssociation, gen.DeleteDomainNameAccessAssociationInput{DomainNameAccessAssociationArn: *made.DomainNameAccessAssociationArn}), missing)
}

// TestTags shows tags on all that has them.
func TestTags(t *testing.T) {
	tr, deployment := newStage(t)
	f := tr.fixture
	const at = "arn:aws:apigateway:eu-west-1::"
	tags := map[string]string{"first": "1"}
	key := do(f, f.CreateApiKey, gen.CreateApiKeyInput{Tags: tags})
	plan := do(f, f.CreateUsagePlan, gen.CreateUsagePlanInput{Name: new("p"), Tags: tags})
	certificate := do(f, f.GenerateClientCertificate, gen.GenerateClientCertificateInput{Tags: tags})
	link := do(f, f.CreateVpcLink, gen.CreateVpcLinkInput{Name: new("l"), TargetArns: []string{certificateARN}, Tags: tags})
	do(f, f.CreateDomainName, gen.CreateDomainNameInput{DomainName: new("a.example.com"), CertificateArn: new(certificateARN), Tags: tags})
	private := do(f, f.CreateDomainName, gen.CreateDomainNameInput{DomainName: new("a.example.com"), EndpointConfiguration: endpoint("PRIVATE"), CertificateArn: new(certificateARN), Tags: tags})
	association := do(f, f.CreateDomainNameAccessAssociation, gen.CreateDomainNameAccessAssociationInput{DomainNameArn: private.DomainNameArn, AccessAssociationSource: new("vpce-1"), AccessAssociationSourceType: new(gen.AccessAssociationSourceTypeVpce), Tags: tags})
	do(f, f.CreateStage, gen.CreateStageInput{RestApiId: tr.api, StageName: new("tagged"), DeploymentId: &deployment, Tags: tags})
	api := do(f, f.CreateRestApi, gen.CreateRestApiInput{Name: new("b"), Tags: tags})
	for _, arn := range []string{
		at + "/restapis/" + *api.Id, at + "/restapis/" + tr.api + "/stages/tagged", at + "/apikeys/" + *key.Id, at + "/usageplans/" + *plan.Id,
		at + "/clientcertificates/" + *certificate.ClientCertificateId, at + "/vpclinks/" + *link.Id, at + "/domainnames/a.example.com",
		*private.DomainNameArn, *association.DomainNameAccessAssociationArn,
	} {
		t.Run(arn, func(t *testing.T) {
			do(f, f.TagResource, gen.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"k": "v", "first": "2"}})
			do(f, f.UntagResource, gen.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"k", "not there"}})
			if got := do(f, f.GetTags, gen.GetTagsInput{ResourceArn: arn}).Tags; len(got) != 1 || got["first"] != "2" {
				t.Errorf("have %v", got)
			}
			refused(t, attempt(f, f.TagResource, gen.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"aws:x": "y"}}), "BadRequestException: Invalid tag key...")
		})
	}
	if got := do(f, f.GetTags, gen.GetTagsInput{ResourceArn: at + "/restapis/" + tr.api}).Tags; got == nil {
		t.Error("no tags are an empty map")
	}
	for arn, want := range map[string]string{
		at + "/restapis/other":                              "NotFoundException: Invalid API identifier specified 111111111111:other",
		at + "/restapis/" + tr.api + "/stages/other":        "NotFoundException: Invalid stage identifier specified",
		at + "/apikeys/other":                               "NotFoundException: Invalid API Key identifier specified",
		at + "/usageplans/other":                            "NotFoundException: Invalid Usage Plan ID specified",
		at + "/vpclinks/other":                              "NotFoundException: Invalid Vpc Link identifier specified",
		at + "/restapis/" + tr.api + "/resources/x":         "BadRequestException: Invalid resource ARN: ...",
		at + "/unknown/x":                                   "BadRequestException: Invalid resource ARN: ...",
		"arn:aws:apigateway:us-east-1::/restapis/" + tr.api: "BadRequestException: Invalid resource ARN: ...",
		"arn:aws:lambda:eu-west-1::/restapis/" + tr.api:     "BadRequestException: Invalid resource ARN: ...",
		"": "BadRequestException: Invalid resource ARN: ...",
	} {
		refused(t, attempt(f, f.GetTags, gen.GetTagsInput{ResourceArn: arn}), want)
	}
	many := map[string]string{}
	for i := range gateway.MaxTags + 1 {
		many[strings.Repeat("k", i+1)] = "v"
	}
	refused(t, attempt(f, f.TagResource, gen.TagResourceInput{ResourceArn: at + "/apikeys/" + *key.Id, Tags: many}), "BadRequestException: A resource can have at most 50 tags")
}
