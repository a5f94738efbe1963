package awsservice

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strconv"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

var (
	methodPost = []byte("POST")
	methodGet  = []byte("GET")
)

// write writes path, query and body.
func (r *Request) write(x *exchange.Exchange) error {
	op := r.call.op
	r.path, r.query, r.body, r.Method = append(r.path[:0], r.endpoint.base...), r.query[:0], r.body[:0], methodPost
	switch op.protocol {
	case json10, json11:
		r.path = append(r.path, '/')
		r.body = append(r.body, op.before...)
	case query:
		r.path = append(r.path, '/')
		r.body = append(r.body, op.action...)
	case rest:
		r.Method = methodGet
	}
	for i := range r.call.bindings {
		if err := r.put(&r.call.bindings[i], x); err != nil {
			return err
		}
	}
	r.body = append(r.body, op.after...)
	return nil
}

// put writes one parameter.
func (r *Request) put(b *binding, x *exchange.Exchange) error {
	if b.attributes != nil {
		return r.appendCompiled(b, x)
	}
	value, err := r.evaluate(b, x)
	if err != nil {
		return err
	}
	switch r.call.op.protocol {
	case json10, json11:
		err = r.putJSON(b, value)
	case query:
		err = r.putForm(b, value)
	case rest:
		err = r.putREST(b, value)
	}
	if err != nil {
		return &ParameterError{Parameter: b.name, Source: b.source, Err: err}
	}
	return nil
}

func (r *Request) putJSON(b *binding, value []byte) error {
	if len(r.body) > len(r.call.op.before) {
		r.body = append(r.body, ',')
	}
	r.body = append(append(append(r.body, '"'), b.wire...), '"', ':')
	switch b.place {
	case blob:
		r.body = append(base64.StdEncoding.AppendEncode(append(r.body, '"'), value), '"')
	case timestamp:
		seconds, err := parseTime(string(value))
		r.body = strconv.AppendFloat(r.body, seconds, 'f', -1, 64)
		return err
	case list:
		texts, err := items(value)
		r.body = append(r.body, '[')
		for i, text := range texts {
			if i > 0 {
				r.body = append(r.body, ',')
			}
			r.body = appendJSON(r.body, []byte(text))
		}
		r.body = append(r.body, ']')
		return err
	case text, attributes, segment, region:
		r.body = appendJSON(r.body, value)
	}
	return nil
}

func (r *Request) putForm(b *binding, value []byte) error {
	switch b.place {
	case attributes:
		return r.appendEvaluated(b, value)
	case list:
		texts, err := items(value)
		for i, text := range texts {
			r.body = appendForm(appendKey(r.body, b.wire, i+1, ""), text)
		}
		return err
	case text, blob, timestamp, segment, region:
		r.body = appendForm(appendKey(r.body, b.wire, 0, ""), value)
	}
	return nil
}

func (r *Request) putREST(b *binding, value []byte) error {
	if b.place == segment {
		if string(value) == "." || string(value) == ".." {
			return errors.New("it would lead to another path")
		}
		r.path = appendURI(append(r.path, b.wire...), value)
		return nil
	}
	if len(r.query) > 0 {
		r.query = append(r.query, '&')
	}
	r.query = appendURI(append(append(r.query, b.wire...), '='), value)
	return nil
}

// parseTime reads RFC 3339, or a number since 1970: seconds or, as $context.requestTimeEpoch has it, milliseconds, which
// are told apart by their size.
func parseTime(text string) (seconds float64, err error) {
	const firstMilliseconds = 1e11 // as seconds it would be the year 5138
	if isNumber(text) {
		if seconds, err = strconv.ParseFloat(text, 64); seconds >= firstMilliseconds {
			seconds /= 1000
		}
		return seconds, err
	}
	t, err := time.Parse(time.RFC3339, text)
	return float64(t.UnixMilli()) / 1000, err
}

// isNumber keeps out what ParseFloat reads besides: infinities, hexadecimal numbers, underscores.
func isNumber(text string) bool {
	const longest = 20
	return len(text) <= longest && len(bytes.Trim([]byte(text), "0123456789.")) == 0
}
