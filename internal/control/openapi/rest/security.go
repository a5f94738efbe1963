package rest

import (
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
	"github.com/dipylon/dipylon/internal/gateway"
)

// scheme is what a security scheme asks for: an API key, or an authorization.
type scheme struct {
	apiKey        bool
	authorization gateway.MethodAuthorization
}

// securitySchemes reads the schemes; those with an authorizer make one, used or not (recorded: test_import_swagger_api).
func (r *reader) securitySchemes() error {
	for _, m := range members(r.component("securitySchemes", "securityDefinitions")) {
		v, err := r.follow(m.Value)
		if err != nil {
			return err
		}
		authType := r.text(v, extAuthType)
		switch kind := r.text(v, "type"); {
		case v.Get(extAuthorizer) != nil:
			r.authorizer(m.Key, v)
		case strings.HasPrefix(strings.ToLower(authType), "aws"):
			r.schemes[m.Key] = scheme{authorization: gateway.AuthorizationIAM}
		case kind != "apiKey": // recorded: public reports of imports (aws-api-gateway notes, README)
			r.warn("Unsupported security definition type '%s' for '%s'. Ignoring.", kind, m.Key)
		case !strings.EqualFold(r.text(v, "name"), "x-api-key") || r.text(v, "in") != "header":
			r.warn("Security definition '%s' is no API key in the header x-api-key and has no authorizer. Ignoring.", m.Key)
		default:
			r.schemes[m.Key] = scheme{apiKey: true}
		}
	}
	return nil
}

func (r *reader) authorizer(name string, v *document.Value) {
	ext := v.Get(extAuthorizer)
	a := gateway.RestAuthorizer{
		Name: name, Type: gateway.RestAuthorizerType(strings.ToUpper(r.text(ext, "type"))), AuthType: r.text(v, extAuthType),
		ProviderARNs: r.texts(ext, "providerARNs"), URI: r.text(ext, "authorizerUri"), Credentials: r.text(ext, "authorizerCredentials"),
		IdentitySource: r.text(ext, "identitySource"), IdentityValidation: r.text(ext, "identityValidationExpression"),
	}
	if ttl := r.text(ext, "authorizerResultTtlInSeconds"); ttl != "" {
		n, err := strconv.Atoi(ttl)
		if err != nil {
			n = -1 // no time that there can be: refused as that
		}
		a.TTLSeconds = &n
	}
	asked := scheme{authorization: gateway.AuthorizationCustom}
	if a.Type == gateway.CognitoAuthorizer {
		asked.authorization = gateway.AuthorizationCognito
	}
	if a.IdentitySource == "" && r.text(v, "name") != "" {
		a.IdentitySource = r.identitySource(v, a)
	}
	r.schemes[name] = asked
	r.def.Authorizers = append(r.def.Authorizers, a)
}

// identitySource is where the scheme says that the identity stands (recorded: test_import_swagger_api,
// test_import_with_cognito_auth_identity_source).
func (r *reader) identitySource(v *document.Value, a gateway.RestAuthorizer) string {
	name := r.text(v, "name")
	switch {
	case a.Type == gateway.RequestAuthorizer && strings.EqualFold(name, unusedName):
		return ""
	case a.Type == gateway.RequestAuthorizer && r.text(v, "in") == "query":
		return "method.request.querystring." + name
	}
	return "method.request.header." + name
}

// unusedName is the name of a scheme whose authorizer has more than one source (developer guide, "x-amazon-apigateway-authorizer
// object").
const unusedName = "Unused"

// authorize reads what an operation asks of callers: its own security, or else the document's (recorded:
// test_import_with_global_api_key_authorizer). What its requirements ask for is asked for together.
func (op *operation) authorize() error {
	m := &op.out.Method
	m.Authorization = gateway.AuthorizationNone
	security := op.v.Get("security")
	if security == nil {
		security = op.root.Get("security")
	}
	if security != nil {
		for _, requirement := range security.Items {
			for _, asked := range members(requirement) {
				op.ask(asked)
			}
		}
	}
	switch strings.ToUpper(op.text(op.v.Get(extAuth), "type")) {
	case "NONE":
		m.Authorization, op.out.Authorizer, m.Scopes = gateway.AuthorizationNone, "", nil
	case "AWS_IAM":
		m.Authorization, op.out.Authorizer, m.Scopes = gateway.AuthorizationIAM, "", nil
	}
	return nil
}

func (op *operation) ask(asked document.Member) {
	m := &op.out.Method
	scheme := op.schemes[asked.Key]
	switch {
	case scheme.apiKey:
		m.APIKeyRequired = true
	case scheme.authorization == "":
	case m.Authorization != gateway.AuthorizationNone:
		op.warn("More than one authorizer for method '%s %s'. Ignoring '%s'.", op.out.Verb, op.path, asked.Key)
	case scheme.authorization == gateway.AuthorizationIAM:
		m.Authorization = scheme.authorization
	default:
		m.Authorization, op.out.Authorizer = scheme.authorization, asked.Key
		if scheme.authorization == gateway.AuthorizationCognito {
			for _, scope := range asked.Value.Items {
				m.Scopes = append(m.Scopes, scope.Text)
			}
		}
	}
}
