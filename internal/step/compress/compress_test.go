package compress

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/dipylon/dipylon/internal/exchange"
)

// pack compresses as a client or a back end does.
func pack(t testing.TB, name, payload string) string {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&out)
	if name == "deflate" {
		w = zlib.NewWriter(&out)
	}
	if _, err := io.WriteString(w, payload); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func unpack(t testing.TB, name string, payload []byte) string {
	t.Helper()
	var r io.Reader
	var err error
	switch name {
	case "gzip":
		r, err = gzip.NewReader(bytes.NewReader(payload))
	case "deflate":
		r, err = zlib.NewReader(bytes.NewReader(payload))
	default:
		return string(payload)
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestAccepted: the forms are those of the page "Enable payload compression for an API"; browsers' first coding decides
// (awsdocs/amazon-api-gateway-developer-guide pull request 32).
func TestAccepted(t *testing.T) {
	for value, want := range map[string]coding{
		"deflate,gzip":                      deflated,
		"":                                  unknown,
		"*":                                 unknown,
		"deflate;q=0.5,gzip;q=1.0":          gzipped,
		"gzip;q=1.0,identity;q=0.5,*;q=0":   gzipped,
		"gzip, deflate, br":                 gzipped,
		"br, gzip":                          unknown,
		"identity":                          identity,
		"GZIP":                              gzipped,
		"gzip;q=0":                          unknown,
		"gzip;q=0.5, *;q=1":                 unknown,
		"gzip;q=x":                          unknown,
		"gzip;q=2":                          unknown,
		"gzip;level=1":                      unknown,
		" ,, gzip ; q=0.8 , deflate;q=0.81": deflated,
	} {
		if got := accepted([]byte(value)); got != want {
			t.Errorf("%q: got %d, want %d", value, got, want)
		}
	}
}

// TestResponses: the conditions of the page "Receive an API response with a compressed payload".
func TestResponses(t *testing.T) {
	payload := strings.Repeat("payload ", 1000)
	whole := func() exchange.Body { return exchange.Body{Bytes: []byte(payload)} }
	stream := func(size int64) exchange.Body {
		return exchange.Body{Stream: io.NopCloser(iotest.HalfReader(strings.NewReader(payload))), Size: size}
	}
	for name, c := range map[string]struct {
		minimum int
		accept  string
		head    string
		method  string
		status  int
		fault   bool
		body    exchange.Body
		want    string
	}{
		"gzip":                      {0, "gzip", "", "GET", 200, false, whole(), "gzip"},
		"deflate":                   {0, "deflate", "", "GET", 200, false, whole(), "deflate"},
		"an error of the back end":  {0, "gzip", "", "GET", 502, false, whole(), "gzip"},
		"an API's own answer":       {0, "gzip", "", "GET", 403, true, whole(), ""},
		"nothing accepted":          {0, "", "", "GET", 200, false, whole(), ""},
		"encoded already":           {0, "gzip", "Content-Encoding", "GET", 200, false, whole(), "br"},
		"of the least size":         {8000, "gzip", "", "GET", 200, false, whole(), "gzip"},
		"under it":                  {8001, "gzip", "", "GET", 200, false, whole(), ""},
		"a stream":                  {8000, "gzip", "", "GET", 200, false, stream(8000), "gzip"},
		"under the size":            {8001, "gzip", "", "GET", 200, false, stream(8000), ""},
		"a stream of unknown size":  {8000, "deflate", "", "GET", 200, false, stream(-1), "deflate"},
		"of unknown size, under it": {8001, "gzip", "", "GET", 200, false, stream(-1), ""},
		"HEAD":                      {0, "gzip", "", "HEAD", 200, false, exchange.Body{Size: 8000}, ""},
		"not modified":              {0, "gzip", "", "GET", 304, false, exchange.Body{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			x := &exchange.Exchange{}
			x.Request.Method = []byte(c.method)
			x.Request.Header.Add([]byte("accept-encoding"), []byte(c.accept))
			x.Response = exchange.Response{Status: c.status, Body: c.body}
			if c.head != "" {
				x.Response.Header.Add([]byte(c.head), []byte("br"))
			}
			if c.fault {
				x.Fault = exchange.Refuse(exchange.KindAccessDenied, nil)
			}
			if err := Responses(Config{Minimum: &c.minimum}).Run(t.Context(), x); err != nil {
				t.Fatal(err)
			}
			got := x.Response.Body.Bytes
			if x.Response.Body.Stream != nil {
				var err error
				if got, err = io.ReadAll(x.Response.Body.Stream); err != nil {
					t.Fatal(err)
				}
			}
			if coding := string(x.Response.Header.Get("Content-Encoding")); coding != c.want || len(got) > 0 && unpack(t, c.want, got) != payload {
				t.Errorf("coding %q, %d bytes", coding, len(got))
			}
			if err := x.Response.Body.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	if Responses(Config{}).Run != nil {
		t.Error("an API without a minimum compresses")
	}
}

// TestBrokenResponse: a payload that breaks off stays one, whether it was being read or written.
func TestBrokenResponse(t *testing.T) {
	for _, minimum := range []int{0, 100} {
		x := &exchange.Exchange{}
		x.Request.Header.Add([]byte("Accept-Encoding"), []byte("gzip"))
		x.Response = exchange.Response{Status: 200, Body: exchange.Body{
			Stream: io.NopCloser(io.MultiReader(strings.NewReader("a"), iotest.ErrReader(io.ErrUnexpectedEOF))), Size: -1,
		}}
		_ = Responses(Config{Minimum: &minimum}).Run(t.Context(), x)
		if _, err := io.ReadAll(x.Response.Body.Stream); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("minimum %d: %v", minimum, err)
		}
		_ = x.Response.Body.Close()
	}
}

// TestRequests: page "Call an API method with a compressed payload". What stays of the field is in serverless-http
// issue 194.
func TestRequests(t *testing.T) {
	ten := 10
	for name, c := range map[string]struct {
		cfg            Config
		coding, body   string
		want           string // the body, or the fault
		taken, refused bool
	}{
		"gzip":                    {Config{}, "gzip", pack(t, "gzip", "payload"), "payload", true, false},
		"deflate":                 {Config{}, "Deflate", pack(t, "deflate", "payload"), "payload", true, false},
		"identity":                {Config{}, "identity", "payload", "payload", false, false},
		"none":                    {Config{}, "", "payload", "payload", false, false},
		"no body":                 {Config{}, "br", "", "", false, false}, // recorded: header_remapping_*
		"not supported":           {Config{}, "br", "payload", "unsupported_media_type", false, true},
		"two":                     {Config{}, "gzip, gzip", "payload", "unsupported_media_type", false, true},
		"not what it says":        {Config{}, "gzip", "payload", "unsupported_media_type", false, true},
		"cut off":                 {Config{}, "gzip", pack(t, "gzip", "payload")[:20], "unsupported_media_type", false, true},
		"of the size that may be": {Config{MaxPayload: 7}, "gzip", pack(t, "gzip", "payload"), "payload", true, false},
		"one more":                {Config{MaxPayload: 6}, "gzip", pack(t, "gzip", "payload"), "request_too_large", false, true},
		"a bomb":                  {Config{MaxPayload: 1 << 20}, "deflate", pack(t, "deflate", strings.Repeat("\x00", 2<<20)), "request_too_large", false, true},
		"under the minimum":       {Config{Minimum: &ten}, "gzip", "a", "a", false, false},
		"over the minimum":        {Config{Minimum: &ten}, "gzip", pack(t, "gzip", "payload"), "payload", true, false},
	} {
		for _, streamed := range []bool{false, true} {
			x := &exchange.Exchange{}
			x.Request.Header.Add([]byte("Content-Encoding"), []byte(c.coding))
			x.Request.Body.Bytes = []byte(c.body)
			if streamed && c.body != "" {
				x.Request.Body = exchange.Body{Stream: io.NopCloser(strings.NewReader(c.body)), Size: -1}
			}
			err := Requests(c.cfg).Run(t.Context(), x)
			var f *exchange.Fault
			if errors.As(err, &f) {
				if !c.refused || f.Kind.String() != c.want {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			if x.Request.Body.Stream != nil {
				x.Request.Body.Bytes, _ = io.ReadAll(x.Request.Body.Stream)
			}
			if err != nil || c.refused || string(x.Request.Body.Bytes) != c.want || x.Request.Decoded != c.taken || !x.Request.Header.Has("Content-Encoding") {
				t.Errorf("%s: got %q, %v, %v", name, x.Request.Body.Bytes, x.Request.Decoded, err)
			}
		}
	}
	x := &exchange.Exchange{}
	x.Request.Header.Add([]byte("Content-Encoding"), []byte("gzip"))
	x.Request.Body = exchange.Body{Stream: io.NopCloser(iotest.ErrReader(exchange.ErrBodyTooLarge)), Size: -1}
	var f *exchange.Fault
	if err := Requests(Config{}).Run(context.Background(), x); !errors.As(err, &f) || f.Kind != exchange.KindRequestTooLarge {
		t.Errorf("got %v", err)
	}
}

// FuzzRequests: no body breaks it, and none becomes larger than may be.
func FuzzRequests(f *testing.F) {
	f.Add("gzip", pack(f, "gzip", "payload"))
	f.Add("deflate", pack(f, "deflate", strings.Repeat("a", 5000)))
	f.Add("gzip", "\x1f\x8b\x08\x1f\x00\x00\x00\x00\x00\x00")
	f.Fuzz(func(t *testing.T, coding, body string) {
		x := &exchange.Exchange{}
		x.Request.Header.Add([]byte("Content-Encoding"), []byte(coding))
		x.Request.Body.Bytes = []byte(body)
		const most = 1000
		if Requests(Config{MaxPayload: most}).Run(t.Context(), x) == nil && x.Request.Decoded && len(x.Request.Body.Bytes) > most {
			t.Errorf("%d bytes", len(x.Request.Body.Bytes))
		}
	})
}

// FuzzAccepted: whatever a client sends names a coding.
func FuzzAccepted(f *testing.F) {
	f.Add("gzip;q=1.0,identity;q=0.5,*;q=0")
	f.Add("gzip;q=")
	f.Fuzz(func(t *testing.T, value string) {
		if c := accepted([]byte(value)); c > deflated {
			t.Error(c)
		}
	})
}
