package draft4

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// answer is what a set's model Main says of a body, as the library's callers see it.
func answer(models []Model, body string) (string, error) {
	s, err := NewSet(models).Schema("Main")
	if err != nil {
		return "unchecked", err
	}
	found, err := s.Validate([]byte(body))
	switch {
	case errors.Is(err, ErrNoJSON):
		return "no JSON", err
	case err != nil:
		return "unchecked", err
	case len(found) > 0:
		return "[" + strings.Join(found, ", ") + "]", nil
	}
	return "ok", nil
}

func main(schema string) []Model { return []Model{{"Main", schema}} }

// TestLibrary: testdata/library.jsonl holds schemas and bodies, many of them random, and what the Java library says of them
// (version 2.2.14, with Jackson 2.14). What differs is in TestApart.
func TestLibrary(t *testing.T) {
	f, err := os.Open("testdata/library.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	n := 0
	for ; lines.Scan(); n++ {
		var c struct {
			Schema     json.RawMessage
			Models     map[string]json.RawMessage
			Body, Want string
		}
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		models := main(string(c.Schema))
		for name, schema := range c.Models {
			models = append(models, Model{name, string(schema)})
		}
		if got, err := answer(models, c.Body); got != c.Want {
			t.Errorf("%s\nbody %s\n got %s (%v)\nwant %s", c.Schema, c.Body, got, err, c.Want)
		}
	}
	if n < 500 {
		t.Errorf("%d cases", n)
	}
}

// TestApart: where this is not the library, in what no schema that AWS takes should need, or because it is bounded.
func TestApart(t *testing.T) {
	const doubling = `{"properties":{"a":{"allOf":[{"$ref":"#"},{"$ref":"#"}]}}}`
	for name, tt := range map[string]struct{ schema, body, want, err string }{
		"lookahead in the middle":  {`{"pattern":"a(?=b)"}`, `"ab"`, "unchecked", "no pattern of RE2"},
		"back reference":           {`{"pattern":"(a)\\1"}`, `"aa"`, "unchecked", "no pattern of RE2"},
		"in a name":                {`{"patternProperties":{"(a)\\1":{}}}`, `{"aa":1}`, "unchecked", "no pattern of RE2"},
		"under not":                {`{"not":{"pattern":"(a)\\1"}}`, `"aa"`, "unchecked", "no pattern of RE2"},
		"not looked at":            {`{"pattern":"(a)\\1"}`, `1`, "ok", ""},
		"many repetitions":         {`{"pattern":"^a{1001}$"}`, `"a"`, "unchecked", "invalid repeat count"},
		"too complex":              {`{"pattern":"^(?:[a-z]{1000}){5}$"}`, `"a"`, "unchecked", ""},
		"a loop":                   {`{"allOf":[{"$ref":"#"}]}`, `1`, "unchecked", "without an end"},
		"a loop of references":     {`{"$ref":"#"}`, `1`, "unchecked", "without an end"},
		"wrong before it loops":    {`{"allOf":[{"$ref":"#","type":"null"}],"type":"string"}`, `1`, "unchecked", "without an end"},
		"visits double":            {doubling, strings.Repeat(`{"a":`, 60) + "1" + strings.Repeat("}", 60), "unchecked", "too long"},
		"comments in addresses":    {`{"format":"email"}`, `"a@b.c (x)"`, `[string "a@b.c (x)" is not a valid email address]`, ""},
		"dependencies by name":     {`{"dependencies":{"Z":["c"],"a":["d"]}}`, `{"Z":1,"a":1}`, `[property "Z" of object has missing property dependencies (schema requires ["c"]; missing: ["c"]), property "a" of object has missing property dependencies (schema requires ["d"]; missing: ["d"])]`, ""},
		"no such model":            {`{"$ref":"https://apigateway.amazonaws.com/restapis/a/models/No"}`, `1`, "unchecked", "no model No"},
		"elsewhere":                {`{"$ref":"http://example.com/schema"}`, `1`, "unchecked", "names no model"},
		"no pointer":               {`{"$ref":"#foo"}`, `1`, "unchecked", "no pointer"},
		"no schema there":          {`{"$ref":"#/x","x":1}`, `1`, "unchecked", "no schema"},
		"not looked at, elsewhere": {`{"properties":{"a":{"$ref":"http://example.com/schema"}}}`, `{}`, "ok", ""},
		"deep":                     {`{}`, strings.Repeat("[", 401) + strings.Repeat("]", 401), "ok", ""},
		"too deep":                 {`{}`, strings.Repeat("[", 402) + strings.Repeat("]", 402), "no JSON", ""},
		"many values":              {`{}`, "[" + strings.Repeat("0,", maxValues) + "0]", "no JSON", ""},
		"long number":              {`{}`, strings.Repeat("9", 1001), "no JSON", ""},
		"huge number":              {`{"maximum":5}`, `1e5001`, "no JSON", ""},
		"large numbers":            {`{"multipleOf":1e-300}`, `1e5000`, "ok", ""},
		"long texts are cut":       {`{"maxLength":5}`, `"` + strings.Repeat("ü", 5000) + `"`, `[string "` + strings.Repeat("ü", 2048) + `…" is too long (length: 5000, maximum allowed: 5)]`, ""},
		"no schema":                {`[]`, `1`, "unchecked", "is no schema"},
		"bytes that are no text":   {`{"enum":["\ufffd"]}`, "\"\xff\"", "ok", ""},
	} {
		if got, err := answer(main(tt.schema), tt.body); got != tt.want || tt.err != "" && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: got %.400s (%v), want %s", name, got, err, tt.want)
		}
	}
}

