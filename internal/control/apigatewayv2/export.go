package apigatewayv2

import (
	"context"

	"github.com/dipylon/dipylon/internal/control/openapi"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// ExportApi writes an API as OpenAPI 3.0: as it is, or as a stage serves it
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-export.html).
func (s *Service) ExportApi(ctx context.Context, call *wire.Call, in *gen.ExportApiInput) (*gen.ExportApiOutput, error) {
	opts, err := s.exportOptions(call, in)
	if err != nil {
		return nil, err
	}
	var def *openapi.Definition
	err = s.view(ctx, call, func(r reader) error {
		api, err := r.api(in.ApiId)
		if err != nil {
			return err
		}
		snapshot, err := r.exported(in.ApiId, text(in.StageName))
		def = definitionOf(api, snapshot)
		return err
	})
	if err != nil {
		return nil, err
	}
	body, err := openapi.Export(def, opts)
	if err != nil {
		return nil, badRequest("%v", err)
	}
	return &gen.ExportApiOutput{Body: body}, nil
}

func (s *Service) exportOptions(call *wire.Call, in *gen.ExportApiInput) (openapi.ExportOptions, error) {
	opts := openapi.ExportOptions{
		Extensions: in.IncludeExtensions == nil || *in.IncludeExtensions, URL: s.Endpoint(call.Tenant.Region, in.ApiId), Time: s.now(),
	}
	switch {
	case in.Specification != "OAS30":
		return opts, badRequest("Invalid specification: %s. Must be one of [OAS30]", in.Specification)
	case in.ExportVersion != nil && text(in.ExportVersion) != "1.0":
		return opts, badRequest("Invalid exportVersion: %s. Must be one of [1.0]", *in.ExportVersion)
	}
	switch text(in.OutputType) {
	case "YAML":
		opts.Output = openapi.YAML
	case "JSON":
		opts.Output = openapi.JSON
	default:
		return opts, badRequest("Invalid outputType: %s. Must be one of [JSON, YAML]", text(in.OutputType))
	}
	return opts, nil
}

// exported returns the API as it is, or what a stage's deployment froze.
func (r reader) exported(apiID, stageName string) (gateway.Snapshot, error) {
	if stageName == "" {
		return r.freeze(apiID)
	}
	stage, err := r.stage(apiID, stageName)
	if err != nil {
		return gateway.Snapshot{}, err
	}
	snapshot, err := state.Snapshots().Get(r, r.key(apiID, stage.DeploymentID))
	return snapshot, orNotFound(err, badRequest("Stage %s has no deployment", stageName))
}

func definitionOf(api gateway.API, snapshot gateway.Snapshot) *openapi.Definition {
	def := &openapi.Definition{
		Name: api.Name, Version: api.Version, Description: api.Description, Tags: api.Tags, CORS: api.CORS,
		DisableExecuteAPIEndpoint: api.DisableDefaultEndpoint, Extensions: api.Extensions,
	}
	authorizers := map[string]*openapi.Authorizer{}
	for _, a := range snapshot.Authorizers {
		out := &openapi.Authorizer{
			Name: a.Name, Type: a.Type, IdentitySource: a.IdentitySource, Issuer: a.Issuer, Audience: a.Audience,
			URI: a.URI, PayloadVersion: a.PayloadVersion, SimpleResponses: a.SimpleResponses, TTLSeconds: a.TTLSeconds,
			Credentials: a.CredentialsARN,
		}
		authorizers[a.ID] = out
		def.Authorizers = append(def.Authorizers, out)
	}
	integrations, used := map[string]*openapi.Integration{}, map[string]bool{}
	for _, in := range snapshot.Integrations {
		integrations[in.ID] = integrationDefinition(in)
	}
	for _, r := range snapshot.Routes {
		def.Routes = append(def.Routes, openapi.Route{
			Key: r.Key, OperationName: r.OperationName, Integration: integrations[r.IntegrationID],
			Authorization: r.Authorization, Authorizer: authorizers[r.AuthorizerID], Scopes: r.Scopes,
			Extensions: r.Extensions,
		})
		used[r.IntegrationID] = true
	}
	for _, in := range snapshot.Integrations {
		out := integrations[in.ID]
		if !used[in.ID] {
			out.Name = "unusedIntegration_" + in.ID // AWS's naming
		}
		def.Integrations = append(def.Integrations, out)
	}
	return def
}

func integrationDefinition(in gateway.Integration) *openapi.Integration {
	out := &openapi.Integration{
		Type: string(in.Type), Subtype: in.Subtype, Method: in.Method, URI: in.URI, PayloadVersion: in.PayloadVersion,
		ConnectionType: string(gen.ConnectionTypeInternet), Credentials: in.CredentialsARN, Description: in.Description,
		TimeoutMillis: in.TimeoutMillis, ServerNameToVerify: in.ServerNameToVerify,
		RequestParameters: in.RequestParameters, ResponseParameters: in.ResponseParameters,
	}
	if in.VPCLinkID != "" {
		out.ConnectionType, out.ConnectionID = string(gen.ConnectionTypeVpcLink), in.VPCLinkID
	}
	return out
}
