package selection

import (
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
)

func restExchange() *exchange.Exchange {
	x := &exchange.Exchange{REST: true, ID: []byte("id"), ExtendedID: []byte("ext="), Fault: exchange.Refuse(exchange.KindThrottled, nil)}
	x.Request.Method, x.Request.Query = []byte("GET"), []byte("q=1&q=a%20b")
	x.Request.Header.Add([]byte("X-A"), []byte("one"))
	x.Request.Header.Add([]byte("x-a"), []byte("two"))
	x.Response.Header.Add([]byte("B"), []byte("b"))
	x.Request.Body.Bytes = []byte(`{"a":{"b":[1,"two"]}}`)
	x.Response.Body.Bytes = []byte(`{"c":"d"}`)
	x.Route = exchange.Matched{APIID: "api", Stage: "dev", ResourceID: "r", Resource: "/x/{v}", Path: []byte("/x/a%2F/")}
	x.Route.Vars = []exchange.PathVar{{Name: "v", Value: []byte("a%2F")}}
	return x
}

// TestMapping follows the tables of
// https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-parameter-mapping.html.
func TestMapping(t *testing.T) {
	o := Options{StageVariables: map[string]string{"host": "h"}, AccountID: "1"}
	for expr, want := range map[string]string{
		"'text'": "text", "''": "", "'it''s'": "it''s",
		"method.request.header.X-A": "two", "method.request.multivalueheader.X-A": "one,two", "method.request.header.no": "(absent)",
		"method.request.querystring.q": "a b", "method.request.multivaluequerystring.q": "1,a b", "method.request.path.v": "a/",
		"method.request.body": `{"a":{"b":[1,"two"]}}`, "method.request.body.a.b[1]": "two",
		"method.request.body.a": `{"b":[1,"two"]}`, "method.request.body.a.b[0]": "1", "method.request.body.none": "(absent)", "method.request.body..b[1]": `["two"]`,
		"method.request.body['a']['b'].length()": "2", "method.request.body.a.b[?(@ == 'two')]": `["two"]`, "method.request.body.a.b[-1:]": `["two"]`, "integration.response.body.*": `["d"]`,
		"method.request.body.a[?(@.b": "(refused)", "integration.response.body.c.d": "(absent)",
		"integration.response.header.B": "b", "integration.response.multivalueheader.B": "b", "integration.response.body.c": "d",
		"context.requestId": "id", "context.extendedRequestId": "ext=", "context.resourcePath": "/x/{v}", "context.resourceId": "r",
		"context.accountId": "1", "context.path": "/dev/x/a%2F/", "context.error.message": "Too Many Requests", "context.error.responseType": "THROTTLED",
		"context.unknown": "(absent)", "stageVariables.host": "h", "stageVariables.none": "(absent)",
		"": "(refused)", "'": "(refused)", "method.request.odd.x": "(refused)", "method.request.path": "(refused)", "elsewhere.x": "(refused)", "context.": "(refused)",
	} {
		got := "(refused)"
		if e, err := Mapping(expr, o); err == nil {
			value, ok := e.Append(nil, restExchange())
			if got = string(value); !ok {
				got = "(absent)"
			}
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", expr, got, want)
		}
	}
}

// TestCompileTemplate: templates of gateway responses are no Velocity (developer guide, "Gateway responses in API Gateway").
func TestCompileTemplate(t *testing.T) {
	o := Options{StageVariables: map[string]string{"host": "h"}}
	for text, want := range map[string]string{
		`{"message":$context.error.messageString}`:                                        `{"message":"Too Many Requests"}`,
		`${context.requestId}-$context.none.`:                                             `id-.`,
		`$stageVariables.host costs $5, 50 #1`:                                            `h costs $5, 50 #1`,
		`$method.request.header.X-A|$method.request.querystring.q|$method.request.path.v`: `two|a b|a/`,
		`$method.request.header.None|$method.request.odd.x`:                               `|$method.request.odd.x`,
		`$method.request.body.a.b[1]`:                                                     `two`,
		`#set($x = 1)$x $input.body $!context.requestId ## text`:                          `#set($x = 1)$x $input.body $!context.requestId ## text`,
		``: "",
	} {
		value, _ := CompileTemplate(text, o).Append(nil, restExchange())
		if got := string(value); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func FuzzMapping(f *testing.F) {
	f.Add("method.request.body.a..b[*]")
	f.Add("'x'")
	f.Fuzz(func(_ *testing.T, expr string) {
		if e, err := Mapping(expr, Options{}); err == nil {
			e.Append(nil, restExchange())
		}
		CompileTemplate(expr, Options{}).Append(nil, restExchange())
	})
}
