package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

// restAPI says what a REST API does to the calls that it passes on.
type restAPI struct {
	// guarded asks for an API key of a usage plan with a limit and a quota, and validates a query string and, of calls with a body, the body.
	guarded bool
	// templates take the body through a request and a response template, so that it and the answer stay what they are.
	templates bool
	// cached answers from the stage's cache.
	cached bool
}

// The stage of a REST API, and the key that calls of a guarded one bring.
const (
	restStage = "prod"
	restKey   = "bench-0123456789abcdef"
)

// templateMedia is what templates are for.
const templateMedia = "application/json"

// keyScript makes wrk send the key.
const keyScript = `wrk.headers["x-api-key"] = "` + restKey + `"
`

// overREST is the work done by a REST API.
func overREST(w work, api restAPI) work {
	w.rest = &api
	if api.guarded {
		w.script += keyScript
		w.check.header = http.Header{"X-Api-Key": {restKey}}
		w.check.url += "?page=1"
	}
	if w.check.payload != "" {
		w.check.header = maps.Clone(w.check.header)
		if w.check.header == nil {
			w.check.header = http.Header{}
		}
		w.check.header.Set("Content-Type", templateMedia)
	}
	return w
}

// createRestAPI imports the API, deploys it and, where calls are guarded, makes the key and its plan. The site's calls have the stage in their path
// from then on.
func createRestAPI(ctx context.Context, s *site) (id string, err error) {
	client := apigateway.New(apigateway.Options{
		Region: region, BaseEndpoint: aws.String("http://" + s.control), Credentials: aws.CredentialsProviderFunc(keys),
	})
	definition, err := restOpenAPI(s.work, s.upstream)
	if err != nil {
		return "", err
	}
	api, err := client.ImportRestApi(ctx, &apigateway.ImportRestApiInput{Body: definition, FailOnWarnings: true})
	if err != nil {
		return "", err
	}
	deployment := &apigateway.CreateDeploymentInput{RestApiId: api.Id, StageName: aws.String(restStage)}
	if s.work.rest.cached {
		deployment.CacheClusterEnabled, deployment.CacheClusterSize = aws.Bool(true), types.CacheClusterSizeSize0Point5Gb
	}
	if _, err := client.CreateDeployment(ctx, deployment); err != nil {
		return "", err
	}
	if s.work.rest.cached {
		err = cacheAnswers(ctx, client, api.Id)
	}
	if err == nil && s.work.rest.guarded {
		err = createPlan(ctx, client, api.Id)
	}
	s.get.url = strings.Replace(s.get.url, s.listen, s.listen+"/"+restStage, 1)
	return aws.ToString(api.Id), err
}

// cacheAnswers turns the cache of the stage's methods on, and lifts the limit of calls that settings of methods begin with.
func cacheAnswers(ctx context.Context, client *apigateway.Client, api *string) error {
	stage := &apigateway.UpdateStageInput{RestApiId: api, StageName: aws.String(restStage)}
	for path, value := range map[string]string{
		"caching/enabled": "true", "throttling/rateLimit": strconv.Itoa(throttleRate), "throttling/burstLimit": strconv.Itoa(throttleRate),
	} {
		stage.PatchOperations = append(stage.PatchOperations, types.PatchOperation{
			Op: types.OpReplace, Path: aws.String("/*/*/" + path), Value: aws.String(value),
		})
	}
	_, err := client.UpdateStage(ctx, stage)
	return err
}

// createPlan makes a plan with limits far above what comes, and the key.
func createPlan(ctx context.Context, client *apigateway.Client, api *string) error {
	plan, err := client.CreateUsagePlan(ctx, &apigateway.CreateUsagePlanInput{
		Name: aws.String("bench"), ApiStages: []types.ApiStage{{ApiId: api, Stage: aws.String(restStage)}},
		Throttle: &types.ThrottleSettings{RateLimit: throttleRate, BurstLimit: throttleRate},
		Quota:    &types.QuotaSettings{Limit: 1 << 30, Period: types.QuotaPeriodTypeMonth},
	})
	if err != nil {
		return err
	}
	key, err := client.CreateApiKey(ctx, &apigateway.CreateApiKeyInput{Name: aws.String("bench"), Enabled: true, Value: aws.String(restKey)})
	if err != nil {
		return err
	}
	_, err = client.CreateUsagePlanKey(ctx, &apigateway.CreateUsagePlanKeyInput{UsagePlanId: plan.Id, KeyId: key.Id, KeyType: aws.String("API_KEY")})
	return err
}

// restOpenAPI is the definition of a REST API that passes the work's calls to the upstream.
func restOpenAPI(w work, upstream string) ([]byte, error) {
	type object = map[string]any
	prefix := w.prefixes[0]
	integration := object{
		"type": "http_proxy", "httpMethod": w.method(), "uri": "http://" + upstream + prefix + "{id}",
		"requestParameters": object{"integration.request.path.id": "method.request.path.id"},
	}
	method := object{"responses": object{"200": object{"description": "the upstream's answer"}}, "x-amazon-apigateway-integration": integration}
	parameters := []object{{"name": "id", "in": "path", "required": true, "schema": object{"type": "string"}}}
	definition := object{"openapi": "3.0.1", "info": object{"title": "bench", "version": "1"}}
	if w.rest.templates {
		integration["type"] = "http"
		integration["passthroughBehavior"] = "never"
		integration["requestTemplates"] = object{templateMedia: `{"note":$input.json('$.note')}`}
		integration["responses"] = object{"default": object{
			"statusCode":        "200",
			"responseTemplates": object{templateMedia: `{"id":"$input.path('$.id')","name":$input.json('$.name')}`},
		}}
	}
	if w.rest.guarded {
		parameters = append(parameters, object{"name": "page", "in": "query", "required": true, "schema": object{"type": "string"}})
		method["security"] = []object{{"key": []string{}}}
		method["x-amazon-apigateway-request-validator"] = "all"
		definition["x-amazon-apigateway-request-validators"] = object{"all": object{"validateRequestBody": true, "validateRequestParameters": true}}
		schemas := object{"Note": object{"type": "object", "required": []string{"note"}, "properties": object{"note": object{"type": "string"}}}}
		definition["components"] = object{
			"securitySchemes": object{"key": object{"type": "apiKey", "name": "x-api-key", "in": "header"}}, "schemas": schemas,
		}
		if w.check.payload != "" {
			method["requestBody"] = object{"content": object{templateMedia: object{"schema": object{"$ref": "#/components/schemas/Note"}}}}
		}
	}
	if w.rest.cached {
		integration["cacheKeyParameters"] = []string{"method.request.path.id"}
	}
	method["parameters"] = parameters
	definition["paths"] = object{prefix + "{id}": object{strings.ToLower(w.method()): method}}
	b, err := json.Marshal(definition)
	if err != nil {
		return nil, fmt.Errorf("the API's definition: %w", err)
	}
	return b, nil
}
