package openapi

import (
	"os"
	"slices"
	"testing"
)

func TestExampleIsClean(t *testing.T) {
	doc, err := os.ReadFile("../../../examples/hello/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	def, err := Read(doc, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, route := range def.Routes {
		keys = append(keys, route.Key)
		if route.Integration == nil {
			t.Errorf("%s has no target", route.Key)
		}
	}
	want := []string{"GET /hello", "POST /hello", "GET /hello/{name}", "GET /pets/{id}", "ANY /files/{proxy+}", "$default"}
	if !slices.Equal(keys, want) || len(def.Warnings) > 0 || len(def.Unbuilt) > 0 {
		t.Errorf("routes %q, warnings %v, unbuilt %v", keys, def.Warnings, def.Unbuilt)
	}
}
