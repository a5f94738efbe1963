package harness

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Backend is a server whose answer the path and the query of a call choose; see backendHandler.
type Backend struct {
	listener net.Listener
	server   *http.Server
	calls    atomic.Int64
}

// StartBackend runs a back end that calls itself name.
func StartBackend(name string) (*Backend, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &Backend{listener: l}
	answer := backendHandler(name)
	b.server = &http.Server{ReadHeaderTimeout: callTimeout, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.calls.Add(1)
		answer.ServeHTTP(w, r)
	})}
	go func() { _ = b.server.Serve(l) }() // ends with Close
	return b, nil
}

// NewBackend runs a back end until the test ends.
func NewBackend(t testing.TB, name string) *Backend {
	t.Helper()
	b, err := StartBackend(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// Addr is the back end's host and port.
func (b *Backend) Addr() string { return b.listener.Addr().String() }

// Calls is how many calls reached the back end.
func (b *Backend) Calls() int64 { return b.calls.Load() }

// Close ends the back end and its connections.
func (b *Backend) Close() { _ = b.server.Close() }

// maxBody bounds what a back end reads and writes.
const maxBody = 64 << 20

// backendHandler answers by the path's last segment:
//
//	status?code=N      that status, with a body where it has one
//	slow?ms=N          after N milliseconds, or when the caller leaves
//	drip?n=N&ms=M      N lines, each M milliseconds after the one before
//	big?n=N            N bytes of x
//	close              closes the connection without an answer
//	cut?n=N            closes it N bytes into a body of N+100
//	garbage            answers what is no HTTP
//	headers            repeated, hop-by-hop and odd fields
//	binary             every byte value
//	invocations        a Lambda function; see invoke
//	anything else      the request as text, a line per field
func backendHandler(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Backend", name)
		number := func(key string) int {
			n, _ := strconv.Atoi(r.URL.Query().Get(key))
			return min(n, maxBody)
		}
		path := r.URL.EscapedPath()
		switch path[strings.LastIndexByte(path, '/')+1:] {
		case "status":
			status(w, number("code"))
		case "slow":
			select {
			case <-time.After(time.Duration(number("ms")) * time.Millisecond):
				fmt.Fprintln(w, "slow")
			case <-r.Context().Done():
			}
		case "drip":
			drip(w, number("n"), time.Duration(number("ms"))*time.Millisecond)
		case "big":
			n := number("n")
			w.Header().Set("Content-Length", strconv.Itoa(n))
			_, _ = w.Write(bytes.Repeat([]byte{'x'}, n))
		case "close":
			panic(http.ErrAbortHandler)
		case "cut":
			n := number("n")
			w.Header().Set("Content-Length", strconv.Itoa(n+100))
			_, _ = w.Write(bytes.Repeat([]byte{'x'}, n))
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		case "garbage":
			garbage(w)
		case "headers":
			oddHeaders(w)
		case "binary":
			w.Header().Set("Content-Type", "application/octet-stream")
			_, _ = w.Write(everyByte())
		case "invocations":
			invoke(w, r)
		default:
			echo(w, r)
		}
	})
}

func status(w http.ResponseWriter, code int) {
	if code == http.StatusFound {
		w.Header().Set("Location", "/elsewhere")
	}
	w.WriteHeader(code)
	if code != http.StatusNoContent && code != http.StatusNotModified {
		fmt.Fprintf(w, "status %d\n", code)
	}
}

func drip(w http.ResponseWriter, n int, pause time.Duration) {
	for i := range n {
		time.Sleep(pause)
		fmt.Fprintf(w, "line %d\n", i+1)
		_ = http.NewResponseController(w).Flush()
	}
}

func garbage(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "this is no HTTP\r\n\r\n")
}

func oddHeaders(w http.ResponseWriter) {
	h := w.Header()
	h["Set-Cookie"] = []string{"a=1", "b=2"}
	h["x-LowER"] = []string{"kept"}
	h["Keep-Alive"] = []string{"timeout=5"}
	h["Connection"] = []string{"X-Hop"}
	h["X-Hop"] = []string{"dropped"}
	h["Server"] = []string{"backend"}
	fmt.Fprintln(w, "headers")
}

func everyByte() []byte {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	return all
}

// echo shows the request. A body that is long or no text shows as its length and hash.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s %s\nHost: %s\n", r.Method, r.RequestURI, r.Host)
	names := make([]string, 0, len(r.Header))
	for field := range r.Header {
		names = append(names, field)
	}
	slices.Sort(names)
	for _, field := range names {
		for _, value := range r.Header[field] {
			fmt.Fprintf(&out, "%s: %s\n", field, value)
		}
	}
	if len(r.TransferEncoding) > 0 {
		fmt.Fprintf(&out, "Transfer-Encoding: %s\n", strings.Join(r.TransferEncoding, ", "))
	}
	const longest = 256
	if len(body) > longest || bytes.IndexFunc(body, func(c rune) bool { return c < ' ' || c == 0xfffd }) >= 0 {
		fmt.Fprintf(&out, "\n%d bytes, sha256 %x\n", len(body), sha256.Sum256(body))
	} else {
		fmt.Fprintf(&out, "\n%s\n", body)
	}
	w.Header().Set("Content-Type", "text/plain")
	_, _ = w.Write(out.Bytes())
}
