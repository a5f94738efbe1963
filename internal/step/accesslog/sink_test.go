package accesslog

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

// groups keeps events as lines: the time in milliseconds, the stream if it is not the sink's own, and the line.
type groups struct {
	mu    sync.Mutex
	lines map[string]string // by the group's name
	err   error
}

func (g *groups) Keep(id gateway.LogGroupID, events []Event) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return g.err
	}
	for _, e := range events {
		const own = 32
		text := fmt.Sprintf("%d %s", e.At.UnixMilli(), e.Line)
		if len(e.Stream) != own {
			text = fmt.Sprintf("%d %s: %s", e.At.UnixMilli(), e.Stream, e.Line)
		}
		g.lines[id.Name] += text + "\n"
	}
	return nil
}

func (g *groups) of(name string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.lines[name]
}

func newGroups() *groups { return &groups{lines: map[string]string{}} }

const arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/http-api"

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(b)
}

func destination(t *testing.T, s *Sink, arn string) *Destination {
	t.Helper()
	d, err := s.Destination(arn)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// safeBuffer is a standard output.
type safeBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

func TestSinkWritesEverywhere(t *testing.T) {
	dir, out, kept := t.TempDir(), new(safeBuffer), newGroups()
	s := OpenSink(SinkOptions{Stdout: out, File: filepath.Join(dir, "access.log"), Groups: kept})
	group, other, none := destination(t, s, arn), destination(t, s, "arn:aws:logs:eu-west-1:123456789012:log-group:other:*"), destination(t, s, "")
	at := time.UnixMilli(1720635321799)
	for i := range 5 {
		group.Log(at.Add(time.Duration(i)*time.Millisecond), fmt.Appendf(nil, "%d", i))
	}
	other.Log(at, []byte("other"))
	none.Log(at, []byte("none"))
	s.Close()
	s.Close() // once more does nothing
	const events = "1720635321799 0\n1720635321800 1\n1720635321801 2\n1720635321802 3\n1720635321803 4\n"
	if got := kept.of("/aws/http-api"); got != events {
		t.Errorf("the group has %q", got)
	}
	if got := kept.of("other"); got != "1720635321799 other\n" {
		t.Errorf("the other group has %q", got)
	}
	for name, got := range map[string]string{"stdout": out.String(), "file": read(t, filepath.Join(dir, "access.log"))} {
		if !strings.Contains(got, "0\n1\n2\n3\n4\n") || !strings.Contains(got, "other\n") || !strings.Contains(got, "none\n") || len(got) != 21 {
			t.Errorf("%s has %q", name, got)
		}
	}
	if s.Dropped() != 0 || s.Failures() != 0 {
		t.Errorf("%d dropped, %d failures", s.Dropped(), s.Failures())
	}
	group.Log(at, []byte("late"))
	destination(t, s, "arn:aws:logs:eu-west-1:123456789012:log-group:new").Log(at, []byte("later"))
	if s.Dropped() != 2 {
		t.Errorf("%d lines dropped after the end, want 2", s.Dropped())
	}
}

func TestSinkFlushesEverySecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := new(safeBuffer)
		s := OpenSink(SinkOptions{Stdout: out})
		defer s.Close()
		destination(t, s, "").Log(time.Now(), []byte("a"))
		time.Sleep(999 * time.Millisecond)
		synctest.Wait()
		if out.String() != "" {
			t.Error("written at once: there is a system call per line")
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if out.String() != "a\n" {
			t.Errorf("after a second: %q", out.String())
		}
		line := bytes.Repeat([]byte{'x'}, 100<<10)
		for range 10 {
			destination(t, s, "").Log(time.Now(), line)
		}
		synctest.Wait()
		if len(out.String()) < 200<<10 {
			t.Errorf("%d bytes were written: a lot does not wait", len(out.String()))
		}
	})
}

func TestSinkIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, told := new(safeBuffer), new(safeBuffer)
		s := OpenSink(SinkOptions{Stdout: out, MaxPending: 64 << 10, FlushEvery: time.Hour, Log: slog.New(slog.NewTextHandler(told, nil))})
		d := destination(t, s, "")
		s.writing.Lock() // the disk is slow
		for range 5000 {
			d.Log(time.Now(), []byte("0123456789"))
		}
		d.Log(time.Now(), bytes.Repeat([]byte{'x'}, 128<<10)) // longer than there is room
		s.writing.Unlock()
		s.Close()
		written := uint64(strings.Count(out.String(), "\n"))
		if s.Dropped() == 0 || written+s.Dropped() != 5001 {
			t.Errorf("%d written, %d dropped", written, s.Dropped())
		}
		if !strings.Contains(told.String(), "dropped="+strconv.FormatUint(s.Dropped(), 10)) {
			t.Errorf("the operator is told %q", told)
		}
	})
}

// A disk that fails costs lines, and a word in the log once a minute.
func TestSinkSurvivesFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, told, kept := new(safeBuffer), new(safeBuffer), newGroups()
		kept.err = syscall.ENOSPC
		s := OpenSink(SinkOptions{Stdout: out, Groups: kept, Log: slog.New(slog.NewTextHandler(told, nil))})
		defer s.Close()
		d := destination(t, s, arn)
		for range 90 {
			d.Log(time.Now(), []byte("a"))
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if n := strings.Count(told.String(), "level=ERROR"); n != 2 || !strings.Contains(told.String(), "no space left") {
			t.Errorf("told %d times: %s", n, told)
		}
		if s.Failures() == 0 || s.Dropped() != 90 || strings.Count(out.String(), "a\n") != 90 {
			t.Errorf("%d failures, %d dropped, stdout %q", s.Failures(), s.Dropped(), out.String())
		}
		kept.mu.Lock()
		kept.err = nil
		kept.mu.Unlock()
		d.Log(time.UnixMilli(7), []byte("b"))
		s.Flush()
		if got := kept.of("/aws/http-api"); got != "7 b\n" {
			t.Errorf("when it is mended: %q", got)
		}
	})
}

