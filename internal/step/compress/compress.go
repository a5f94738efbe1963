// Package compress takes content codings off the requests of a REST API and puts them on its responses
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gzip-compression-decompression.html). The step
// for requests stands in front of whatever reads bodies, the one for responses behind respond.
//
// It may import exchange.
package compress

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"math"
	"sync"

	"github.com/dipylon/dipylon/internal/exchange"
)

// Name is the steps' name.
const Name = "compress"

// Config is what the steps are compiled from.
type Config struct {
	// Minimum is the size in bytes from which on payloads are compressed; nil compresses none.
	Minimum *int
	// MaxPayload is how many bytes a request's body may have when its coding is taken off.
	MaxPayload int64
}

// coding is a content coding: a closed set.
type coding uint8

const (
	unknown coding = iota
	identity
	gzipped
	deflated
)

var names = [...][]byte{gzipped: []byte("gzip"), deflated: []byte("deflate")}

// parseCoding reads a coding's name.
func parseCoding(name []byte) coding {
	switch {
	case exchange.EqualFold(name, "gzip"):
		return gzipped
	case exchange.EqualFold(name, "deflate"):
		return deflated
	case exchange.EqualFold(name, "identity"):
		return identity
	}
	return unknown
}

// Responses returns the step that compresses responses; one without Run if none are.
func Responses(cfg Config) exchange.Step {
	if cfg.Minimum == nil {
		return exchange.Step{}
	}
	s := responses{minimum: int64(*cfg.Minimum)}
	return exchange.Step{Name: Name, Detail: fmt.Sprintf("compress responses of %d bytes and more", s.minimum), Run: s.run}
}

type responses struct{ minimum int64 }

// run compresses what an integration answered, under the conditions of the page "Receive an API response with a compressed
// payload".
func (s *responses) run(_ context.Context, x *exchange.Exchange) error {
	r := &x.Response
	if x.Fault != nil || r.Status < 200 || r.Status == 204 || r.Status == 304 || string(x.Request.Method) == "HEAD" {
		return nil
	}
	c := accepted(x.Request.Header.Get("Accept-Encoding"))
	if c != gzipped && c != deflated || r.Header.Has("Content-Encoding") {
		return nil
	}
	if r.Body.Len() < 0 {
		if err := r.Body.ReadAhead(s.minimum); err != nil {
			r.Body = exchange.Body{Stream: brokenOff{r.Body.Stream, err}, Size: -1}
			return err
		}
	}
	if n := r.Body.Len(); n == 0 || n > 0 && n < s.minimum {
		return nil
	}
	if r.Body.Stream == nil {
		r.Body = exchange.Body{Bytes: c.compress(r.Body.Bytes)}
	} else {
		r.Body = exchange.Body{Stream: newReader(c, r.Body.Stream), Size: -1}
	}
	r.Header.Add(contentEncoding, names[c])
	return nil
}

var contentEncoding = []byte("Content-Encoding")

// writer is a compressor of either coding.
type writer interface {
	io.WriteCloser
	Reset(io.Writer)
}

var writers = [...]sync.Pool{
	gzipped: {New: func() any {
		w, _ := gzip.NewWriterLevel(nil, flate.BestSpeed) // the level exists
		return w
	}},
	deflated: {New: func() any {
		w, _ := zlib.NewWriterLevel(nil, flate.BestSpeed)
		return w
	}},
}

func (c coding) compress(payload []byte) []byte {
	w := writers[c].Get().(writer)
	defer writers[c].Put(w)
	var out bytes.Buffer
	w.Reset(&out)
	_, _ = w.Write(payload) // a buffer takes everything
	_ = w.Close()
	return out.Bytes()
}

// brokenOff is a payload of which nothing is to be had.
type brokenOff struct {
	io.Closer
	err error
}

// Read implements io.Reader.
func (b brokenOff) Read([]byte) (int, error) { return 0, b.err }

// reader compresses what it reads.
type reader struct {
	source io.ReadCloser
	coding coding
	writer writer // nil when all is written
	block  []byte
	out    bytes.Buffer
}

func newReader(c coding, source io.ReadCloser) *reader {
	const usual = 32 << 10
	r := &reader{source: source, coding: c, writer: writers[c].Get().(writer), block: make([]byte, usual)}
	r.writer.Reset(&r.out)
	return r
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	for r.out.Len() == 0 && r.writer != nil {
		n, err := r.source.Read(r.block)
		_, _ = r.writer.Write(r.block[:n]) // a buffer takes everything
		switch {
		case err == io.EOF:
			_ = r.writer.Close()
			r.release()
		case err != nil:
			return 0, err
		}
	}
	return r.out.Read(p)
}

// Close implements io.Closer.
func (r *reader) Close() error {
	r.release()
	return r.source.Close()
}

func (r *reader) release() {
	if r.writer != nil {
		writers[r.coding].Put(r.writer)
		r.writer = nil
	}
}

// Requests returns the step that takes the coding off a request's body. Without a minimum it does for every size
// (dougmoscrop/serverless-http issue 194 could not turn it off), else from there on (API reference, RestApi).
func Requests(cfg Config) exchange.Step {
	s := requests{most: cfg.MaxPayload}
	if cfg.Minimum != nil {
		s.minimum = int64(*cfg.Minimum)
	}
	if s.most <= 0 {
		s.most = math.MaxInt64
	}
	return exchange.Step{Name: Name, Detail: "decompress requests", Run: s.run}
}
