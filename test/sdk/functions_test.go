package sdk

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/dipylon/dipylon/internal/config"
	"github.com/dipylon/dipylon/test/harness"
)

func lambdaClient(s *harness.Server) *lambda.Client {
	return lambda.New(lambda.Options{
		Region: harness.Region, BaseEndpoint: aws.String("http://" + s.ControlAddr()), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
}

const functionRole = "arn:aws:iam::000000000000:role/r"

// zipOf is a zip of one Python file.
func zipOf(source string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	must(must(w.Create("index.py")).Write([]byte(source)))
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// settled waits until a function is ready.
func settled(ctx context.Context, api *lambda.Client, name string) *lambda.GetFunctionOutput {
	in := &lambda.GetFunctionInput{FunctionName: &name}
	quick := func(o *lambda.FunctionUpdatedV2WaiterOptions) {
		o.MinDelay, o.MaxDelay = 10*time.Millisecond, 100*time.Millisecond
	}
	active := func(o *lambda.FunctionActiveV2WaiterOptions) {
		o.MinDelay, o.MaxDelay = 10*time.Millisecond, 100*time.Millisecond
	}
	if err := lambda.NewFunctionActiveV2Waiter(api, active).Wait(ctx, in, time.Minute); err != nil {
		panic(err)
	}
	if err := lambda.NewFunctionUpdatedV2Waiter(api, quick).Wait(ctx, in, time.Minute); err != nil {
		panic(err)
	}
	return must(api.GetFunction(ctx, in))
}

// TestFunctions makes, reads, changes and removes a function with versions and an alias.
func TestFunctions(t *testing.T) {
	s, ctx := harness.Start(t, nil), t.Context()
	api, name := lambdaClient(s), aws.String("fn")
	code := zipOf("x = 1\n")
	made := must(api.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: name, Runtime: types.RuntimePython312, Handler: aws.String("index.handler"), Role: aws.String(functionRole),
		Code: &types.FunctionCode{ZipFile: code}, Tags: map[string]string{"a": "b"},
		Environment: &types.Environment{Variables: map[string]string{"STAGE": "test"}},
	}))
	equal(t, "ARN", *made.FunctionArn, "arn:aws:lambda:"+harness.Region+":000000000000:function:fn")
	equal(t, "state", made.State, types.StatePending)
	got := settled(ctx, api, "fn")
	equal(t, "size", got.Configuration.CodeSize, int64(len(code)))
	equal(t, "tag", got.Tags["a"], "b")
	link := must(http.Get(*got.Code.Location))
	defer func() { _ = link.Body.Close() }()
	equal(t, "code behind the link", string(must(io.ReadAll(link.Body))), string(code))
	spoilt := must(http.Get(*got.Code.Location + "0"))
	_ = spoilt.Body.Close()
	equal(t, "spoilt link", spoilt.StatusCode, http.StatusForbidden)

	one := must(api.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: name, CodeSha256: got.Configuration.CodeSha256}))
	equal(t, "version", *one.Version, "1")
	must(api.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: name, ZipFile: zipOf("x = 2\n"), Publish: true}))
	settled(ctx, api, "fn")
	alias := must(api.CreateAlias(ctx, &lambda.CreateAliasInput{
		FunctionName: name, Name: aws.String("live"), FunctionVersion: aws.String("1"),
		RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{"2": 0.25}},
	}))
	equal(t, "weight", must(api.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: name, Name: alias.Name})).RoutingConfig.AdditionalVersionWeights["2"], 0.25)
	var versions []string
	for pages := lambda.NewListVersionsByFunctionPaginator(api, &lambda.ListVersionsByFunctionInput{FunctionName: name, MaxItems: aws.Int32(1)}); pages.HasMorePages(); {
		for _, v := range must(pages.NextPage(ctx)).Versions {
			versions = append(versions, *v.Version)
		}
	}
	equal(t, "versions", fmt.Sprint(versions), "[$LATEST 1 2]")

	_, err := api.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: name, Qualifier: aws.String("2")})
	var conflict *types.ResourceConflictException
	if !errors.As(err, &conflict) || *conflict.Message != "Unable to delete version because the following aliases reference it: [live]" || *conflict.Type != "User" {
		t.Errorf("delete of a version that an alias needs: %v", err)
	}
	must(api.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: name}))
	_, err = api.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: name})
	var gone *types.ResourceNotFoundException
	if !errors.As(err, &gone) || *gone.Message != "Function not found: "+*made.FunctionArn {
		t.Errorf("get of a deleted function: %v", err)
	}
}

