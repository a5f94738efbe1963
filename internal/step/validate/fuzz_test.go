package validate

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// Whatever a configuration says, it is read or refused, soon, and what is read can be run.
func FuzzParse(f *testing.F) {
	f.Add(order)
	f.Add(`{"query":{"a":{"type":"number","enum":[1e3],"exclusiveMinimum":0}},"headers":{"B":{"pattern":"^a","minLength":1}}}`)
	f.Add(`{"body":{"required":false,"maxBytes":9,"contentTypes":["*/*","a/*+b"]}}`)
	for _, c := range schemaCases {
		f.Add(`{"body":{"schema":` + c.schema + `}}`)
	}
	f.Fuzz(func(t *testing.T, text string) {
		began := time.Now()
		cfg, err := Parse([]byte(text))
		if err == nil {
			answer(t, Step(cfg), call{query: "a=1", headers: "B: ab", body: `{"items":[{"price":[null,1.5,"a"]}],"a":{"a":{}}}`}.exchange())
		}
		if d := time.Since(began); d > 5*time.Second {
			t.Fatalf("it took %v", d)
		}
	})
}

// Whatever a client sends, it is let through or refused with details that are JSON; and only JSON is let through.
func FuzzStep(f *testing.F) {
	steps := []exchange.Step{Step(parse(f, order))}
	for _, c := range schemaCases {
		steps = append(steps, Step(parse(f, `{"query":{"a":{"type":"number"}},"body":{"schema":`+c.schema+`}}`)))
		for body := range c.bodies {
			f.Add(len(steps)-1, "a=1&b=%2B", body)
		}
	}
	f.Add(0, "", `{"items":[{"price":1.5,"size":"M","code":"abc"}],"note":"\u00fc"}`)
	f.Fuzz(func(t *testing.T, which int, query, body string) {
		step := steps[uint(which)%uint(len(steps))]
		got := answer(t, step, call{query: query, body: body}.exchange())
		var v any
		if got == "ok" && json.Unmarshal([]byte(body), &v) != nil {
			t.Fatalf("%q is let through", body)
		}
		if again := answer(t, step, call{query: query, body: body}.exchange()); again != got {
			t.Fatalf("%q: %s, and then %s", body, got, again)
		}
	})
}

// decode agrees with encoding/json on what is JSON and on what it holds.
func FuzzDecode(f *testing.F) {
	f.Add(`{"a":[1,-2.5e3,"\"\\",true,false,null,{}],"a:b":{"[":"]"}}`)
	f.Add(`{"a":1,"a":2}`)
	f.Fuzz(func(t *testing.T, text string) {
		got, s, problem := decode([]byte(text))
		if problem != "" {
			return
		}
		var want any
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&want); err != nil || !json.Valid([]byte(text)) || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: %v, encoding/json has %v, %v", text, got, want, err)
		}
		if values, height := size(want); values != s.values || height != s.height {
			t.Fatalf("%q: %+v, want %d values, height %d", text, s, values, height)
		}
	})
}

func size(v any) (values, height int) {
	add := func(v any) {
		n, h := size(v)
		values, height = values+n, max(height, h)
	}
	switch v := v.(type) {
	case map[string]any:
		for _, value := range v {
			add(value)
		}
		height++
	case []any:
		for _, value := range v {
			add(value)
		}
		height++
	}
	return values + 1, height
}

// A step serves many calls at a time, while others are compiled.
func TestConcurrently(t *testing.T) {
	step := Step(parse(t, order))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			parse(t, order)
			for range 200 {
				if got := answer(t, step, call{body: `{"items":[{"price":1.5,"code":"abc"}]}`}.exchange()); got != "ok" {
					t.Error(got)
				}
				if got := answer(t, step, call{body: `{"items":[{"price":-1}]}`}.exchange()); got != "body/items/0/price: is less than 0" {
					t.Error(got)
				}
			}
		})
	}
	wg.Wait()
}

func TestParametersCostNoAllocation(t *testing.T) {
	step := Step(parse(t, `{"query":{"a":{"type":"integer","minimum":1},"b":{"pattern":"^x","required":true},"c":{"type":"number"}},"headers":{"H":{"enum":["1"]}},"body":{"required":false,"contentTypes":["a/b"]}}`))
	x := call{query: "a=12&b=xyz&c=1.25&d=%20", headers: "H: 1"}.exchange()
	n := testing.AllocsPerRun(100, func() {
		if err := step.Run(t.Context(), x); err != nil {
			t.Error(err)
		}
		x.Response.Status = 0
	})
	if n > 0 {
		t.Errorf("%v allocations for a call", n)
	}
}

func benchmark(b *testing.B, cfg string, c call, want bool) {
	step, x := Step(parse(b, cfg)), c.exchange()
	b.SetBytes(int64(len(c.body)))
	b.ReportAllocs()
	for b.Loop() {
		if err := step.Run(b.Context(), x); (err == nil) != want {
			b.Fatal(err)
		}
	}
}

func BenchmarkStep(b *testing.B) {
	const item = `{"price":12.5,"size":"M","code":"abcdef"}`
	many := `{"items":[` + strings.Repeat(item+",", 250) + item + `]}`
	b.Run("parameters", func(b *testing.B) {
		benchmark(b, `{"query":{"limit":{"type":"integer","minimum":1},"sort":{"enum":["asc"]}},"headers":{"X-Tenant":{"pattern":"^[0-9]+$"}}}`,
			call{query: "sort=asc&limit=20&x=y", headers: "Host: a|X-Tenant: 123"}, true)
	})
	b.Run("100B", func(b *testing.B) { benchmark(b, order, call{body: `{"items":[` + item + `],"note":"abc"}`}, true) })
	b.Run("10KB", func(b *testing.B) { benchmark(b, order, call{body: many}, true) })
	b.Run("worst", func(b *testing.B) { // all of as many values as there may be are wrong
		benchmark(b, order, call{body: `{"items":[` + strings.Repeat("0,", maxValues-10) + `0]}`}, false)
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		parse(b, order)
	}
}
