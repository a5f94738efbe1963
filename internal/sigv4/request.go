package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"net/http"
	"strconv"
	"strings"
)

// Request is what a signature covers, whatever HTTP stack it came by.
type Request struct {
	Method string
	// Path and RawQuery are as they travelled, with their escapes.
	Path, RawQuery string
	// Host is the Host header or :authority, with the port when the caller sent one.
	Host string
	// Header yields the other headers; values of one name in the order of arrival. Names may have any case.
	Header iter.Seq2[string, string]
	// PayloadHash is the SHA-256 of the whole payload as 64 lower-case hexadecimal digits.
	PayloadHash string
	// Service and Region, when set, are what the credential scope must name.
	Service, Region string
}

// first returns the first value of a header, or "".
func (r *Request) first(name string) string {
	for k, v := range r.Header {
		if strings.EqualFold(k, name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// FromHTTP views r as a [Request] whose payload was read before.
func FromHTTP(r *http.Request, payload []byte) Request {
	sum := sha256.Sum256(payload)
	path, query := target(r)
	return Request{
		Method:      r.Method,
		Path:        path,
		RawQuery:    query,
		Host:        r.Host,
		Header:      httpHeader(r),
		PayloadHash: hex.EncodeToString(sum[:]),
	}
}

// target prefers the request line, because handlers may have rewritten r.URL since.
func target(r *http.Request) (path, query string) {
	if strings.HasPrefix(r.RequestURI, "/") {
		path, query, _ = strings.Cut(r.RequestURI, "?")
		return path, query
	}
	return r.URL.EscapedPath(), r.URL.RawQuery
}

// httpHeader adds Content-Length where net/http keeps it outside of the header.
func httpHeader(r *http.Request) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for name, values := range r.Header {
			for _, v := range values {
				if !yield(name, v) {
					return
				}
			}
		}
		if r.ContentLength >= 0 && r.Header["Content-Length"] == nil {
			yield("Content-Length", strconv.FormatInt(r.ContentLength, 10))
		}
	}
}
