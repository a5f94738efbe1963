package main

import (
	"errors"
	"slices"
	"testing"
)

// seriesOf makes a series of CPU figures; a negative one stands for a round that failed.
func seriesOf(name string, cpu ...float64) series {
	s := series{name: name}
	for _, v := range cpu {
		x := sample{cpu: v}
		if v < 0 {
			x = sample{cpu: 1e6, err: errors.New("wrk:\n  3 failed")}
		}
		s.samples = append(s.samples, x)
	}
	return s
}

func TestSeriesMedianLeavesFailedRoundsOut(t *testing.T) {
	for _, tc := range []struct {
		name string
		s    series
		want float64
		ok   bool
	}{
		{"all valid", seriesOf("", 3, 1, 2), 2, true},
		{"one failed", seriesOf("", 3, -1, 2, 4), 3, true},
		{"half failed", seriesOf("", 3, -1), 3, true},
		{"most failed: no claim", seriesOf("", 3, -1, -1), 0, false},
		{"all failed", seriesOf("", -1, -1), 0, false},
		{"no rounds", seriesOf(""), 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, ok := tc.s.median(cpuOf); got != tc.want || ok != tc.ok {
				t.Errorf("got %v, %v, want %v, %v", got, ok, tc.want, tc.ok)
			}
		})
	}
}

func TestRatioComparesWithinARound(t *testing.T) {
	// The machine slowed down threefold in the second round: the ratio does not see it.
	nginx := seriesOf("nginx", 10, 30, 10)
	if got, ok := seriesOf("d", 20, 60, 21).ratio(nginx, cpuOf); !ok || got != 2 {
		t.Errorf("got %v, %v, want 2", got, ok)
	}
	if got, ok := seriesOf("d", 20, 60, -1).ratio(seriesOf("nginx", 10, -1, -1), cpuOf); ok {
		t.Errorf("one common round of three gives %v", got)
	}
}

func TestRemarksSayHowBusyTheMachineWas(t *testing.T) {
	busy := func(share float64) series { return series{samples: []sample{{busy: share}}} }
	for _, tc := range []struct {
		share float64
		want  string
	}{
		{0.03, "other programs took 3 % of the CPUs meanwhile (median)"},
		{0.5, "**a busy machine**: other programs took 50 % of the CPUs meanwhile (median); repeat it on a quiet one before believing it"},
	} {
		if got := remarks([]series{busy(tc.share)}); !slices.Equal(got, []string{tc.want}) {
			t.Errorf("got %q, want %q", got, tc.want)
		}
	}
	if got := remarks([]series{seriesOf("nginx", -1)}); len(got) != 1 {
		t.Errorf("a failed round says how busy the machine was: %q", got)
	}
}

func TestDiscardedNamesTheRound(t *testing.T) {
	got := discarded([]series{seriesOf("nginx", 1, 1), seriesOf("caddy", 1, -1)})
	if want := []string{"caddy, round 2 does not count: wrk: 3 failed"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
