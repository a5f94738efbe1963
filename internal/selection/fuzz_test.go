package selection

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dipylon/dipylon/internal/exchange"
)

// FuzzCompile: no expression breaks, and in a log none breaks out of its line.
func FuzzCompile(f *testing.F) {
	for _, tc := range sources {
		f.Add(tc.expr, "value")
	}
	f.Add("${request.body[", "\"\\")
	f.Add(`\$\$${context.`, "a\nb")
	f.Fuzz(func(t *testing.T, expr, value string) {
		x := call()
		x.Request.Header.Add([]byte("X-Fuzz"), []byte(value))
		x.Request.Header.Set([]byte("User-Agent"), []byte(value))
		x.Request.Query, x.Request.Body.Bytes = []byte(value), []byte(value)
		for _, scope := range []Scope{Request, Response, Log} {
			e, err := Compile(expr, Options{Scope: scope, StageVariables: options.StageVariables})
			if err != nil {
				if scope == Log {
					t.Fatal(err)
				}
				continue
			}
			out, ok := e.Append([]byte("x"), x)
			if !bytes.HasPrefix(out, []byte("x")) || !ok && len(out) > 1 || scope == Log && bytes.ContainsAny(out, "\r\n") {
				t.Fatalf("%q: %q, %v", expr, out, ok)
			}
		}
	})
}

// FuzzEscape: what stands between quotes in a log decodes to what it was.
func FuzzEscape(f *testing.F) {
	for _, seed := range []string{"", "plain", `"\`, "\x00\x1f\x7f", "é\u0085\u2028\U0001f600", "\xff\xc3"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line := append(escape(append([]byte(`{"`), s...), 2), `":1}`...)
		var got map[string]int
		if err := json.Unmarshal(line, &got); err != nil || bytes.ContainsAny(line, "\r\n") || !utf8.Valid(line) {
			t.Fatalf("%q becomes %q: %v", s, line, err)
		}
		if got[strings.ToValidUTF8(s, "\ufffd")] != 1 && utf8.ValidString(s) {
			t.Fatalf("%q becomes %q", s, line)
		}
	})
}

// FuzzPath: on valid documents a path leads where encoding/json finds it, and nothing breaks on others.
func FuzzPath(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"a":{"b":[1,"x\u00e9\ud83d\ude00\n",true,null,{"c":-1.5e3}]}}`, ".a.b[4].c"},
		{`{"a":1,"a":2}`, ".a"},
		{`{"\u0061":"\ud800"}`, ".a"},
		{` [ [ ] , { } , "]" ] `, "[2]"},
		{`{"a":{"b":"}"},"c":"\\"}`, "['c']"},
		{`{"a"`, ".a"}, {`{"a":1`, ".a"}, {`[1,2`, "[0]"}, {`{"a":tru}`, ".a"}, {`{}`, ".a"}, {`[]`, "[0]"}, {"", ".a"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, doc, expr string) {
		path, ok := parsePath(expr)
		if !ok {
			return
		}
		for n := range min(len(doc), 200) {
			if v := path.find([]byte(doc[:n]), true); v != nil {
				appendJSON(nil, v)
			}
		}
		x := new(exchange.Exchange)
		x.Request.Body.Bytes = []byte(doc)
		got, ok := appendBodyPath(nil, &x.Request.Body, path)
		if !json.Valid([]byte(doc)) || !utf8.ValidString(doc) || len(doc) > PathLimit {
			return
		}
		if want, found := oracle(t, doc, path); ok != found || string(got) != want {
			t.Fatalf("%s of %s: %q, %v, want %q, %v", expr, doc, got, ok, want, found)
		}
	})
}

// oracle finds the value with encoding/json.
func oracle(t *testing.T, doc string, path jsonPath) (string, bool) {
	raw := json.RawMessage(strings.TrimSpace(doc))
	for _, step := range path {
		var found json.RawMessage
		if step.index < 0 {
			var object map[string]json.RawMessage
			if raw[0] != '{' || json.Unmarshal(raw, &object) != nil {
				return "", false
			}
			found = object[step.name]
		} else {
			var array []json.RawMessage
			if raw[0] != '[' || json.Unmarshal(raw, &array) != nil || step.index >= len(array) {
				return "", false
			}
			found = array[step.index]
		}
		if found == nil {
			return "", false
		}
		raw = found
	}
	switch {
	case string(raw) == "null":
		return "", false
	case raw[0] != '"':
		return string(raw), true
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatalf("%s: %v", strconv.Quote(string(raw)), err)
	}
	return s, true
}
