package lambda

import (
	"errors"
	"strconv"
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

func (r reader) children(parent string) store.Range {
	return store.Range{Tenant: r.tenant.String(), Parent: parent}
}

// ref names a function of the caller's, or a version or alias of it.
func (r reader) ref(name, qualifier string) gateway.FunctionRef {
	return gateway.FunctionRef{Tenant: r.tenant, Name: name, Qualifier: qualifier}
}

// function returns the function of a reference; the text for one that does not exist names the qualifier too.
func (r reader) function(ref gateway.FunctionRef) (gateway.Function, error) {
	fn, err := state.Functions().Get(r, r.key("", ref.Name))
	return fn, orNotFound(err, notFound("Function not found: %s", ref.ARN()))
}

// published returns a version by its number.
func (r reader) published(ref gateway.FunctionRef) (gateway.FunctionVersion, error) {
	missing := notFound("Function not found: %s", ref.ARN())
	number, err := strconv.Atoi(ref.Qualifier)
	if err != nil {
		return gateway.FunctionVersion{}, missing
	}
	v, err := state.FunctionVersions().Get(r, r.key(ref.Name, state.VersionID(number)))
	return v, orNotFound(err, missing)
}

// alias returns an alias of a function that exists.
func (r reader) alias(ref gateway.FunctionRef) (gateway.FunctionAlias, error) {
	a, err := state.FunctionAliases().Get(r, r.key(ref.Name, ref.Qualifier))
	return a, orNotFound(err, notFound("Cannot find alias arn: %s", ref.ARN()))
}

// resolve returns a function and the version that a reference means; an alias means its first.
func (r reader) resolve(ref gateway.FunctionRef) (gateway.Function, gateway.FunctionVersion, error) {
	fn, err := r.function(ref)
	if err != nil || ref.Qualifier == "" || ref.Qualifier == gateway.LatestVersion {
		return fn, fn.Latest, err
	}
	at := ref
	if !isVersion(ref.Qualifier) {
		alias, err := state.FunctionAliases().Get(r, r.key(ref.Name, ref.Qualifier))
		if err != nil {
			return fn, fn.Latest, orNotFound(err, notFound("Function not found: %s", ref.ARN()))
		}
		if at.Qualifier = alias.Version; alias.Version == gateway.LatestVersion {
			return fn, fn.Latest, nil
		}
	}
	v, err := r.published(at)
	return fn, v, err
}

func (r reader) versions(name string) ([]gateway.FunctionVersion, error) {
	return values(state.FunctionVersions().List(r, r.children(name)))
}

func (r reader) aliases(name string) ([]gateway.FunctionAlias, error) {
	return values(state.FunctionAliases().List(r, r.children(name)))
}

// functions returns all of the caller's functions.
func (r reader) functions() ([]gateway.Function, error) {
	return values(state.Functions().List(r, r.children("")))
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
	tx  store.Tx
	now time.Time
}

func (w writer) putFunction(fn gateway.Function) error {
	return state.Functions().Put(w.tx, w.key("", fn.Name), fn)
}

func (w writer) putVersion(name string, v gateway.FunctionVersion) error {
	if v.Version == gateway.LatestVersion {
		return errors.New("$LATEST is part of its function")
	}
	number, err := strconv.Atoi(v.Version)
	if err != nil {
		return err
	}
	return state.FunctionVersions().Put(w.tx, w.key(name, state.VersionID(number)), v)
}

// touch gives what a reference names another revision id: its policy or its tags have changed.
func (w writer) touch(ref gateway.FunctionRef, revision string) error {
	switch {
	case ref.Qualifier == "" || ref.Qualifier == gateway.LatestVersion:
		fn, err := w.function(ref)
		if err != nil {
			return err
		}
		fn.Latest.RevisionID = revision
		return w.putFunction(fn)
	case isVersion(ref.Qualifier):
		v, err := w.published(ref)
		if err != nil {
			return err
		}
		v.RevisionID = revision
		return w.putVersion(ref.Name, v)
	}
	alias, err := w.alias(ref)
	if err != nil {
		return err
	}
	alias.RevisionID = revision
	return state.FunctionAliases().Put(w.tx, w.key(ref.Name, alias.Name), alias)
}

// deleteFunction removes a function with everything under it.
func (w writer) deleteFunction(name string) error {
	tenant := w.tenant.String()
	for _, remove := range []func(store.Tx, string, string) (int, error){
		state.FunctionVersions().DeleteChildren, state.FunctionAliases().DeleteChildren, state.FunctionPolicies().DeleteChildren,
		state.FunctionEvents().DeleteChildren, state.FunctionsProvisioned().DeleteChildren,
	} {
		if _, err := remove(w.tx, tenant, name); err != nil {
			return err
		}
	}
	return state.Functions().Delete(w.tx, w.key("", name))
}

// forget removes what belongs to a version or an alias besides itself.
func (w writer) forget(name, qualifier string) error {
	for _, remove := range []func(store.Tx, store.Key) error{
		state.FunctionPolicies().Delete, state.FunctionEvents().Delete, state.FunctionsProvisioned().Delete,
	} {
		if err := remove(w.tx, w.key(name, qualifier)); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}
