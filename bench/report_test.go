package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestReportMarkdown(t *testing.T) {
	r := report{
		date:    time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
		command: "go run ./bench -rounds 3",
		machine: []string{"2 × CPU"}, loadBefore: "0.1", loadAfter: "0.2",
		missing: []string{"haproxy: not found"},
		sections: []section{
			{title: "Measured", columns: []string{"proxy", "µs"}, rows: [][]string{{"nginx", "13.1"}}},
			{title: "Failed", columns: []string{"proxy"}, notes: []string{"a note"}, failed: []error{errors.New("caddy: no\n answer")}},
		},
		targets: []target{{what: "start", goal: "< 100"}},
	}
	want := `# Measured 2026-11-22 12:00 UTC

Reproduce with ` + "`go run ./bench -rounds 3`" + `; README.md says how it measures.

- 2 × CPU
- load average before: 0.1; after: 0.2
- **missing**: haproxy: not found

## Measured

| proxy | µs |
|---|--:|
| nginx | 13.1 |

## Failed

- a note
- **failed**: caddy: no answer

## Targets

| target | bound | measured |  |
|---|--:|--:|--:|
| start | < 100 | – | not measured |
`
	if got := r.markdown(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if err := r.failure(); err == nil || !strings.Contains(err.Error(), "caddy") {
		t.Errorf("failure is %v", err)
	}
}

func TestRatioTargets(t *testing.T) {
	nginx := seriesOf("nginx", 10, 10)
	for _, tc := range []struct {
		name          string
		all           []series
		most, atLeast string
	}{
		{"below", []series{nginx, seriesOf("dipylon", 15, 15)}, "met", "not met"},
		{"at the bound", []series{nginx, seriesOf("dipylon", 16, 16)}, "met", "met"},
		{"above", []series{nginx, seriesOf("dipylon", 30, 30)}, "not met", "met"},
		{"most rounds failed", []series{nginx, seriesOf("dipylon", -1, -1)}, "", ""},
		{"one missing", []series{nginx}, "", ""},
		{"the other missing", []series{seriesOf("dipylon", 15, 15)}, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			most := ratioAtMost("", tc.all, pair{"dipylon", "nginx"}, 1.6)
			least := ratioAtLeast("", tc.all, pair{"dipylon", "nginx"}, 1.6)
			if most.verdict != tc.most || least.verdict != tc.atLeast {
				t.Errorf("got %q and %q, want %q and %q", most.verdict, least.verdict, tc.most, tc.atLeast)
			}
		})
	}
}

func TestOtherTargets(t *testing.T) {
	const mb = 1 << 20
	for _, tc := range []struct {
		name string
		got  target
		want string
	}{
		{"start at the bound", startTarget([]*starter{{name: "dipylon", times: []float64{100}}}), "not met"},
		{"start below", startTarget([]*starter{{name: "nginx", times: []float64{500}}, {name: "dipylon", times: []float64{99}}}), "met"},
		{"start failed", startTarget([]*starter{{name: "dipylon", times: []float64{9}, err: errors.New("ended")}}), ""},
		{"memory below", memoryTarget([]occupancy{{name: "dipylon", idle: memory{rss: 39 * mb}}}), "met"},
		{"memory at the bound", memoryTarget([]occupancy{{name: "dipylon", idle: memory{rss: 40 * mb}}}), "not met"},
		{"memory missing", memoryTarget([]occupancy{{name: "caddy", idle: memory{rss: 1}}}), ""},
	} {
		if tc.got.verdict != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, tc.got.verdict, tc.want)
		}
	}
}

func TestPerConnection(t *testing.T) {
	o := occupancy{connections: 100, idle: memory{pss: 1 << 20}, loaded: memory{pss: 1<<20 + 2048*100}}
	if got := o.perConnection(); got != 2 {
		t.Errorf("got %v KiB, want 2", got)
	}
}
