package apigateway

import (
	"context"
	"errors"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/rest"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// GetExport writes what a stage's deployment froze as Swagger 2.0 or OpenAPI 3.0, with the stage's version of the documentation.
func (s *Service) GetExport(ctx context.Context, call *wire.Call, in *gen.GetExportInput) (*gen.GetExportOutput, error) {
	opts, err := exportOptions(in)
	if err != nil {
		return nil, err
	}
	opts.URL, opts.Stage = s.Endpoint(call.Tenant.Region, in.RestApiId), in.StageName
	var snapshot gateway.RestSnapshot
	err = s.view(ctx, call, func(r reader) (err error) {
		snapshot, opts.Documentation, err = r.deployed(in.RestApiId, in.StageName)
		return err
	})
	if err != nil {
		return nil, err
	}
	body, err := rest.Export(&snapshot, opts)
	if refusal, ok := errors.AsType[*rest.Error](err); ok {
		return nil, badRequest("%s", refusal.Message)
	}
	if err != nil {
		return nil, err
	}
	name := in.ExportType + "_" + rest.Version(snapshot.API) + ".json"
	if opts.YAML {
		name = strings.TrimSuffix(name, "json") + "yaml"
	}
	return &gen.GetExportOutput{ // fact 49
		Body: body, ContentType: new("application/octet-stream"), ContentDisposition: new(`attachment; filename="` + headerText(name) + `"`),
	}, nil
}

// exportOptions reads what a client asks for (API reference, GetExport, "parameters"; developer guide, "Download a documentation
// snapshot associated with a stage": the documentation is there unless other extensions are asked for without it).
func exportOptions(in *gen.GetExportInput) (rest.ExportOptions, error) {
	var opts rest.ExportOptions
	switch in.ExportType {
	case "swagger":
		opts.Swagger = true
	case "oas30":
	default:
		return opts, badRequest("Invalid export type specified: %s. Valid options are oas30, swagger", in.ExportType)
	}
	opts.YAML = strings.Contains(text(in.Accepts), "yaml")
	for extension := range strings.SplitSeq(in.Parameters["extensions"], ",") {
		switch strings.TrimSpace(extension) {
		case "integrations":
			opts.Integrations = true
		case "authorizers":
			opts.Authorizers = true
		case "apigateway":
			opts.Integrations, opts.Authorizers, opts.Settings, opts.IncludeParts = true, true, true, true
		case "validators", "gatewayresponses":
			opts.Settings = true
		case "documentation":
			opts.IncludeParts = true
		case "":
		case "postman":
			// Postman imports definitions as they are. Which members AWS adds for it is not established.
		default:
			return opts, badRequest("Invalid extension specified: %s", extension)
		}
	}
	return opts, nil
}

// deployed returns what a stage serves, and the documentation that it shows.
func (r reader) deployed(apiID, stageName string) (snapshot gateway.RestSnapshot, documentation *gateway.DocumentationVersion, err error) {
	stage, err := r.stage(apiID, stageName)
	if err != nil {
		return snapshot, nil, err
	}
	snapshot, err = state.RestSnapshots().Get(r, r.key(apiID, stage.DeploymentID))
	if err != nil {
		return snapshot, nil, orNotFound(err, notFound("Invalid Deployment identifier specified"))
	}
	if stage.DocumentationVersion == "" {
		return snapshot, nil, nil
	}
	version, err := r.documentationVersion(apiID, stage.DocumentationVersion)
	return snapshot, &version, err
}

// headerText keeps of a name what a quoted string of a header can have.
func headerText(name string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return '_'
		}
		return c
	}, name)
}
