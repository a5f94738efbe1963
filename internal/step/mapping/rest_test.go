package mapping

import (
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
)

// TestRESTRequest: facts are those of aws-behaviour.md.
func TestRESTRequest(t *testing.T) {
	for _, tc := range []struct {
		name   string
		params map[string]string
		edits  string // "Name: value|..."
		query  string // "" for unchanged
		vars   string // "name=value|..."
	}{
		{"a header", map[string]string{"integration.request.header.X-A": "method.request.header.header1"}, "X-A: a", "", ""},
		{"the last of several", map[string]string{"integration.request.header.X-A": "method.request.header.x-b"}, "X-A: 2", "", ""},
		{"all of several", map[string]string{"integration.request.header.X-A": "method.request.multivalueheader.x-b"}, "X-A: 1,2", "", ""},
		{"fixed", map[string]string{"integration.request.header.X-A": "'text'"}, "X-A: text", "", ""},
		{"fact 20: absent adds nothing", map[string]string{"integration.request.header.X-A": "method.request.header.none"}, "", "", ""},
		{"a body cannot end the head", map[string]string{"integration.request.header.X-A": "method.request.body.user"}, "X-A: u  X-Evil: 1", "", ""},
		{"fact 20: query beside the client's", map[string]string{"integration.request.querystring.q": "method.request.querystring.b"}, "", "q=2&a=1&b=2&A=3&%61=4&&c", ""},
		{"all values of a parameter", map[string]string{"integration.request.querystring.q": "method.request.multivaluequerystring.a"}, "", "q=1&q=4&a=1&b=2&A=3&%61=4&&c", ""},
		{"escaped", map[string]string{"integration.request.querystring.a b": "'x&y'"}, "", "a%20b=x%26y&a=1&b=2&A=3&%61=4&&c", ""},
		{"path as it was sent", map[string]string{"integration.request.path.p": "method.request.path.proxy"}, "", "", "p=c%2Fd"},
		{"fact 20: path of the query", map[string]string{"integration.request.path.p": "method.request.querystring.b"}, "", "", "p=2"},
		{"path, escaped", map[string]string{"integration.request.path.p": "'a b/?%'"}, "", "", "p=a%20b/%3F%25"},
		{"an absent path is empty", map[string]string{"integration.request.path.p": "method.request.querystring.none"}, "", "", "p="},
	} {
		t.Run(tc.name, func(t *testing.T) {
			step, err := RESTRequest(tc.params, options)
			if err != nil {
				t.Fatal(err)
			}
			x := call("header1: a", "x-b: 1", "X-B: 2")
			if err := step.Run(t.Context(), x); err != nil {
				t.Fatal(err)
			}
			var edits, vars []string
			for _, e := range x.Outgoing.Edits {
				edits = append(edits, string(e.Name)+": "+string(e.Value))
			}
			for _, v := range x.Outgoing.Vars {
				vars = append(vars, v.Name+"="+string(v.Value))
			}
			got := strings.Join(edits, "|") + " # " + string(x.Outgoing.Query) + " # " + strings.Join(vars, "|")
			if want := tc.edits + " # " + tc.query + " # " + tc.vars; got != want || x.Outgoing.QuerySet != (tc.query != "") {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
	for _, params := range []map[string]string{
		{"integration.request.odd.x": "'a'"}, {"integration.request.header.x": "nonsense"}, {"x": "'a'"},
	} {
		if _, err := RESTRequest(params, options); err == nil {
			t.Errorf("%v is taken", params)
		}
	}
}

func TestRESTHost(t *testing.T) {
	step, err := RESTRequest(map[string]string{"integration.request.header.Host": "'other.example'"}, options)
	if err != nil {
		t.Fatal(err)
	}
	x := &exchange.Exchange{}
	if err := step.Run(t.Context(), x); err != nil || string(x.Outgoing.Host) != "other.example" || len(x.Outgoing.Edits) > 0 {
		t.Errorf("got %v %q %v", err, x.Outgoing.Host, x.Outgoing.Edits)
	}
}

// TestCheckREST is recorded: aws-behaviour.md, fact 18.
func TestCheckREST(t *testing.T) {
	for name, want := range map[string]string{
		"Content-Length": "http aws", "transfer-encoding": "http aws",
		"Authorization": "aws", "Connection": "aws", "Expect": "aws", "Proxy-Authenticate": "aws", "TE": "aws", "X-Mine": "",
	} {
		var refused []string
		params := map[string]string{"integration.request.header." + name: "'v'"}
		if CheckREST(params, false) != nil {
			refused = append(refused, "http")
		}
		if CheckREST(params, true) != nil {
			refused = append(refused, "aws")
		}
		if got := strings.Join(refused, " "); got != want {
			t.Errorf("%s is refused for %q, want %q", name, got, want)
		}
	}
}
