package metrics

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
)

// Dimension is a name and a value that, with others, tells a series from others of its name.
type Dimension struct{ Name, Value string }

// Series says what is measured. What has another unit counts separately and is read together.
type Series struct {
	Tenant          gateway.Tenant
	Namespace, Name string
	// Dimensions are in any order.
	Dimensions []Dimension
}

// Dimensions makes dimensions of names and values in turn.
func Dimensions(pairs ...string) []Dimension {
	dimensions := make([]Dimension, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		dimensions = append(dimensions, Dimension{pairs[i], pairs[i+1]})
	}
	return dimensions
}

// Sorted returns the dimensions in order, without those that are there twice.
func Sorted(dimensions []Dimension) []Dimension {
	d := slices.Clone(dimensions)
	slices.SortFunc(d, func(a, b Dimension) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Value, b.Value)) })
	return slices.Compact(d)
}

// key is the series as a string, the same for dimensions in any order. Names hold no zero bytes.
func (s *Series) key() string {
	var b strings.Builder
	for _, part := range []string{s.Tenant.String(), s.Namespace, s.Name} {
		b.WriteString(part)
		b.WriteByte(0)
	}
	dimensions := s.Dimensions
	if !slices.IsSortedFunc(dimensions, func(a, b Dimension) int { return strings.Compare(a.Name, b.Name) }) {
		dimensions = Sorted(dimensions)
	}
	for _, d := range dimensions {
		b.WriteString(d.Name)
		b.WriteByte(0)
		b.WriteString(d.Value)
		b.WriteByte(0)
	}
	return b.String()
}

// document is how a series is stored.
func (s *Series) document(id int64, unit string) (store.MetricSeries, error) {
	pairs := make([][2]string, len(s.Dimensions))
	for i, d := range s.Dimensions {
		pairs[i] = [2]string{d.Name, d.Value}
	}
	dimensions, err := json.Marshal(pairs)
	return store.MetricSeries{
		ID: id, Tenant: s.Tenant.String(), Namespace: s.Namespace, Name: s.Name, Dimensions: string(dimensions), Unit: unit,
	}, err
}

func seriesOf(m *store.MetricSeries) (Series, error) {
	s := Series{Namespace: m.Namespace, Name: m.Name}
	s.Tenant.Account, s.Tenant.Region, _ = strings.Cut(m.Tenant, "/")
	var pairs [][2]string
	if err := json.Unmarshal([]byte(m.Dimensions), &pairs); err != nil {
		return s, err
	}
	for _, p := range pairs {
		s.Dimensions = append(s.Dimensions, Dimension{p[0], p[1]})
	}
	return s, nil
}
