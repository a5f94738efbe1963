// Package tracing follows calls through their steps and sends what it saw to an OpenTelemetry collector over OTLP: a span for
// the call, and one for each step that it went through. Callers are found by the W3C's traceparent or by AWS's
// X-Amzn-Trace-Id, and everybody who is called for the call gets both, of one trace
// (https://www.w3.org/TR/trace-context/, https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader).
//
// A program without a [Tracer] runs as if the package were not there. It may import exchange.
package tracing

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/dipylon/dipylon/internal/exchange"
)

// Options are a tracer's.
type Options struct {
	// Endpoint is the collector's URL, such as http://127.0.0.1:4318; spans go to /v1/traces below it.
	Endpoint string
	// Sample is the share of calls that are followed if their callers say nothing, from 0 to 1.
	Sample float64
	// Version is Dipylon's.
	Version string
}

// Tracer follows calls. It outlives programs.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	ratio    sdktrace.Sampler
}

// Open makes a tracer. It does not wait for the collector: spans that find none are dropped.
func Open(ctx context.Context, o Options) (*Tracer, error) {
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(o.Endpoint+"/v1/traces"))
	if err != nil {
		return nil, fmt.Errorf("traces to %s: %w", o.Endpoint, err)
	}
	return newTracer(o, sdktrace.WithBatcher(exporter)), nil
}

func newTracer(o Options, to sdktrace.TracerProviderOption) *Tracer {
	ratio := sdktrace.TraceIDRatioBased(o.Sample)
	p := sdktrace.NewTracerProvider(to, sdktrace.WithSampler(sdktrace.ParentBased(ratio)), sdktrace.WithResource(Resource(o.Version)))
	return &Tracer{p, p.Tracer("github.com/dipylon/dipylon"), ratio}
}

// Resource says who sends spans and logs.
func Resource(version string) *resource.Resource {
	return resource.NewSchemaless(attribute.String("service.name", "dipylon"), attribute.String("service.version", version))
}

// Close sends what is left, for as long as ctx lets it.
func (t *Tracer) Close(ctx context.Context) error { return t.provider.Shutdown(ctx) }

// Call is a call that is followed.
type Call struct {
	tracer trace.Tracer
	span   trace.Span
	step   trace.Span
}

// Begin follows a call from its routing on. name is the route's key; the call has no route if it is empty.
func (t *Tracer) Begin(ctx context.Context, x *exchange.Exchange, name string) (context.Context, *Call) {
	if name == "" {
		name = string(x.Request.Method)
	}
	ctx, span := t.tracer.Start(trace.ContextWithRemoteSpanContext(ctx, t.caller(x)), name,
		trace.WithSpanKind(trace.SpanKindServer), trace.WithTimestamp(x.Received))
	c := &Call{tracer: t.tracer, span: span}
	propagate(x, span.SpanContext())
	if span.IsRecording() {
		span.SetAttributes(
			attribute.String("http.request.method", string(x.Request.Method)), attribute.String("url.path", string(x.Request.Path)),
			attribute.String("http.route", x.Route.Key), attribute.String("server.address", string(x.Request.Host)),
			attribute.String("client.address", x.Request.Remote.Addr().String()), attribute.String("aws.request_id", string(x.ID)),
			attribute.String("aws.apigateway.api_id", x.Route.APIID), attribute.String("aws.apigateway.stage", x.Route.Stage),
		)
	}
	return ctx, c
}

// Step follows a step until the next one begins, or the call ends. Whom the step calls gets it as its parent.
func (c *Call) Step(ctx context.Context, x *exchange.Exchange, step *exchange.Step) context.Context {
	c.endStep(nil)
	kind := trace.SpanKindInternal
	if step.Name == "integrate" {
		kind = trace.SpanKindClient
	}
	ctx, c.step = c.tracer.Start(ctx, step.Name, trace.WithSpanKind(kind))
	propagate(x, c.step.SpanContext())
	if c.step.IsRecording() {
		c.step.SetAttributes(attribute.String("dipylon.step", step.Detail))
	}
	return ctx
}

func (c *Call) endStep(f *exchange.Fault) {
	if c.step == nil {
		return
	}
	if f != nil {
		c.step.SetStatus(codes.Error, f.Error())
	}
	c.step.End()
	c.step = nil
}

// Answered ends the step that answered or refused.
func (c *Call) Answered(x *exchange.Exchange) { c.endStep(x.Fault) }

