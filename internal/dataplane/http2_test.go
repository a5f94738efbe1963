package dataplane

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// startTLS runs a server with both listeners and returns a client that trusts it and resolves every name to it.
func startTLS(t *testing.T, h Handler, limits Limits, protocols ...string) (*Server, *http.Client) {
	t.Helper()
	certs, err := OpenCertificates(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Options{HTTPAddr: "127.0.0.1:0", HTTPSAddr: "127.0.0.1:0", TLS: certs.Config(), Handler: h, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	s.tick = 5 * time.Millisecond
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	roots := x509.NewCertPool()
	roots.AddCert(certs.authority)
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, NextProtos: protocols},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			to := s.HTTPSAddr()
			if strings.HasSuffix(addr, ":80") {
				to = s.HTTPAddr()
			}
			return new(net.Dialer).DialContext(ctx, network, to.String())
		},
		Protocols: new(http.Protocols),
	}
	for _, p := range protocols {
		transport.Protocols.SetHTTP1(transport.Protocols.HTTP1() || p == "http/1.1")
		transport.Protocols.SetHTTP2(transport.Protocols.HTTP2() || p == "h2")
		transport.Protocols.SetUnencryptedHTTP2(transport.Protocols.UnencryptedHTTP2() || p == "h2c")
	}
	t.Cleanup(transport.CloseIdleConnections)
	return s, &http.Client{Transport: transport}
}

func TestProtocols(t *testing.T) {
	for _, tc := range []struct{ offer, url, want string }{
		{"http/1.1", "https://abc.execute-api.eu-west-1.localhost/p%2Fq?r", "GET|/p%2Fq|r|abc.execute-api.eu-west-1.localhost|HTTP/1.1|0\nHost: "},
		{"h2", "https://abc.execute-api.eu-west-1.localhost/p%2Fq?r", "GET|/p%2Fq|r|abc.execute-api.eu-west-1.localhost|HTTP/2.0|0\nhost: "},
		{"h2c", "http://abc.execute-api.localhost/p%2Fq?r", "GET|/p%2Fq|r|abc.execute-api.localhost|HTTP/2.0|0\nhost: "},
	} {
		t.Run(tc.offer, func(t *testing.T) {
			_, client := startTLS(t, handlerFunc(func(ctx context.Context, x *exchange.Exchange) {
				if x.Request.TLS != (tc.offer != "h2c") || !x.Request.Remote.Addr().IsLoopback() || x.Request.Local.Port() == 0 {
					t.Errorf("TLS %v, remote %v, local %v", x.Request.TLS, x.Request.Remote, x.Request.Local)
				}
				echo(ctx, x)
			}), Limits{}, tc.offer)
			for range 3 {
				resp, err := client.Get(tc.url)
				if err != nil {
					t.Fatal(err)
				}
				body, _ := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if !strings.HasPrefix(string(body), tc.want) || resp.Header.Get("Content-Type") != "text/plain" {
					t.Fatalf("got %q, want %q", body, tc.want)
				}
			}
		})
	}
}

