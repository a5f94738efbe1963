package insights

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// calls are access-log lines, a second apart.
func calls() []Event {
	lines := []string{
		`{"route":"GET /users","status":200,"latency":10,"user":{"id":"a"}}`,
		`{"route":"GET /users","status":502,"latency":50}`,
		`{"route":"POST /users","status":201,"latency":30}`,
		`{"route":"GET /orders","status":504,"latency":29000,"tags":["x","y"]}`,
		`{"route":"GET /users","status":500,"latency":20}`,
		`not JSON, user=bob, method:PUT`,
	}
	events := make([]Event, len(lines))
	for i, line := range lines {
		events[i] = Event{Time: 1_700_000_000_000 + int64(i)*1000, Message: []byte(line), Stream: "s", Log: "1:g", Pointer: fmt.Sprint("p", i)}
	}
	return events
}

// run returns the rows as text, without pointers.
func run(t *testing.T, query string, events []Event) string {
	t.Helper()
	q, err := Compile(query, 0)
	if err != nil {
		t.Errorf("%s: %v", query, err)
		return ""
	}
	for i := range events {
		q.Add(&events[i])
	}
	rows, _, err := q.Results()
	if err != nil {
		t.Errorf("%s: %v", query, err)
	}
	var out []string
	for _, fields := range rows {
		var row []string
		for _, f := range fields {
			if f.Name != "@ptr" {
				row = append(row, f.Name+"="+f.Value)
			}
		}
		out = append(out, strings.Join(row, " "))
	}
	return strings.Join(out, "; ")
}

func TestQueries(t *testing.T) {
	for query, want := range map[string]string{
		// the question of an operator: which routes failed in the last hour?
		"filter status >= 500 | stats count(*) as failed by route | sort failed desc": "route=GET /users failed=2; route=GET /orders failed=1",

		"fields @timestamp, status | limit 2":                                                            "@timestamp=2023-11-14 22:13:25.000; @timestamp=2023-11-14 22:13:24.000 status=500",
		"fields status | sort @timestamp asc | limit 2":                                                  "status=200; status=502",
		"fields route | filter latency > 25 and latency < 100 | sort latency":                            "route=POST /users; route=GET /users",
		"fields user.id | filter ispresent(user.id)":                                                     "user.id=a",
		"fields tags.1 as second | filter second = 'y'":                                                  "second=y",
		"filter route like /orders$/ | display status":                                                   "status=504",
		"filter route not like 'GET' and ispresent(route) | display status":                              "status=201",
		"filter route =~ /^POST/ | display status":                                                       "status=201",
		"filter status in [201, 504] | display status | sort status":                                     "status=201; status=504",
		"filter status not in [200, 201, 500, 502, 504] | display @message":                              "@message=not JSON, user=bob, method:PUT",
		"parse @message 'user=*, method:*' as who, method | filter ispresent(who) | display who, method": "who=bob method=PUT",
		"parse @message /method:(?<m>[A-Z]+)/ | filter m = 'PUT' | display m":                            "m=PUT",
		"parse 'user=*,' as who | filter who='bob' | display who":                                        "who=bob",
		"stats count(*), sum(latency), avg(latency), min(latency), max(latency)":                         "count(*)=6 sum(latency)=29110 avg(latency)=5822 min(latency)=10 max(latency)=29000",
		"stats avg(status) as a":                                                                         "a=381.4",
		"stats pct(latency, 50) as p50, median(latency) as m, stddev(status) as s":                       "p50=30 m=30 s=147.71",
		"stats count_distinct(route) as routes":                                                          "routes=3",
		"stats earliest(status) as first, latest(status) as last":                                        "first=200 last=500",
		"stats sortsFirst(route) as f, sortsLast(route) as l":                                            "f=GET /orders l=POST /users",
		"stats count() as n by bin(2s) | sort n desc, bin(2s) | limit 1":                                 "bin(2s)=2023-11-14 22:13:20.000 n=2",
		"stats count(*) as n by bin(1h) as hour":                                                         "hour=2023-11-14 22:00:00.000 n=6",
		"stats count(*) as n by route | filter n > 1 | display route":                                    "route=GET /users",
		"stats max(latency) as m by route | stats max(m) as most":                                        "most=29000",
		"filter status = 999 | stats count(*) as n":                                                      "n=0",
		"filter status = 999 | stats count(*) as n by route":                                             "",
		"filter ispresent(route) | dedup route | display route | sort route":                             "route=GET /orders; route=GET /users; route=POST /users",
		"fields latency / 1000 as s, latency * 2 + 1 as d, -latency as n, 2 ^ 3 as e, latency % 7 as m | filter status = 502 | display s, d, n, e, m": "s=0.05 d=101 n=-50 e=8 m=1",
		"fields strlen(route) as n, toupper(route) as u, substr(route, 4) as p, concat(status, '!') as c | filter status = 201 | display n, u, p, c":  "n=11 u=POST /USERS p= /users c=201!",
		"fields coalesce(missing, route, 'x') as c | filter status = 201 | display c":                                                                 "c=POST /users",
		"fields greatest(status, latency) as g, least(status, latency) as l | filter status = 502 | display g, l":                                     "g=502 l=50",
		"fields trim(' a ') as t, ltrim('xxa', 'x') as l, replace(route, '/', '-') as r | filter status = 201 | display t, l, r":                      "t=a l=a r=POST -users",
		"fields @stream | filter not ispresent(route) # the rest\n| display @logStream, @log":                                                         "@logStream=s @log=1:g",
		"filter `user.id` = 'a' | display route":                                        "route=GET /users",
		"filter (status = 200 or status = 201) and not (latency > 20) | display status": "status=200",
		"display status | sort @timestamp | head 1":                                     "status=200",
		"fields tomillis(@timestamp) as ms | sort ms | limit 1 | display ms":            "ms=1700000000000",
		"FIELDS status | FILTER status=200 | DISPLAY status":                            "status=200",
	} {
		if got := run(t, query, calls()); got != want {
			t.Errorf("%s\n got %s\nwant %s", query, got, want)
		}
	}
}

