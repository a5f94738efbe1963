package wiretest

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/dipylon/dipylon/internal/wire"
	"github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// recorder answers what it was told to and remembers the input.
type recorder struct {
	apigatewayv2.Handler
	call   wire.Call
	input  any
	output any
	err    error
}

func answer[Out any](r *recorder, call *wire.Call, in any) (*Out, error) {
	r.call, r.input = *call, in
	if r.err != nil {
		return nil, r.err
	}
	out, _ := r.output.(*Out)
	return out, nil
}

func (r *recorder) CreateApi(_ context.Context, call *wire.Call, in *apigatewayv2.CreateApiInput) (*apigatewayv2.CreateApiOutput, error) {
	return answer[apigatewayv2.CreateApiOutput](r, call, in)
}

func (r *recorder) GetApi(_ context.Context, call *wire.Call, in *apigatewayv2.GetApiInput) (*apigatewayv2.GetApiOutput, error) {
	return answer[apigatewayv2.GetApiOutput](r, call, in)
}

func (r *recorder) GetApis(_ context.Context, call *wire.Call, in *apigatewayv2.GetApisInput) (*apigatewayv2.GetApisOutput, error) {
	return answer[apigatewayv2.GetApisOutput](r, call, in)
}

func (r *recorder) DeleteApi(_ context.Context, call *wire.Call, in *apigatewayv2.DeleteApiInput) (*apigatewayv2.DeleteApiOutput, error) {
	return answer[apigatewayv2.DeleteApiOutput](r, call, in)
}

func (r *recorder) GetStage(_ context.Context, call *wire.Call, in *apigatewayv2.GetStageInput) (*apigatewayv2.GetStageOutput, error) {
	return answer[apigatewayv2.GetStageOutput](r, call, in)
}

func (r *recorder) UpdateRoute(_ context.Context, call *wire.Call, in *apigatewayv2.UpdateRouteInput) (*apigatewayv2.UpdateRouteOutput, error) {
	return answer[apigatewayv2.UpdateRouteOutput](r, call, in)
}

func (r *recorder) ImportApi(_ context.Context, call *wire.Call, in *apigatewayv2.ImportApiInput) (*apigatewayv2.ImportApiOutput, error) {
	return answer[apigatewayv2.ImportApiOutput](r, call, in)
}

func (r *recorder) TagResource(_ context.Context, call *wire.Call, in *apigatewayv2.TagResourceInput) (*apigatewayv2.TagResourceOutput, error) {
	return answer[apigatewayv2.TagResourceOutput](r, call, in)
}

func (r *recorder) UntagResource(_ context.Context, call *wire.Call, in *apigatewayv2.UntagResourceInput) (*apigatewayv2.UntagResourceOutput, error) {
	return answer[apigatewayv2.UntagResourceOutput](r, call, in)
}

const arn = "arn:aws:apigateway:eu-central-1::/apis/abcdefghij"