// The authority is the host; a Host field beside it has no say.
func TestHTTP2AuthorityIsHost(t *testing.T) {
	hosts := make(chan string, 1)
	s := start(t, handlerFunc(func(_ context.Context, x *exchange.Exchange) {
		out := string(x.Request.Host)
		for _, f := range x.Request.Header.Fields() {
			out += fmt.Sprintf(" %s=%s", f.Name, f.Value)
		}
		hosts <- out
		x.Response.Status = 204
	}), Limits{})
	// GET, / and http from HPACK's static table, the authority a, and the field host: b.
	dial(t, s).send(preface + frame2(4, 0, 0, "") + frame2(1, 5, 1, "\x82\x84\x86\x41\x01a\x40\x04host\x01b"))
	select {
	case got := <-hosts:
		if got != "a host=a" {
			t.Fatal(got)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("no call arrived")
	}
}

func TestHTTP2Limits(t *testing.T) {
	_, client := startTLS(t, handlerFunc(echo), Limits{MaxBody: 100_000}, "h2")
	for _, tc := range []struct {
		name   string
		size   int
		stream bool
		header int
		want   int
	}{
		{"small body", 10, false, 0, 200},
		{"body at the limit", 100_000, false, 0, 200},
		{"body over the limit", 100_001, false, 0, 413},
		{"body of unknown length at the limit", 100_000, true, 0, 200},
		{"body of unknown length over the limit", 100_001, true, 0, 413},
		{"head over the limit", 0, false, 11_000, 431},
	} {
		body := io.Reader(strings.NewReader(strings.Repeat("x", tc.size)))
		if tc.stream {
			body = io.MultiReader(body)
		}
		req, _ := http.NewRequest("POST", "https://a.localhost/", body)
		req.Header.Set("X-Long", strings.Repeat("x", tc.header))
		resp, err := client.Do(req)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		got, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != tc.want || tc.want == 200 && !strings.Contains(string(got), fmt.Sprintf("|%d\n", tc.size)) {
			t.Errorf("%s: %d %.60q", tc.name, resp.StatusCode, got)
		}
	}
}

// The fields of a response that are about one HTTP/1.1 connection do not exist in HTTP/2; a body that breaks off resets the stream.
func TestHTTP2Responses(t *testing.T) {
	_, client := startTLS(t, handlerFunc(func(_ context.Context, x *exchange.Exchange) {
		x.Response.Status = 200
		x.Response.Header.Add([]byte("Connection"), []byte("keep-alive, X-Hop"))
		x.Response.Header.Add([]byte("X-Hop"), []byte("1"))
		x.Response.Header.Add([]byte("Set-Cookie"), []byte("a"))
		x.Response.Header.Add([]byte("set-cookie"), []byte("b"))
		switch string(x.Request.Path) {
		case "/known":
			x.Response.Body = exchange.Body{Stream: &zeros{1 << 20}, Size: 1 << 20}
		case "/unknown":
			x.Response.Body = exchange.Body{Stream: &zeros{1 << 20}, Size: -1}
		case "/broken":
			x.Response.Body = exchange.Body{Stream: io.NopCloser(io.MultiReader(&zeros{10}, errReader{})), Size: -1}
		case "/short":
			x.Response.Body = exchange.Body{Stream: &zeros{10}, Size: 11}
		}
	}), Limits{}, "h2")
	for _, tc := range []struct {
		method, path string
		length, size int64
		broken       bool
	}{
		{"GET", "/known", 1 << 20, 1 << 20, false},
		{"GET", "/unknown", -1, 1 << 20, false},
		{"HEAD", "/known", 1 << 20, 0, false},
		{"GET", "/empty", 0, 0, false},
		{"GET", "/broken", -1, 10, true},
		{"GET", "/short", 11, 10, true},
	} {
		req, _ := http.NewRequest(tc.method, "https://a.localhost"+tc.path, nil)
		resp, err := client.Do(req)
		if err != nil {
			t.Errorf("%s: %v", tc.path, err)
			continue
		}
		n, err := io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.ContentLength != tc.length || n != tc.size || (err != nil) != tc.broken {
			t.Errorf("%s %s: length %d, %d bytes, %v", tc.method, tc.path, resp.ContentLength, n, err)
		}
		if h := resp.Header; h.Get("X-Hop") != "" || h.Get("Connection") != "" || h.Get("Content-Type") != "" || len(h["Set-Cookie"]) != 2 {
			t.Errorf("%s: fields %v", tc.path, h)
		}
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("broken") }

// A client of one stream that stalls is cut off, however alive its connection is.
func TestHTTP2SlowClients(t *testing.T) {
	var closed atomic.Bool
	_, client := startTLS(t, handlerFunc(func(ctx context.Context, x *exchange.Exchange) {
		if string(x.Request.Path) == "/endless" {
			x.Response.Status = 200
			x.Response.Body = exchange.Body{Stream: &reader{[]string{strings.Repeat("x", 64<<20)}, io.EOF, &closed}, Size: -1}
			return
		}
		echo(ctx, x)
	}), Limits{BodyTimeout: short, WriteTimeout: short}, "h2")
	for _, size := range []int64{10, 2 * smallBody} {
		stalled, end := io.Pipe()
		req, _ := http.NewRequest("POST", "https://a.localhost/", stalled)
		req.ContentLength = size
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if _ = resp.Body.Close(); resp.StatusCode != 400 {
			t.Errorf("body of %d bytes that stalls: %d", size, resp.StatusCode)
		}
		_ = end.Close()
	}
	resp, err := client.Get("https://a.localhost/endless")
	if err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); !closed.Load(); time.Sleep(time.Millisecond) {
		if time.Since(began) > 5*time.Second {
			t.Fatal("a client that does not read was waited for")
		}
	}
	_ = resp.Body.Close()
}

func TestTLSAbortCancelsCall(t *testing.T) {
	for _, proto := range []string{"http/1.1", "h2"} {
		began, ended := make(chan struct{}), make(chan struct{})
		_, client := startTLS(t, handlerFunc(func(ctx context.Context, x *exchange.Exchange) {
			close(began)
			<-ctx.Done()
			close(ended)
			x.Response.Status = 200
		}), Limits{}, proto)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-began; cancel() }()
		req, _ := http.NewRequestWithContext(ctx, "GET", "https://a.localhost/", nil)
		if _, err := client.Do(req); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			t.Fatalf("%s: the call went on", proto)
		}
	}
}

