package apigateway

import (
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/rest"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
)

// cloneAPI writes a copy of an API under the name and id of api. What was asked for besides cloneFrom holds before the
// original. Stages and deployments stay behind.
func (w writer) cloneAPI(from string, api *gateway.RestAPI) error {
	original, err := w.api(from)
	if err != nil {
		return err
	}
	api.RootResourceID = original.RootResourceID
	if api.Description == "" {
		api.Description = original.Description
	}
	if api.Version == "" {
		api.Version = original.Version
	}
	if api.BinaryMediaTypes == nil {
		api.BinaryMediaTypes = original.BinaryMediaTypes
	}
	if api.MinimumCompressionSize == nil {
		api.MinimumCompressionSize = original.MinimumCompressionSize
	}
	if err := w.putAPI(*api); err != nil {
		return err
	}
	pair := [2]string{from, api.ID}
	for _, err := range []error{
		clone(w, state.Resources(), pair, nil),
		clone(w, state.RequestValidators(), pair, nil),
		clone(w, state.RestAuthorizers(), pair, nil),
		clone(w, state.GatewayResponses(), pair, nil),
		clone(w, state.DocumentationParts(), pair, nil),
		clone(w, state.RestModels(), pair, func(m *gateway.RestModel) {
			m.Schema = strings.ReplaceAll(m.Schema, rest.ModelURL(from, ""), rest.ModelURL(api.ID, ""))
		}),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// clone copies the documents of one kind from an API to another.
func clone[T any](w writer, of store.Collection[T], pair [2]string, change func(*T)) error {
	all, err := of.List(w, w.children(pair[0]))
	if err != nil {
		return err
	}
	for _, item := range all.Items {
		if change != nil {
			change(&item.Value)
		}
		if err := of.Put(w.tx, w.key(pair[1], item.ID), item.Value); err != nil {
			return err
		}
	}
	return nil
}
