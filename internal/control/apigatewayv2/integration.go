package apigatewayv2

import (
	"context"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/compile"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

const payloadV1, payloadV2 = "1.0", "2.0"

// CreateIntegration makes an integration.
func (s *Service) CreateIntegration(ctx context.Context, call *wire.Call, in *gen.CreateIntegrationInput) (*gen.CreateIntegrationOutput, error) {
	integration := gateway.Integration{
		ID: gateway.NewID(gateway.IntegrationIDLength), PayloadVersion: payloadV1, TimeoutMillis: gateway.DefaultTimeoutMillis,
	}
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.api(in.ApiId); err != nil {
			return err
		}
		if err := s.change(w.reader, &integration, integrationSettings(*in)); err != nil {
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
func (s *Service) change(r reader, integration *gateway.Integration, in integrationSettings) error {
	if err := in.checkBuilt(); err != nil {
		return err
	}
	replace(&integration.Type, in.IntegrationType)
	set(&integration.Description, in.Description)
	replace(&integration.Method, in.IntegrationMethod)
	replace(&integration.URI, in.IntegrationUri)
	replace(&integration.Subtype, in.IntegrationSubtype)
	replace(&integration.CredentialsARN, in.CredentialsArn)
	replace(&integration.PayloadVersion, in.PayloadFormatVersion)
	if in.TimeoutInMillis != nil {
		integration.TimeoutMillis = int(*in.TimeoutInMillis)
	}
	if in.TlsConfig != nil {
		integration.ServerNameToVerify = text(in.TlsConfig.ServerNameToVerify)
	}
	if err := in.connect(integration); err != nil {
		return err
	}
	integration.RequestParameters = mergeParameters(integration.RequestParameters, in.RequestParameters)
	integration.ResponseParameters = mergeResponses(integration.ResponseParameters, in.ResponseParameters)
	if err := s.checkIntegration(*integration); err != nil {
		return err
	}
	return checkVPCLink(r, *integration)
}

// mergeParameters lays changes over parameters. An empty value takes a parameter out
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html, "Remove configured
// parameter mappings"); but a new one that removes something may have it too.
func mergeParameters(have, changes map[string]string) map[string]string {
	merged := maps.Clone(have)
	for key, value := range changes {
		if _, there := merged[key]; value == "" && (there || !strings.HasPrefix(key, "remove:")) {
			delete(merged, key)
			continue
		}
		if merged == nil {
			merged = map[string]string{}
		}
		merged[key] = value
	}
	if len(merged) == 0 {
		return nil
	}
	return merged
}

// mergeResponses does the same for each status code; an empty map takes a status code out.
func mergeResponses(have, changes map[string]map[string]string) map[string]map[string]string {
	merged := maps.Clone(have)
	for status, params := range changes {
		if merged == nil {
			merged = map[string]map[string]string{}
		}
		if merged[status] = mergeParameters(merged[status], params); len(params) == 0 || merged[status] == nil {
			delete(merged, status)
		}
	}
	if len(merged) == 0 {
		return nil
	}
	return merged
}

// checkVPCLink says whether the link of a private integration is there.
func checkVPCLink(r reader, in gateway.Integration) error {
	if in.VPCLinkID == "" {
		return nil
	}
	_, err := r.vpcLink(in.VPCLinkID)
	var missing *gen.NotFoundException
	if errors.As(err, &missing) {
		return badRequest("%s", missing.Message)
	}
	return err
}

// checkBuilt refuses what this service does not build, by name.
func (in integrationSettings) checkBuilt() error {
	if text(in.ContentHandlingStrategy) != "" || text(in.PassthroughBehavior) != "" || len(in.RequestTemplates) > 0 ||
		text(in.TemplateSelectionExpression) != "" {
		return badRequest("Templates, content handling and passthrough behavior are not supported for HTTP APIs")
	}
	return nil
}

// connect makes an integration private or public. An update may give one of the two members alone, as Terraform does
// when the other stays as it is.
func (in integrationSettings) connect(integration *gateway.Integration) error {
	private := integration.VPCLinkID != ""
	if kind := text(in.ConnectionType); kind != "" {
		private = kind == string(gen.ConnectionTypeVpcLink)
	}
	link := or(in.ConnectionId, integration.VPCLinkID)
	switch {
	case !private && text(in.ConnectionId) != "":
		return badRequest("ConnectionId is for the ConnectionType VPC_LINK")
	case !private:
		link = ""
	case link == "":
		return badRequest("ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK") // fact 54
	}
	integration.VPCLinkID = link
	return nil
}

// checkIntegration says what AWS says about an integration that cannot be (facts 53, 54 and 72).
func (s *Service) checkIntegration(in gateway.Integration) error {
	switch gen.IntegrationType(in.Type) {
	case gen.IntegrationTypeHttpProxy:
	case gen.IntegrationTypeAwsProxy:
		if in.Subtype == "" {
			return s.checkFunction(in)
		}
		return s.checkService(in)
	case gen.IntegrationTypeAws, gen.IntegrationTypeHttp, gen.IntegrationTypeMock:
		return badRequest("Currently, an API with a protocol type of HTTP may only be associated with proxy integrations (AWS_PROXY, HTTP_PROXY)")
	}
	switch in.PayloadVersion {
	case payloadV1:
	case payloadV2:
		return badRequest("PayloadFormatVersion 2.0 is not supported for integration of type HTTP_PROXY")
	default:
		return badRequest("Unsupported PayloadFormatVersion: %s", in.PayloadVersion)
	}
	if err := s.checkTimeout(in); err != nil {
		return err
	}
	if in.Subtype != "" || in.CredentialsARN != "" {
		return badRequest("IntegrationSubtype and CredentialsArn are for integrations of type AWS_PROXY")
	}
	if in.Method == "" {
		return badRequest("HttpMethod must be specified for integration of type HTTP_PROXY")
	}
	if !gateway.ValidMethod(in.Method) {
		return badRequest("Invalid HTTP method specified: %s", in.Method)
	}
	if err := compile.CheckMapping(in.RequestParameters, in.ResponseParameters, s.Mappable); err != nil {
		return badRequest("%v", err)
	}
	return checkURI(in)
}

func (s *Service) checkTimeout(in gateway.Integration) error {
	longest := int(s.Quotas.Timeout / time.Millisecond)
	if in.TimeoutMillis < gateway.MinTimeoutMillis || in.TimeoutMillis > longest {
		return badRequest("Timeout should be between %d ms and %d ms", gateway.MinTimeoutMillis, longest)
	}
	return nil
}

// checkFunction says what AWS says about an integration with a Lambda function. The function need not exist.
func (s *Service) checkFunction(in gateway.Integration) error {
	switch {
	case in.PayloadVersion != payloadV1 && in.PayloadVersion != payloadV2:
		return badRequest("Unsupported PayloadFormatVersion: %s", in.PayloadVersion)
	case in.VPCLinkID != "" || in.ServerNameToVerify != "":
		return badRequest("ConnectionId and TlsConfig are for private integrations")
	case in.Method != "" && !gateway.ValidMethod(in.Method):
		return badRequest("Invalid HTTP method specified: %s", in.Method)
	}
	if err := s.checkTimeout(in); err != nil {
		return err
	}
	if err := compile.CheckMapping(in.RequestParameters, in.ResponseParameters, s.Mappable); err != nil {
		return badRequest("%v", err)
	}
	if err := compile.CheckFunctionURI(in.URI); err != nil {
		return badRequest("%v", err)
	}
	return nil
}

// checkService says what AWS says about an integration with one of its services.
func (s *Service) checkService(in gateway.Integration) error {
	if err := s.checkTimeout(in); err != nil {
		return err
	}
	if in.URI != "" || in.VPCLinkID != "" {
		return badRequest("IntegrationUri and ConnectionId are not supported with an IntegrationSubtype")
	}
	if err := compile.CheckService(in); err != nil {
		return badRequest("%v", err)
	}
	if len(in.ResponseParameters) == 0 {
		return nil
	}
	if err := compile.CheckMapping(nil, in.ResponseParameters, s.Mappable); err != nil {
		return badRequest("%v", err)
	}
	return nil
}

// checkURI wants an ARN of private integrations and a URL of all others.
func checkURI(in gateway.Integration) error {
	isARN := strings.HasPrefix(in.URI, "arn:")
	switch {
	case in.VPCLinkID != "" && !isARN:
		return badRequest("Invalid integration URI for a private integration: want the ARN of a load balancer's listener or of a Cloud Map service")
	case in.VPCLinkID != "":
		return nil
	}
	if err := compile.CheckURI(in.URI); err != nil {
		return badRequest("Invalid HTTP endpoint specified for URI: %v", err)
	}
	return nil
}

// GetIntegration returns an integration.
func (s *Service) GetIntegration(ctx context.Context, call *wire.Call, in *gen.GetIntegrationInput) (*gen.GetIntegrationOutput, error) {
	integration, err := readPart(ctx, s, call, part{in.ApiId, in.IntegrationId}, reader.integration)
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
		if err := s.change(w.reader, &integration, settings); err != nil {
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
		ConnectionId:         optional(in.VPCLinkID),
		ConnectionType:       new(gen.ConnectionTypeInternet),
		CredentialsArn:       optional(in.CredentialsARN),
		Description:          optional(in.Description),
		IntegrationId:        &in.ID,
		IntegrationMethod:    optional(in.Method),
		IntegrationSubtype:   optional(in.Subtype),
		IntegrationType:      new(gen.IntegrationType(in.Type)),
		IntegrationUri:       optional(in.URI),
		PayloadFormatVersion: &in.PayloadVersion,
		RequestParameters:    in.RequestParameters,
		ResponseParameters:   in.ResponseParameters,
		TimeoutInMillis:      new(int32(in.TimeoutMillis)), //nolint:gosec // bounded by the quota
	}
	if in.VPCLinkID != "" {
		out.ConnectionType = new(gen.ConnectionTypeVpcLink)
	}
	if in.ServerNameToVerify != "" {
		out.TlsConfig = &gen.TlsConfig{ServerNameToVerify: &in.ServerNameToVerify}
	}
	return out
}
