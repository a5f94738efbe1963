package pattern

import (
	"errors"
	"testing"
)

// The events and patterns are those of the documentation of the syntax
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html).
const (
	trail = `{"eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111", "arrayKey": ["value", "another value"],
		"objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}], "SomeObject": null, "cluster.name": "c", "flag": true, "size": 1.5e2}`
	access = `127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534`
)

func TestMatch(t *testing.T) {
	for _, tc := range []struct {
		pattern, message string
		want             bool
	}{
		{"", "anything", true},
		{"ERROR", "[ERROR 400] BAD REQUEST", true},
		{"ERROR", "an error", false},
		{"ERROR ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", true},
		{"ERROR ARGUMENTS", "[ERROR 400] BAD REQUEST", false},
		{"?ERROR ?ARGUMENTS", "[ERROR 400] BAD REQUEST", true},
		{"?ERROR ?ARGUMENTS", "nothing", false},
		{"ERROR ?ARGUMENTS", "ERROR", true},
		{"ERROR -ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", false},
		{"ERROR -ARGUMENTS", "[ERROR 400] BAD REQUEST", true},
		{`"INTERNAL SERVER ERROR"`, "[ERROR 500] INTERNAL SERVER ERROR", true},
		{`-"INTERNAL SERVER"`, "[ERROR 500] INTERNAL SERVER ERROR", false},
		{`"\"quoted\""`, `a "quoted" word`, true},
		{`%AUTHORIZED%`, "UNAUTHORIZED REQUEST", true},
		{`%4\d\d% -%404%`, "status 404", false},
		{`Fehler_größer`, "ein Fehler_größer", true},

		{`{ $.eventType = "UpdateTrail" }`, trail, true},
		{`{$.eventType="UpdateTrail"}`, trail, true},
		{`{ $.eventType != "UpdateTrail" }`, trail, false},
		{`{ $.eventType = UpdateTrail }`, trail, true},
		{`{ $.sourceIPAddress != 123.123.* }`, trail, true},
		{`{ $.sourceIPAddress = 111.* }`, trail, true},
		{`{ $.sourceIPAddress = "*.111.1*" }`, trail, true},
		{`{ $.arrayKey[0] = "value" }`, trail, true},
		{`{ $.objectList[1].id = 2 }`, trail, true},
		{`{ $.objectList[1].id = 3 }`, trail, false},
		{`{ $.objectList[2].id = 3 }`, trail, false},
		{`{ $.SomeObject IS NULL }`, trail, true},
		{`{ $.SomeOtherObject NOT EXISTS }`, trail, true},
		{`{ $.SomeObject NOT EXISTS }`, trail, false},
		{`{ $.flag IS TRUE }`, trail, true},
		{`{ $.flag IS FALSE }`, trail, false},
		{`{ $.flag is true && $.eventType = Update* }`, trail, true},
		{`{ $.size > 149 && $.size <= 150.0 }`, trail, true},
		{`{ $.size = 1.5e2 }`, trail, true},
		{`{ $.size < 1e-3 }`, trail, false},
		{`{ $.eventType = Nothing || ($.flag IS TRUE && ($.objectList[0].id = 1)) }`, trail, true},
		{`{ $.eventType = Nothing || $.flag IS TRUE && $.objectList[0].id = 9 }`, trail, false},
		{`{ $.missing != 1 }`, trail, false},
		{`{ $.eventType = %Upd[a-z]+Trail% }`, trail, true},
		{`{ $.["cluster.name"] = "c" }`, trail, true},
		{`{ $['cluster.name'] = c }`, trail, true},
		{`{ $.eventType = "UpdateTrail" }`, "no JSON", false},
		{`{ $.eventType = "UpdateTrail" }`, `{"eventType": "UpdateTrail"`, false},
		{`{ $.a = "x\"y" }`, `{"a":"x\"y"}`, true},
		{`{ $.status = 200 }`, `{"status":"200"}`, true},

		{"[ip, user, username, timestamp, request =*.html*, status_code = 4*, bytes]", access, true},
		{"[ip, user, username, timestamp, request, status_code = 404 || status_code = 410, bytes > 1000]", access, true},
		{"[ip, user, username, timestamp, request, status_code, bytes < 1000]", access, false},
		{"[ip!=127.0.0.1, ...]", access, false},
		{"[..., size > 1000 && size < 2000]", access, true},
		{"[..., status_code = 4*, bytes]", access, true},
		{"[ip, ..., bytes = 1534]", access, true},
		{"[ip, user]", access, false},
		{"[w1=ERROR, w2]", "ERROR here", true},
		{"[w1=%ERR(OR)?%, w2]", "XERR here", true},
		{`[w1, w2="two, three"]`, `one "two, three"`, true},
		{`[,,]`, "a b c", true},
		{"[(w1=A || w1=B), w2]", "B c", true},
	} {
		p, err := Compile(tc.pattern)
		if err != nil {
			t.Errorf("%s: %v", tc.pattern, err)
			continue
		}
		if got := p.Match([]byte(tc.message)); got != tc.want {
			t.Errorf("%s with %s: got %t", tc.pattern, tc.message, got)
		}
	}
}

