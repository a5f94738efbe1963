package dataplane

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/dipylon/dipylon/internal/exchange"
)

// respond writes x.Response and closes its body. persist says what the client is told of the connection. After an error
// the connection is of no use.
func (c *conn) respond(x *exchange.Exchange, persist bool) error {
	body := &x.Response.Body
	defer func() { _ = body.Close() }() // the response is on its way
	block := c.srv.buffers.Get().(*[]byte)
	f := frame(x)
	out := appendHead((*block)[:0], x, c.srv.date(), persist)
	joined := f == frameLength && body.Stream == nil && len(out)+len(body.Bytes) <= joinMax
	if joined {
		out = append(out, body.Bytes...)
	}
	err := c.write(out)
	if cap(out) <= keepMax {
		*block = out[:cap(out)]
	}
	c.srv.buffers.Put(block)
	switch {
	case err != nil || joined || f == frameNone:
		return err
	case body.Stream == nil:
		return c.write(body.Bytes)
	default:
		return c.stream(body, f)
	}
}

// joinMax is the size up to which head and body go out in one write; a buffer that has grown past keepMax is dropped.
const (
	joinMax = 32 << 10
	keepMax = 16 << 10
)

// framing is how a response's body is delimited.
type framing uint8

const (
	frameNone    framing = iota // no body; the length, if it is known, is that of the answer to GET
	frameLength                 // Content-Length
	frameChunked                // Transfer-Encoding: chunked
	frameClose                  // by closing the connection, for HTTP/1.0
)

func frame(x *exchange.Exchange) framing {
	status := x.Response.Status
	switch {
	case status < 200 || status == 204 || status == 304 || string(x.Request.Method) == "HEAD":
		return frameNone
	case x.Response.Body.Len() >= 0:
		return frameLength
	case x.Request.Proto == exchange.HTTP10:
		return frameClose
	default:
		return frameChunked
	}
}

// appendHead appends the status line and the fields in AWS's order: Date, Content-Type, the framing and Connection, always
// written like this, then all others as they are (recorded: aws-behaviour-http-api.md, facts 1 to 3). Fields that would
// break the message are left out.
func appendHead(out []byte, x *exchange.Exchange, date []byte, persist bool) []byte {
	out = append(out, "HTTP/1.1 "...)
	out = strconv.AppendInt(out, int64(x.Response.Status), 10)
	out = append(out, ' ')
	out = append(out, http.StatusText(x.Response.Status)...)
	first := findFirst(&x.Response.Header)
	if first.date != nil {
		date = first.date
	}
	out = appendField(out, "\r\nDate: ", date)
	if first.contentType != nil {
		out = appendField(out, "\r\nContent-Type: ", first.contentType)
	}
	out = appendFraming(out, x)
	if persist {
		out = append(out, "\r\nConnection: keep-alive"...)
	} else {
		out = append(out, "\r\nConnection: close"...)
	}
	for _, f := range x.Response.Header.Fields() {
		if passes(f, first.connection) {
			out = append(out, '\r', '\n')
			out = append(out, f.Name...)
			out = appendField(out, ": ", f.Value)
		}
	}
	return append(out, "\r\n\r\n"...)
}

// hoisted are the values of the fields that do not stand in their place.
type hoisted struct{ date, contentType, connection []byte }

func findFirst(header *exchange.Header) (h hoisted) {
	for _, f := range header.Fields() {
		switch {
		case len(f.Name) == len("Date") && exchange.EqualFold(f.Name, "Date"):
			keepFirst(&h.date, f.Value)
		case len(f.Name) == len("Content-Type") && exchange.EqualFold(f.Name, "Content-Type"):
			keepFirst(&h.contentType, f.Value)
		case len(f.Name) == len("Connection") && exchange.EqualFold(f.Name, "Connection"):
			keepFirst(&h.connection, f.Value)
		}
	}
	return h
}

func keepFirst(dst *[]byte, value []byte) {
	if *dst == nil && len(value) > 0 && isValue(value) {
		*dst = value
	}
}

