package dataplane

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

func TestRequestFieldsKeepOrderAndCase(t *testing.T) {
	s := start(t, handlerFunc(echo), Limits{})
	resp := dial(t, s).send("POST /a?b=c&b HTTP/1.1\r\nX-beta: 1\r\nHOST: api.localhost:8080\r\nx-Alpha:\t2 \r\nX-beta: 3\r\nConnection: keep-alive, X-Secret, host\r\n" +
		"x-secret: s\r\nKeep-Alive: 1\r\nTE: trailers\r\nUpgrade: h2c\r\nProxy-Connection: x\r\nTrailer: X-T\r\nTransfer-Encoding: chunked\r\nX-Empty:\r\n\r\n" +
		"3\r\nabc\r\n0\r\nX-T: t\r\n\r\n").receive("POST")
	const want = "POST|/a|b=c&b|api.localhost:8080|HTTP/1.1|3\nX-beta: 1\nHOST: api.localhost:8080\nx-Alpha: 2\nX-beta: 3\nX-Empty: \n\nabc"
	if resp.body != want {
		t.Fatalf("got:\n%s\nwant:\n%s", resp.body, want)
	}
}

func TestAddresses(t *testing.T) {
	var got exchange.Request
	s := start(t, handlerFunc(func(_ context.Context, x *exchange.Exchange) {
		got = x.Request
		x.Response.Status = 204
	}), Limits{})
	c := dial(t, s).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	c.receive("GET")
	if got.Remote.String() != c.LocalAddr().String() || got.Local.String() != c.RemoteAddr().String() || got.TLS {
		t.Fatalf("remote %v, local %v, TLS %v", got.Remote, got.Local, got.TLS)
	}
}

func TestPipelining(t *testing.T) {
	s := start(t, handlerFunc(echo), Limits{})
	var all strings.Builder
	for i := range 50 {
		body := strings.Repeat("x", i*200)
		fmt.Fprintf(&all, "POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", i, len(body), body)
		fmt.Fprintf(&all, "POST /%d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", i, len(body)+1, body+"y")
	}
	c := dial(t, s)
	go c.write(all.String())
	for i := range 100 {
		want := fmt.Sprintf("POST|/%d||a|HTTP/1.1|%d\n", i/2, i/2*200+i%2)
		if resp := c.receive("POST"); !strings.HasPrefix(resp.body, want) {
			t.Fatalf("response %d begins with %.60q, want %q", i, resp.body, want)
		}
	}
}

// Heads that straddle the read buffer's end keep their fields.
func TestPipelinedHeads(t *testing.T) {
	s := start(t, handlerFunc(echo), Limits{})
	var all strings.Builder
	var want []string
	for i := range 300 {
		fields := fmt.Sprintf("Host: a\nX-First: %d\nX-%d: %s\nX-Last: %d\n", i, i, strings.Repeat("v", i*7%400), i)
		want = append(want, fmt.Sprintf("GET|/%d|q=%d|a|HTTP/1.1|0\n%s\n", i, i, fields))
		fmt.Fprintf(&all, "GET /%d?q=%d HTTP/1.1\r\n%s\r\n", i, i, strings.ReplaceAll(fields, "\n", "\r\n"))
	}
	c := dial(t, s)
	go c.write(all.String())
	for i := range want {
		if resp := c.receive("GET"); resp.body != want[i] {
			t.Fatalf("request %d is\n%s, want\n%s", i, resp.body, want[i])
		}
	}
}

func TestPersistence(t *testing.T) {
	s := start(t, handlerFunc(echo), Limits{})
	for _, tc := range []struct {
		name, head string
		persist    bool
		connection string
	}{
		{"HTTP/1.1", "GET / HTTP/1.1\r\nHost: a\r\n", true, "keep-alive"},
		{"HTTP/1.1 close", "GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, Close\r\n", false, "close"},
		{"HTTP/1.0", "GET / HTTP/1.0\r\n", false, "close"},
		{"HTTP/1.0 keep-alive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n", true, "keep-alive"},
		{"HTTP/1.0 both", "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n", false, "close"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := dial(t, s).send(tc.head + "\r\n")
			resp := c.receive("GET")
			if got := resp.Header.Get("Connection"); got != tc.connection && (!resp.Close || tc.connection != "close") {
				t.Errorf("Connection: %q, want %q", got, tc.connection)
			}
			if !tc.persist {
				if !c.closed() {
					t.Error("connection stayed open")
				}
				return
			}
			c.send(tc.head + "\r\n").receive("GET")
		})
	}
}

