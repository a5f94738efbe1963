package apigateway

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

func (r reader) authorizer(apiID, id string) (gateway.RestAuthorizer, error) {
	a, err := state.RestAuthorizers().Get(r, r.key(apiID, id))
	return a, orNotFound(err, notFound("Invalid Authorizer identifier specified"))
}

// putAuthorizer keeps an authorizer, unless another has its name; the text is that of reports of the Serverless Framework's users.
func (w writer) putAuthorizer(apiID string, a gateway.RestAuthorizer) error {
	err := state.RestAuthorizers().Put(w.tx, w.key(apiID, a.ID), a)
	if errors.Is(err, store.ErrConflict) {
		return conflict("Authorizer name must be unique. Authorizer %s already exists in this RestApi.", a.Name)
	}
	return err
}

// CreateAuthorizer adds an authorizer to an API.
func (s *Service) CreateAuthorizer(ctx context.Context, call *wire.Call, in *gen.CreateAuthorizerInput) (*gen.Authorizer, error) {
	a := gateway.RestAuthorizer{
		ID: newID(), Name: *in.Name, Type: gateway.RestAuthorizerType(*in.Type), AuthType: text(in.AuthType),
		ProviderARNs: some(in.ProviderARNs), URI: text(in.AuthorizerUri), IdentitySource: text(in.IdentitySource),
		IdentityValidation: text(in.IdentityValidationExpression),
	}
	if a.Type != gateway.CognitoAuthorizer { // patch-operations.md, UpdateAuthorizer: for user pools only a patch sets it
		a.Credentials = text(in.AuthorizerCredentials)
	}
	if in.AuthorizerResultTtlInSeconds != nil {
		a.TTLSeconds = new(int(*in.AuthorizerResultTtlInSeconds))
	}
	a = completed(a)
	if err := checkAuthorizer(a); err != nil { // before the API is looked for (recorded: test_authorizer_crud_no_api)
		return nil, err
	}
	err := s.update(ctx, call, func(w writer) error {
		_, err := w.api(in.RestApiId)
		if _, missing := errors.AsType[*gen.NotFoundException](err); missing {
			return conflict("Unable to complete operation due to concurrent modification. Please try again later.")
		}
		if err != nil {
			return err
		}
		all, err := values(state.RestAuthorizers().List(w, w.children(in.RestApiId)))
		if err == nil && len(all) >= s.Quotas.AuthorizersPerAPI {
			return overLimit("authorizers")
		}
		if err != nil {
			return err
		}
		return w.putAuthorizer(in.RestApiId, a)
	})
	if err != nil {
		return nil, err
	}
	return authorizerOutput(a), nil
}

// completed gives an authorizer the type that exports show (recorded: test_apigateway_with_custom_authorization_method,
// test_import_with_cognito_auth_identity_source).
func completed(a gateway.RestAuthorizer) gateway.RestAuthorizer {
	if a.AuthType == "" {
		a.AuthType = "custom"
		if a.Type == gateway.CognitoAuthorizer {
			a.AuthType = "cognito_user_pools"
		}
	}
	return a
}

// checkAuthorizer checks an authorizer as it would be stored.
func checkAuthorizer(a gateway.RestAuthorizer) error {
	switch {
	case strings.TrimSpace(a.Name) == "":
		return badRequest("Authorizer name cannot be blank")
	case a.TTLSeconds != nil && (*a.TTLSeconds < 0 || *a.TTLSeconds > gateway.MaxAuthorizerTTL):
		return badRequest("Authorizer result TTL must be between 0 and %d seconds", gateway.MaxAuthorizerTTL)
	case a.Credentials != "" && !isARN(a.Credentials):
		return badRequest("Invalid ARN specified in the request")
	}
	if _, err := regexp.Compile(a.IdentityValidation); err != nil {
		return badRequest("Invalid identity validation expression specified: %s", a.IdentityValidation)
	}
	switch a.Type {
	case gateway.TokenAuthorizer:
		return checkToken(a)
	case gateway.RequestAuthorizer:
		return checkRequest(a)
	case gateway.CognitoAuthorizer:
		return checkPools(a)
	}
	return badRequest("Invalid authorizer type specified. Valid options are TOKEN,REQUEST,COGNITO_USER_POOLS")
}

