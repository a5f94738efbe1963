// Package bucket is the arithmetic of token buckets, without any memory of its own: the state of a bucket is one number,
// the instant at which it will be full again. Who owns that number, and how it is guarded, is the steps' business.
//
// It stands below the steps throttle and ratelimit. It may use the standard library only.
package bucket

import (
	"math"
	"time"
)

// Limit is a bucket's size: calls come in bursts of at most Burst and otherwise at Rate per second. A limit with either
// at 0 lets nothing through (reported: aws-behaviour-http-api.md, fact 74).
type Limit struct {
	Rate  float64
	Burst int
}

// Pace is a limit in the terms of a bucket. The zero value lets nothing through.
type Pace struct {
	interval int64 // nanoseconds in which one token drips in; 0 lets nothing through
	slack    int64 // how far ahead of now fullAt may be for a token to be left
}

// Pace returns the limit in the terms of a bucket.
func (l Limit) Pace() Pace {
	if !(l.Rate > 0) || l.Burst <= 0 {
		return Pace{}
	}
	const longest = math.MaxInt64 / 8
	interval := min(max(float64(time.Second)/l.Rate, 1), longest)
	slack := min(interval*float64(l.Burst-1), longest)
	return Pace{interval: int64(interval), slack: int64(slack)}
}

// Take takes a token out of a bucket that will be full at fullAt, and returns when it will be full then. Without a token
// ok is false, and next is fullAt, unless that is later than this pace ever makes it: a bucket that a slower pace has
// emptied is just empty. Instants are in nanoseconds on a clock that never goes back. A fullAt of 0 is a full bucket.
func (p Pace) Take(fullAt, now int64) (next int64, ok bool) {
	if p.interval == 0 {
		return fullAt, false
	}
	if from := max(fullAt, now); from-now <= p.slack {
		return from + p.interval, true
	}
	return min(fullAt, now+p.slack+p.interval), false
}

// Wait returns for how long a bucket that will be full at fullAt has no token; 0 if it has one, and if it never will.
func (p Pace) Wait(fullAt, now int64) time.Duration {
	if p.interval == 0 {
		return 0
	}
	return time.Duration(max(fullAt-now-p.slack, 0))
}
