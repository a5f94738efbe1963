package rollout

import (
	"errors"
	"testing"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
)

func at(parent, id string) store.Key { return store.At(tenant.String(), parent, id) }

func putKey(id string) func(store.Tx) error {
	return func(tx store.Tx) error {
		return state.APIKeys().Put(tx, at("", id), gateway.APIKey{ID: id, Value: "value of " + id, Enabled: true})
	}
}

func putPlan(id string, stages ...string) func(store.Tx) error {
	return func(tx store.Tx) error {
		plan := gateway.UsagePlan{ID: id}
		for _, stage := range stages {
			plan.Stages = append(plan.Stages, gateway.PlanStage{APIID: "api", Stage: stage})
		}
		return state.UsagePlans().Put(tx, at("", id), plan)
	}
}

func putLink(plan, key string) func(store.Tx) error {
	return func(tx store.Tx) error {
		return state.UsagePlanKeys().Put(tx, at(plan, key), gateway.UsagePlanKey{KeyID: key})
	}
}

// may says whether a key may call a stage.
func (r *rig) may(key, stage string) bool {
	k := r.world.Usage.Tenant(tenant).Find([]byte("value of " + key))
	return k != nil && k.Member("api", stage) != nil
}

func (r *rig) wantMay(key, stage string, want bool) {
	r.t.Helper()
	if got := r.may(key, stage); got != want {
		r.t.Errorf("%s may call %s: %v", key, stage, got)
	}
}

func TestUsage(t *testing.T) {
	r := newRig(t, 0)
	for _, change := range []func(store.Tx) error{putKey("early"), putPlan("p", "prod"), putLink("p", "early")} {
		if _, err := r.store.Update(t.Context(), change); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.wantMay("early", "prod", true)
	r.follow()
	r.update(putKey("late"))
	r.wantMay("late", "prod", false)
	r.update(putLink("p", "late"))
	r.wantMay("late", "prod", true)
	r.update(putPlan("p", "test"))
	r.wantMay("late", "prod", false)
	r.wantMay("early", "test", true)
	r.update(func(tx store.Tx) error { return state.UsagePlanKeys().Delete(tx, at("p", "late")) })
	r.wantMay("late", "test", false)
	r.update(func(tx store.Tx) error {
		return errors.Join(state.UsagePlanKeys().Delete(tx, at("p", "early")), state.UsagePlans().Delete(tx, at("", "p")), state.APIKeys().Delete(tx, at("", "early")))
	})
	r.wantMay("early", "test", false)
	// An extension is part of its link.
	r.update(func(tx store.Tx) error {
		return errors.Join(putPlan("q", "prod")(tx), putLink("q", "late")(tx), state.UsageExtensions().Put(tx, at("q", "late"), gateway.UsageExtension{Calls: 1}))
	})
	r.wantMay("late", "prod", true)
	r.update(state.Wipe)
	r.wantMay("late", "prod", false)
}

// TestUsageAfterCompaction: a rollout that has missed changes finds what has come and what has gone.
func TestUsageAfterCompaction(t *testing.T) {
	r := newRig(t, 2)
	for _, change := range []func(store.Tx) error{putPlan("p", "prod"), putKey("stays"), putKey("goes"), putLink("p", "stays"), putLink("p", "goes")} {
		if _, err := r.store.Update(t.Context(), change); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, change := range []func(store.Tx) error{
		func(tx store.Tx) error { return state.UsagePlanKeys().Delete(tx, at("p", "goes")) }, putKey("comes"), putLink("p", "comes"), putKey("x"), putKey("y"), putKey("z"),
	} {
		if _, err := r.store.Update(t.Context(), change); err != nil {
			t.Fatal(err)
		}
	}
	r.follow()
	r.update(putKey("last"))
	r.wantMay("stays", "prod", true)
	r.wantMay("goes", "prod", false)
	r.wantMay("comes", "prod", true)
}
