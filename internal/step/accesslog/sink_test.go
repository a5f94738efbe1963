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
	"testing"
	"testing/synctest"
	"time"
)

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
	dir, out := t.TempDir(), new(safeBuffer)
	s := OpenSink(SinkOptions{Stdout: out, File: filepath.Join(dir, "access.log"), Dir: filepath.Join(dir, "logs")})
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
	if got := read(t, filepath.Join(dir, "logs/eu-west-1/123456789012/~aws~http-api.log")); got != events {
		t.Errorf("the group has %q", got)
	}
	if got := read(t, filepath.Join(dir, "logs/eu-west-1/123456789012/other.log")); got != "1720635321799 other\n" {
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
		dir, out, told := t.TempDir(), new(safeBuffer), new(safeBuffer)
		blocked := filepath.Join(dir, "logs")
		if err := os.WriteFile(blocked, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		s := OpenSink(SinkOptions{Stdout: out, Dir: blocked, Log: slog.New(slog.NewTextHandler(told, nil))})
		defer s.Close()
		d := destination(t, s, arn)
		for range 90 {
			d.Log(time.Now(), []byte("a"))
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if n := strings.Count(told.String(), "level=ERROR"); n != 2 || !strings.Contains(told.String(), "not a directory") {
			t.Errorf("told %d times: %s", n, told)
		}
		if s.Failures() == 0 || s.Dropped() != 90 || strings.Count(out.String(), "a\n") != 90 {
			t.Errorf("%d failures, %d dropped, stdout %q", s.Failures(), s.Dropped(), out.String())
		}
		if err := os.Remove(blocked); err != nil {
			t.Fatal(err)
		}
		d.Log(time.UnixMilli(7), []byte("b"))
		s.Flush()
		if got := read(t, filepath.Join(blocked, "eu-west-1/123456789012/~aws~http-api.log")); got != "7 b\n" {
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
	dir := t.TempDir()
	s := OpenSink(SinkOptions{Dir: dir, FlushEvery: time.Millisecond, MaxPending: 64 << 20})
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
	for line := range strings.Lines(read(t, filepath.Join(dir, "eu-west-1/123456789012/~aws~http-api.log"))) {
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
		if ok, _ := q.put(time.Unix(0, int64(i)), []byte(strconv.Itoa(i))); !ok {
			t.Fatal("no room")
		}
	}
	next := 0
	merge(q.take(false), func(at time.Time, line []byte) {
		if int(at.UnixNano()) != next || string(line) != strconv.Itoa(next) {
			t.Fatalf("%v %s, want %d", at.UnixNano(), line, next)
		}
		next++
	})
	if next != 200 {
		t.Errorf("%d records", next)
	}
}

func TestParseARN(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:logs:us-east-2:123456789012:log-group:my-log-group":     "us-east-2/123456789012/my-log-group.log",
		"arn:aws:logs:us-east-2:123456789012:log-group:my-log-group:*":   "us-east-2/123456789012/my-log-group.log",
		"arn:aws-cn:logs:cn-north-1:123456789012:log-group:/aws/a_b#C.d": "cn-north-1/123456789012/~aws~a_b#C.d.log",
		"arn:aws:logs:r:1:log-group:../../etc/passwd":                    "r/1/..~..~etc~passwd.log",
		"arn:aws:logs:r:1:log-group:..":                                  "r/1/...log",
		"arn:aws:logs:r:1:log-group:" + strings.Repeat("a", 512):         "r/1/" + strings.Repeat("a", 200) + "+/" + strings.Repeat("a", 200) + "+/" + strings.Repeat("a", 112) + ".log",
		"arn:aws:logs:r:1:log-group:" + strings.Repeat("a", 513):         "",
		"": "", "my-log-group": "", "arn:aws:logs:r:1:log-group:": "", "arn:aws:logs:r:1:log-group:a:log-stream:b": "",
		"arn:aws:logs:../..:1:log-group:a": "", "arn:aws:logs:r:..:log-group:a": "", "arn:aws:logs:r:1:log-group:a b": "",
		"arn:aws:firehose:us-east-2:123456789012:deliverystream/amazon-apigateway-x": "", // HTTP APIs log to groups only (cdk-preflight)
	} {
		g, err := ParseARN(arn)
		if (err == nil) != (want != "") || err == nil && g.Path("") != want {
			t.Errorf("%s: %s, %v", arn, g.Path(""), err)
		}
		if wrong := new(DestinationError); err != nil && (!errors.As(err, &wrong) || wrong.ARN != arn) {
			t.Errorf("%s: %v", arn, err)
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
	dir, out := t.TempDir(), new(safeBuffer)
	s := OpenSink(SinkOptions{Stdout: out, File: filepath.Join(dir, "access.log"), Dir: filepath.Join(dir, "logs")})
	group, err := s.Group(arn)
	again, errAgain := s.Group(arn)
	if err != nil || errAgain != nil || group != again || group == destination(t, s, arn) {
		t.Errorf("%p, %p, %v, %v", group, again, err, errAgain)
	}
	group.Log(time.UnixMilli(1), []byte("a function's"))
	s.Close()
	if got := read(t, filepath.Join(dir, "logs/eu-west-1/123456789012/~aws~http-api.log")); got != "1 a function's\n" {
		t.Errorf("the group has %q", got)
	}
	if got := out.String() + read(t, filepath.Join(dir, "access.log")); got != "" {
		t.Errorf("elsewhere is %q", got)
	}
}
