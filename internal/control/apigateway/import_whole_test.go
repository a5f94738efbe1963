package apigateway

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// FuzzImport: a document is taken as a whole or not at all, refused with an error of AWS, and what was taken is a tree that
// can be listed, deployed and removed.
func FuzzImport(f *testing.F) {
	files, _ := filepath.Glob("testdata/import/*.[jy]*")
	for i, file := range files {
		doc, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc, i%2 == 0)
	}
	f.Add([]byte(firstDocument), true)
	f.Add([]byte(`{"openapi":"3.0.1","info":{"title":"t"},"paths":{"/{a}":{},"/{b}":{},"/a/{p+}/b":{"get":{}}}}`), false)
	f.Add([]byte(`{"swagger":"2.0","info":{"title":"t"},"basePath":"/a","definitions":{"M":{"required":[]}},"paths":{"/":{"get":{"parameters":[{"in":"query","name":"[]"}]}}}}`), false)
	x := newFixture(f)
	x.Quotas.ResourcesPerAPI = 50
	f.Fuzz(func(t *testing.T, doc []byte, strict bool) {
		f := &fixture{TB: t, Service: x.Service, call: x.call}
		before := f.revision()
		api, err := f.ImportRestApi(t.Context(), f.call, &gen.ImportRestApiInput{Body: doc, FailOnWarnings: &strict})
		if err != nil {
			if _, known := errors.AsType[wire.Modelled](err); !known {
				t.Fatalf("%v is no error of AWS", err)
			}
			if after := f.revision(); after != before {
				t.Fatalf("something is left of a refused document: revision %d, then %d", before, after)
			}
			return
		}
		for path, resource := range f.paths(*api.Id) {
			if (path == "/") != (resource.ParentId == nil) || !strings.HasPrefix(path, "/") {
				t.Errorf("resource %s %+v", path, resource)
			}
		}
		if _, err := f.CreateDeployment(t.Context(), f.call, &gen.CreateDeploymentInput{RestApiId: *api.Id}); err != nil {
			refused(t, err, "BadRequestException: ...")
		}
		do(f, f.DeleteRestApi, gen.DeleteRestApiInput{RestApiId: *api.Id})
	})
}

// TestTwentyClientsPutOneAPI: whoever reads an API sees one client's document, whole.
func TestTwentyClientsPutOneAPI(t *testing.T) {
	f := newFixture(t)
	f.Quotas.ResourcesPerAPI = 100
	const clients, rounds = 20, 3
	document := func(client int) []byte {
		var paths []string
		for i := range 5 {
			paths = append(paths, fmt.Sprintf(`"/c%d/p%d":{"get":{"x-amazon-apigateway-integration":{"type":"mock"}}}`, client, i))
		}
		return fmt.Appendf(nil, `{"openapi":"3.0.1","info":{"title":"client %d","version":"1"},"paths":{%s}}`, client, strings.Join(paths, ","))
	}
	id := *do(f, f.ImportRestApi, gen.ImportRestApiInput{Body: document(0)}).Id
	whole := func(list []gen.Resource) bool {
		var paths []string
		for _, resource := range list {
			paths = append(paths, *resource.Path)
		}
		slices.Sort(paths)
		if len(paths) != 7 {
			return false
		}
		for i, path := range paths[2:] {
			if path != fmt.Sprintf("%s/p%d", paths[1], i) {
				return false
			}
		}
		return true
	}
	var all sync.WaitGroup
	for client := range clients {
		all.Go(func() {
			for range rounds {
				if _, err := f.PutRestApi(t.Context(), f.call, &gen.PutRestApiInput{RestApiId: id, Body: document(client), Mode: new(gen.PutModeOverwrite)}); err != nil {
					t.Error(err)
				}
				got, err := f.GetResources(t.Context(), f.call, &gen.GetResourcesInput{RestApiId: id, Limit: new(int32(100))})
				if err != nil || !whole(got.Items) {
					t.Errorf("got %+v, %v", got, err)
				}
			}
		})
	}
	all.Wait()
}
