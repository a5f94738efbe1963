package rollout

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
)

// roleTable keeps the names of roles and policies by account.
type roleTable struct {
	mu    sync.Mutex
	roles map[string][]string
}

func (r *roleTable) Put(account string, roles []gateway.Role, managed []gateway.ManagedPolicy) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.roles[account] = nil
	for _, role := range roles {
		r.roles[account] = append(r.roles[account], role.Name)
	}
	for _, p := range managed {
		r.roles[account] = append(r.roles[account], p.Name)
	}
	slices.Sort(r.roles[account])
}

func (r *roleTable) get(account string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.roles[account], " ")
}

// TestRoles: what changes of an account's roles and policies is handed on, and what was there before as well.
func TestRoles(t *testing.T) {
	r := newRig(t, 0)
	at := func(name string) store.Key { return store.At(state.IAMTenant("111122223333").String(), "", name) }
	if _, err := r.store.Update(t.Context(), func(tx store.Tx) error { return state.Roles().Put(tx, at("a"), gateway.Role{Name: "a"}) }); err != nil {
		t.Fatal(err)
	}
	if err := r.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.follow()
	for _, step := range []struct {
		change func(store.Tx) error
		want   string
	}{
		{func(tx store.Tx) error { return state.Roles().Put(tx, at("b"), gateway.Role{Name: "b"}) }, "a b"},
		{func(tx store.Tx) error {
			return state.ManagedPolicies().Put(tx, at("p"), gateway.ManagedPolicy{Name: "p"})
		}, "a b p"},
		{func(tx store.Tx) error { return state.Roles().Delete(tx, at("a")) }, "b p"},
	} {
		r.update(step.change)
		if got := r.roles.get("111122223333"); got != step.want {
			t.Errorf("%s, want %s", got, step.want)
		}
	}
	if got := r.roles.get("444455556666"); got != "" {
		t.Errorf("another account has %s", got)
	}
}
