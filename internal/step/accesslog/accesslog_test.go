package accesslog

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/selection"
)

// article is the format of the article that this project was made from (its http-api.tf): Terraform's jsonencode sorts.
const article = `{"errorMessage":"$context.error.message","httpMethod":"$context.httpMethod","ip":"$context.identity.sourceIp",` +
	`"latency":"$context.responseLatency","protocol":"$context.protocol","requestId":"$context.requestId","requestTime":"$context.requestTime",` +
	`"responseLength":"$context.responseLength","routeKey":"$context.routeKey","status":"$context.status"}`

type lines []string

func (l *lines) Log(_ time.Time, line []byte) { *l = append(*l, string(line)) }

func call() *exchange.Exchange {
	x := &exchange.Exchange{ID: []byte("JKJaXmPLvHcESHA="), Received: time.Date(2020, 4, 6, 23, 44, 51, 0, time.UTC)}
	x.Request.Method, x.Request.Proto = []byte("GET"), exchange.HTTP2
	x.Request.Remote = netip.MustParseAddrPort("198.51.100.1:4711")
	x.Route.Key, x.Route.Stage = "GET /pets/{id}", "$default"
	x.Response.Status, x.Response.Body.Bytes = 200, []byte("hello")
	return x
}

func step(t testing.TB, format string, w Writer) exchange.Step {
	t.Helper()
	s, err := New(Config{Format: format, Writer: w, Options: selection.Options{AccountID: "123456789012"}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The formats are those of http-api-logging.md.
func TestFormats(t *testing.T) {
	for name, tc := range map[string]struct{ format, want string }{
		"CLF": {
			`$context.identity.sourceIp - - [$context.requestTime] "$context.httpMethod $context.routeKey $context.protocol" $context.status $context.responseLength $context.requestId`,
			`198.51.100.1 - - [06/Apr/2020:23:44:51 +0000] "GET GET /pets/{id} HTTP/1.1" 200 5 JKJaXmPLvHcESHA=`,
		},
		"JSON": {
			`{ "requestId":"$context.requestId", "ip": "$context.identity.sourceIp", "requestTime":"$context.requestTime", "httpMethod":"$context.httpMethod","routeKey":"$context.routeKey", "status":"$context.status","protocol":"$context.protocol", "responseLength":"$context.responseLength" }`,
			`{ "requestId":"JKJaXmPLvHcESHA=", "ip": "198.51.100.1", "requestTime":"06/Apr/2020:23:44:51 +0000", "httpMethod":"GET","routeKey":"GET /pets/{id}", "status":"200","protocol":"HTTP/1.1", "responseLength":"5" }`,
		},
		"XML": {
			`<request id="$context.requestId"> <ip>$context.identity.sourceIp</ip> <requestTime>$context.requestTime</requestTime> <httpMethod>$context.httpMethod</httpMethod> <routeKey>$context.routeKey</routeKey> <status>$context.status</status> <protocol>$context.protocol</protocol> <responseLength>$context.responseLength</responseLength> </request>`,
			`<request id="JKJaXmPLvHcESHA="> <ip>198.51.100.1</ip> <requestTime>06/Apr/2020:23:44:51 +0000</requestTime> <httpMethod>GET</httpMethod> <routeKey>GET /pets/{id}</routeKey> <status>200</status> <protocol>HTTP/1.1</protocol> <responseLength>5</responseLength> </request>`,
		},
		"CSV": {
			`$context.identity.sourceIp,$context.requestTime,$context.httpMethod,$context.routeKey,$context.protocol,$context.status,$context.responseLength,$context.requestId`,
			`198.51.100.1,06/Apr/2020:23:44:51 +0000,GET,GET /pets/{id},HTTP/1.1,200,5,JKJaXmPLvHcESHA=`,
		},
		"not set": { // aws-behaviour-http-api.md, fact 70
			`$context.requestId $context.authorizer.error $context.integrationLatency $context.error.messageString $context.nonsense`, `JKJaXmPLvHcESHA= - - - -`,
		},
	} {
		var got lines
		if err := step(t, tc.format, &got).Run(t.Context(), call()); err != nil || len(got) != 1 || got[0] != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestArticle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := call()
		x.Received = time.Now().Add(-1234 * time.Microsecond)
		x.Fault = exchange.Refuse(exchange.KindUnauthorized, nil)
		var got lines
		if err := step(t, article, &got).Run(t.Context(), x); err != nil {
			t.Fatal(err)
		}
		var event map[string]string
		if err := json.Unmarshal([]byte(got[0]), &event); err != nil || event["latency"] != "1" || event["errorMessage"] != "Unauthorized" {
			t.Errorf("%s: %v", got[0], err)
		}
	})
}

// body counts how often it is closed.
type body struct {
	io.Reader
	closed int
	err    error
}

func (b *body) Close() error { b.closed++; return b.err }

// A response of unknown length is logged once it has been sent, with the length that was.
func TestStreamed(t *testing.T) {
	for name, tc := range map[string]struct {
		size int64
		read int
		want string
	}{
		"all": {-1, 100, "a 10"}, "broken off": {10, 4, "a 4"}, "nothing": {10, 0, "a 0"},
	} {
		var got lines
		failure := errors.New("failure")
		b := &body{Reader: strings.NewReader("0123456789"), err: failure}
		x := call()
		x.ID, x.Response.Body = []byte("a"), exchange.Body{Stream: b, Size: tc.size}
		if err := step(t, "$context.requestId $context.responseLength", &got).Run(t.Context(), x); err != nil || len(got) > 0 {
			t.Fatalf("%s: logged before it was sent: %q, %v", name, got, err)
		}
		if x.Response.Body.Len() != tc.size {
			t.Errorf("%s: the length becomes %d", name, x.Response.Body.Len())
		}
		_, _ = io.ReadFull(x.Response.Body.Stream, make([]byte, tc.read)) // as far as it goes
		for range 2 {
			if err := x.Response.Body.Close(); !errors.Is(err, failure) {
				t.Errorf("%s: the stream's own error is %v", name, err)
			}
		}
		if len(got) != 1 || got[0] != tc.want || b.closed != 2 {
			t.Errorf("%s: %q, want %q once; closed %d times", name, got, tc.want, b.closed)
		}
	}
}

func TestCheckFormat(t *testing.T) {
	for format, want := range map[string]string{
		"$context.requestId":          "",
		"x$context.extendedRequestId": "",
		article:                       "",
		"":                            "Access Log format must include either $context.requestId or $context.extendedRequestId", // fact 63
		"$context.status":             "Access Log format must include either $context.requestId or $context.extendedRequestId",
		"$context.requestId" + strings.Repeat("x", 3055): "Access Log format must be at most 3072 bytes long",
	} {
		err := CheckFormat(format)
		if (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%.40s: %v", format, err)
		}
		if _, newErr := New(Config{Format: format}); (newErr == nil) != (err == nil) {
			t.Errorf("%.40s: New says %v", format, newErr)
		}
	}
}

// FuzzFormat: whatever the format and the values, an event is one line, and JSON stays JSON.
func FuzzFormat(f *testing.F) {
	f.Add("", "curl/8")
	f.Add("\n${context.stage} $context.identity.userAgent $context.", "\"}\r\n{\"\\")
	f.Add("<$context.authorizer.claims.a:b>$$${", "\x00\x7f\xff\u2028")
	f.Fuzz(func(t *testing.T, format, value string) {
		x := call()
		x.Request.Header.Add([]byte("user-agent"), []byte(value))
		x.Identity.Error = value
		for _, format := range []string{"$context.requestId" + format, `{"$context.requestId":"$context.identity.userAgent","e":"$context.authorizer.error"}`} {
			if len(format) > MaxFormat {
				continue
			}
			var got lines
			if err := step(t, format, &got).Run(t.Context(), x); err != nil || len(got) != 1 || strings.ContainsAny(got[0], "\r\n") {
				t.Fatalf("%q: %q, %v", format, got, err)
			}
			if format[0] == '{' && !json.Valid([]byte(got[0])) {
				t.Fatalf("%q", got[0])
			}
		}
	})
}

type discard struct{}

func (discard) Log(time.Time, []byte) {}

func BenchmarkArticle(b *testing.B) {
	x := call()
	x.Request.Header.Add([]byte("User-Agent"), []byte("curl/8.5.0"))
	for name, w := range map[string]Writer{"format": discard{}, "queue": benchDestination(b)} {
		b.Run(name, func(b *testing.B) {
			s := step(b, article, w)
			id, remote, fresh := x.ID, x.Request.Remote, bytes.Clone(x.Response.Body.Bytes)
			b.ReportAllocs()
			for b.Loop() {
				x.Reset()
				x.ID, x.Request.Remote, x.Response.Body.Bytes, x.Response.Status = id, remote, fresh, 200
				x.Request.Method, x.Route.Key, x.Received = id[:3], "GET /pets/{id}", time.Now()
				if err := s.Run(b.Context(), x); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// nothing forgets events.
type nothing struct{}

func (nothing) Keep(gateway.LogGroupID, []Event) error { return nil }

func benchDestination(b *testing.B) *Destination {
	s := OpenSink(SinkOptions{Groups: nothing{}, MaxPending: 64 << 20})
	b.Cleanup(s.Close)
	d, err := s.Destination("arn:aws:logs:eu-west-1:123456789012:log-group:bench")
	if err != nil {
		b.Fatal(err)
	}
	return d
}
