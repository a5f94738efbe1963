package runtimeapi

import (
	"bytes"
	"encoding/base64"
	"io"
)

// framing is what the fields of a head say of the body.
type framing struct {
	length  int64 // -1: not given
	chunked bool
	expect  bool
}

func (f *framing) field(name, value []byte) error {
	switch {
	case is(name, "Content-Length"):
		n, ok := decimal(value)
		if !ok || f.length >= 0 && f.length != n {
			return malformed("Content-Length")
		}
		f.length = n
	case is(name, "Transfer-Encoding"):
		if f.chunked || !is(value, "chunked") {
			return malformed("Transfer-Encoding")
		}
		f.chunked = true
	case is(name, "Expect"):
		f.expect = is(value, "100-continue")
	}
	return nil
}

func decimal(b []byte) (int64, bool) {
	const most = 18
	if len(b) == 0 || len(b) > most {
		return 0, false
	}
	var n int64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// body is how much of a request's body is still to be read.
type body struct {
	chunked bool
	total   int64
	left    int64 // of the body, or of the chunk
	part    part
	// trailers are those that say that a stream failed.
	trailers trailers
	used     int // bytes of the trailer section
}

// part is what comes next of a chunked body.
type part uint8

const (
	partSize part = iota
	partData
	partDataEnd
	partTrailer
	partDone
)

type trailers struct {
	errorType, errorBody []byte
}

// failure is the error that a streamed answer ended with, if it did.
func (b *body) failure() *StreamError {
	t := &b.trailers
	if len(t.errorType) == 0 {
		return nil
	}
	payload, err := base64.StdEncoding.AppendDecode(nil, t.errorBody)
	if err != nil {
		payload = t.errorBody
	}
	return &StreamError{Type: errorType(t.errorType), Payload: payload}
}

func (b *body) begin(f *framing) {
	*b = body{chunked: f.chunked, total: max(f.length, 0), left: max(f.length, 0)}
	if b.chunked {
		b.left = 0
	} else if b.left == 0 {
		b.part = partDone
	}
}

// length is the body's length, or -1 if that is not known.
func (b *body) length() int64 {
	if b.chunked {
		return -1
	}
	return b.total
}

func (b *body) done() bool { return b.part == partDone }

// readBody reads of the body as a Reader does; at its end it is io.EOF. What comes behind the body is left.
func (c *conn) readBody(p []byte) (int, error) {
	b := &c.body
	if b.chunked {
		if err := c.readFrame(); err != nil {
			return 0, err
		}
	}
	if b.done() {
		return 0, io.EOF
	}
	n, err := c.readData(p[:min(int64(len(p)), b.left)])
	if b.left -= int64(n); b.left == 0 {
		if b.part = partDone; b.chunked {
			b.part = partDataEnd
		}
	}
	return n, eofIsUnexpected(err)
}

// eofIsUnexpected keeps the connection's end apart from the body's.
func eofIsUnexpected(err error) error {
	if err == io.EOF { //nolint:errorlint // a reader's own
		return io.ErrUnexpectedEOF
	}
	return err
}

// readData takes from the buffer, or reads past it where much is wanted.
func (c *conn) readData(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if !c.buffered() {
		if len(p) >= firstIn {
			return c.readDirect(p)
		}
		if err := c.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.in[c.r:c.w])
	c.r += n
	return n, nil
}

// readFrame reads the framing of chunks up to the next byte of data or to the end.
func (c *conn) readFrame() error {
	for b := &c.body; b.part != partDone && (b.part != partData || b.left == 0); {
		line, err := c.readLine()
		if err != nil {
			return eofIsUnexpected(err)
		}
		if err := b.line(line); err != nil {
			return err
		}
	}
	return nil
}

// readLine reads a line of framing, which is valid until more is read.
func (c *conn) readLine() ([]byte, error) {
	for {
		unread := c.in[c.r:c.w]
		if i := bytes.IndexByte(unread, '\n'); i >= 0 {
			if i == 0 || unread[i-1] != '\r' {
				return nil, malformed("chunk")
			}
			c.r += i + 1
			return unread[:i-1], nil
		}
		if c.body.part != partTrailer && len(unread) > maxChunkLine {
			return nil, malformed("chunk")
		}
		if err := c.fill(); err != nil {
			return nil, err
		}
	}
}

// maxChunkLine bounds a chunk's size with its extensions.
const maxChunkLine = 256

// line takes a line of framing.
func (b *body) line(line []byte) error {
	switch b.part {
	case partDataEnd:
		if len(line) > 0 {
			return malformed("chunk")
		}
		b.part = partSize
	case partSize:
		n, ok := chunkSize(line)
		if !ok {
			return malformed("chunk size")
		}
		if b.left, b.part = n, partData; n == 0 {
			b.part = partTrailer
		}
	case partTrailer:
		return b.trailer(line)
	case partData, partDone:
	}
	return nil
}

func (b *body) trailer(line []byte) error {
	if len(line) == 0 {
		b.part = partDone
		return nil
	}
	if b.used += len(line); b.used > maxHead {
		return malformed("trailers too long")
	}
	name, value, ok := bytes.Cut(line, []byte{':'})
	if !ok || !isToken(name) {
		return malformed("trailer field")
	}
	value = bytes.Clone(bytes.Trim(value, " \t"))
	switch {
	case is(name, "Lambda-Runtime-Function-Error-Type"):
		b.trailers.errorType = value
	case is(name, "Lambda-Runtime-Function-Error-Body"):
		b.trailers.errorBody = value
	}
	return nil
}

// chunkSize reads a size in hexadecimal digits; extensions are passed over.
func chunkSize(line []byte) (int64, bool) {
	const most = 15
	size, _, _ := bytes.Cut(line, []byte{';'})
	size = bytes.TrimRight(size, " \t")
	if len(size) == 0 || len(size) > most {
		return 0, false
	}
	var n int64
	for _, c := range size {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		n = n<<4 | int64(c)
	}
	return n, true
}