// End ends the call, when its response is ready. A stream may still be on its way.
func (c *Call) End(x *exchange.Exchange) {
	c.endStep(nil)
	if c.span.IsRecording() {
		c.span.SetAttributes(attribute.Int("http.response.status_code", x.Response.Status))
		if x.Integration.Status != 0 {
			c.span.SetAttributes(
				attribute.Int("dipylon.integration.status", x.Integration.Status),
				attribute.Float64("dipylon.integration.latency_ms", float64(x.Integration.Latency)/float64(time.Millisecond)))
		}
		if x.Response.Status >= 500 {
			c.span.SetStatus(codes.Error, why(x))
		}
		if x.Fault != nil {
			c.span.SetAttributes(attribute.String("error.type", x.Fault.Kind.String()))
		}
	}
	c.span.End()
}

func why(x *exchange.Exchange) string {
	if x.Fault != nil {
		return x.Fault.Error()
	}
	return ""
}

// caller is the trace that a call says it belongs to: the W3C's, or AWS's.
func (t *Tracer) caller(x *exchange.Exchange) trace.SpanContext {
	if sc, ok := parseTraceparent(x.Request.Header.Get("traceparent")); ok {
		return sc
	}
	sc, decided := parseAmazon(x.Request.Header.Get("X-Amzn-Trace-Id"))
	if !decided && sc.IsValid() {
		sampled := t.ratio.ShouldSample(sdktrace.SamplingParameters{TraceID: sc.TraceID()}).Decision == sdktrace.RecordAndSample
		sc = sc.WithTraceFlags(sc.TraceFlags().WithSampled(sampled))
	}
	return sc
}

// parseTraceparent reads 00-TRACE-SPAN-FLAGS.
func parseTraceparent(b []byte) (trace.SpanContext, bool) {
	const length = 2 + 1 + 32 + 1 + 16 + 1 + 2
	if len(b) < length || b[2] != '-' || b[35] != '-' || b[52] != '-' || string(b[:2]) == "ff" || len(b) > length && (string(b[:2]) == "00" || b[length] != '-') {
		return trace.SpanContext{}, false
	}
	var flags [1]byte
	if _, err := hex.Decode(flags[:], b[53:55]); err != nil || bytes.ContainsAny(b[:length], "ABCDEF") {
		return trace.SpanContext{}, false
	}
	return spanContext(b[3:35], b[36:52], flags[0]&1 == 1)
}

// parseAmazon reads Root=1-TIME-RANDOM;Parent=SPAN;Sampled=1. Without a parent there is nobody to belong to, but the trace: a
// parent is made up of it. decided is whether it says if the trace is sampled.
func parseAmazon(b []byte) (sc trace.SpanContext, decided bool) {
	var id [32]byte
	var parent []byte
	sampled, found := false, false
	for part := range bytes.SplitSeq(b, []byte{';'}) {
		name, value, _ := bytes.Cut(bytes.TrimSpace(part), []byte{'='})
		switch string(name) {
		case "Root":
			const length = 2 + 8 + 1 + 24
			if found = len(value) == length && string(value[:2]) == "1-" && value[10] == '-'; found {
				copy(id[:8], value[2:10])
				copy(id[8:], value[11:])
			}
		case "Parent":
			parent = value
		case "Sampled":
			sampled, decided = string(value) == "1", string(value) == "1" || string(value) == "0"
		}
	}
	if !found {
		return sc, false
	}
	if parent == nil {
		parent = id[16:]
	}
	sc, _ = spanContext(id[:], parent, sampled)
	return sc, decided
}

func spanContext(id, span []byte, sampled bool) (trace.SpanContext, bool) {
	traceID, err := trace.TraceIDFromHex(string(id))
	if err != nil {
		return trace.SpanContext{}, false
	}
	spanID, err := trace.SpanIDFromHex(string(span))
	if err != nil {
		return trace.SpanContext{}, false
	}
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: spanID, TraceFlags: trace.TraceFlags(0).WithSampled(sampled), Remote: true}), true
}

// propagate gives whoever is called from now on a span as its parent.
func propagate(x *exchange.Exchange, sc trace.SpanContext) {
	traceID, spanID := sc.TraceID(), sc.SpanID()
	var id [32]byte
	hex.Encode(id[:], traceID[:])
	sampled := byte('0')
	if sc.IsSampled() {
		sampled = '1'
	}
	const room = 64 + 80
	b := x.Alloc(room)[:0]
	b = append(append(b, "00-"...), id[:]...)
	b = append(hex.AppendEncode(append(b, '-'), spanID[:]), '-', '0', sampled)
	n := len(b)
	b = append(append(b, "Root=1-"...), id[:8]...)
	b = append(append(b, '-'), id[8:]...)
	b = append(hex.AppendEncode(append(b, ";Parent="...), spanID[:]), ";Sampled="...)
	b = append(b, sampled)
	x.Follow(b[:n:n], b[n:])
}
