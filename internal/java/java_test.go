package java

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"
	"unicode/utf8"
)

// texts holds documents with what their values print as: checked with json-smart 2.2 on JDK 17.
var texts = []struct{ doc, text, class string }{
	{"1", "1", "Integer"},
	{"-2147483648", "-2147483648", "Integer"},
	{"2147483648", "2147483648", "Long"},
	{"9223372036854775808", "9223372036854775808", "BigInteger"},
	{"-0", "0", "Integer"},
	{"1.0", "1.0", "Double"},
	{"1.10", "1.1", "Double"},
	{"1E5", "100000.0", "Double"},
	{"1e7", "1.0E7", "Double"},
	{"1e-3", "0.001", "Double"},
	{"1e-9", "1.0E-9", "Double"},
	{"123456789.125", "1.23456789125E8", "Double"},
	{"5e-324", "4.9E-324", "Double"},
	{"1e400", "Infinity", "Double"},
	{"0.1234567890123456789", "0.1234567890123456789", "BigDecimal"},
	{"12345678901234567.890", "12345678901234567.890", "BigDecimal"},
	{"0.000000000000000000123", "1.23E-19", "BigDecimal"},
	{"1000000000000000000e10", "1.000000000000000000E+28", "BigDecimal"},
	{"true", "true", "Boolean"},
	{"null", "null", ""},
	{`"a\u00e9\ud83d\ude00\/\n"`, "aé😀/\n", "String"},
	{`"\ud800x"`, "\uFFFDx", "String"},
	{`{"a":1,"b":[true,null],"c":{}}`, `{a=1, b=[true,null], c={}}`, "Map"},
	{`{"a":1,"b":2,"a":3}`, `{a=3, b=2}`, "Map"},
	{`["x/y\u2028\u0085\u007f<&>'\"\\\b"]`, `["x\/y\u2028\u0085\u007F<&>'\"\\\b"]`, "List"},
	{` [ ] `, "[]", "List"},
}

func TestText(t *testing.T) {
	for _, tc := range texts {
		v, err := Parse(tc.doc)
		if got := String(v); err != nil || got != tc.text || class(v) != tc.class {
			t.Errorf("%s: got %s %s, %v, want %s %s", tc.doc, class(v), got, err, tc.class, tc.text)
		}
	}
}

func class(v Value) string {
	switch v.(type) {
	case bool:
		return "Boolean"
	case string:
		return "String"
	case int32:
		return "Integer"
	case int64:
		return "Long"
	case float64:
		return "Double"
	case *big.Int:
		return "BigInteger"
	case *Decimal:
		return "BigDecimal"
	case *Map:
		return "Map"
	case *List:
		return "List"
	}
	return ""
}

func TestTextOfOthers(t *testing.T) {
	m := NewMap(0)
	m.Put(int32(1), "a")
	m.Put(nil, NewList(int32(1), "x", nil))
	m.Put("self", m)
	l := NewList("a", m.Entries()[0])
	l.Items = append(l.Items, l)
	for _, tc := range []struct {
		v    Value
		want string
	}{
		{m, "{1=a, null=[1, x, null], self=(this Map)}"},
		{l, "[a, 1=a, (this Collection)]"},
		{math.NaN(), "NaN"},
		{math.Inf(-1), "-Infinity"},
		{math.Copysign(0, -1), "-0.0"},
		{NewList(), "[]"},
	} {
		if got := String(tc.v); got != tc.want {
			t.Errorf("got %s, want %s", got, tc.want)
		}
	}
	a, b := NewList(), NewList()
	a.Items, b.Items = []Value{b, b}, []Value{a, a}
	if n := len(String(a)); n > 2*MaxText {
		t.Errorf("%d bytes of lists that hold each other", n)
	}
}

func TestRefuses(t *testing.T) {
	for _, doc := range []string{
		"", " ", "{", "[1,]", "{'a':1}", "{a:1}", "01", "1.", ".5", "+1", "-", "1e", "tru", "nulll", `"a`, "\"\n\"", `"\x"`, `"\u12"`, "[1] 2",
		strings.Repeat("[", MaxDepth+2) + strings.Repeat("]", MaxDepth+2), strings.Repeat("1", MaxDigits+1), strings.Repeat(`{"a":`, 1_000_000),
	} {
		if v, err := Parse(doc); !errors.Is(err, ErrJSON) {
			t.Errorf("%.20s: got %v, %v", doc, v, err)
		}
	}
}

