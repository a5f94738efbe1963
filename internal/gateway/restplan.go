package gateway

import (
	"slices"
	"time"
)

// APIKey is a key that clients send.
type APIKey struct {
	ID, Name, Description, Value, CustomerID string
	Enabled                                  bool
	// StageKeys are the stages of old, "API/STAGE".
	StageKeys            []string
	Tags                 map[string]string
	CreatedAt, UpdatedAt time.Time
	// Order is greater the later the key was made: lists begin with the newest.
	Order int64
}

// UsagePlan says which stages the holders of its keys may call, and how often.
type UsagePlan struct {
	ID, Name, Description, ProductCode string
	Stages                             []PlanStage
	// Throttle and Quota hold for each key; nil for none.
	Throttle  *Throttle
	Quota     *Quota
	Tags      map[string]string
	CreatedAt time.Time
}

// Has reports whether a stage is one of the plan's.
func (p *UsagePlan) Has(apiID, stage string) bool {
	return slices.ContainsFunc(p.Stages, func(s PlanStage) bool { return s.APIID == apiID && s.Stage == stage })
}

// PlanStage is a stage of a usage plan.
type PlanStage struct {
	APIID, Stage string
	// Throttle is by "/path/METHOD".
	Throttle map[string]Throttle
}

// Throttle bounds calls; nil members are not bounded by it.
type Throttle struct {
	Rate  *float64
	Burst *int
}

// Quota bounds the calls of a period: DAY, WEEK or MONTH.
type Quota struct {
	Limit int
	// Offset is how many calls fewer the first period lets through, the one that Since is in.
	Offset int
	Period string
	Since  time.Time
}

// The periods of quotas.
const (
	PeriodDay   = "DAY"
	PeriodWeek  = "WEEK"
	PeriodMonth = "MONTH"
)

// Start returns when the period began that t is in. Days are those of UTC, and weeks begin on Sunday.
func (q Quota) Start(t time.Time) time.Time {
	year, month, day := t.UTC().Date()
	switch q.Period {
	case PeriodWeek:
		day -= int(t.UTC().Weekday())
	case PeriodMonth:
		day = 1
	}
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// Allowed returns how many calls there may have been from the start of t's period to the end of t's day.
func (q Quota) Allowed(t time.Time, more UsageExtension) int {
	start, n := q.Start(t), q.Limit
	if q.Start(q.Since).Equal(start) {
		n = max(n-q.Offset, 0)
	}
	if more.Start.Equal(start) && !t.Before(more.Day) {
		n += more.Calls
	}
	return n
}

// UsagePlanKey makes a key one of a plan's.
type UsagePlanKey struct {
	KeyID, Type string
	// Order is as that of an [APIKey].
	Order int64
}

// MemberID names a key of a plan.
type MemberID struct{ Plan, Key string }

// UsageExtension is what a key of a plan has left in a period because UpdateUsage said so.
type UsageExtension struct {
	// Start is when the period began; later periods have the plan's quota again.
	Start time.Time
	// Day is when the day began on which UpdateUsage said so.
	Day time.Time
	// Calls are added to the plan's limit; negative ones are taken off.
	Calls int
}

// RestAccount is what a tenant has set for all of its REST APIs.
type RestAccount struct {
	// CloudWatchRoleARN is the role that execution logs want to be turned on.
	CloudWatchRoleARN string
	Features          []string
}
