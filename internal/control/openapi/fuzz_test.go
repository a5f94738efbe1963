package openapi

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/gateway"
)

// FuzzRead checks what must hold for any bytes: reading ends, an error is an *Error, the same bytes give the same
// definition, and what is accepted has valid route keys of which no two match the same calls.
func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.[yj]*")
	for _, file := range files {
		doc, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc)
	}
	f.Add([]byte(laughs("[*%[1]s, *%[1]s]")))
	f.Add([]byte(deepAliases()))
	f.Add([]byte("a: &a {b: {<<: *a}}"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		for _, mode := range []BasePathMode{Ignore, Prepend} {
			opts := Options{BasePath: mode, Built: Everything()}
			def, err := Read(doc, opts)
			again, errAgain := Read(doc, opts)
			if !reflect.DeepEqual(def, again) || !reflect.DeepEqual(err, errAgain) {
				t.Fatalf("two readings differ:\n%v %v\n%v %v", def, err, again, errAgain)
			}
			if err != nil {
				var typed *Error
				if !errors.As(err, &typed) {
					t.Fatalf("%T: %v", err, err)
				}
				return
			}
			checkRoutes(t, def)
		}
	})
}

func checkRoutes(t *testing.T, def *Definition) {
	seen := map[string]bool{}
	for _, route := range def.Routes {
		key, err := gateway.ParseRouteKey(route.Key)
		if err != nil {
			t.Fatalf("%q: %v", route.Key, err)
		}
		if seen[key.Canonical()] {
			t.Fatalf("%q is there twice", route.Key)
		}
		seen[key.Canonical()] = true
		guarded := route.Authorization == gateway.JWT || route.Authorization == gateway.Custom
		if guarded != slices.Contains(def.Authorizers, route.Authorizer) {
			t.Fatalf("%q has authorization %q by %v", route.Key, route.Authorization, route.Authorizer)
		}
		if in := route.Integration; in != nil && in.Type != TypeHTTPProxy && in.Type != TypeAWSProxy {
			t.Fatalf("%q has an integration of type %q", route.Key, in.Type)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for _, format := range []struct{ name, head, route, tail string }{
		{"YAML", head + "paths:\n", `  /pets%d/{id}:
    get:
      operationId: op%d
      responses: {'200': {description: ok}}
      x-amazon-apigateway-integration:
        type: http_proxy
        httpMethod: GET
        uri: http://127.0.0.1:9001/pets/{id}
        payloadFormatVersion: '1.0'
`, ""},
		{"JSON", `{"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {`,
			`"/pets%d/{id}": {"get": {"operationId": "op%d", "responses": {"200": {"description": "ok"}},
      "x-amazon-apigateway-integration": {"type": "http_proxy", "httpMethod": "GET",
        "uri": "http://127.0.0.1:9001/pets/{id}", "payloadFormatVersion": "1.0"}}},
`, `"/": {}}}`},
	} {
		b.Run(format.name, func(b *testing.B) {
			var doc strings.Builder
			doc.WriteString(format.head)
			for i := range 10_000 {
				fmt.Fprintf(&doc, format.route, i, i)
			}
			doc.WriteString(format.tail)
			b.SetBytes(int64(doc.Len()))
			for b.Loop() {
				def, err := Read([]byte(doc.String()), Options{})
				if err != nil || len(def.Routes) != 10_000 {
					b.Fatal(err)
				}
			}
		})
	}
}