func TestExpectContinue(t *testing.T) {
	const head = "POST /%s HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n%s\r\n\r\n"
	s := start(t, handlerFunc(func(ctx context.Context, x *exchange.Exchange) {
		if string(x.Request.Path) == "/refuse" {
			refuse(x, exchange.Refuse(exchange.KindUnknownAPI, nil))
			return
		}
		echo(ctx, x)
	}), Limits{MaxBody: 1000})
	for _, framing := range []string{"Content-Length: 3", "Transfer-Encoding: chunked"} {
		c := dial(t, s).send(fmt.Sprintf(head, "read", framing))
		line, _ := c.r.ReadString('\n')
		if blank, _ := c.r.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" || blank != "\r\n" {
			t.Fatalf("%s: %q %q instead of 100 Continue", framing, line, blank)
		}
		if framing == "Content-Length: 3" {
			c.send("abc")
		} else {
			c.send("3\r\nabc\r\n0\r\n\r\n")
		}
		resp := c.receive("POST")
		if !strings.HasSuffix(resp.body, "\nabc") || strings.Contains(resp.body, "Expect") {
			t.Fatalf("%s: %q", framing, resp.body)
		}
		c.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").receive("GET")

		c = dial(t, s).send(fmt.Sprintf(head, "refuse", framing))
		if resp := c.receive("POST"); resp.StatusCode != 403 || !resp.Close || !c.closed() {
			t.Fatalf("%s: refused call got %d", framing, resp.StatusCode)
		}
	}
	c := dial(t, s).send(fmt.Sprintf(head, "read", "Content-Length: 1001"))
	if resp := c.receive("POST"); resp.StatusCode != 413 {
		t.Fatalf("too large a body got %d", resp.StatusCode)
	}
}

// The payload quota is 10 MB and its message is AWS's (aws-behaviour-http-api.md, fact 16).
func TestBodyLimit(t *testing.T) {
	const limit = 10 << 20
	s := start(t, handlerFunc(func(ctx context.Context, x *exchange.Exchange) {
		body, err := readBody(x)
		if x.Request.Body.Bytes, x.Request.Body.Stream = nil, nil; err == nil {
			x.Request.Path = fmt.Appendf(nil, "%d", len(body))
		}
		switch {
		case errors.Is(err, exchange.ErrBodyTooLarge):
			refuse(x, exchange.Refuse(exchange.KindRequestTooLarge, err))
		case err != nil:
			refuse(x, exchange.Refuse(exchange.KindBadRequest, err))
		default:
			echo(ctx, x)
		}
	}), Limits{})
	for _, chunked := range []bool{false, true} {
		for _, size := range []int{limit, limit + 1, limit + 1<<20} {
			req, _ := http.NewRequest("POST", "http://"+s.HTTPAddr().String(), strings.NewReader(strings.Repeat("x", size)))
			if chunked {
				req.ContentLength = -1
			}
			resp, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatalf("chunked %v, %d bytes: %v", chunked, size, err)
			}
			body, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if size <= limit {
				if want := fmt.Sprintf("POST|%d|", size); resp.StatusCode != 200 || !strings.HasPrefix(string(body), want) {
					t.Errorf("chunked %v, %d bytes: %d %.40q", chunked, size, resp.StatusCode, body)
				}
				continue
			}
			if resp.StatusCode != 413 || string(body) != `{"message":"Request Entity Too Large"}` {
				t.Errorf("chunked %v, %d bytes: %d %.40q", chunked, size, resp.StatusCode, body)
			}
		}
	}
}

// The quota for the request line and the values of fields is 10,240 bytes (aws-behaviour-http-api.md, fact 16).
func TestHeadLimit(t *testing.T) {
	s := start(t, handlerFunc(echo), Limits{})
	const line, limit = len("GET / HTTP/1.1"), 10240
	for _, tc := range []struct {
		name string
		raw  string
		want int
	}{
		{"target at the limit", "GET /" + strings.Repeat("a", limit-line-1) + " HTTP/1.1\r\nHost: a\r\n\r\n", 200},
		{"target over the limit", "GET /" + strings.Repeat("a", limit-line+1) + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
		{"endless target", "GET /" + strings.Repeat("a", 2*limit), 414},
		{"value at the limit", "GET / HTTP/1.1\r\nHost: a\r\nX-A: " + strings.Repeat("a", limit-line-1) + "\r\n\r\n", 200},
		{"value over the limit", "GET / HTTP/1.1\r\nHost: a\r\nX-A: " + strings.Repeat("a", limit-line) + "\r\n\r\n", 431},
		{"endless value", "GET / HTTP/1.1\r\nHost: a\r\nX-A: " + strings.Repeat("a", 2*limit), 431},
		{"endless name", "GET / HTTP/1.1\r\nHost: a\r\nX" + strings.Repeat("a", 2*limit), 431},
		{"long name", "GET / HTTP/1.1\r\nHost: a\r\nX" + strings.Repeat("a", 300) + ": b\r\n\r\n", 431},
		{"many fields", "GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X-A: b\r\n", maxFields-1) + "\r\n", 200},
		{"too many fields", "GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X-A: b\r\n", maxFields) + "\r\n", 431},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := dial(t, s)
			go c.write(tc.raw)
			if resp := c.receive("GET"); resp.StatusCode != tc.want {
				t.Fatalf("status %d, want %d", resp.StatusCode, tc.want)
			}
		})
	}
}

