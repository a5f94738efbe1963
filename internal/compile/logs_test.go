package compile

import (
	"strings"
	"sync"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/step/accesslog"
)

// logGroups keeps the lines of log groups by the group's name.
type logGroups struct {
	mu    sync.Mutex
	lines map[string][]string
}

func (g *logGroups) Keep(id gateway.LogGroupID, events []accesslog.Event) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.lines == nil {
		g.lines = map[string][]string{}
	}
	for _, e := range events {
		g.lines[id.Name] = append(g.lines[id.Name], strings.Clone(string(e.Line)))
	}
	return nil
}
