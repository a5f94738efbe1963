package sdk

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

// deploy gives the API a method that answers itself and serves it as the stage dev.
func (r *restAPI) deploy() (deployment *string) {
	r.Helper()
	ctx, get := r.Context(), aws.String("GET")
	must(r.PutMethod(ctx, &apigateway.PutMethodInput{RestApiId: r.id, ResourceId: r.root, HttpMethod: get, AuthorizationType: aws.String("NONE")}))
	must(r.PutIntegration(ctx, &apigateway.PutIntegrationInput{RestApiId: r.id, ResourceId: r.root, HttpMethod: get, Type: types.IntegrationTypeMock}))
	return must(r.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: r.id, StageName: aws.String("dev"), Variables: map[string]string{"v": "1"}})).Id
}

// TestRestStages makes, reads, changes, promotes and removes deployments and stages.
func TestRestStages(t *testing.T) {
	r, ctx, dev := newRestAPI(t), t.Context(), aws.String("dev")
	first := r.deploy()
	second := must(r.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: r.id, StageName: dev, CanarySettings: &types.DeploymentCanarySettings{
		PercentTraffic: 25, StageVariableOverrides: map[string]string{"v": "2"},
	}})).Id
	stage := must(r.GetStage(ctx, &apigateway.GetStageInput{RestApiId: r.id, StageName: dev}))
	if *stage.DeploymentId != *first || *stage.CanarySettings.DeploymentId != *second || stage.CanarySettings.PercentTraffic != 25 || stage.Variables["v"] != "1" {
		t.Errorf("the stage is %+v", stage)
	}
	from := func(path, from string) types.PatchOperation {
		return types.PatchOperation{Op: types.OpCopy, Path: &path, From: &from}
	}
	promoted := must(r.UpdateStage(ctx, &apigateway.UpdateStageInput{RestApiId: r.id, StageName: dev, PatchOperations: []types.PatchOperation{
		from("/deploymentId", "/canarySettings/deploymentId"), from("/variables", "/canarySettings/stageVariableOverrides"), op(types.OpRemove, "/canarySettings", ""),
		op(types.OpReplace, "/*/*/caching/ttlInSeconds", "60"), op(types.OpReplace, "/~1/GET/throttling/rateLimit", "0.5"),
	}}))
	if *promoted.DeploymentId != *second || promoted.Variables["v"] != "2" || promoted.CanarySettings != nil || promoted.MethodSettings["~1/GET"].ThrottlingRateLimit != 0.5 ||
		promoted.MethodSettings["~1/GET"].CacheTtlInSeconds != 60 {
		t.Errorf("promoted %+v", promoted)
	}
	summary := must(r.GetDeployment(ctx, &apigateway.GetDeploymentInput{RestApiId: r.id, DeploymentId: first, Embed: []string{"apisummary"}})).ApiSummary
	equal(t, "summary", *summary["/"]["GET"].AuthorizationType, "NONE")
	must(r.CreateStage(ctx, &apigateway.CreateStageInput{RestApiId: r.id, StageName: aws.String("other"), DeploymentId: first, Tags: map[string]string{"a": "b"}}))
	equal(t, "stages", len(must(r.GetStages(ctx, &apigateway.GetStagesInput{RestApiId: r.id, DeploymentId: first})).Item), 1)
	_, err := r.DeleteDeployment(ctx, &apigateway.DeleteDeploymentInput{RestApiId: r.id, DeploymentId: first})
	var bad *types.BadRequestException
	if !errors.As(err, &bad) || *bad.Message != "Active stages pointing to this deployment must be moved or deleted" {
		t.Errorf("deleting a deployment in use: %v", err)
	}
	must(r.FlushStageCache(ctx, &apigateway.FlushStageCacheInput{RestApiId: r.id, StageName: dev}))
	must(r.FlushStageAuthorizersCache(ctx, &apigateway.FlushStageAuthorizersCacheInput{RestApiId: r.id, StageName: dev}))
	must(r.DeleteStage(ctx, &apigateway.DeleteStageInput{RestApiId: r.id, StageName: aws.String("other")}))
	must(r.UpdateDeployment(ctx, &apigateway.UpdateDeploymentInput{RestApiId: r.id, DeploymentId: first, PatchOperations: []types.PatchOperation{op(types.OpReplace, "/description", "d")}}))
	must(r.DeleteDeployment(ctx, &apigateway.DeleteDeploymentInput{RestApiId: r.id, DeploymentId: first}))
	equal(t, "deployments", len(must(r.GetDeployments(ctx, &apigateway.GetDeploymentsInput{RestApiId: r.id})).Items), 1)
}

