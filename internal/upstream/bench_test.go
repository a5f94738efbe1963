//go:build unix

package upstream

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// TestMain runs the benchmarks' back end when the benchmarks start this binary anew: what the client costs is
// measured as the processor time of its own process.
func TestMain(m *testing.M) {
	if os.Getenv("UPSTREAM_BACKEND") != "" {
		runBackend()
		return
	}
	os.Exit(m.Run())
}

func runBackend() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr())
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); os.Exit(0) }()
	answer := []byte("HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Mon, 02 Jan 2006 15:04:05 GMT\r\nContent-Type: application/json\r\n" +
		"Content-Length: 1024\r\nConnection: keep-alive\r\nETag: \"abc\"\r\n\r\n" + strings.Repeat("x", 1024))
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go serveBench(c, answer)
	}
}

func serveBench(c net.Conn, answer []byte) {
	r := bufio.NewReaderSize(c, 32<<10)
	for {
		length := 0
		for {
			line, err := r.ReadSlice('\n')
			if err != nil {
				return
			}
			if len(line) == 2 {
				break
			}
			_, _ = fmt.Sscanf(string(line), "Content-Length: %d", &length)
		}
		_, _ = r.Discard(length)
		if _, err := c.Write(answer); err != nil {
			return
		}
	}
}

func startBackend(b *testing.B) string {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "UPSTREAM_BACKEND=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(line)
}

func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measure runs one goroutine per client in parallel, each making calls.
func measure(b *testing.B, clients int, do func() error) {
	b.Helper()
	b.ReportAllocs()
	if err := do(); err != nil {
		b.Fatal(err)
	}
	var left atomic.Int64
	left.Store(int64(b.N))
	errs := make(chan error, clients)
	b.ResetTimer()
	start := processorTime()
	for range clients {
		go func() {
			for left.Add(-1) >= 0 {
				if err := do(); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range clients {
		if err := <-errs; err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(processorTime()-start)/float64(b.N)/1e3, "cpu-µs/op")
}

func benchHeader() *exchange.Header {
	var h exchange.Header
	for _, f := range [][2]string{
		{"User-Agent", "wrk"}, {"Accept", "*/*"}, {"X-Forwarded-For", "127.0.0.1"}, {"X-Forwarded-Proto", "https"},
		{"X-Amzn-Trace-Id", "Root=1-67891233-abcdef012345678912345678"}, {"Forwarded", "by=1.2.3.4;for=127.0.0.1;host=h;proto=https"},
	} {
		h.Add([]byte(f[0]), []byte(f[1]))
	}
	return &h
}

func benchmarkDo(ctx context.Context, b *testing.B, clients int, method string, body []byte) {
	c := New(Options{})
	defer c.Close()
	target, header := &Target{Addr: startBackend(b)}, benchHeader()
	deadline := time.Now().Add(time.Hour)
	measure(b, clients, benchCall(ctx, c, &Request{
		Target: target, Method: []byte(method), RequestTarget: []byte("/users/123"), Host: []byte("h"),
		Header: header, Body: &exchange.Body{Bytes: body}, Deadline: deadline,
	}))
}

func benchCall(ctx context.Context, c *Client, proto *Request) func() error {
	pool := make(chan *exchange.Exchange, 1024)
	return func() error {
		var x *exchange.Exchange
		select {
		case x = <-pool:
		default:
			x = new(exchange.Exchange)
		}
		req := *proto
		err := c.Do(ctx, &req, &Response{Response: &x.Response, Memory: x})
		if err == nil && (x.Response.Status != 200 || len(x.Response.Body.Bytes) != 1024) {
			err = fmt.Errorf("status %d, %d bytes", x.Response.Status, len(x.Response.Body.Bytes))
		}
		x.Reset()
		pool <- x
		return err
	}
}

func BenchmarkGet(b *testing.B)   { benchmarkDo(context.Background(), b, 1, "GET", nil) }
func BenchmarkGet64(b *testing.B) { benchmarkDo(context.Background(), b, 64, "GET", nil) }
func BenchmarkGet64Cancelable(b *testing.B) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	benchmarkDo(ctx, b, 64, "GET", nil)
}

func BenchmarkPost10K(b *testing.B) {
	benchmarkDo(context.Background(), b, 64, "POST", make([]byte, 10<<10))
}

// BenchmarkSocket is a bare write and read on as many sockets: what no client can be much cheaper than.
func BenchmarkSocket(b *testing.B) {
	type socket struct {
		net.Conn
		buf [4096]byte
	}
	addr := startBackend(b)
	sockets := make(chan *socket, 64)
	for range cap(sockets) {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		sockets <- &socket{Conn: c}
	}
	var out outgoing
	err := out.head(&Request{Method: []byte("GET"), RequestTarget: []byte("/users/123"), Host: []byte("h"), Header: benchHeader()}, 0)
	if err != nil {
		b.Fatal(err)
	}
	measure(b, cap(sockets), func() error {
		s := <-sockets
		defer func() { sockets <- s }()
		if _, err := s.Write(out.first); err != nil {
			return err
		}
		_, err := s.Read(s.buf[:])
		return err
	})
}

// BenchmarkNetHTTP is the standard library's transport, for comparison.
func BenchmarkNetHTTP(b *testing.B) {
	url := "http://" + startBackend(b) + "/users/123"
	tr := &http.Transport{MaxIdleConnsPerHost: 128}
	defer tr.CloseIdleConnections()
	measure(b, 64, func() error {
		req, err := http.NewRequest("GET", url, nil)
		if err != nil {
			return err
		}
		resp, err := tr.RoundTrip(req)
		if err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		return resp.Body.Close()
	})
}