// TestFunctionReports: the fields are those of CWL_AnalyzeLogData-discoverable-fields, the line is fact 82 of
// aws-behaviour-auth-websocket-logs.md.
func TestFunctionReports(t *testing.T) {
	events := []Event{
		{Message: []byte("START RequestId: 8f5 Version: $LATEST")},
		{Message: []byte("REPORT RequestId: 8f5\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 110.10 ms\t")},
		{Message: []byte("Duration: 7 ms, says a function")},
	}
	want := "@duration=3.01 @billedDuration=4 @memorySize=128000000 @maxMemoryUsed=36000000 @initDuration=110.1 @requestId=8f5"
	got := run(t, "filter @type = 'REPORT' | display @duration, @billedDuration, @memorySize, @maxMemoryUsed, @initDuration, @requestId", events)
	if got != want {
		t.Errorf("got %s", got)
	}
	if got := run(t, "stats max(@duration) as m, count(@type) as n", events); got != "m=3.01 n=2" {
		t.Errorf("got %s", got)
	}
}

func TestStatistics(t *testing.T) {
	q, err := Compile("filter status >= 500 | stats count(*) by route", 0)
	if err != nil {
		t.Fatal(err)
	}
	events := calls()
	for i := range events {
		q.Add(&events[i])
	}
	if _, got, _ := q.Results(); got.Matched != 3 || got.Scanned != 6 || got.Bytes < 200 {
		t.Errorf("got %+v", got)
	}
}

func TestLimits(t *testing.T) {
	q, err := Compile("fields @message", 3)
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 8)
	for i := range 100 {
		copy(buf, fmt.Sprintf("%08d", i))
		q.Add(&Event{Time: int64(i), Message: buf, Pointer: "p"})
	}
	rows, _, err := q.Results()
	if err != nil || len(rows) != 3 || rows[0][0].Value != "00000099" || rows[2][0].Value != "00000097" || rows[0][1].Name != "@ptr" {
		t.Errorf("the latest: %v %v", rows, err)
	}
	q, _ = Compile("stats count(*) by @message", 0)
	more := true
	for i := 0; more && i < 2*maxGroups; i++ {
		more = q.Add(&Event{Message: fmt.Append(nil, i)})
	}
	if _, _, err := q.Results(); err == nil || more {
		t.Error("no bound on groups")
	}
}

func TestRefused(t *testing.T) {
	for _, query := range []string{
		"nothing", "fields", "fields a b", "fields a,", "filter", "filter a =", "filter (a", "filter a like /(/", "filter a in 1", "filter a in [1",
		"parse @message", "parse @message 'a*b*' as x", "parse @message /x/", "stats", "stats foo(a)", "stats count(*", "stats avg(a, b)", "stats pct(a)",
		"stats pct(a, 101)", "stats pct(a, b)", "stats count(*) by", "limit", "limit 0", "limit 10001", "limit x", "sort", "dedup", "fields nofunc(a)",
		"fields strlen()", "fields 'open", "fields a ~ b", "fields 5y", "unmask a", "filter " + strings.Repeat("(", 100), "filter " + strings.Repeat("not ", 100) + "a",
		strings.Repeat("x", MaxLength+1),
	} {
		var refused *Error
		if _, err := Compile(query, 0); !errors.As(err, &refused) {
			t.Errorf("%s: got %v", query, err)
		}
	}
}

func FuzzCompile(f *testing.F) {
	f.Add("fields a as b, strlen(c) | filter d like /x/ and e in [1, 'f'] | stats pct(g, 9.5) by bin(5m) | sort h desc | limit 3", `{"a":1,"d":"x"}`)
	f.Add("parse @message 'a*b' as c | dedup c | display c", "axb")
	f.Add("parse /(?<x>a+)/ | fields replace(x, 'a', 'aaaa')", "aaa")
	f.Fuzz(func(_ *testing.T, query, message string) {
		q, err := Compile(query, 0)
		if err != nil {
			return
		}
		for i := range 3 {
			q.Add(&Event{Time: int64(i), Message: []byte(message)})
		}
		_, _, _ = q.Results()
	})
}

func BenchmarkStats(b *testing.B) {
	events := calls()
	q, err := Compile("filter status >= 500 | stats count(*) as n, pct(latency, 99) by route", 0)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		q.Add(&events[i%len(events)])
		i++
	}
}
