package validate

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Each schema with bodies and what is said of them.
var schemaCases = []struct {
	name, schema string
	bodies       map[string]string
}{
	{"draft 4", `{"$schema":"http://json-schema.org/draft-04/schema#","minimum":1,"exclusiveMinimum":true}`,
		map[string]string{"1": "body: is not more than 1", "2": "ok"}},
	{"draft 6", `{"$schema":"http://json-schema.org/draft-06/schema#","exclusiveMinimum":1,"contains":{"const":1}}`,
		map[string]string{"1": "body: is not more than 1", "[2]": "body: has too few of the items that it must contain"}},
	{"draft 7", `{"$schema":"http://json-schema.org/draft-07/schema#","if":{"required":["a"]},"then":{"required":["b"]},"items":[{"type":"null"}],"additionalItems":false}`,
		map[string]string{`{"a":1}`: `body: has no "b"`, "[null,1]": "body: has 1 items too many"}},
	{"draft 2019-09", `{"$schema":"https://json-schema.org/draft/2019-09/schema","dependentRequired":{"a":["b","c"]},"format":"ipv4"}`,
		map[string]string{`{"a":1}`: `body: has "a", but no "b", "c"`, `"1.2.3"`: "body: is not in the format ipv4"}},
	{"draft 2020-12 is the default", `{"prefixItems":[{"type":"integer"}],"items":false,"unevaluatedProperties":false,"properties":{"a":true}}`,
		map[string]string{"[1,2]": "body/1: is not allowed", `["1"]`: "body/0: is of type string, want integer", `{"a":1,"b":2}`: "body/b: is not allowed", "[1.0]": "ok"}},
	{"references", `{"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":{"next":{"$ref":"#/$defs/node"}}}}}`,
		map[string]string{`{"next":{"next":{}}}`: "ok", `{"next":{"next":1}}`: "body/next/next: is of type number, want object"}},
	{"an id of its own", `{"$id":"https://example.com/a","$ref":"b","$defs":{"b":{"$id":"b","type":"string"}}}`,
		map[string]string{`""`: "ok", "1": "body: is of type number, want string"}},
	{"nullable", `{"anyOf":[{"type":"null"},{"type":"object","required":["a"]}]}`,
		map[string]string{"null": "ok", "{}": `body: has no "a"`, "1": "body: matches none of the alternatives"}},
	{"told apart by a constant", `{"oneOf":[{"properties":{"kind":{"const":"a"},"n":{"type":"integer"}}},{"properties":{"kind":{"const":"b"},"n":{"type":"string"}}}]}`,
		map[string]string{`{"kind":"a","n":1}`: "ok", `{"kind":"b","n":1}`: "body/n: is of type number, want string",
			`{"kind":"c"}`: "body: matches none of the alternatives", "1": "body: matches more than one of the alternatives"}},
	{"all of", `{"allOf":[{"required":["a"]},{"required":["b"]}],"not":{"required":["c"]}}`,
		map[string]string{"{}": `body: has no "a"; body: has no "b"`, `{"a":1,"b":1,"c":1}`: "body: matches what it must not"}},
	{"objects", `{"minProperties":1,"maxProperties":2,"propertyNames":{"maxLength":2},"patternProperties":{"^n":{"multipleOf":0.1}}}`,
		map[string]string{"{}": "body: has fewer than 1 properties", `{"a":1,"b":1,"c":1}`: "body: has more than 2 properties",
			`{"abc":1}`: `body: has a name that is not allowed: "abc"`, `{"n":0.3}`: "ok", `{"n":0.35}`: "body/n: is no multiple of 0.1"}},
	{"arrays", `{"minItems":2,"maxItems":3,"uniqueItems":true,"contains":{"type":"string"},"maxContains":1}`,
		map[string]string{`["a"]`: "body: has fewer than 2 items", `["a",1,2,3]`: "body: has more than 3 items", `["a",1,1.0]`: "body: has equal items at 1 and 2",
			`["a","b"]`: "body: has more than 1 of the items that it may contain"}},
	{"numbers", `{"minimum":-2.5,"maximum":10,"exclusiveMaximum":10}`,
		map[string]string{"-3": "body: is less than -2.5", "11": "body: is more than 10; body: is not less than 10", "10": "body: is not less than 10"}},
	{"strings", `{"minLength":2,"maxLength":2,"enum":["ab",{"a":1}],"type":["string","object"]}`,
		map[string]string{`"ab"`: "ok", `{"a":1.0}`: "ok", `"a"`: `body: is not one of "ab", {"a":1}`, "1": "body: is of type number, want string or object"}},
	{"short and long", `{"minLength":2,"maxLength":3}`, map[string]string{`"ü"`: "body: is shorter than 2 characters", `"üüüü"`: "body: is longer than 3 characters"}},
	{"false", `{"properties":{"a":false}}`, map[string]string{`{"a":1}`: "body/a: is not allowed"}},
	{"a long text for a pattern", `{"not":{"pattern":"(a|b|c|d){1,500}$"}}`,
		map[string]string{`"` + strings.Repeat("x", 100_000) + `"`: "body: a text is too long for the schema's pattern", `"x"`: "ok"}},
}

