package jsontext

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAppendString(t *testing.T) {
	for in, want := range map[string]string{
		"":                        `""`,
		"plain text/~":            `"plain text/~"`,
		"a\"b\\c":                 `"a\"b\\c"`,
		"\b\f\n\r\t\x00\x1f\x7f":  `"\b\f\n\r\t\u0000\u001f` + "\x7f\"",
		"λ😊<&>":                   `"λ😊<&>"`,
		"a\xffb\xc3":              `"a` + "\uFFFDb\uFFFD" + `"`,
		"\xed\xa0\x80":            "\"\uFFFD\uFFFD\uFFFD\"", // a surrogate
		"\uFFFD stays":            "\"\uFFFD stays\"",
		strings.Repeat("x", 1000): `"` + strings.Repeat("x", 1000) + `"`,
	} {
		if got := string(AppendString(nil, in)); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
		if got := string(AppendString(nil, []byte(in))); got != want {
			t.Errorf("%q as bytes: got %s, want %s", in, got, want)
		}
	}
	b := bytes.Repeat([]byte(`a"λ`), 10)
	room := make([]byte, 0, 100)
	if n := testing.AllocsPerRun(10, func() { AppendString(room, b) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestMembers(t *testing.T) {
	var got []string
	ok := Members([]byte(" { \"a\" : 1 , \"b\\\"\":{\"c\":[ ]},\"d\":\"x\" } \n"), func(name, value []byte) {
		got = append(got, string(name)+"="+string(value))
	})
	if !ok || strings.Join(got, "|") != `a=1|b\"={"c":[ ]}|d="x"` {
		t.Errorf("got %v, %q", ok, got)
	}
	got = nil
	ok = Elements([]byte(`[1, "b" ,[],null]`), func(value []byte) { got = append(got, string(value)) })
	if !ok || strings.Join(got, "|") != `1|"b"|[]|null` {
		t.Errorf("got %v, %q", ok, got)
	}
	for _, doc := range []string{"", " ", "{", "[]", `"a"`, "null", `{"a":1}x`, `{"a":1,}`, `{a:1}`, `{"a" 1}`, `{"a":}`, `{"a":1 "b":2}`} {
		if Members([]byte(doc), func(_, _ []byte) {}) {
			t.Errorf("%s is an object", doc)
		}
	}
}

func TestDepthIsBounded(t *testing.T) {
	nested := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	if _, ok := Value(nested(MaxDepth)); !ok {
		t.Error("the allowed depth is refused")
	}
	if _, ok := Value(nested(1_000_000)); ok {
		t.Error("a million levels are read")
	}
}

func TestUnquoteInPlace(t *testing.T) {
	s := []byte(`a\n\u00e9\ud83d\ude0a\"`)
	if got := string(AppendUnquoted(s[:0], s)); got != "a\né😊\"" {
		t.Errorf("got %q", got)
	}
}

// FuzzValue holds the scanner to encoding/json.
func FuzzValue(f *testing.F) {
	for _, doc := range []string{
		`{"a":[1,-0.5e+3,true,false,null,"\u00e9\n"]}`, `01`, `-`, `1.`, `1e`, `"\x"`, "\"\x01\"", `tru`, "\"\xff\"", ` [ ] `, `{"a":1,"a":2}`, `"`, `"\u12`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		value, ok := Value(doc)
		if ok != json.Valid(doc) {
			t.Fatalf("%q: valid: %v", doc, ok)
		}
		if !ok {
			return
		}
		compact := AppendCompact(nil, value)
		var want bytes.Buffer
		if err := json.Compact(&want, value); err != nil {
			t.Fatal(err)
		}
		if !utf8.Valid(compact) || utf8.Valid(doc) && !bytes.Equal(compact, want.Bytes()) {
			t.Fatalf("%q: compact %q", doc, compact)
		}
	})
}

func FuzzAppendString(f *testing.F) {
	f.Add([]byte("a\"\\\n\xff"))
	f.Add([]byte("\u2028\xed\xa0\x80"))
	f.Fuzz(func(t *testing.T, s []byte) {
		quoted := AppendString(nil, s)
		var got string
		if err := json.Unmarshal(quoted, &got); err != nil || !utf8.Valid(quoted) {
			t.Fatalf("%q: %s, %v", s, quoted, err)
		}
		want := string([]rune(string(s)))
		if got != want || string(AppendUnquoted(nil, quoted[1:len(quoted)-1])) != want {
			t.Fatalf("%q: got %q, want %q", s, got, want)
		}
	})
}