func TestJSON(t *testing.T) {
	const doc = `{"a/b":["x/y\u2028",1.5,1e400,null,{"":true}]}`
	v, err := Parse([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(AppendSmartJSON(nil, v)); got != `{"a/b":["x/y\u2028",1.5,null,null,{"":true}]}` {
		t.Errorf("got %s", got)
	}
	if got := string(AppendJSON(nil, v)); got != "{\"a/b\":[\"x/y\u2028\",1.5,\"Infinity\",null,{\"\":true}]}" {
		t.Errorf("got %s", got)
	}
}

func TestMap(t *testing.T) {
	m := NewMap(2)
	for i := range 100 {
		m.Put(strings.Repeat("k", i), int32(i))
		m.Put(int32(i), int32(i))
	}
	if m.Len() != 200 || m.Get("kk") != int32(2) || m.Get(int32(2)) != int32(2) || m.Get(int64(2)) != nil {
		t.Errorf("got %d, %v, %v, %v", m.Len(), m.Get("kk"), m.Get(int32(2)), m.Get(int64(2)))
	}
	if m.Remove("kk") != int32(2) || m.Remove("kk") != nil || m.Get("kkk") != int32(3) || m.Len() != 199 {
		t.Errorf("after removal: %d", m.Len())
	}
	if m.Put("kkk", "new") != int32(3) || m.Get("kkk") != "new" || m.Len() != 199 {
		t.Errorf("after a change: %d", m.Len())
	}
	if m.Clear(); m.Len() != 0 || m.Get("kkk") != nil {
		t.Error("not cleared")
	}
}

func TestEqual(t *testing.T) {
	parse := func(s string) Value {
		v, err := Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, tc := range []struct {
		a, b string
		want bool
	}{
		{`{"a":[1,"x"],"b":null}`, `{"b":null,"a":[1,"x"]}`, true},
		{`{"a":1}`, `{"a":1.0}`, false},
		{`{"a":null}`, `{"b":null}`, false},
		{"[1,2]", "[2,1]", false},
		{"9223372036854775808", "9223372036854775808", true},
		{"1.0000000000000000000", "1.00000000000000000000", false}, // BigDecimals of different scale
		{"1.0000000000000000000", "1.0000000000000000000", true},
	} {
		if got := Equal(parse(tc.a), parse(tc.b)); got != tc.want {
			t.Errorf("%s, %s: %v", tc.a, tc.b, got)
		}
	}
}

func TestDecimal(t *testing.T) {
	num := func(s string) *Decimal {
		d, ok := ParseDecimal(s)
		if !ok {
			t.Fatal(s)
		}
		return d
	}
	for _, tc := range []struct {
		got  *Decimal
		want string
	}{
		{num("1.50").Add(num("2")), "3.50"},
		{num("1.5").Sub(num("2.25")), "-0.75"},
		{num("1.5").Mul(num("-0.5")), "-0.75"},
		{num("1.00").Div(num("3")), "0.33"},
		{num("0.05").Div(num("2")), "0.02"}, // half down
		{num("-0.07").Div(num("2")), "-0.03"},
		{num("10").Div(num("1e-2")), "1000"},
		{num("-1e-7"), "-1E-7"},
	} {
		if tc.got.String() != tc.want {
			t.Errorf("got %s, want %s", tc.got, tc.want)
		}
	}
	for _, tc := range []struct {
		a, b string
		want int
	}{
		{"1", "1.00", 0}, {"1e9000", "1e-9000", 1}, {"-1e9000", "1", -1}, {"-1e9000", "-1", -1}, {"0", "1e-9000", -1}, {"9.99", "10", -1}, {"1e1", "9", 1},
	} {
		if got := num(tc.a).Compare(num(tc.b)); got != tc.want {
			t.Errorf("%s, %s: got %d", tc.a, tc.b, got)
		}
	}
	for _, s := range []string{"", "-", "x", "1x", "1e", "1e99999", ".", "1..2", strings.Repeat("9", MaxDigits+1)} {
		if d, ok := ParseDecimal(s); ok {
			t.Errorf("%.20q is %v", s, d)
		}
	}
}

// FuzzParse holds the reader and the writer to encoding/json.
func FuzzParse(f *testing.F) {
	for _, tc := range texts {
		f.Add([]byte(tc.doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		v, err := Parse(doc)
		if err != nil {
			return
		}
		if utf8.Valid(doc) && !json.Valid(doc) {
			t.Fatalf("%q is read", doc)
		}
		written := AppendJSON(nil, v)
		if !json.Valid(written) || !json.Valid(AppendSmartJSON(nil, v)) {
			t.Fatalf("%q becomes %q", doc, written)
		}
		String(v)
		if again, err := Parse(written); err != nil || !Equal(v, again) && !strings.ContainsAny(string(doc), ".eE") {
			t.Fatalf("%q becomes %q: %v", doc, written, err)
		}
	})
}
