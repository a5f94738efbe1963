// Package throttle limits how many calls go through, by account and by route, with token buckets
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html).
//
// It stands behind authorization and in front of the integration. It may import bucket and exchange.
package throttle

import (
	"context"
	"fmt"

	"github.com/dipylon/dipylon/internal/bucket"
	"github.com/dipylon/dipylon/internal/exchange"
)

// Name is the step's name.
const Name = "throttle"

// Gate is a limit with the bucket that it fills.
type Gate struct {
	Limit  Limit
	Bucket *Bucket
	// Scope says whose limit it is, for logs: "route" or "account".
	Scope string
	// Entry is what the journal of a call says that this gate refuses; empty for nothing.
	Entry string
}

// Step returns the step for a route: every gate must let the call through, the first one first.
func Step(buckets *Buckets, gates ...Gate) exchange.Step {
	t := &throttle{buckets: buckets}
	t.gates = t.few[:0]
	detail := ""
	for i, g := range gates {
		t.gates = append(t.gates, gate{pace: g.Limit.Pace(), bucket: g.Bucket, entry: g.Entry, refusal: fmt.Errorf(
			"%s limit of %g calls/s with bursts of %d is reached", g.Scope, g.Limit.Rate, g.Limit.Burst)})
		if i > 0 {
			detail += ", "
		}
		detail += fmt.Sprintf("%s %g/s burst %d", g.Scope, g.Limit.Rate, g.Limit.Burst)
	}
	return exchange.Step{Name: Name, Detail: detail, Run: t.run}
}

type throttle struct {
	buckets *Buckets
	gates   []gate
	// few is the memory of gates where there are no more: a call finds them beside the rest.
	few [2]gate
}

type gate struct {
	pace    bucket.Pace
	bucket  *Bucket
	entry   string
	refusal error
}

func (t *throttle) run(_ context.Context, x *exchange.Exchange) error {
	now := t.buckets.now()
	for i := range t.gates {
		if g := &t.gates[i]; !g.bucket.take(g.pace, now) {
			if g.entry != "" {
				x.Journal.Sayf(exchange.JournalError, "%s", g.entry)
			}
			return exchange.Refuse(exchange.KindThrottled, g.refusal)
		}
	}
	return nil
}
