package store

import "context"

// Counters keep numbers that change too often to be documents: one for a key and a day. They have no revision, and
// [Store.Changes] does not tell of them.
type Counters interface {
	// Counts returns all counts of a kind, ordered by key and day.
	Counts(ctx context.Context, kind string) ([]Count, error)
	// SetCounts changes counts in one transaction. When it returns without an error, the change is durable.
	SetCounts(ctx context.Context, change CountChange) error
}

// Count is a number that belongs to a key and a day.
type Count struct {
	Key
	// Day counts from 1970-01-01, in UTC.
	Day int
	N   int64
}

// CountChange is what happens to the counts of a kind, in the order of the members.
type CountChange struct {
	Kind string
	// Before is the first day that is kept; 0 keeps all.
	Before int
	// Gone are the keys whose counts of all days are deleted.
	Gone []Key
	Set  []Count
}
