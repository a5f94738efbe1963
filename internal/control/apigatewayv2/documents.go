package apigatewayv2

import (
	"errors"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
)

// reader finds the caller's documents. What does not exist is AWS's error.
type reader struct {
	store.Reader
	tenant gateway.Tenant
}

func (r reader) key(parent, id string) store.Key { return store.At(r.tenant.String(), parent, id) }

func (r reader) children(apiID string) store.Range {
	return store.Range{Tenant: r.tenant.String(), Parent: apiID}
}

func (r reader) api(id string) (gateway.API, error) {
	api, err := state.APIs().Get(r, r.key("", id))
	return api, orNotFound(err, noAPI(r.tenant, id))
}

// The texts of the next four are those of clients' reports; AWS documents none.

func (r reader) route(apiID, id string) (gateway.Route, error) {
	route, err := state.Routes().Get(r, r.key(apiID, id))
	return route, orNotFound(err, notFound("Invalid Route identifier specified %s", id))
}

func (r reader) integration(apiID, id string) (gateway.Integration, error) {
	in, err := state.Integrations().Get(r, r.key(apiID, id))
	return in, orNotFound(err, notFound("Invalid Integration identifier specified %s", id))
}

func (r reader) stage(apiID, name string) (gateway.Stage, error) {
	stage, err := state.Stages().Get(r, r.key(apiID, name))
	return stage, orNotFound(err, notFound("Invalid stage identifier specified"))
}

func (r reader) deployment(apiID, id string) (gateway.Deployment, error) {
	d, err := state.Deployments().Get(r, r.key(apiID, id))
	return d, orNotFound(err, notFound("Invalid Deployment identifier specified %s", id))
}

func (r reader) authorizer(apiID, id string) (gateway.Authorizer, error) {
	a, err := state.Authorizers().Get(r, r.key(apiID, id))
	return a, orNotFound(err, notFound("Invalid Authorizer identifier specified %s", id))
}

func (r reader) model(apiID, id string) (gateway.Model, error) {
	m, err := state.Models().Get(r, r.key(apiID, id))
	return m, orNotFound(err, notFound("Invalid Model identifier specified %s", id))
}

func (r reader) vpcLink(id string) (gateway.VPCLink, error) {
	link, err := state.VPCLinks().Get(r, r.key("", id))
	return link, orNotFound(err, notFound("Invalid VpcLink identifier specified %s", id))
}

func (r reader) authorizers(apiID string) ([]gateway.Authorizer, error) {
	return values(state.Authorizers().List(r, r.children(apiID)))
}

func (r reader) routes(apiID string) ([]gateway.Route, error) {
	return values(state.Routes().List(r, r.children(apiID)))
}

func (r reader) integrations(apiID string) ([]gateway.Integration, error) {
	return values(state.Integrations().List(r, r.children(apiID)))
}

func (r reader) stages(apiID string) ([]gateway.Stage, error) {
	return values(state.Stages().List(r, r.children(apiID)))
}

func (r reader) deployments(apiID string) ([]gateway.Deployment, error) {
	return values(state.Deployments().List(r, r.children(apiID)))
}

func values[T any](page store.Page[T], err error) ([]T, error) {
	list := make([]T, len(page.Items))
	for i, item := range page.Items {
		list[i] = item.Value
	}
	return list, err
}

// writer changes the caller's documents in one transaction.
type writer struct {
	reader
	tx store.Tx
	// now is the time in the resolution that AWS shows, exactly the time that orders what was made within a second.
	now, exactly time.Time
}

func (w writer) putAPI(api gateway.API) error {
	return state.APIs().Put(w.tx, w.key("", api.ID), api)
}

func (w writer) putIntegration(apiID string, in gateway.Integration) error {
	return state.Integrations().Put(w.tx, w.key(apiID, in.ID), in)
}

func (w writer) putStage(apiID string, stage gateway.Stage) error {
	return state.Stages().Put(w.tx, w.key(apiID, stage.Name), stage)
}

// putRoute keeps a route, unless another of the API takes the same calls. The two texts are recorded: the first in
// anomalyco/sst issue 5031, the second in plutomi/plutomi issue 271.
func (w writer) putRoute(apiID string, route gateway.Route) error {
	err := state.Routes().Put(w.tx, w.key(apiID, route.ID), route)
	if !errors.Is(err, store.ErrConflict) {
		return err
	}
	key, err := gateway.ParseRouteKey(route.Key)
	if err != nil {
		return badRequest("%v", err)
	}
	other, err := state.Routes().Lookup(w.tx, state.RouteKeyIndex, w.key(apiID, key.Canonical()))
	if err != nil {
		return err
	}
	if other.Value.Key == route.Key {
		return conflict("Route with key %s already exists for this API", route.Key)
	}
	return conflict("The provided route key %q has a conflicting variable on the same hierarchical level as %q", route.Key, other.Value.Key)
}

// deleteAPI removes an API with everything under it.
func (w writer) deleteAPI(id string) error {
	tenant := w.tenant.String()
	for _, remove := range []func(store.Tx, string, string) (int, error){
		state.Routes().DeleteChildren, state.Integrations().DeleteChildren, state.Stages().DeleteChildren,
		state.Authorizers().DeleteChildren, state.Models().DeleteChildren, state.Deployments().DeleteChildren, state.Snapshots().DeleteChildren,
	} {
		if _, err := remove(w.tx, tenant, id); err != nil {
			return err
		}
	}
	if err := state.APIIDs().Delete(w.tx, state.APIIDKey(w.tenant.Region, id)); err != nil {
		return err
	}
	return state.APIs().Delete(w.tx, w.key("", id))
}
