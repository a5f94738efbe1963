package cache

import (
	"errors"
	"io"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// keep takes a call's response: at once if its payload is whole, else when the client has got all of it.
func (p *Space) keep(x *exchange.Exchange, ttl time.Duration) {
	body := &x.Response.Body
	if body.Len() > MaxResponse {
		return
	}
	r := p.newResponse(x)
	epoch := x.Cache.Epoch
	if body.Stream == nil {
		r.body, r.length = append([]byte(nil), body.Bytes...), body.Size
		p.finish(r, epoch, ttl)
		return
	}
	body.Stream = &copied{ReadCloser: body.Stream, size: body.Size, done: func(payload []byte) {
		r.body = payload
		p.finish(r, epoch, ttl)
	}}
}

// finish counts what the response takes, and keeps it.
func (p *Space) finish(r *response, epoch uint64, ttl time.Duration) {
	const overhead, perField = 256, 48
	r.expires = time.Now().Add(ttl)
	r.size = overhead + int64(len(r.key)+cap(r.body)+perField*len(r.fields))
	for i := range r.fields {
		r.size += int64(len(r.fields[i].Name) + len(r.fields[i].Value))
	}
	p.put(r, epoch)
}

// newResponse copies status and head. The id of the call's trace is no later call's.
func (p *Space) newResponse(x *exchange.Exchange) *response {
	fields, size := x.Response.Header.Fields(), 0
	for i := range fields {
		size += len(fields[i].Name) + len(fields[i].Value)
	}
	r := &response{space: p, key: string(x.Cache.Key), status: x.Response.Status, fields: make([]exchange.Field, 0, len(fields))}
	memory := make([]byte, 0, size)
	keep := func(b []byte) []byte {
		start := len(memory)
		memory = append(memory, b...)
		return memory[start:len(memory):len(memory)]
	}
	for i := range fields {
		if !exchange.EqualFold(fields[i].Name, "X-Amzn-Trace-Id") {
			r.fields = append(r.fields, exchange.Field{Name: keep(fields[i].Name), Value: keep(fields[i].Value)})
		}
	}
	return r
}

// copied is a payload that is copied as the client gets it, up to the largest that is kept.
type copied struct {
	io.ReadCloser
	size    int64
	payload []byte
	// done takes the payload when it has ended; nil when there is nothing to take.
	done func([]byte)
}

// Read implements io.Reader.
func (c *copied) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if c.done == nil {
		return n, err
	}
	if len(c.payload)+n > MaxResponse {
		c.done, c.payload = nil, nil
		return n, err
	}
	c.payload = append(c.payload, p[:n]...)
	ended := errors.Is(err, io.EOF) && c.size < 0 || int64(len(c.payload)) == c.size
	if ended || err != nil {
		if ended {
			c.done(c.payload)
		}
		c.done, c.payload = nil, nil
	}
	return n, err
}
