package upstream

import (
	"bytes"
	"fmt"

	"github.com/dipylon/dipylon/internal/exchange"
)

// headEnd returns the length of the head at the start of b, its empty line included, or 0 if it is not complete. Nothing
// before from needs to be looked at again: it is what an earlier call has seen.
//
// Lines end with CR LF; a lone LF is recognised too, as RFC 9112, section 2.2, allows: there are back ends that send it.
func headEnd(b []byte, from int) int {
	for i := max(0, from-2); ; {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			return 0
		}
		i += n + 1
		switch {
		case i < len(b) && b[i] == '\n':
			return i + 1
		case i+1 < len(b) && b[i] == '\r' && b[i+1] == '\n':
			return i + 2
		}
	}
}

// head is what a response's head says about the connection.
type head struct {
	status int
	http10 bool
	// length is the Content-Length, -1 if there is none.
	length  int64
	chunked bool
	// close and keepAlive are options of Connection; named that it lists fields which end here.
	close, keepAlive, named bool
}

// parse reads a complete head and adds its end-to-end fields, which alias b, to fields. RFC 9112, sections 4 to 6.
func (h *head) parse(b []byte, fields *exchange.Header) error {
	*h = head{length: -1}
	line, b := nextLine(b)
	if err := h.parseStatus(line); err != nil {
		return err
	}
	for count := 0; ; count++ {
		if line, b = nextLine(b); len(line) == 0 {
			break
		}
		if count == maxFields {
			return ErrHeadTooLarge
		}
		f, err := parseField(line)
		if err != nil {
			return err
		}
		if err := h.take(f, fields); err != nil {
			return err
		}
	}
	if h.chunked && (h.length >= 0 || h.http10) {
		return ErrAmbiguousLength
	}
	if h.named {
		dropNamed(fields)
	}
	return nil
}

// maxFields bounds what a head may cost in memory beyond its bytes.
const maxFields = 1000

// nextLine cuts the first line, without its end, off b, which holds whole lines.
func nextLine(b []byte) (line, rest []byte) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return nil, nil
	}
	line, rest = b[:i], b[i+1:]
	if i > 0 && line[i-1] == '\r' {
		line = line[:i-1]
	}
	return line, rest
}

func (h *head) parseStatus(line []byte) error {
	const version = "HTTP/1."
	if len(line) < len(version)+5 || string(line[:len(version)]) != version {
		return fmt.Errorf("%w: no HTTP/1 status line", ErrMalformedHead)
	}
	minor, code := line[len(version)], line[len(version)+2:]
	if minor != '0' && minor != '1' || line[len(version)+1] != ' ' {
		return fmt.Errorf("%w: unknown version", ErrMalformedHead)
	}
	h.http10 = minor == '0'
	for _, c := range code[:3] {
		if c < '0' || c > '9' {
			return fmt.Errorf("%w: status is not a number", ErrMalformedHead)
		}
		h.status = h.status*10 + int(c-'0')
	}
	if h.status < 100 || len(code) > 3 && code[3] != ' ' || !isValue(code[3:]) {
		return fmt.Errorf("%w: malformed status", ErrMalformedHead)
	}
	return nil
}

// parseField refuses folded lines, space before the colon and control characters.
func parseField(line []byte) (exchange.Field, error) {
	colon := bytes.IndexByte(line, ':')
	if colon < 0 || !isToken(line[:colon]) {
		return exchange.Field{}, fmt.Errorf("%w: malformed field name", ErrMalformedHead)
	}
	value := trimSpace(line[colon+1:])
	if !isValue(value) {
		return exchange.Field{}, fmt.Errorf("%w: control character in field value", ErrMalformedHead)
	}
	return exchange.Field{Name: line[:colon], Value: value}, nil
}

// take notes what a field says about the connection, or passes it on.
func (h *head) take(f exchange.Field, fields *exchange.Header) error {
	switch classify(f.Name) {
	case fieldContentLength:
		n := parseLength(f.Value)
		if n < 0 || h.length >= 0 && h.length != n {
			return ErrAmbiguousLength
		}
		h.length = n
	case fieldTransferEncoding:
		if h.chunked || !exchange.EqualFold(f.Value, "chunked") {
			return ErrAmbiguousLength
		}
		h.chunked = true
	case fieldConnection:
		if h.options(f.Value) {
			h.named = true
			fields.Add(f.Name, f.Value)
		}
	case hopByHop:
	case endToEnd, fieldHost:
		fields.Add(f.Name, f.Value)
	}
	return nil
}

// options notes the options of a Connection field, and reports whether others than close and keep-alive are among them.
func (h *head) options(value []byte) (others bool) {
	for len(value) > 0 {
		var option []byte
		option, value = nextOption(value)
		switch {
		case exchange.EqualFold(option, "close"):
			h.close = true
		case exchange.EqualFold(option, "keep-alive"):
			h.keepAlive = true
		case len(option) > 0:
			others = true
		}
	}
	return others
}

func nextOption(list []byte) (option, rest []byte) {
	if i := bytes.IndexByte(list, ','); i >= 0 {
		return trimSpace(list[:i]), list[i+1:]
	}
	return trimSpace(list), nil
}

// dropNamed removes Connection fields and those that they name.
func dropNamed(fields *exchange.Header) {
	var names []string
	for _, f := range fields.Fields() {
		if classify(f.Name) != fieldConnection {
			continue
		}
		names = append(names, string(f.Name))
		for list := f.Value; len(list) > 0; {
			var option []byte
			option, list = nextOption(list)
			names = append(names, string(option))
		}
	}
	for _, name := range names {
		fields.Del(name)
	}
}

// parseLength returns the value of a Content-Length, -1 if it is not a plain decimal number below 10^18.
func parseLength(b []byte) int64 {
	if len(b) == 0 || len(b) > 18 {
		return -1
	}
	var n int64
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

// bodyless reports whether a response to that method with that status has no body whatever its fields say.
func (h *head) bodyless(method []byte) bool {
	return h.status == 204 || h.status == 304 || string(method) == "HEAD"
}

// persistent reports whether the connection stays open after the response.
func (h *head) persistent() bool {
	if h.close || h.http10 && !h.keepAlive {
		return false
	}
	// A body that must not be there may come all the same.
	return h.status != 204 || !h.chunked && h.length <= 0
}
