package ship

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

var group = gateway.LogGroupID{Region: "eu-west-1", Account: "1", Name: "/api"}

func TestLines(t *testing.T) {
	var out bytes.Buffer
	Lines{&out}.Ship(group, []Event{{time.UnixMilli(1_700_000_000_123), "s", "two\nlines"}, {time.UnixMilli(0), "", `"`}})
	want := `{"time":"2023-11-14T22:13:20.123Z","region":"eu-west-1","account":"1","logGroup":"/api","logStream":"s","message":"two\nlines"}` + "\n" +
		`{"time":"1970-01-01T00:00:00Z","region":"eu-west-1","account":"1","logGroup":"/api","logStream":"","message":"\""}` + "\n"
	if out.String() != want {
		t.Errorf("got %s", out.String())
	}
}

// TestCollector: the events reach a collector as OTLP, also one that is too busy at first; what one refuses is counted.
func TestCollector(t *testing.T) {
	var mu sync.Mutex
	var got []string
	answers := []int{503, 200, 400}
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.Method+" "+r.URL.Path+" "+r.Header.Get("Content-Type")+" "+
			regexp.MustCompile(`"observedTimeUnixNano":"\d+"`).ReplaceAllString(string(body), `"observedTimeUnixNano":"NOW"`))
		w.WriteHeader(answers[len(got)-1])
	}))
	defer collector.Close()
	c := Open(CollectorOptions{Endpoint: collector.URL, Version: "1.2", Log: slog.New(slog.DiscardHandler)})
	c.Ship(group, []Event{{time.UnixMilli(1), "its/stream", "what was logged"}})
	c.Ship(group, []Event{{time.UnixMilli(2), "s", "refused"}, {time.UnixMilli(2), "s", "too"}})
	c.Close()
	want := `POST /v1/logs application/json {"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"dipylon"}},` +
		`{"key":"service.version","value":{"stringValue":"1.2"}},{"key":"aws.log.group.names","value":{"stringValue":"/api"}},` +
		`{"key":"cloud.account.id","value":{"stringValue":"1"}},{"key":"cloud.region","value":{"stringValue":"eu-west-1"}}]},` +
		`"scopeLogs":[{"scope":{"name":"github.com/dipylon/dipylon"},"logRecords":[{"timeUnixNano":"1000000","observedTimeUnixNano":"NOW",` +
		`"body":{"stringValue":"what was logged"},"attributes":[{"key":"aws.log.stream.names","value":{"stringValue":"its/stream"}}]}]}]}]}`
	if len(got) != 3 || got[0] != want || got[1] != want {
		t.Errorf("got %q", got)
	}
	if c.Lost() != 2 {
		t.Errorf("%d events were lost", c.Lost())
	}
}

// TestCollectorIsAway: who logs does not wait for it.
func TestCollectorIsAway(t *testing.T) {
	hang := make(chan struct{})
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		<-hang
		w.WriteHeader(http.StatusOK)
	}))
	defer collector.Close()
	c := Open(CollectorOptions{Endpoint: collector.URL, Log: slog.New(slog.DiscardHandler)})
	for range 2 * maxBatches {
		c.Ship(group, []Event{{time.UnixMilli(1), "s", "x"}})
	}
	if c.Lost() < maxBatches-1 {
		t.Errorf("only %d events were lost", c.Lost())
	}
	close(hang)
	c.Close()
}
