package apigateway

import (
	"maps"
	"slices"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
)

// settings changes what holds for the whole API. A document that overwrites says it all, but for the type of the endpoint and
// the tags (developer guide, "Import an OpenAPI file to update an existing API definition"); one that merges adds media types
// (recorded: test_put_rest_api_mode_binary_media_types).
func (im *importer) settings() error {
	def, api := im.def, im.api
	if im.overwrite {
		*api = gateway.RestAPI{
			ID: api.ID, RootResourceID: api.RootResourceID, Tags: api.Tags, CreatedAt: api.CreatedAt,
			Endpoint:       gateway.RestEndpoint{Types: api.Endpoint.Types, IPAddressType: api.Endpoint.IPAddressType},
			SecurityPolicy: api.SecurityPolicy, EndpointAccessMode: api.EndpointAccessMode, APIKeySource: gateway.APIKeyFromHeader,
		}
	}
	for _, s := range []struct {
		to  *string
		new string
	}{
		{&api.Name, def.Name}, {&api.Description, def.Description}, {&api.Version, def.Version}, {&api.APIKeySource, def.APIKeySource},
		{&api.Policy, def.Policy}, {&api.SecurityPolicy, def.SecurityPolicy}, {&api.EndpointAccessMode, def.EndpointAccessMode},
	} {
		if s.new != "" {
			*s.to = s.new
		}
	}
	addAll(&api.BinaryMediaTypes, def.BinaryMediaTypes)
	addAll(&api.Endpoint.VPCEndpointIDs, def.VPCEndpointIDs)
	if def.MinimumCompressionSize != nil {
		api.MinimumCompressionSize = def.MinimumCompressionSize
	}
	if def.DisableDefaultEndpoint != nil {
		api.DisableDefaultEndpoint = *def.DisableDefaultEndpoint
	}
	if len(def.Tags) > 0 {
		api.Tags = maps.Clone(orEmpty(api.Tags))
		maps.Copy(api.Tags, def.Tags)
	}
	err := checkAPI(api, im.tenant)
	if err == nil {
		err = checkImported(*api)
	}
	return im.collect(err, "Unable to update the API")
}

// checkImported checks what an operation's input could not have had.
func checkImported(api gateway.RestAPI) error {
	switch {
	case api.APIKeySource != gateway.APIKeyFromHeader && api.APIKeySource != gateway.APIKeyFromAuthorizer:
		return badRequest("Invalid API key source specified: %s. Valid options are HEADER, AUTHORIZER", api.APIKeySource)
	case api.SecurityPolicy != "" && !slices.Contains(gateway.SecurityPolicies(), api.SecurityPolicy):
		return badRequest("Invalid security policy specified: %s", api.SecurityPolicy)
	case api.EndpointAccessMode != "" && api.EndpointAccessMode != "BASIC" && api.EndpointAccessMode != "STRICT":
		return badRequest("Invalid endpoint access mode specified: %s. Valid options are BASIC, STRICT", api.EndpointAccessMode)
	}
	return nil
}

func addAll(to *[]string, list []string) {
	for _, s := range list {
		if !slices.Contains(*to, s) {
			*to = append(slices.Clip(*to), s)
		}
	}
}

// former returns the documents of one kind that the API has, by what names them. Those that the definition does not name are
// deleted when it overwrites.
func former[T any](im *importer, of store.Collection[T], name func(T) string, named map[string]bool) (map[string]T, error) {
	page, err := of.List(im, im.children(im.api.ID))
	if err != nil {
		return nil, err
	}
	by := make(map[string]T, len(page.Items))
	for _, item := range page.Items {
		switch key := name(item.Value); {
		case named[key] || !im.overwrite:
			by[key] = item.Value
		default:
			if err := of.Delete(im.tx, im.key(im.api.ID, item.ID)); err != nil {
				return nil, err
			}
		}
	}
	return by, nil
}

// namesOf returns the set of names in a list.
func namesOf[T any](list []T, name func(T) string) map[string]bool {
	set := make(map[string]bool, len(list))
	for _, item := range list {
		set[name(item)] = true
	}
	return set
}

