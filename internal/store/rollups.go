package store

import "context"

// Rollups keep the data points of metrics, which come too fast and leave too soon to be documents: at most one for a
// series, a resolution and a time. They have no revision, and [Store.Changes] does not tell of them.
type Rollups interface {
	// MetricSeries returns all series, ordered by id.
	MetricSeries(ctx context.Context) ([]MetricSeries, error)
	// Rollups returns points of a series, ordered by resolution and time.
	Rollups(ctx context.Context, r RollupRange) ([]Rollup, error)
	// SetRollups changes series and points in one transaction. When it returns without an error, the change is durable.
	SetRollups(ctx context.Context, change RollupChange) error
}

// MetricSeries is what points belong to. Who writes it chooses its id.
type MetricSeries struct {
	ID                                        int64
	Tenant, Namespace, Name, Dimensions, Unit string
	// Newest is the time of its newest point in any resolution, 0 without one. It is read only.
	Newest int64
}

// Rollup is a data point: a summary of what was measured in the seconds from Time on, as many as its resolution says.
type Rollup struct {
	Series, Resolution, Time int64
	Count, Sum, Min, Max     float64
	// Sketch tells of the distribution; it may be nil.
	Sketch []byte
}

// RollupRange selects points of a series in one resolution, from a time and before another.
type RollupRange struct {
	Series, Resolution, From, Before int64
}

// RollupChange is what happens, in the order of the members.
type RollupChange struct {
	Gone []RollupRange
	// GoneSeries go with all their points.
	GoneSeries []int64
	Series     []MetricSeries
	// Set are points that are added, or take the place of what stood for their series, resolution and time.
	Set []Rollup
}
