package respond

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
)

func TestHTTPAPI(t *testing.T) {
	cases := []struct {
		name   string
		kind   exchange.Kind
		status int
		head   string
		body   string
		length int
	}{
		// Bodies and lengths are recorded: aws-behaviour-http-api.md, fact 1.
		{"not found", exchange.KindRouteNotFound, 404, "Content-Type: application/json", `{"message":"Not Found"}`, 23},
		{"unavailable", exchange.KindIntegrationFailure, 503, "Content-Type: application/json", `{"message":"Service Unavailable"}`, 33},
		{"timeout", exchange.KindIntegrationTimeout, 503, "Content-Type: application/json", `{"message":"Service Unavailable"}`, 33},
		{"internal", exchange.KindInternal, 500, "Content-Type: application/json", `{"message":"Internal Server Error"}`, 35},
		// An unknown API id is 403 with an error type (aws-behaviour.md, "Control-plane traps").
		{"unknown API", exchange.KindUnknownAPI, 403, "Content-Type: application/json|x-amzn-ErrorType: ForbiddenException", `{"message":"Forbidden"}`, 23},
		// aws-behaviour-http-api.md, fact 16.
		{"too large", exchange.KindRequestTooLarge, 413, "Content-Type: application/json", `{"message":"Request Entity Too Large"}`, 38},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			x := &exchange.Exchange{ID: []byte("JKJaXmPLvHcESHA="), Fault: exchange.Refuse(c.kind, errors.New("secret"))}
			if err := HTTPAPI(nil).Run(t.Context(), x); err != nil {
				t.Fatal(err)
			}
			if got := head(x); x.Response.Status != c.status || got != c.head+"|Apigw-Requestid: JKJaXmPLvHcESHA=" {
				t.Errorf("got %d %s", x.Response.Status, got)
			}
			if b := string(x.Response.Body.Bytes); b != c.body || len(b) != c.length {
				t.Errorf("got %s", b)
			}
		})
	}
}

// What only Dipylon's own steps say: AWS's answers have neither (aws-behaviour-http-api.md, fact 1).
func TestWhatTheCallerMayKnow(t *testing.T) {
	for _, c := range []struct {
		fault      exchange.Fault
		head, body string
	}{
		{exchange.Fault{Kind: exchange.KindInvalidRequest, Details: []byte(`[{"where":"body"}]`)},
			"Content-Type: application/json", `{"message":"Invalid request","errors":[{"where":"body"}]}`},
		{exchange.Fault{Kind: exchange.KindThrottled, RetryAfter: 3600},
			"Content-Type: application/json|Retry-After: 3600", `{"message":"Too Many Requests"}`},
		{exchange.Fault{Kind: exchange.KindThrottled}, "Content-Type: application/json", `{"message":"Too Many Requests"}`},
	} {
		x := &exchange.Exchange{ID: []byte("id"), Fault: &c.fault}
		if err := HTTPAPI(nil).Run(t.Context(), x); err != nil {
			t.Fatal(err)
		}
		if got := head(x); got != c.head+"|Apigw-Requestid: id" || string(x.Response.Body.Bytes) != c.body {
			t.Errorf("got %s, %s", got, x.Response.Body.Bytes)
		}
	}
}

func head(x *exchange.Exchange) string {
	var out []string
	for _, f := range x.Response.Header.Fields() {
		out = append(out, string(f.Name)+": "+string(f.Value))
	}
	return strings.Join(out, "|")
}

type closer struct {
	io.Reader
	closed bool
}

func (c *closer) Close() error {
	c.closed = true
	return nil
}

func TestFaultReplacesWhatWasAnswered(t *testing.T) {
	stream := &closer{Reader: strings.NewReader("half a body")}
	x := &exchange.Exchange{ID: []byte("id"), Fault: exchange.Refuse(exchange.KindIntegrationFailure, nil)}
	x.Response.Status = 200
	x.Response.Header.Add([]byte("X-Backend"), []byte("1"))
	x.Response.Body = exchange.Body{Stream: stream, Size: -1}
	if err := HTTPAPI(nil).Run(t.Context(), x); err != nil {
		t.Fatal(err)
	}
	if !stream.closed || x.Response.Body.Stream != nil || x.Response.Header.Has("X-Backend") || x.Response.Status != 503 {
		t.Errorf("closed %v, response %d %s", stream.closed, x.Response.Status, head(x))
	}
}

func TestBackendCannotSetTheRequestID(t *testing.T) {
	x := &exchange.Exchange{ID: []byte("ours")}
	x.Response.Status = 200
	x.Response.Header.Add([]byte("apigw-requestid"), []byte("theirs"))
	x.Response.Header.Add([]byte("Server"), []byte("nginx"))
	if err := HTTPAPI(nil).Run(t.Context(), x); err != nil {
		t.Fatal(err)
	}
	if got := head(x); got != "Server: nginx|Apigw-Requestid: ours" {
		t.Errorf("got %s", got)
	}
}
