package mapping

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/selection"
)

var options = selection.Options{AccountID: "123456789012", StageVariables: map[string]string{"environmentId": "live"}}

func call(fields ...string) *exchange.Exchange {
	x := &exchange.Exchange{ID: []byte("JKJaXmPLvHcESHA=")}
	x.Request.Path, x.Request.Query = []byte("/prod/a%20b/c"), []byte("a=1&b=2&A=3&%61=4&&c")
	x.Request.Body.Bytes = []byte(`{"user":"u\r\nX-Evil: 1","n":1}`)
	x.Route = exchange.Matched{Stage: "prod", Path: []byte("/a%20b/c"), Vars: []exchange.PathVar{{Name: "id", Value: []byte("a%20b")}, {Name: "proxy", Value: []byte("c%2Fd")}}}
	add(&x.Request.Header, fields)
	return x
}

func add(h *exchange.Header, fields []string) {
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		h.Add([]byte(name), []byte(value))
	}
}

func list(h *exchange.Header) string {
	var out []string
	for _, f := range h.Fields() {
		out = append(out, string(f.Name)+": "+string(f.Value))
	}
	return strings.Join(out, "|")
}

func TestRequest(t *testing.T) {
	const unchanged = "unchanged"
	for _, tc := range []struct {
		name   string
		params map[string]string
		header string // what becomes of the client's head
		query  string
		path   string
	}{
		// Examples of http-api-parameter-mapping.md.
		{"add a header", map[string]string{"append:header.header1": "$context.requestId"}, "header1: a|x-b: 1|X-B: 2|header1: JKJaXmPLvHcESHA=", unchanged, ""},
		{"rename a header", map[string]string{"append:header.header2": "$request.header.header1", "remove:header.header1": ""}, "x-b: 1|X-B: 2|header2: a", unchanged, ""},
		{"rename with quotes, as the guide's shell line has it", map[string]string{"remove:header.header1": "''"}, "x-b: 1|X-B: 2", unchanged, ""},
		{"a removed mapping", map[string]string{"append:header.header1": ""}, "header1: a|x-b: 1|X-B: 2", unchanged, ""},

		{"overwrite all of a name", map[string]string{"overwrite:header.X-b": "3"}, "header1: a|x-b: 3", unchanged, ""},
		{"overwrite what is absent", map[string]string{"overwrite:header.New": "${stageVariables.environmentId}!"}, "header1: a|x-b: 1|X-B: 2|New: live!", unchanged, ""},
		{"several values", map[string]string{"overwrite:header.all": "$request.header.x-b"}, "header1: a|x-b: 1|X-B: 2|all: 1,2", unchanged, ""},
		{"an absent source adds nothing", map[string]string{
			"append:header.n": "$request.header.none", "overwrite:header.x-b": "$request.body.none", "append:querystring.n": "$context.authorizer.claims.sub",
			"overwrite:path": "/x/$request.path.none",
		}, "header1: a|x-b: 1|X-B: 2", unchanged, ""},
		{"removals first, additions last", map[string]string{"append:header.x-b": "9", "remove:header.x-b": "whatever", "overwrite:header.header1": "$request.header.x-b"},
			"header1: 1,2|x-b: 9", unchanged, ""},
		{"no line breaks", map[string]string{"append:header.user": "$request.body.user"}, "header1: a|x-b: 1|X-B: 2|user: u  X-Evil: 1", unchanged, ""},

		{"append to the query", map[string]string{"append:querystring.a": "x y&z=é"}, "", "a=1&b=2&A=3&%61=4&&c&a=x%20y%26z%3D%C3%A9", ""},
		{"overwrite in the query, by decoded name and case", map[string]string{"overwrite:querystring.a": "$request.querystring.a"}, "", "b=2&A=3&&c&a=1%2C4", ""},
		{"remove from the query", map[string]string{"remove:querystring.a": "", "remove:querystring.c": "", "remove:querystring.none": ""}, "", "b=2&A=3", ""},
		{"the last of the query", map[string]string{"remove:querystring.a": "", "remove:querystring.b": "", "remove:querystring.A": "", "remove:querystring.c": "", "append:querystring.ü": ""}, "", "", ""},

		{"the path", map[string]string{"overwrite:path": "$request.path"}, "", unchanged, "/a%20b/c"},
		{"path variables stay escaped", map[string]string{"overwrite:path": "/x/$request.path.proxy"}, "", unchanged, "/x/c%2Fd"},
		{"a path begins with a slash", map[string]string{"overwrite:path": "$request.path.proxy"}, "", unchanged, "/c%2Fd"},
		{"a path holds no query", map[string]string{"overwrite:path": "/a?b=c#d e%é%4"}, "", unchanged, "/a%3Fb=c%23d%20e%25%C3%A9%254"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			step, err := Request(tc.params, options)
			if err != nil {
				t.Fatal(err)
			}
			x := call("header1: a", "x-b: 1", "X-B: 2")
			before := list(&x.Request.Header)
			if err := step.Run(t.Context(), x); err != nil {
				t.Fatal(err)
			}
			query := unchanged
			if x.Outgoing.QuerySet {
				query = string(x.Outgoing.Query)
			}
			if query != tc.query || string(x.Outgoing.Path) != tc.path {
				t.Errorf("query %q, path %q", query, x.Outgoing.Path)
			}
			if list(&x.Request.Header) != before || string(x.Request.Query) != "a=1&b=2&A=3&%61=4&&c" {
				t.Error("what the client sent was changed")
			}
			if x.Request.Header.Edit(x.Outgoing.Edits); tc.header != "" && list(&x.Request.Header) != tc.header {
				t.Errorf("got  %s\nwant %s", list(&x.Request.Header), tc.header)
			}
		})
	}
}

