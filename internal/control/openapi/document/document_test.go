package document

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ doc, want string }{
		{`{"a": [1, {"b": 1.0}]}`, `{"a":[1,{"b":1.0}]}`},
		{"a: &x {b: 2024-01-02}\nc: *x\n<<: {a: 1, d: ~}", `{"a":{"b":"2024-01-02"},"c":{"b":"2024-01-02"},"d":null}`},
		{`{"a": 1, "a": 2}`, "Duplicate key 'a' (line 1, column 10)"},
		{"{'key:value}", "Invalid YAML: found unexpected end of stream (line 1, column 13)"},
		{"a: !Sub x", "Tag '!Sub' is not supported (line 1, column 4)"},
		{"a: &a [*a]", "Anchor 'a' contains itself (line 1, column 8)"},
		{"", "The definition is empty"},
	} {
		v, err := Parse([]byte(c.doc), 1<<20)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = string(AppendCompact(nil, v))
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.doc, got, c.want)
		}
	}
}

// FuzzParse checks that what is written reads as it was, in each format, as far as it can be written at all.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"a": [1, -2.5e3, true, null, "\u2028"], "b": {}}`, "a: &x {b: [1, ~, no]}\nc: *x\n<<: *x\n", "- a\n- \"b: c\"\n", "", "{'key:value}",
		"test:\n    value:\n        - \"value ... \\\"escaped\": $var, \\\"dt\": $(var +\"%a\")}\\\"\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		v, err := Parse(doc, 1<<20)
		if err != nil || !isJSON(v) {
			return
		}
		want := AppendCompact(nil, v)
		for format, written := range map[string][]byte{
			"compact": want, "JSON": AppendJSON(nil, v, 0), "YAML": AppendYAML([]byte("---\n"), v, 0),
		} {
			again, err := Parse(written, 64<<20)
			if err != nil {
				t.Fatalf("%s: %v\n%s", format, err, written)
			}
			if got := AppendCompact(nil, again); !bytes.Equal(got, want) {
				t.Fatalf("%s: %s, want %s", format, got, want)
			}
		}
	})
}

// isJSON reports whether v is an object, as definitions are, that is not too deep or big when it is written, without numbers
// and booleans that only YAML has.
func isJSON(v *Value) bool {
	return v.Kind == Object && v.Height <= MaxDepth/2 && v.Size <= 10_000 && isPlain(v)
}

func isPlain(v *Value) bool {
	switch v.Kind {
	case Number:
		return json.Valid([]byte(v.Text))
	case Boolean:
		return v.Text == "true" || v.Text == "false"
	case List:
		return !slices.ContainsFunc(v.Items, func(item *Value) bool { return !isPlain(item) })
	case Object:
		return !slices.ContainsFunc(v.Members, func(m Member) bool { return !isPlain(m.Value) })
	case Null, Text:
	}
	return true
}
