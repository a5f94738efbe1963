package apigateway

import (
	"errors"
	"testing"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// FuzzPatches: no operation that a client sends makes a table panic or refuse with what is no error of AWS.
func FuzzPatches(f *testing.F) {
	for operation, specs := range patches() {
		for _, spec := range specs {
			f.Add("replace", spec.Path, operation)
		}
	}
	f.Add("add", "/requestParameters/method.request.header.X", "true")
	f.Add("remove", "/cacheKeyParameters/~01~1", "")
	f.Fuzz(func(t *testing.T, operator, path, value string) {
		ops := []gen.PatchOperation{{Op: new(gen.Op(operator)), Path: &path, Value: &value}, {Op: new(gen.Op(operator)), Path: &path}}
		filled := map[string]string{"a": "b"}
		method := gateway.Method{Integration: &gateway.RestIntegration{CacheKeyParameters: []string{"a"}}}
		for _, err := range []error{
			apply(restAPIPatches(), gateway.RestAPI{}, ops),
			apply(resourcePatches(), gateway.Resource{ParentID: "p"}, ops),
			apply(methodPatches(), method, ops),
			apply(methodResponsePatches(), gateway.MethodResponse{}, ops),
			apply(integrationPatches(), gateway.RestIntegration{RequestTemplates: filled}, ops),
			apply(integrationResponsePatches(), gateway.IntegrationResponse{Templates: filled}, ops),
			apply(modelPatches(), gateway.RestModel{}, ops),
			apply(validatorPatches(), gateway.RequestValidator{}, ops),
			apply(authorizerPatches(), gateway.RestAuthorizer{}, ops),
			apply(gatewayResponsePatches(), gateway.DefaultGatewayResponses()[0], ops),
		} {
			var known wire.Modelled
			if err != nil && !errors.As(err, &known) {
				t.Fatalf("%v is no error of AWS", err)
			}
		}
	})
}

func apply[T any](table patch.Table[T], target T, ops []gen.PatchOperation) error {
	return table.Apply(&target, ops)
}

// FuzzMapping: every mapping is taken or refused with an error of AWS, and what a method does not declare is never taken.
func FuzzMapping(f *testing.F) {
	for _, seed := range [][2]string{
		{"integration.request.header.X", "method.request.querystring.q"}, {"integration.request.path.", "'"}, {"method.response.header.X", "integration.response.body."},
		{"gatewayresponse.header.X", "context."}, {"integration.request.querystring.é", "method.request.multivalueheader.q"},
	} {
		f.Add(seed[0], seed[1])
	}
	m := &gateway.Method{
		RequestParameters: map[string]bool{"method.request.header.declared": true},
		Responses:         map[string]gateway.MethodResponse{"200": {Parameters: map[string]bool{"method.response.header.X": true}}},
	}
	f.Fuzz(func(t *testing.T, name, expression string) {
		parameters := map[string]string{name: expression}
		for i, err := range []error{checkRequestMapping(m, parameters), checkResponseMapping(m, "200", parameters), checkGatewayMapping(parameters)} {
			var known wire.Modelled
			if err != nil && !errors.As(err, &known) {
				t.Fatalf("%v is no error of AWS", err)
			}
			source, parameter, ok := requestSource(expression)
			if i == 0 && err == nil && ok && source != "body" && parameter != "declared" {
				t.Fatalf("%q is taken", expression)
			}
		}
	})
}
