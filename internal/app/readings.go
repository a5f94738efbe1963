package app

import (
	"github.com/dipylon/dipylon/internal/backend"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/telemetry"
)

// measureParts shows at /metrics what the parts that outlive programs count themselves.
func (a *App) measureParts() {
	count := func(name, help string, value func() uint64) {
		a.metrics.Register(telemetry.Reading{Name: name, Help: help, Read: func(emit func(float64, ...string)) {
			emit(float64(value()))
		}})
	}
	count("dipylon_access_log_dropped_lines_total", "Lines of access logs that could not be written, or not as fast as they came.", a.accessLogs.Dropped)
	count("dipylon_access_log_failures_total", "Failed attempts to write access logs.", a.accessLogs.Failures)
	count("dipylon_metric_data_refused_total", "Data of CloudWatch metrics that were refused: too many series, or a disk that is full.", a.points.Refused)
	count("dipylon_metric_store_failures_total", "Failed attempts to store points of CloudWatch metrics.", a.points.Failures)
	gauge := func(name, help string, value func() int64) {
		a.metrics.Register(telemetry.Reading{Name: name, Help: help, Read: func(emit func(float64, ...string)) {
			emit(float64(value()))
		}})
	}
	gauge("dipylon_cache_responses", "Responses that the caches of REST APIs' stages hold.", func() int64 { n, _ := a.world.Cache.Usage(); return n })
	gauge("dipylon_cache_bytes", "Memory that these responses take.", func() int64 { _, n := a.world.Cache.Usage(); return n })
	gauge("dipylon_metric_series", "Series of CloudWatch metrics.", func() int64 { return int64(a.points.Count()) })
	members := func(name, help string, value func(*backend.MemberStatus) float64) {
		a.metrics.Register(telemetry.Reading{
			Name: name, Help: help, Labels: []string{"backend", "address"},
			Read: func(emit func(float64, ...string)) {
				for _, group := range a.groups.Status() {
					for i := range group.Members {
						emit(value(&group.Members[i]), group.Name, group.Members[i].Address)
					}
				}
			},
		})
	}
	members("dipylon_backend_up", "Whether an address of a private integration's back end gets calls.", func(m *backend.MemberStatus) float64 {
		if m.State == backend.StateIn {
			return 1
		}
		return 0
	})
	members("dipylon_backend_calls_total", "Calls that an address was given.", func(m *backend.MemberStatus) float64 { return float64(m.Picks) })
	members("dipylon_backend_failures_total", "Calls that failed through an address's fault.", func(m *backend.MemberStatus) float64 { return float64(m.Failures) })
	members("dipylon_backend_ejections_total", "How often an address was taken out, failed trials included.",
		func(m *backend.MemberStatus) float64 { return float64(m.Ejections) })
	functions := func(name, help string, value func(*lambda.Status) int) {
		a.metrics.Register(telemetry.Reading{
			Name: name, Help: help, Labels: []string{"account", "region", "function"},
			Read: func(emit func(float64, ...string)) {
				for _, s := range a.functions.directory.Status() {
					emit(float64(value(&s)), s.Tenant.Account, s.Tenant.Region, s.Name)
				}
			},
		})
	}
	functions("dipylon_function_concurrent_executions", "Calls of a function that run now (AWS: ConcurrentExecutions).",
		func(s *lambda.Status) int { return s.Running })
	functions("dipylon_function_workers", "Initialised workers of a function.", func(s *lambda.Status) int { return s.Workers })
	members("dipylon_backend_failed_checks_total", "Active checks that an address failed.", func(m *backend.MemberStatus) float64 { return float64(m.FailedChecks) })
}
