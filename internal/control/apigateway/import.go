package apigateway

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/rest"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// ImportRestApi makes an API of a document, with the models of the document alone (recorded: test_import_swagger_api).
func (s *Service) ImportRestApi(ctx context.Context, call *wire.Call, in *gen.ImportRestApiInput) (*gen.RestApi, error) {
	im, err := s.newImporter(call, in.Body, in.Parameters)
	if err != nil {
		return nil, err
	}
	im.strict, im.overwrite = isTrue(in.FailOnWarnings), true
	endpoint, err := importedEndpoint(in.Parameters)
	if err != nil {
		return nil, err
	}
	var api gateway.RestAPI
	err = s.update(ctx, call, func(w writer) (err error) {
		api = gateway.RestAPI{Endpoint: endpointOf(endpoint), CreatedAt: w.now}
		if api.ID, err = w.reserveID(im.def.Tags); err != nil {
			return err
		}
		root := gateway.Resource{ID: gateway.NewID(gateway.RootResourceIDLength), Path: "/"}
		api.RootResourceID = root.ID
		if err := w.putResource(api.ID, root); err != nil {
			return err
		}
		return im.apply(w, &api)
	})
	if err != nil {
		return nil, err
	}
	return apiOutput(api), nil
}

// importedEndpoint reads the endpoint's type (API reference, ImportRestApi, "parameters").
func importedEndpoint(parameters map[string]string) (*gen.EndpointConfiguration, error) {
	kind, given := parameters["endpointConfigurationTypes"]
	if !given {
		return nil, nil
	}
	switch kind {
	case gateway.EndpointEdge, gateway.EndpointRegional, gateway.EndpointPrivate:
		return &gen.EndpointConfiguration{Types: []gen.EndpointType{gen.EndpointType(kind)}}, nil
	}
	return nil, badRequest("Invalid endpoint type specified: %s. Valid options are EDGE, REGIONAL, PRIVATE", kind)
}

// PutRestApi merges a document into an API, or makes it all that the API consists of. The id of the root and those of what
// keeps its path or name stay (recorded: test_import_rest_api_with_base_path_oas30).
func (s *Service) PutRestApi(ctx context.Context, call *wire.Call, in *gen.PutRestApiInput) (*gen.RestApi, error) {
	im, err := s.newImporter(call, in.Body, in.Parameters)
	if err != nil {
		return nil, err
	}
	im.strict, im.overwrite = isTrue(in.FailOnWarnings), text(in.Mode) == "overwrite"
	var api gateway.RestAPI
	err = s.update(ctx, call, func(w writer) (err error) {
		if api, err = w.api(in.RestApiId); err != nil {
			return err
		}
		return im.apply(w, &api)
	})
	if err != nil {
		return nil, err
	}
	return withTags(apiOutput(api)), nil
}

// newImporter reads a document before anything changes, and before the API is looked for (recorded: test_import_api_bad_file).
func (s *Service) newImporter(call *wire.Call, body []byte, parameters map[string]string) (*importer, error) {
	opts := rest.Options{
		Tenant: call.Tenant, BasePath: rest.BasePathMode(strings.ToLower(parameters["basepath"])),
		IgnoreDocumentation: parameters["ignore"] == "documentation",
	}
	switch opts.BasePath {
	case "", rest.Ignore, rest.Prepend, rest.Split:
	default:
		return nil, badRequest("Invalid basepath %q: must be one of ignore, prepend, split", parameters["basepath"])
	}
	def, err := rest.Read(body, opts)
	if err != nil {
		return nil, badRequest("%v", err)
	}
	return &importer{service: s, def: def, ignoreDocumentation: opts.IgnoreDocumentation}, checkTags(def.Tags)
}

// importer changes an API by a definition. What AWS would refuse is collected, so that one answer says all of it.
type importer struct {
	writer
	service           *Service
	def               *rest.Definition
	api               *gateway.RestAPI
	strict, overwrite bool
	// ignoreDocumentation leaves the API's documentation as it is.
	ignoreDocumentation bool
	errors              []string
	// authorizers and validators have ids by name.
	authorizers, validators map[string]string
}

// apply changes the API's documents; its last act is to refuse, so that an error leaves nothing behind.
func (im *importer) apply(w writer, api *gateway.RestAPI) error {
	im.writer, im.api = w, api
	im.errors = append([]string(nil), im.def.Errors...)
	im.def.Bind(api.ID)
	for _, step := range []func() error{
		im.settings, im.importModels, im.importValidators, im.importAuthorizers, im.gatewayResponses, im.resources, im.documentation,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	if err := im.refuse(); err != nil {
		return err
	}
	api.Warnings = im.def.Warnings
	return w.putAPI(*api)
}

// refuse has AWS's words (public reports of CDK's users, 2024; Terraform's acceptance tests of aws_api_gateway_rest_api).
func (im *importer) refuse() error {
	const indent = "\n\t"
	warnings := strings.Join(im.def.Warnings, indent)
	switch {
	case len(im.errors) > 0 && warnings != "":
		return badRequest("Errors found during import:%s%s\nAdditionally, these warnings were found:%s%s", indent, strings.Join(im.errors, indent), indent, warnings)
	case len(im.errors) > 0:
		return badRequest("Errors found during import:%s%s", indent, strings.Join(im.errors, indent))
	case im.strict && warnings != "":
		return badRequest("Warnings found during import:%s%s", indent, warnings)
	}
	return nil
}

// maxImportErrors is how many errors an answer lists.
const maxImportErrors = 500

// collect keeps what a caller would have been told; anything else stops the import.
func (im *importer) collect(err error, format string, args ...any) error {
	message := ""
	if refusal, ok := errors.AsType[*gen.BadRequestException](err); ok {
		message = refusal.Message
	} else if refusal, ok := errors.AsType[*gen.ConflictException](err); ok {
		message = refusal.Message
	} else if refusal, ok := errors.AsType[*gen.NotFoundException](err); ok {
		message = refusal.Message
	} else {
		return err
	}
	if len(im.errors) < maxImportErrors {
		im.errors = append(im.errors, fmt.Sprintf(format, args...)+": "+message)
	}
	return nil
}
