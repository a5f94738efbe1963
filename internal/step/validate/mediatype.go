package validate

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
)

// mediaRange is a content type that is allowed; with a star in it, many.
type mediaRange struct {
	prefix, suffix string
	star           bool
}

func parseMediaRange(s string) (mediaRange, error) {
	kind, sub, ok := strings.Cut(s, "/")
	if !ok || kind == "" || sub == "" || strings.ContainsAny(s, " \t;,\"") || strings.Count(s, "*") > 1 && s != "*/*" {
		return mediaRange{}, fmt.Errorf("%q is none: want such as application/json, text/* or application/*+json", s)
	}
	if s == "*/*" {
		return mediaRange{star: true}, nil
	}
	prefix, suffix, star := strings.Cut(s, "*")
	return mediaRange{prefix, suffix, star}, nil
}

func (m *mediaRange) matches(t []byte) bool {
	if !m.star {
		return exchange.EqualFold(t, m.prefix)
	}
	return len(t) >= len(m.prefix)+len(m.suffix) &&
		exchange.EqualFold(t[:len(m.prefix)], m.prefix) && exchange.EqualFold(t[len(t)-len(m.suffix):], m.suffix)
}

// contentType returns the media type without parameters, nil if there is none; several are ambiguous.
func contentType(h *exchange.Header) (t []byte, ambiguous bool) {
	seen := 0
	for _, f := range h.Fields() {
		if exchange.EqualFold(f.Name, "Content-Type") {
			t, _, _ = bytes.Cut(f.Value, []byte(";"))
			t = bytes.TrimSpace(t)
			seen++
		}
	}
	return t, seen > 1
}

// isJSON says whether a payload of this type is JSON; without a type it is taken for it, as AWS does in REST APIs.
func isJSON(t []byte) bool {
	const suffix = "+json"
	return len(t) == 0 || exchange.EqualFold(t, "application/json") ||
		len(t) > len(suffix) && exchange.EqualFold(t[len(t)-len(suffix):], suffix)
}
