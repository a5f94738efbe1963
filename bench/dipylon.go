package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
)

const (
	region  = "us-east-1"
	account = "test" // the key pair that a loopback control plane knows by default

	accountID = "000000000000" // what that pair belongs to

	throttleRate = 1_000_000 // calls a second: far above what one CPU carries
	logGroup     = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/apigateway/bench"
	logFormat    = `{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","requestTime":"$context.requestTime",` +
		`"httpMethod":"$context.httpMethod","routeKey":"$context.routeKey","status":"$context.status","protocol":"$context.protocol",` +
		`"responseLength":"$context.responseLength","latency":"$context.responseLatency","errorMessage":"$context.error.message"}`
)

// dipylon is the product under test, at its defaults but for addresses and the quotas that a load would reach. Metrics are on.
type dipylon struct {
	binary string
	root   string // of the tree that the binary was built from; empty where it was given
}

func (d *dipylon) name() string { return "dipylon" }

func (d *dipylon) version(ctx context.Context) string {
	if d.root == "" {
		return "the binary " + d.binary
	}
	cmd := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty")
	cmd.Dir = d.root
	out, err := cmd.Output()
	if err != nil {
		return "unknown commit"
	}
	return "commit " + firstLine(string(out))
}

func keys(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: account, SecretAccessKey: account}, nil
}

// prepare runs Dipylon once on the site's data directory, creates the API as a client would and ends it again.
func (d *dipylon) prepare(ctx context.Context, s *site) error {
	health, err := d.prepareEmpty(s)
	if err != nil {
		return err
	}
	proc, _, err := start(ctx, d.command(s), health)
	if err != nil {
		return err
	}
	defer proc.stop()
	if f := s.work.function; f != nil {
		if err := createFunctions(ctx, s, f, len(s.work.prefixes)); err != nil {
			return err
		}
	}
	create := d.createAPI
	if s.work.rest != nil {
		create = createRestAPI
	}
	id, err := create(ctx, s)
	if err != nil {
		return err
	}
	s.get.host = id + ".execute-api." + region + ".localhost"
	if err := s.get.do(ctx, http.DefaultClient); err != nil {
		return fmt.Errorf("the API does not answer after its import: %w", err)
	}
	return nil
}

// prepareEmpty leaves the data directory empty and returns the request that a ready control plane answers.
func (d *dipylon) prepareEmpty(s *site) (health request, err error) {
	s.control, err = freeAddr()
	return request{url: "http://" + s.control + "/_dipylon/health"}, err
}

func (d *dipylon) command(s *site) command {
	// AWS's defaults of 300 routes and integrations would refuse the large API of scenario routes.
	limit := strconv.Itoa(max(300, len(s.work.prefixes)))
	return command{
		argv: []string{d.binary, "serve", "--data-dir", filepath.Join(s.dir, "data"),
			"--control-addr", s.control, "--http-addr", s.listen, "--https-addr", "off"},
		env: []string{
			"DIPYLON_LIMITS_ROUTES_PER_API=" + limit, "DIPYLON_LIMITS_INTEGRATIONS_PER_API=" + limit,
			// The account's bucket stays in the path, with room for any load.
			"DIPYLON_LIMITS_ACCOUNT_RATE=1e9", "DIPYLON_LIMITS_ACCOUNT_BURST=1000000000",
		},
		log: filepath.Join(s.dir, "output.log"),
	}
}

// createAPI imports the routes as an HTTP API and deploys it to $default, as ImportApi alone deploys nothing on AWS. Where there are tokens
// to verify, the routes get an authorizer and the stage a limit.
func (d *dipylon) createAPI(ctx context.Context, s *site) (id string, err error) {
	client := apigatewayv2.New(apigatewayv2.Options{
		Region:       region,
		BaseEndpoint: aws.String("http://" + s.control),
		Credentials:  aws.CredentialsProviderFunc(keys),
	})
	body, err := openAPI(s.work, s.upstream)
	if err != nil {
		return "", err
	}
	api, err := client.ImportApi(ctx, &apigatewayv2.ImportApiInput{Body: aws.String(body)})
	if err != nil {
		return "", err
	}
	stage := &apigatewayv2.CreateStageInput{ApiId: api.ApiId, StageName: aws.String("$default"), AutoDeploy: aws.Bool(true)}
	if i := s.work.issuer; i != nil {
		if err := authorizeRoutes(ctx, client, api.ApiId, i); err != nil {
			return "", err
		}
		stage.DefaultRouteSettings = &types.RouteSettings{
			ThrottlingRateLimit: aws.Float64(throttleRate), ThrottlingBurstLimit: aws.Int32(throttleRate),
		}
	}
	if s.work.accessLog {
		stage.AccessLogSettings = &types.AccessLogSettings{DestinationArn: aws.String(logGroup), Format: aws.String(logFormat)}
	}
	_, err = client.CreateStage(ctx, stage)
	return aws.ToString(api.ApiId), err
}

// authorizeRoutes lets every route ask for a token of the issuer.
func authorizeRoutes(ctx context.Context, client *apigatewayv2.Client, api *string, i *issuer) error {
	authorizer, err := client.CreateAuthorizer(ctx, &apigatewayv2.CreateAuthorizerInput{
		ApiId: api, Name: aws.String("bench"), AuthorizerType: types.AuthorizerTypeJwt,
		IdentitySource:   []string{"$request.header.Authorization"},
		JwtConfiguration: &types.JWTConfiguration{Issuer: aws.String(i.url), Audience: []string{audience}},
	})
	if err != nil {
		return err
	}
	routes, err := client.GetRoutes(ctx, &apigatewayv2.GetRoutesInput{ApiId: api})
	if err != nil {
		return err
	}
	for _, r := range routes.Items {
		_, err := client.UpdateRoute(ctx, &apigatewayv2.UpdateRouteInput{
			ApiId: api, RouteId: r.RouteId, AuthorizationType: types.AuthorizationTypeJwt, AuthorizerId: authorizer.AuthorizerId,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// openAPI is the definition of an HTTP API that passes the work's calls to the upstream or to functions: a route and an integration for each
// prefix.
func openAPI(w work, upstream string) (string, error) {
	type object = map[string]any
	paths := object{}
	for k, prefix := range w.prefixes {
		integration := object{
			"type": "http_proxy", "httpMethod": w.method(), "payloadFormatVersion": "1.0", "uri": "http://" + upstream + prefix + "{id}",
		}
		if w.function != nil {
			integration = object{
				"type": "aws_proxy", "httpMethod": http.MethodPost, "payloadFormatVersion": "2.0",
				"uri": "arn:aws:apigateway:" + region + ":lambda:path/2015-03-31/functions/" + functionARN + functionName(k) + "/invocations",
			}
		}
		paths[prefix+"{id}"] = object{strings.ToLower(w.method()): object{
			"responses":                       object{"default": object{"description": "the upstream's answer"}},
			"x-amazon-apigateway-integration": integration,
		}}
	}
	b, err := json.Marshal(object{
		"openapi": "3.0.1",
		"info":    object{"title": "bench", "version": "1"},
		"paths":   paths,
	})
	return string(b), err
}
