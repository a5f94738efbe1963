package terraform

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	v1 "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	v2 "github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

func contains(text, piece string) bool { return strings.Contains(text, piece) }

// change edits what a second apply would: the function's code, a template with a new deployment, stage variables, tags, throttling of the HTTP API.
func (l *life) change(e edition) {
	ctx := l.Context()
	must(l.lambda.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: aws.String("orders-api-function"), ZipFile: apiZip(l.T, e.release)}))
	l.settle(aws.String("orders-api-function"))
	l.reread("function orders-api-function")
	l.reread("versions of orders-api-function")

	l.template("#set($inputRoot = $input.path('$'))\n{\n  \"kind\": \"import\",\n  \"id\": \"$inputRoot.id\",\n  \"email\": \"$inputRoot.email\",\n  \"name\": \"$inputRoot.name\"\n}\n")
	old := l.deployment
	l.deployment = l.deploy()
	must(l.v1.UpdateStage(ctx, &apigateway.UpdateStageInput{RestApiId: l.rest, StageName: aws.String("prod"), PatchOperations: []v1.PatchOperation{
		replace("/deploymentId", *l.deployment), replace("/variables/release", e.release),
	}}))
	must(l.v1.DeleteDeployment(ctx, &apigateway.DeleteDeploymentInput{RestApiId: l.rest, DeploymentId: old}))
	arn := aws.String("arn:aws:apigateway:" + region + "::/restapis/" + *l.rest + "/stages/prod")
	must(l.v1.UntagResource(ctx, &apigateway.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"Project"}}))
	must(l.v1.TagResource(ctx, &apigateway.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"Team": "orders"}}))
	l.reread("prod")
	must(l.v2.TagResource(ctx, &apigatewayv2.TagResourceInput{
		ResourceArn: aws.String("arn:aws:apigateway:" + region + "::/apis/" + *l.http), Tags: map[string]string{"Team": "orders"},
	}))
	l.reread("HTTP API")
	must(l.v2.UpdateStage(ctx, &apigatewayv2.UpdateStageInput{ApiId: l.http, StageName: aws.String("$default"), DefaultRouteSettings: &v2.RouteSettings{
		DetailedMetricsEnabled: aws.Bool(true), ThrottlingBurstLimit: aws.Int32(2000), ThrottlingRateLimit: aws.Float64(900),
	}}))
	l.reread("stage")
	must(l.logs.TagResource(ctx, &cloudwatchlogs.TagResourceInput{ResourceArn: l.groupARN(), Tags: map[string]string{"Team": "orders"}}))
	l.reread("log group's tags")
}

func (l *life) quota(limit string) {
	must(l.v1.UpdateUsagePlan(l.Context(), &apigateway.UpdateUsagePlanInput{UsagePlanId: l.standard, PatchOperations: []v1.PatchOperation{
		replace("/quota/limit", limit), replace("/quota/offset", "0"), replace("/quota/period", "MONTH"),
	}}))
	l.reread("standard-plan")
}

func (l *life) throttle(burst, rate string) {
	must(l.v1.UpdateUsagePlan(l.Context(), &apigateway.UpdateUsagePlanInput{UsagePlanId: l.standard, PatchOperations: []v1.PatchOperation{
		replace("/throttle/burstLimit", burst), replace("/throttle/rateLimit", rate),
	}}))
	l.reread("standard-plan")
}

// destroy takes all away again, in the provider's order.
func (l *life) destroy() {
	ctx := l.Context()
	must(l.watch.DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{"orders-api-5xx"}}))
	must(l.v1.DeleteUsagePlanKey(ctx, &apigateway.DeleteUsagePlanKeyInput{UsagePlanId: l.standard, KeyId: l.key}))
	for _, route := range []*string{l.getUsers, l.createUser, l.proxy} {
		must(l.v2.DeleteRoute(ctx, &apigatewayv2.DeleteRouteInput{ApiId: l.http, RouteId: route}))
	}
	must(l.watch.DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{"orders-api-latency"}}))
	must(l.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: aws.String("orders-lambda"), PolicyName: aws.String("write-logs")}))
	for _, plan := range []*string{l.premium, l.standard} {
		must(l.v1.UpdateUsagePlan(ctx, &apigateway.UpdateUsagePlanInput{UsagePlanId: plan, PatchOperations: []v1.PatchOperation{
			{Op: v1.OpRemove, Path: aws.String("/apiStages"), Value: aws.String(*l.rest + ":prod")},
		}}))
		must(l.v1.DeleteUsagePlan(ctx, &apigateway.DeleteUsagePlanInput{UsagePlanId: plan}))
	}
	must(l.v1.DeleteApiKey(ctx, &apigateway.DeleteApiKeyInput{ApiKey: l.key}))
	for _, p := range [][2]string{{"orders-api-function", "AllowRestAPI"}, {"orders-api-function", "AllowAPIGateway"}, {"orders-authorizer", "AllowAuthorizer"}} {
		must(l.lambda.RemovePermission(ctx, &lambda.RemovePermissionInput{FunctionName: &p[0], StatementId: &p[1]}))
	}
	_, err := l.lambda.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: aws.String("orders-api-function")})
	l.gone("policy", err)
	for _, integration := range []*string{l.private, l.httpIntegration} {
		must(l.v2.DeleteIntegration(ctx, &apigatewayv2.DeleteIntegrationInput{ApiId: l.http, IntegrationId: integration}))
	}
	must(l.v2.DeleteAuthorizer(ctx, &apigatewayv2.DeleteAuthorizerInput{ApiId: l.http, AuthorizerId: l.jwt}))
	must(l.v2.DeleteStage(ctx, &apigatewayv2.DeleteStageInput{ApiId: l.http, StageName: aws.String("$default")}))
	must(l.query("Unsubscribe", "SubscriptionArn", *l.subscription))
	must(l.query("DeleteTopic", "TopicArn", *l.topic))
	must(l.v2.DeleteVpcLink(ctx, &apigatewayv2.DeleteVpcLinkInput{VpcLinkId: l.link}))
	_, err = l.v2.GetVpcLink(ctx, &apigatewayv2.GetVpcLinkInput{VpcLinkId: l.link})
	l.gone("VPC link", err)
	must(l.logs.DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: l.group}))
	must(l.v2.DeleteApi(ctx, &apigatewayv2.DeleteApiInput{ApiId: l.http}))
	l.destroyREST()
	for _, name := range []string{"orders-api-function", "orders-authorizer"} {
		must(l.lambda.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: &name}))
	}
	role := aws.String("orders-lambda")
	must(l.iam.ListInstanceProfilesForRole(ctx, &iam.ListInstanceProfilesForRoleInput{RoleName: role}))
	must(l.iam.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: role}))
	must(l.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: role}))
}

