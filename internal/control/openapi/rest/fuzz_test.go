package rest

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/gateway"
)

// FuzzRead checks what must hold for any bytes: reading ends, an error is an *Error, the same bytes give the same definition,
// and methods name authorizers that are there.
func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("../../apigateway/testdata/import/*.[jy]*")
	more, _ := filepath.Glob("testdata/*.[jy]*")
	for _, file := range append(files, more...) {
		doc, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc)
	}
	f.Add([]byte(`{"openapi": "3.0.0", "components": {"schemas": {"A": {"x": {"$ref": "#/components/schemas/A/x"}}}}}`))
	f.Add([]byte(`{"swagger": "2.0", "paths": {"/": {"$ref": "#/paths/~1"}, "/a": {"get": {"parameters": [{"$ref": "#/parameters/p"}]}}}}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		opts := Options{BasePath: Prepend, Tenant: gateway.Tenant{Account: "1", Region: "r"}}
		def, err := Read(doc, opts)
		again, errAgain := Read(doc, opts)
		if !reflect.DeepEqual(def, again) || !reflect.DeepEqual(err, errAgain) {
			t.Fatalf("two readings differ:\n%v %v\n%v %v", def, err, again, errAgain)
		}
		if err != nil {
			if _, typed := errors.AsType[*Error](err); !typed {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		names := map[string]bool{"": true}
		for _, a := range def.Authorizers {
			names[a.Name] = true
		}
		for _, path := range def.Paths {
			if !strings.HasPrefix(path.Path, "/") {
				t.Fatalf("path %q", path.Path)
			}
			for _, op := range path.Operations {
				if !names[op.Authorizer] || (op.Authorizer != "") != (op.Method.Authorization == gateway.AuthorizationCustom || op.Method.Authorization == gateway.AuthorizationCognito) {
					t.Fatalf("%s %s has authorization %q by %q", op.Verb, path.Path, op.Method.Authorization, op.Authorizer)
				}
			}
		}
	})
}
