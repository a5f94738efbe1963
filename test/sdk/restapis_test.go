package sdk

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/dipylon/dipylon/test/harness"
)

// restAPI is a REST API with a client for it.
type restAPI struct {
	*testing.T
	*apigateway.Client
	id, root *string
}

func newRestAPI(t *testing.T) *restAPI {
	t.Helper()
	s := harness.Start(t, nil)
	r := &restAPI{T: t, Client: apigateway.New(apigateway.Options{
		BaseEndpoint: aws.String("http://" + s.ControlAddr()), Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})}
	made := must(r.CreateRestApi(t.Context(), &apigateway.CreateRestApiInput{
		Name: aws.String("rest"), Description: aws.String("d"), BinaryMediaTypes: []string{"image/png"}, Tags: map[string]string{"a": "b"},
		EndpointConfiguration: &types.EndpointConfiguration{Types: []types.EndpointType{types.EndpointTypeRegional}},
	}))
	r.id, r.root = made.Id, made.RootResourceId
	return r
}

func op(kind types.Op, path, value string) types.PatchOperation {
	return types.PatchOperation{Op: kind, Path: &path, Value: &value}
}

// TestRestAPIs makes, reads, changes, clones and removes one.
func TestRestAPIs(t *testing.T) {
	r, ctx := newRestAPI(t), t.Context()
	got := must(r.GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: r.id}))
	if age := time.Since(*got.CreatedDate); age < 0 || age > time.Minute || *got.RootResourceId != *r.root {
		t.Errorf("got %+v", got)
	}
	changed := must(r.UpdateRestApi(ctx, &apigateway.UpdateRestApiInput{RestApiId: r.id, PatchOperations: []types.PatchOperation{
		op(types.OpAdd, "/binaryMediaTypes/image~1jpeg", ""), op(types.OpReplace, "/minimumCompressionSize", "1024"), op(types.OpRemove, "/description", ""),
	}}))
	equal(t, "media types", strings.Join(changed.BinaryMediaTypes, " "), "image/png image/jpeg")
	equal(t, "compression", *changed.MinimumCompressionSize, 1024)
	clone := must(r.CreateRestApi(ctx, &apigateway.CreateRestApiInput{Name: aws.String("clone"), CloneFrom: r.id}))
	pages := apigateway.NewGetRestApisPaginator(r, &apigateway.GetRestApisInput{Limit: aws.Int32(1)})
	n := 0
	for ; pages.HasMorePages(); n++ {
		equal(t, "APIs of a page", len(must(pages.NextPage(ctx)).Items), 1)
	}
	equal(t, "pages", n, 2)
	must(r.DeleteRestApi(ctx, &apigateway.DeleteRestApiInput{RestApiId: clone.Id}))
	_, err := r.GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: clone.Id})
	if missing, ok := errors.AsType[*types.NotFoundException](err); !ok || *missing.Message != "Invalid API identifier specified 000000000000:"+*clone.Id {
		t.Errorf("got %v", err)
	}
	_, err = r.UpdateRestApi(ctx, &apigateway.UpdateRestApiInput{RestApiId: r.id, PatchOperations: []types.PatchOperation{op(types.OpReplace, "/id", "x")}})
	if bad, ok := errors.AsType[*types.BadRequestException](err); !ok || *bad.Message != "Invalid patch path /id" {
		t.Errorf("got %v", err)
	}
}

