package apigateway

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// anyone lets everybody in.
type anyone struct{}

func (anyone) Authenticate(*http.Request, []byte) (wire.Principal, error) {
	return wire.Principal{AccessKeyID: "k", Name: "n", Region: "eu-west-1", Service: "apigateway"}, nil
}

// BenchmarkGetResourcesEmbedded answers a request for an API of 300 resources with two methods each, all whole: the target is
// 20 ms.
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
	server := wire.NewServer(wire.Options{
		Services: []*wire.Service{gen.New(tr.Service)}, Authenticator: anyone{}, Account: tr.call.Tenant.Account, Log: slog.New(slog.DiscardHandler),
	})
	request := httptest.NewRequest("GET", "/restapis/"+tr.api+"/resources?embed=methods&limit=500", nil)
	for b.Loop() {
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, request)
		if answer.Code != http.StatusOK || strings.Count(answer.Body.String(), `"type":"HTTP"`) != 600 {
			b.Fatalf("%d: %.200s", answer.Code, answer.Body)
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

// BenchmarkImportAPIKeys shows that what a key costs does not grow with the number of keys.
func BenchmarkImportAPIKeys(b *testing.B) {
	f := newFixture(b)
	plan := *do(f, f.CreateUsagePlan, gen.CreateUsagePlanInput{Name: new("p")}).Id
	var file strings.Builder
	file.WriteString("name,key,usageplanIds\n")
	for i := range 5000 {
		fmt.Fprintf(&file, "k,value-%020d,%s\n", i, plan)
	}
	for b.Loop() {
		do(f, f.ImportApiKeys, gen.ImportApiKeysInput{Body: []byte(file.String()), Format: new(gen.ApiKeysFormatCsv)})
	}
}
