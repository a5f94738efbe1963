package apigateway

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

func (r reader) api(id string) (gateway.RestAPI, error) {
	api, err := state.RestAPIs().Get(r, r.key("", id))
	return api, orNotFound(err, noAPI(r.tenant, id))
}

// values returns all documents of a listing.
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
	// now is the time in the resolution that AWS shows.
	now time.Time
}

func (w writer) putAPI(api gateway.RestAPI) error {
	return state.RestAPIs().Put(w.tx, w.key("", api.ID), api)
}

// reserveID returns an API's id, unique among APIs of every kind: the one that the tag _custom_id_ asks for, or one that is free.
func (w writer) reserveID(tags map[string]string) (string, error) {
	wanted, custom := tags[gateway.CustomIDTag]
	if custom {
		if err := gateway.CheckCustomID(wanted); err != nil {
			return "", badRequest("%v", err)
		}
	}
	id, err := state.ReserveAPIID(w.tx, w.tenant, wanted)
	if custom && errors.Is(err, store.ErrExists) {
		return "", conflict("An API with the id %s exists already in this region", wanted)
	}
	return id, err
}

// deleteAPI removes an API with everything under it.
func (w writer) deleteAPI(id string) error {
	for _, remove := range w.partsOfAPI() {
		if _, err := remove(w.tx, w.tenant.String(), id); err != nil {
			return err
		}
	}
	if err := w.leavePlans(id, ""); err != nil {
		return err
	}
	if err := state.APIIDs().Delete(w.tx, state.APIIDKey(w.tenant.Region, id)); err != nil {
		return err
	}
	return state.RestAPIs().Delete(w.tx, w.key("", id))
}

// partsOfAPI are the ways to delete each kind of document whose parent is an API.
func (w writer) partsOfAPI() []func(store.Tx, string, string) (int, error) {
	return []func(store.Tx, string, string) (int, error){
		state.Resources().DeleteChildren, state.RestModels().DeleteChildren, state.RequestValidators().DeleteChildren,
		state.RestAuthorizers().DeleteChildren, state.GatewayResponses().DeleteChildren, state.RestStages().DeleteChildren,
		state.RestDeployments().DeleteChildren, state.RestSnapshots().DeleteChildren,
		state.DocumentationParts().DeleteChildren, state.DocumentationVersions().DeleteChildren,
	}
}
