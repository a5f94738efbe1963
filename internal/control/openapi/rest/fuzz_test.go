package rest

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// FuzzExport reads any document and writes it: what is written reads, and is written again as it was.
func FuzzExport(f *testing.F) {
	files, _ := filepath.Glob("../../apigateway/testdata/*port/*.[jy]*")
	for _, file := range files {
		doc, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		def, err := Read(doc, Options{})
		if err != nil || len(def.Errors) > 0 {
			return
		}
		for _, opts := range []ExportOptions{
			{Integrations: true, Authorizers: true, Settings: true}, {Swagger: true, YAML: true, Integrations: true, Authorizers: true, Settings: true},
		} {
			first, err := Export(snapshotOf(def), opts)
			if err != nil {
				return // a name or a schema that the control plane would have refused
			}
			def, err := Read(first, Options{})
			if err != nil {
				t.Fatalf("%v\n%s", err, first)
			}
			second, err := Export(snapshotOf(def), opts)
			if diff := cmp.Diff(string(first), string(second)); err != nil || diff != "" {
				t.Fatalf("%v\n%s", err, diff)
			}
		}
	})
}

// snapshotOf is what the control plane would freeze, with names for ids.
func snapshotOf(def *Definition) *gateway.RestSnapshot {
	s := &gateway.RestSnapshot{
		API: gateway.RestAPI{
			Name: def.Name, Description: def.Description, Version: def.Version, APIKeySource: def.APIKeySource, BinaryMediaTypes: def.BinaryMediaTypes,
			MinimumCompressionSize: def.MinimumCompressionSize, Policy: def.Policy, SecurityPolicy: def.SecurityPolicy,
			EndpointAccessMode: def.EndpointAccessMode, Tags: def.Tags, Endpoint: gateway.RestEndpoint{VPCEndpointIDs: def.VPCEndpointIDs},
		},
		Models: def.Models, GatewayResponses: def.GatewayResponses,
	}
	for _, v := range def.Validators {
		v.ID = v.Name
		s.Validators = append(s.Validators, v)
	}
	for _, a := range def.Authorizers {
		a.ID = a.Name
		s.Authorizers = append(s.Authorizers, a)
	}
	for _, path := range def.Paths {
		resource := gateway.Resource{ID: path.Path, Path: path.Path, Methods: map[string]*gateway.Method{}}
		for _, op := range path.Operations {
			op.Method.AuthorizerID, op.Method.RequestValidatorID = op.Authorizer, op.Validator
			if in := op.Method.Integration; in != nil && in.TimeoutMillis == 0 {
				in.TimeoutMillis = gateway.DefaultRestTimeoutMillis
			}
			resource.Methods[op.Verb] = &op.Method
		}
		s.Resources = append(s.Resources, resource)
	}
	return s
}
