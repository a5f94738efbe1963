package apigateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store/sqlite"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// fixture is a service on an empty store, with small quotas and a clock that tests move.
type fixture struct {
	testing.TB
	*Service
	call *wire.Call
	now  time.Time
	// calls are those of keys, by plan, key and day.
	calls map[string]int
	// flushed are the stages whose caches were emptied, forgotten the last whose authorizers' answers were.
	flushed   []string
	forgotten string
}

// Flush implements Cache.
func (f *fixture) Flush(region, api, stage string) {
	f.flushed = append(f.flushed, region+"/"+api+"/"+stage)
}

// Used implements Usage.
func (f *fixture) Used(_ gateway.Tenant, of gateway.MemberID, from time.Time, n int) []int {
	used := make([]int, n)
	for i := range used {
		used[i] = f.calls[of.Plan+" "+of.Key+" "+from.AddDate(0, 0, i).Format(time.DateOnly)]
	}
	return used
}

func (f *fixture) Wait(context.Context, int64) error { return nil }

// Reset implements Verdicts.
func (f *fixture) Reset(region, api, stage string) { f.forgotten = region + "/" + api + "/" + stage }

func newFixture(t testing.TB) *fixture {
	t.Helper()
	st, err := sqlite.Open(t.Context(), sqlite.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	f := &fixture{
		TB: t, calls: map[string]int{}, now: time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC),
		call: &wire.Call{Tenant: gateway.Tenant{Account: "111111111111", Region: "eu-west-1"}},
	}
	f.Service = New(Options{
		Store: st, Live: f, Cache: f, Usage: f, Verdicts: f, Now: func() time.Time { return f.now },
		Endpoint: func(region, apiID string) string { return "http://" + apiID + ".execute-api." + region + ".localhost" },
		Quotas:   gateway.RestQuotas{ResourcesPerAPI: 20, StagesPerAPI: 3, AuthorizersPerAPI: 4, Timeout: 29 * time.Second},
	})
	return f
}

// do calls an operation that must succeed.
func do[In, Out any](f *fixture, op func(context.Context, *wire.Call, *In) (*Out, error), in In) *Out {
	f.Helper()
	out, err := op(f.Context(), f.call, &in)
	if err != nil {
		f.Fatalf("%T: %v", in, err)
	}
	return out
}

// attempt calls an operation for its error only.
func attempt[In, Out any](f *fixture, op func(context.Context, *wire.Call, *In) (*Out, error), in In) error {
	f.Helper()
	_, err := op(f.Context(), f.call, &in)
	return err
}

// refused wants an error that callers see, "Code: message". A want that ends in "..." is a prefix.
func refused(t testing.TB, err error, want string) {
	t.Helper()
	var known wire.Modelled
	if err != nil && !errors.As(err, &known) {
		t.Errorf("the caller would see an internal failure: %v", err)
		return
	}
	prefix, open := strings.CutSuffix(want, "...")
	if got := fmt.Sprint(err); got != want && (!open || !strings.HasPrefix(got, prefix)) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// ops writes patch operations, "replace /path value" each; a value of "-" is none, "< /x" the from of a copy.
func ops(lines ...string) []gen.PatchOperation {
	list := make([]gen.PatchOperation, len(lines))
	for i, line := range lines {
		fields := strings.SplitN(line, " ", 3)
		list[i].Op, list[i].Path = new(gen.Op(fields[0])), &fields[1]
		if len(fields) < 3 || fields[2] == "-" {
			continue
		}
		if from, ok := strings.CutPrefix(fields[2], "< "); ok {
			list[i].From = &from
		} else {
			list[i].Value = &fields[2]
		}
	}
	return list
}

func (f *fixture) api() *gen.RestApi {
	f.Helper()
	return do(f, f.CreateRestApi, gen.CreateRestApiInput{Name: new("a")})
}

// revision is the store's.
func (f *fixture) revision() int64 {
	f.Helper()
	revision, err := f.Store.Revision(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	return revision
}

func has[T comparable](list []T, want ...T) bool { return slices.Equal(list, want) }
