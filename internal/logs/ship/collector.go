package ship

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

// CollectorOptions are a collector's. Log is told, seldom, of what was lost.
type CollectorOptions struct {
	// Endpoint is the collector's URL, such as http://127.0.0.1:4318; events go to /v1/logs below it.
	Endpoint string
	// Version is Dipylon's.
	Version string
	Log     *slog.Logger
}

// Collector sends events to an OpenTelemetry collector.
type Collector struct {
	opts    CollectorOptions
	client  http.Client
	batches chan batch
	lost    atomic.Uint64
	done    sync.WaitGroup
}

type batch struct {
	group  gateway.LogGroupID
	events []Event
}

const (
	// maxBatches is how many batches, of a log group and a second or 256 KiB each, may wait.
	maxBatches   = 256
	sendTimeout  = 10 * time.Second
	attempts     = 3
	firstBackoff = 500 * time.Millisecond
	tellEvery    = time.Minute
)

// Open makes a collector's client. Nothing is sent before there are events.
func Open(o CollectorOptions) *Collector {
	c := &Collector{opts: o, client: http.Client{Timeout: sendTimeout}, batches: make(chan batch, maxBatches)}
	c.done.Go(c.work)
	return c
}

// Lost is how many events were dropped.
func (c *Collector) Lost() uint64 { return c.lost.Load() }

// Close sends what waits. Nothing may be shipped any more.
func (c *Collector) Close() {
	close(c.batches)
	c.done.Wait()
}

// Ship implements [Shipper].
func (c *Collector) Ship(group gateway.LogGroupID, events []Event) {
	select {
	case c.batches <- batch{group, events}:
	default:
		c.lost.Add(uint64(len(events)))
	}
}

func (c *Collector) work() {
	var told time.Time
	for b := range c.batches {
		err := c.send(b)
		if err == nil {
			continue
		}
		c.lost.Add(uint64(len(b.events)))
		if time.Since(told) > tellEvery {
			told = time.Now()
			c.opts.Log.Warn("log events could not be sent to the collector", "endpoint", c.opts.Endpoint, "error", err, "lost", c.Lost())
		}
	}
}

// send tries a few times where OTLP says that a client may.
func (c *Collector) send(b batch) error {
	body, err := json.Marshal(c.request(b))
	if err != nil {
		return err
	}
	for n, wait := 1, firstBackoff; ; n, wait = n+1, 2*wait {
		again, err := c.post(body)
		if err == nil || !again || n == attempts {
			return err
		}
		time.Sleep(wait)
	}
}

func (c *Collector) post(body []byte) (again bool, err error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, c.opts.Endpoint+"/v1/logs", bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.client.Do(req)
	if err != nil {
		return true, err
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection can be used again
	switch resp.StatusCode {
	case http.StatusOK:
		return false, nil
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		again = true
	}
	return again, fmt.Errorf("status %d", resp.StatusCode)
}

// The request's members as OTLP's JSON encoding names them.
type (
	exportRequest struct {
		ResourceLogs []resourceLogs `json:"resourceLogs"`
	}
	resourceLogs struct {
		Resource  resource    `json:"resource"`
		ScopeLogs []scopeLogs `json:"scopeLogs"`
	}
	resource struct {
		Attributes []attribute `json:"attributes"`
	}
	scopeLogs struct {
		Scope      scope       `json:"scope"`
		LogRecords []logRecord `json:"logRecords"`
	}
	scope struct {
		Name string `json:"name"`
	}
	logRecord struct {
		Time       string      `json:"timeUnixNano"`
		Observed   string      `json:"observedTimeUnixNano"`
		Body       value       `json:"body"`
		Attributes []attribute `json:"attributes"`
	}
	attribute struct {
		Key   string `json:"key"`
		Value value  `json:"value"`
	}
	value struct {
		String string `json:"stringValue"`
	}
)

// request has the attributes of OpenTelemetry's conventions for AWS logs.
func (c *Collector) request(b batch) exportRequest {
	observed := strconv.FormatInt(time.Now().UnixNano(), 10)
	records := make([]logRecord, len(b.events))
	for i := range b.events {
		e := &b.events[i]
		records[i] = logRecord{
			Time: strconv.FormatInt(e.At.UnixNano(), 10), Observed: observed, Body: value{e.Message},
			Attributes: []attribute{{"aws.log.stream.names", value{e.Stream}}},
		}
	}
	return exportRequest{[]resourceLogs{{
		Resource: resource{[]attribute{
			{"service.name", value{"dipylon"}}, {"service.version", value{c.opts.Version}}, {"aws.log.group.names", value{b.group.Name}},
			{"cloud.account.id", value{b.group.Account}}, {"cloud.region", value{b.group.Region}},
		}},
		ScopeLogs: []scopeLogs{{Scope: scope{"github.com/dipylon/dipylon"}, LogRecords: records}},
	}}}
}
