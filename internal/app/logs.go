package app

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"time"

	controllogs "github.com/dipylon/dipylon/internal/control/logs"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/logs"
	"github.com/dipylon/dipylon/internal/step/accesslog"
)

// openLogs opens the logs of all groups, and the sink that the data plane writes to.
func (a *App) openLogs(ctx context.Context) error {
	store, err := logs.Open(logs.Options{Dir: filepath.Join(a.cfg.DataDir, "logs"), MaxSize: a.cfg.LogsMaxSize, Log: a.log})
	if err != nil {
		return err
	}
	service := controllogs.New(controllogs.Options{Store: a.store, Logs: store, Now: time.Now})
	if err := service.Load(ctx); err != nil {
		return errors.Join(err, store.Close())
	}
	a.logGroups = &logGroups{service: service, logs: store, made: map[*logs.Log]bool{}}
	a.accessLogs = accesslog.OpenSink(sinkOptions(a.cfg, a.logGroups, a.log))
	return nil
}

// logGroups writes events into logs, and makes the groups that there are not: on AWS functions and executions do so too.
type logGroups struct {
	service *controllogs.Service
	logs    *logs.Store

	mu   sync.Mutex
	made map[*logs.Log]bool // those whose groups are known to be there
}

// Keep implements [accesslog.Keeper].
func (g *logGroups) Keep(id gateway.LogGroupID, events []accesslog.Event) error {
	log := g.logs.Log(id)
	if err := g.ensure(log); err != nil {
		return err
	}
	entries := make([]logs.Event, len(events))
	for i := range events {
		e := &events[i]
		entries[i] = logs.Event{Stream: e.Stream, Time: e.At.UnixMilli(), Message: e.Line[:min(len(e.Line), logs.MaxMessage)]}
	}
	return log.Append(entries...)
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
