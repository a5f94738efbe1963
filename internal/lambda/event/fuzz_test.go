package event

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/dipylon/dipylon/internal/exchange"
)

// FuzzRequest: whatever bytes a call has, its events are JSON in UTF-8.
func FuzzRequest(f *testing.F) {
	f.Add("GET", "/a%20b", "a=1&a=2", "Cookie", "a=1; b=2", []byte("body"), []byte(`{"k":1}`))
	f.Add("\xff", "/%ff%3f", "&=&%=+&\x00", "X-\x01\xff", "\"\\\xfe", []byte{0, 0xff}, []byte("null"))
	f.Add("", "", "", "content-type", "text/plain", []byte("\xed\xa0\x80"), []byte(nil))
	f.Fuzz(func(t *testing.T, method, path, query, name, value string, body, context []byte) {
		call := request{
			method: method, host: name + ".x:1", path: path, query: query, head: "A: b", ip: "[::1]", id: value,
			change: func(x *exchange.Exchange) {
				for _, n := range []string{name, value, "x-" + name} {
					x.Request.Header.Add([]byte(n), []byte(value))
				}
				x.Route.Vars = []exchange.PathVar{{Name: "v", Value: []byte(path)}, {Name: name, Value: []byte(query)}}
				x.Request.Body.Bytes = body
				x.Identity.Principal = value
				if a, err := ReadAuthorization(context, "2.0", true); err == nil {
					x.Identity.Context, x.Identity.ContextJSON = a.Context, a.ContextJSON
				}
				if len(body)%2 > 0 {
					x.Identity.Claims, x.Identity.Scopes = claims{{name, value}}, []string{query}
				}
			},
		}
		cfg := Config{AccountID: value, APIID: name, Stage: "s" + method, RouteKey: "GET " + path, StageVariables: map[string]string{name: value}}
		for _, version := range []string{"1.0", "2.0"} {
			format := New(version, cfg)
			for _, event := range [][]byte{
				format.AppendRequest(nil, call.exchange()),
				format.AppendAuthorization(nil, call.exchange(), Asked{ARN: []byte(path), Sources: [][]byte{[]byte(value), body}}),
			} {
				if !json.Valid(event) || !utf8.Valid(event) {
					t.Fatalf("%s: %q", version, event)
				}
			}
		}
	})
}

// FuzzReadResponse: whatever a function answers, the response can be sent or there is none.
func FuzzReadResponse(f *testing.F) {
	for _, payload := range []string{
		`{"statusCode":200,"headers":{"a":"1"},"multiValueHeaders":{"a":["1","2"]},"cookies":["c=1"],"body":"YQ==","isBase64Encoded":true}`,
		`"text"`, `{"statusCode":"200","body":"\ud83d\ude0a\u000a"}`, `{"statusCode":204}`, `[`, ``, `{"statusCode":200,"headers":{"\u000aa":"\r"}}`,
	} {
		f.Add([]byte(payload))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		for _, version := range []string{"1.0", "2.0"} {
			x := &exchange.Exchange{}
			err := New(version, Config{}).ReadResponse(append([]byte(nil), payload...), x)
			if err != nil {
				if x.Answered() || x.Response.Header.Len() > 0 {
					t.Fatalf("%q: an error and a response", payload)
				}
				continue
			}
			if x.Response.Status < 200 || x.Response.Status > 599 {
				t.Fatalf("%q: status %d", payload, x.Response.Status)
			}
			for _, field := range x.Response.Header.Fields() {
				if !canonical(field.Name) || !fieldValue(field.Value) {
					t.Fatalf("%q: field %q: %q", payload, field.Name, field.Value)
				}
			}
		}
	})
}

// FuzzReadAuthorization: what is accepted gives events that are JSON.
func FuzzReadAuthorization(f *testing.F) {
	for _, payload := range []string{
		`{"isAuthorized":true,"context":{"a":"b","c":[1,{"d":null}]}}`, `{"principalId":"x","policyDocument":{},"context":{"\u0061":1,"a":2}}`, `{"context":{"a":"` + "\xff" + `"}}`, `null`,
	} {
		f.Add([]byte(payload), true)
		f.Add([]byte(payload), false)
	}
	f.Fuzz(func(t *testing.T, payload []byte, simple bool) {
		for _, version := range []string{"1.0", "2.0"} {
			a, err := ReadAuthorization(payload, version, simple)
			if err == nil && (!json.Valid(a.ContextJSON) || !utf8.Valid(a.ContextJSON) || a.Policy != nil && !json.Valid(a.Policy)) {
				t.Fatalf("%q: context %q, policy %q", payload, a.ContextJSON, a.Policy)
			}
		}
	})
}
