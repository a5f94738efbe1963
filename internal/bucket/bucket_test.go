package bucket

import (
	"math"
	"testing"
	"time"
)

const second = int64(time.Second)

func TestTake(t *testing.T) {
	cases := []struct {
		name  string
		limit Limit
		times []int64 // when tokens are asked for
		want  string  // y or n for each
	}{
		{"burst, then rate", Limit{Rate: 1, Burst: 3}, []int64{0, 0, 0, 0, second - 1, second, second, 2 * second}, "yyynnyny"},
		{"fills up to the burst and no further", Limit{Rate: 10, Burst: 2}, []int64{100 * second, 100 * second, 100 * second}, "yyn"},
		{"burst of one spaces calls", Limit{Rate: 2, Burst: 1}, []int64{0, second / 4, second / 2, second}, "ynyy"},
		// aws-behaviour-http-api.md, fact 74: an explicit 0 blocks everything.
		{"no rate", Limit{Rate: 0, Burst: 10}, []int64{0, second}, "nn"},
		{"no burst", Limit{Rate: 10, Burst: 0}, []int64{0, second}, "nn"},
		{"no number", Limit{Rate: math.NaN(), Burst: 10}, []int64{0, second}, "nn"},
		{"less than one a second", Limit{Rate: 0.5, Burst: 1}, []int64{0, second, 2 * second}, "yny"},
		{"very slow", Limit{Rate: 1e-12, Burst: math.MaxInt32}, []int64{0, second}, "yy"},
		{"very slow, from far ahead", Limit{Rate: 1e-300, Burst: 1}, []int64{math.MaxInt64 / 2, math.MaxInt64 / 2}, "yn"},
		{"very fast", Limit{Rate: 1e18, Burst: 1}, []int64{0, 1, 2}, "yyy"},
		{"endless", Limit{Rate: math.Inf(1), Burst: math.MaxInt}, []int64{0, 0, 0}, "yyy"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, fullAt := "", int64(0)
			for _, at := range c.times {
				next, ok := c.limit.Pace().Take(fullAt, at)
				if !ok && next != fullAt {
					t.Errorf("at %d: a refusal costs something: %d, %d", at, fullAt, next)
				}
				fullAt = next
				if ok {
					got += "y"
				} else {
					got += "n"
				}
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// A limit that is raised holds at once, whatever the old one has left behind.
func TestTakeAtAnotherPace(t *testing.T) {
	fullAt, _ := Limit{Rate: 1.0 / 3600, Burst: 1}.Pace().Take(0, 0)
	fast := Limit{Rate: 10, Burst: 5}.Pace()
	fullAt, ok := fast.Take(fullAt, 0)
	if ok || fullAt != second/2 || fast.Wait(fullAt, 0) != time.Second/10 {
		t.Fatalf("a token is there: %v; the bucket is full at %d", ok, fullAt)
	}
	if _, ok := fast.Take(fullAt, second/10); !ok {
		t.Error("no token after a tenth of a second")
	}
}

func TestWait(t *testing.T) {
	p := Limit{Rate: 2, Burst: 3}.Pace()
	for fullAt, want := range map[int64]time.Duration{
		0: 0, second: 0, second + 1: 1, 3 * second / 2: time.Second / 2,
	} {
		if got := p.Wait(fullAt, 0); got != want {
			t.Errorf("full at %d: %v, want %v", fullAt, got, want)
		}
		if _, ok := p.Take(fullAt, 0); ok != (want == 0) {
			t.Errorf("full at %d: Take and Wait disagree", fullAt)
		}
	}
	if got := (Pace{}).Wait(second, 0); got != 0 {
		t.Errorf("a limit that lets nothing through: %v", got)
	}
}
