package metrics

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/store/sqlite"
)

var start = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// fixture is a store on a clock and a database of its own.
type fixture struct {
	*testing.T
	*Store
	db      *sqlite.Store
	storage *faulty
	now     time.Time
	max     int
}

// faulty fails while it is told to.
type faulty struct {
	*sqlite.Store
	err error
}

func (f *faulty) SetRollups(ctx context.Context, change store.RollupChange) error {
	if f.err != nil {
		return f.err
	}
	return f.Store.SetRollups(ctx, change)
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	f := &fixture{T: t, db: db, storage: &faulty{Store: db}, now: start, max: 100}
	f.restart()
	return f
}

// restart forgets what is in memory.
func (f *fixture) restart() {
	f.Helper()
	s, err := Open(f.Context(), Options{Storage: f.storage, Now: func() time.Time { return f.now }, MaxSeries: f.max})
	if err != nil {
		f.Fatal(err)
	}
	f.Store = s
}

func (f *fixture) flush() {
	f.Helper()
	if err := f.Flush(f.Context()); err != nil {
		f.Fatal(err)
	}
}

func latency(pairs ...string) Series {
	return Series{Tenant: gateway.Tenant{Account: "1", Region: "eu-west-1"}, Namespace: "AWS/ApiGateway", Name: "Latency", Dimensions: Dimensions(pairs...)}
}

func (f *fixture) put(after time.Duration, values ...float64) {
	f.Helper()
	if f.Put(Datum{Series: latency("Stage", "prod", "ApiName", "pets"), Unit: "Milliseconds", At: start.Add(after), Summary: *summarize(values...)}) != 0 {
		f.Error("refused")
	}
}

// points shows times after the start, counts, sums and 90th percentiles.
func (f *fixture) points(period, from, to time.Duration) string {
	f.Helper()
	points, err := f.Points(f.Context(), Query{
		Series: latency("ApiName", "pets", "Stage", "prod"), Period: period, From: start.Add(from), To: start.Add(to), Distribution: true,
	})
	if err != nil {
		f.Fatal(err)
	}
	p90, err := ParseStatistic("p90")
	if err != nil {
		f.Fatal(err)
	}
	var lines []string
	for _, p := range points {
		v, ok := p90.Of(&p.Summary)
		if !ok {
			v = -1
		}
		lines = append(lines, fmt.Sprintf("%v:%v/%v/%.0f", p.Time.Sub(start), p.Count, p.Sum, v))
	}
	return strings.Join(lines, " ")
}

func (f *fixture) want(period, from, to time.Duration, want string) {
	f.Helper()
	if got := f.points(period, from, to); got != want {
		f.Errorf("by %v from %v to %v\n got %s\nwant %s", period, from, to, got, want)
	}
}

const m = time.Minute

// TestPoints reads the same from memory, from memory and disk, and after a restart.
func TestPoints(t *testing.T) {
	f := newFixture(t)
	check := func() {
		f.Helper()
		f.want(m, 0, 10*m, "0s:3/60/30 1m0s:1/5/5 7m0s:1/100/100")
		f.want(5*m, 0, 10*m, "0s:4/65/30 5m0s:1/100/100")
		f.want(5*m, -4*m, 6*m, "-4m0s:3/60/30 1m0s:1/5/5")
		f.want(m, m, 7*m, "1m0s:1/5/5")
		f.want(m, 10*m, 10*m, "")
		f.want(time.Second, 0, m, "0s:3/60/30")
	}
	f.put(0, 10)
	f.put(59*time.Second, 20)
	f.flush()
	f.put(61*time.Second, 5)
	f.put(20*time.Second, 30)
	f.put(7*m, 100)
	check()
	f.flush()
	check()
	f.now = start.Add(30 * m)
	f.flush()
	if f.Store.points != 0 {
		t.Errorf("%d points linger", f.Store.points)
	}
	check()
	f.restart()
	check()
	f.put(61*time.Second, 7) // late, after all of that
	f.want(m, 0, 2*m, "0s:3/60/30 1m0s:2/12/7")
	f.flush()
	f.want(m, 0, 2*m, "0s:3/60/30 1m0s:2/12/7")
	rows, err := f.db.Rollups(t.Context(), store.RollupRange{Series: 1, Resolution: 60, From: start.Unix(), Before: start.Unix() + 120})
	if err != nil || len(rows) != 2 {
		t.Errorf("%d rows for two minutes: %v", len(rows), err)
	}
}

