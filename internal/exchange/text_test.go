package exchange

import (
	"strings"
	"testing"
	"time"
)

func TestHostName(t *testing.T) {
	for host, want := range map[string][2]string{
		"api.example":      {"api.example", "api"},
		"api.example:8080": {"api.example", "api"},
		"[::1]:80":         {"[::1]", "[::1]"},
		"[::1]":            {"[::1]", "[::1]"},
		"localhost":        {"localhost", "localhost"},
		"":                 {"", ""},
	} {
		r := Request{Host: []byte(host)}
		if got := [2]string{string(r.HostName()), string(r.HostPrefix())}; got != want {
			t.Errorf("%q: got %q, want %q", host, got, want)
		}
	}
}

func TestAppendUnescaped(t *testing.T) {
	for in, want := range map[string][2]string{
		"a%20b+c":   {"a b+c", "a b c"},
		"%C3%a9%":   {"é%", "é%"},
		"%zz%4":     {"%zz%4", "%zz%4"},
		"%2B%2f%00": {"+/\x00", "+/\x00"},
		"":          {"", ""},
	} {
		if got := [2]string{string(AppendUnescaped(nil, []byte(in), false)), string(AppendUnescaped(nil, []byte(in), true))}; got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestAppendTime(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	if got := string(AppendTime(nil, at)); got != "02/Jan/2026:02:04:05 +0000" {
		t.Errorf("got %s", got)
	}
}

func TestTraceID(t *testing.T) {
	x := &Exchange{Received: time.Unix(0x5e8e2f1a, 0)}
	made := string(x.TraceID())
	if !strings.HasPrefix(made, "Root=1-5e8e2f1a-") || len(made) != len("Root=1-5e8e2f1a-0123456789abcdef01234567") || string(x.TraceID()) != made {
		t.Errorf("got %s, then %s", made, x.TraceID())
	}
	x.Reset()
	x.Request.Header.Add([]byte("x-amzn-trace-id"), []byte("Root=1-2-3;Parent=4"))
	if got := string(x.TraceID()); got != "Root=1-2-3;Parent=4" {
		t.Errorf("got %s", got)
	}
	x.Reset()
	x.Request.Header.Add([]byte("x-amzn-trace-id"), []byte("nonsense"))
	if got := string(x.TraceID()); !strings.HasPrefix(got, "Root=1-") {
		t.Errorf("got %s", got)
	}
}
