// Package sdk drives every operation that is built with the AWS SDK for Go v2 and checks what its users rely on: outputs,
// statuses and typed errors.
package sdk

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/dipylon/dipylon/test/harness"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestEveryOperation makes, reads, changes and removes one of each.
func TestEveryOperation(t *testing.T) {
	s, ctx := harness.Start(t, nil), t.Context()
	api := s.Client()
	backend := harness.NewBackend(t, "sdk")

	made := must(api.CreateApi(ctx, &apigatewayv2.CreateApiInput{
		Name: aws.String("sdk"), ProtocolType: types.ProtocolTypeHttp, Description: aws.String("d"), Tags: map[string]string{"a": "b"},
	}))
	id := made.ApiId
	if age := time.Since(*made.CreatedDate); age < 0 || age > time.Minute {
		t.Errorf("created %v ago", age)
	}
	got := must(api.GetApi(ctx, &apigatewayv2.GetApiInput{ApiId: id}))
	if *got.ApiEndpoint != *made.ApiEndpoint || !got.CreatedDate.Equal(*made.CreatedDate) || got.IpAddressType != types.IpAddressTypeIpv4 {
		t.Errorf("got %+v, made %+v", got, made)
	}
	updated := must(api.UpdateApi(ctx, &apigatewayv2.UpdateApiInput{ApiId: id, Version: aws.String("2")}))
	equal(t, "update keeps the rest", *updated.Description+*updated.Version+*updated.Name, "d2sdk")
	equal(t, "listed APIs", len(must(api.GetApis(ctx, &apigatewayv2.GetApisInput{})).Items), 1)

	in := must(api.CreateIntegration(ctx, &apigatewayv2.CreateIntegrationInput{
		ApiId: id, IntegrationType: types.IntegrationTypeHttpProxy, IntegrationMethod: aws.String("GET"),
		IntegrationUri: aws.String("http://" + backend.Addr() + "/a"), TimeoutInMillis: aws.Int32(1000),
	}))
	equal(t, "connection type", in.ConnectionType, types.ConnectionTypeInternet)
	changed := must(api.UpdateIntegration(ctx, &apigatewayv2.UpdateIntegrationInput{
		ApiId: id, IntegrationId: in.IntegrationId, Description: aws.String("changed"),
	}))
	equal(t, "integration", *changed.Description+*changed.IntegrationMethod, "changedGET")
	equal(t, "timeout", *must(api.GetIntegration(ctx, &apigatewayv2.GetIntegrationInput{ApiId: id, IntegrationId: in.IntegrationId})).TimeoutInMillis, 1000)
	equal(t, "integrations", len(must(api.GetIntegrations(ctx, &apigatewayv2.GetIntegrationsInput{ApiId: id})).Items), 1)

	route := must(api.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{ApiId: id, RouteKey: aws.String("GET /a")}))
	equal(t, "authorization", route.AuthorizationType, types.AuthorizationTypeNone)
	target := must(api.UpdateRoute(ctx, &apigatewayv2.UpdateRouteInput{
		ApiId: id, RouteId: route.RouteId, Target: aws.String("integrations/" + *in.IntegrationId),
	}))
	equal(t, "route", *target.RouteKey+*target.Target, "GET /aintegrations/"+*in.IntegrationId)
	equal(t, "route read", *must(api.GetRoute(ctx, &apigatewayv2.GetRouteInput{ApiId: id, RouteId: route.RouteId})).Target, *target.Target)
	equal(t, "routes", len(must(api.GetRoutes(ctx, &apigatewayv2.GetRoutesInput{ApiId: id})).Items), 1)

	deployment := must(api.CreateDeployment(ctx, &apigatewayv2.CreateDeploymentInput{ApiId: id, Description: aws.String("one")}))
	equal(t, "status", deployment.DeploymentStatus, types.DeploymentStatusDeployed)
	must(api.UpdateDeployment(ctx, &apigatewayv2.UpdateDeploymentInput{
		ApiId: id, DeploymentId: deployment.DeploymentId, Description: aws.String("two"),
	}))
	equal(t, "description", *must(api.GetDeployment(ctx, &apigatewayv2.GetDeploymentInput{
		ApiId: id, DeploymentId: deployment.DeploymentId,
	})).Description, "two")
	equal(t, "deployments", len(must(api.GetDeployments(ctx, &apigatewayv2.GetDeploymentsInput{ApiId: id})).Items), 1)

	stage := must(api.CreateStage(ctx, &apigatewayv2.CreateStageInput{
		ApiId: id, StageName: aws.String("$default"), DeploymentId: deployment.DeploymentId, Tags: map[string]string{"s": "1"},
	}))
	equal(t, "deployment of the stage", *stage.DeploymentId, *deployment.DeploymentId)
	must(api.UpdateStage(ctx, &apigatewayv2.UpdateStageInput{
		ApiId: id, StageName: aws.String("$default"), StageVariables: map[string]string{"v": "1"},
	}))
	read := must(api.GetStage(ctx, &apigatewayv2.GetStageInput{ApiId: id, StageName: aws.String("$default")}))
	if diff := cmp.Diff(map[string]string{"v": "1"}, read.StageVariables); diff != "" {
		t.Error(diff)
	}
	equal(t, "stages", len(must(api.GetStages(ctx, &apigatewayv2.GetStagesInput{ApiId: id})).Items), 1)
	client, _ := harness.HTTPClient(s.HTTPAddr())
	defer client.CloseIdleConnections()
	status, body := get(t, client, *made.ApiEndpoint+"/a")
	equal(t, "call", status, 200)
	equal(t, "body", body[:6], "GET /a")

	checkTags(t, api, *id)

	must(api.DeleteStage(ctx, &apigatewayv2.DeleteStageInput{ApiId: id, StageName: aws.String("$default")}))
	must(api.DeleteDeployment(ctx, &apigatewayv2.DeleteDeploymentInput{ApiId: id, DeploymentId: deployment.DeploymentId}))
	must(api.DeleteRoute(ctx, &apigatewayv2.DeleteRouteInput{ApiId: id, RouteId: route.RouteId}))
	must(api.DeleteIntegration(ctx, &apigatewayv2.DeleteIntegrationInput{ApiId: id, IntegrationId: in.IntegrationId}))
	must(api.DeleteApi(ctx, &apigatewayv2.DeleteApiInput{ApiId: id}))
	equal(t, "APIs left", len(must(api.GetApis(ctx, &apigatewayv2.GetApisInput{})).Items), 0)
}

