package runtimeapi

import (
	"bytes"
	"strings"
)

// op is what a request asks for.
type op uint8

const (
	opUnknown op = iota
	opWrongMethod
	opNext
	opResponse
	opError
	opInitError
)

// request is a request's head. Its slices are of the connection's buffer, and are gone when more is read into that.
type request struct {
	op op
	// id is the request id in the path.
	id []byte
	// mode, errorType and contentType are headers.
	mode, errorType, contentType []byte
}

// badRequest is what cannot be read as a request.
type badRequest struct {
	status, text string
}

// Error implements error.
func (e *badRequest) Error() string { return "runtimeapi: " + e.text }

func malformed(what string) error {
	return &badRequest{statusBadRequest, "400 Bad Request: " + what}
}

// readRequest reads the head of the next request.
func (c *conn) readRequest() error {
	for seen := 0; ; {
		unread := c.in[c.r:c.w]
		if i := bytes.Index(unread[seen:], []byte("\r\n\r\n")); i >= 0 {
			head := unread[:seen+i+2]
			c.r += len(head) + 2
			return c.parse(head)
		}
		if len(unread) > maxHead {
			return &badRequest{statusHeaderTooLarge, "431 Request Header Fields Too Large"}
		}
		seen = max(len(unread)-3, 0)
		if err := c.fill(); err != nil {
			return err
		}
	}
}

// hasRequest reports whether the next request's head has arrived.
func (c *conn) hasRequest() bool {
	return bytes.Contains(c.in[c.r:c.w], []byte("\r\n\r\n"))
}

// parse reads a head, each line of which ends with CR LF.
func (c *conn) parse(head []byte) error {
	line, rest, _ := bytes.Cut(head, crlf)
	method, target, ok := requestLine(line)
	if !ok {
		return malformed("request line")
	}
	c.req = request{}
	c.req.op, c.req.id = route(method, target)
	f := framing{length: -1}
	for len(rest) > 0 {
		line, rest, _ = bytes.Cut(rest, crlf)
		name, value, ok := bytes.Cut(line, []byte{':'})
		if !ok || len(name) == 0 || !isToken(name) || bytes.IndexByte(value, '\n') >= 0 {
			return malformed("header field")
		}
		value = bytes.Trim(value, " \t")
		if err := f.field(name, value); err != nil {
			return err
		}
		c.field(name, value)
	}
	if f.chunked && f.length >= 0 {
		return malformed("Content-Length with Transfer-Encoding")
	}
	c.body.begin(&f)
	if f.expect && !c.body.done() && !c.buffered() {
		c.out = append(c.out, "HTTP/1.1 100 Continue\r\n\r\n"...)
	}
	return nil
}

var crlf = []byte("\r\n")

// requestLine splits METHOD TARGET HTTP/1.x.
func requestLine(line []byte) (method, target []byte, ok bool) {
	method, line, _ = bytes.Cut(line, []byte{' '})
	target, version, _ := bytes.Cut(line, []byte{' '})
	ok = isToken(method) && len(target) > 0 && len(version) == len("HTTP/1.1") && string(version[:7]) == "HTTP/1."
	return method, target, ok
}

// route finds out what a request asks for.
func route(method, target []byte) (what op, id []byte) {
	path, _, _ := bytes.Cut(target, []byte{'?'})
	rest, ok := bytes.CutPrefix(path, []byte("/2018-06-01/runtime/"))
	if !ok {
		return opUnknown, nil
	}
	wanted := "POST"
	switch string(rest) {
	case "invocation/next":
		what, wanted = opNext, "GET"
	case "init/error":
		what = opInitError
	default:
		var of, last []byte
		of, ok = bytes.CutPrefix(rest, []byte("invocation/"))
		id, last, _ = bytes.Cut(of, []byte{'/'})
		switch {
		case ok && string(last) == "response":
			what = opResponse
		case ok && string(last) == "error":
			what = opError
		default:
			return opUnknown, nil
		}
	}
	if string(method) != wanted {
		return opWrongMethod, nil
	}
	return what, id
}

// field keeps the headers that say something of an answer.
func (c *conn) field(name, value []byte) {
	switch {
	case is(name, "Content-Type"):
		c.req.contentType = value
	case is(name, "Lambda-Runtime-Function-Response-Mode"):
		c.req.mode = value
	case is(name, "Lambda-Runtime-Function-Error-Type"):
		c.req.errorType = value
	}
}

// is compares a header's name, or a value of letters, without regard to case.
func is(name []byte, want string) bool {
	if len(name) != len(want) {
		return false
	}
	for i := range len(want) {
		a, b := name[i], want[i]
		if a != b && (a|0x20 != b|0x20 || !isLower(a|0x20)) {
			return false
		}
	}
	return true
}

// isToken reports whether b is a name as RFC 9110 has them (section 5.6.2).
func isToken(b []byte) bool {
	for _, c := range b {
		if isLower(c|0x20) || '0' <= c && c <= '9' || c == '-' {
			continue
		}
		if strings.IndexByte("!#$%&'*+.^_`|~", c) < 0 {
			return false
		}
	}
	return len(b) > 0
}

// errorType returns the type of an error as the Runtime API takes it: Runtime.X or Function.X, or else unknown
// (https://github.com/aws/aws-lambda-runtime-interface-emulator, internal/lambda/fatalerror/fatalerror.go).
func errorType(given []byte) string {
	for _, prefix := range []string{"Runtime.", "Function."} {
		for rest := given; ; {
			_, after, ok := bytes.Cut(rest, []byte(prefix))
			if !ok {
				break
			}
			if len(after) > 1 && isUpper(after[0]) && (isUpper(after[1]) || isLower(after[1])) {
				return printable(given)
			}
			rest = after
		}
	}
	if bytes.HasPrefix(given, []byte("Function.")) {
		return "Function.Unknown"
	}
	return "Runtime.Unknown"
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

// printable makes a line of what goes to a log.
func printable(b []byte) string {
	const most = 256
	return string(appendValue(nil, string(b[:min(len(b), most)])))
}