func TestStopDrainsHTTP2(t *testing.T) {
	began, release := make(chan struct{}), make(chan struct{})
	s, client := startTLS(t, handlerFunc(func(_ context.Context, x *exchange.Exchange) {
		close(began)
		<-release
		x.Response.Status = 200
	}), Limits{}, "h2")
	result := make(chan error, 1)
	go func() {
		resp, err := client.Get("https://a.localhost/")
		if err == nil {
			err = resp.Body.Close()
		}
		result <- err
	}()
	<-began
	stopped := make(chan error, 1)
	go func() { stopped <- s.Stop(t.Context()) }()
	select {
	case err := <-stopped:
		t.Fatalf("Stop did not wait for the call: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	if err := <-result; err != nil {
		t.Fatal(err)
	}
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
}

// A client that opens and resets streams without end is cut off (CVE-2023-44487): handlers at a time stay bounded.
func TestRapidReset(t *testing.T) {
	running := make(chan struct{}, 10_000)
	s := start(t, handlerFunc(func(ctx context.Context, x *exchange.Exchange) {
		running <- struct{}{}
		<-ctx.Done()
		time.Sleep(20 * time.Millisecond) // cleaning up takes its time
		<-running
		x.Response.Status = 200
	}), Limits{MaxStreams: 8})
	c := dial(t, s).send(preface + frame2(4, 0, 0, ""))
	go func() { _, _ = io.Copy(io.Discard, c.r) }()
	// GET, / and http from HPACK's static table, and the authority.
	const fields = "\x82\x84\x86\x41\x01a"
	most := 0
	for i := range uint32(2000) {
		if _, err := io.WriteString(c.Conn, frame2(1, 5, 2*i+1, fields)+frame2(3, 0, 2*i+1, "\x00\x00\x00\x08")); err != nil {
			break // cut off
		}
		most = max(most, len(running))
	}
	if most > 8 {
		t.Fatalf("%d handlers ran at a time", most)
	}
}

// frame2 is an HTTP/2 frame.
func frame2(kind, flags byte, stream uint32, payload string) string {
	b := []byte{0, 0, byte(len(payload)), kind, flags}
	return string(binary.BigEndian.AppendUint32(b, stream)) + payload
}

func TestHTTPHandlerOverHTTP1(t *testing.T) {
	server := httptest.NewServer(HTTPHandler(handlerFunc(echo), Limits{MaxBody: 100}))
	defer server.Close()
	for _, tc := range []struct {
		body string
		want string
	}{
		{"abc", "POST|/a%2Fb|c|api|HTTP/1.1|3\nHost: api\nAccept-Encoding: gzip\nContent-Length: 3\nUser-Agent: Go-http-client/1.1\nX-A: 1\n\nabc"},
		{strings.Repeat("x", 101), `{"message":"Request Entity Too Large"}`},
	} {
		req, _ := http.NewRequest("POST", server.URL+"/a%2Fb?c", strings.NewReader(tc.body))
		req.Host = "api"
		req.Header.Set("X-A", "1")
		req.Header.Set("Connection", "X-Hop")
		req.Header.Set("X-Hop", "1")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if string(got) != tc.want {
			t.Errorf("got:\n%s\nwant:\n%s", got, tc.want)
		}
	}
}
