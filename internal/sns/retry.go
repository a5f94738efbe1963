package sns

import (
	"math"
	"time"
)

// Retry says when a delivery that failed is tried again: at once, then after the least delay, then after delays that grow, then after the
// greatest (https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html).
type Retry struct {
	Least, Greatest time.Duration
	// Retries is how many there are in all; the others say how many of these each phase has, but for the growing one, which has the rest.
	Retries, AtOnce, AtLeast, AtGreatest int
	// Growth is linear, arithmetic, geometric or exponential.
	Growth string
}

// HTTPRetry is how often HTTP endpoints are tried that ask for nothing else, ManagedRetry how often functions and queues are.
func HTTPRetry() Retry {
	return Retry{Least: 20 * time.Second, Greatest: 20 * time.Second, Retries: 3, Growth: "linear"}
}

// ManagedRetry is that of functions and queues.
func ManagedRetry() Retry {
	return Retry{
		Least: time.Second, Greatest: 20 * time.Second, Retries: 100_015, AtOnce: 3, AtLeast: 2, AtGreatest: 100_000, Growth: "exponential",
	}
}

// delay is how long to wait after so many failures; false gives up.
func (r Retry) delay(failures int) (time.Duration, bool) {
	growing := max(r.Retries-r.AtOnce-r.AtLeast-r.AtGreatest, 0)
	n := failures - 1
	switch {
	case failures > r.Retries:
		return 0, false
	case n < r.AtOnce:
		return 0, true
	case n < r.AtOnce+r.AtLeast:
		return r.Least, true
	case n < r.AtOnce+r.AtLeast+growing:
		return r.grown(n-r.AtOnce-r.AtLeast, growing), true
	}
	return r.Greatest, true
}

// grown is the delay number i of n that grow from the least to the greatest. AWS shows the curves and no formulas.
func (r Retry) grown(i, n int) time.Duration {
	if n < 2 {
		return r.Least
	}
	share := float64(i) / float64(n-1)
	switch r.Growth {
	case "arithmetic":
		share = float64(i) * float64(i+1) / (float64(n-1) * float64(n))
	case "geometric":
		least := math.Max(float64(r.Least), float64(time.Second))
		return time.Duration(least * math.Pow(float64(r.Greatest)/least, share))
	case "exponential":
		share = (math.Pow(2, float64(i)) - 1) / (math.Pow(2, float64(n-1)) - 1)
	}
	return r.Least + time.Duration(share*float64(r.Greatest-r.Least))
}
