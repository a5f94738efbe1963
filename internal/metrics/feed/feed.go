// Package feed makes CloudWatch metrics of what calls and functions were measured by: every second it takes what has come
// together, and puts it under AWS's names and dimensions
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html, http-api-metrics.html,
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html).
//
// It may import gateway, metrics and telemetry.
package feed

import (
	"context"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/metrics"
	"github.com/dipylon/dipylon/internal/telemetry"
)

// Options is what a feed stands between.
type Options struct {
	From *telemetry.Metrics
	Into *metrics.Store
	// Running tells how many calls of each function run now; nil tells of none.
	Running func(emit func(t gateway.Tenant, function string, running int))
	Now     func() time.Time
}

// Feed takes and puts.
type Feed struct{ Options }

// New returns a feed.
func New(opts Options) *Feed { return &Feed{opts} }

// Run feeds at the end of each second until ctx ends.
func (f *Feed) Run(ctx context.Context) {
	for {
		select {
		case <-time.After(time.Second - time.Duration(f.Now().Nanosecond())):
			f.Once()
		case <-ctx.Done():
			return
		}
	}
}

// Once feeds what has been measured until now. It is counted for the second that has just passed.
func (f *Feed) Once() {
	b := batch{at: f.Now().Add(-time.Second / 2)}
	for _, c := range f.From.TakeCalls() {
		owner, ok := f.From.Owner(c.API)
		switch {
		case !ok || c.Stage == "":
		case owner.REST:
			b.rest(&c, owner)
		default:
			b.http(&c, owner)
		}
	}
	for _, c := range f.From.TakeFunctionCalls() {
		b.function(&c)
	}
	if f.Running != nil {
		f.Running(b.running)
	}
	f.Into.Put(b.data...)
}

const (
	count        = "Count"
	milliseconds = "Milliseconds"
	bytes        = "Bytes"
)

// batch collects data.
type batch struct {
	at   time.Time
	data []metrics.Datum
}

// series is what data are put for: a namespace, and sets of dimensions that get the same.
type series struct {
	tenant     gateway.Tenant
	namespace  string
	dimensions [][]metrics.Dimension
}

func (b *batch) put(s *series, name, unit string, of metrics.Summary) {
	if of.Count == 0 {
		return
	}
	for _, dimensions := range s.dimensions {
		d := metrics.Datum{Unit: unit, At: b.at, Summary: of}
		d.Tenant, d.Namespace, d.Name, d.Dimensions = s.tenant, s.namespace, name, dimensions
		b.data = append(b.data, d)
	}
}

// rest puts what was measured of a REST API's stage, or of a method.
func (b *batch) rest(c *telemetry.Calls, owner telemetry.Owner) {
	api := apiName(owner.Name, c.API)
	s := ofAPI(owner)
	if c.Route == "" {
		s.dimensions = [][]metrics.Dimension{
			metrics.Dimensions("ApiName", api), metrics.Dimensions("ApiName", api, "Stage", c.Stage),
		}
	} else {
		method, resource, _ := strings.Cut(c.Route, " ")
		s.dimensions = [][]metrics.Dimension{metrics.Dimensions("ApiName", api, "Method", method, "Resource", resource, "Stage", c.Stage)}
	}
	b.calls(s, c, "4XXError", "5XXError")
	looked := c.CacheHits + c.CacheMisses
	b.put(s, "CacheHitCount", count, share(uint64(looked), uint64(c.CacheHits)))
	b.put(s, "CacheMissCount", count, share(uint64(looked), uint64(c.CacheMisses)))
}

// http puts what was measured of an HTTP API's stage, or of a route.
func (b *batch) http(c *telemetry.Calls, owner telemetry.Owner) {
	s := ofAPI(owner)
	if c.Route == "" {
		s.dimensions = [][]metrics.Dimension{
			metrics.Dimensions("ApiId", c.API), metrics.Dimensions("ApiId", c.API, "Stage", c.Stage),
		}
	} else {
		s.dimensions = [][]metrics.Dimension{metrics.Dimensions("ApiId", c.API, "Route", c.Route, "Stage", c.Stage)}
	}
	b.calls(s, c, "4xx", "5xx")
	b.put(s, "DataProcessed", bytes, measured(&c.Processed, 1))
	if c.Route == "" {
		b.byName(c, owner)
	}
}

