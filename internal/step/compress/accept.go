package compress

import (
	"bytes"
	"strconv"
)

// accepted returns the coding that a client likes best of those in its Accept-Encoding (RFC 9110, section 12.5.3), the
// first of several. It is unknown unless that one is named and is supported: nothing is compressed then (the page "Enable
// payload compression for an API": "The highest-priority content encoding must be one supported by API Gateway").
func accepted(value []byte) coding {
	best, weight := unknown, 0.0
	for len(value) > 0 {
		var item []byte
		item, value, _ = bytes.Cut(value, comma)
		name, parameters, _ := bytes.Cut(item, semicolon)
		if name = bytes.TrimSpace(name); len(name) == 0 {
			continue
		}
		if q := quality(parameters); q > weight {
			best, weight = parseCoding(name), q
		}
	}
	return best
}

var comma, semicolon = []byte{','}, []byte{';'}

// quality reads q=0.5; what is none counts as 0, and nothing at all as 1.
func quality(parameters []byte) float64 {
	parameters = bytes.TrimSpace(parameters)
	if len(parameters) == 0 {
		return 1
	}
	name, value, _ := bytes.Cut(parameters, []byte{'='})
	if !bytes.EqualFold(bytes.TrimSpace(name), []byte{'q'}) {
		return 0
	}
	const longest = 5 // 0.123
	value = bytes.TrimSpace(value)
	q, err := strconv.ParseFloat(string(value[:min(len(value), longest)]), 64)
	if err != nil || q < 0 || q > 1 || len(value) > longest {
		return 0
	}
	return q
}
