package rest

import (
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
	"github.com/dipylon/dipylon/internal/gateway"
)

const extensionPrefix = "x-amazon-apigateway-"

// The extensions (developer guide, "Working with API Gateway extensions to OpenAPI").
const (
	extAPIKeySource     = extensionPrefix + "api-key-source"
	extAccessMode       = extensionPrefix + "endpoint-access-mode"
	extAnyMethod        = extensionPrefix + "any-method"
	extAuth             = extensionPrefix + "auth"
	extAuthType         = extensionPrefix + "authtype"
	extAuthorizer       = extensionPrefix + "authorizer"
	extBinaryMediaTypes = extensionPrefix + "binary-media-types"
	extCompression      = extensionPrefix + "minimum-compression-size"
	extDocumentation    = extensionPrefix + "documentation"
	extEndpoint         = extensionPrefix + "endpoint-configuration"
	extGatewayResponses = extensionPrefix + "gateway-responses"
	extIntegration      = extensionPrefix + "integration"
	extPolicy           = extensionPrefix + "policy"
	extSecurityPolicy   = extensionPrefix + "security-policy"
	extTagValue         = extensionPrefix + "tag-value"
	extValidator        = extensionPrefix + "request-validator"
	extValidators       = extensionPrefix + "request-validators"
)

// settings reads what holds for the whole API.
func (r *reader) settings() error {
	info := r.root.Get("info")
	r.def.Name, r.def.Description, r.def.Version = r.text(info, "title"), r.text(info, "description"), r.text(info, "version")
	r.def.APIKeySource = strings.ToUpper(r.text(r.root, extAPIKeySource))
	r.def.BinaryMediaTypes = r.texts(r.root, extBinaryMediaTypes)
	r.def.SecurityPolicy = r.text(r.root, extSecurityPolicy)
	r.def.EndpointAccessMode = strings.ToUpper(r.text(r.root, extAccessMode))
	if size := r.text(r.root, extCompression); size != "" {
		n, err := strconv.Atoi(size)
		if err != nil {
			r.fail("Invalid minimum compression size, must be between 0 and %d", gateway.MaxCompressionSize)
		}
		r.def.MinimumCompressionSize = &n
	}
	if policy := r.root.Get(extPolicy); policy != nil {
		if err := r.policy(policy); err != nil {
			return err
		}
	}
	r.tags()
	r.validators()
	r.gatewayResponses()
	return nil
}

// policy keeps a resource policy as JSON; some write it as text.
func (r *reader) policy(policy *document.Value) error {
	if policy.IsScalar() {
		r.def.Policy = r.vars.Replace(policy.Text)
		return nil
	}
	plain, err := r.plain(policy, nil)
	if err != nil {
		return err
	}
	r.def.Policy = r.vars.Replace(string(document.AppendCompact(nil, plain)))
	return nil
}

// tags takes those of the document's tags that have a value for AWS.
func (r *reader) tags() {
	tags := r.root.Get("tags")
	if tags == nil {
		return
	}
	for _, tag := range tags.Items {
		if tag.Get(extTagValue) == nil {
			continue
		}
		if r.def.Tags == nil {
			r.def.Tags = map[string]string{}
		}
		r.def.Tags[r.text(tag, "name")] = r.text(tag, extTagValue)
	}
}

func (r *reader) validators() {
	for _, m := range members(r.root.Get(extValidators)) {
		r.def.Validators = append(r.def.Validators, gateway.RequestValidator{
			Name: m.Key, Body: isTrue(m.Value, "validateRequestBody"), Parameters: isTrue(m.Value, "validateRequestParameters"),
		})
	}
}

func (r *reader) gatewayResponses() {
	for _, m := range members(r.root.Get(extGatewayResponses)) {
		where := mapped{owner: "gateway response '" + m.Key + "'"}
		r.def.GatewayResponses = append(r.def.GatewayResponses, gateway.GatewayResponse{
			Type: gateway.GatewayResponseType(m.Key), StatusCode: r.text(m.Value, "statusCode"),
			Parameters: r.mapping(m.Value, "responseParameters", where), Templates: r.mapping(m.Value, "responseTemplates", where),
		})
	}
}

// mapped says whose mapping is read, for a warning.
type mapped struct{ path, verb, owner string }

// mapping reads an object of texts. Others are left out with a warning (recorded: test_import_rest_api_with_base_path_oas30);
// a template without text stays, as the empty one.
func (r *reader) mapping(v *document.Value, key string, of mapped) map[string]string {
	child := v.Get(key)
	if len(members(child)) == 0 {
		return nil
	}
	mapping := make(map[string]string, len(child.Members))
	for _, m := range child.Members {
		switch {
		case m.Value.Kind == document.Text:
			mapping[m.Key] = r.vars.Replace(m.Value.Text)
		case m.Value.Kind == document.Null && strings.HasSuffix(key, "Templates"):
			mapping[m.Key] = ""
		case of.path == "":
			r.warn("Invalid format for '%s'. Expected type string for property '%s' of %s but got '%s'", key, m.Key, of.owner, shown(m.Value))
		default:
			r.warn("Invalid format for '%s'. Expected type string for property '%s' of resource '%s' and method '%s' but got '%s'",
				key, m.Key, of.path, of.verb, shown(m.Value))
		}
	}
	return mapping
}

// shown is a value in a warning.
func shown(v *document.Value) string {
	if v.IsScalar() {
		return v.Text
	}
	const most = 200
	if v.Size > most {
		return "..."
	}
	return string(document.AppendCompact(nil, v))
}
