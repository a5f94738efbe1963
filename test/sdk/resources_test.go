package sdk

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/dipylon/dipylon/internal/config"
	"github.com/dipylon/dipylon/test/harness"
)

// resources is an API with a client for it.
type resources struct {
	*testing.T
	*apigatewayv2.Client
	id, issuer *string
}

func newResources(t *testing.T) *resources {
	t.Helper()
	s := harness.Start(t, func(cfg *config.Config) { cfg.DevIssuer = true })
	r := &resources{T: t, Client: s.Client(), issuer: aws.String("http://" + s.ControlAddr() + "/_dipylon/issuer")}
	r.id = must(r.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{
		Name: aws.String("r"), ProtocolType: types.ProtocolTypeHttp, CorsConfiguration: &types.Cors{
			AllowOrigins: []string{"https://a.example"}, AllowMethods: []string{"GET"}, AllowCredentials: aws.Bool(true), MaxAge: aws.Int32(60),
		},
	})).ApiId
	return r
}

func (r *resources) authorizer() *string {
	return must(r.CreateAuthorizer(r.Context(), &apigatewayv2.CreateAuthorizerInput{
		ApiId: r.id, Name: aws.String("jwt"), AuthorizerType: types.AuthorizerTypeJwt, IdentitySource: []string{"$request.header.Authorization"},
		JwtConfiguration: &types.JWTConfiguration{Issuer: r.issuer, Audience: []string{"me"}},
	})).AuthorizerId
}

// refused wants an error that the operation's model may not list, so that the SDK has no type for it there.
func refused(t *testing.T, err error, code string) {
	t.Helper()
	var coded smithy.APIError
	if !errors.As(err, &coded) || coded.ErrorCode() != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

// TestAuthorizers makes, reads, changes, uses and removes an authorizer.
func TestAuthorizers(t *testing.T) {
	r, ctx := newResources(t), t.Context()
	id := r.authorizer()
	got := must(r.GetAuthorizer(ctx, &apigatewayv2.GetAuthorizerInput{ApiId: r.id, AuthorizerId: id}))
	equal(t, "issuer", *got.JwtConfiguration.Issuer, *r.issuer)
	changed := must(r.UpdateAuthorizer(ctx, &apigatewayv2.UpdateAuthorizerInput{
		ApiId: r.id, AuthorizerId: id, JwtConfiguration: &types.JWTConfiguration{Audience: []string{"you"}},
	}))
	equal(t, "update keeps the rest", *changed.JwtConfiguration.Issuer+changed.JwtConfiguration.Audience[0]+*changed.Name, *r.issuer+"youjwt")
	equal(t, "authorizers", len(must(r.GetAuthorizers(ctx, &apigatewayv2.GetAuthorizersInput{ApiId: r.id})).Items), 1)

	route := must(r.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{
		ApiId: r.id, RouteKey: aws.String("GET /"), AuthorizationType: types.AuthorizationTypeJwt, AuthorizerId: id, AuthorizationScopes: []string{"a", "b"},
	}))
	if diff := cmp.Diff([]string{"a", "b"}, route.AuthorizationScopes); diff != "" {
		t.Error(diff)
	}
	_, err := r.DeleteAuthorizer(ctx, &apigatewayv2.DeleteAuthorizerInput{ApiId: r.id, AuthorizerId: id})
	refused(t, err, "ConflictException")
	must(r.CreateStage(ctx, &apigatewayv2.CreateStageInput{ApiId: r.id, StageName: aws.String("s"), AutoDeploy: aws.Bool(true)}))
	must(r.ResetAuthorizersCache(ctx, &apigatewayv2.ResetAuthorizersCacheInput{ApiId: r.id, StageName: aws.String("s")}))
	must(r.DeleteRoute(ctx, &apigatewayv2.DeleteRouteInput{ApiId: r.id, RouteId: route.RouteId}))
	must(r.DeleteAuthorizer(ctx, &apigatewayv2.DeleteAuthorizerInput{ApiId: r.id, AuthorizerId: id}))
	var missing *types.NotFoundException
	if _, err := r.GetAuthorizer(ctx, &apigatewayv2.GetAuthorizerInput{ApiId: r.id, AuthorizerId: id}); !errors.As(err, &missing) {
		t.Errorf("got %v", err)
	}
}

