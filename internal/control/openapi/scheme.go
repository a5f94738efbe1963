package openapi

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
	"github.com/dipylon/dipylon/internal/gateway"
)

// scheme is what a security scheme makes of a route that asks for it.
type scheme struct {
	authorization gateway.Authorization
	authorizer    *Authorizer
	// problem is why no route can have it, and plain that it has nothing to do with AWS.
	problem string
	plain   bool
}

// schemes reads the security schemes. One that cannot be is a warning, and so are the routes that ask for it.
func (r *reader) schemes(components *document.Value) error {
	schemes, err := r.objectAt(components, "securitySchemes", "components.securitySchemes")
	if err != nil || schemes == nil {
		return err
	}
	r.known = make(map[string]scheme, len(schemes.Members))
	for _, m := range schemes.Members {
		where := "components.securitySchemes." + m.Key
		v, err := r.follow(m.Value)
		if err != nil {
			return err
		}
		if v == nil || v.Kind != document.Object {
			return wrongType(m.Value.At, where, "object")
		}
		if err := r.spend(v.Size, v.At); err != nil {
			return err
		}
		s, err := r.scheme(m, v, where)
		if err != nil {
			return err
		}
		r.known[m.Key] = s
	}
	return nil
}

// scheme reads one security scheme: IAM by x-amazon-apigateway-authtype (developer guide, "x-amazon-apigateway-authtype
// property": awsSigv4 is reserved), a JWT or Lambda authorizer by x-amazon-apigateway-authorizer.
func (r *reader) scheme(m document.Member, v *document.Value, where string) (scheme, error) {
	authType, extension := v.Get(extAuthType), v.Get(extAuthorizer)
	sigv4 := authType != nil && strings.EqualFold(authType.Text, "awsSigv4")
	switch {
	case extension == nil && sigv4:
		return scheme{authorization: gateway.IAM}, nil
	case extension == nil:
		return scheme{plain: true, problem: fmt.Sprintf("Security scheme '%s' has no %s", m.Key, extAuthorizer)}, nil
	case !r.built(FeatureSecurity):
		r.unbuilt(extension.At, extAuthorizer, where)
		return scheme{}, nil
	}
	a := authorizerReader{reader: r, scheme: v, v: extension, where: where + "." + extAuthorizer}
	switch {
	case extension.Kind != document.Object:
		return scheme{}, wrongType(extension.At, a.where, "object")
	case sigv4:
		a.fail("x-amazon-apigateway-authtype is awsSigv4")
	default:
		authorizer, err := a.read(m.Key)
		if err != nil {
			return scheme{}, err
		}
		if a.problem == "" {
			r.def.Authorizers = append(r.def.Authorizers, authorizer)
			return scheme{authorization: authorizer.authorization(), authorizer: authorizer}, nil
		}
	}
	r.warn(extension.At, "%s", AuthorizerWarning(m.Key, a.problem))
	return scheme{problem: invalidAuthorizer}, nil
}

// authorizerReader reads one authorizer; problem is the first thing that prevents it.
type authorizerReader struct {
	*reader
	scheme, v *document.Value
	where     string
	problem   string
}

func (r *authorizerReader) fail(format string, args ...any) {
	if r.problem == "" {
		r.problem = fmt.Sprintf(format, args...)
	}
}

func (r *authorizerReader) text(key string) string {
	if v := r.v.Get(key); v != nil && v.IsScalar() {
		return r.vars.Replace(v.Text)
	}
	return ""
}

// authorization is that of the routes which it guards.
func (a *Authorizer) authorization() gateway.Authorization {
	if a.Type == gateway.LambdaAuthorizer {
		return gateway.Custom
	}
	return gateway.JWT
}

