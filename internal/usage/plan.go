package usage

import (
	"math"
	"sync/atomic"

	"github.com/dipylon/dipylon/internal/bucket"
	"github.com/dipylon/dipylon/internal/gateway"
)

// plan is a usage plan. Its members hold it; a change swaps its rules.
type plan struct {
	id    string
	rules atomic.Pointer[rules]
}

// rules are what a plan says. They are immutable.
type rules struct {
	// stages are the plan's, each with the limits of single methods.
	stages map[stageID]map[string]limit
	// throttle and quota hold for a key on all stages together; nil for none.
	throttle *limit
	quota    *gateway.Quota
}

type stageID struct{ api, stage string }

type limit struct {
	bucket.Limit
	pace bucket.Pace
}

func newRules(p *gateway.UsagePlan, open *bucket.Limit) *rules {
	r := &rules{stages: make(map[stageID]map[string]limit, len(p.Stages)), quota: p.Quota}
	if p.Throttle != nil {
		r.throttle = new(newLimit(*p.Throttle, open))
	}
	for _, stage := range p.Stages {
		methods := make(map[string]limit, len(stage.Throttle))
		for method, t := range stage.Throttle {
			methods[method] = newLimit(t, open)
		}
		r.stages[stageID{stage.APIID, stage.Stage}] = methods
	}
	return r
}

func newLimit(t gateway.Throttle, open *bucket.Limit) limit {
	l := bucket.Limit{Rate: math.Inf(1), Burst: math.MaxInt}
	if open != nil {
		l = *open
	}
	if t.Rate != nil {
		l.Rate = *t.Rate
	}
	if t.Burst != nil {
		l.Burst = *t.Burst
	}
	return limit{Limit: l, pace: l.Pace()}
}
