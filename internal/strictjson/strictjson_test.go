package strictjson

import (
	"encoding/json"
	"reflect"
	"testing"
)

type settings struct {
	name  string
	rate  float64
	burst int
	on    bool
	list  []json.RawMessage
}

func read(text string) (settings, error) {
	s := settings{name: "default"}
	err := Object([]byte(text), map[string]any{"name": &s.name, "rate": &s.rate, "burst": &s.burst, "on": &s.on, "list": &s.list})
	return s, err
}

func TestObject(t *testing.T) {
	for text, want := range map[string]settings{
		`{}`: {name: "default"},
		`{ "name" : "a", "rate":1.5e1,"burst":2,"on":true, "list":[{},1] }`: {
			name: "a", rate: 15, burst: 2, on: true, list: []json.RawMessage{[]byte("{}"), []byte("1")}},
	} {
		if got, err := read(text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

func TestObjectRefuses(t *testing.T) {
	for text, want := range map[string]string{
		``:                      "the JSON ends too early",
		`{`:                     "the JSON ends too early",
		`{"name":`:              "the JSON ends too early",
		`[]`:                    "want a JSON object",
		`null`:                  "want a JSON object",
		`{} {}`:                 "something follows the JSON object",
		`{}x`:                   "something follows the JSON object",
		`{"name":"a","name":0}`: "name stands twice",
		`{"Name":"a"}`:          "Name is not known: want one of burst, list, name, on, rate",
		`{"name":null}`:         "name is null",
		`{"name":1}`:            "name: a JSON number does not fit, want a string",
		`{"rate":"1"}`:          "rate: a JSON string does not fit, want a number",
		`{"rate":1e999}`:        "rate: a JSON number 1e999 does not fit, want a number",
		`{"burst":1.5}`:         "burst: a JSON number 1.5 does not fit, want a whole number",
		`{"on":0}`:              "on: a JSON number does not fit, want true or false",
		`{"list":{}}`:           "list: a JSON object does not fit, want a list",
	} {
		if _, err := read(text); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
	if _, err := read(`{"name":}`); err == nil {
		t.Error("a broken value is read")
	}
}

func FuzzObject(f *testing.F) {
	f.Add(`{"name":"a","rate":1,"burst":2,"on":true,"list":[]}`)
	f.Add(`{"name":"a","name":"b"}`)
	f.Add(`{"a\u0062":{}}x`)
	f.Fuzz(func(t *testing.T, text string) {
		members, err := Members([]byte(text))
		if err != nil {
			if _, err := read(text); err == nil {
				t.Fatal("Object reads what Members does not")
			}
			return
		}
		var all map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &all); err != nil || len(all) != len(members) {
			t.Fatalf("%d members, encoding/json has %d, %v", len(members), len(all), err)
		}
	})
}