// TestReferences: models name one another, also in circles (recorded: aws-behaviour.md, fact 30).
func TestReferences(t *testing.T) {
	const url = "https://apigateway.amazonaws.com/restapis/a1b2c3/models/"
	models := []Model{
		{"Main", `{"type":"object","required":["name"],"properties":{"name":{"$ref":"` + url + `Names#/definitions/first"},"next":{"$ref":"` + url + `Other"},"x":{"$ref":"#/x-parts/a~1b%20c"}},"x-parts":{"a/b c":{"items":{"$ref":"#/definitions/n"}}},"definitions":{"n":{"type":"integer"}}}`},
		{"Other", `{"oneOf":[{"type":"null"},{"$ref":"` + url + `Main"}]}`},
		{"Names", `{"definitions":{"first":{"type":"string"}}}`},
	}
	for body, want := range map[string]string{
		`{"name":"a","next":{"name":"b","next":null}}`:         "ok",
		`{"name":"a","next":{"name":"b","next":{"name":"c"}}}`: "ok",
		`{"name":"a","next":{"name":"b","next":{}}}`:           "[instance failed to match exactly one schema (matched 0 out of 2)]",
		`{"name":1}`:               `[instance type (integer) does not match any allowed primitive type (allowed: ["string"])]`,
		`{"name":"a","x":[1,"b"]}`: `[instance type (string) does not match any allowed primitive type (allowed: ["integer"])]`,
	} {
		if got, err := answer(models, body); got != want {
			t.Errorf("%s: got %s (%v), want %s", body, got, err, want)
		}
	}
}

