package app

import (
	"github.com/dipylon/dipylon/internal/backend"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/telemetry"
)

// measureParts shows at /metrics what the parts that outlive programs count themselves.
func (a *App) measureParts() {
	a.count("dipylon_access_log_dropped_lines_total", "Lines of access, execution and function logs that could not be written, or not as fast as they came.", a.accessLogs.Dropped)
	a.count("dipylon_access_log_failures_total", "Failed attempts to write these logs.", a.accessLogs.Failures)
	a.count("dipylon_metric_data_refused_total", "Data of CloudWatch metrics that were refused: too many series, or a disk that is full.", a.points.Refused)
	a.count("dipylon_metric_store_failures_total", "Failed attempts to store points of CloudWatch metrics.", a.points.Failures)
	gauge(a, "dipylon_metric_points_waiting", "Points of CloudWatch metrics that are not stored yet.", a.points.Waiting)
	gauge(a, "dipylon_metric_series", "Series of CloudWatch metrics.", a.points.Count)
	gauge(a, "dipylon_cache_responses", "Responses that the caches of REST APIs' stages hold.", func() int64 { n, _ := a.world.Cache.Usage(); return n })
	gauge(a, "dipylon_cache_bytes", "Memory that these responses take.", func() int64 { _, n := a.world.Cache.Usage(); return n })
	gauge(a, "dipylon_store_bytes", "Bytes that the store takes on the disk.", a.store.Size)
	a.measureAuthorizers()
	a.measureBackends()
	a.measureFunctions()
}

// measureConnections shows what clients hold open.
func (a *App) measureConnections() {
	gauge(a, "dipylon_connections", "Client connections of the gateway that are open.", func() int { n, _ := a.gateway.Connections(); return n })
	a.count("dipylon_connections_accepted_total", "Client connections that the gateway accepted.", func() uint64 { _, n := a.gateway.Connections(); return n })
}

func (a *App) measureAuthorizers() {
	cache := a.world.Authorizers
	gauge(a, "dipylon_authorizer_cache_answers", "Answers of authorizers' functions that are remembered.", func() int { return cache.Usage().Answers })
	gauge(a, "dipylon_authorizer_cache_bytes", "Memory that these answers take.", func() int { return cache.Usage().Bytes })
	a.metrics.Register(telemetry.Reading{
		Name: "dipylon_authorizer_cache_lookups_total", Help: "Calls whose authorizer's answer was looked for: hit if no function was called for it.",
		Labels: []string{"result"},
		Read: func(emit func(float64, ...string)) {
			u := cache.Usage()
			emit(float64(u.Hits), "hit")
			emit(float64(u.Misses), "miss")
		},
	})
}

func (a *App) measureBackends() {
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
	members("dipylon_backend_failed_checks_total", "Active checks that an address failed.", func(m *backend.MemberStatus) float64 { return float64(m.FailedChecks) })
}

func (a *App) measureFunctions() {
	directory := a.functions.directory
	functions := func(name, help string, value func(*lambda.Status) int) {
		a.metrics.Register(telemetry.Reading{
			Name: name, Help: help, Labels: []string{"account", "region", "function"},
			Read: func(emit func(float64, ...string)) {
				for _, s := range directory.Status() {
					emit(float64(value(&s)), s.Tenant.Account, s.Tenant.Region, s.Name)
				}
			},
		})
	}
	functions("dipylon_function_concurrent_executions", "Calls of a function that run now (AWS: ConcurrentExecutions).",
		func(s *lambda.Status) int { return s.Running })
	functions("dipylon_function_workers", "Initialised workers of a function.", func(s *lambda.Status) int { return s.Workers })
	gauge(a, "dipylon_function_events", "Asynchronous calls of functions that have not ended.", func() int { return directory.Backlog().Events })
	gauge(a, "dipylon_function_event_bytes", "Bytes that their events take.", func() int64 { return directory.Backlog().Bytes })
	a.count("dipylon_function_events_refused_total", "Asynchronous calls that were not accepted for want of room.", func() uint64 { return directory.Backlog().Refused })
	a.count("dipylon_function_dead_letters_total", "Asynchronous calls that failed for good.", func() uint64 { return directory.Backlog().DeadLetters })
}

// count shows a value that only grows; its name ends in "_total".
func (a *App) count(name, help string, value func() uint64) {
	a.metrics.Register(telemetry.Reading{Name: name, Help: help, Read: func(emit func(float64, ...string)) { emit(float64(value())) }})
}

// gauge shows a value that grows and shrinks.
func gauge[N int | int64](a *App, name, help string, value func() N) {
	a.metrics.Register(telemetry.Reading{Name: name, Help: help, Read: func(emit func(float64, ...string)) { emit(float64(value())) }})
}
