package upstream

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// result is a response read to its end.
type result struct {
	status   int
	fields   string
	body     string
	streamed bool
	length   int64
	reused   bool
}

// do makes a call and reads the whole response.
func do(ctx context.Context, t *testing.T, c *Client, req *Request) (result, error) {
	t.Helper()
	var x exchange.Exchange
	resp := Response{Response: &x.Response, Memory: &x}
	if req.Method == nil {
		req.Method = []byte("GET")
	}
	if req.RequestTarget == nil {
		req.RequestTarget = []byte("/")
	}
	if req.Host == nil {
		req.Host = []byte("example.com")
	}
	if err := c.Do(ctx, req, &resp); err != nil {
		if resp.Status != 0 || resp.Header.Len() != 0 {
			t.Errorf("a failed call left status %d and %d fields", resp.Status, resp.Header.Len())
		}
		return result{}, err
	}
	r := result{status: resp.Status, length: resp.ContentLength, reused: resp.Reused, streamed: resp.Body.Stream != nil}
	var fields strings.Builder
	for _, f := range resp.Header.Fields() {
		fields.WriteString(string(f.Name) + ": " + string(f.Value) + "\n")
	}
	r.fields, r.body = fields.String(), string(resp.Body.Bytes)
	if r.streamed {
		b, err := io.ReadAll(resp.Body.Stream)
		r.body = string(b)
		_ = resp.Body.Close()
		return r, err
	}
	return r, nil
}

func newClient(t *testing.T, opts Options) *Client {
	c := New(opts)
	t.Cleanup(c.Close)
	return c
}

func newServer(t *testing.T, h http.HandlerFunc) *Target {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return &Target{Addr: s.Listener.Addr().String()}
}

// echo reads the request's body to its end first: net/http would cut it off otherwise.
func echo(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
	}
	_, _ = w.Write(b)
}

func body(s string) *exchange.Body { return &exchange.Body{Bytes: []byte(s)} }

func header(name, value string) *exchange.Header {
	h := new(exchange.Header)
	h.Add([]byte(name), []byte(value))
	return h
}

func streamed(s string, size int64) *exchange.Body {
	return &exchange.Body{Stream: io.NopCloser(struct{ io.Reader }{strings.NewReader(s)}), Size: size}
}

// The body comes back as it was sent, whatever its size and form, over one connection.
func TestEcho(t *testing.T) {
	target := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("X-Length", http.StatusText(200))
		if len(r.TransferEncoding) > 0 {
			w.Header().Set("X-Encoding", strings.Join(r.TransferEncoding, ","))
		}
		if r.Header.Get("X-Flush") != "" {
			w.(http.Flusher).Flush()
		}
		_, _ = w.Write(b)
	})
	c := newClient(t, Options{})
	for _, size := range []int{0, 1, 1000, 9000, inlineBody - 1, inlineBody, inlineBody + 1, 64 << 10, 64<<10 + 1, 3 << 20} {
		payload := strings.Repeat("0123456789abcdef", size/16+1)[:size]
		for name, b := range map[string]*exchange.Body{
			"bytes": body(payload), "sized": streamed(payload, int64(size)), "chunked": streamed(payload, -1),
		} {
			for _, flush := range []string{"", "yes"} {
				r, err := do(t.Context(), t, c, &Request{
					Target: target, Method: []byte("POST"), Header: header("X-Flush", flush), Body: b, Deadline: time.Now().Add(10 * time.Second),
				})
				if err != nil || r.status != 200 || r.body != payload {
					t.Fatalf("%s, %d bytes, flush %q: status %d, %d bytes, error %v", name, size, flush, r.status, len(r.body), err)
				}
				if b.Stream != nil {
					b.Stream = streamed(payload, 0).Stream
				}
			}
		}
	}
	if s := c.Stats(); s.Dials != 1 || s.Open != 1 || s.Idle != 1 || s.Stale != 0 || s.Retries != 0 {
		t.Errorf("not everything went over one connection: %+v", s)
	}
}

func TestHeadMatchesNoBody(t *testing.T) {
	target := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "12345")
	})
	c := newClient(t, Options{})
	for range 3 {
		r, err := do(t.Context(), t, c, &Request{Target: target, Method: []byte("HEAD")})
		if err != nil || r.length != 12345 || r.body != "" || r.streamed {
			t.Fatalf("got %+v, %v", r, err)
		}
	}
	if s := c.Stats(); s.Dials != 1 {
		t.Errorf("connection not reused: %+v", s)
	}
}

// A body reader's error comes back as it is, and a back end never takes what there was for a whole request.
func TestBodyReaderFails(t *testing.T) {
	complete := make(chan bool, 10)
	target := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		complete <- err == nil
	})
	c := newClient(t, Options{})
	for _, sent := range []int{0, 100, 200 << 10} {
		for _, size := range []int64{-1, 1 << 20} {
			failing := io.MultiReader(bytes.NewReader(make([]byte, sent)), errorReader{min(sent, 1), exchange.ErrBodyTooLarge})
			_, err := do(t.Context(), t, c, &Request{
				Target: target, Method: []byte("POST"), Body: &exchange.Body{Stream: io.NopCloser(failing), Size: size},
			})
			var e *Error
			if !errors.Is(err, exchange.ErrBodyTooLarge) || !errors.As(err, &e) || e.Op != OpBody {
				t.Fatalf("after %d bytes of %d: %v", sent, size, err)
			}
			if sent > 0 && <-complete {
				t.Fatalf("after %d bytes of %d: the back end saw a whole request", sent, size)
			}
		}
	}
	if s := c.Stats(); s.Open != 0 {
		t.Errorf("connections left: %+v", s)
	}
}

// errorReader returns n bytes together with an error.
type errorReader struct {
	n   int
	err error
}

func (r errorReader) Read([]byte) (int, error) { return r.n, r.err }
