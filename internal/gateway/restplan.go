package gateway

import "time"

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
	// Offset is the day on which a week or a month starts: 0 is Sunday or the first.
	Offset int
	Period string
}

// The periods of quotas.
const (
	PeriodDay   = "DAY"
	PeriodWeek  = "WEEK"
	PeriodMonth = "MONTH"
)

// Start returns when the period began that t is in. Days are those of UTC.
func (q Quota) Start(t time.Time) time.Time {
	t = t.UTC()
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	switch q.Period {
	case PeriodWeek:
		return day.AddDate(0, 0, -(int(day.Weekday())-q.Offset+7)%7)
	case PeriodMonth:
		start := time.Date(t.Year(), t.Month(), 1+q.Offset, 0, 0, 0, 0, time.UTC)
		if start.After(day) {
			start = start.AddDate(0, -1, 0)
		}
		return start
	}
	return day
}

// UsagePlanKey makes a key one of a plan's.
type UsagePlanKey struct {
	KeyID, Type string
	// Order is as that of an [APIKey].
	Order int64
}

// UsageExtension is what a key of a plan has left in a period because UpdateUsage said so.
type UsageExtension struct {
	// Start is when the period began; later periods have the plan's quota again.
	Start time.Time
	// Calls are added to the plan's limit; negative ones are taken off.
	Calls int
}

// RestAccount is what a tenant has set for all of its REST APIs.
type RestAccount struct {
	// CloudWatchRoleARN is the role that execution logs want to be turned on.
	CloudWatchRoleARN string
	Features          []string
}
