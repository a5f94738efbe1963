package apigatewayv2

import (
	"context"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/compile"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

const payloadV1 = "1.0"

// CreateIntegration makes an integration.
func (s *Service) CreateIntegration(ctx context.Context, call *wire.Call, in *gen.CreateIntegrationInput) (*gen.CreateIntegrationOutput, error) {
	integration := gateway.Integration{
		ID: gateway.NewID(gateway.IntegrationIDLength), PayloadVersion: payloadV1, TimeoutMillis: gateway.DefaultTimeoutMillis,
	}
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.api(in.ApiId); err != nil {
			return err
		}
		if err := s.change(&integration, integrationSettings(*in)); err != nil {
			return err
		}
		all, err := w.integrations(in.ApiId)
		if err != nil {
			return err
		}
		if len(all) >= s.Quotas.IntegrationsPerAPI {
			return badRequest("Maximum number of integrations for this API has been reached: %d", s.Quotas.IntegrationsPerAPI)
		}
		return w.putIntegration(in.ApiId, integration)
	})
	if err != nil {
		return nil, err
	}
	return new(gen.CreateIntegrationOutput(integrationOutput(integration))), nil
}

// integrationSettings are the members that CreateIntegration and UpdateIntegration share.
type integrationSettings gen.CreateIntegrationInput

// change applies what is given and checks the result.
func (s *Service) change(integration *gateway.Integration, in integrationSettings) error {
	if err := in.checkBuilt(); err != nil {
		return err
	}
	replace(&integration.Type, in.IntegrationType)
	set(&integration.Description, in.Description)
	replace(&integration.Method, in.IntegrationMethod)
	replace(&integration.URI, in.IntegrationUri)
	replace(&integration.PayloadVersion, in.PayloadFormatVersion)
	if in.TimeoutInMillis != nil {
		integration.TimeoutMillis = int(*in.TimeoutInMillis)
	}
	if in.TlsConfig != nil {
		integration.ServerNameToVerify = text(in.TlsConfig.ServerNameToVerify)
	}
	return s.checkIntegration(*integration)
}

// checkBuilt refuses what this service does not build, by name.
func (in integrationSettings) checkBuilt() error {
	switch {
	case text(in.ConnectionType) == string(gen.ConnectionTypeVpcLink) && text(in.ConnectionId) == "":
		return badRequest("ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK") // fact 54
	case text(in.ConnectionType) == string(gen.ConnectionTypeVpcLink), text(in.ConnectionId) != "":
		return notBuilt("VPC links")
	case text(in.IntegrationSubtype) != "":
		return notBuilt("integrations with AWS services")
	case text(in.CredentialsArn) != "":
		return notBuilt("credentials of integrations")
	case len(in.RequestParameters) > 0 || len(in.ResponseParameters) > 0:
		return notBuilt("parameter mapping")
	case text(in.ContentHandlingStrategy) != "" || text(in.PassthroughBehavior) != "" || len(in.RequestTemplates) > 0 ||
		text(in.TemplateSelectionExpression) != "":
		return badRequest("Templates, content handling and passthrough behavior are not supported for HTTP APIs")
	}
	return nil
}

// checkIntegration says what AWS says about an integration that cannot be (facts 53 and 54).
func (s *Service) checkIntegration(in gateway.Integration) error {
	switch gen.IntegrationType(in.Type) {
	case gen.IntegrationTypeHttpProxy:
	case gen.IntegrationTypeAwsProxy:
		return notBuilt("AWS_PROXY integrations")
	case gen.IntegrationTypeAws, gen.IntegrationTypeHttp, gen.IntegrationTypeMock:
		return badRequest("Currently, an API with a protocol type of HTTP may only be associated with proxy integrations (AWS_PROXY, HTTP_PROXY)")
	}
	switch in.PayloadVersion {
	case payloadV1:
	case "2.0":
		return badRequest("PayloadFormatVersion 2.0 is not supported for integration of type HTTP_PROXY")
	default:
		return badRequest("Unsupported PayloadFormatVersion: %s", in.PayloadVersion)
	}
	longest := int(s.Quotas.Timeout / time.Millisecond)
	if in.TimeoutMillis < gateway.MinTimeoutMillis || in.TimeoutMillis > longest {
		return badRequest("Timeout should be between %d ms and %d ms", gateway.MinTimeoutMillis, longest)
	}
	if in.Method == "" {
		return badRequest("HttpMethod must be specified for integration of type HTTP_PROXY")
	}
	if !gateway.ValidMethod(in.Method) {
		return badRequest("Invalid HTTP method specified: %s", in.Method)
	}
	if strings.HasPrefix(in.URI, "arn:") {
		return notBuilt("integrations with Lambda functions and AWS services")
	}
	if err := compile.CheckURI(in.URI); err != nil {
		return badRequest("Invalid HTTP endpoint specified for URI: %v", err)
	}
	return nil
}

