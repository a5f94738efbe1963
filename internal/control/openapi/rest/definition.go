package rest

import (
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
	"github.com/dipylon/dipylon/internal/gateway"
)

// Definition is what a document defines. Its parts have no ids yet.
type Definition struct {
	// Name is info.title; Description and Version come from info too and may be empty.
	Name, Description, Version string
	// What the document does not say is empty or nil.
	APIKeySource                       string
	BinaryMediaTypes                   []string
	MinimumCompressionSize             *int
	Policy                             string
	SecurityPolicy, EndpointAccessMode string
	VPCEndpointIDs                     []string
	DisableDefaultEndpoint             *bool
	Tags                               map[string]string
	// Paths are in the document's order, with the base path taken into account.
	Paths []Path
	// Models name each other by ModelURL of an API that [Definition.Bind] gives its id.
	Models           []gateway.RestModel
	Validators       []gateway.RequestValidator
	Authorizers      []gateway.RestAuthorizer
	GatewayResponses []gateway.GatewayResponse
	Documentation    []gateway.DocumentationPart
	// Warnings make an import fail if the caller says so; Errors always do. They are in AWS's words where those are known.
	Warnings, Errors []string
}

// Path is a path with its methods.
type Path struct {
	Path       string
	Operations []Operation
}

// Operation is a method that names its authorizer and its request validator. Whether its values are allowed is for the caller.
// Of the integration, what the document leaves out is empty.
type Operation struct {
	Verb                  string
	Method                gateway.Method
	Authorizer, Validator string
}

// BasePathMode is what an import does with the base path (developer guide, "Set the OpenAPI basePath property").
type BasePathMode string

// The modes. With the base path /a/b, a path /c becomes:
const (
	Ignore  BasePathMode = "ignore"  // /c; the default
	Prepend BasePathMode = "prepend" // /a/b/c
	Split   BasePathMode = "split"   // /b/c
)

// MaxBytes is AWS's quota for API definitions.
const MaxBytes = 6 << 20

// Options are the import's parameters.
type Options struct {
	// BasePath is Ignore if empty.
	BasePath BasePathMode
	// Tenant gives ${AWS::AccountId}, ${AWS::Region} and ${AWS::Partition} their values.
	Tenant gateway.Tenant
	// IgnoreDocumentation leaves x-amazon-apigateway-documentation out.
	IgnoreDocumentation bool
}

// Error is why a document cannot be imported at all.
type Error struct{ Message string }

func (e *Error) Error() string { return e.Message }

// errInput is recorded for documents that cannot be taken apart (test_import_api_bad_file) and for versions that AWS does not
// know (aws/aws-cli issue 8191).
func errInput() error { return &Error{"Invalid OpenAPI input."} }

// Read reads a document. Every error is an *Error.
func Read(doc []byte, opts Options) (*Definition, error) {
	root, err := document.Parse(doc, MaxBytes)
	if err != nil {
		return nil, errInput()
	}
	r := &reader{
		root: root, opts: opts, vars: document.Variables(opts.Tenant.Account, opts.Tenant.Region),
		refs: map[string]*document.Value{}, schemes: map[string]scheme{}, models: map[string]bool{}, inline: map[*document.Value]string{},
	}
	if err := r.read(); err != nil {
		return nil, err
	}
	return &r.def, nil
}

// unbound stands for the API's id until there is one.
const unbound = "{restapi_id}"

const modelBase = "https://apigateway.amazonaws.com/restapis/"

// ModelURL is how the schema of one model names another (recorded: test_import_swagger_api).
func ModelURL(apiID, name string) string {
	return modelBase + apiID + "/models/" + name
}

// Bind makes the models those of an API.
func (d *Definition) Bind(apiID string) {
	for i := range d.Models {
		d.Models[i].Schema = strings.ReplaceAll(d.Models[i].Schema, ModelURL(unbound, ""), ModelURL(apiID, ""))
	}
}
