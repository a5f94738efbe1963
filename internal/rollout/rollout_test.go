package rollout

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/compile"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/program"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/step/authorize"
	"github.com/dipylon/dipylon/internal/step/cache"
	"github.com/dipylon/dipylon/internal/step/ratelimit"
	"github.com/dipylon/dipylon/internal/step/throttle"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/store/sqlite"
	"github.com/dipylon/dipylon/internal/telemetry"
	"github.com/dipylon/dipylon/internal/usage"
)

var tenant = gateway.Tenant{Account: "000000000000", Region: "eu-west-1"}

type rig struct {
	t         *testing.T
	store     *sqlite.Store
	table     *program.Table
	functions *functionTable
	roles     *roleTable
	*Rollout
}

func newRig(t *testing.T, history int) *rig {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Options{Dir: t.TempDir(), History: history})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, store: s, table: &program.Table{}, functions: &functionTable{defs: map[string]lambda.Definition{}}, roles: &roleTable{roles: map[string][]string{}}}
	world := compile.World{Metrics: telemetry.New(), Buckets: throttle.NewBuckets(), Limiters: ratelimit.NewLimiters(0), Authorizers: authorize.NewCache(), Cache: cache.NewStore(0), Log: slog.New(slog.DiscardHandler)}
	if world.Usage, err = usage.Open(t.Context(), usage.Options{Storage: s, Log: world.Log, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	r.Rollout = New(s, world, r.table, Directories{Functions: r.functions, Roles: r.roles})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// follow runs the rollout until the test ends.
func (r *rig) follow() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.Run(ctx)
	}()
	r.t.Cleanup(func() {
		cancel()
		<-done
	})
}

// update commits and waits until it is live.
func (r *rig) update(fn func(store.Tx) error) {
	r.t.Helper()
	revision, err := r.store.Update(r.t.Context(), fn)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), 10*time.Second)
	defer cancel()
	if err := r.Wait(ctx, revision); err != nil {
		r.t.Fatal(err)
	}
}

// deploy gives an API a stage with the routes.
func deploy(api, stage, deployment string, keys ...string) func(store.Tx) error {
	return func(tx store.Tx) error {
		var snapshot gateway.Snapshot
		for _, k := range keys {
			snapshot.Routes = append(snapshot.Routes, gateway.Route{Key: k})
		}
		at := func(parent, id string) store.Key { return store.At(tenant.String(), parent, id) }
		if deployment != "" {
			if err := state.Snapshots().Put(tx, at(api, deployment), snapshot); err != nil {
				return err
			}
		}
		return errors.Join(
			state.APIs().Put(tx, at("", api), gateway.API{ID: api}),
			state.Stages().Put(tx, at(api, stage), gateway.Stage{Name: stage, DeploymentID: deployment}))
	}
}

// route returns the key that takes a GET of path, "-" for no route and "" where there is no such stage.
func (r *rig) route(api, stage, path string) string {
	a := r.table.Find([]byte(api), []byte(tenant.Region))
	if a == nil || a.Stages[stage] == nil {
		return ""
	}
	if route := a.Stages[stage].Match([]byte("GET"), []byte(path)); route.Key != "" {
		return route.Key
	}
	return "-"
}

func (r *rig) expect(api, stage, path, want string) {
	r.t.Helper()
	if got := r.route(api, stage, path); got != want {
		r.t.Errorf("%s %s %s: got %q, want %q", api, stage, path, got, want)
	}
}

func TestLoad(t *testing.T) {
	r := newRig(t, 0)
	if _, err := r.store.Update(t.Context(), deploy("a", "prod", "d1", "GET /x")); err != nil {
		t.Fatal(err)
	}
	if err := r.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.expect("a", "prod", "/x", "GET /x")
	if err := r.Wait(t.Context(), 1); err != nil {
		t.Error(err)
	}
}