func TestSchemas(t *testing.T) {
	for _, c := range schemaCases {
		step := Step(parse(t, `{"body":{"schema":`+c.schema+`}}`))
		for body, want := range c.bodies {
			if got := answer(t, step, call{body: body}.exchange()); got != want {
				t.Errorf("%s, %.80s: got %s, want %s", c.name, body, got, want)
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	schema := func(s string) string { return `{"body":{"schema":` + s + `}}` }
	deep := strings.Repeat(`{"not":`, 70) + "{}" + strings.Repeat("}", 70)
	for text, want := range map[string]string{
		``:                                    "is no JSON",
		`[]`:                                  "want a JSON object",
		`{"Body":{}}`:                         "Body is not known: want one of body, headers, query",
		`{"body":{"schemas":{}}}`:             "body: schemas is not known: want one of contentTypes, maxBytes, required, schema",
		`{"body":{"maxBytes":-1}}`:            "body: maxBytes: want 1 to 10485760, or 0 for the default",
		`{"body":{"maxBytes":10485761}}`:      "body: maxBytes: want 1 to 10485760, or 0 for the default",
		`{"body":{"contentTypes":["json"]}}`:  `body: contentTypes: "json" is none: want such as application/json, text/* or application/*+json`,
		`{"body":{"contentTypes":["a/b;c"]}}`: `body: contentTypes: "a/b;c" is none: want such as application/json, text/* or application/*+json`,
		`{"body":{"contentTypes":[` + strings.Repeat(`"a/b",`, 32) + `"a/b"]}}`: "body: contentTypes: more than 32",
		`{"query":{"a":{"type":"array"}}}`:                                      "query: a: type: want string, integer, number or boolean",
		`{"query":{"a":{"Required":true}}}`:                                     "query: a: Required is not known: want one of enum, exclusiveMaximum, exclusiveMinimum, maxLength, maximum, minLength, minimum, pattern, required, type",
		`{"query":{"a":{"minimum":1}}}`:                                         "query: a: a string has neither minimum nor maximum",
		`{"query":{"a":{"type":"integer","pattern":"a"}}}`:                      "query: a: a integer has neither pattern nor length",
		`{"query":{"a":{"type":"number","minimum":2,"exclusiveMaximum":1}}}`:    "query: a: the minimum is above the maximum",
		`{"query":{"a":{"minLength":2,"maxLength":1}}}`:                         "query: a: the minimum is above the maximum",
		`{"query":{"a":{"pattern":"(?=a)"}}}`:                                   "query: a: pattern: \"(?=a)\" is no pattern of RE2: error parsing regexp: invalid or unsupported Perl syntax: `(?=`",
		`{"query":{"a":{"enum":[1]}}}`:                                          "query: a: enum: 1 is no string",
		`{"query":{"a":{"type":"integer","enum":["1"]}}}`:                       `query: a: enum: "1" is no integer of 64 bits`,
		`{"query":{"":{}}}`:                                                     "query: : has no name",
		`{"headers":{"A":{},"a":{}}}`:                                           "headers: a: stands twice",
		`{"headers":{"A":7}}`:                                                   "headers: A: want a JSON object",
		schema(`7`):                                                             "body: schema: is of type number, want boolean or object",
		schema(`{"type":"strin"}`):                                              "body: schema: type matches none of the alternatives",
		schema(`{"properties":{"a":{"minLength":-1}}}`):                         "body: schema: properties/a/minLength is less than 0",
		schema(`{"exclusiveMinimum":true}`):                                     "body: schema: exclusiveMinimum is of type boolean, want number",
		schema(`{"$ref":"#/$defs/a"}`):                                          `body: schema: json-pointer in "#/$defs/a" not found`,
		schema(`{"$ref":"https://example.com/a.json"}`):                         "body: schema: https://example.com/a.json is not in the schema: references to other documents are not followed",
		schema(`{"$ref":"file:///etc/passwd"}`):                                 "body: schema: file:///etc/passwd is not in the schema: references to other documents are not followed",
		schema(`{"$schema":"https://example.com/meta"}`):                        "body: schema: https://example.com/meta is not in the schema: references to other documents are not followed",
		schema(`{"$ref":"#"}`):                                                  "body: schema: # refers to itself without an end",
		schema(`{"allOf":[{"anyOf":[{"$ref":"#"}]}]}`):                          "body: schema: # refers to itself without an end",
		schema(`{"$dynamicRef":"#a","$defs":{"a":{"$dynamicAnchor":"a"}}}`):     "body: schema: $dynamicRef and $recursiveRef are not built: use $ref",
		schema(`{"format":"regex"}`):                                            "body: schema: the format regex is not built",
		schema(`{"minimum":1e1000000}`):                                         "has a number that is too long or too large",
		schema(deep):                                                            "is nested deeper than 64 levels",
		schema(`[` + strings.Repeat("0,", 5000) + `0]`):                         "has more than 5000 values",
		`{"` + strings.Repeat("a", maxConfigBytes):                              "has more than 131072 bytes",
	} {
		if _, err := Parse([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%.80s:\ngot  %v\nwant %s", text, err, want)
		}
	}
	for name, text := range map[string]string{
		"lookahead in a schema":  schema(`{"pattern":"^(?!a)"}`),
		"a pattern that is long": schema(`{"pattern":"` + strings.Repeat("[a-z]{0,900}", 8) + `"}`),
	} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// multiplying is a schema whose checks double with every level of a body.
const multiplying = `{"properties":{"a":{"allOf":[{"$ref":"#"},{"$ref":"#"}]}}}`

func TestCostsAreBounded(t *testing.T) {
	nested := func(levels int) string { return strings.Repeat(`{"a":`, levels) + "1" + strings.Repeat("}", levels) }
	step := Step(parse(t, `{"body":{"schema":`+multiplying+`}}`))
	began := time.Now()
	for levels, want := range map[int]string{
		10: "ok", 60: "body: is too large and too deeply nested for its schema",
	} {
		if got := answer(t, step, call{body: nested(levels)}.exchange()); got != want {
			t.Errorf("%d levels: %s", levels, got)
		}
	}
	if d := time.Since(began); d > 5*time.Second {
		t.Errorf("it took %v", d)
	}
	var chain strings.Builder
	for i := range 30 {
		fmt.Fprintf(&chain, `"%d":{"allOf":[{"$ref":"#/$defs/%d"},{"$ref":"#/$defs/%d"}]},`, i, i+1, i+1)
	}
	wide := `{"body":{"schema":{"$ref":"#/$defs/0","$defs":{` + chain.String() + `"30":{"type":"null"}}}}}`
	if _, err := Parse([]byte(wide)); err == nil || err.Error() != "body: schema: is too complex: its alternatives multiply" {
		t.Errorf("a schema of 2^30 checks: %v", err)
	}
}

// The bound holds for what recurs in a usual way, and lets it through.
func TestRecursionIsCheap(t *testing.T) {
	step := Step(parse(t, `{"body":{"schema":{"properties":{"left":{"$ref":"#"},"right":{"$ref":"#"},"all":{"type":"array","items":{"$ref":"#"}}}}}}`))
	body := `{"left":{},"right":{}}`
	for range 10 {
		body = `{"left":` + body + `,"right":` + body + `}`
	}
	if got := answer(t, step, call{body: body}.exchange()); got != "ok" {
		t.Error(got)
	}
}
