package dataplane

import (
	"bytes"

	"github.com/dipylon/dipylon/internal/exchange"
)

// refusal is why a request cannot be served. With a status of 413, 414, 431 or 400 the handler renders it, if the request
// line was understood; else, and for all others, the listener answers with the bare status. text is for the log.
type refusal struct {
	status int
	text   string
}

// Error implements error.
func (r *refusal) Error() string { return r.text }

// kind returns the fault that stands for the refusal, if there is one.
func (r *refusal) kind() (exchange.Kind, bool) {
	switch r.status {
	case 400:
		return exchange.KindBadRequest, true
	case 413:
		return exchange.KindRequestTooLarge, true
	case 414:
		return exchange.KindURITooLong, true
	case 431:
		return exchange.KindHeaderTooLarge, true
	}
	return 0, false
}

var (
	errLineEnd        = &refusal{400, "line does not end in CR LF"}
	errRequestLine    = &refusal{400, "malformed request line"}
	errMethod         = &refusal{400, "malformed method"}
	errTarget         = &refusal{400, "malformed request target"}
	errVersion        = &refusal{505, "unsupported HTTP version"}
	errFold           = &refusal{400, "folded header line"}
	errColon          = &refusal{400, "header line without a colon"}
	errName           = &refusal{400, "malformed header name"}
	errValue          = &refusal{400, "control character in a header value"}
	errNoHost         = &refusal{400, "missing Host"}
	errHosts          = &refusal{400, "more than one Host"}
	errHost           = &refusal{400, "malformed Host"}
	errHostDiffers    = &refusal{400, "authority of the target differs from Host"}
	errLengths        = &refusal{400, "more than one Content-Length"}
	errLength         = &refusal{400, "malformed Content-Length"}
	errLengthTwice    = &refusal{400, "Content-Length with Transfer-Encoding"}
	errCodings        = &refusal{400, "more than one Transfer-Encoding"}
	errCoding         = &refusal{501, "transfer coding other than chunked"}
	errCodingHTTP10   = &refusal{400, "Transfer-Encoding in HTTP/1.0"}
	errExpectation    = &refusal{417, "unknown expectation"}
	errTargetTooLong  = &refusal{414, "request line over the quota"}
	errHeadTooLarge   = &refusal{431, "head over the quota"}
	errBodyOverQuota  = &refusal{413, "Content-Length over the payload quota"}
	errBodyTimeout    = &refusal{408, "body did not arrive in time"}
	errHeadTimeout    = &refusal{408, "head did not arrive in time"}
	errBodyUnreadable = &refusal{400, "body is framed wrongly"}
)

// head parses one request head, line by line as it arrives, straight into an exchange whose slices then point into the
// connection's buffer. Every rule of RFC 9112 that keeps a request unambiguous is checked in the same pass.
type head struct {
	pos     int  // bytes consumed
	size    int  // what counts against MaxHead
	line    bool // the request line has been read
	blank   bool // an empty line before the request line has been skipped
	hosts   int
	length  int64 // Content-Length, or -1
	chunked bool
	close   bool // the client named the option "close"
	keep    bool // the client named the option "keep-alive"
	expect  bool
	target  []byte // authority of an absolute-form target
	options [][]byte
}

func (h *head) reset() {
	clear(h.options)
	*h = head{length: -1, options: h.options[:0]}
}

// parse goes on with buf, which begins with the head's first byte and holds at least all that earlier calls saw. It
// reports whether the head is complete; h.pos is then its length.
func (h *head) parse(buf []byte, maxHead int, x *exchange.Exchange) (bool, *refusal) {
	for {
		n := bytes.IndexByte(buf[h.pos:], '\n')
		if n < 0 {
			return false, h.checkSize(len(buf)-h.pos, maxHead)
		}
		if n == 0 || buf[h.pos+n-1] != '\r' {
			return false, errLineEnd
		}
		line := buf[h.pos : h.pos+n-1]
		h.pos += n + 1
		switch {
		case !h.line && len(line) == 0 && !h.blank:
			h.blank = true // RFC 9112, 2.2: one empty line before the request line is to be ignored
		case !h.line:
			h.line = true
			h.size = len(line)
			if err := h.requestLine(line, x); err != nil {
				h.line = false
				return false, err
			}
			if h.size > maxHead {
				return false, errTargetTooLong
			}
		case len(line) == 0:
			return true, h.finish(x)
		default:
			if err := h.field(line, x); err != nil {
				return false, err
			}
			if h.size > maxHead || x.Request.Header.Len() > maxFields {
				return false, errHeadTooLarge
			}
		}
	}
}

