package apigateway

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// TestClone: a clone has all that the original had, and goes its own way.
func TestClone(t *testing.T) {
	tr := newTree(t, "/pets", "/pets/{id}")
	f := tr.fixture
	tr.model("Part", "{}")
	tr.model("Whole", `{"$ref":"`+modelURL(tr.api, "Part")+`"}`)
	authorizer := tr.tokenAuthorizer("a")
	tr.method("/pets", "GET", func(in *gen.PutMethodInput) { in.AuthorizationType, in.AuthorizerId = new("CUSTOM"), &authorizer })
	do(f, f.PutGatewayResponse, gen.PutGatewayResponseInput{RestApiId: tr.api, ResponseType: gen.GatewayResponseTypeThrottled, StatusCode: new("420")})
	clone := tr
	clone.api = *do(f, f.CreateRestApi, gen.CreateRestApiInput{Name: new("clone"), CloneFrom: &tr.api}).Id
	if got := clone.paths(); !slices.Equal(got, tr.paths()) {
		t.Errorf("the clone has %v", got)
	}
	method := do(f, f.GetMethod, gen.GetMethodInput{RestApiId: clone.api, ResourceId: tr.ids["/pets"], HttpMethod: "GET"})
	if *method.AuthorizerId != authorizer {
		t.Errorf("the clone's method is %+v", method)
	}
	if schema := *do(f, f.GetModel, gen.GetModelInput{RestApiId: clone.api, ModelName: "Whole"}).Schema; !strings.Contains(schema, clone.api+"/models/Part") {
		t.Errorf("the clone's model names %s", schema)
	}
	if got := do(f, f.GetGatewayResponse, gen.GetGatewayResponseInput{RestApiId: clone.api, ResponseType: gen.GatewayResponseTypeThrottled}); *got.StatusCode != "420" {
		t.Errorf("the clone's gateway response is %+v", got)
	}
	do(f, f.DeleteRestApi, gen.DeleteRestApiInput{RestApiId: tr.api})
	if got := clone.paths(); len(got) != 3 {
		t.Errorf("the original took %v along", got)
	}
}

// TestConcurrentClients: what twenty clients do to one API at once is all there afterwards, in some order.
func TestConcurrentClients(t *testing.T) {
	tr := newTree(t)
	tr.Quotas.ResourcesPerAPI = 1000
	const clients, rounds = 20, 5
	var all sync.WaitGroup
	for client := range clients {
		all.Go(func() {
			for round := range rounds {
				part := fmt.Sprintf("c%d-%d", client, round)
				for _, err := range []error{
					attempt(tr.fixture, tr.CreateResource, gen.CreateResourceInput{RestApiId: tr.api, ParentId: tr.ids["/"], PathPart: &part}),
					attempt(tr.fixture, tr.UpdateRestApi, gen.UpdateRestApiInput{RestApiId: tr.api, PatchOperations: ops("add /binaryMediaTypes/x~1" + part)}),
					attempt(tr.fixture, tr.CreateModel, gen.CreateModelInput{RestApiId: tr.api, Name: new(fmt.Sprintf("M%dx%d", client, round)), ContentType: new("application/json"), Schema: new("{}")}),
				} {
					if err != nil {
						t.Error(err)
					}
				}
				// All but the first of them are told that it is there.
				if err := attempt(tr.fixture, tr.CreateResource, gen.CreateResourceInput{RestApiId: tr.api, ParentId: tr.ids["/"], PathPart: new(fmt.Sprintf("shared%d", round))}); err != nil {
					refused(t, err, fmt.Sprintf("ConflictException: Another resource with the same parent already has this name: shared%d", round))
				}
			}
		})
	}
	all.Wait()
	if got, want := len(tr.paths()), 1+clients*rounds+rounds; got != want {
		t.Errorf("%d resources, want %d", got, want)
	}
	api := do(tr.fixture, tr.GetRestApi, gen.GetRestApiInput{RestApiId: tr.api})
	if got := len(api.BinaryMediaTypes); got != clients*rounds {
		t.Errorf("%d media types, want %d", got, clients*rounds)
	}
	if got := len(do(tr.fixture, tr.GetModels, gen.GetModelsInput{RestApiId: tr.api, Limit: new(int32(500))}).Items); got != 2+clients*rounds {
		t.Errorf("%d models", got)
	}
}

// BenchmarkGetResourcesEmbedded reads an API of 300 resources with two methods each, all whole.
func BenchmarkGetResourcesEmbedded(b *testing.B) {
	tr := newTree(b)
	tr.Quotas.ResourcesPerAPI = 300
	for i := range 300 {
		path := fmt.Sprintf("/r%d", i)
		id := do(tr.fixture, tr.CreateResource, gen.CreateResourceInput{RestApiId: tr.api, ParentId: tr.ids["/"], PathPart: new(path[1:])}).Id
		tr.ids[path] = *id
		for _, verb := range []string{"GET", "POST"} {
			tr.benchMethod(path, verb)
		}
	}
	for b.Loop() {
		out := do(tr.fixture, tr.GetResources, gen.GetResourcesInput{RestApiId: tr.api, Limit: new(int32(500)), Embed: []string{"methods"}})
		if len(out.Items) != 301 || len(out.Items[1].ResourceMethods)+len(out.Items[0].ResourceMethods) < 2 {
			b.Fatal("the listing is not whole")
		}
	}
}

// benchMethod makes a method with an integration and two responses, as imports have them.
func (tr tree) benchMethod(path, verb string) {
	tr.Helper()
	tr.method(path, verb, func(in *gen.PutMethodInput) {
		in.RequestParameters = map[string]bool{"method.request.querystring.q": true, "method.request.header.X": false}
		in.RequestModels = map[string]string{"application/json": "Empty"}
	})
	do(tr.fixture, tr.PutIntegration, gen.PutIntegrationInput{
		RestApiId: tr.api, ResourceId: tr.ids[path], HttpMethod: verb, Type: new(gen.IntegrationTypeHttp), IntegrationHttpMethod: new("GET"), Uri: new("http://example.com" + path),
		RequestParameters: map[string]string{"integration.request.header.Q": "method.request.querystring.q"}, RequestTemplates: map[string]string{"application/json": `{"a":$input.json('$.b')}`},
	})
	for _, status := range []string{"200", "400"} {
		do(tr.fixture, tr.PutMethodResponse, gen.PutMethodResponseInput{
			RestApiId: tr.api, ResourceId: tr.ids[path], HttpMethod: verb, StatusCode: status, ResponseModels: map[string]string{"application/json": "Empty"},
			ResponseParameters: map[string]bool{"method.response.header.X": true},
		})
		do(tr.fixture, tr.PutIntegrationResponse, gen.PutIntegrationResponseInput{
			RestApiId: tr.api, ResourceId: tr.ids[path], HttpMethod: verb, StatusCode: status, SelectionPattern: new(status),
			ResponseParameters: map[string]string{"method.response.header.X": "'x'"}, ResponseTemplates: map[string]string{"application/json": "$input.json('$')"},
		})
	}
}
