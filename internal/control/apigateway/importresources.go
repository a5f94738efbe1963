package apigateway

import (
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/rest"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
)

// resourceTree is an API's resources while a document changes them, by path.
type resourceTree struct {
	by      map[string]*gateway.Resource
	changed map[string]bool
}

// resources changes the tree and writes what has changed.
func (im *importer) resources() error {
	all, err := im.reader.resources(im.api.ID)
	if err != nil {
		return err
	}
	t := resourceTree{by: map[string]*gateway.Resource{}, changed: map[string]bool{}}
	for i := range all {
		t.by[all[i].Path] = &all[i]
	}
	if im.overwrite {
		if err := im.clear(t); err != nil {
			return err
		}
	}
	for _, path := range im.def.Paths {
		resource, err := t.grow(path.Path)
		if err := im.collect(err, "Unable to create resource at path '%s'", path.Path); err != nil {
			return err
		}
		if err != nil {
			continue
		}
		for _, op := range path.Operations {
			if err := im.method(resource, op); err != nil {
				return err
			}
		}
		t.changed[resource.Path] = true
	}
	if len(t.by)-1 > im.service.Quotas.ResourcesPerAPI { // the root does not count
		return overLimit("resources")
	}
	for path := range t.changed {
		if err := im.putResource(im.api.ID, *t.by[path]); err != nil {
			return err
		}
	}
	return nil
}

// clear takes away what the document does not have, before what it has can be in conflict with that.
func (im *importer) clear(t resourceTree) error {
	needed := map[string]bool{"/": true}
	for _, path := range im.def.Paths {
		for at := path.Path; at != "/" && at != ""; at = at[:strings.LastIndexByte(at, '/')] {
			needed[at] = true
		}
	}
	for path, resource := range t.by {
		if needed[path] {
			resource.Methods = nil
			t.changed[path] = true
			continue
		}
		delete(t.by, path)
		if err := state.Resources().Delete(im.tx, im.key(im.api.ID, resource.ID)); err != nil {
			return err
		}
	}
	return nil
}

// grow returns the resource at a path, made with those above it if there is none.
func (t resourceTree) grow(path string) (*gateway.Resource, error) {
	at := t.by["/"]
	if path == "/" {
		return at, nil
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		next := gateway.JoinPath(at.Path, part)
		if t.by[next] == nil {
			made := gateway.Resource{ID: newID(), ParentID: at.ID, PathPart: part, Path: next}
			if err := checkPlace(made, *at, t.children(at.ID)); err != nil {
				return nil, err
			}
			t.by[next], t.changed[next] = &made, true
		}
		at = t.by[next]
	}
	return at, nil
}

func (t resourceTree) children(parent string) []gateway.Resource {
	var children []gateway.Resource
	for _, resource := range t.by {
		if resource.ParentID == parent {
			children = append(children, *resource)
		}
	}
	return children
}

// method puts a method in the place of the one before.
func (im *importer) method(resource *gateway.Resource, op rest.Operation) error {
	m := op.Method
	m.AuthorizerID, m.RequestValidatorID = im.authorizers[op.Authorizer], im.validators[op.Validator]
	err := im.checkMethod(im.api.ID, &m)
	if op.Validator != "" && m.RequestValidatorID == "" {
		err = badRequest("Invalid Request Validator identifier specified")
	}
	if err := im.collect(err, "Unable to put method '%s' on resource at path '%s'", op.Verb, resource.Path); err != nil {
		return err
	}
	for status, response := range m.Responses {
		err := im.checkMethodResponse(im.api.ID, response)
		if err := im.collect(err, "Unable to put method response '%s' on method '%s' for resource at path '%s'", status, op.Verb, resource.Path); err != nil {
			return err
		}
	}
	if m.Integration != nil {
		if err := im.integration(resource, op.Verb, &m); err != nil {
			return err
		}
	}
	if resource.Methods == nil {
		resource.Methods = map[string]*gateway.Method{}
	}
	resource.Methods[op.Verb] = &m
	return nil
}

// integration completes an integration as PutIntegration does, and checks it.
func (im *importer) integration(resource *gateway.Resource, verb string, m *gateway.Method) error {
	in := m.Integration
	if in.PassthroughBehavior == "" {
		in.PassthroughBehavior = gateway.WhenNoMatch
	}
	if in.TimeoutMillis == 0 {
		in.TimeoutMillis = min(gateway.DefaultRestTimeoutMillis, int(im.service.Quotas.Timeout.Milliseconds()))
	}
	if in.CacheNamespace == "" {
		in.CacheNamespace = resource.ID
	}
	settle(in)
	err := checkEnumerations(in)
	if err == nil {
		err = im.service.checkIntegration(im.reader, m, in)
	}
	if err := im.collect(err, "Unable to put integration on '%s' for resource at path '%s'", verb, resource.Path); err != nil {
		return err
	}
	for status, response := range in.Responses {
		err := checkIntegrationResponse(m, status, response)
		if err == nil {
			err = checkHandling(response.ContentHandling)
		}
		if err := im.collect(err, "Unable to put integration response on '%s' for resource at path '%s'", verb, resource.Path); err != nil {
			return err
		}
	}
	return nil
}

// checkEnumerations checks what an operation's input could not have had.
func checkEnumerations(in *gateway.RestIntegration) error {
	for _, e := range []struct {
		name, value string
		allowed     []string
	}{
		{"type", string(in.Type), []string{"HTTP", "AWS", "MOCK", "HTTP_PROXY", "AWS_PROXY"}},
		{"connection type", in.ConnectionType, []string{"", gateway.ConnectionInternet, gateway.ConnectionVPCLink}},
		{"response transfer mode", in.TransferMode, []string{"", gateway.TransferBuffered, gateway.TransferStream}},
	} {
		if !slices.Contains(e.allowed, e.value) {
			return badRequest("Invalid integration %s specified: %s", e.name, e.value)
		}
	}
	return checkHandling(in.ContentHandling)
}

func checkHandling(handling string) error {
	if handling != "" && handling != gateway.ConvertToBinary && handling != gateway.ConvertToText {
		return badRequest("Invalid content handling specified: %s. Valid options are CONVERT_TO_BINARY, CONVERT_TO_TEXT", handling)
	}
	return nil
}
