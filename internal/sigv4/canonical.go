package sigv4

import (
	"slices"
	"strings"
)

// pair is a query parameter: decoded, and escaped as signatures have it.
type pair struct {
	name, value               string
	escapedName, escapedValue string
}

// query is a query string in the order of arrival.
type query []pair

// parseQuery reads a query string; "+" is a space, and empty parameters do not count.
func parseQuery(raw string) (query, error) {
	if raw == "" {
		return nil, nil
	}
	q := make(query, 0, strings.Count(raw, "&")+1)
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		var p pair
		var err error
		if p.name, err = unescape(name); err != nil {
			return nil, err
		}
		if p.value, err = unescape(value); err != nil {
			return nil, err
		}
		p.escapedName, p.escapedValue = escape(p.name, false), escape(p.value, false)
		q = append(q, p)
	}
	return q, nil
}

// get returns the first value of a parameter.
func (q query) get(name string) (string, bool) {
	for _, p := range q {
		if p.name == name {
			return p.value, true
		}
	}
	return "", false
}

// canonical returns the canonical query string: every parameter but the signature itself, sorted by the given order.
func (q query) canonical(order func(a, b pair) int) string {
	sorted := slices.SortedStableFunc(slices.Values(q), order)
	var b strings.Builder
	for _, p := range sorted {
		if p.name == "X-Amz-Signature" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.escapedName)
		b.WriteByte('=')
		b.WriteString(p.escapedValue)
	}
	return b.String()
}

// byEscaped is the order that AWS documents.
func byEscaped(a, b pair) int {
	if c := strings.Compare(a.escapedName, b.escapedName); c != 0 {
		return c
	}
	return strings.Compare(a.escapedValue, b.escapedValue)
}

// byDecoded is the order of the Go SDK's signer.
func byDecoded(a, b pair) int {
	if c := strings.Compare(a.name, b.name); c != 0 {
		return c
	}
	return strings.Compare(a.value, b.value)
}

// form is a canonical path and query; signers differ in them.
type form struct{ path, query string }

// alternatives are the forms besides the documented one, without repetition.
func alternatives(documented form, sentPath string, q query) []form {
	decoded := q.canonical(byDecoded)
	var forms []form
	for _, f := range []form{{sentPath, documented.query}, {sentPath, decoded}, {documented.path, decoded}} {
		if f != documented && !slices.Contains(forms, f) {
			forms = append(forms, f)
		}
	}
	return forms
}

// normalize removes dot segments and empty ones (RFC 3986, section 5.2.4, and the IAM User Guide); escaped dots stay.
func normalize(path string) string {
	var kept []string
	for segment := range strings.SplitSeq(path, "/") {
		switch segment {
		case "", ".":
		case "..":
			kept = kept[:max(len(kept)-1, 0)]
		default:
			kept = append(kept, segment)
		}
	}
	normal := "/" + strings.Join(kept, "/")
	if len(kept) > 0 && strings.HasSuffix(path, "/") {
		normal += "/"
	}
	return normal
}

// canonicalHeaders returns the block of canonical headers, a line each. A signed header that did not arrive has no line.
// It refuses a request with x-amz-* headers that are not signed, but for the one that CloudFront adds behind the signer.
func canonicalHeaders(r *Request, signed []string) (string, error) {
	values := make([]string, len(signed))
	present := make([]bool, len(signed))
	add := func(i int, value string) {
		if present[i] {
			values[i] += ","
		}
		values[i] += collapse(value)
		present[i] = true
	}
	for name, value := range r.Header {
		name = strings.ToLower(name)
		i, ok := slices.BinarySearch(signed, name)
		switch {
		case name == "host":
		case ok:
			add(i, value)
		case strings.HasPrefix(name, "x-amz-") && name != "x-amz-cf-id":
			return "", refuse(UnsignedHeaders, "There were headers present in the request which were not signed")
		}
	}
	var b strings.Builder
	for i, name := range signed {
		if name == "host" || name == ":authority" {
			add(i, r.Host)
		}
		if present[i] {
			b.WriteString(name + ":" + values[i] + "\n")
		}
	}
	return b.String(), nil
}

// collapse trims a header value and makes every run of spaces one space.
func collapse(s string) string {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, "  ") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		if s[i] != ' ' || s[i-1] != ' ' {
			b = append(b, s[i])
		}
	}
	return string(b)
}