func (r *authorizerReader) read(name string) (*Authorizer, error) {
	if strings.EqualFold(r.text("type"), "request") {
		return r.readLambda(name)
	}
	if err := r.checkKeys(r.v, authorizerKeys, spot{where: r.where}); err != nil {
		return nil, err
	}
	switch t := r.text("type"); strings.ToLower(t) {
	case "jwt":
	case "":
		r.fail("Authorizer type is required")
	default:
		r.fail("Invalid authorizer type '%s'", t)
	}
	a := &Authorizer{Name: name, Line: r.v.At.Line, Column: r.v.At.Column}
	a.IdentitySource = r.texts(r.v.Get("identitySource"), "identitySource")
	config := r.v.Get("jwtConfiguration")
	if config == nil {
		r.fail("JwtConfiguration must not be null for JWT Authorizer")
		return a, nil
	}
	if config.Kind != document.Object {
		r.fail("jwtConfiguration is not an object")
		return a, nil
	}
	a.Audience = r.texts(config.Get("audience"), "audience")
	r.issuer(a, config.Get("issuer"))
	return a, nil
}

// readLambda reads a Lambda authorizer (developer guide, "x-amazon-apigateway-authorizer object").
func (r *authorizerReader) readLambda(name string) (*Authorizer, error) {
	if err := r.checkKeys(r.v, lambdaAuthorizerKeys, spot{where: r.where}); err != nil {
		return nil, err
	}
	a := &Authorizer{
		Name: name, Type: gateway.LambdaAuthorizer, URI: r.text("authorizerUri"), Credentials: r.text("authorizerCredentials"),
		PayloadVersion: r.formatVersion(r.v, "authorizerPayloadFormatVersion", r.where),
		IdentitySource: r.texts(r.v.Get("identitySource"), "identitySource"),
		Line:           r.v.At.Line, Column: r.v.At.Column,
	}
	switch simple := r.text("enableSimpleResponses"); strings.ToLower(simple) {
	case "", "false":
	case "true":
		a.SimpleResponses = true
	default:
		r.fail("enableSimpleResponses is not a boolean")
	}
	if ttl := r.text("authorizerResultTtlInSeconds"); ttl != "" {
		var err error
		if a.TTLSeconds, err = strconv.Atoi(ttl); err != nil {
			r.fail("authorizerResultTtlInSeconds is not an integer")
		}
	}
	return a, nil
}

// issuer takes the configured issuer, or else what openIdConnectUrl says (developer guide, "x-amazon-apigateway-authorizer
// object"). The text for none is recorded (aws/aws-sam-cli issue 2410).
func (r *authorizerReader) issuer(a *Authorizer, issuer *document.Value) {
	if issuer != nil && issuer.IsScalar() {
		a.Issuer = r.vars.Replace(issuer.Text)
	}
	if discovery := r.scheme.Get("openIdConnectUrl"); a.Issuer == "" && discovery != nil && discovery.IsScalar() {
		const suffix = "/.well-known/openid-configuration"
		var ok bool
		if a.Issuer, ok = strings.CutSuffix(r.vars.Replace(discovery.Text), suffix); !ok {
			r.fail("Invalid openIdConnectUrl: it must end with '%s'", suffix)
		}
	}
	if a.Issuer == "" {
		r.fail("Invalid issuer: Issuer can not be empty for JWT Authorizer.")
	}
}

// texts reads a list, or text with commas between its parts.
func (r *authorizerReader) texts(v *document.Value, key string) []string {
	var texts []string
	switch {
	case v == nil:
	case v.Kind == document.List:
		for _, item := range v.Items {
			if !item.IsScalar() {
				r.fail("%s is not a list of strings", key)
				return nil
			}
			texts = append(texts, r.vars.Replace(item.Text))
		}
	case v.IsScalar():
		texts = splitTexts(r.vars.Replace(v.Text))
	default:
		r.fail("%s is not a list of strings", key)
	}
	return texts
}

// splitTexts returns what stands between commas and is not blank.
func splitTexts(s string) []string {
	var texts []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			texts = append(texts, part)
		}
	}
	return texts
}
