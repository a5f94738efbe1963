package alarm

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/metrics"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/store/sqlite"
)

// BenchmarkAll evaluates a thousand alarms that stay as they are, on stored metrics.
func BenchmarkAll(b *testing.B) {
	st, err := sqlite.Open(b.Context(), sqlite.Options{Dir: b.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	points, err := metrics.Open(b.Context(), metrics.Options{Storage: st, Now: time.Now, MaxSeries: 10_000})
	if err != nil {
		b.Fatal(err)
	}
	e := New(Options{Store: st, Points: points, Act: nil, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	_, err = st.Update(b.Context(), func(tx store.Tx) error {
		for i := range 1000 {
			a := gateway.Alarm{Name: fmt.Sprint("alarm-", i), Metric: metricAlarm(time.Minute), State: gateway.AlarmState{Value: gateway.AlarmOK, Reason: "x"}}
			a.Metric.Dimensions = []gateway.AlarmDimension{{Name: "n", Value: fmt.Sprint(i)}}
			if err := state.Alarms().Put(tx, store.At(tenant.String(), "", a.Name), a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for i := range 1000 {
		for j := range 10 {
			points.Put(metrics.Datum{
				Series: metrics.Series{Tenant: tenant, Namespace: "ns", Name: "m", Dimensions: metrics.Dimensions("n", fmt.Sprint(i))},
				At:     time.Now().Add(-time.Duration(j) * time.Minute), Summary: metrics.Summary{Count: 1, Sum: 1, Min: 1, Max: 1},
			})
		}
	}
	if err := points.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		e.all(b.Context(), onMinute)
	}
}