// Host is not reserved (aws-behaviour-http-api.md, fact 73).
func TestHost(t *testing.T) {
	for value, want := range map[string]string{"b.example": "b.example", "$request.header.none": "", "$request.header.empty": ""} {
		step, err := Request(map[string]string{"overwrite:header.host": value, "remove:header.Host": ""}, options)
		if err != nil {
			t.Fatal(err)
		}
		x := call("empty: ")
		if err := step.Run(t.Context(), x); err != nil || string(x.Outgoing.Host) != want || len(x.Outgoing.Edits) > 0 {
			t.Errorf("%s: host %q, edits %v, error %v", value, x.Outgoing.Host, x.Outgoing.Edits, err)
		}
	}
}

func TestRequestBody(t *testing.T) {
	for name, tc := range map[string]struct {
		value string
		body  io.Reader
		want  string
		kind  exchange.Kind
	}{
		"a path into a stream": {"$request.body.a", strings.NewReader(`{"a":1,"b":"` + strings.Repeat("x", 200<<10) + `"}`), "k: 1", 0},
		"all of a stream":      {"$request.body", strings.NewReader("text"), "k: text", 0},
		"too large":            {"$request.body", iotest.ErrReader(exchange.ErrBodyTooLarge), "", exchange.KindRequestTooLarge},
		"malformed":            {"$request.body.a", iotest.ErrReader(exchange.ErrBodyMalformed), "", exchange.KindBadRequest},
	} {
		step, err := Request(map[string]string{"append:header.k": tc.value}, options)
		if err != nil {
			t.Fatal(err)
		}
		x := call()
		x.Request.Body = exchange.Body{Stream: io.NopCloser(tc.body), Size: -1}
		err = step.Run(t.Context(), x)
		var fault *exchange.Fault
		if errors.As(err, &fault) {
			if fault.Kind != tc.kind {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if x.Request.Header.Edit(x.Outgoing.Edits); list(&x.Request.Header) != tc.want {
			t.Errorf("%s: %s, want %s", name, list(&x.Request.Header), tc.want)
		}
	}
}

func TestResponse(t *testing.T) {
	// The example of http-api-parameter-mapping.md, and more.
	params := map[string]map[string]string{
		"500": {"append:header.header1": "$context.requestId", "overwrite:statuscode": "403"},
		"404": {"append:header.error": "$stageVariables.environmentId"},
		"200": {"overwrite:header.b": "$response.header.a", "overwrite:header.a": "$response.header.b", "remove:header.c": "", "append:header.d": "$response.body.d",
			"append:header.s": "$context.status", "overwrite:statuscode": "$response.header.x-status"},
		"201": {},
	}
	step, err := Response(params, options)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name        string
		integration int
		fault       *exchange.Fault
		status      int
		header      []string
		wantStatus  int
		want        string
	}{
		{"status and header", 500, nil, 500, nil, 403, "header1: JKJaXmPLvHcESHA="},
		{"header", 404, nil, 404, []string{"Error: 1"}, 404, "Error: 1|error: live"},
		{"values are those of before", 200, nil, 200, []string{"a: 1", "b: 2", "C: 3"}, 200, "a: 2|b: 1|d: [1]|s: 200"},
		{"a status of the back end's", 200, nil, 200, []string{"x-status: 418"}, 418, "x-status: 418|d: [1]|s: 200"},
		{"no status", 200, nil, 200, []string{"x-status: 42"}, 200, "x-status: 42|d: [1]|s: 200"},
		{"nothing to do", 201, nil, 201, []string{"a: 1"}, 201, "a: 1"},
		{"another status", 204, nil, 204, []string{"a: 1"}, 204, "a: 1"},
		{"the gateway's own answer", 0, nil, 500, nil, 500, ""},
		{"a fault", 500, exchange.Refuse(exchange.KindInternal, nil), 500, nil, 500, ""},
	} {
		x := call()
		x.Integration.Status, x.Fault, x.Response.Status = tc.integration, tc.fault, tc.status
		x.Response.Body.Bytes = []byte(`{"d": [1]}`)
		add(&x.Response.Header, tc.header)
		if err := step.Run(t.Context(), x); err != nil {
			t.Fatal(err)
		}
		if got := list(&x.Response.Header); got != tc.want || x.Response.Status != tc.wantStatus {
			t.Errorf("%s: %d %s, want %d %s", tc.name, x.Response.Status, got, tc.wantStatus, tc.want)
		}
	}
}

func TestResponseBodyBreaksOff(t *testing.T) {
	step, err := Response(map[string]map[string]string{"200": {"append:header.d": "$response.body.d"}}, options)
	if err != nil {
		t.Fatal(err)
	}
	x := call()
	x.Integration.Status, x.Response.Status = 200, 200
	x.Response.Body = exchange.Body{Stream: io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF)), Size: 100}
	if err := step.Run(t.Context(), x); err != nil || x.Fault == nil || x.Fault.Kind != exchange.KindIntegrationFailure || x.Fault.Step != Name {
		t.Errorf("error %v, fault %v", err, x.Fault)
	}
}

func TestDetail(t *testing.T) {
	request, _ := Request(map[string]string{"remove:header.b": "", "append:header.a": "1"}, options)
	response, _ := Response(map[string]map[string]string{"404": {"overwrite:statuscode": "200"}, "200": {"append:header.a": "1"}}, options)
	if request.Detail != "request: append:header.a=1, remove:header.b=" || response.Detail != "response: 200: append:header.a=1; 404: overwrite:statuscode=200" {
		t.Errorf("%s\n%s", request.Detail, response.Detail)
	}
}

func TestRequestAllocatesNothing(t *testing.T) {
	step, err := Request(map[string]string{
		"append:header.a": "$context.requestId", "overwrite:querystring.a": "1", "overwrite:path": "$request.path", "remove:header.b": "",
	}, options)
	if err != nil {
		t.Fatal(err)
	}
	x, fresh := call(), call()
	if n := testing.AllocsPerRun(20, func() {
		x.Reset()
		x.Request.Query, x.Route.Path, x.ID = fresh.Request.Query, fresh.Route.Path, fresh.ID
		_ = step.Run(t.Context(), x)
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
