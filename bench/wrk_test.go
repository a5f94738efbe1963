package main

import (
	"strings"
	"testing"
	"time"
)

// wrkOutput is what wrk 4.1.0 printed.
const wrkOutput = `Running 1s test @ http://127.0.0.1:20999/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   283.28us  145.84us   3.45ms   85.12%
    Req/Sec   135.79k     9.82k  142.67k    90.00%
  Latency Distribution
     50%  221.00us
     75%  333.00us
     90%  445.00us
     99%    1.68ms
  135272 requests in 1.00s, 40.51MB read
Requests/sec: 134780.72
Transfer/sec:     40.36MB
`

func TestParseWrk(t *testing.T) {
	got, err := parseWrk(wrkOutput)
	if err != nil {
		t.Fatal(err)
	}
	want := load{requests: 135272, perSecond: 134780.72, p50: 221 * time.Microsecond, p99: 1680 * time.Microsecond}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestParseWrkRefusesRunsWithErrors(t *testing.T) {
	insert := func(line string) string { return strings.Replace(wrkOutput, "Requests/sec", line+"\nRequests/sec", 1) }
	for _, tc := range []struct{ name, out, want string }{
		{"refused answers", insert("  Non-2xx or 3xx responses: 12"), "Non-2xx or 3xx responses: 12"},
		{"socket errors", insert("  Socket errors: connect 0, read 0, write 0, timeout 3"), "timeout 3"},
		{"no requests", strings.Replace(wrkOutput, "135272 requests", "0 requests", 1), "no request was answered"},
		{"no latency", strings.Replace(wrkOutput, "     99%", "     98%", 1), "not understood"},
		{"nothing", "", "not understood"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := parseWrk(tc.out)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %+v, %v, want an error with %q", got, err, tc.want)
			}
		})
	}
}
