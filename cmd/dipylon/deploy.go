package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dipylon/dipylon/internal/gateway"
)

// deployer brings a file's API to a Dipylon as any AWS client would.
type deployer struct {
	api       *apigatewayv2.Client
	functions *functions
	file, id  string
	variables map[string]string
	// called are the functions that the file called when it was read last.
	called []calledFunction
}

func newDeployer(c *upCmd, endpoint, echo string) (*deployer, error) {
	functions, err := newFunctions(c, endpoint)
	if err != nil {
		return nil, err
	}
	key := c.Credentials[0]
	d := &deployer{functions: functions, file: c.File, id: c.ID, variables: map[string]string{"echo": echo}}
	maps.Copy(d.variables, c.StageVariables)
	d.api = apigatewayv2.New(apigatewayv2.Options{
		Region: c.Region, BaseEndpoint: &endpoint,
		Credentials: credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, key.SessionToken),
	})
	return d, nil
}

// deploy sees to the file's functions, imports the file, sees to a stage that serves it, and prints what there is to call. It returns what it knows
// of the file it read.
func (d *deployer) deploy(ctx context.Context) (fs.FileInfo, error) {
	info, err := os.Stat(d.file)
	if err != nil {
		return nil, err
	}
	body, err := os.ReadFile(d.file)
	if err != nil {
		return nil, err
	}
	d.called = calledFunctions(body, d.variables)
	if err := d.functions.deploy(ctx, d.called); err != nil {
		return nil, err
	}
	if err := d.ensureAPI(ctx); err != nil {
		return nil, err
	}
	imported, err := d.api.ReimportApi(ctx, &apigatewayv2.ReimportApiInput{ApiId: &d.id, Body: aws.String(string(body))})
	if err != nil {
		return nil, plain(err)
	}
	if err := d.ensureStage(ctx); err != nil {
		return nil, err
	}
	return info, d.print(ctx, imported)
}

// ensureAPI makes the API under its fixed id where it is not there yet.
func (d *deployer) ensureAPI(ctx context.Context) error {
	_, err := d.api.GetApi(ctx, &apigatewayv2.GetApiInput{ApiId: &d.id})
	var missing *types.NotFoundException
	if !errors.As(err, &missing) {
		return plain(err)
	}
	_, err = d.api.CreateApi(ctx, &apigatewayv2.CreateApiInput{
		Name: &d.id, ProtocolType: types.ProtocolTypeHttp, Tags: map[string]string{gateway.CustomIDTag: d.id},
	})
	return plain(err)
}

// ensureStage sees to a $default stage that deploys itself, with the variables.
func (d *deployer) ensureStage(ctx context.Context) error {
	name := aws.String(gateway.DefaultStage)
	_, err := d.api.UpdateStage(ctx, &apigatewayv2.UpdateStageInput{
		ApiId: &d.id, StageName: name, AutoDeploy: aws.Bool(true), StageVariables: d.variables,
	})
	var missing *types.NotFoundException
	if !errors.As(err, &missing) {
		return plain(err)
	}
	_, err = d.api.CreateStage(ctx, &apigatewayv2.CreateStageInput{
		ApiId: &d.id, StageName: name, AutoDeploy: aws.Bool(true), StageVariables: d.variables,
	})
	return plain(err)
}

func (d *deployer) print(ctx context.Context, imported *apigatewayv2.ReimportApiOutput) error {
	for _, w := range imported.Warnings {
		fmt.Println("warning:", w)
	}
	keys, err := d.routeKeys(ctx)
	if err != nil {
		return err
	}
	url := aws.ToString(imported.ApiEndpoint)
	fmt.Printf("\n%s is live at %s\n", aws.ToString(imported.Name), url)
	for _, key := range keys {
		fmt.Println("  " + key)
	}
	fmt.Printf("\n  curl %s%s\n\n", url, plainPath(keys))
	return nil
}

// routeKeys returns the API's route keys by path.
func (d *deployer) routeKeys(ctx context.Context) ([]string, error) {
	var keys []string
	in := apigatewayv2.GetRoutesInput{ApiId: &d.id}
	for {
		page, err := d.api.GetRoutes(ctx, &in)
		if err != nil {
			return nil, plain(err)
		}
		for _, r := range page.Items {
			keys = append(keys, aws.ToString(r.RouteKey))
		}
		if in.NextToken = page.NextToken; in.NextToken == nil {
			break
		}
	}
	path := func(key string) string { return key[strings.IndexByte(key, ' ')+1:] }
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(path(a), path(b)), cmp.Compare(a, b)) })
	return keys, nil
}

// plainPath returns a path that GET takes as it is, or the root.
func plainPath(keys []string) string {
	for _, key := range keys {
		if path, ok := strings.CutPrefix(key, "GET "); ok && !strings.Contains(path, "{") {
			return path
		}
	}
	return "/"
}

// plain takes what AWS's client wraps around a refusal off it.
func plain(err error) error {
	var refused interface{ ErrorMessage() string }
	if errors.As(err, &refused) && refused.ErrorMessage() != "" {
		return errors.New(refused.ErrorMessage())
	}
	return err
}
