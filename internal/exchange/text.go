package exchange

import (
	"bytes"
	"strconv"
	"time"
)

// HostName returns the host that the client named, without a port.
func (r *Request) HostName() []byte {
	host := r.Host
	if colon := bytes.LastIndexByte(host, ':'); colon > bytes.LastIndexByte(host, ']') {
		return host[:colon]
	}
	return host
}

// HostPrefix returns the first label of the host's name.
func (r *Request) HostPrefix() []byte {
	label, _, _ := bytes.Cut(r.HostName(), dot)
	return label
}

var dot = []byte{'.'}

// AppendUnescaped appends what an escaped part of a target stands for. In a query, where plus is set, a plus is a space.
func AppendUnescaped(dst, escaped []byte, plus bool) []byte {
	for len(escaped) > 0 {
		c, n := Unescape(escaped, plus)
		dst, escaped = append(dst, c), escaped[n:]
	}
	return dst
}

// Unescape returns the first byte that s stands for, and how many bytes it takes. A percent sign without two digits behind
// it stands for itself. s must not be empty.
func Unescape(s []byte, plus bool) (c byte, n int) {
	switch {
	case s[0] == '+' && plus:
		return ' ', 1
	case s[0] == '%' && len(s) > 2:
		high, low := unhex(s[1]), unhex(s[2])
		if high|low < 16 {
			return high<<4 | low, 3
		}
	}
	return s[0], 1
}

// unhex returns 255 for what is no digit.
func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}

// AppendTime appends a time as the Common Log Format has it, in UTC: 02/Jan/2006:15:04:05 +0000.
func AppendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	dst = append(twoDigits(dst, day), '/')
	dst = append(append(dst, month.String()[:3]...), '/')
	dst = append(strconv.AppendInt(dst, int64(year), 10), ':')
	dst = append(twoDigits(dst, hour), ':')
	dst = append(twoDigits(dst, minute), ':')
	return append(twoDigits(dst, second), " +0000"...)
}

func twoDigits(dst []byte, n int) []byte {
	if n < 10 {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, int64(n), 10)
}

// DecodesTo reports whether an escaped part of a query is the name.
func DecodesTo(escaped []byte, name string) bool {
	for len(escaped) > 0 && name != "" {
		c, n := Unescape(escaped, true)
		if c != name[0] {
			return false
		}
		escaped, name = escaped[n:], name[1:]
	}
	return len(escaped) == 0 && name == ""
}