// TestUsagePlans makes, reads, changes and removes keys and plans.
func TestUsagePlans(t *testing.T) {
	r, ctx := newRestAPI(t), t.Context()
	r.deploy()
	key := must(r.CreateApiKey(ctx, &apigateway.CreateApiKeyInput{Name: aws.String("k"), Enabled: true}))
	plan := must(r.CreateUsagePlan(ctx, &apigateway.CreateUsagePlanInput{
		Name: aws.String("p"), ApiStages: []types.ApiStage{{ApiId: r.id, Stage: aws.String("dev")}},
		Quota: &types.QuotaSettings{Limit: 10, Period: types.QuotaPeriodTypeDay}, Throttle: &types.ThrottleSettings{RateLimit: 2, BurstLimit: 1},
	}))
	if plan.Quota.Limit != 10 || plan.Throttle.RateLimit != 2 {
		t.Errorf("made %+v", plan)
	}
	must(r.CreateUsagePlanKey(ctx, &apigateway.CreateUsagePlanKeyInput{UsagePlanId: plan.Id, KeyId: key.Id, KeyType: aws.String("API_KEY")}))
	equal(t, "value", *must(r.GetUsagePlanKey(ctx, &apigateway.GetUsagePlanKeyInput{UsagePlanId: plan.Id, KeyId: key.Id})).Value, *key.Value)
	equal(t, "keys of the plan", len(must(r.GetUsagePlanKeys(ctx, &apigateway.GetUsagePlanKeysInput{UsagePlanId: plan.Id})).Items), 1)
	stage := *r.id + ":dev"
	changed := must(r.UpdateUsagePlan(ctx, &apigateway.UpdateUsagePlanInput{UsagePlanId: plan.Id, PatchOperations: []types.PatchOperation{
		op(types.OpReplace, "/apiStages/"+stage+"/throttle/~1/GET/burstLimit", "3"), op(types.OpReplace, "/quota/limit", "20"),
	}}))
	if changed.Quota.Limit != 20 || changed.ApiStages[0].Throttle["//GET"].BurstLimit != 3 {
		t.Errorf("changed %+v", changed)
	}
	usage := must(r.UpdateUsage(ctx, &apigateway.UpdateUsageInput{UsagePlanId: plan.Id, KeyId: key.Id, PatchOperations: []types.PatchOperation{op(types.OpReplace, "/remaining", "5")}}))
	equal(t, "remaining", usage.Items[*key.Id][0][1], 5)
	got := must(r.GetUsage(ctx, &apigateway.GetUsageInput{UsagePlanId: plan.Id, StartDate: usage.StartDate, EndDate: usage.EndDate}))
	equal(t, "used", got.Items[*key.Id][0][0], 0)
	imported := must(r.ImportApiKeys(ctx, &apigateway.ImportApiKeysInput{
		Format: types.ApiKeysFormatCsv, Body: []byte("name,key,usageplanIds\ni,abcdefghij0123456789," + *plan.Id + "\n"), FailOnWarnings: true,
	}))
	equal(t, "imported", len(imported.Ids), 1)
	keys := must(r.GetApiKeys(ctx, &apigateway.GetApiKeysInput{IncludeValues: aws.Bool(true)})).Items
	equal(t, "newest first", *keys[0].Name+*keys[1].Name, "ik")
	_, err := r.DeleteUsagePlan(ctx, &apigateway.DeleteUsagePlanInput{UsagePlanId: plan.Id})
	var bad *types.BadRequestException
	if !errors.As(err, &bad) {
		t.Errorf("deleting a plan with stages: %v", err)
	}
	must(r.UpdateUsagePlan(ctx, &apigateway.UpdateUsagePlanInput{UsagePlanId: plan.Id, PatchOperations: []types.PatchOperation{op(types.OpRemove, "/apiStages", stage)}}))
	must(r.DeleteUsagePlan(ctx, &apigateway.DeleteUsagePlanInput{UsagePlanId: plan.Id}))
	must(r.UpdateApiKey(ctx, &apigateway.UpdateApiKeyInput{ApiKey: key.Id, PatchOperations: []types.PatchOperation{op(types.OpReplace, "/enabled", "false")}}))
	must(r.DeleteApiKey(ctx, &apigateway.DeleteApiKeyInput{ApiKey: key.Id}))
	account := must(r.UpdateAccount(ctx, &apigateway.UpdateAccountInput{PatchOperations: []types.PatchOperation{op(types.OpReplace, "/cloudwatchRoleArn", "arn:aws:iam::000000000000:role/r")}}))
	equal(t, "account", *account.CloudwatchRoleArn, *must(r.GetAccount(ctx, &apigateway.GetAccountInput{})).CloudwatchRoleArn)
}

