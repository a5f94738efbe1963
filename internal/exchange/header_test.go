package exchange

import (
	"fmt"
	"strings"
	"testing"
)

func headerOf(fields string) *Header {
	h := new(Header)
	for f := range strings.SplitSeq(fields, "|") {
		if name, value, ok := strings.Cut(f, ":"); ok {
			h.Add([]byte(name), []byte(value))
		}
	}
	return h
}

func list(h *Header) string {
	var out []string
	for _, f := range h.Fields() {
		out = append(out, fmt.Sprintf("%s:%s", f.Name, f.Value))
	}
	return strings.Join(out, "|")
}

func TestHeaderChanges(t *testing.T) {
	const given = "A:1|x-b:2|B:3|X-B:4|c:5"
	for _, tc := range []struct {
		name   string
		change func(h *Header)
		want   string
	}{
		{"add keeps the present", func(h *Header) { h.Add([]byte("a"), []byte("6")) }, given + "|a:6"},
		{"set keeps the first's place and name", func(h *Header) { h.Set([]byte("X-B"), []byte("6")) }, "A:1|x-b:6|B:3|c:5"},
		{"set appends what is absent", func(h *Header) { h.Set([]byte("D"), []byte("6")) }, given + "|D:6"},
		{"delete all of a name", func(h *Header) { h.Del("X-b") }, "A:1|B:3|c:5"},
		{"delete what is absent", func(h *Header) { h.Del("D") }, given},
		{"delete by function", func(h *Header) { h.DelFunc(func(f Field) bool { return f.Value[0] > '2' }) }, "A:1|x-b:2"},
		{"reset", func(h *Header) { h.Reset() }, ""},
	} {
		h := headerOf(given)
		if tc.change(h); list(h) != tc.want || h.Len() != len(h.Fields()) {
			t.Errorf("%s: %s, want %s", tc.name, list(h), tc.want)
		}
	}
}

func TestHeaderLookUp(t *testing.T) {
	h := headerOf("A:1|x-b:2|X-B:3|empty:")
	for _, tc := range []struct {
		name, value string
		present     bool
	}{
		{"a", "1", true}, {"X-B", "2", true}, {"EMPTY", "", true}, {"x", "", false}, {"", "", false},
	} {
		if got := string(h.Get(tc.name)); got != tc.value || h.Has(tc.name) != tc.present {
			t.Errorf("%q: %q, %v", tc.name, got, h.Has(tc.name))
		}
	}
}

func TestEqualFold(t *testing.T) {
	for _, tc := range []struct {
		b, s string
		want bool
	}{
		{"", "", true},
		{"Content-Type", "cONTENT-tYPE", true},
		{"Content-Type", "Content-Typ", false},
		{"a", "b", false},
		{"@", "`", false}, // what lies beside the letters
		{"[", "{", false},
		{"K", "\u212A", false}, // the Kelvin sign folds to k in Unicode
	} {
		if EqualFold([]byte(tc.b), tc.s) != tc.want {
			t.Errorf("%q, %q: not %v", tc.b, tc.s, tc.want)
		}
	}
	b := []byte("Content-Type")
	if n := testing.AllocsPerRun(10, func() { EqualFold(b, "content-type") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