// GetIntegration returns an integration.
func (s *Service) GetIntegration(ctx context.Context, call *wire.Call, in *gen.GetIntegrationInput) (*gen.GetIntegrationOutput, error) {
	var integration gateway.Integration
	err := s.view(ctx, call, func(r reader) (err error) {
		if _, err = r.api(in.ApiId); err != nil {
			return err
		}
		integration, err = r.integration(in.ApiId, in.IntegrationId)
		return err
	})
	if err != nil {
		return nil, err
	}
	return new(gen.GetIntegrationOutput(integrationOutput(integration))), nil
}

// GetIntegrations lists an API's integrations.
func (s *Service) GetIntegrations(ctx context.Context, call *wire.Call, in *gen.GetIntegrationsInput) (*gen.GetIntegrationsOutput, error) {
	var out gen.GetIntegrationsOutput
	err := s.list(ctx, call, in.ApiId, listing{in.MaxResults, in.NextToken}, func(r reader, rng store.Range) error {
		list, err := state.Integrations().List(r, rng)
		out.Items, out.NextToken = convert(list.Items, integrationOutput), nextToken(list.Next)
		return err
	})
	return &out, err
}

// UpdateIntegration changes what is given.
func (s *Service) UpdateIntegration(ctx context.Context, call *wire.Call, in *gen.UpdateIntegrationInput) (*gen.UpdateIntegrationOutput, error) {
	settings := integrationSettings{
		ConnectionId: in.ConnectionId, ConnectionType: in.ConnectionType, ContentHandlingStrategy: in.ContentHandlingStrategy,
		CredentialsArn: in.CredentialsArn, Description: in.Description, IntegrationMethod: in.IntegrationMethod,
		IntegrationSubtype: in.IntegrationSubtype, IntegrationType: in.IntegrationType, IntegrationUri: in.IntegrationUri,
		PassthroughBehavior: in.PassthroughBehavior, PayloadFormatVersion: in.PayloadFormatVersion,
		RequestParameters: in.RequestParameters, RequestTemplates: in.RequestTemplates, ResponseParameters: in.ResponseParameters,
		TemplateSelectionExpression: in.TemplateSelectionExpression, TimeoutInMillis: in.TimeoutInMillis, TlsConfig: in.TlsConfig,
	}
	var integration gateway.Integration
	err := s.update(ctx, call, func(w writer) (err error) {
		if _, err = w.api(in.ApiId); err != nil {
			return err
		}
		if integration, err = w.integration(in.ApiId, in.IntegrationId); err != nil {
			return err
		}
		if err := s.change(&integration, settings); err != nil {
			return err
		}
		if err := w.putIntegration(in.ApiId, integration); err != nil {
			return err
		}
		return w.deployAutomatically(in.ApiId)
	})
	if err != nil {
		return nil, err
	}
	return new(gen.UpdateIntegrationOutput(integrationOutput(integration))), nil
}

// DeleteIntegration removes an integration that no route refers to.
func (s *Service) DeleteIntegration(ctx context.Context, call *wire.Call, in *gen.DeleteIntegrationInput) (*gen.DeleteIntegrationOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.api(in.ApiId); err != nil {
			return err
		}
		if _, err := w.integration(in.ApiId, in.IntegrationId); err != nil {
			return err
		}
		routes, err := w.routes(in.ApiId)
		if err != nil {
			return err
		}
		var used []string
		for _, route := range routes {
			if route.IntegrationID == in.IntegrationId {
				used = append(used, route.ID)
			}
		}
		if len(used) > 0 { // fact 58
			return conflict("Cannot delete Integration because it is referenced by the following Routes with Ids: [%s]", strings.Join(used, ", "))
		}
		return state.Integrations().Delete(w.tx, w.key(in.ApiId, in.IntegrationId))
	})
	return &gen.DeleteIntegrationOutput{}, err
}

func integrationOutput(in gateway.Integration) gen.Integration {
	out := gen.Integration{
		ApiGatewayManaged:    trueOnly(in.Managed),
		ConnectionType:       new(gen.ConnectionTypeInternet),
		Description:          optional(in.Description),
		IntegrationId:        &in.ID,
		IntegrationMethod:    optional(in.Method),
		IntegrationType:      new(gen.IntegrationType(in.Type)),
		IntegrationUri:       optional(in.URI),
		PayloadFormatVersion: &in.PayloadVersion,
		TimeoutInMillis:      new(int32(in.TimeoutMillis)), //nolint:gosec // bounded by the quota
	}
	if in.ServerNameToVerify != "" {
		out.TlsConfig = &gen.TlsConfig{ServerNameToVerify: &in.ServerNameToVerify}
	}
	return out
}
