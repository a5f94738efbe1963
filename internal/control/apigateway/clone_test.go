package apigateway

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dipylon/dipylon/internal/control/openapi/rest"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// TestClone: a clone has all that the original had, and goes its own way.
func TestClone(t *testing.T) {
	tr := newTree(t, "/pets", "/pets/{id}")
	f := tr.fixture
	tr.model("Part", "{}")
	tr.model("Whole", `{"$ref":"`+rest.ModelURL(tr.api, "Part")+`"}`)
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
