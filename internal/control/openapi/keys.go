package openapi

import (
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
)

const extensionPrefix = "x-amazon-apigateway-"

// The extensions that this package looks at.
const (
	extAnyMethod     = "x-amazon-apigateway-any-method"
	extAuth          = "x-amazon-apigateway-auth"
	extAuthorizer    = "x-amazon-apigateway-authorizer"
	extAuthType      = "x-amazon-apigateway-authtype"
	extCORS          = "x-amazon-apigateway-cors"
	extEndpoint      = "x-amazon-apigateway-endpoint-configuration"
	extExportVersion = "x-amazon-apigateway-importexport-version"
	extIntegration   = "x-amazon-apigateway-integration"
	extIntegrations  = "x-amazon-apigateway-integrations"
	extTagValue      = "x-amazon-apigateway-tag-value"
)

// restOnly are the extensions for features that HTTP APIs do not have: they are ignored with an information.
var restOnly = []string{
	"x-amazon-apigateway-api-key-source",
	"x-amazon-apigateway-authtype",
	"x-amazon-apigateway-binary-media-types",
	"x-amazon-apigateway-documentation",
	"x-amazon-apigateway-gateway-responses",
	"x-amazon-apigateway-minimum-compression-size",
	"x-amazon-apigateway-policy",
	"x-amazon-apigateway-request-validator",
	"x-amazon-apigateway-request-validators",
	"x-amazon-apigateway-security-policy",
}

// keySet says what becomes of the keys of one kind of object. Extensions that are in neither list are ignored if HTTP APIs
// have no such feature or they are not AWS's, and otherwise unbuilt.
type keySet struct {
	// known are read, or say nothing about how an API behaves.
	known []string
	// ignored are valid and HTTP APIs have no use for them.
	ignored []string
	// open objects may have other keys, which are ignored without a word.
	open bool
	// dipylon objects may have Dipylon's own extensions.
	dipylon bool
}

var (
	rootKeys = keySet{
		known: []string{"openapi", "info", "servers", "paths", "components", "security", "tags", "externalDocs", extEndpoint,
			extExportVersion, extCORS},
		dipylon: true,
	}
	componentKeys = keySet{
		known:   []string{"securitySchemes", extIntegrations},
		ignored: []string{"schemas", "responses", "parameters", "examples", "requestBodies", "headers", "links", "callbacks"},
	}
	pathKeys = keySet{
		known: []string{"$ref", "summary", "description", "get", "put", "post", "delete", "options", "head", "patch", "trace",
			extAnyMethod},
		ignored: []string{"servers", "parameters"},
	}
	operationKeys = keySet{
		known: []string{"operationId", "tags", "summary", "description", "externalDocs", "deprecated", "security",
			extIntegration, extAuth, "isDefaultRoute"},
		ignored: []string{"parameters", "requestBody", "responses", "callbacks", "servers"},
		dipylon: true,
	}
	authorizerKeys = keySet{
		known: []string{"type", "identitySource", "jwtConfiguration"},
		ignored: []string{"authorizerUri", "authorizerCredentials", "authorizerPayloadFormatVersion",
			"authorizerResultTtlInSeconds", "enableSimpleResponses", "identityValidationExpression"},
		open: true,
	}
	lambdaAuthorizerKeys = keySet{
		known: []string{"type", "identitySource", "authorizerUri", "authorizerCredentials", "authorizerPayloadFormatVersion",
			"authorizerResultTtlInSeconds", "enableSimpleResponses"},
		ignored: []string{"jwtConfiguration", "identityValidationExpression"},
		open:    true,
	}
	corsKeys = keySet{
		known: []string{"allowOrigins", "allowCredentials", "exposeHeaders", "maxAge", "allowMethods", "allowHeaders"},
	}
	integrationKeys = keySet{
		known: []string{"type", "integrationSubtype", "httpMethod", "uri", "payloadFormatVersion", "connectionType",
			"connectionId", "credentials", "description", "timeoutInMillis", "tlsConfig", "requestParameters",
			"responseParameters"},
		ignored: []string{"cacheKeyParameters", "cacheNamespace", "contentHandling", "passthroughBehavior",
			"requestTemplates", "responses"},
		open: true,
	}
	anyMethodKeys = keySet{known: operationKeys.known, ignored: operationKeys.ignored, open: true, dipylon: true}
)

// spot names an object in AWS's two ways: where is "paths./pets.get", as information has it, and attribute
// "paths.'/pets'(get)", as warnings have it. The root has empty names.
type spot struct{ where, attribute string }

func (s spot) key(name string) string {
	if s.attribute == "" {
		return name
	}
	return s.attribute + "." + name
}

// checkKeys notes what happens to v's keys.
func (r *reader) checkKeys(v *document.Value, set keySet, at spot) error {
	if err := r.spend(len(v.Members), v.At); err != nil {
		return err
	}
	for _, m := range v.Members {
		switch {
		case slices.Contains(set.known, m.Key):
		case slices.Contains(set.ignored, m.Key), slices.Contains(restOnly, m.Key):
			r.informIgnored(m, at.where)
		case strings.HasPrefix(m.Key, extensionPrefix):
			r.unbuilt(m.At, m.Key, at.where)
		case strings.HasPrefix(m.Key, dipylonPrefix) && !set.dipylon:
			return invalid(m.At, "Extension '%s' is allowed at the root and in operations only", m.Key)
		case set.open, strings.HasPrefix(m.Key, "x-"):
		default:
			r.warn(m.At, "Parse issue: attribute %s is unexpected", at.key(m.Key))
		}
	}
	return nil
}

// informIgnored has AWS's recorded words (import of the developer guide's pet store, 2020-10).
func (r *reader) informIgnored(m document.Member, where string) {
	if where == "" {
		where = "root"
	}
	r.inform(m.At, "%s: key [%s] will be ignored by API Gateway", where, m.Key)
}

func (r *reader) rootKeys() error {
	if err := r.checkKeys(r.root, rootKeys, spot{}); err != nil {
		return err
	}
	if v := r.root.Get(extExportVersion); v != nil && v.Text != "1.0" {
		r.warn(v.At, "%s '%s' is not supported; only 1.0 is. Ignoring.", extExportVersion, v.Text)
	}
	var err error
	if r.defaultSecurity, _, err = r.requirement(r.root, spot{}); err != nil {
		return err
	}
	if r.def.Extensions, err = r.dipylon(r.root, spot{}); err != nil {
		return err
	}
	return r.cors()
}

// components reads the security schemes; integrations are read where they are used.
func (r *reader) components() error {
	components, err := r.objectAt(r.root, "components", "components")
	if err != nil || components == nil {
		return err
	}
	if err := r.checkKeys(components, componentKeys, spot{"components", "components"}); err != nil {
		return err
	}
	return r.schemes(components)
}
