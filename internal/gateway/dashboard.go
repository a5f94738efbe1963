package gateway

import "time"

// Dashboard is what CloudWatch shows, as its owner wrote it: Dipylon keeps it and draws nothing.
type Dashboard struct {
	Name string
	// Body is JSON.
	Body       string
	ModifiedAt time.Time
	Tags       map[string]string `json:",omitempty"`
}
