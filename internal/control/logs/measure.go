package logs

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/logs"
	"github.com/dipylon/dipylon/internal/logs/pattern"
	"github.com/dipylon/dipylon/internal/metrics"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
)

// meters are the compiled metric filters of all groups.
type meters struct {
	mu     sync.RWMutex
	groups map[gateway.LogGroupID][]meter
}

// meter is a compiled metric filter.
type meter struct {
	gateway.MetricFilter
	pattern *pattern.Pattern
}

func newMeter(f gateway.MetricFilter) (meter, error) {
	p, err := compile(f.Pattern)
	return meter{f, p}, err
}

// put adds a group's meter, or takes another in its place.
func (m *meters) put(id gateway.LogGroupID, one meter) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.groups[id] = append(m.without(id, one.Name), one)
}

// drop forgets a group's meter, or all of them if the name is empty.
func (m *meters) drop(id gateway.LogGroupID, name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if left := m.without(id, name); name != "" && len(left) > 0 {
		m.groups[id] = left
		return
	}
	delete(m.groups, id)
}

// without returns a new list: others may be looking at the old one.
func (m *meters) without(id gateway.LogGroupID, name string) []meter {
	var left []meter
	for _, one := range m.groups[id] {
		if one.Name != name {
			left = append(left, one)
		}
	}
	return left
}

func (m *meters) of(id gateway.LogGroupID) []meter {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.groups[id]
}

// loadMeters compiles the filters that are stored.
func (s *Service) loadMeters(r store.Reader) error {
	all, err := state.MetricFilters().List(r, store.Range{AnyTenant: true, AnyParent: true})
	if err != nil {
		return err
	}
	s.meters.mu.Lock()
	s.meters.groups = map[gateway.LogGroupID][]meter{}
	s.meters.mu.Unlock()
	for _, item := range all.Items {
		t, ok := gateway.ParseTenant(item.Tenant)
		if !ok {
			return fmt.Errorf("metric filter %s: no tenant", item.Key)
		}
		one, err := newMeter(item.Value)
		if err != nil {
			return fmt.Errorf("metric filter %s: %w", item.Key, err)
		}
		s.meters.put(gateway.LogGroupID{Region: t.Region, Account: t.Account, Name: item.Parent}, one)
	}
	return nil
}

// Measure makes metrics of events that are added to a group, as its metric filters say.
func (s *Service) Measure(id gateway.LogGroupID, events []logs.Event) {
	if s.Points == nil {
		return
	}
	for _, one := range s.meters.of(id) {
		s.Points.Put(one.measure(gateway.Tenant{Account: id.Account, Region: id.Region}, events)...)
	}
}

// measure returns what a filter makes of events: a datum for each series and minute.
func (m *meter) measure(t gateway.Tenant, events []logs.Event) []metrics.Datum {
	type place struct {
		minute int64
		values string
	}
	found := map[place]*metrics.Datum{}
	add := func(at time.Time, dimensions []metrics.Dimension, value float64) {
		where := place{at.Unix() / 60, fmt.Sprint(dimensions)}
		d := found[where]
		if d == nil {
			d = &metrics.Datum{Unit: m.Unit, At: at}
			d.Tenant, d.Namespace, d.Name, d.Dimensions = t, m.Namespace, m.Metric, dimensions
			found[where] = d
		}
		d.Add(value, 1)
	}
	matched := map[int64]bool{}
	for i := range events {
		e := &events[i]
		at := time.UnixMilli(e.Time)
		if !m.pattern.Match(e.Message) {
			continue
		}
		matched[at.Unix()/60] = true
		if dimensions, ok := m.dimensions(e.Message); ok {
			if value, ok := m.value(e.Message); ok {
				add(at, dimensions, value)
			}
		}
	}
	for i := range events {
		if at := time.UnixMilli(events[i].Time); m.Default != nil && !matched[at.Unix()/60] {
			matched[at.Unix()/60] = true
			add(at, nil, *m.Default)
		}
	}
	data := make([]metrics.Datum, 0, len(found))
	for _, d := range found {
		data = append(data, *d)
	}
	return data
}

func (m *meter) value(message []byte) (float64, bool) {
	text := m.Value
	if strings.HasPrefix(text, "$") {
		var ok bool
		if text, ok = m.pattern.Value(message, text); !ok {
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil && !math.IsNaN(v) && math.Abs(v) <= 0x1p360
}

// dimensions is false if the event lacks one.
func (m *meter) dimensions(message []byte) ([]metrics.Dimension, bool) {
	var all []metrics.Dimension
	for name, place := range m.Dimensions {
		value, ok := m.pattern.Value(message, place)
		if value = cleanDimension(value); !ok || value == "" {
			return nil, false
		}
		all = append(all, metrics.Dimension{Name: name, Value: value})
	}
	return metrics.Sorted(all), true
}

// maxDimensionValue is how long a value may be (service model of CloudWatch, DimensionValue).
const maxDimensionValue = 1024

func cleanDimension(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	return s[:min(len(s), maxDimensionValue)]
}

// ReloadMeters makes the filters those that are stored.
func (s *Service) ReloadMeters(ctx context.Context) error {
	return s.Store.View(ctx, s.loadMeters)
}