// TestCheck: aws-cdk issues 18715 and 27433 have the schemas that AWS refuses for their enum and required.
func TestCheck(t *testing.T) {
	for schema, want := range map[string]string{
		`{}`: "", `{"$schema":"x","title":"t","description":"d","id":"i","default":1,"definitions":{"a":{}}}`: "",
		`{"pattern":"(a)\\1"}`: "", `{"example":1,"items":{"xml":1,"example":2}}`: "[example xml]",
		`[]`: "!", `{`: "!", `{"type":"file"}`: "!", `{"type":[]}`: "!", `{"type":["string","string"]}`: "!", `{"type":1}`: "!",
		`{"required":[]}`: "!", `{"required":true}`: "!", `{"required":["a","a"]}`: "!", `{"required":[1]}`: "!",
		`{"enum":["A","A"]}`: "!", `{"enum":[1,1.0]}`: "!", `{"enum":"A"}`: "!", `{"enum":[]}`: "",
		`{"minLength":-1}`: "!", `{"minLength":1.0}`: "!", `{"maxItems":3000000000}`: "!", `{"minimum":"1"}`: "!",
		`{"exclusiveMinimum":1}`: "!", `{"exclusiveMinimum":true}`: "!", `{"exclusiveMaximum":true,"maximum":1}`: "", `{"exclusiveMaximum":1,"maximum":1}`: "!",
		`{"multipleOf":0}`: "!", `{"pattern":"("}`: "!", `{"pattern":1}`: "!", `{"patternProperties":{"[":{}}}`: "!", `{"pattern":"(?<=a)b"}`: "!",
		`{"properties":[]}`: "!", `{"properties":{"a":1}}`: "!", `{"items":1}`: "!", `{"items":[]}`: "!", `{"items":[1]}`: "!",
		`{"allOf":[]}`: "!", `{"anyOf":{}}`: "!", `{"not":[]}`: "!", `{"dependencies":{"a":[]}}`: "!", `{"dependencies":{"a":"b"}}`: "!", `{"dependencies":1}`: "!",
		`{"additionalProperties":1}`: "!", `{"additionalItems":1}`: "!", `{"uniqueItems":1}`: "!", `{"format":1}`: "!", `{"$ref":1}`: "!", `{"definitions":1}`: "!",
		strings.Repeat(`{"not":`, 101) + "{}" + strings.Repeat("}", 101): "!",
	} {
		unknown, err := Check(schema)
		got := strings.Join(unknown, " ")
		if got != "" {
			got = "[" + got + "]"
		}
		if err != nil {
			got = "!"
		}
		if got != want {
			t.Errorf("%s: got %s (%v), want %s", schema, got, err, want)
		}
	}
}

// FuzzValidate: nothing panics, a body that was found wrong is said to be so, and costs are bounded.
func FuzzValidate(f *testing.F) {
	f.Add(`{"type":"object","required":["a"],"properties":{"a":{"pattern":"^(?=x)\\s[^]"},"b":{"$ref":"#"}}}`, `{"a":" x","b":{}}`)
	f.Add(`{"enum":[1.0,{"a":[1e2]}],"oneOf":[{"uniqueItems":true},{"$ref":"https://apigateway.amazonaws.com/restapis/a/models/Main"}]}`, `[1,1.00]`)
	f.Add(`{"format":"uri","multipleOf":0.1,"dependencies":{"a":["b"]}}`, `"http://[::1]:80/a?b#c"`)
	f.Add(`{"additionalProperties":false,"patternProperties":{"^a":{"items":[{},{}],"additionalItems":false}}}`, `{"\ud800\udc00":1,"a":[1,2,3]}`)
	for _, format := range []string{"date-time", "email", "hostname", "ipv6", "base64", "uuid", "json-pointer", "regex", "mac", "md5"} {
		f.Add(`{"format":"`+format+`"}`, `"2020-01-01T00:00:00.5+01:00 <a@b.c> =="`)
	}
	f.Fuzz(func(t *testing.T, schema, body string) {
		_, _ = Check(schema)
		s, err := NewSet(main(schema)).Schema("Main")
		if err != nil {
			return
		}
		found, err := s.Validate([]byte(body))
		if len(found) > 0 && err != nil || len(found) > maxMessages {
			t.Errorf("%d messages, %v", len(found), err)
		}
		valid := json.Valid([]byte(body))
		if err == nil && !valid {
			t.Errorf("%q was read", body)
		}
		if valid && errors.Is(err, ErrNoJSON) && len(body) < maxDepth {
			t.Errorf("%q was not read", body)
		}
	})
}

