package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCommittedFiles is the golden test of the generator: the service tiny, whose model is testdata/tiny.json, exists
// for it alone. It also keeps what is committed equal to what is generated.
func TestCommittedFiles(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(root, "tools", "wiregen")
	cfg, err := readConfig(home)
	if err != nil {
		t.Fatal(err)
	}
	files, err := generateAll(cfg, home)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what go generate ./internal/wire writes (%v)", name, err)
		}
	}
	for _, svc := range cfg.Services {
		entries, err := os.ReadDir(filepath.Join(root, filepath.FromSlash(svc.Dir)))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if name := svc.Dir + "/" + e.Name(); files[name] == nil {
				t.Errorf("%s is left over: nothing generates it", name)
			}
		}
	}
}

// TestDelta proves the values that are newer than the models (API Gateway's enumeration SecurityPolicy, 2026).
func TestDelta(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	enums, err := os.ReadFile(filepath.Join(root, "internal/wire/gen/apigateway/enums.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{"SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09", "SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09"} {
		if n := bytes.Count(enums, []byte(`"`+value+`"`)); n != 1 {
			t.Errorf("%s stands %d times in apigateway's enumerations", value, n)
		}
	}
}

func parse(t *testing.T, text string) *model {
	t.Helper()
	m := new(model)
	if err := json.Unmarshal([]byte(text), m); err != nil {
		t.Fatal(err)
	}
	return m
}

const small = `{
 "metadata": {"endpointPrefix": "small", "protocol": "rest-json"},
 "operations": {
  "Get": {"name": "Get", "http": {"method": "GET", "requestUri": "/"}, "input": {"shape": "GetRequest"}, "errors": [{"shape": "Gone"}]},
  "Put": {"name": "Put", "http": {"method": "PUT", "requestUri": "/"}, "input": {"shape": "PutRequest"}, "documentation": "prose"}
 },
 "shapes": {
  "GetRequest": {"type": "structure", "members": {"node": {"shape": "Node"}, "age": {"shape": "IntegerWithLengthBetweenMinus1And86400"}}},
  "PutRequest": {"type": "structure", "members": {"color": {"shape": "Color"}}},
  "Node": {"type": "structure", "members": {"next": {"shape": "Node"}, "text": {"shape": "Text"}}},
  "Text": {"type": "string", "pattern": "(?=x)"},
  "Color": {"type": "string", "enum": ["red"]},
  "IntegerWithLengthBetweenMinus1And86400": {"type": "integer"},
  "Gone": {"type": "structure", "exception": true, "members": {}}
 }
}`

func TestPrune(t *testing.T) {
	m := parse(t, small)
	if err := m.prune(service{Built: []string{"Get"}}); err != nil {
		t.Fatal(err)
	}
	if put := m.Operations["Put"]; put.Input != nil || put.HTTP.Method != "PUT" {
		t.Errorf("an operation that is not built becomes %+v", put)
	}
	for name, want := range map[string]bool{"GetRequest": true, "Node": true, "Text": true, "Gone": true, "PutRequest": false, "Color": false} {
		if _, ok := m.Shapes[name]; ok != want {
			t.Errorf("shape %s: kept is %t", name, ok)
		}
	}
}

func TestBoundsInName(t *testing.T) {
	p, err := newPlan(service{Built: []string{"Get"}, SkipPatterns: []string{"Text"}}, parse(t, small), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := p.m.Shapes["IntegerWithLengthBetweenMinus1And86400"]
	if *s.Min != -1 || *s.Max != 86400 {
		t.Errorf("got %d to %d", *s.Min, *s.Max)
	}
}

// TestRefusals shows that a configuration that does not fit its model is an error, not something silently left out.
func TestRefusals(t *testing.T) {
	skip := []string{"Text"}
	colorful := func(values ...string) delta {
		d := delta{}
		c := d["Color"]
		c.Enum = values
		d["Color"] = c
		return d
	}
	ordered := func(values ...string) delta {
		d := delta{}
		c := d["Color"]
		c.Order = values
		d["Color"] = c
		return d
	}
	first := delta{}
	request := first["GetRequest"]
	request.First = []string{"wing"}
	first["GetRequest"] = request
	tests := map[string]struct {
		svc   service
		delta delta
		edit  func(*model)
		want  string
	}{
		"unknown operation":      {svc: service{Built: []string{"Fly"}}, want: "no operation Fly"},
		"unknown kept shape":     {svc: service{Keep: []string{"Wing"}}, want: "no shape Wing"},
		"unknown exempt shape":   {svc: service{Exempt: []string{"Wing"}}, want: "nothing is called Wing"},
		"unknown exempt member":  {svc: service{Exempt: []string{"GetRequest.wing"}}, want: "nothing is called GetRequest.wing"},
		"unknown null member":    {svc: service{EmptyNull: []string{"GetRequest.wing"}}, want: "nothing is called GetRequest.wing"},
		"pattern of Java":        {svc: service{Built: []string{"Get"}}, want: "skipPatterns"},
		"delta without a shape":  {delta: colorful("blue"), edit: func(m *model) { delete(m.Shapes, "Color") }, want: "no shape Color"},
		"delta that came true":   {delta: colorful("red"), want: "Color has red already"},
		"first of nothing":       {delta: first, want: "GetRequest has no member wing"},
		"order of other values":  {delta: ordered("blue"), want: "the order of Color has other values"},
		"two types with a name":  {svc: service{Built: []string{"Get"}, SkipPatterns: skip}, edit: clash, want: "would both be called GetInput"},
		"nothing wrong with all": {svc: service{Built: []string{"Get", "Put"}, SkipPatterns: skip, Exempt: []string{"Color", "GetRequest.age"}}, delta: colorful("blue")},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m := parse(t, small)
			if tt.edit != nil {
				tt.edit(m)
			}
			_, err := newPlan(tt.svc, m, tt.delta)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// clash makes a nested structure have the name that the generator gives to an input.
func clash(m *model) {
	m.Shapes["GetInput"] = &shape{Type: "structure"}
	m.Shapes["Node"].Members["clash"] = &reference{Shape: "GetInput"}
}

func TestCamel(t *testing.T) {
	for value, want := range map[string]string{
		"AWS_PROXY": "AwsProxy", "HTTP": "Http", "dark-green": "DarkGreen", "TLS_1_0": "Tls10", "Percent/Second": "PercentSecond", "ipv4": "Ipv4",
	} {
		if got := camel(value); got != want {
			t.Errorf("camel(%q) is %q, want %q", value, got, want)
		}
	}
}
