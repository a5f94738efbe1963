package validate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/dipylon/dipylon/internal/exchange"
)

// call is a request: a query string, headers as "Name: value|...", and a body.
type call struct{ query, headers, body string }

func (c call) exchange() *exchange.Exchange {
	x := &exchange.Exchange{}
	x.Request.Query = []byte(c.query)
	for field := range strings.SplitSeq(c.headers, "|") {
		if name, value, ok := strings.Cut(field, ": "); ok {
			x.Request.Header.Add([]byte(name), []byte(value))
		}
	}
	x.Request.Body.Bytes = []byte(c.body)
	return x
}

func parse(t testing.TB, text string) *Config {
	t.Helper()
	cfg, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return cfg
}

// answer runs the step: "ok", the details of a refusal as "where: error" with semicolons between them, or another fault.
func answer(t testing.TB, step exchange.Step, x *exchange.Exchange) string {
	t.Helper()
	if step.Run == nil {
		return "ok"
	}
	err := step.Run(t.Context(), x)
	var fault *exchange.Fault
	switch {
	case err == nil:
		return "ok"
	case !errors.As(err, &fault):
		return err.Error()
	case fault.Kind != exchange.KindInvalidRequest:
		return fault.Kind.String()
	}
	var found []problem
	if err := json.Unmarshal(fault.Details, &found); err != nil || len(found) == 0 || len(found) > maxProblems {
		t.Errorf("details %s: %v", fault.Details, err)
	}
	var parts []string
	for _, p := range found {
		parts = append(parts, p.Where+": "+p.Error)
	}
	return strings.Join(parts, "; ")
}

const order = `{"body":{"schema":{
	"type":"object","required":["items"],"additionalProperties":false,
	"properties":{"note":{"type":"string","maxLength":5},"email":{"format":"email"},
		"items":{"type":"array","minItems":1,"items":{"type":"object","required":["price"],"properties":{
			"price":{"type":"number","minimum":0},"size":{"enum":["S","M"]},"code":{"type":"string","pattern":"^[a-z]+$"}}}}}}}}`