func appendField(out []byte, prefix string, value []byte) []byte {
	return append(append(out, prefix...), value...)
}

func appendFraming(out []byte, x *exchange.Exchange) []byte {
	if frame(x) == frameChunked {
		return append(out, "\r\nTransfer-Encoding: chunked"...)
	}
	if n, ok := contentLength(x); ok {
		return strconv.AppendInt(append(out, "\r\nContent-Length: "...), n, 10)
	}
	return out
}

// contentLength returns what Content-Length says, if the response has that field.
func contentLength(x *exchange.Exchange) (int64, bool) {
	length := x.Response.Body.Len()
	if frame(x) == frameNone {
		if s := x.Response.Status; s < 200 || s == 204 || s == 304 {
			return 0, false
		}
		if length == 0 {
			length = x.Response.Body.Size // HEAD: what GET would have had
		}
	}
	return length, length >= 0
}

// passes reports whether a field goes to the client where it stands. Framing and connection are the listener's, and a
// field with control characters could smuggle another.
func passes(f exchange.Field, connection []byte) bool {
	switch len(f.Name) {
	case 0:
		return false
	case len("Date"):
		if exchange.EqualFold(f.Name, "Date") {
			return false
		}
	case len("Content-Type"):
		if exchange.EqualFold(f.Name, "Content-Type") {
			return false
		}
	case len("Content-Length"):
		if exchange.EqualFold(f.Name, "Content-Length") {
			return false
		}
	}
	if isHopByHop(f.Name) || !all(f.Name, nameByte) || !isValue(f.Value) {
		return false
	}
	return connection == nil || !namedIn(connection, f.Name)
}

// namedIn reports whether name is one of the options of a Connection field.
func namedIn(connection, name []byte) bool {
	for len(connection) > 0 {
		var option []byte
		option, connection, _ = bytes.Cut(connection, []byte{','})
		if bytes.EqualFold(trim(option), name) {
			return true
		}
	}
	return false
}

// stream sends a body as it comes, each read in a write of its own. A body that breaks off, or is shorter than
// announced, leaves the message visibly incomplete.
func (c *conn) stream(body *exchange.Body, f framing) error {
	block := c.srv.blocks.Get().(*[]byte)
	defer c.srv.blocks.Put(block)
	room := (*block)[chunkRoom : len(*block)-chunkEnd]
	for left := body.Size; f != frameLength || left > 0; {
		if f == frameLength {
			room = room[:min(int64(len(room)), left)]
		}
		if err := c.enter(phaseCall); err != nil {
			return err
		}
		n, err := body.Stream.Read(room)
		left -= int64(n)
		ended := err == io.EOF && (f != frameLength || left == 0)
		if err != nil && !ended {
			return fmt.Errorf("%w: %w", errBrokenOff, err)
		}
		out := room[:n]
		if f == frameChunked {
			out = sealChunk(*block, n, ended)
		}
		if err := c.write(out); err != nil || ended {
			return err
		}
	}
	return nil
}

// errBrokenOff is a response whose body ended before its time; the client has got a part of it.
var errBrokenOff = errors.New("response body broke off")

// A chunk's payload is read behind room for its size and before room for what ends it and perhaps the body.
const (
	chunkRoom = len("10000\r\n")
	chunkEnd  = len("\r\n0\r\n\r\n")
)

// sealChunk makes a chunk of the n bytes that stand chunkRoom behind block's beginning and, if it is the last, ends the body.
func sealChunk(block []byte, n int, last bool) []byte {
	start, end := chunkRoom, chunkRoom+n
	if n > 0 {
		end += copy(block[end:], "\r\n")
		start -= copy(block[start-len("\r\n"):], "\r\n")
		for size := n; size > 0; size >>= 4 {
			start--
			block[start] = "0123456789abcdef"[size&15]
		}
	}
	if last {
		end += copy(block[end:], "0\r\n\r\n")
	}
	return block[start:end]
}
