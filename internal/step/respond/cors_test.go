package respond

import (
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
)

// answerTo runs the step on a call with an origin and returns the response's head.
func answerTo(t *testing.T, cfg *gateway.CORS, prepare func(*exchange.Exchange)) string {
	t.Helper()
	x := &exchange.Exchange{ID: []byte("id")}
	x.Request.Method = []byte("GET")
	x.Route.Key = "GET /"
	x.Response.Status = 200
	prepare(x)
	if x.Route.Key == "" && x.Fault == nil {
		x.Response.Status = 0
		if err := Preflight().Run(t.Context(), x); err != nil {
			t.Fatal(err)
		}
	}
	if err := HTTPAPI(NewCORS(cfg)).Run(t.Context(), x); err != nil {
		t.Fatal(err)
	}
	return head(x)
}

func origin(o string) func(*exchange.Exchange) {
	return func(x *exchange.Exchange) { x.Request.Header.Add([]byte("origin"), []byte(o)) }
}

func TestCORS(t *testing.T) {
	one := &gateway.CORS{AllowOrigins: []string{"https://a.example", "https://b.example"}}
	cases := []struct {
		name    string
		cfg     *gateway.CORS
		prepare func(*exchange.Exchange)
		want    string
	}{
		{"allowed", one, origin("https://b.example"),
			"access-control-allow-origin: https://b.example|vary: origin|Apigw-Requestid: id"},
		{"another origin is told nothing", one, origin("https://c.example"), "Apigw-Requestid: id"},
		{"no origin", one, func(*exchange.Exchange) {}, "Apigw-Requestid: id"},
		{"schemes", &gateway.CORS{AllowOrigins: []string{"https://*"}}, origin("https://any.example"),
			"access-control-allow-origin: https://any.example|vary: origin|Apigw-Requestid: id"},
		{"other scheme", &gateway.CORS{AllowOrigins: []string{"https://*"}}, origin("http://any.example"), "Apigw-Requestid: id"},
		// No methods, headers or max-age outside of a preflight answer (recorded: fact 45).
		{"credentials and exposed headers",
			&gateway.CORS{AllowOrigins: []string{"https://a.example"}, AllowCredentials: true, ExposeHeaders: []string{"X-A", "X-B"},
				AllowMethods: []string{"GET"}, AllowHeaders: []string{"X-C"}, MaxAge: new(300)},
			origin("https://a.example"),
			"access-control-allow-origin: https://a.example|vary: origin|access-control-allow-credentials: true|" +
				"access-control-expose-headers: X-A,X-B|Apigw-Requestid: id"},
		// Recorded on a gateway 500: fact 46.
		{"star on our own error", &gateway.CORS{AllowOrigins: []string{"*"}}, func(x *exchange.Exchange) {
			origin("https://a.example")(x)
			x.Fault = exchange.Refuse(exchange.KindInternal, nil)
		}, "Content-Type: application/json|access-control-allow-origin: *|vary: origin|Apigw-Requestid: id"},
		// Recorded on a 401, before www-authenticate, everything in lower case: facts 3, 5 and 45.
		{"refused token", &gateway.CORS{AllowOrigins: []string{"https://a.example"}, AllowCredentials: true}, func(x *exchange.Exchange) {
			origin("https://a.example")(x)
			x.Fault = &exchange.Fault{Kind: exchange.KindUnauthorized, Challenge: "Bearer"}
		}, "Content-Type: application/json|access-control-allow-origin: https://a.example|vary: origin|" +
			"access-control-allow-credentials: true|www-authenticate: Bearer|apigw-requestid: id"},
		{"the back end's are replaced", one, func(x *exchange.Exchange) {
			origin("https://a.example")(x)
			for _, f := range []string{"Access-Control-Allow-Origin", "access-control-allow-methods", "X-Other"} {
				x.Response.Header.Add([]byte(f), []byte("backend"))
			}
		}, "X-Other: backend|access-control-allow-origin: https://a.example|vary: origin|Apigw-Requestid: id"},
		{"the back end's are dropped for other origins too", one, func(x *exchange.Exchange) {
			x.Response.Header.Add([]byte("Access-Control-Allow-Origin"), []byte("*"))
		}, "Apigw-Requestid: id"},
		{"without CORS the back end's stay", nil, func(x *exchange.Exchange) {
			x.Response.Header.Add([]byte("Access-Control-Allow-Origin"), []byte("*"))
		}, "Access-Control-Allow-Origin: *|Apigw-Requestid: id"},
		{"preflight", &gateway.CORS{AllowOrigins: []string{"https://a.example"}, AllowMethods: []string{"GET", "POST"},
			AllowHeaders: []string{"X-A", "*"}, MaxAge: new(300)}, func(x *exchange.Exchange) {
			origin("https://a.example")(x)
			x.Request.Method, x.Route.Key = []byte("OPTIONS"), ""
		}, "access-control-allow-origin: https://a.example|vary: origin|access-control-allow-methods: GET,POST|" +
			"access-control-allow-headers: *|access-control-max-age: 300|Apigw-Requestid: id"},
		{"preflight of another origin", one, func(x *exchange.Exchange) {
			origin("https://c.example")(x)
			x.Request.Method, x.Route.Key = []byte("OPTIONS"), ""
		}, "Apigw-Requestid: id"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := answerTo(t, c.cfg, c.prepare); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestPreflightLeavesOtherMethods(t *testing.T) {
	x := &exchange.Exchange{}
	x.Request.Method = []byte("GET")
	if err := Preflight().Run(t.Context(), x); err != nil || x.Answered() {
		t.Errorf("answered %v, %v", x.Answered(), err)
	}
}

func FuzzCORSOrigin(f *testing.F) {
	f.Add("https://a.example", "https://a.example")
	f.Add("https://*", "https://x\r\nSet-Cookie: a=b")
	f.Add("*", "null")
	f.Fuzz(func(t *testing.T, configured, sent string) {
		c := NewCORS(&gateway.CORS{AllowOrigins: []string{configured}})
		got := string(c.allowed([]byte(sent)))
		exact := got == sent && (sent == configured || strings.HasSuffix(configured, "*") && strings.HasPrefix(sent, strings.TrimSuffix(configured, "*")))
		if got != "" && got != "*" && !exact {
			t.Fatalf("%q allows %q for %q", configured, got, sent)
		}
	})
}