func TestBody(t *testing.T) {
	const noJSON = "body: is no JSON"
	for _, c := range []struct {
		name, cfg string
		call      call
		want      string
	}{
		{"good", order, call{body: `{"items":[{"price":1.5,"size":"M","code":"abc"}],"note":"ünïcö"}`}, "ok"},
		{"spaces around", order, call{body: " {\"items\":[{\"price\":0}]}\r\n"}, "ok"},
		{"deep", order, call{body: `{"items":[{"price":"1"}]}`}, "body/items/0/price: is of type string, want number"},
		{"several", order, call{body: `{"items":[{"price":-1,"size":"L"},{"code":"A"}],"note":"123456","x":1,"email":"a"}`},
			`body: has what is not allowed: "x"; body/email: is not in the format email; body/items/0/price: is less than 0; ` +
				`body/items/0/size: is not one of "S", "M"; body/items/1: has no "price"; ` +
				`body/items/1/code: does not match the pattern ^[a-z]+$; body/note: is longer than 5 characters`},
		{"at most ten", order, call{body: `{"items":[` + strings.Repeat("0,", 99) + `0]}`},
			strings.TrimSuffix(func() (s string) {
				for _, i := range []int{0, 1, 10, 11, 12, 13, 14, 15, 16, 17} {
					s += fmt.Sprintf("body/items/%d: is of type number, want object; ", i)
				}
				return s
			}(), "; ")},
		{"missing", order, call{}, "body: is missing"},
		{"need not be there", `{"body":{"required":false,"schema":false}}`, call{}, "ok"},
		{"nothing is allowed", `{"body":{"schema":false}}`, call{body: "1"}, "body: is not allowed"},
		{"anything is allowed", `{"body":{"schema":true}}`, call{body: "null"}, "ok"},
		{"no JSON", order, call{body: `{"items":`}, noJSON},
		{"two values", order, call{body: `{"items":[{"price":1}]} {}`}, noJSON},
		{"something behind", order, call{body: `{"items":[{"price":1}]}]`}, noJSON},
		{"no UTF-8", order, call{body: "{\"note\":\"\xff\",\"items\":[{\"price\":1}]}"}, noJSON},
		{"byte order mark", order, call{body: "\ufeff{}"}, noJSON},
		// Back ends take the first or the last: what was validated need not be what they read.
		{"a name twice", order, call{body: `{"items":[{"price":-1,"price":1}]}`}, "body: has an object in which a name stands twice"},
		{"a name twice, escaped", order, call{body: `{"items":[{"price":1}],"no\u0074e":"","note":""}`}, "body: has an object in which a name stands twice"},
		{"quotes and braces in texts", `{"body":{"schema":true}}`, call{body: `{"a:\"{[":"\\","b":":","c":[true,false,null,-1.5e-3]}`}, "ok"},
		{"huge number", order, call{body: `{"items":[{"price":1e1000000000}]}`}, "body: has a number that is too long or too large"},
		{"long number", order, call{body: `[` + strings.Repeat("9", 65) + `]`}, "body: has a number that is too long or too large"},
		{"deeply nested", `{"body":{"schema":true}}`, call{body: strings.Repeat("[", 65) + strings.Repeat("]", 65)}, "body: is nested deeper than 64 levels"},
		{"as deep as may be", `{"body":{"schema":true}}`, call{body: strings.Repeat("[", 64) + strings.Repeat("]", 64)}, "ok"},
		{"many values", `{"body":{"schema":true}}`, call{body: "[" + strings.Repeat("0,", maxValues) + "0]"}, "body: has more than 100000 values"},
		{"pointers are escaped", `{"body":{"schema":{"properties":{"a/b~c":{"type":"null"}}}}}`, call{body: `{"a/b~c":1}`},
			"body/a~1b~0c: is of type number, want null"},
		{"content type", order, call{headers: "Content-Type: text/plain", body: "{}"}, "headers/Content-Type: text/plain is not allowed"},
		{"form", order, call{headers: "content-type: application/x-www-form-urlencoded", body: "a=b"},
			"headers/Content-Type: application/x-www-form-urlencoded is not allowed"},
		{"with parameters", order, call{headers: "content-type: Application/JSON; charset=utf-8", body: "{}"}, `body: has no "items"`},
		{"problem+json", order, call{headers: "Content-Type: application/vnd.a+json", body: "{}"}, `body: has no "items"`},
		{"two types", order, call{headers: "Content-Type: application/json|content-type: text/plain", body: "{}"}, "headers/Content-Type: stands more than once"},
		{"encoded", order, call{headers: "Content-Encoding: gzip", body: "{}"}, "headers/Content-Encoding: is not allowed: a body is checked as it is sent"},
		{"only types", `{"body":{"contentTypes":["text/*","image/png"]}}`, call{headers: "Content-Type: text/csv", body: "{"}, "ok"},
		{"only types, another", `{"body":{"contentTypes":["text/*","image/png"]}}`, call{headers: "Content-Type: image/gif", body: "{"},
			"headers/Content-Type: image/gif is not allowed"},
		{"no type is JSON's", `{"body":{"contentTypes":["text/*"]}}`, call{body: "{"}, "headers/Content-Type:  is not allowed"},
		{"types that are no JSON have no schema", `{"body":{"schema":false,"contentTypes":["*/*"]}}`, call{headers: "Content-Type: text/csv", body: "a"}, "ok"},
		{"too long", `{"body":{"maxBytes":5}}`, call{body: "123456"}, "request_too_large"},
		{"just right", `{"body":{"maxBytes":5}}`, call{body: "12345"}, "ok"},
		{"text for a page", `{"body":{"schema":{"properties":{"a":{"const":"<script>"}}}}}`, call{body: `{"a":"<b>"}`}, `body/a: is not "\u003cscript\u003e"`},
		{"long texts are cut", `{"body":{"schema":{"additionalProperties":false}}}`, call{body: `{"` + strings.Repeat("ü", 1000) + `":1}`},
			`body: has what is not allowed: "` + strings.Repeat("ü", 137) + "…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := answer(t, Step(parse(t, c.cfg)), c.call.exchange()); got != c.want {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestParameters(t *testing.T) {
	const cfg = `{
		"query":{"limit":{"type":"integer","minimum":1,"maximum":100,"required":true},"sort":{"enum":["asc","desc"]},
			"ratio":{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":1},"a b":{"type":"boolean"},"n":{"type":"number","enum":[1,2.5]},
			"q":{"minLength":2,"maxLength":3,"pattern":"^[a-zü]*$"}},
		"headers":{"X-Tenant":{"required":true,"pattern":"^[0-9]{3}$"},"X-Count":{"type":"integer"}}}`
	for query, want := range map[string]string{
		"limit=1":                        "ok",
		"limit=100&sort=desc&other=%zz":  "ok",
		"li%6Dit=%31&ratio=0.5&a+b=true": "ok",
		"limit=5&n=1&n=1.0&n=25e-1":      "ok",
		"limit=5&n=2":                    "query/n: is not one of 1, 2.5",
		"":                               "query/limit: is missing",
		"Limit=1":                        "query/limit: is missing",
		"limit":                          "query/limit: is no integer of 64 bits",
		"limit=0":                        "query/limit: is less than 1",
		"limit=101":                      "query/limit: is more than 100",
		"limit=1&limit=x":                "query/limit: is no integer of 64 bits",
		"limit=1.0":                      "query/limit: is no integer of 64 bits",
		"limit=01":                       "query/limit: is no integer of 64 bits",
		"limit=%2B1":                     "query/limit: is no integer of 64 bits",
		"limit=99999999999999999999":     "query/limit: is no integer of 64 bits",
		"limit=%1":                       "query/limit: is escaped wrongly",
		"limit=1&sort=up":                "query/sort: is not one of asc, desc",
		"limit=1&ratio=1&ratio=0":        "query/ratio: is not less than 1; query/ratio: is not more than 0",
		"limit=1&ratio=NaN&ratio=Inf":    "query/ratio: is no number; query/ratio: is no number",
		"limit=1&ratio=0x1p-2&ratio=1_0": "query/ratio: is no number; query/ratio: is no number",
		"limit=1&ratio=.5&ratio=5.":      "query/ratio: is no number; query/ratio: is no number",
		"limit=1&ratio=1e999&ratio=-":    "query/ratio: is no number; query/ratio: is no number",
		"limit=1&a%20b=1":                "query/a b: is neither true nor false",
		"limit=1&q=%C3%BC&q=abcd":        "query/q: is shorter than 2 characters; query/q: is longer than 3 characters",
		"limit=1&q=AB&q=%C3%BC%C3%BC":    "query/q: does not match the pattern ^[a-zü]*$",
		"&&limit=1&=&==&%=%&":            "ok",
		strings.Repeat("limit=0&", 1000): strings.TrimSuffix(strings.Repeat("query/limit: is less than 1; ", 10), "; "),
	} {
		if got := answer(t, Step(parse(t, cfg)), call{query: query, headers: "x-tenant: 123"}.exchange()); got != want {
			t.Errorf("%.60s: got %s, want %s", query, got, want)
		}
	}
	for headers, want := range map[string]string{
		"X-Tenant: 123|x-count: 7":   "ok",
		"X-Count: 7":                 "headers/X-Tenant: is missing",
		"X-Tenant: 123|X-TENANT: 12": "headers/X-Tenant: does not match the pattern ^[0-9]{3}$",
		"X-Tenant: 123|X-Count: ":    "headers/X-Count: is no integer of 64 bits",
	} {
		if got := answer(t, Step(parse(t, cfg)), call{query: "limit=1", headers: headers}.exchange()); got != want {
			t.Errorf("%s: got %s, want %s", headers, got, want)
		}
	}
}

// All that is wrong is told at once.
func TestEverythingAtOnce(t *testing.T) {
	cfg := parse(t, `{"query":{"a":{"required":true}},"headers":{"B":{"required":true}},"body":{"schema":{"type":"object"}}}`)
	step := Step(cfg)
	if step.Name != Name || step.Detail != "body by schema, 1 of the query, 1 headers" {
		t.Errorf("%s: %s", step.Name, step.Detail)
	}
	want := "query/a: is missing; headers/B: is missing; body: is of type array, want object"
	if got := answer(t, step, call{body: "[]"}.exchange()); got != want {
		t.Errorf("got %s", got)
	}
}

func TestNothingToDo(t *testing.T) {
	if Step(nil).Run != nil || Step(parse(t, `{}`)).Run != nil || Step(parse(t, `{"query":{}}`)).Run != nil {
		t.Error("there is a step that does nothing")
	}
}

// What was read to be checked is there for the back end; what need not be read is not.
func TestStreams(t *testing.T) {
	failure := errors.New("failure")
	long := `{"items":[{"price":1}],"note":"` + strings.Repeat(" ", 3) + `"}`
	for _, c := range []struct {
		name, cfg string
		body      io.Reader
		size      int64
		want      string
		rest      string
	}{
		{"is made whole", order, strings.NewReader(long), int64(len(long)), "ok", long},
		{"of unknown length", order, iotest.OneByteReader(strings.NewReader(long)), -1, "ok", long},
		{"is not what is asked for", order, strings.NewReader("[]"), -1, "body: is of type array, want object", ""},
		{"empty", order, strings.NewReader(""), -1, "body: is missing", ""},
		{"announced too long", `{"body":{"maxBytes":3}}`, iotest.ErrReader(failure), 4, "request_too_large", ""},
		{"too long", `{"body":{"maxBytes":3}}`, strings.NewReader("1234"), -1, "request_too_large", ""},
		{"as long as may be", `{"body":{"maxBytes":3}}`, strings.NewReader("123"), -1, "ok", "123"},
		{"no schema, no reading", `{"body":{}}`, io.MultiReader(strings.NewReader("1"), iotest.ErrReader(failure)), -1, "ok", "1"},
		{"over the quota", order, iotest.ErrReader(exchange.ErrBodyTooLarge), -1, "request_too_large", ""},
		{"broken", order, iotest.ErrReader(exchange.ErrBodyMalformed), -1, "bad_request", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := call{}.exchange()
			x.Request.Body = exchange.Body{Stream: io.NopCloser(c.body), Size: c.size}
			if got := answer(t, Step(parse(t, c.cfg)), x); got != c.want {
				t.Fatalf("got %s", got)
			}
			if c.want != "ok" {
				return
			}
			rest := x.Request.Body.Bytes
			if x.Request.Body.Stream != nil {
				rest, _ = io.ReadAll(x.Request.Body.Stream)
			}
			if string(rest) != c.rest {
				t.Errorf("the back end gets %q", rest)
			}
		})
	}
}

func TestClientGone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	x := call{}.exchange()
	x.Request.Body = exchange.Body{Stream: io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF)), Size: -1}
	var fault *exchange.Fault
	if err := Step(parse(t, order)).Run(ctx, x); !errors.As(err, &fault) || fault.Kind != exchange.KindClientGone {
		t.Errorf("got %v", err)
	}
}
