package accesslog

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// TestCallsStayTogether: the lines of a call are one behind the other, whoever else logs.
func TestCallsStayTogether(t *testing.T) {
	kept := newGroups()
	s := OpenSink(SinkOptions{Groups: kept, FlushEvery: time.Millisecond})
	d, err := s.Group("arn:aws:logs:eu-west-1:1:log-group:API-Gateway-Execution-Logs_a/b")
	if err != nil {
		t.Fatal(err)
	}
	const calls, lines = 200, 5
	var all sync.WaitGroup
	for call := range calls {
		all.Go(func() {
			entries := make([]exchange.JournalEntry, lines)
			for i := range entries {
				entries[i] = exchange.JournalEntry{At: time.Unix(1, 0), Text: fmt.Sprintf("line %d", i)}
			}
			d.LogCall(fmt.Append(nil, call), entries)
		})
	}
	all.Wait()
	s.Close()
	got := strings.Split(strings.TrimSuffix(kept.of("API-Gateway-Execution-Logs_a/b"), "\n"), "\n")
	if len(got) != calls*lines {
		t.Fatalf("%d lines", len(got))
	}
	for i := 0; i < len(got); i += lines {
		id, _, _ := strings.Cut(got[i], " line")
		for k := range lines {
			if want := fmt.Sprintf("%s line %d", id, k); got[i+k] != want {
				t.Fatalf("line %d: got %q, want %q", i+k, got[i+k], want)
			}
		}
	}
}

// TestCallThatFindsNoRoom: all of its lines count as dropped.
func TestCallThatFindsNoRoom(t *testing.T) {
	s := OpenSink(SinkOptions{Groups: newGroups(), MaxPending: 1, FlushEvery: time.Hour})
	defer s.Close()
	d, err := s.Group("")
	if err != nil {
		t.Fatal(err)
	}
	d.LogCall([]byte("R"), make([]exchange.JournalEntry, 3))
	if got := s.Dropped(); got != 3 {
		t.Errorf("%d dropped", got)
	}
}
