package mapping

import (
	"bytes"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/template"
)

// FuzzTransform: whatever a template sets, what goes out are heads and targets that are whole.
func FuzzTransform(f *testing.F) {
	f.Add(`#set($context.requestOverride.header.a = "x")$input.json('$')`, `{"a":1}`)
	f.Add("#set($context.requestOverride.header = {\"a b\": \"c\", \"A\": [\"1\", \"2\r\n3: 4\"], \"Host\": \"h\"})", ``)
	f.Add(`#set($context.requestOverride.querystring["a b&"] = $input.path('$.x'))#set($context.requestOverride.path.p = "../?x#")`, `{"x":"\u0000\n"}`)
	f.Add(`#set($context.responseOverride = {"status": 201, "header": {"x": {"y": ["z"]}, "q r": null}})`, `[1]`)
	f.Fuzz(func(t *testing.T, text, body string) {
		if len(text) > 1000 || len(body) > 1000 {
			return
		}
		request, err := RESTTransform(RESTTransformConfig{Scope: &template.Scope{}, Integration: &gateway.RestIntegration{
			RequestTemplates: map[string]string{"application/json": text},
		}})
		if err != nil {
			return
		}
		response, err := RESTResponse(RESTResponseConfig{
			Responses: map[string]gateway.IntegrationResponse{"200": {Templates: map[string]string{"application/json": text}}},
			Methods:   map[string]gateway.MethodResponse{"200": {}}, Scope: &template.Scope{},
		})
		if err != nil {
			t.Fatal(err)
		}
		x := &exchange.Exchange{REST: true}
		x.Request.Body.Bytes = []byte(body)
		if err := request.Run(t.Context(), x); err != nil {
			return
		}
		for _, e := range x.Outgoing.Edits {
			checkField(t, e.Name, e.Value)
		}
		checkTarget(t, x.Outgoing.Query)
		for _, v := range x.Outgoing.Vars {
			checkTarget(t, v.Value)
		}
		x.Integration.Status, x.Response.Body.Bytes = 200, []byte(body)
		_ = response.Run(t.Context(), x)
		for _, field := range x.Response.Header.Fields() {
			checkField(t, field.Name, field.Value)
		}
		if x.Response.Status != 0 && (x.Response.Status < 200 || x.Response.Status > 599) {
			t.Errorf("status %d", x.Response.Status)
		}
	})
}

func checkField(t *testing.T, name, value []byte) {
	t.Helper()
	if !isToken(string(name)) || bytes.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		t.Errorf("the field %q: %q", name, value)
	}
}

func checkTarget(t *testing.T, part []byte) {
	t.Helper()
	for _, c := range part {
		if c <= ' ' || c >= 0x7f || c == '#' || c == '?' {
			t.Errorf("in a target: %q", part)
		}
	}
}
