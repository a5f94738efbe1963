package runtimeapi

import (
	"strconv"
	"strings"
)

// The statuses that the Runtime API answers with.
const (
	statusBadRequest       = "400 Bad Request"
	statusForbidden        = "403 Forbidden"
	statusNotFound         = "404 Not Found"
	statusMethodNotAllowed = "405 Method Not Allowed"
	statusTooLarge         = "413 Request Entity Too Large"
	statusHeaderTooLarge   = "431 Request Header Fields Too Large"
)

const accepted = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n"

func (c *conn) accepted() { c.out = append(c.out, accepted...) }

// refuse answers with an error in the Runtime API's form.
func (c *conn) refuse(status, message, kind string) verdict {
	b := make([]byte, 0, 256)
	b = append(b, `{"errorMessage":`...)
	b = strconv.AppendQuote(b, message)
	b = append(b, `,"errorType":"`...)
	b = append(b, kind...)
	b = append(b, "\"}\n"...)
	return c.answer(status, "application/json", b)
}

// refuseTransition answers a request that has no place at this time.
func (c *conn) refuseTransition(from, to phase) verdict {
	message := "State transition from " + string(from) + " to " + string(to) + " failed for runtime. Error: State transition is not allowed"
	return c.refuse(statusForbidden, message, "InvalidStateTransition")
}

func (c *conn) tooLarge(limit int) {
	c.refuse(statusTooLarge, "Exceeded maximum allowed payload size ("+strconv.Itoa(limit)+" bytes).", "RequestEntityTooLarge")
}

// event writes an invocation, to be sent when its answer is waited for.
func (c *conn) event(e *Event) {
	b := append(c.out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: "...)
	b = appendValue(b, e.RequestID)
	b = append(b, "\r\nLambda-Runtime-Deadline-Ms: "...)
	b = strconv.AppendInt(b, e.Deadline.UnixMilli(), 10)
	b = append(b, "\r\nLambda-Runtime-Invoked-Function-Arn: "...)
	b = appendValue(b, e.FunctionARN)
	if e.TraceID != "" {
		b = append(b, "\r\nLambda-Runtime-Trace-Id: "...)
		b = appendValue(b, e.TraceID)
	}
	if e.ClientContext != "" {
		b = append(b, "\r\nLambda-Runtime-Client-Context: "...)
		b = appendValue(b, e.ClientContext)
	}
	b = append(b, "\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(e.Payload)), 10)
	b = append(b, "\r\n\r\n"...)
	if len(e.Payload) <= maxOut {
		b = append(b, e.Payload...)
	} else {
		c.tail = e.Payload
	}
	c.out = b
}

// appendValue appends a header's value. Control characters, which JSON has between its tokens only, become spaces.
func appendValue(b []byte, s string) []byte {
	if strings.IndexFunc(s, isControl) < 0 {
		return append(b, s...)
	}
	for i := range len(s) {
		if c := s[i]; isControl(rune(c)) {
			b = append(b, ' ')
		} else {
			b = append(b, c)
		}
	}
	return b
}

func isControl(c rune) bool { return c < ' ' || c == 0x7f }
