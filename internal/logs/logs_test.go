package logs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

var group = gateway.LogGroupID{Region: "eu-west-1", Account: "000000000000", Name: "/aws/lambda/users"}

func open(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func at(ms int64, stream, text string) Event {
	return Event{Stream: stream, Time: ms, Message: []byte(text)}
}

func read(t testing.TB, l *Log, q Query) Page {
	t.Helper()
	p, err := l.Read(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func texts(p Page) string {
	var all []string
	for _, e := range p.Events {
		all = append(all, string(e.Message))
	}
	return strings.Join(all, " ")
}

func TestRead(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir()})
	l := s.Log(group)
	if err := l.Append(at(30, "a", "c"), at(10, "a", "a"), at(20, "b", "b"), at(20, "a", "b2"), at(40, "b", "d")); err != nil {
		t.Fatal(err)
	}
	only := func(name string) func(string) bool { return func(s string) bool { return s == name } }
	for name, tc := range map[string]struct {
		q    Query
		want string
	}{
		"all, by time":        {Query{}, "a b b2 c d"},
		"a stream":            {Query{Stream: only("b")}, "b d"},
		"from is inclusive":   {Query{From: 20}, "b b2 c d"},
		"to is exclusive":     {Query{To: 20}, "a"},
		"a page":              {Query{Limit: 2}, "a b"},
		"the latest":          {Query{Limit: 2, Backward: true}, "c d"},
		"what matches":        {Query{Match: func(m []byte) bool { return bytes.Contains(m, []byte("b")) }}, "b b2"},
		"no more bytes":       {Query{MaxBytes: 2}, "a b"},
		"one is always taken": {Query{From: 20, MaxBytes: 1}, "b"},
		"a stream without":    {Query{Stream: only("c")}, ""},
	} {
		if got := texts(read(t, l, tc.q)); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

func TestScan(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir()})
	l := s.Log(group)
	if err := l.Append(at(30, "a", "c"), at(10, "a", "a"), at(20, "b", "b")); err != nil {
		t.Fatal(err)
	}
	for wanted, more := range map[int]bool{3: true, 1: false} {
		n := 0
		err := l.Scan(t.Context(), Query{}, func(e *Event) bool { n += len(e.Message); return more })
		if err != nil || n != wanted {
			t.Errorf("%d events, %v", n, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Scan(ctx, Query{}, func(*Event) bool { return true }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestPages reads what was written in no order, page by page, in both directions.
func TestPages(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir(), SegmentSize: 100 << 10})
	l := s.Log(group)
	const n = 5000
	var want []string
	for i := range n {
		ms := int64(i) + rand.Int64N(50)
		text := fmt.Sprintf("%08d %s", ms, strings.Repeat("x", rand.IntN(100)))
		if err := l.Append(at(ms, fmt.Sprint("stream", i%3), text)); err != nil {
			t.Fatal(err)
		}
		want = append(want, text[:8])
	}
	slices.Sort(want)
	for _, backward := range []bool{false, true} {
		var got []string
		q := Query{Limit: 77, Backward: backward}
		for range n {
			p := read(t, l, q)
			var page []string
			for _, e := range p.Events {
				page = append(page, string(e.Message[:8]))
			}
			if backward {
				got = append(page, got...)
			} else {
				got = append(got, page...)
			}
			if p.Next == nil {
				break
			}
			q.After = p.Next
		}
		if !slices.Equal(got, want) {
			t.Errorf("backward %t: %d events are not those that were written, or not in order", backward, len(got))
		}
	}
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Dir: dir, SegmentSize: 1000})
	l := s.Log(group)
	for i := range 100 {
		if err := l.Append(at(int64(i), "s", strings.Repeat("m", 40))); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.CreateStream("empty"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.CreateStream("gone"), l.DeleteStream("gone"), s.Close()); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(at(1, "s", "late")); !errors.Is(err, ErrGone) {
		t.Errorf("after the end: %v", err)
	}
	// The last write did not get through, and no index is as it should be.
	segments, _ := filepath.Glob(filepath.Join(pathOf(dir, group), "*.events"))
	last, err := os.OpenFile(segments[len(segments)-1], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = last.Write([]byte{40, 0, 0, 0, 1, 2, 3, 4, 5})
	_ = last.Close()
	indexes, _ := filepath.Glob(filepath.Join(pathOf(dir, group), "*.index"))
	if len(indexes) < 3 {
		t.Fatalf("%d indexes", len(indexes))
	}
	_ = os.Remove(indexes[0])
	_ = os.WriteFile(indexes[1], []byte("{"), 0o600)
	streams, _ := os.OpenFile(streamsPath(pathOf(dir, group)), os.O_APPEND|os.O_WRONLY, 0)
	_, _ = streams.WriteString(`{"id":9,"na`)
	_ = streams.Close()

	s = open(t, Options{Dir: dir, SegmentSize: 1000})
	l = s.Log(group)
	if p := read(t, l, Query{}); len(p.Events) != 100 || p.Events[99].Time != 99 {
		t.Errorf("%d events are left", len(p.Events))
	}
	if all := l.Streams(""); len(all) != 2 || all[0].Name != "empty" || all[1].Name != "s" || all[1].Last != 99 || all[1].Bytes != 4000 {
		t.Errorf("streams %+v", all)
	}
	if err := l.Append(at(100, "s", "on"), at(101, "new", "and on")); err != nil {
		t.Fatal(err)
	}
	if p := read(t, l, Query{From: 100}); texts(p) != "on and on" {
		t.Errorf("got %q", texts(p))
	}
}

func TestStreams(t *testing.T) {
	now := time.UnixMilli(5000)
	s := open(t, Options{Dir: t.TempDir(), Now: func() time.Time { return now }})
	l := s.Log(group)
	if err := l.CreateStream("a"); err != nil {
		t.Fatal(err)
	}
	if err := l.CreateStream("a"); !errors.Is(err, ErrStreamExists) {
		t.Errorf("got %v", err)
	}
	if err := l.Append(at(20, "a", "one"), at(10, "a", "two"), at(30, "b", "three")); err != nil {
		t.Fatal(err)
	}
	got, err := l.Stream("a")
	if want := (Stream{Name: "a", Created: 5000, First: 10, Last: 20, Ingested: 5000, Bytes: 6}); err != nil || got != want {
		t.Errorf("got %+v %v", got, err)
	}
	if err := l.DeleteStream("a"); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Stream("a"); !errors.Is(err, ErrNoStream) {
		t.Errorf("got %v", err)
	}
	if err := l.DeleteStream("a"); !errors.Is(err, ErrNoStream) {
		t.Errorf("got %v", err)
	}
	if got := texts(read(t, l, Query{})); got != "three" {
		t.Errorf("got %q", got)
	}
	if err := l.Append(at(40, "a", "again")); err != nil {
		t.Fatal(err)
	}
	if got := texts(read(t, l, Query{})); got != "three again" {
		t.Errorf("got %q: what was deleted came back", got)
	}
	if len(l.Streams("b")) != 1 || len(l.Streams("")) != 2 || l.Bytes() != 10 {
		t.Errorf("got %v, %d bytes", l.Streams(""), l.Bytes())
	}
}

func TestRetention(t *testing.T) {
	now := time.UnixMilli(10_000)
	s := open(t, Options{Dir: t.TempDir(), SegmentSize: 100, Now: func() time.Time { return now }})
	l := s.Log(group)
	for i := range 10 {
		if err := l.Append(at(int64(i)*1000, "s", fmt.Sprint(i, strings.Repeat("x", 100)))); err != nil {
			t.Fatal(err)
		}
	}
	l.Keep(5 * time.Second)
	if p := read(t, l, Query{}); len(p.Events) != 5 || p.Events[0].Time != 5000 {
		t.Errorf("%d events", len(p.Events))
	}
	s.Sweep()
	if len(l.segments) != 5 || l.Bytes() != 505 {
		t.Errorf("%d segments, %d bytes", len(l.segments), l.Bytes())
	}
	now = now.Add(time.Hour)
	s.Sweep()
	if len(l.segments) != 0 || s.size.Load() != 0 {
		t.Errorf("%d segments, %d bytes", len(l.segments), s.size.Load())
	}
	if err := l.Append(at(now.UnixMilli(), "s", "on")); err != nil || texts(read(t, l, Query{})) != "on" {
		t.Errorf("got %v", err)
	}
}

func TestMaxSize(t *testing.T) {
	clock := int64(0)
	s := open(t, Options{Dir: t.TempDir(), SegmentSize: 1000, MaxSize: 10_000, Now: func() time.Time { clock++; return time.UnixMilli(clock) }})
	other := gateway.LogGroupID{Region: "eu-west-1", Account: "000000000000", Name: strings.Repeat("long/", 100)}
	for i := range 100 {
		l := s.Log(group)
		if i%2 == 0 {
			l = s.Log(other)
		}
		if err := l.Append(at(int64(i), "s", strings.Repeat("x", 1000))); err != nil {
			t.Fatal(err)
		}
	}
	s.Sweep()
	if n := s.size.Load(); n > 10_000 || n < 8_000 {
		t.Errorf("%d bytes are left", n)
	}
	if p := read(t, s.Log(other), Query{}); len(p.Events) == 0 || p.Events[0].Time < 80 {
		t.Error("not the oldest have gone")
	}
	groups := s.Groups()
	if len(groups) != 2 {
		t.Errorf("got %v", groups)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if again := open(t, Options{Dir: s.opts.Dir}); !slices.Contains(again.Groups(), other) || !slices.Contains(again.Groups(), group) {
		t.Errorf("found %v", again.Groups())
	}
}

func TestDrop(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir()})
	l := s.Log(group)
	if err := errors.Join(l.Append(at(1, "s", "x")), s.DropAll()); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(at(2, "s", "x")); !errors.Is(err, ErrGone) {
		t.Errorf("got %v", err)
	}
	if err := s.Log(group).Append(at(3, "s", "y")); err != nil || texts(read(t, s.Log(group), Query{})) != "y" {
		t.Errorf("got %v", err)
	}
	dots := gateway.LogGroupID{Region: "eu-west-1", Account: "1", Name: ".."}
	if err := s.Log(dots).Append(at(1, "s", "x")); err != nil {
		t.Fatal(err)
	}
	if dir, err := filepath.Rel(s.opts.Dir, pathOf(s.opts.Dir, dots)); err != nil || filepath.Dir(dir) != filepath.Join("eu-west-1", "1") {
		t.Errorf("%s is elsewhere", dir)
	}
	if s.Log(gateway.LogGroupID{Region: "..", Account: "1", Name: "x"}) != nil {
		t.Error("a group outside the directory")
	}
}

func TestConcurrent(t *testing.T) {
	s := open(t, Options{Dir: t.TempDir(), SegmentSize: 10_000, SyncEvery: time.Millisecond})
	l := s.Log(group)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 200 {
				if err := l.Append(at(int64(i), fmt.Sprint(w), strings.Repeat("x", 100))); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 20 {
				if _, err := l.Read(context.Background(), Query{Limit: 100}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if p := read(t, l, Query{}); len(p.Events) != 800 {
		t.Errorf("%d events", len(p.Events))
	}
}

// FuzzRecord: what is no record is never taken for one, and what is comes back as it was.
func FuzzRecord(f *testing.F) {
	f.Add(appendRecord(nil, 7, &Event{Time: 1, Message: []byte("hello")}, 2))
	f.Add([]byte{20, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, rest, ok := cutRecord(b)
		if !ok {
			return
		}
		again := appendRecord(nil, r.stream, &Event{Time: r.time, Message: r.message}, r.ingested)
		if !bytes.Equal(again, b[:len(b)-len(rest)]) {
			t.Errorf("%x came back as %x", b, again)
		}
	})
}

// BenchmarkFilter looks through a million events.
func BenchmarkFilter(b *testing.B) {
	s := open(b, Options{Dir: b.TempDir()})
	l := s.Log(group)
	message := []byte(`{"requestId":"8c5c0c0e-3f7b-4c4e-9d52-1c52c8a0f9a1","status":200,"path":"/users","latency":12,"ip":"127.0.0.1"}`)
	batch := make([]Event, 1000)
	for i := range 1000 {
		for j := range batch {
			batch[j] = Event{Stream: "s", Time: int64(i*1000 + j), Message: message}
		}
		if err := l.Append(batch...); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		n := 0
		if _, err := l.Read(b.Context(), Query{Match: func(m []byte) bool { n++; return bytes.Contains(m, []byte("ERROR")) }}); err != nil || n != 1_000_000 {
			b.Fatal(n, err)
		}
	}
}