// What a handler leaves unread of a body is never read as the next request.
func TestUnreadBody(t *testing.T) {
	const smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
	var paths []string
	s := start(t, handlerFunc(func(_ context.Context, x *exchange.Exchange) {
		paths = append(paths, string(x.Request.Path))
		if string(x.Request.Path) == "/half" {
			_, _ = io.ReadFull(x.Request.Body.Stream, make([]byte, 1000))
		}
		x.Response.Status = 204
	}), Limits{})
	pad := func(n int) string { return strings.Repeat(smuggled, n/len(smuggled)+1) }
	chunked := func(body string, size int) (out string) {
		for ; len(body) > size; body = body[size:] {
			out += fmt.Sprintf("%x\r\n%s\r\n", size, body[:size])
		}
		return out + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	}
	for _, tc := range []struct {
		path, body string
		chunk      int // the size of its chunks, 0 for Content-Length
		persist    bool
	}{
		{"/none", pad(10), 0, true},
		{"/none", pad(smallBody + 100), 0, false},
		{"/half", pad(smallBody + 1), 0, true},
		{"/half", pad(4 * smallBody), 0, false},
		{"/none", pad(10), 1000, true},
		{"/none", pad(smallBody + 10_000), 1000, true},
		{"/half", pad(smallBody + 10_000), 1000, true},
		{"/half", pad(smallBody + 10_000), 1 << 20, true},
		{"/none", pad(4 * smallBody), 1000, false},
		{"/half", pad(4 * smallBody), 1 << 20, false},
	} {
		paths = nil
		c := dial(t, s)
		raw := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", tc.path, len(tc.body), tc.body)
		if tc.chunk > 0 {
			raw = fmt.Sprintf("POST %s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%s", tc.path, chunked(tc.body, tc.chunk))
		}
		go c.write(raw + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
		c.receive("POST")
		want := tc.path
		if tc.persist {
			c.receive("GET")
			want += " /next"
		} else if !c.closed() {
			t.Errorf("%s, %d bytes, chunks of %d: connection stayed open", tc.path, len(tc.body), tc.chunk)
		}
		if got := strings.Join(paths, " "); got != want {
			t.Errorf("%s, %d bytes, chunks of %d: handler saw %.80q, want %q", tc.path, len(tc.body), tc.chunk, got, want)
		}
	}
}

func TestBodyShapes(t *testing.T) {
	type shape struct {
		stream bool
		size   int64
	}
	shapes := make(chan shape, 1)
	s := start(t, handlerFunc(func(ctx context.Context, x *exchange.Exchange) {
		shapes <- shape{x.Request.Body.Stream != nil, x.Request.Body.Len()}
		echo(ctx, x)
	}), Limits{})
	for _, tc := range []struct {
		size    int64
		chunked bool
		want    shape
	}{
		{0, false, shape{false, 0}},
		{smallBody, false, shape{false, smallBody}},
		{smallBody + 1, false, shape{true, smallBody + 1}},
		{smallBody - 1, true, shape{false, smallBody - 1}},
		{smallBody + 1, true, shape{true, -1}},
	} {
		body := strings.Repeat("x", int(tc.size))
		req, _ := http.NewRequest("POST", "http://"+s.HTTPAddr().String(), strings.NewReader(body))
		if tc.chunked {
			req.ContentLength = -1
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if s := <-shapes; s != tc.want || !strings.HasSuffix(string(got), "\n"+body) {
			t.Errorf("%d bytes, chunked %v: %+v, want %+v", tc.size, tc.chunked, s, tc.want)
		}
	}
}

func TestHandlerThatFails(t *testing.T) {
	s := start(t, handlerFunc(func(_ context.Context, x *exchange.Exchange) {
		if string(x.Request.Path) == "/panic" {
			x.Response.Status = 200
			panic("oh")
		}
	}), Limits{})
	for _, path := range []string{"/panic", "/nothing"} {
		c := dial(t, s).send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n")
		if resp := c.receive("GET"); resp.StatusCode != 500 || resp.body != `{"message":"Internal Server Error"}` || !c.closed() {
			t.Errorf("%s: %d %q", path, resp.StatusCode, resp.body)
		}
	}
}

func TestMaxConns(t *testing.T) {
	s := start(t, handlerFunc(echo), Limits{MaxConns: 1})
	first := dial(t, s).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	first.receive("GET")
	second := dial(t, s).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	_ = second.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if _, err := second.r.Peek(1); err == nil {
		t.Fatal("a second connection was served")
	}
	_ = first.Close()
	second.r.Reset(second.Conn)
	_ = second.SetReadDeadline(time.Now().Add(5 * time.Second))
	second.receive("GET")
}
