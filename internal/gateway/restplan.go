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
	// Offset is taken off the first period.
	Offset int
	Period string
}

// UsagePlanKey makes a key one of a plan's.
type UsagePlanKey struct {
	KeyID, Type string
}

// RestAccount is what a tenant has set for all of its REST APIs.
type RestAccount struct {
	CloudWatchRoleARN string
	Features          []string
}