// checkToken has the texts of serverless issue 4428 and of reports about URIs.
func checkToken(a gateway.RestAuthorizer) error {
	if err := checkAuthorizerURI(a.URI); err != nil {
		return err
	}
	return checkTokenSource(a.IdentitySource)
}

func checkTokenSource(source string) error {
	const wanted = "method.request.header."
	name, ok := strings.CutPrefix(source, wanted)
	if !ok || !isTokenHeader(name) {
		return badRequest("Invalid token source expression: %s. The source must be a method request header, matching 'method.request.header.[a-zA-Z0-9._-]+'.", source)
	}
	return nil
}

func isTokenHeader(name string) bool {
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && strings.IndexByte("._-", c) < 0 {
			return false
		}
	}
	return name != ""
}

func checkAuthorizerURI(uri string) error {
	_, action, ok := strings.Cut(uri, ":lambda:path/")
	if !isARN(uri) || !ok || !strings.Contains(action, "/functions/") || !strings.HasSuffix(action, "/invocations") {
		return badRequest("Invalid Authorizer URI: %s. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.", uri)
	}
	return nil
}

// checkRequest wants an identity where results are kept, for it is their key (API reference, Authorizer, identitySource).
func checkRequest(a gateway.RestAuthorizer) error {
	if err := checkAuthorizerURI(a.URI); err != nil {
		return err
	}
	if a.IdentitySource == "" {
		if a.TTLSeconds == nil || *a.TTLSeconds > 0 {
			return badRequest("Identity source must be set if authorizer caching is enabled (TTL is greater than 0)")
		}
		return nil
	}
	for expression := range strings.SplitSeq(a.IdentitySource, ",") {
		expression = strings.TrimSpace(expression)
		source, _, ok := requestSource(expression)
		if isAnywhere(expression) && expression[0] != '\'' || ok && (source == "header" || source == "querystring") {
			continue
		}
		return badRequest("Invalid identity source expression: %s", expression)
	}
	return nil
}

func checkPools(a gateway.RestAuthorizer) error {
	if len(a.ProviderARNs) == 0 {
		return badRequest("Invalid provider ARNs specified. At least one Cognito user pool ARN is required.")
	}
	for _, arn := range a.ProviderARNs {
		if !isARN(arn) || !strings.Contains(arn, ":cognito-idp:") {
			return badRequest("Invalid ARN specified in the request")
		}
	}
	if a.IdentitySource == "" {
		return nil
	}
	return checkTokenSource(a.IdentitySource)
}

// GetAuthorizer returns an authorizer.
func (s *Service) GetAuthorizer(ctx context.Context, call *wire.Call, in *gen.GetAuthorizerInput) (*gen.Authorizer, error) {
	var a gateway.RestAuthorizer
	err := s.view(ctx, call, func(r reader) (err error) {
		if _, err = r.api(in.RestApiId); err != nil {
			return err
		}
		a, err = r.authorizer(in.RestApiId, in.AuthorizerId)
		return err
	})
	if err != nil {
		return nil, err
	}
	return authorizerOutput(a), nil
}

// GetAuthorizers lists an API's authorizers.
func (s *Service) GetAuthorizers(ctx context.Context, call *wire.Call, in *gen.GetAuthorizersInput) (*gen.GetAuthorizersOutput, error) {
	var out gen.GetAuthorizersOutput
	err := s.list(ctx, call, listing{in.RestApiId, in.Limit, in.Position}, func(r reader, rng store.Range) error {
		page, err := state.RestAuthorizers().List(r, rng)
		out.Position = position(page.Next)
		out.Items = convert(page.Items, func(a gateway.RestAuthorizer) gen.Authorizer { return *authorizerOutput(a) })
		return err
	})
	return &out, err
}