// TestRestResources makes a tree with methods whole and takes it apart.
func TestRestResources(t *testing.T) {
	r, ctx := newRestAPI(t), t.Context()
	pets := must(r.CreateResource(ctx, &apigateway.CreateResourceInput{RestApiId: r.id, ParentId: r.root, PathPart: aws.String("pets")})).Id
	must(r.CreateResource(ctx, &apigateway.CreateResourceInput{RestApiId: r.id, ParentId: pets, PathPart: aws.String("{id}")}))
	get, status := aws.String("GET"), aws.String("200")
	must(r.PutMethod(ctx, &apigateway.PutMethodInput{
		RestApiId: r.id, ResourceId: pets, HttpMethod: get, AuthorizationType: aws.String("NONE"), RequestParameters: map[string]bool{"method.request.querystring.q": true},
	}))
	must(r.PutMethodResponse(ctx, &apigateway.PutMethodResponseInput{
		RestApiId: r.id, ResourceId: pets, HttpMethod: get, StatusCode: status, ResponseParameters: map[string]bool{"method.response.header.X": false},
	}))
	in := must(r.PutIntegration(ctx, &apigateway.PutIntegrationInput{
		RestApiId: r.id, ResourceId: pets, HttpMethod: get, Type: types.IntegrationTypeHttp, IntegrationHttpMethod: get, Uri: aws.String("http://example.com/"),
		RequestParameters: map[string]string{"integration.request.header.Q": "method.request.querystring.q"}, TlsConfig: &types.TlsConfig{InsecureSkipVerification: true},
	}))
	if in.TimeoutInMillis != 29000 || *in.HttpMethod != "GET" || in.ConnectionType != types.ConnectionTypeInternet || !in.TlsConfig.InsecureSkipVerification {
		t.Errorf("put %+v", in)
	}
	must(r.PutIntegrationResponse(ctx, &apigateway.PutIntegrationResponseInput{
		RestApiId: r.id, ResourceId: pets, HttpMethod: get, StatusCode: status, ResponseParameters: map[string]string{"method.response.header.X": "'x'"},
	}))
	must(r.UpdateIntegration(ctx, &apigateway.UpdateIntegrationInput{RestApiId: r.id, ResourceId: pets, HttpMethod: get, PatchOperations: []types.PatchOperation{
		op(types.OpAdd, "/requestTemplates/application~1json", "{}"), op(types.OpReplace, "/timeoutInMillis", "500"),
	}}))
	must(r.UpdateIntegrationResponse(ctx, &apigateway.UpdateIntegrationResponseInput{
		RestApiId: r.id, ResourceId: pets, HttpMethod: get, StatusCode: status, PatchOperations: []types.PatchOperation{op(types.OpReplace, "/selectionPattern", "2..")},
	}))
	must(r.UpdateMethodResponse(ctx, &apigateway.UpdateMethodResponseInput{
		RestApiId: r.id, ResourceId: pets, HttpMethod: get, StatusCode: status, PatchOperations: []types.PatchOperation{op(types.OpAdd, "/responseModels/application~1json", "Error")},
	}))
	must(r.UpdateMethod(ctx, &apigateway.UpdateMethodInput{RestApiId: r.id, ResourceId: pets, HttpMethod: get, PatchOperations: []types.PatchOperation{op(types.OpReplace, "/apiKeyRequired", "true")}}))
	must(r.UpdateResource(ctx, &apigateway.UpdateResourceInput{RestApiId: r.id, ResourceId: pets, PatchOperations: []types.PatchOperation{op(types.OpReplace, "/pathPart", "dogs")}}))

	list := must(r.GetResources(ctx, &apigateway.GetResourcesInput{RestApiId: r.id, Embed: []string{"methods"}})).Items
	equal(t, "resources", len(list), 3)
	for _, resource := range list {
		if *resource.Path != "/dogs" {
			continue
		}
		m := resource.ResourceMethods["GET"]
		if m.MethodIntegration == nil || m.MethodIntegration.TimeoutInMillis != 500 || *m.MethodIntegration.IntegrationResponses["200"].SelectionPattern != "2.." ||
			m.MethodResponses["200"].ResponseModels["application/json"] != "Error" || !*m.ApiKeyRequired {
			t.Errorf("the method is %+v", m)
		}
	}
	must(r.DeleteIntegrationResponse(ctx, &apigateway.DeleteIntegrationResponseInput{RestApiId: r.id, ResourceId: pets, HttpMethod: get, StatusCode: status}))
	must(r.DeleteIntegration(ctx, &apigateway.DeleteIntegrationInput{RestApiId: r.id, ResourceId: pets, HttpMethod: get}))
	must(r.DeleteMethodResponse(ctx, &apigateway.DeleteMethodResponseInput{RestApiId: r.id, ResourceId: pets, HttpMethod: get, StatusCode: status}))
	must(r.DeleteMethod(ctx, &apigateway.DeleteMethodInput{RestApiId: r.id, ResourceId: pets, HttpMethod: get}))
	must(r.DeleteResource(ctx, &apigateway.DeleteResourceInput{RestApiId: r.id, ResourceId: pets}))
	equal(t, "resources left", len(must(r.GetResources(ctx, &apigateway.GetResourcesInput{RestApiId: r.id})).Items), 1)
}

