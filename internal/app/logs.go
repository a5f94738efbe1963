package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	controllogs "github.com/dipylon/dipylon/internal/control/logs"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/logs"
	"github.com/dipylon/dipylon/internal/logs/ship"
	"github.com/dipylon/dipylon/internal/step/accesslog"
	"github.com/dipylon/dipylon/internal/tracing"
)

// openLogs opens the logs of all groups, and the sink that the data plane writes to.
func (a *App) openLogs(ctx context.Context) error {
	store, err := logs.Open(logs.Options{Dir: filepath.Join(a.cfg.DataDir, "logs"), MaxSize: a.cfg.LogsMaxSize, Log: a.log})
	if err != nil {
		return err
	}
	service := controllogs.New(controllogs.Options{
		Store: a.store, Logs: store, Points: a.points, Now: time.Now, Flush: func() { a.accessLogs.Flush() },
	})
	if err := service.Load(ctx); err != nil {
		return errors.Join(err, store.Close())
	}
	a.logGroups = &logGroups{service: service, logs: store, made: map[*logs.Log]bool{}}
	if a.cfg.LogsStdout {
		a.logGroups.shippers = append(a.logGroups.shippers, ship.Lines{To: os.Stdout})
	}
	if a.cfg.OTLP != "" {
		a.logGroups.collector = ship.Open(ship.CollectorOptions{Endpoint: a.cfg.OTLP, Version: version(), Log: a.log})
		a.logGroups.shippers = append(a.logGroups.shippers, a.logGroups.collector)
	}
	a.accessLogs = accesslog.OpenSink(sinkOptions(a.cfg, a.logGroups, a.log))
	return nil
}

// logGroups writes events into logs, and makes the groups that there are not: on AWS functions and executions do so too.
type logGroups struct {
	service   *controllogs.Service
	logs      *logs.Store
	shippers  []ship.Shipper
	collector *ship.Collector // nil without one

	mu   sync.Mutex
	made map[*logs.Log]bool // those whose groups are known to be there
}

// Keep implements [accesslog.Keeper].
func (g *logGroups) Keep(id gateway.LogGroupID, events []accesslog.Event) error {
	g.ship(id, events)
	log := g.logs.Log(id)
	if err := g.ensure(log); err != nil {
		return err
	}
	entries := make([]logs.Event, len(events))
	for i := range events {
		e := &events[i]
		entries[i] = logs.Event{Stream: e.Stream, Time: e.At.UnixMilli(), Message: e.Line[:min(len(e.Line), logs.MaxMessage)]}
	}
	if err := log.Append(entries...); err != nil {
		return err
	}
	g.service.Measure(id, entries)
	return nil
}

func (g *logGroups) ship(id gateway.LogGroupID, events []accesslog.Event) {
	if len(g.shippers) == 0 {
		return
	}
	shipped := make([]ship.Event, len(events))
	for i := range events {
		e := &events[i]
		shipped[i] = ship.Event{At: e.At, Stream: e.Stream, Message: string(e.Line)}
	}
	for _, s := range g.shippers {
		s.Ship(id, shipped)
	}
}

// close is for when nothing is logged any more.
func (g *logGroups) close() error {
	if g.collector != nil {
		g.collector.Close()
	}
	return g.logs.Close()
}

// openTraces makes the tracer, if the configuration names a collector.
func (a *App) openTraces(ctx context.Context) error {
	if a.cfg.OTLP == "" {
		return nil
	}
	var err error
	a.world.Tracer, err = tracing.Open(ctx, tracing.Options{Endpoint: a.cfg.OTLP, Sample: a.cfg.TraceSample, Version: version()})
	return err
}

// version is what the binary was built from.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "(devel)"
}

// ensure makes a log's group. One that is deleted later gets another log.
func (g *logGroups) ensure(log *logs.Log) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.made[log] {
		return nil
	}
	if err := g.service.Ensure(context.Background(), log.Group()); err != nil {
		return err
	}
	for known := range g.made {
		if g.logs.Log(known.Group()) != known {
			delete(g.made, known)
		}
	}
	g.made[log] = true
	return nil
}
