package executionlog

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
)

// calls keeps the lines of each call.
type calls [][]string

func (c *calls) LogCall(_ []byte, entries []exchange.JournalEntry) {
	var lines []string
	for _, e := range entries {
		lines = append(lines, e.Text)
	}
	*c = append(*c, lines)
}

func runAll(t *testing.T, x *exchange.Exchange, steps ...exchange.Step) {
	t.Helper()
	for _, s := range steps {
		if err := s.Run(t.Context(), x); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFailures: what nobody else has told is told of the fault (aws-behaviour-auth-websocket-logs.md, facts 48 and 50); a call
// that failed is logged with level ERROR, another is not.
func TestFailures(t *testing.T) {
	cause := errors.New("why")
	for kind, want := range map[exchange.Kind]string{
		exchange.KindIntegrationTimeout: "Execution failed due to a timeout error",
		exchange.KindIntegrationFailure: "Execution failed due to a network error communicating with endpoint",
		exchange.KindConfiguration:      "Execution failed due to configuration error: why",
		exchange.KindInternal:           "Execution failed due to configuration error: why",
		exchange.KindThrottled:          "",
		exchange.KindUnauthorized:       "",
	} {
		var kept calls
		x := &exchange.Exchange{REST: true, Fault: exchange.Refuse(kind, cause)}
		x.Response.Status = 555
		runAll(t, x, Begin(exchange.JournalError), Start(), End(&kept))
		lines := []string{"Method completed with status: 555"}
		if want != "" {
			lines = slices.Insert(lines, 0, want)
		}
		if len(kept) != 1 || !slices.Equal(kept[0], lines) {
			t.Errorf("%v: got %q", kind, kept)
		}
	}
	var kept calls
	x := &exchange.Exchange{REST: true}
	runAll(t, x, Begin(exchange.JournalError), Start(), End(&kept))
	if len(kept) != 0 || x.Journal != nil {
		t.Errorf("a call that succeeded: %q", kept)
	}
}

// TestWithoutBeginning: a call that was refused before its steps has no journal.
func TestWithoutBeginning(t *testing.T) {
	var kept calls
	runAll(t, &exchange.Exchange{Fault: exchange.Refuse(exchange.KindRequestTooLarge, nil)}, Start(), End(&kept))
	if len(kept) != 0 {
		t.Errorf("got %q", kept)
	}
}

// TestJournalsAreEmpty: what one call has written is not in the next one's.
func TestJournalsAreEmpty(t *testing.T) {
	var kept calls
	for range 3 {
		runAll(t, &exchange.Exchange{ID: []byte("R")}, Begin(exchange.JournalInfo), Start(), End(&kept))
	}
	if len(kept) != 3 || len(kept[2]) != len(kept[0]) {
		t.Errorf("got %q", kept)
	}
}

type broken struct{ error }

func (b broken) Read([]byte) (int, error) { return 0, b.error }

// TestBodies: data trace reads as much of a body as a line shows, and what cannot be read refuses the call.
func TestBodies(t *testing.T) {
	for err, kind := range map[error]exchange.Kind{
		exchange.ErrBodyTooLarge: exchange.KindRequestTooLarge, exchange.ErrBodyMalformed: exchange.KindBadRequest,
	} {
		x := &exchange.Exchange{Journal: &exchange.Journal{Level: exchange.JournalData}}
		x.Request.Body = exchange.Body{Stream: io.NopCloser(broken{err}), Size: -1}
		var fault *exchange.Fault
		if got := Start().Run(context.Background(), x); !errors.As(got, &fault) || fault.Kind != kind {
			t.Errorf("%v: got %v", err, got)
		}
	}
	x := &exchange.Exchange{Journal: &exchange.Journal{Level: exchange.JournalData}}
	x.Request.Body = exchange.Body{Stream: io.NopCloser(strings.NewReader(strings.Repeat("x", 1<<20))), Size: 1 << 20}
	runAll(t, x, Start())
	last := x.Journal.Entries[len(x.Journal.Entries)-1]
	if want := "Method request body before transformations: x"; !strings.HasPrefix(last.Text, want) || !strings.HasSuffix(last.Line(), "x [TRUNCATED]") {
		t.Errorf("got %.80s", last.Text)
	}
	if all, err := io.ReadAll(x.Request.Body.Stream); err != nil || len(all) != 1<<20 {
		t.Errorf("%d bytes are left, %v", len(all), err)
	}
}