// TestFold: what is measured stays, by seconds for hours, by minutes for days, by five minutes and by hours for months
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html).
func TestFold(t *testing.T) {
	f := newFixture(t)
	fine := func(after time.Duration, value float64) {
		f.Put(Datum{Series: latency("ApiName", "pets", "Stage", "prod"), Unit: "Milliseconds", At: start.Add(after), Fine: true, Summary: *summarize(value)})
	}
	fine(1*time.Second, 1)
	fine(2*time.Second, 2)
	f.put(3*time.Second, 4)
	f.put(70*time.Second, 8)
	f.put(6*m, 16)
	fold := func(after time.Duration) {
		f.Helper()
		f.now = start.Add(after)
		f.flush()
		if err := f.Fold(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	const days = 24 * time.Hour
	fold(time.Hour)
	f.want(time.Second, 0, m, "0s:1/4/4 1s:1/1/1 2s:1/2/2")
	f.want(m, 0, 10*m, "0s:3/7/4 1m0s:1/8/8 6m0s:1/16/16")
	fold(4 * time.Hour)
	f.want(time.Second, 0, m, "0s:3/7/4")
	f.want(m, 0, 10*m, "0s:3/7/4 1m0s:1/8/8 6m0s:1/16/16")
	fold(16 * days)
	f.want(m, 0, 10*m, "")
	f.want(5*m, 0, 10*m, "0s:4/15/8 5m0s:1/16/16")
	f.put(62*time.Second, 32) // very late: into what is folded already
	f.want(5*m, 0, 5*m, "0s:5/47/32")
	fold(17 * days)
	f.want(5*m, 0, 5*m, "0s:5/47/32")
	fold(64 * days)
	f.want(5*m, 0, 10*m, "")
	f.want(time.Hour, 0, time.Hour, "0s:6/63/32")
	f.restart()
	f.want(time.Hour, 0, time.Hour, "0s:6/63/32")
	fold(456 * days)
	f.want(time.Hour, 0, time.Hour, "")
	if f.Count() != 0 {
		t.Errorf("%d series are left", f.Count())
	}
	f.flush()
	if left, err := f.db.MetricSeries(t.Context()); len(left) != 0 || err != nil {
		t.Errorf("series %v are stored: %v", left, err)
	}
}

// TestFoldLate: a gateway that was off for months folds step by step, many series at a time, and loses nothing.
func TestFoldLate(t *testing.T) {
	f := newFixture(t)
	f.max = 300
	f.restart()
	for i := range 250 {
		f.Put(Datum{Series: latency("ApiName", fmt.Sprint(i)), At: start, Fine: true, Summary: *summarize(1)})
	}
	for i := range 10 {
		f.put(time.Duration(i)*m, 1)
	}
	f.flush()
	f.now = start.Add(70 * 24 * time.Hour)
	f.restart()
	for round := range 5 {
		if err := f.Fold(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := f.points(time.Hour, 0, time.Hour); got != "0s:10/10/1" {
			t.Errorf("round %d: %s", round, got)
		}
	}
	for id := int64(1); id <= 251; id++ {
		rows, err := f.db.Rollups(t.Context(), store.RollupRange{Series: id, Resolution: hour, Before: f.now.Unix()})
		if err != nil || len(rows) != 1 {
			t.Fatalf("series %d has %d points by the hour: %v", id, len(rows), err)
		}
	}
}

// TestCap: what comes when there are too many series is counted, and series that there are go on.
func TestCap(t *testing.T) {
	f := newFixture(t)
	f.max = 3
	f.restart()
	refused := 0
	for i := range 5 {
		refused += f.Put(Datum{Series: latency("ApiName", fmt.Sprint(i)), At: start, Summary: *summarize(1)})
	}
	refused += f.Put(Datum{Series: latency("ApiName", "0"), At: start, Summary: *summarize(1)})
	if refused != 2 || f.Refused() != 2 || f.Count() != 3 {
		t.Errorf("%d and %d refused, %d series", refused, f.Refused(), f.Count())
	}
	if err := f.DropAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f.Put(Datum{Series: latency("ApiName", "9"), At: start, Summary: *summarize(1)}) != 0 {
		t.Error("no room after all is dropped")
	}
}

// TestFull: a disk that is full loses nothing that fits into memory, and then what came last.
func TestFull(t *testing.T) {
	f := newFixture(t)
	f.put(0, 1)
	f.flush()
	f.storage.err = store.ErrFull
	f.put(0, 2)
	for range 3 {
		if err := f.Flush(t.Context()); !errors.Is(err, store.ErrFull) {
			t.Fatalf("got %v", err)
		}
	}
	f.want(m, 0, m, "0s:2/3/2")
	refused := 0
	for i := range pointsPerSeries * f.max {
		refused += f.Put(Datum{Series: latency("ApiName", "pets"), At: start.Add(-time.Duration(i) * m), Summary: *summarize(1)})
	}
	if refused != 1 || f.Failures() != 3 {
		t.Errorf("%d refused, %d failures", refused, f.Failures())
	}
	waiting := f.Waiting()
	f.storage.err = nil
	f.flush()
	if waiting != pointsPerSeries*f.max || f.Waiting() != 0 {
		t.Errorf("%d points waited, %d still wait", waiting, f.Waiting())
	}
	f.restart()
	f.want(m, 0, m, "0s:2/3/2")
}

func TestUnits(t *testing.T) {
	f := newFixture(t)
	f.put(0, 10)
	f.Put(Datum{Series: latency("ApiName", "pets", "Stage", "prod"), Unit: "Seconds", At: start, Summary: *summarize(1)})
	f.want(m, 0, m, "0s:2/11/10")
	points, err := f.Points(t.Context(), Query{Series: latency("ApiName", "pets", "Stage", "prod"), Unit: "Seconds", Period: m, From: start, To: start.Add(m)})
	if err != nil || len(points) != 1 || points[0].Sum != 1 {
		t.Errorf("%v, %v", points, err)
	}
}

func TestList(t *testing.T) {
	f := newFixture(t)
	f.put(0, 1)
	f.Put(
		Datum{Series: latency("ApiName", "pets"), Unit: "Seconds", At: start, Summary: *summarize(1)},
		Datum{Series: latency("ApiName", "pets"), Unit: "None", At: start.Add(m), Summary: *summarize(1)},
		Datum{Series: Series{Tenant: gateway.Tenant{Account: "2"}, Name: "other"}, At: start, Summary: *summarize(1)},
	)
	f.flush()
	f.restart()
	all := f.List(latency().Tenant, func(*Info) bool { return true })
	want := "[{ApiName pets}] [Seconds None] 1m0s, [{ApiName pets} {Stage prod}] [Milliseconds] 0s"
	var got []string
	for _, i := range all {
		got = append(got, fmt.Sprint(i.Dimensions, " ", i.Units, " ", i.Newest.Sub(start)))
	}
	if strings.Join(got, ", ") != want {
		t.Errorf("got %s", got)
	}
	if some := f.List(latency().Tenant, func(i *Info) bool { return len(i.Dimensions) == 2 }); len(some) != 1 {
		t.Errorf("got %v", some)
	}
}

// TestRun: a second after it was put, a point is stored; what is put last is stored at the end; and a clock that jumps
// by a year makes nothing old.
func TestRun(t *testing.T) {
	f := newFixture(t)
	db := &memory{}
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var jump atomic.Int64
		s, err := Open(t.Context(), Options{Storage: db, Now: func() time.Time { return time.Now().Add(time.Duration(jump.Load())) }})
		if err != nil {
			t.Fatal(err)
		}
		f.Store = s
		put := func() {
			s.Put(Datum{Series: latency(), At: time.Now(), Summary: *summarize(1)})
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.Run(ctx)
		}()
		put()
		time.Sleep(flushEvery + time.Millisecond)
		synctest.Wait()
		if db.set != 1 {
			t.Errorf("%d points stored after %v", db.set, time.Since(began))
		}
		jump.Store(int64(2 * 365 * 24 * time.Hour))
		time.Sleep(foldEvery + 2*flushEvery)
		synctest.Wait()
		if db.gone != 0 || s.Count() != 1 {
			t.Error("a jump of the clock has made points old")
		}
		put()
		cancel()
		<-done
		if db.set != 2 {
			t.Errorf("%d points stored at the end", db.set)
		}
	})
}

// memory counts what it is told to store.
type memory struct{ set, gone int }

func (*memory) MetricSeries(context.Context) ([]store.MetricSeries, error) { return nil, nil }

func (*memory) Rollups(context.Context, store.RollupRange) ([]store.Rollup, error) { return nil, nil }

func (m *memory) SetRollups(_ context.Context, change store.RollupChange) error {
	m.set += len(change.Set)
	m.gone += len(change.Gone) + len(change.GoneSeries)
	return nil
}

// TestConcurrently is for the race detector: nothing that is put is lost or doubled while it is flushed, folded and read.
func TestConcurrently(t *testing.T) {
	f := newFixture(t)
	const each, putters = 200, 4
	done := make(chan struct{}, putters)
	for range putters {
		go func() {
			for range each {
				f.Put(Datum{Series: latency("ApiName", "pets", "Stage", "prod"), At: start, Summary: *summarize(1, 2)})
			}
			done <- struct{}{}
		}()
	}
	for left := putters; left > 0; {
		select {
		case <-done:
			left--
		default:
			f.flush()
			_ = f.points(m, 0, m)
			if err := f.Fold(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	f.flush()
	f.want(m, 0, m, fmt.Sprintf("0s:%d/%d/2", 2*each*putters, 3*each*putters))
}

func BenchmarkFlush(b *testing.B) {
	db, err := sqlite.Open(b.Context(), sqlite.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	s, err := Open(b.Context(), Options{Storage: db, Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	const series = 1000
	values := summarize(upTo(100)...)
	for b.Loop() {
		for i := range series {
			s.Put(Datum{Series: latency("ApiName", fmt.Sprint(i), "Stage", "prod"), At: time.Now(), Summary: *values})
		}
		if err := s.Flush(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/series, "ns/series")
}