// TestFunctionUpdatesByManyClients has twenty clients change one function. Each change is made or refused as a conflict,
// and after all of them the function has every permission.
func TestFunctionUpdatesByManyClients(t *testing.T) {
	s, ctx := harness.Start(t, nil), t.Context()
	api, name := lambdaClient(s), aws.String("busy")
	must(api.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: name, Runtime: types.RuntimePython312, Handler: aws.String("index.handler"), Role: aws.String(functionRole),
		Code: &types.FunctionCode{ZipFile: zipOf("")},
	}))
	settled(ctx, api, "busy")
	const clients = 20
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			must(api.AddPermission(ctx, &lambda.AddPermissionInput{
				FunctionName: name, StatementId: aws.String(fmt.Sprint("s", i)), Action: aws.String("lambda:InvokeFunction"),
				Principal: aws.String("s3.amazonaws.com"),
			}))
			for {
				_, err := api.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{
					FunctionName: name, Description: aws.String(fmt.Sprint(i)),
				})
				var busy *types.ResourceConflictException
				if err == nil {
					return
				}
				if !errors.As(err, &busy) {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	settled(ctx, api, "busy")
	for i := range clients {
		must(api.RemovePermission(ctx, &lambda.RemovePermissionInput{FunctionName: name, StatementId: aws.String(fmt.Sprint("s", i))}))
	}
}

// TestFunctionFromS3 has the code of a function and of a layer in a server that knows S3's GetObject, and nothing behind
// another key.
func TestFunctionFromS3(t *testing.T) {
	code := zipOf("x = 3\n")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/code/fn.zip" && strings.Contains(r.Header.Get("Authorization"), "Credential=S3KEY/") {
			_, _ = w.Write(code)
			return
		}
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"))
	}))
	t.Cleanup(server.Close)
	s, ctx := harness.Start(t, func(c *config.Config) {
		c.AWSEndpoints = map[string]string{"s3": server.URL}
		c.AWSCredentials = map[string]string{"*": "S3KEY:secret"}
	}), t.Context()
	api, bucket, key := lambdaClient(s), aws.String("code"), aws.String("fn.zip")
	create := &lambda.CreateFunctionInput{
		FunctionName: aws.String("s3"), Runtime: types.RuntimePython312, Handler: aws.String("index.handler"), Role: aws.String(functionRole),
		Code: &types.FunctionCode{S3Bucket: bucket, S3Key: key},
	}
	must(api.CreateFunction(ctx, create))
	equal(t, "size", settled(ctx, api, "s3").Configuration.CodeSize, int64(len(code)))
	layer := must(api.PublishLayerVersion(ctx, &lambda.PublishLayerVersionInput{
		LayerName: aws.String("s3"), Content: &types.LayerVersionContentInput{S3Bucket: bucket, S3Key: key},
	}))
	equal(t, "layer's size", layer.Content.CodeSize, int64(len(code)))
	create.FunctionName, create.Code.S3Key = aws.String("other"), aws.String("nothing")
	_, err := api.CreateFunction(ctx, create)
	var invalid *types.InvalidParameterValueException
	if want := "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist."; !errors.As(err, &invalid) || *invalid.Message != want {
		t.Errorf("code that is not there: %v", err)
	}
}
