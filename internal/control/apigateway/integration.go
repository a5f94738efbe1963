package apigateway

import (
	"context"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// noIntegration is recorded in test_get_integration_non_existent.
func noIntegration() error { return notFound("Invalid Integration identifier specified") }

// PutIntegration gives a method its back end, in place of the one before.
func (s *Service) PutIntegration(ctx context.Context, call *wire.Call, in *gen.PutIntegrationInput) (*gen.Integration, error) {
	made := integrationOf(in)
	if in.TimeoutInMillis == nil {
		made.TimeoutMillis = min(made.TimeoutMillis, int(s.Quotas.Timeout.Milliseconds()))
	}
	err := s.changeMethod(ctx, call, methodRef{in.RestApiId, in.ResourceId, in.HttpMethod}, func(w writer, m *gateway.Method) error {
		if err := s.checkIntegration(w.reader, m, made); err != nil {
			return err
		}
		m.Integration = made
		return nil
	})
	if err != nil {
		return nil, err
	}
	return integrationOutput(made), nil
}

// integrationOf completes what was given (recorded: test_put_integration_validation).
func integrationOf(in *gen.PutIntegrationInput) *gateway.RestIntegration {
	made := &gateway.RestIntegration{
		Type: gateway.RestIntegrationType(*in.Type), Method: text(in.IntegrationHttpMethod), URI: text(in.Uri),
		Credentials: text(in.Credentials), ConnectionType: text(in.ConnectionType), ConnectionID: text(in.ConnectionId),
		Target: text(in.IntegrationTarget), RequestParameters: in.RequestParameters, RequestTemplates: in.RequestTemplates,
		PassthroughBehavior: or(in.PassthroughBehavior, gateway.WhenNoMatch), ContentHandling: text(in.ContentHandling),
		TimeoutMillis: gateway.DefaultRestTimeoutMillis, TransferMode: text(in.ResponseTransferMode),
		CacheNamespace: or(in.CacheNamespace, in.ResourceId), CacheKeyParameters: in.CacheKeyParameters,
	}
	if in.TimeoutInMillis != nil {
		made.TimeoutMillis = int(*in.TimeoutInMillis)
	}
	if in.TlsConfig != nil {
		made.InsecureSkipVerification = new(isTrue(in.TlsConfig.InsecureSkipVerification))
	}
	settle(made)
	return made
}

// settle drops and completes what depends on the type: a mock calls nothing, and only HTTP shows how it is connected (recorded:
// test_integration_mock_with_path_param, test_put_integration_validation; fact 44).
func settle(in *gateway.RestIntegration) {
	switch in.Type {
	case gateway.RestHTTP, gateway.RestHTTPProxy:
		if in.ConnectionType == "" {
			in.ConnectionType = gateway.ConnectionInternet
		}
		return
	case gateway.RestMock:
		in.Method, in.URI = "", ""
	case gateway.RestAWS, gateway.RestAWSProxy:
	}
	if in.ConnectionType == gateway.ConnectionInternet {
		in.ConnectionType = ""
	}
}

// GetIntegration returns the integration of a method.
func (s *Service) GetIntegration(ctx context.Context, call *wire.Call, in *gen.GetIntegrationInput) (*gen.Integration, error) {
	return readMethod(ctx, s, call, methodRef{in.RestApiId, in.ResourceId, in.HttpMethod}, func(m *gateway.Method) (*gen.Integration, error) {
		if m.Integration == nil {
			return nil, noIntegration()
		}
		return integrationOutput(m.Integration), nil
	})
}

// UpdateIntegration changes an integration by patch operations.
func (s *Service) UpdateIntegration(ctx context.Context, call *wire.Call, in *gen.UpdateIntegrationInput) (*gen.Integration, error) {
	var out *gen.Integration
	err := s.changeMethod(ctx, call, methodRef{in.RestApiId, in.ResourceId, in.HttpMethod}, func(w writer, m *gateway.Method) error {
		if m.Integration == nil {
			return noIntegration()
		}
		if err := integrationPatches().Apply(m.Integration, in.PatchOperations); err != nil {
			return err
		}
		settle(m.Integration)
		out = integrationOutput(m.Integration)
		return s.checkIntegration(w.reader, m, m.Integration)
	})
	return out, err
}

// integrationPatches are UpdateIntegration's.
func integrationPatches() patch.Table[gateway.RestIntegration] {
	type in = gateway.RestIntegration
	const all = patch.Add | patch.Replace | patch.Remove
	field := func(path string, kind patch.Kind[string], of func(*in) *string) patch.Row[in] {
		return patch.Field(path, patch.Replace, kind, of)
	}
	return patch.Table[in]{Refuse: patch.PathThenOp, Rows: []patch.Row[in]{
		patch.Set("/cacheKeyParameters/{name}", all, func(i *in) *[]string { return &i.CacheKeyParameters }),
		field("/cacheNamespace", patch.Text(), func(i *in) *string { return &i.CacheNamespace }),
		field("/connectionId", patch.Text(), func(i *in) *string { return &i.ConnectionID }),
		field("/connectionType", patch.Enum(gateway.ConnectionInternet, gateway.ConnectionVPCLink), func(i *in) *string { return &i.ConnectionType }),
		field("/contentHandling", patch.OrEmpty(patch.Enum(gateway.ConvertToBinary, gateway.ConvertToText)), func(i *in) *string { return &i.ContentHandling }),
		field("/credentials", patch.Text(), func(i *in) *string { return &i.Credentials }),
		field("/httpMethod", patch.Text(), func(i *in) *string { return &i.Method }),
		field("/integrationTarget", patch.Text(), func(i *in) *string { return &i.Target }),
		field("/passthroughBehavior", patch.Enum(gateway.WhenNoMatch, gateway.WhenNoTemplates, gateway.Never), func(i *in) *string { return &i.PassthroughBehavior }),
		field("/responseTransferMode", patch.Enum(gateway.TransferBuffered, gateway.TransferStream), func(i *in) *string { return &i.TransferMode }),
		field("/uri", patch.Text(), func(i *in) *string { return &i.URI }),
		patch.Field("/timeoutInMillis", patch.Replace, patch.Integer(), func(i *in) *int { return &i.TimeoutMillis }),
		patch.Do("/tlsConfig/insecureSkipVerification", patch.Replace, "boolean", func(i *in, c patch.Change) error {
			skip, err := patch.Flag().Parse(c)
			i.InsecureSkipVerification = &skip
			return err
		}),
		patch.Map("/requestParameters/{name}", all, patch.Entry[in, string]{
			Field: func(i *in) *map[string]string { return &i.RequestParameters }, Kind: patch.Text(), Missing: noParameter,
		}),
		patch.Map("/requestTemplates/{type}", all, patch.Entry[in, string]{
			Field: func(i *in) *map[string]string { return &i.RequestTemplates }, Kind: patch.Text(), Missing: noContentType,
		}),
	}}
}

// DeleteIntegration takes a method's back end away.
func (s *Service) DeleteIntegration(ctx context.Context, call *wire.Call, in *gen.DeleteIntegrationInput) (*gen.DeleteIntegrationOutput, error) {
	err := s.changeMethod(ctx, call, methodRef{in.RestApiId, in.ResourceId, in.HttpMethod}, func(_ writer, m *gateway.Method) error {
		if m.Integration == nil {
			return noIntegration()
		}
		m.Integration = nil
		return nil
	})
	return &gen.DeleteIntegrationOutput{}, err
}

func integrationOutput(in *gateway.RestIntegration) *gen.Integration {
	out := gen.Integration{
		CacheKeyParameters: in.CacheKeyParameters, CacheNamespace: optional(in.CacheNamespace), ConnectionId: optional(in.ConnectionID),
		ConnectionType: optional(gen.ConnectionType(in.ConnectionType)), ContentHandling: optional(gen.ContentHandlingStrategy(in.ContentHandling)),
		Credentials: optional(in.Credentials), HttpMethod: optional(in.Method), IntegrationTarget: optional(in.Target),
		PassthroughBehavior: optional(in.PassthroughBehavior), RequestParameters: in.RequestParameters,
		RequestTemplates: in.RequestTemplates, ResponseTransferMode: optional(gen.ResponseTransferMode(in.TransferMode)),
		TimeoutInMillis: number(in.TimeoutMillis), Type: new(gen.IntegrationType(in.Type)), Uri: optional(in.URI),
	}
	if out.CacheKeyParameters == nil { // recorded: the one list that is shown when it is empty
		out.CacheKeyParameters = []string{}
	}
	if in.InsecureSkipVerification != nil {
		out.TlsConfig = &gen.TlsConfig{InsecureSkipVerification: in.InsecureSkipVerification}
	}
	if len(in.Responses) > 0 {
		out.IntegrationResponses = make(map[string]gen.IntegrationResponse, len(in.Responses))
		for status, response := range in.Responses {
			out.IntegrationResponses[status] = *integrationResponseOutput(status, response)
		}
	}
	return &out
}
