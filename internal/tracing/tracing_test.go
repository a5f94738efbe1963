package tracing

import (
	"context"
	"errors"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/dipylon/dipylon/internal/exchange"
)

const (
	traceID = "0af7651916cd43dd8448eb211c80319c"
	spanID  = "b7ad6b7169203331"
)

func follow(t *testing.T, sample float64, header ...string) (*tracetest.InMemoryExporter, *exchange.Exchange) {
	t.Helper()
	spans := tracetest.NewInMemoryExporter()
	tracer := newTracer(Options{Sample: sample, Version: "1"}, sdktrace.WithSyncer(spans))
	x := &exchange.Exchange{ID: []byte("R")}
	x.Request.Method, x.Request.Path = []byte("GET"), []byte("/pets/7")
	x.Route.APIID, x.Route.Stage, x.Route.Key = "api", "prod", "GET /pets/{id}"
	for i := 0; i < len(header); i += 2 {
		x.Request.Header.Add([]byte(header[i]), []byte(header[i+1]))
	}
	ctx, call := tracer.Begin(t.Context(), x, x.Route.Key)
	call.Step(ctx, x, &exchange.Step{Name: "throttle", Detail: "10/s"})
	call.Step(ctx, x, &exchange.Step{Name: "integrate"})
	x.Integration.Status, x.Response.Status = 502, 502
	x.Fault = exchange.Refuse(exchange.KindIntegrationFailure, errors.New("no route to host"))
	call.Answered(x)
	call.End(x)
	return spans, x
}

// TestSpans: a call and its steps, in one trace with the caller.
func TestSpans(t *testing.T) {
	spans, x := follow(t, 0, "traceparent", "00-"+traceID+"-"+spanID+"-01")
	got := spans.GetSpans()
	if len(got) != 3 || got[0].Name != "throttle" || got[1].Name != "integrate" || got[2].Name != "GET /pets/{id}" {
		t.Fatalf("got %+v", got)
	}
	call := got[2]
	if call.SpanContext.TraceID().String() != traceID || call.Parent.SpanID().String() != spanID || call.SpanKind != trace.SpanKindServer {
		t.Errorf("the call is %+v", call)
	}
	for _, s := range got[:2] {
		if s.Parent.SpanID() != call.SpanContext.SpanID() {
			t.Errorf("the step %s has the parent %s", s.Name, s.Parent.SpanID())
		}
	}
	if got[1].SpanKind != trace.SpanKindClient || got[1].Status.Description != "integration_failure: no route to host" || got[0].Status.Description != "" {
		t.Errorf("the steps end with %+v, %+v", got[0].Status, got[1].Status)
	}
	if call.Status.Description != "integration_failure: no route to host" {
		t.Errorf("the call ends with %+v", call.Status)
	}
	// Whom the last step called got it as parent, in both spellings.
	var head exchange.Header
	head.Add([]byte("traceparent"), []byte("the client's"))
	x.AddTrace(&head)
	if got, want := string(head.Get("traceparent")), "00-"+traceID+"-"+got[1].SpanContext.SpanID().String()+"-01"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := string(head.Get("X-Amzn-Trace-Id")), "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent="+got[1].SpanContext.SpanID().String()+";Sampled=1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestSampling: callers decide if they say so, else the share does. Whoever is called hears of it.
func TestSampling(t *testing.T) {
	const root = "Root=1-0af76519-16cd43dd8448eb211c80319c"
	for _, tc := range []struct {
		sample        float64
		name, value   string
		spans         int
		inCallerTrace bool
	}{
		{1, "x", "", 3, false},
		{0, "x", "", 0, false},
		{1, "traceparent", "00-" + traceID + "-" + spanID + "-00", 0, true},
		{1, "traceparent", "00-" + traceID + "-" + spanID + "-0x", 3, false},
		{1, "traceparent", "00-00000000000000000000000000000000-" + spanID + "-01", 3, false},
		{0, "X-Amzn-Trace-Id", root + ";Parent=" + spanID + ";Sampled=1", 3, true},
		{1, "X-Amzn-Trace-Id", root + ";Sampled=0", 0, true},
		{1, "X-Amzn-Trace-Id", root, 3, true},
		{0, "X-Amzn-Trace-Id", root, 0, true},
		{1, "X-Amzn-Trace-Id", "Root=2-nonsense", 3, false},
	} {
		spans, x := follow(t, tc.sample, tc.name, tc.value)
		if got := len(spans.GetSpans()); got != tc.spans {
			t.Errorf("%v %s: %d spans, want %d", tc.sample, tc.value, got, tc.spans)
		}
		if got := string(x.TraceID()[:len(root)]) == root; got != tc.inCallerTrace {
			t.Errorf("%s: became %s", tc.value, x.TraceID())
		}
	}
}

func FuzzCaller(f *testing.F) {
	f.Add("00-"+traceID+"-"+spanID+"-01", "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent="+spanID+";Sampled=1")
	f.Add("01-"+traceID+"-"+spanID+"-01-more", "Parent=;Root=1-")
	tracer := newTracer(Options{Sample: 1}, sdktrace.WithSyncer(tracetest.NewInMemoryExporter()))
	f.Fuzz(func(_ *testing.T, parent, amazon string) {
		x := &exchange.Exchange{}
		x.Request.Header.Add([]byte("traceparent"), []byte(parent))
		x.Request.Header.Add([]byte("X-Amzn-Trace-Id"), []byte(amazon))
		_, call := tracer.Begin(context.Background(), x, "")
		call.End(x)
	})
}