// importModels writes all models before it checks one, for they name each other.
func (im *importer) importModels() error {
	named := func(m gateway.RestModel) string { return m.Name }
	had, err := former(im, state.RestModels(), named, namesOf(im.def.Models, named))
	if err != nil {
		return err
	}
	const unable = "Unable to create model for '%s'"
	var written []gateway.RestModel
	for _, model := range im.def.Models {
		model.ID = had[model.Name].ID
		if model.ID == "" {
			model.ID = newID()
		}
		if err := checkModelName(model.Name); err != nil {
			if err := im.collect(err, unable, model.Name); err != nil {
				return err
			}
			continue
		}
		if err := state.RestModels().Put(im.tx, im.key(im.api.ID, model.Name), model); err != nil {
			return err
		}
		written = append(written, model)
	}
	for _, model := range written {
		if err := im.collect(im.checkModel(im.api.ID, model), unable, model.Name); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) importValidators() error {
	named := func(v gateway.RequestValidator) string { return v.Name }
	had, err := former(im, state.RequestValidators(), named, namesOf(im.def.Validators, named))
	if err != nil {
		return err
	}
	im.validators = map[string]string{}
	for name, v := range had {
		im.validators[name] = v.ID
	}
	for _, v := range im.def.Validators {
		if v.ID = im.validators[v.Name]; v.ID == "" {
			v.ID = newID()
		}
		im.validators[v.Name] = v.ID
		if err := im.putValidator(im.api.ID, v); err != nil {
			return err
		}
	}
	if len(im.validators) > maxValidators {
		return overLimit("request validators")
	}
	return nil
}

func (im *importer) importAuthorizers() error {
	named := func(a gateway.RestAuthorizer) string { return a.Name }
	had, err := former(im, state.RestAuthorizers(), named, namesOf(im.def.Authorizers, named))
	if err != nil {
		return err
	}
	im.authorizers = map[string]string{}
	for name, a := range had {
		im.authorizers[name] = a.ID
	}
	for _, a := range im.def.Authorizers {
		if a.ID = im.authorizers[a.Name]; a.ID == "" {
			a.ID = newID()
		}
		im.authorizers[a.Name] = a.ID
		a = completed(a)
		if err := im.collect(checkAuthorizer(a), "Unable to create authorizer '%s'", a.Name); err != nil {
			return err
		}
		if err := im.putAuthorizer(im.api.ID, a); err != nil {
			return err
		}
	}
	if len(im.authorizers) > im.service.Quotas.AuthorizersPerAPI {
		return overLimit("authorizers")
	}
	return nil
}

func (im *importer) gatewayResponses() error {
	named := func(response gateway.GatewayResponse) string { return string(response.Type) }
	if _, err := former(im, state.GatewayResponses(), named, namesOf(im.def.GatewayResponses, named)); err != nil {
		return err
	}
	for _, response := range im.def.GatewayResponses {
		if response.StatusCode == "" {
			response.StatusCode = defaultStatus(response.Type)
		}
		err := im.putGatewayResponse(im.api.ID, response)
		if !isGatewayResponse(response.Type) {
			err = notFound("Invalid gateway response type specified: %s", response.Type)
		}
		if err := im.collect(err, "Unable to put gateway response '%s'", response.Type); err != nil {
			return err
		}
	}
	return nil
}

func isGatewayResponse(kind gateway.GatewayResponseType) bool {
	return slices.ContainsFunc(gateway.DefaultGatewayResponses(), func(d gateway.GatewayResponse) bool { return d.Type == kind })
}

func (im *importer) documentation() error {
	if im.ignoreDocumentation {
		return nil
	}
	parts, warnings := checkParts(im.def.Documentation)
	im.def.Warnings = append(im.def.Warnings, warnings...)
	page, err := state.DocumentationParts().List(im, im.children(im.api.ID))
	if err != nil {
		return err
	}
	ids := map[gateway.DocumentationLocation]string{}
	for _, item := range page.Items {
		ids[item.Value.Location] = item.ID
	}
	kept := map[string]bool{}
	for _, part := range parts {
		if part.ID = ids[part.Location]; part.ID == "" {
			part.ID = newID()
		}
		kept[part.ID] = true
		if err := im.putPart(im.api.ID, part); err != nil {
			return err
		}
	}
	for _, item := range page.Items {
		if kept[item.ID] || !im.overwrite {
			continue
		}
		if err := state.DocumentationParts().Delete(im.tx, im.key(im.api.ID, item.ID)); err != nil {
			return err
		}
	}
	return nil
}