func TestRun(t *testing.T) {
	r := newRig(t, 0)
	r.follow()
	r.update(deploy("a", "prod", "d1", "GET /x"))
	r.expect("a", "prod", "/x", "GET /x")

	r.update(deploy("a", "prod", "d2", "GET /y"))
	r.expect("a", "prod", "/x", "-")
	r.expect("a", "prod", "/y", "GET /y")

	r.update(deploy("a", "test", "d1", "GET /x"))
	r.expect("a", "test", "/x", "GET /x")
	r.expect("a", "prod", "/y", "GET /y")

	r.update(func(tx store.Tx) error { return state.Stages().Delete(tx, store.At(tenant.String(), "a", "test")) })
	r.expect("a", "test", "/x", "")

	r.update(func(tx store.Tx) error {
		if _, err := state.Stages().DeleteChildren(tx, tenant.String(), "a"); err != nil {
			return err
		}
		return state.APIs().Delete(tx, store.At(tenant.String(), "", "a"))
	})
	if r.table.Find([]byte("a"), nil) != nil {
		t.Error("a deleted API is still served")
	}
}

func TestStageWithoutDeploymentServesNothing(t *testing.T) {
	r := newRig(t, 0)
	r.follow()
	r.update(deploy("a", "empty", "", "GET /x"))
	r.expect("a", "empty", "/x", "")
}

func TestRejectedChangeKeepsTheLastGood(t *testing.T) {
	r := newRig(t, 0)
	r.follow()
	r.update(deploy("a", "prod", "d1", "GET /x"))
	r.update(deploy("a", "prod", "d2", "nonsense"))
	r.expect("a", "prod", "/x", "GET /x")
	r.update(deploy("a", "prod", "d3", "GET /z"))
	r.expect("a", "prod", "/z", "GET /z")
}

func TestCompactedHistoryIsReadAnew(t *testing.T) {
	r := newRig(t, 4)
	for _, id := range []string{"a", "b", "c", "d"} {
		if _, err := r.store.Update(t.Context(), deploy(id, "prod", "d1", "GET /"+id)); err != nil {
			t.Fatal(err)
		}
	}
	r.table.Put(&program.API{ID: "gone", Account: tenant.Account, Region: tenant.Region})
	r.follow()
	r.update(deploy("e", "prod", "d1", "GET /e"))
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		r.expect(id, "prod", "/"+id, "GET /"+id)
	}
	if r.table.Find([]byte("gone"), nil) != nil {
		t.Error("an API that the store does not have is still served")
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	r := newRig(t, 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Wait(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// failing is a store whose changes cannot be read a number of times.
type failing struct {
	store.Store
	left int
}

func (f *failing) Changes(ctx context.Context, after int64) ([]store.Change, error) {
	if f.left > 0 {
		f.left--
		return nil, errors.New("disk error")
	}
	return f.Store.Changes(ctx, after)
}

func TestFailuresOfTheStoreAreOvercome(t *testing.T) {
	r := newRig(t, 0)
	r.Rollout.store = &failing{Store: r.store, left: 1}
	r.follow()
	r.update(deploy("a", "prod", "d1", "GET /x"))
	r.expect("a", "prod", "/x", "GET /x")
}

func TestTouched(t *testing.T) {
	key := func(tenant, kind, parent, id string) store.Change {
		return store.Change{Key: store.Key{Tenant: tenant, Kind: kind, Parent: parent, ID: id}}
	}
	got := touched([]store.Change{
		key("1/eu", state.KindAPI, "", "a"), key("1/eu", "route", "a", "r"), key("1/eu", state.KindStage, "a", "prod"),
		key("2/eu", state.KindStage, "a", "prod"), key("*/eu", "api-id", "", "a"), key("odd", state.KindAPI, "", "a"),
	}, apiOf)
	want := []apiID{{tenant: gateway.Tenant{Account: "1", Region: "eu"}, id: "a"}, {tenant: gateway.Tenant{Account: "2", Region: "eu"}, id: "a"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}