// TestDomainsAndTheRest makes, reads, changes and removes one of each that stands beside APIs.
func TestDomainsAndTheRest(t *testing.T) {
	r, ctx := newRestAPI(t), t.Context()
	r.deploy()
	certificate, name := aws.String("arn:aws:acm:us-east-1:000000000000:certificate/1"), aws.String("api.example.com")
	domain := must(r.CreateDomainName(ctx, &apigateway.CreateDomainNameInput{
		DomainName: name, RegionalCertificateArn: certificate, EndpointConfiguration: &types.EndpointConfiguration{Types: []types.EndpointType{types.EndpointTypeRegional}},
	}))
	equal(t, "status", domain.DomainNameStatus, types.DomainNameStatusAvailable)
	must(r.CreateBasePathMapping(ctx, &apigateway.CreateBasePathMappingInput{DomainName: name, RestApiId: r.id, Stage: aws.String("dev")}))
	root := aws.String("(none)")
	must(r.UpdateBasePathMapping(ctx, &apigateway.UpdateBasePathMappingInput{DomainName: name, BasePath: root, PatchOperations: []types.PatchOperation{op(types.OpReplace, "/basePath", "v1")}}))
	var missing *types.NotFoundException
	if _, err := r.GetBasePathMapping(ctx, &apigateway.GetBasePathMappingInput{DomainName: name, BasePath: root}); !errors.As(err, &missing) {
		t.Errorf("a renamed mapping: %v", err)
	}
	must(r.DeleteBasePathMapping(ctx, &apigateway.DeleteBasePathMappingInput{DomainName: name, BasePath: aws.String("v1")}))
	equal(t, "mappings", len(must(r.GetBasePathMappings(ctx, &apigateway.GetBasePathMappingsInput{DomainName: name})).Items), 0)
	must(r.UpdateDomainName(ctx, &apigateway.UpdateDomainNameInput{DomainName: name, PatchOperations: []types.PatchOperation{op(types.OpReplace, "/securityPolicy", "TLS_1_0")}}))
	equal(t, "policy", must(r.GetDomainName(ctx, &apigateway.GetDomainNameInput{DomainName: name})).SecurityPolicy, types.SecurityPolicyTls10)
	must(r.DeleteDomainName(ctx, &apigateway.DeleteDomainNameInput{DomainName: name}))
	equal(t, "domain names", len(must(r.GetDomainNames(ctx, &apigateway.GetDomainNamesInput{})).Items), 0)

	pair := must(r.GenerateClientCertificate(ctx, &apigateway.GenerateClientCertificateInput{}))
	equal(t, "validity", int(pair.ExpirationDate.Sub(*pair.CreatedDate).Hours()/24), 365)
	must(r.DeleteClientCertificate(ctx, &apigateway.DeleteClientCertificateInput{ClientCertificateId: pair.ClientCertificateId}))
	link := must(r.CreateVpcLink(ctx, &apigateway.CreateVpcLinkInput{Name: aws.String("l"), TargetArns: []string{"arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/n/1"}}))
	equal(t, "link", link.Status, types.VpcLinkStatusPending)
	equal(t, "link", must(r.GetVpcLink(ctx, &apigateway.GetVpcLinkInput{VpcLinkId: link.Id})).Status, types.VpcLinkStatusAvailable)
	must(r.DeleteVpcLink(ctx, &apigateway.DeleteVpcLinkInput{VpcLinkId: link.Id}))

	part := must(r.CreateDocumentationPart(ctx, &apigateway.CreateDocumentationPartInput{
		RestApiId: r.id, Location: &types.DocumentationPartLocation{Type: types.DocumentationPartTypeApi}, Properties: aws.String(`{"a":1}`),
	}))
	must(r.CreateDocumentationVersion(ctx, &apigateway.CreateDocumentationVersionInput{RestApiId: r.id, DocumentationVersion: aws.String("1"), StageName: aws.String("dev")}))
	must(r.DeleteDocumentationPart(ctx, &apigateway.DeleteDocumentationPartInput{RestApiId: r.id, DocumentationPartId: part.Id}))
	equal(t, "version", *must(r.GetStage(ctx, &apigateway.GetStageInput{RestApiId: r.id, StageName: aws.String("dev")})).DocumentationVersion, "1")

	arn := aws.String("arn:aws:apigateway:us-east-1::/restapis/" + *r.id)
	must(r.TagResource(ctx, &apigateway.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"c": "d"}}))
	must(r.UntagResource(ctx, &apigateway.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"a"}}))
	equal(t, "tags", must(r.GetTags(ctx, &apigateway.GetTagsInput{ResourceArn: arn})).Tags["c"], "d")
	sdk := must(r.GetSdk(ctx, &apigateway.GetSdkInput{RestApiId: r.id, StageName: aws.String("dev"), SdkType: aws.String("javascript")}))
	equal(t, "SDK", string(sdk.Body[:2]), "PK")
}