func (l *life) destroyREST() {
	ctx, post, ok := l.Context(), aws.String("POST"), aws.String("200")
	must(l.v1.DeleteStage(ctx, &apigateway.DeleteStageInput{RestApiId: l.rest, StageName: aws.String("prod")}))
	must(l.v1.DeleteDeployment(ctx, &apigateway.DeleteDeploymentInput{RestApiId: l.rest, DeploymentId: l.deployment}))
	must(l.v1.DeleteIntegrationResponse(ctx, &apigateway.DeleteIntegrationResponseInput{RestApiId: l.rest, ResourceId: l.imports, HttpMethod: post, StatusCode: ok}))
	must(l.v1.DeleteMethodResponse(ctx, &apigateway.DeleteMethodResponseInput{RestApiId: l.rest, ResourceId: l.imports, HttpMethod: post, StatusCode: ok}))
	for resource, method := range map[*string]*string{l.imports: post, l.me: aws.String("GET")} {
		must(l.v1.DeleteIntegration(ctx, &apigateway.DeleteIntegrationInput{RestApiId: l.rest, ResourceId: resource, HttpMethod: method}))
		must(l.v1.DeleteMethod(ctx, &apigateway.DeleteMethodInput{RestApiId: l.rest, ResourceId: resource, HttpMethod: method}))
		must(l.v1.DeleteResource(ctx, &apigateway.DeleteResourceInput{RestApiId: l.rest, ResourceId: resource}))
	}
	must(l.v1.DeleteAuthorizer(ctx, &apigateway.DeleteAuthorizerInput{RestApiId: l.rest, AuthorizerId: l.token}))
	must(l.v1.DeleteRestApi(ctx, &apigateway.DeleteRestApiInput{RestApiId: l.rest}))
}

// gone wants a not-found.
func (w *world) gone(what string, err error) {
	w.Helper()
	if err == nil || !contains(err.Error(), "NotFound") {
		w.Errorf("%s: %v", what, err)
	}
}

// leftovers finds nothing in any list. The functions' own log groups stay, as on AWS.
func (w *world) leftovers() {
	w.Helper()
	l, ctx := newLife(w), w.Context()
	for what, n := range map[string]int{
		"HTTP APIs":   len(must(l.v2.GetApis(ctx, &apigatewayv2.GetApisInput{})).Items),
		"VPC links":   len(must(l.v2.GetVpcLinks(ctx, &apigatewayv2.GetVpcLinksInput{})).Items),
		"REST APIs":   len(must(l.v1.GetRestApis(ctx, &apigateway.GetRestApisInput{})).Items),
		"API keys":    len(must(l.v1.GetApiKeys(ctx, &apigateway.GetApiKeysInput{})).Items),
		"usage plans": len(must(l.v1.GetUsagePlans(ctx, &apigateway.GetUsagePlansInput{})).Items),
		"alarms":      len(must(l.watch.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{})).MetricAlarms),
		"functions":   len(must(l.lambda.ListFunctions(ctx, &lambda.ListFunctionsInput{})).Functions),
		"roles":       len(must(l.iam.ListRoles(ctx, &iam.ListRolesInput{})).Roles),
		"topics":      strings.Count(must(l.query("ListTopics")), "<TopicArn>"),
		"log groups":  len(must(l.logs.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("/aws/apigateway")})).LogGroups),
	} {
		if n > 0 {
			w.Errorf("%d %s are left", n, what)
		}
	}
}
