package rollout

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
)

// functionTable keeps definitions, and refuses those of functions named bad.
type functionTable struct {
	mu   sync.Mutex
	defs map[string]lambda.Definition
	puts int
}

func (f *functionTable) Put(d lambda.Definition) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if d.Function.Latest.Description == "bad" {
		return errors.New("a bad definition")
	}
	f.puts++
	f.defs[d.Function.Name] = d
	return nil
}

func (f *functionTable) Delete(_ gateway.Tenant, name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.defs, name)
}

func (f *functionTable) get(name string) lambda.Definition {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.defs[name]
}

func (f *functionTable) names() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Keys(f.defs))
}

func putFunction(name, description string) func(store.Tx) error {
	return func(tx store.Tx) error {
		f := gateway.Function{Name: name, Latest: gateway.FunctionVersion{Version: gateway.LatestVersion, Description: description}}
		return state.Functions().Put(tx, store.At(tenant.String(), "", name), f)
	}
}

func deleteFunction(name string) func(store.Tx) error {
	return func(tx store.Tx) error { return state.Functions().Delete(tx, store.At(tenant.String(), "", name)) }
}

func TestFunctions(t *testing.T) {
	r := newRig(t, 0)
	if _, err := r.store.Update(t.Context(), putFunction("first", "one")); err != nil {
		t.Fatal(err)
	}
	if err := r.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := r.functions.get("first"); got.Tenant != tenant || got.Function.Latest.Description != "one" {
		t.Errorf("%+v", got)
	}
	r.follow()
	r.update(putFunction("second", "one"))
	under := func(id string) store.Key { return store.At(tenant.String(), "second", id) }
	parts := []func(store.Tx) error{
		func(tx store.Tx) error {
			return state.FunctionVersions().Put(tx, under(state.VersionID(1)), gateway.FunctionVersion{Version: "1"})
		},
		func(tx store.Tx) error {
			return state.FunctionAliases().Put(tx, under("prod"), gateway.FunctionAlias{Name: "prod", Version: "1"})
		},
		func(tx store.Tx) error {
			return state.FunctionPolicies().Put(tx, under("prod"), gateway.FunctionPolicy{RevisionID: "r"})
		},
		func(tx store.Tx) error {
			return state.FunctionEvents().Put(tx, under(gateway.LatestVersion), gateway.FunctionEventConfig{})
		},
		func(tx store.Tx) error {
			return state.FunctionsProvisioned().Put(tx, under("prod"), gateway.FunctionProvisioned{Requested: 3})
		},
	}
	for _, part := range parts {
		r.update(part) // each alone makes the function live anew
	}
	got := r.functions.get("second")
	if len(got.Versions) != 1 || len(got.Aliases) != 1 || got.Policies["prod"].RevisionID != "r" || got.Provisioned["prod"].Requested != 3 ||
		len(got.Events) != 1 {
		t.Errorf("%+v", got)
	}
	r.update(deleteFunction("second"))
	if names := r.functions.names(); !slices.Equal(names, []string{"first"}) {
		t.Errorf("functions %v", names)
	}
}

func TestRejectedFunctionKeepsTheLastGood(t *testing.T) {
	r := newRig(t, 0)
	r.follow()
	r.update(putFunction("f", "good"))
	r.update(putFunction("f", "bad"))
	if got := r.functions.get("f").Function.Latest.Description; got != "good" {
		t.Errorf("serving %q", got)
	}
	r.update(func(tx store.Tx) error {
		return tx.Put(store.Key{Tenant: tenant.String(), Kind: state.KindFunction, ID: "f"}, []byte(`{"Name":5}`))
	})
	if got := r.functions.get("f").Function.Latest.Description; got != "good" {
		t.Errorf("serving %q", got)
	}
	r.update(putFunction("f", "better"))
	if got := r.functions.get("f").Function.Latest.Description; got != "better" {
		t.Errorf("serving %q", got)
	}
}

// TestFunctionsAfterCompaction: a rollout that has missed changes finds what has come and what has gone.
func TestFunctionsAfterCompaction(t *testing.T) {
	r := newRig(t, 2)
	for _, name := range []string{"stays", "goes"} {
		if _, err := r.store.Update(t.Context(), putFunction(name, "one")); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	changes := []func(store.Tx) error{deleteFunction("goes"), putFunction("comes", "one"), putFunction("x", "1"), putFunction("y", "1"), putFunction("z", "1")}
	for _, change := range changes {
		if _, err := r.store.Update(t.Context(), change); err != nil {
			t.Fatal(err)
		}
	}
	r.follow()
	r.update(deleteFunction("x"))
	if names := r.functions.names(); !slices.Equal(names, []string{"comes", "stays", "y", "z"}) {
		t.Errorf("functions %v", names)
	}
}
