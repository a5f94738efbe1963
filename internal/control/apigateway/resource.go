package apigateway

import (
	"context"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// resource returns a resource. An API that does not exist has none (recorded: test_put_method_validation).
func (r reader) resource(apiID, id string) (gateway.Resource, error) {
	found, err := state.Resources().Get(r, r.key(apiID, id))
	return found, orNotFound(err, notFound("Invalid Resource identifier specified"))
}

func (r reader) resources(apiID string) ([]gateway.Resource, error) {
	return values(state.Resources().List(r, r.children(apiID)))
}

func (w writer) putResource(apiID string, resource gateway.Resource) error {
	return state.Resources().Put(w.tx, w.key(apiID, resource.ID), resource)
}

// CreateResource adds a child to a resource.
func (s *Service) CreateResource(ctx context.Context, call *wire.Call, in *gen.CreateResourceInput) (*gen.Resource, error) {
	made := gateway.Resource{ID: newID(), ParentID: in.ParentId, PathPart: *in.PathPart}
	err := s.update(ctx, call, func(w writer) error {
		parent, err := w.resource(in.RestApiId, in.ParentId)
		if err != nil {
			return err
		}
		all, err := w.resources(in.RestApiId)
		if err != nil {
			return err
		}
		if err := checkPlace(made, parent, all); err != nil {
			return err
		}
		if len(all) > s.Quotas.ResourcesPerAPI { // the root does not count
			return overLimit("resources")
		}
		made.Path = gateway.JoinPath(parent.Path, made.PathPart)
		return w.putResource(in.RestApiId, made)
	})
	if err != nil {
		return nil, err
	}
	return resourceOutput(made, false), nil
}

// checkPlace says whether a resource can stand under parent (recorded: test_create_proxy_resource_validation,
// test_update_resource_behaviour; the first text is that of reports of the Serverless Framework's users).
func checkPlace(resource, parent gateway.Resource, all []gateway.Resource) error {
	part, ok := gateway.ParsePathPart(resource.PathPart)
	if !ok {
		return badRequest("Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.")
	}
	if above, _ := gateway.ParsePathPart(parent.PathPart); above.Greedy {
		return badRequest("Cannot create a child of a resource with a greedy path variable: %s", parent.PathPart)
	}
	for _, other := range all {
		if other.ParentID != parent.ID || other.ID == resource.ID {
			continue
		}
		if other.PathPart == resource.PathPart {
			return conflict("Another resource with the same parent already has this name: %s", resource.PathPart)
		}
		if p, _ := gateway.ParsePathPart(other.PathPart); p.Variable != "" && part.Variable != "" {
			return badRequest("A sibling (%s) of this resource already has a variable path part -- only one is allowed", other.PathPart)
		}
	}
	return nil
}

// GetResource returns a resource, with its methods whole when they are embedded.
func (s *Service) GetResource(ctx context.Context, call *wire.Call, in *gen.GetResourceInput) (*gen.Resource, error) {
	found, err := readPart(ctx, s, call, part{in.RestApiId, in.ResourceId}, reader.resource)
	if err != nil {
		return nil, err
	}
	return resourceOutput(found, slices.Contains(in.Embed, embedMethods)), nil
}

// embedMethods asks for methods whole.
const embedMethods = "methods"

// GetResources lists an API's resources.
func (s *Service) GetResources(ctx context.Context, call *wire.Call, in *gen.GetResourcesInput) (*gen.GetResourcesOutput, error) {
	rng, err := page(in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	var out gen.GetResourcesOutput
	whole := slices.Contains(in.Embed, embedMethods)
	err = s.view(ctx, call, func(r reader) error {
		if _, err := r.api(in.RestApiId); err != nil {
			return err
		}
		rng.Tenant, rng.Parent = r.tenant.String(), in.RestApiId
		list, err := state.Resources().List(r, rng)
		out.Position = position(list.Next)
		out.Items = convert(list.Items, func(resource gateway.Resource) gen.Resource { return *resourceOutput(resource, whole) })
		return err
	})
	return &out, err
}

// UpdateResource renames a resource or puts it under another parent, with all below it.
func (s *Service) UpdateResource(ctx context.Context, call *wire.Call, in *gen.UpdateResourceInput) (*gen.Resource, error) {
	var moved gateway.Resource
	err := s.update(ctx, call, func(w writer) error {
		found, err := w.resource(in.RestApiId, in.ResourceId)
		if err != nil {
			return err
		}
		moved = found
		if err := resourcePatches().Apply(&moved, in.PatchOperations); err != nil {
			return err
		}
		if moved.ParentID == found.ParentID && moved.PathPart == found.PathPart {
			return nil
		}
		return w.moveResource(in.RestApiId, &moved)
	})
	if err != nil {
		return nil, err
	}
	return resourceOutput(moved, false), nil
}

// resourcePatches are UpdateResource's. Recorded: test_update_resource_on_root.
func resourcePatches() patch.Table[gateway.Resource] {
	unlessRoot := func(field string, of func(*gateway.Resource) *string) patch.Row[gateway.Resource] {
		return patch.Do("/"+field, patch.Replace, "string", func(resource *gateway.Resource, c patch.Change) error {
			if resource.ParentID == "" {
				return badRequest("Root resource cannot update its %s.", field)
			}
			*of(resource) = c.Value
			return nil
		})
	}
	return patch.Table[gateway.Resource]{Refuse: patch.ListPaths, Rows: []patch.Row[gateway.Resource]{
		unlessRoot("parentId", func(resource *gateway.Resource) *string { return &resource.ParentID }),
		unlessRoot("pathPart", func(resource *gateway.Resource) *string { return &resource.PathPart }),
	}}
}

// moveResource writes a resource at its new place, and those below it with their new paths.
func (w writer) moveResource(apiID string, moved *gateway.Resource) error {
	parent, err := w.resource(apiID, moved.ParentID)
	if err != nil {
		return err
	}
	before := moved.Path
	if parent.ID == moved.ID || below(parent.Path, before) {
		return badRequest("Resources cannot be cyclical.")
	}
	all, err := w.resources(apiID)
	if err != nil {
		return err
	}
	if err := checkPlace(*moved, parent, all); err != nil {
		return err
	}
	moved.Path = gateway.JoinPath(parent.Path, moved.PathPart)
	part, _ := gateway.ParsePathPart(moved.PathPart)
	if err := w.putResource(apiID, *moved); err != nil {
		return err
	}
	for _, resource := range all {
		if !below(resource.Path, before) {
			continue
		}
		if part.Greedy {
			return badRequest("Cannot create a child of a resource with a greedy path variable: %s", moved.PathPart)
		}
		resource.Path = moved.Path + strings.TrimPrefix(resource.Path, before)
		if err := w.putResource(apiID, resource); err != nil {
			return err
		}
	}
	return nil
}

// below reports whether a path is under another one.
func below(path, above string) bool {
	return strings.HasPrefix(path, strings.TrimSuffix(above, "/")+"/")
}

// DeleteResource removes a resource and all below it.
func (s *Service) DeleteResource(ctx context.Context, call *wire.Call, in *gen.DeleteResourceInput) (*gen.DeleteResourceOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		found, err := w.resource(in.RestApiId, in.ResourceId)
		if err != nil {
			return err
		}
		if found.ParentID == "" {
			return badRequest("Root resource cannot be deleted.")
		}
		all, err := w.resources(in.RestApiId)
		if err != nil {
			return err
		}
		for _, resource := range all {
			if resource.ID != found.ID && !below(resource.Path, found.Path) {
				continue
			}
			if err := state.Resources().Delete(w.tx, w.key(in.RestApiId, resource.ID)); err != nil {
				return err
			}
		}
		return nil
	})
	return &gen.DeleteResourceOutput{}, err
}

// resourceOutput shows a resource; its methods are named only, unless they are to be shown whole.
func resourceOutput(resource gateway.Resource, whole bool) *gen.Resource {
	out := gen.Resource{
		Id: &resource.ID, ParentId: optional(resource.ParentID), Path: &resource.Path, PathPart: optional(resource.PathPart),
	}
	if len(resource.Methods) == 0 {
		return &out
	}
	out.ResourceMethods = make(map[string]gen.Method, len(resource.Methods))
	for verb, method := range resource.Methods {
		var shown gen.Method
		if whole {
			shown = *methodOutput(verb, method)
		}
		out.ResourceMethods[verb] = shown
	}
	return &out
}