// UpdateAuthorizer changes an authorizer by patch operations.
func (s *Service) UpdateAuthorizer(ctx context.Context, call *wire.Call, in *gen.UpdateAuthorizerInput) (*gen.Authorizer, error) {
	var a gateway.RestAuthorizer
	err := s.update(ctx, call, func(w writer) (err error) {
		if _, err := w.api(in.RestApiId); err != nil {
			return err
		}
		if a, err = w.authorizer(in.RestApiId, in.AuthorizerId); err != nil {
			return err
		}
		if err := authorizerPatches().Apply(&a, in.PatchOperations); err != nil {
			return err
		}
		if err := checkAuthorizer(a); err != nil {
			return err
		}
		return w.putAuthorizer(in.RestApiId, a)
	})
	if err != nil {
		return nil, err
	}
	return authorizerOutput(a), nil
}

// authorizerPatches are UpdateAuthorizer's.
func authorizerPatches() patch.Table[gateway.RestAuthorizer] {
	type a = gateway.RestAuthorizer
	return patch.Table[a]{Refuse: patch.ListPaths, Rows: []patch.Row[a]{
		patch.Field("/name", patch.Replace, patch.Text(), func(x *a) *string { return &x.Name }),
		patch.Field("/type", patch.Replace, patch.Enum(gateway.TokenAuthorizer, gateway.RequestAuthorizer, gateway.CognitoAuthorizer),
			func(x *a) *gateway.RestAuthorizerType { return &x.Type }),
		patch.List("/providerARNs", patch.Add|patch.Remove, func(x *a) *[]string { return &x.ProviderARNs }),
		patch.Field("/authType", patch.Replace, patch.Text(), func(x *a) *string { return &x.AuthType }),
		patch.Field("/authorizerUri", patch.Replace, patch.Text(), func(x *a) *string { return &x.URI }),
		patch.Field("/authorizerCredentials", patch.Replace, patch.Text(), func(x *a) *string { return &x.Credentials }),
		patch.Field("/identitySource", patch.Add|patch.Replace|patch.Remove, patch.Text(), func(x *a) *string { return &x.IdentitySource }),
		patch.Field("/identityValidationExpression", patch.Replace, patch.Text(), func(x *a) *string { return &x.IdentityValidation }),
		patch.Field("/authorizerResultTtlInSeconds", patch.Replace, patch.Optional(patch.Integer()), func(x *a) **int { return &x.TTLSeconds }),
	}}
}

// DeleteAuthorizer removes an authorizer that no method uses; the text is that of terraform-provider-aws issue 14812.
func (s *Service) DeleteAuthorizer(ctx context.Context, call *wire.Call, in *gen.DeleteAuthorizerInput) (*gen.DeleteAuthorizerOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.api(in.RestApiId); err != nil {
			return err
		}
		a, err := w.authorizer(in.RestApiId, in.AuthorizerId)
		if err != nil {
			return err
		}
		user, err := w.userOf(in.RestApiId, func(m *gateway.Method) bool { return m.AuthorizerID == a.ID })
		if err == nil && user != "" {
			return conflict("Cannot delete authorizer '%s', is referenced in method: %s", a.Name, user)
		}
		if err != nil {
			return err
		}
		return state.RestAuthorizers().Delete(w.tx, w.key(in.RestApiId, a.ID))
	})
	return &gen.DeleteAuthorizerOutput{}, err
}

func authorizerOutput(a gateway.RestAuthorizer) *gen.Authorizer {
	out := gen.Authorizer{
		AuthType: optional(a.AuthType), AuthorizerCredentials: optional(a.Credentials), AuthorizerUri: optional(a.URI), Id: &a.ID,
		IdentitySource: optional(a.IdentitySource), IdentityValidationExpression: optional(a.IdentityValidation), Name: &a.Name,
		ProviderARNs: some(a.ProviderARNs), Type: new(gen.AuthorizerType(a.Type)),
	}
	if a.TTLSeconds != nil {
		out.AuthorizerResultTtlInSeconds = number(*a.TTLSeconds)
	}
	return &out
}