// maxFields bounds what a head of many short lines may cost.
const maxFields = 256

// checkSize refuses a line that is too long before its end has arrived.
func (h *head) checkSize(pending, maxHead int) *refusal {
	switch {
	case h.size+pending <= maxHead+maxName:
		return nil
	case h.line:
		return errHeadTooLarge
	default:
		return errTargetTooLong
	}
}

// maxName is the longest field name; names do not count against MaxHead.
const maxName = 256

func (h *head) requestLine(line []byte, x *exchange.Exchange) *refusal {
	sp := bytes.IndexByte(line, ' ')
	if sp < 0 {
		return errRequestLine
	}
	method, rest := line[:sp], line[sp+1:]
	if sp == 0 || !all(method, methodByte) {
		return errMethod
	}
	sp = bytes.IndexByte(rest, ' ')
	if sp < 0 {
		return errRequestLine // HTTP/0.9 among others
	}
	target, version := rest[:sp], rest[sp+1:]
	switch {
	case string(version) == "HTTP/1.1":
	case string(version) == "HTTP/1.0":
		x.Request.Proto = exchange.HTTP10
	case isVersion(version):
		return errVersion
	default:
		return errRequestLine
	}
	x.Request.Method = method
	return h.parseTarget(target, x)
}

// isVersion reports whether v has the form HTTP/digit.digit.
func isVersion(v []byte) bool {
	return len(v) == 8 && string(v[:5]) == "HTTP/" && isDigit(v[5]) && v[6] == '.' && isDigit(v[7])
}

// parseTarget takes origin-form and absolute-form. The others, for CONNECT and for the server as a whole, have no
// meaning to a gateway.
func (h *head) parseTarget(target []byte, x *exchange.Exchange) *refusal {
	if !all(target, targetByte) || len(target) == 0 {
		return errTarget
	}
	if target[0] != '/' {
		rest, ok := cutScheme(target)
		if !ok {
			return errTarget
		}
		end := bytes.IndexAny(rest, "/?")
		if end < 0 {
			end = len(rest)
		}
		h.target, target = rest[:end], rest[end:]
		if len(h.target) == 0 || !all(h.target, hostByte) {
			return errTarget
		}
	}
	x.Request.Path = target
	if q := bytes.IndexByte(target, '?'); q >= 0 {
		x.Request.Path, x.Request.Query = target[:q], target[q+1:]
	}
	if len(x.Request.Path) == 0 {
		x.Request.Path = x.Copy([]byte{'/'}) // RFC 9112, 3.2.1: an absolute form without a path means the root
	}
	return nil
}

func cutScheme(target []byte) ([]byte, bool) {
	for _, scheme := range [...]string{"http://", "https://"} {
		if len(target) >= len(scheme) && exchange.EqualFold(target[:len(scheme)], scheme) {
			return target[len(scheme):], true
		}
	}
	return nil, false
}

func (h *head) field(line []byte, x *exchange.Exchange) *refusal {
	if line[0] == ' ' || line[0] == '\t' {
		return errFold
	}
	colon := bytes.IndexByte(line, ':')
	switch {
	case colon < 0:
		return errColon
	case colon == 0 || !all(line[:colon], nameByte):
		return errName
	case colon > maxName:
		return errHeadTooLarge
	}
	name, value := line[:colon], trim(line[colon+1:])
	if !isValue(value) {
		return errValue
	}
	h.size += len(value)
	pass, err := h.framing(name, value, x)
	if pass {
		x.Request.Header.Add(name, value)
	}
	return err
}