func TestRefused(t *testing.T) {
	long := make([]byte, MaxLength+1)
	for i := range long {
		long[i] = 'a'
	}
	for _, text := range []string{
		`"open`, "a.b", "-", "?", "%open", "%(%", "%a% %b% %c%", "[a", "[a, ..., ...]", "[a ~ 1]", "[a > x]", "[=1]", "[a=1 || b=2]",
		"{ $.a = 1", "{ $.a }", "{ a = 1 }", "{ $ = 1 }", "{ $. = 1 }", "{ $.a = }", "{ $.a > x }", "{ $.a IS MAYBE }", "{ $.a NOT }",
		"{ ($.a = 1 }", "{ $.a = 1 ) }", "{ $.a[x] = 1 }", "{ $.a[-1] = 1 }", "{ $.a = %(% }", "{ $.a > %x% }", `{ $.a = "x }`, string(long),
	} {
		var refused *Error
		if _, err := Compile(text); !errors.As(err, &refused) {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

func TestValue(t *testing.T) {
	for _, tc := range []struct{ pattern, message, place, want string }{
		{"[ip, ..., bytes]", access, "$bytes", "1534"},
		{"[ip, ..., bytes]", access, "$ip", "127.0.0.1"},
		{"[ip, ..., bytes]", access, "$other", ""},
		{"{ $.size > 0 }", trail, "$.size", "1.5e2"},
		{"{ $.size > 0 }", trail, "$.objectList[1].name", "b"},
		{"{ $.size > 0 }", trail, "$.none", ""},
		{"ERROR", "ERROR 7", "$x", ""},
	} {
		p, err := Compile(tc.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := p.Value([]byte(tc.message), tc.place); got != tc.want || ok != (tc.want != "") {
			t.Errorf("%s %s: got %q %t", tc.pattern, tc.place, got, ok)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{"?a -b %c%", `{ $.a = 1 && ($.b[0]["c"] IS NULL) }`, `[a, b="x y", ..., c > 1 || c = %x%]`} {
		f.Add(s, trail)
		f.Add(s, access)
	}
	f.Fuzz(func(_ *testing.T, pattern, message string) {
		if p, err := Compile(pattern); err == nil {
			p.Match([]byte(message))
			p.Value([]byte(message), "$.a")
			p.Value([]byte(message), "$a")
		}
	})
}

func BenchmarkJSON(b *testing.B) {
	p, err := Compile(`{ $.status >= 500 }`)
	if err != nil {
		b.Fatal(err)
	}
	message := []byte(`{"requestId":"8c5c0c0e-3f7b-4c4e-9d52-1c52c8a0f9a1","status":200,"path":"/users","latency":12,"ip":"127.0.0.1"}`)
	b.ReportAllocs()
	for b.Loop() {
		p.Match(message)
	}
}