func checkTags(t *testing.T, api *apigatewayv2.Client, id string) {
	t.Helper()
	ctx, arn := t.Context(), aws.String("arn:aws:apigateway:"+harness.Region+"::/apis/"+id)
	must(api.TagResource(ctx, &apigatewayv2.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"c": "ü/ö", "a": "new"}}))
	must(api.UntagResource(ctx, &apigatewayv2.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"a", "none"}}))
	if diff := cmp.Diff(map[string]string{"c": "ü/ö"}, must(api.GetTags(ctx, &apigatewayv2.GetTagsInput{ResourceArn: arn})).Tags); diff != "" {
		t.Error(diff)
	}
}

// TestImport takes an OpenAPI document in and gives it another.
func TestImport(t *testing.T) {
	s, ctx := harness.Start(t, nil), t.Context()
	api := s.Client()
	document := func(path, version string) *string {
		return aws.String(`{"openapi":"3.0.1","info":{"title":"t","version":"` + version + `"},"paths":{"` + path + `":{"get":{
			"x-amazon-apigateway-integration":{"type":"http_proxy","httpMethod":"GET","uri":"http://h/","payloadFormatVersion":"1.0"}}}}}`)
	}
	made := must(api.ImportApi(ctx, &apigatewayv2.ImportApiInput{Body: document("/one", "1")}))
	again := must(api.ReimportApi(ctx, &apigatewayv2.ReimportApiInput{ApiId: made.ApiId, Body: document("/two", "2")}))
	equal(t, "names", *made.Name+*made.Version+*again.Version, "t12")
	routes := must(api.GetRoutes(ctx, &apigatewayv2.GetRoutesInput{ApiId: made.ApiId})).Items
	if len(routes) != 1 || *routes[0].RouteKey != "GET /two" {
		t.Errorf("routes are %+v", routes)
	}
	integrations := must(api.GetIntegrations(ctx, &apigatewayv2.GetIntegrationsInput{ApiId: made.ApiId})).Items
	equal(t, "integrations", len(integrations), 1)
}