// TestModels makes, reads, changes and removes a model.
func TestModels(t *testing.T) {
	r, ctx := newResources(t), t.Context()
	id := must(r.CreateModel(ctx, &apigatewayv2.CreateModelInput{
		ApiId: r.id, Name: aws.String("Pet"), ContentType: aws.String("application/json"), Schema: aws.String(`{"type":"object"}`),
	})).ModelId
	must(r.UpdateModel(ctx, &apigatewayv2.UpdateModelInput{ApiId: r.id, ModelId: id, Description: aws.String("d")}))
	got := must(r.GetModel(ctx, &apigatewayv2.GetModelInput{ApiId: r.id, ModelId: id}))
	equal(t, "model", *got.Name+*got.Schema+*got.Description, `Pet{"type":"object"}d`)
	equal(t, "models", len(must(r.GetModels(ctx, &apigatewayv2.GetModelsInput{ApiId: r.id})).Items), 1)
	must(r.DeleteModel(ctx, &apigatewayv2.DeleteModelInput{ApiId: r.id, ModelId: id}))
	equal(t, "models left", len(must(r.GetModels(ctx, &apigatewayv2.GetModelsInput{ApiId: r.id})).Items), 0)
}

// TestVPCLinks makes, tags, uses and removes a VPC link.
func TestVPCLinks(t *testing.T) {
	r, ctx := newResources(t), t.Context()
	id := must(r.CreateVpcLink(ctx, &apigatewayv2.CreateVpcLinkInput{
		Name: aws.String("l"), SubnetIds: []string{"subnet-1"}, SecurityGroupIds: []string{"sg-1"}, Tags: map[string]string{"a": "b"},
	})).VpcLinkId
	must(r.UpdateVpcLink(ctx, &apigatewayv2.UpdateVpcLinkInput{VpcLinkId: id, Name: aws.String("m")}))
	got := must(r.GetVpcLink(ctx, &apigatewayv2.GetVpcLinkInput{VpcLinkId: id}))
	equal(t, "status", got.VpcLinkStatus, types.VpcLinkStatusAvailable)
	equal(t, "link", *got.Name+got.SubnetIds[0]+got.SecurityGroupIds[0]+got.Tags["a"], "msubnet-1sg-1b")
	equal(t, "links", len(must(r.GetVpcLinks(ctx, &apigatewayv2.GetVpcLinksInput{})).Items), 1)
	arn := aws.String("arn:aws:apigateway:" + harness.Region + "::/vpclinks/" + *id)
	must(r.TagResource(ctx, &apigatewayv2.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"c": "d"}}))
	must(r.UntagResource(ctx, &apigatewayv2.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"a"}}))
	if diff := cmp.Diff(map[string]string{"c": "d"}, must(r.GetTags(ctx, &apigatewayv2.GetTagsInput{ResourceArn: arn})).Tags); diff != "" {
		t.Error(diff)
	}

	in := must(r.CreateIntegration(ctx, &apigatewayv2.CreateIntegrationInput{
		ApiId: r.id, IntegrationType: types.IntegrationTypeHttpProxy, IntegrationMethod: aws.String("ANY"), PayloadFormatVersion: aws.String("1.0"),
		ConnectionType: types.ConnectionTypeVpcLink, ConnectionId: id,
		IntegrationUri: aws.String("arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/lb/1/2"),
	}))
	_, err := r.DeleteVpcLink(ctx, &apigatewayv2.DeleteVpcLinkInput{VpcLinkId: id})
	refused(t, err, "BadRequestException")
	must(r.DeleteIntegration(ctx, &apigatewayv2.DeleteIntegrationInput{ApiId: r.id, IntegrationId: in.IntegrationId}))
	must(r.DeleteVpcLink(ctx, &apigatewayv2.DeleteVpcLinkInput{VpcLinkId: id}))
	equal(t, "links left", len(must(r.GetVpcLinks(ctx, &apigatewayv2.GetVpcLinksInput{})).Items), 0)
}

