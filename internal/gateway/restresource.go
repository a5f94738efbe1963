package gateway

import "strings"

// Resource is a node of a REST API's tree, with its methods.
type Resource struct {
	ID string `json:",omitzero"`
	// ParentID is empty for the root alone, whose PathPart is empty too.
	ParentID, PathPart string `json:",omitzero"`
	// Path is made of the path parts from the root: "/" or "/pets/{id}".
	Path string `json:",omitzero"`
	// Methods are by verb, ANY among them.
	Methods map[string]*Method `json:",omitzero"`
}

// JoinPath returns the path of a part under a parent's path.
func JoinPath(parent, part string) string {
	return strings.TrimSuffix(parent, "/") + "/" + part
}

// Method is what clients may call on a resource.
type Method struct {
	Authorization MethodAuthorization `json:",omitzero"`
	AuthorizerID  string              `json:",omitzero"`
	// Scopes are those of which a Cognito token needs one.
	Scopes         []string `json:",omitzero"`
	APIKeyRequired bool     `json:",omitzero"`
	// RequestParameters say by "method.request.querystring.q" whether a parameter is required; RequestModels name the model
	// of a body by its content type.
	RequestParameters  map[string]bool   `json:",omitzero"`
	RequestModels      map[string]string `json:",omitzero"`
	RequestValidatorID string            `json:",omitzero"`
	OperationName      string            `json:",omitzero"`
	// Responses are by status code.
	Responses map[string]MethodResponse `json:",omitzero"`
	// Integration is nil while there is none.
	Integration *RestIntegration `json:",omitzero"`
}

// MethodAuthorization is a closed set; see [Method].
type MethodAuthorization string

// The authorization types of methods.
const (
	AuthorizationNone    MethodAuthorization = "NONE"
	AuthorizationIAM     MethodAuthorization = "AWS_IAM"
	AuthorizationCustom  MethodAuthorization = "CUSTOM"
	AuthorizationCognito MethodAuthorization = "COGNITO_USER_POOLS"
)

// RestMethods are the verbs that a resource can have, as AWS lists them (recorded: test_put_method_validation).
func RestMethods() []string {
	return []string{"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", MethodAny}
}

// MethodResponse is a status that a method may answer with.
type MethodResponse struct {
	// Parameters say by "method.response.header.X" whether a header is always there.
	Parameters map[string]bool `json:",omitzero"`
	// Models name the model of a body by its content type.
	Models map[string]string `json:",omitzero"`
}