// TestTypedErrors: each refusal is the SDK's own type for it.
func TestTypedErrors(t *testing.T) {
	s, ctx := harness.Start(t, nil), t.Context()
	api := s.Client()
	id := must(api.CreateApi(ctx, &apigatewayv2.CreateApiInput{Name: aws.String("e"), ProtocolType: types.ProtocolTypeHttp})).ApiId
	must(api.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{ApiId: id, RouteKey: aws.String("GET /")}))
	wrong := apigatewayv2.New(apigatewayv2.Options{
		Region: harness.Region, BaseEndpoint: aws.String("http://" + s.ControlAddr()), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("test", "wrong", ""),
	})
	for _, c := range []struct {
		name   string
		call   func() error
		as     any
		status int
		code   string
	}{
		{"not found", func() error {
			_, err := api.GetApi(ctx, &apigatewayv2.GetApiInput{ApiId: aws.String("nothing")})
			return err
		}, new(*types.NotFoundException), 404, "NotFoundException"},
		{"conflict", func() error {
			_, err := api.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{ApiId: id, RouteKey: aws.String("GET /")})
			return err
		}, new(*types.ConflictException), 409, "ConflictException"},
		{"bad request", func() error {
			_, err := api.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{ApiId: id, RouteKey: aws.String("nonsense")})
			return err
		}, new(*types.BadRequestException), 400, "BadRequestException"},
		{"not built", func() error {
			_, err := api.ListPortals(ctx, &apigatewayv2.ListPortalsInput{})
			return err
		}, new(*smithy.GenericAPIError), 501, "NotImplementedException"},
		{"wrong secret", func() error {
			_, err := wrong.GetApis(ctx, &apigatewayv2.GetApisInput{})
			return err
		}, new(*smithy.GenericAPIError), 403, "InvalidSignatureException"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.call()
			if !errors.As(err, c.as) {
				t.Fatalf("got %v", err)
			}
			var coded smithy.APIError
			var answered *awshttp.ResponseError
			if !errors.As(err, &coded) || coded.ErrorCode() != c.code || coded.ErrorMessage() == "" {
				t.Errorf("code %v", coded)
			}
			if !errors.As(err, &answered) || answered.HTTPStatusCode() != c.status || len(answered.ServiceRequestID()) != 36 {
				t.Errorf("answer %v", answered)
			}
		})
	}
}

// TestTenants: an API belongs to its region.
func TestTenants(t *testing.T) {
	s, ctx := harness.Start(t, nil), t.Context()
	here := s.Client()
	there := apigatewayv2.New(here.Options(), func(o *apigatewayv2.Options) { o.Region = "eu-central-1" })
	id := must(here.CreateApi(ctx, &apigatewayv2.CreateApiInput{Name: aws.String("here"), ProtocolType: types.ProtocolTypeHttp})).ApiId
	var missing *types.NotFoundException
	if _, err := there.GetApi(ctx, &apigatewayv2.GetApiInput{ApiId: id}); !errors.As(err, &missing) {
		t.Errorf("got %v", err)
	}
	equal(t, "there", len(must(there.GetApis(ctx, &apigatewayv2.GetApisInput{})).Items), 0)
	who := must(sts.New(sts.Options{
		Region: harness.Region, BaseEndpoint: here.Options().BaseEndpoint, Credentials: here.Options().Credentials,
	}).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))
	equal(t, "account", *who.Account, "000000000000")
}

// TestPaging walks pages of one while things come and go.
func TestPaging(t *testing.T) {
	s, ctx := harness.Start(t, nil), t.Context()
	api := s.Client()
	var want []string
	for range 5 {
		out := must(api.CreateApi(ctx, &apigatewayv2.CreateApiInput{Name: aws.String("p"), ProtocolType: types.ProtocolTypeHttp}))
		want = append(want, *out.ApiId)
	}
	slices.Sort(want)
	var got []string
	in := apigatewayv2.GetApisInput{MaxResults: aws.String("2")}
	for {
		page := must(api.GetApis(ctx, &in))
		for _, item := range page.Items {
			got = append(got, *item.ApiId)
			must(api.DeleteApi(ctx, &apigatewayv2.DeleteApiInput{ApiId: item.ApiId}))
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			break
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func get(t *testing.T, client *http.Client, url string) (int, string) {
	t.Helper()
	req := must(http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil))
	resp := must(client.Do(req))
	defer resp.Body.Close()
	return resp.StatusCode, string(must(io.ReadAll(resp.Body)))
}