// BenchmarkValidate is of a body of 1 KB.
func BenchmarkValidate(b *testing.B) {
	const schema = `{"type":"object","required":["id","items"],"properties":{"id":{"type":"string","maxLength":40},"note":{"type":"string"},
		"items":{"type":"array","minItems":1,"items":{"type":"object","required":["sku","price","count"],"properties":{
			"sku":{"type":"string","pattern":"^[A-Z]{3}-[0-9]+$"},"price":{"type":"number","minimum":0},"count":{"type":"integer","minimum":1},
			"size":{"enum":["S","M","L"]}}}}}}`
	s, err := NewSet(main(schema)).Schema("Main")
	if err != nil {
		b.Fatal(err)
	}
	body := []byte(`{"id":"a1b2c3","note":"` + strings.Repeat("text ", 40) + `","items":[` +
		strings.TrimSuffix(strings.Repeat(`{"sku":"ABC-12345","price":12.50,"count":3,"size":"M"},`, 14), ",") + `]}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if found, err := s.Validate(body); err != nil || len(found) > 0 {
			b.Fatal(found, err)
		}
	}
}

// TestHostile: what a body of AWS's 10 MB can cost. The bound is far above what it takes, for slow machines.
func TestHostile(t *testing.T) {
	const size, longest = 10 << 20, 20 * time.Second
	fill := func(begin, part, end string) string {
		return begin + strings.TrimSuffix(strings.Repeat(part, min(size/len(part), maxValues-2)), ",") + end
	}
	const doubling = `{"additionalProperties":{"allOf":[{"$ref":"#"},{"$ref":"#"}]},"items":{"allOf":[{"$ref":"#"},{"$ref":"#"}]},"minLength":1,"pattern":"^.*x$","format":"email"}`
	for name, tt := range map[string]struct{ schema, body string }{
		"long text under doubling":  {doubling, strings.Repeat(`{"a":`, 30) + `"` + strings.Repeat("a", size) + `"` + strings.Repeat("}", 30)},
		"many texts":                {doubling, fill("[", `"aaaaaaaa",`, "]")},
		"long numbers":              {`{"uniqueItems":true,"items":{"minimum":0.5,"multipleOf":0.1}}`, fill("[", strings.Repeat("9", maxNumber)+",", "]")},
		"numbers with zeros":        {`{"uniqueItems":true,"items":{"maximum":1e300}}`, fill("[", "1"+strings.Repeat("0", maxNumber-1)+",", "]")},
		"large exponents":           {`{"uniqueItems":true,"items":{"multipleOf":0.001,"maximum":1e5000}}`, fill("[", "1e5000,", "]")},
		"many members":              {`{"additionalProperties":false,"patternProperties":{"^(a|b)*c$":{}},"required":["x","y"]}`, fill("{", `"`+strings.Repeat("ab", 20)+`":1,`, "}")},
		"unique objects":            {`{"uniqueItems":true}`, fill("[", `{"a":[1,2,3],"b":{"c":null}},`, "]")},
		"wrong in every item":       {`{"items":{"type":"string","enum":["` + strings.Repeat("a", 1000) + `"]}}`, fill("[", "1,", "]")},
		"names of a host":           {`{"format":"hostname"}`, `"` + strings.Repeat(".", size) + `"`},
		"parts of a UUID":           {`{"format":"uuid"}`, `"` + strings.Repeat("-", size) + `"`},
		"a pattern over a long one": {`{"pattern":"^(?=.*[a-z])(?:[a-z]*[a-z]*[a-z]*)*$"}`, `"` + strings.Repeat("a", size) + `1"`},
		"deeply nested":             {doubling, strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth)},
	} {
		began := time.Now()
		got, err := answer(main(tt.schema), tt.body)
		if d := time.Since(began); d > longest || len(got) > size {
			t.Errorf("%s: %v, %d bytes, %v", name, d, len(got), err)
		} else {
			t.Logf("%s: %v, %.60s, %v", name, d, got, err)
		}
	}
}