func TestFileRotates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "a.log")
	f := &file{path: path, max: 10, keep: 2}
	for i := range 7 {
		if err := f.append(fmt.Appendf(nil, "line%d\n", i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.append([]byte("longer than a file may be\n")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"": "longer than a file may be\n", ".1": "line6\n", ".2": "line5\n", ".3": ""} {
		if got := read(t, path+name); got != want {
			t.Errorf("a.log%s has %q, want %q", name, got, want)
		}
	}
}

// A line that a crash cut off does not swallow the next; a file that somebody moved away is made anew.
func TestFileGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	f := &file{path: path, max: 1 << 20, keep: 2}
	if err := os.WriteFile(path, []byte("one\ntw"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.append([]byte("three\n")); err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); got != "one\ntw\nthree\n" {
		t.Errorf("%q", got)
	}
	if err := os.Rename(path, path+".moved"); err != nil {
		t.Fatal(err)
	}
	if err := f.append([]byte("four\n")); err != nil || read(t, path) != "four\n" {
		t.Errorf("%q, %v", read(t, path), err)
	}
}

// Many write at once; nothing is lost, doubled or torn, and each one's lines stay in order.
func TestSinkConcurrently(t *testing.T) {
	const writers, each = 8, 3000
	kept := newGroups()
	s := OpenSink(SinkOptions{Groups: kept, FlushEvery: time.Millisecond, MaxPending: 64 << 20})
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			d, err := s.Destination(arn)
			if err != nil {
				t.Error(err)
				return
			}
			for i := range each {
				d.Log(time.Now(), fmt.Appendf(nil, "%d %d %s", w, i, strings.Repeat("x", i%50)))
			}
		})
	}
	all.Wait()
	s.Close()
	next := map[int]int{}
	for line := range strings.Lines(kept.of("/aws/http-api")) {
		var at int64
		var w, i int
		var rest string
		if n, _ := fmt.Sscanf(line, "%d %d %d %s", &at, &w, &i, &rest); n < 3 || rest != strings.Repeat("x", i%50) {
			t.Fatalf("torn: %q", line)
		}
		next[w]++
	}
	for w := range writers {
		if next[w] != each {
			t.Errorf("writer %d: %d lines of %d", w, next[w], each)
		}
	}
	if s.Dropped() != 0 {
		t.Errorf("%d dropped", s.Dropped())
	}
}

func TestMergeOrders(t *testing.T) {
	q := newQueue(1 << 20)
	q.shards = make([]shard, 4)
	for i := range 200 {
		if ok, _ := q.put(time.Unix(0, int64(i)), strings.Repeat("s", i%3), []byte(strconv.Itoa(i))); !ok {
			t.Fatal("no room")
		}
	}
	next := 0
	merge(q.take(false), func(r record) {
		if int(r.at.UnixNano()) != next || string(r.line) != strconv.Itoa(next) || string(r.stream) != strings.Repeat("s", next%3) {
			t.Fatalf("%v %s %s, want %d", r.at.UnixNano(), r.stream, r.line, next)
		}
		next++
	})
	if next != 200 {
		t.Errorf("%d records", next)
	}
}

func TestDestinations(t *testing.T) {
	for _, arn := range []string{"", "my-log-group", "arn:aws:firehose:us-east-2:123456789012:deliverystream/amazon-apigateway-x"} { // HTTP APIs log to groups only (cdk-preflight)
		if wrong := new(DestinationError); !errors.As(CheckDestination(arn), &wrong) || wrong.ARN != arn {
			t.Errorf("%s: %v", arn, CheckDestination(arn))
		}
	}
	s := OpenSink(SinkOptions{})
	defer s.Close()
	if _, err := s.Destination("nonsense"); err == nil {
		t.Error("nonsense is a destination")
	}
	if destination(t, s, arn) != destination(t, s, arn+":*") {
		t.Error("a redeployed stage would begin a queue of its own")
	}
}

// TestSinkGroup: lines that are no access log's stay out of where all access logs go, also for one and the same group.
func TestSinkGroup(t *testing.T) {
	dir, out, kept := t.TempDir(), new(safeBuffer), newGroups()
	s := OpenSink(SinkOptions{Stdout: out, File: filepath.Join(dir, "access.log"), Groups: kept})
	group, err := s.Group(arn)
	again, errAgain := s.Group(arn)
	if err != nil || errAgain != nil || group != again || group == destination(t, s, arn) {
		t.Errorf("%p, %p, %v, %v", group, again, err, errAgain)
	}
	group.LogTo(time.UnixMilli(1), "its/stream", []byte("a function's"))
	s.Close()
	if got := kept.of("/aws/http-api"); got != "1 its/stream: a function's\n" {
		t.Errorf("the group has %q", got)
	}
	if got := out.String() + read(t, filepath.Join(dir, "access.log")); got != "" {
		t.Errorf("elsewhere is %q", got)
	}
}