// TestRestParts makes, changes and removes one of each that stands beside the tree.
func TestRestParts(t *testing.T) {
	r, ctx := newRestAPI(t), t.Context()
	model := must(r.CreateModel(ctx, &apigateway.CreateModelInput{RestApiId: r.id, Name: aws.String("Pet"), ContentType: aws.String("application/json"), Schema: aws.String(`{"type":"object"}`)})).Name
	must(r.UpdateModel(ctx, &apigateway.UpdateModelInput{RestApiId: r.id, ModelName: model, PatchOperations: []types.PatchOperation{op(types.OpReplace, "/description", "d")}}))
	equal(t, "description", *must(r.GetModel(ctx, &apigateway.GetModelInput{RestApiId: r.id, ModelName: model, Flatten: true})).Description, "d")
	equal(t, "template", *must(r.GetModelTemplate(ctx, &apigateway.GetModelTemplateInput{RestApiId: r.id, ModelName: model})).Value, "#set($inputRoot = $input.path('$'))\n{\n}")
	must(r.DeleteModel(ctx, &apigateway.DeleteModelInput{RestApiId: r.id, ModelName: model}))
	equal(t, "models", len(must(r.GetModels(ctx, &apigateway.GetModelsInput{RestApiId: r.id})).Items), 2)

	validator := must(r.CreateRequestValidator(ctx, &apigateway.CreateRequestValidatorInput{RestApiId: r.id, Name: aws.String("v"), ValidateRequestBody: true})).Id
	must(r.UpdateRequestValidator(ctx, &apigateway.UpdateRequestValidatorInput{
		RestApiId: r.id, RequestValidatorId: validator, PatchOperations: []types.PatchOperation{op(types.OpReplace, "/validateRequestParameters", "true")},
	}))
	if v := must(r.GetRequestValidator(ctx, &apigateway.GetRequestValidatorInput{RestApiId: r.id, RequestValidatorId: validator})); !v.ValidateRequestBody || !v.ValidateRequestParameters {
		t.Errorf("got %+v", v)
	}
	equal(t, "validators", len(must(r.GetRequestValidators(ctx, &apigateway.GetRequestValidatorsInput{RestApiId: r.id})).Items), 1)
	must(r.DeleteRequestValidator(ctx, &apigateway.DeleteRequestValidatorInput{RestApiId: r.id, RequestValidatorId: validator}))

	authorizer := must(r.CreateAuthorizer(ctx, &apigateway.CreateAuthorizerInput{
		RestApiId: r.id, Name: aws.String("a"), Type: types.AuthorizerTypeCognitoUserPools, IdentitySource: aws.String("method.request.header.Authorization"),
		ProviderARNs: []string{"arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_A"},
	})).Id
	must(r.UpdateAuthorizer(ctx, &apigateway.UpdateAuthorizerInput{RestApiId: r.id, AuthorizerId: authorizer, PatchOperations: []types.PatchOperation{op(types.OpReplace, "/authorizerResultTtlInSeconds", "60")}}))
	equal(t, "TTL", *must(r.GetAuthorizer(ctx, &apigateway.GetAuthorizerInput{RestApiId: r.id, AuthorizerId: authorizer})).AuthorizerResultTtlInSeconds, 60)
	equal(t, "authorizers", len(must(r.GetAuthorizers(ctx, &apigateway.GetAuthorizersInput{RestApiId: r.id})).Items), 1)
	must(r.DeleteAuthorizer(ctx, &apigateway.DeleteAuthorizerInput{RestApiId: r.id, AuthorizerId: authorizer}))

	throttled := types.GatewayResponseTypeThrottled
	must(r.PutGatewayResponse(ctx, &apigateway.PutGatewayResponseInput{RestApiId: r.id, ResponseType: throttled, StatusCode: aws.String("420")}))
	must(r.UpdateGatewayResponse(ctx, &apigateway.UpdateGatewayResponseInput{RestApiId: r.id, ResponseType: throttled, PatchOperations: []types.PatchOperation{op(types.OpReplace, "/statusCode", "429")}}))
	if got := must(r.GetGatewayResponse(ctx, &apigateway.GetGatewayResponseInput{RestApiId: r.id, ResponseType: throttled})); got.DefaultResponse || *got.StatusCode != "429" {
		t.Errorf("got %+v", got)
	}
	equal(t, "gateway responses", len(must(r.GetGatewayResponses(ctx, &apigateway.GetGatewayResponsesInput{RestApiId: r.id})).Items), 21)
	must(r.DeleteGatewayResponse(ctx, &apigateway.DeleteGatewayResponseInput{RestApiId: r.id, ResponseType: throttled}))
}