// TestRESTJSONRequests shows what the SDK's requests become.
func TestRESTJSONRequests(t *testing.T) {
	tests := map[string]struct {
		call func(context.Context, *sdk.Client) error
		want any
	}{
		"scalars, lists, maps, structures": {
			func(ctx context.Context, c *sdk.Client) error {
				_, err := c.CreateApi(ctx, &sdk.CreateApiInput{
					Name: aws.String("pets & <more>"), ProtocolType: types.ProtocolTypeHttp, DisableExecuteApiEndpoint: aws.Bool(false),
					CorsConfiguration: &types.Cors{AllowOrigins: []string{"https://a", "https://b"}, MaxAge: aws.Int32(0), ExposeHeaders: []string{}},
					Tags:              map[string]string{"team": "ä"},
				})
				return err
			},
			&apigatewayv2.CreateApiInput{
				Name: ptr("pets & <more>"), ProtocolType: ptr(apigatewayv2.ProtocolTypeHttp), DisableExecuteApiEndpoint: ptr(false),
				CorsConfiguration: &apigatewayv2.Cors{AllowOrigins: []string{"https://a", "https://b"}, MaxAge: ptr(int32(0)), ExposeHeaders: []string{}},
				Tags:              map[string]string{"team": "ä"},
			},
		},
		"query string": {
			func(ctx context.Context, c *sdk.Client) error {
				_, err := c.GetApis(ctx, &sdk.GetApisInput{MaxResults: aws.String("2"), NextToken: aws.String("a+b=")})
				return err
			},
			&apigatewayv2.GetApisInput{MaxResults: ptr("2"), NextToken: ptr("a+b=")},
		},
		"query string beside a body": {
			func(ctx context.Context, c *sdk.Client) error {
				_, err := c.ImportApi(ctx, &sdk.ImportApiInput{Body: aws.String(`{"openapi":"3.0.1"}`), FailOnWarnings: aws.Bool(true)})
				return err
			},
			&apigatewayv2.ImportApiInput{Body: ptr(`{"openapi":"3.0.1"}`), FailOnWarnings: ptr(true)},
		},
		"escaped label": {
			func(ctx context.Context, c *sdk.Client) error {
				_, err := c.GetStage(ctx, &sdk.GetStageInput{ApiId: aws.String("abc"), StageName: aws.String("$default")})
				return err
			},
			&apigatewayv2.GetStageInput{ApiId: "abc", StageName: "$default"},
		},
		"an empty string clears": {
			func(ctx context.Context, c *sdk.Client) error {
				_, err := c.UpdateRoute(ctx, &sdk.UpdateRouteInput{ApiId: aws.String("a"), RouteId: aws.String("r"), OperationName: aws.String("")})
				return err
			},
			&apigatewayv2.UpdateRouteInput{ApiId: "a", RouteId: "r", OperationName: ptr("")},
		},
		"ARN in one segment": {
			func(ctx context.Context, c *sdk.Client) error {
				_, err := c.TagResource(ctx, &sdk.TagResourceInput{ResourceArn: aws.String(arn), Tags: map[string]string{}})
				return err
			},
			&apigatewayv2.TagResourceInput{ResourceArn: arn, Tags: map[string]string{}},
		},
		"repeated query parameter": {
			func(ctx context.Context, c *sdk.Client) error {
				_, err := c.UntagResource(ctx, &sdk.UntagResourceInput{ResourceArn: aws.String(arn), TagKeys: []string{"a b", "c,d"}})
				return err
			},
			&apigatewayv2.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"a b", "c,d"}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			rec := &recorder{}
			client := sdk.NewFromConfig(awsConfig(serve(t, apigatewayv2.New(rec))))
			if err := tt.call(t.Context(), client); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, rec.input); diff != "" {
				t.Errorf("input (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRESTJSONResponse(t *testing.T) {
	created := time.Date(2026, 11, 22, 10, 30, 15, 0, time.UTC)
	rec := &recorder{output: &apigatewayv2.GetApiOutput{
		ApiId: ptr("abcdefghij"), Name: ptr("pets"), CreatedDate: &created, ProtocolType: ptr(apigatewayv2.ProtocolTypeHttp),
		DisableExecuteApiEndpoint: ptr(false), Tags: map[string]string{"a": "1", "b": "\"2\""}, Warnings: []string{},
		CorsConfiguration: &apigatewayv2.Cors{MaxAge: ptr(int32(-1))},
	}}
	client := sdk.NewFromConfig(awsConfig(serve(t, apigatewayv2.New(rec))))
	got, err := client.GetApi(t.Context(), &sdk.GetApiInput{ApiId: aws.String("abcdefghij")})
	if err != nil {
		t.Fatal(err)
	}
	want := &sdk.GetApiOutput{
		ApiId: aws.String("abcdefghij"), Name: aws.String("pets"), CreatedDate: &created, ProtocolType: types.ProtocolTypeHttp,
		DisableExecuteApiEndpoint: aws.Bool(false), Tags: map[string]string{"a": "1", "b": "\"2\""}, Warnings: []string{},
		CorsConfiguration: &types.Cors{MaxAge: aws.Int32(-1)},
	}
	got.ResultMetadata = want.ResultMetadata
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if rec.call.Tenant.Region != "eu-central-1" || rec.call.Tenant.Account != "000000000000" || rec.call.Operation != "GetApi" || rec.call.AccessKeyID != "test" {
		t.Errorf("call is %+v", rec.call)
	}
}

func TestRESTJSONErrors(t *testing.T) {
	rec := &recorder{err: &apigatewayv2.NotFoundException{Message: "Invalid API identifier specified 1:x", ResourceType: ptr("Api")}}
	client := sdk.NewFromConfig(awsConfig(serve(t, apigatewayv2.New(rec))))
	_, err := client.DeleteApi(t.Context(), &sdk.DeleteApiInput{ApiId: aws.String("x")})
	var missing *types.NotFoundException
	if !errors.As(err, &missing) {
		t.Fatalf("got %v", err)
	}
	if missing.ErrorMessage() != "Invalid API identifier specified 1:x" || aws.ToString(missing.ResourceType) != "Api" {
		t.Errorf("got %+v", missing)
	}

	_, err = client.GetModelTemplate(t.Context(), &sdk.GetModelTemplateInput{ApiId: aws.String("x"), ModelId: aws.String("m")})
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "NotImplementedException" {
		t.Fatalf("an operation that is not built gives %v", err)
	}
}

func ptr[T any](v T) *T { return &v }

// A resource and the outputs that hold it have the same fields, so a handler builds one and converts it.
var (
	_ = apigatewayv2.CreateApiOutput(apigatewayv2.Api{})
	_ = apigatewayv2.ImportApiOutput(apigatewayv2.Api{})
	_ = apigatewayv2.UpdateRouteOutput(apigatewayv2.Route{})
	_ = apigatewayv2.GetIntegrationOutput(apigatewayv2.Integration{})
	_ = apigatewayv2.CreateStageOutput(apigatewayv2.Stage{})
	_ = apigatewayv2.GetDeploymentOutput(apigatewayv2.Deployment{})
)