// TestSettings takes off an API and a stage what can be taken off.
func TestSettings(t *testing.T) {
	r, ctx := newResources(t), t.Context()
	must(r.DeleteCorsConfiguration(ctx, &apigatewayv2.DeleteCorsConfigurationInput{ApiId: r.id}))
	if cors := must(r.GetApi(ctx, &apigatewayv2.GetApiInput{ApiId: r.id})).CorsConfiguration; cors != nil {
		t.Errorf("left is %+v", cors)
	}
	must(r.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{ApiId: r.id, RouteKey: aws.String("GET /")}))
	stage := must(r.CreateStage(ctx, &apigatewayv2.CreateStageInput{
		ApiId: r.id, StageName: aws.String("s"), AutoDeploy: aws.Bool(true),
		AccessLogSettings: &types.AccessLogSettings{
			DestinationArn: aws.String("arn:aws:logs:us-east-1:000000000000:log-group:g"), Format: aws.String("$context.requestId"),
		},
		DefaultRouteSettings: &types.RouteSettings{ThrottlingBurstLimit: aws.Int32(10), ThrottlingRateLimit: aws.Float64(2.5)},
		RouteSettings:        map[string]types.RouteSettings{"GET /": {DetailedMetricsEnabled: aws.Bool(true)}},
	}))
	equal(t, "rate", *stage.DefaultRouteSettings.ThrottlingRateLimit, 2.5)
	equal(t, "metrics", *stage.RouteSettings["GET /"].DetailedMetricsEnabled, true)
	must(r.DeleteRouteSettings(ctx, &apigatewayv2.DeleteRouteSettingsInput{ApiId: r.id, StageName: aws.String("s"), RouteKey: aws.String("GET /")}))
	must(r.DeleteAccessLogSettings(ctx, &apigatewayv2.DeleteAccessLogSettingsInput{ApiId: r.id, StageName: aws.String("s")}))
	left := must(r.GetStage(ctx, &apigatewayv2.GetStageInput{ApiId: r.id, StageName: aws.String("s")}))
	if left.AccessLogSettings != nil || len(left.RouteSettings) != 0 {
		t.Errorf("left are %+v, %+v", left.AccessLogSettings, left.RouteSettings)
	}
}

// TestExport writes an API in both forms, and takes one in again.
func TestExport(t *testing.T) {
	r, ctx := newResources(t), t.Context()
	must(r.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{
		ApiId: r.id, RouteKey: aws.String("GET /pets"), AuthorizationType: types.AuthorizationTypeJwt, AuthorizerId: r.authorizer(),
	}))
	for _, output := range []string{"JSON", "YAML"} {
		out := must(r.ExportApi(ctx, &apigatewayv2.ExportApiInput{
			ApiId: r.id, Specification: aws.String("OAS30"), OutputType: aws.String(output), IncludeExtensions: aws.Bool(true),
		}))
		if text := string(out.Body); strings.HasPrefix(text, "{") != (output == "JSON") || !strings.Contains(text, "/pets") {
			t.Errorf("%s is %s", output, text)
		}
		copied := must(r.ImportApi(ctx, &apigatewayv2.ImportApiInput{Body: aws.String(string(out.Body)), FailOnWarnings: aws.Bool(true)}))
		routes := must(r.GetRoutes(ctx, &apigatewayv2.GetRoutesInput{ApiId: copied.ApiId})).Items
		if len(routes) != 1 || *routes[0].RouteKey != "GET /pets" || routes[0].AuthorizationType != types.AuthorizationTypeJwt {
			t.Errorf("the copy has %+v", routes)
		}
		if diff := cmp.Diff(must(r.GetApi(ctx, &apigatewayv2.GetApiInput{ApiId: r.id})).CorsConfiguration.AllowOrigins, copied.CorsConfiguration.AllowOrigins); diff != "" {
			t.Error(diff)
		}
	}
}

// TestDeleteRouteRequestParameter: only routes of WebSocket APIs have them.
func TestDeleteRouteRequestParameter(t *testing.T) {
	r, ctx := newResources(t), t.Context()
	route := must(r.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{ApiId: r.id, RouteKey: aws.String("GET /")})).RouteId
	var missing *types.NotFoundException
	_, err := r.DeleteRouteRequestParameter(ctx, &apigatewayv2.DeleteRouteRequestParameterInput{
		ApiId: r.id, RouteId: route, RequestParameterKey: aws.String("route.request.querystring.a"),
	})
	if !errors.As(err, &missing) {
		t.Errorf("got %v", err)
	}
}
