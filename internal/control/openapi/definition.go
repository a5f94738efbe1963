package openapi

import (
	"encoding/json"
	"slices"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
	"github.com/dipylon/dipylon/internal/gateway"
)

// Definition is what a document defines.
type Definition struct {
	// Name is info.title; Version and Description come from info too and may be empty.
	Name, Version, Description string
	// Tags come from the root's tags, with an empty value where x-amazon-apigateway-tag-value is missing.
	Tags map[string]string
	// BasePath is the base path that the servers give, "/a/b" or empty; the routes have taken Options.BasePath into account.
	BasePath string
	// DisableExecuteAPIEndpoint asks for calls by custom domain names only.
	DisableExecuteAPIEndpoint bool
	// Routes are in the document's order, each key valid and no two matching the same calls. Operations whose security cannot
	// be are left out with a warning.
	Routes []Route
	// Integrations are those that routes use, in the order of first use, and then those that an export marked as unused. A
	// route shares one with another by $ref only.
	Integrations []*Integration
	// Authorizers are those of the security schemes, in the document's order, used or not.
	Authorizers []*Authorizer
	// CORS is nil without a cross-origin configuration.
	CORS *gateway.CORS
	// Extensions are the root's x-dipylon-* members by name, as compact JSON objects; nil for none.
	Extensions map[string]json.RawMessage
	// Unbuilt are the features that the document asks for and that the caller, or this package, makes nothing of.
	Unbuilt []Feature
	// Warnings make an import fail if the caller says so (see WarningsFound). Info never does.
	Warnings, Info []Note
}

// Route is an operation of the document.
type Route struct {
	// Key is a route key that gateway.ParseRouteKey accepts.
	Key string
	// OperationName is the operationId.
	OperationName string
	// Integration is nil if the operation has none or only one that HTTP APIs cannot have: AWS then creates a route
	// without a target.
	Integration *Integration
	// Authorization is how callers are authorized; with gateway.JWT and gateway.Custom, by Authorizer, which is one of the
	// definition's, and with gateway.JWT by one of Scopes if there are any.
	Authorization gateway.Authorization
	Authorizer    *Authorizer
	Scopes        []string
	// Extensions are the operation's x-dipylon-* members, like the root's.
	Extensions   map[string]json.RawMessage
	Line, Column int
}

// Authorizer is a JWT or Lambda authorizer as it stands in the document: whether the values are allowed, and whether the issuer
// answers, is for the caller, who answers with AuthorizerWarning if not, and with AuthorizationWarning for each route that
// wants it, and leaves those routes out.
type Authorizer struct {
	// Name is the security scheme's.
	Name string
	// IdentitySource are selection expressions.
	IdentitySource []string
	Type           gateway.AuthorizerType
	// Issuer and Audience are a JWT authorizer's.
	Issuer   string
	Audience []string
	// The others are a Lambda authorizer's. TTLSeconds is 0 if the document gives none.
	URI, PayloadVersion, Credentials string
	SimpleResponses                  bool
	TTLSeconds                       int
	Line, Column                     int
}

// Integration is an x-amazon-apigateway-integration of one of the two types that HTTP APIs know, otherwise as it stands in
// the document: whether the values are allowed is for the caller, who answers with IntegrationWarning if they are not.
type Integration struct {
	// Name is the integration's name under components/x-amazon-apigateway-integrations, empty for an inline one.
	Name string
	// Type is TypeHTTPProxy or TypeAWSProxy.
	Type string
	// Subtype is the AWS service action of an AWS_PROXY integration that is no function.
	Subtype string
	// Method is the httpMethod, upper case.
	Method         string
	URI            string
	PayloadVersion string
	ConnectionType string
	ConnectionID   string
	Credentials    string
	Description    string
	// TimeoutMillis is 0 if the document gives none.
	TimeoutMillis int
	// ServerNameToVerify is tlsConfig.serverNameToVerify.
	ServerNameToVerify string
	// RequestParameters map a request parameter to its expression.
	RequestParameters map[string]string
	// ResponseParameters do the same for each status code.
	ResponseParameters map[string]map[string]string
	Line, Column       int
}

// The integration types of HTTP APIs.
const (
	TypeHTTPProxy = "HTTP_PROXY"
	TypeAWSProxy  = "AWS_PROXY"
)

// The features that a caller says it has built (see Options.Built).
const (
	FeatureSecurity   = "security"
	FeatureCORS       = extCORS
	FeatureValidation = "x-dipylon-validation"
	FeatureRateLimit  = "x-dipylon-rate-limit"
)

// Feature is something that a document asks for and that nobody makes anything of.
type Feature struct {
	// Name is the key that asks for it, such as "security" or "x-amazon-apigateway-cors".
	Name string
	// Where is the place in the document: "paths./pets.get", "components.securitySchemes.jwt", empty for the root.
	Where        string
	Line, Column int
}

// Note is a warning or a piece of information, in AWS's words where they are known.
type Note struct {
	Message      string
	Line, Column int
}

// Messages returns the notes' messages, the form in which AWS's API shows them.
func Messages(notes []Note) []string {
	messages := make([]string, len(notes))
	for i, n := range notes {
		messages[i] = n.Message
	}
	return messages
}

// BasePathMode is what an import does with the base path (developer guide, "Set the OpenAPI basePath property").
type BasePathMode string

// The modes. With the base path /a/b, a path /c becomes:
const (
	Ignore  BasePathMode = "ignore"  // /c; the default
	Prepend BasePathMode = "prepend" // /a/b/c
	Split   BasePathMode = "split"   // /b/c
)

// DefaultMaxBytes is AWS's quota for API definitions: 6 MB.
const DefaultMaxBytes = 6 << 20

// Options are the import's parameters.
type Options struct {
	// BasePath is Ignore if empty.
	BasePath BasePathMode
	// Tenant gives ${AWS::AccountId}, ${AWS::Region} and ${AWS::Partition} their values.
	Tenant gateway.Tenant
	// MaxBytes bounds the document; DefaultMaxBytes if zero.
	MaxBytes int
	// Built names the features (FeatureCORS and so on) that the caller makes of the definition. Others that the document
	// asks for are in Definition.Unbuilt, so that a caller of an older build fails closed.
	Built []string
}

// Everything names all features.
func Everything() []string {
	return []string{FeatureSecurity, FeatureCORS, FeatureValidation, FeatureRateLimit}
}

func (r *reader) built(feature string) bool { return slices.Contains(r.opts.Built, feature) }

// Read reads an OpenAPI 3.0 document. Every error is an *Error.
func Read(doc []byte, opts Options) (*Definition, error) {
	if opts.MaxBytes == 0 {
		opts.MaxBytes = DefaultMaxBytes
	}
	root, err := document.Parse(doc, opts.MaxBytes)
	if err != nil {
		return nil, unparsed(err)
	}
	r := newReader(root, opts)
	if err := r.read(); err != nil {
		return nil, err
	}
	return &r.def, nil
}