// framing picks out the fields that are about this connection or this message's framing, and reports whether the field
// may go on into the exchange.
func (h *head) framing(name, value []byte, x *exchange.Exchange) (bool, *refusal) {
	switch len(name) {
	case len("Host"):
		if exchange.EqualFold(name, "Host") {
			return true, h.host(value, x)
		}
	case len("Content-Length"):
		if exchange.EqualFold(name, "Content-Length") {
			return true, h.contentLength(value)
		}
	case len("Transfer-Encoding"):
		if exchange.EqualFold(name, "Transfer-Encoding") {
			return false, h.transferEncoding(value, x)
		}
	case len("Connection"): // and Keep-Alive
		if exchange.EqualFold(name, "Connection") {
			h.connection(value)
			return false, nil
		}
	case len("Expect"):
		if exchange.EqualFold(name, "Expect") {
			h.expect = x.Request.Proto == exchange.HTTP11 // RFC 9110, 10.1.1: ignored in HTTP/1.0
			if !exchange.EqualFold(value, "100-continue") {
				return false, errExpectation
			}
			return false, nil
		}
	}
	return !isHopByHop(name), nil
}

func (h *head) host(value []byte, x *exchange.Exchange) *refusal {
	h.hosts++
	switch {
	case h.hosts > 1:
		return errHosts
	case len(value) == 0 || !all(value, hostByte):
		return errHost
	}
	x.Request.Host = value
	return nil
}

func (h *head) contentLength(value []byte) *refusal {
	if h.length >= 0 {
		return errLengths
	}
	if len(value) == 0 || len(value) > maxDigits {
		return errLength
	}
	n := int64(0)
	for _, c := range value {
		if !isDigit(c) {
			return errLength
		}
		n = n*10 + int64(c-'0')
	}
	h.length = n
	return nil
}

// maxDigits keeps a length within an int64.
const maxDigits = 18

func (h *head) transferEncoding(value []byte, x *exchange.Exchange) *refusal {
	switch {
	case x.Request.Proto != exchange.HTTP11:
		return errCodingHTTP10
	case h.chunked:
		return errCodings
	case !exchange.EqualFold(value, "chunked"):
		return errCoding
	}
	h.chunked = true
	return nil
}

func (h *head) connection(value []byte) {
	for len(value) > 0 {
		var option []byte
		option, value, _ = bytes.Cut(value, []byte{','})
		option = trim(option)
		switch {
		case exchange.EqualFold(option, "close"):
			h.close = true
		case exchange.EqualFold(option, "keep-alive"):
			h.keep = true
		case len(option) > 0 && !isHopByHop(option):
			h.options = append(h.options, option)
		}
	}
}

// finish checks what only the whole head can tell.
func (h *head) finish(x *exchange.Exchange) *refusal {
	switch {
	case h.hosts == 0 && x.Request.Proto == exchange.HTTP11:
		return errNoHost
	case h.chunked && h.length >= 0:
		return errLengthTwice
	case h.target != nil && h.hosts == 0:
		x.Request.Host = h.target
	case h.target != nil && !bytes.EqualFold(h.target, x.Request.Host):
		return errHostDiffers
	}
	if len(h.options) > 0 {
		x.Request.Header.DelFunc(h.nominated)
	}
	return nil
}

// nominated reports whether Connection named the field, which then ends here (RFC 9110, 7.6.1). Host and Content-Length
// cannot be named away: they have been acted upon.
func (h *head) nominated(f exchange.Field) bool {
	if exchange.EqualFold(f.Name, "Host") || exchange.EqualFold(f.Name, "Content-Length") {
		return false
	}
	for _, option := range h.options {
		if bytes.EqualFold(f.Name, option) {
			return true
		}
	}
	return false
}

// persistent reports whether the client lets the connection stay open.
func (h *head) persistent(x *exchange.Exchange) bool {
	if x.Request.Proto == exchange.HTTP10 {
		return h.keep && !h.close
	}
	return !h.close
}

// isHopByHop reports whether a field is about one connection only and never passes, in either direction.
func isHopByHop(name []byte) bool {
	switch len(name) {
	case len("TE"):
		return exchange.EqualFold(name, "TE")
	case len("Trailer"): // and Upgrade
		return exchange.EqualFold(name, "Trailer") || exchange.EqualFold(name, "Upgrade")
	case len("Connection"): // and Keep-Alive
		return exchange.EqualFold(name, "Connection") || exchange.EqualFold(name, "Keep-Alive")
	case len("Proxy-Connection"):
		return exchange.EqualFold(name, "Proxy-Connection")
	case len("Transfer-Encoding"):
		return exchange.EqualFold(name, "Transfer-Encoding")
	}
	return false
}

func trim(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}