// byName puts an HTTP API's stage under the names that a REST API's has, where AWS puts nothing: alarms are written for
// these names, and on AWS those for an HTTP API never see a datum.
func (b *batch) byName(c *telemetry.Calls, owner telemetry.Owner) {
	s, api := ofAPI(owner), apiName(owner.Name, c.API)
	s.dimensions = [][]metrics.Dimension{metrics.Dimensions("ApiName", api), metrics.Dimensions("ApiName", api, "Stage", c.Stage)}
	b.calls(s, c, "4XXError", "5XXError")
}

func ofAPI(o telemetry.Owner) *series {
	return &series{tenant: gateway.Tenant{Account: o.Account, Region: o.Region}, namespace: "AWS/ApiGateway"}
}

func (b *batch) calls(s *series, c *telemetry.Calls, clientErrors, serverErrors string) {
	b.put(s, count, count, share(c.Latency.Count, c.Latency.Count))
	b.put(s, clientErrors, count, share(c.Latency.Count, uint64(c.ClientErrors)))
	b.put(s, serverErrors, count, share(c.Latency.Count, uint64(c.ServerErrors)))
	b.put(s, "Latency", milliseconds, measured(&c.Latency, 1000))
	b.put(s, "IntegrationLatency", milliseconds, measured(&c.Integration, 1000))
}

// apiName is the dimension's value: AWS leaves out what is not ASCII, and takes the id if nothing is left.
func apiName(name, id string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, name)
	if name == "" {
		return id
	}
	return name
}

func (b *batch) function(c *telemetry.FunctionCalls) {
	s := ofFunction(gateway.Tenant{Account: c.Account, Region: c.Region}, c.Name)
	b.put(s, "Invocations", count, share(c.Duration.Count, c.Duration.Count))
	b.put(s, "Errors", count, share(c.Duration.Count, uint64(c.Errors)))
	b.put(s, "Throttles", count, share(c.Duration.Count+uint64(c.Throttles), uint64(c.Throttles)))
	b.put(s, "Duration", milliseconds, measured(&c.Duration, 1000))
}

func (b *batch) running(t gateway.Tenant, function string, running int) {
	if running == 0 {
		return
	}
	s := ofFunction(t, function)
	s.dimensions = s.dimensions[:1]
	var of metrics.Summary
	of.Add(float64(running), 1)
	b.put(s, "ConcurrentExecutions", count, of)
}

// ofFunction are the series of a function; those with a Resource are the same, for calls are not told apart by version.
func ofFunction(t gateway.Tenant, name string) *series {
	return &series{tenant: t, namespace: "AWS/Lambda", dimensions: [][]metrics.Dimension{
		metrics.Dimensions("FunctionName", name), metrics.Dimensions("FunctionName", name, "Resource", name), nil,
	}}
}

// share is a 1 for each of n that something was true of, and a 0 for each other: its average is the rate.
func share(n, of uint64) metrics.Summary {
	var s metrics.Summary
	of = min(of, n) // a call that ends now may be counted by halves
	if of > 0 {
		s.Add(1, float64(of))
	}
	if of < n {
		s.Add(0, float64(n-of))
	}
	return s
}

// measured is a distribution in a unit of so many of its own.
func measured(d *telemetry.Distribution, unit float64) metrics.Summary {
	var s metrics.Summary
	for _, p := range d.Parts {
		s.Add(min(max(p.Value, float64(d.Min)), float64(d.Max))/unit, float64(p.Count))
	}
	if s.Count > 0 {
		s.Refine(float64(d.Sum)/unit, float64(d.Min)/unit, float64(d.Max)/unit)
	}
	return s
}
