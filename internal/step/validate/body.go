package validate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/dipylon/dipylon/internal/exchange"
)

// body is the rule for bodies.
type body struct {
	required bool
	types    []mediaRange // none allows all
	max      int64        // in bytes; 0 is no limit of this step
	schema   *schema
}

const inBody = "body"

// check adds what is wrong with the body, and reads no more of it than it must. The fault is of a body that cannot be
// read, or is too long.
func (b *body) check(ctx context.Context, x *exchange.Exchange, found *problems) *exchange.Fault {
	if fault := b.read(ctx, &x.Request.Body); fault != nil {
		return fault
	}
	payload := x.Request.Body.Bytes
	if x.Request.Body.Stream == nil && len(payload) == 0 {
		if b.required {
			found.add(inBody, "is missing")
		}
		return nil
	}
	t, ambiguous := contentType(&x.Request.Header)
	switch {
	case ambiguous:
		found.add("headers/Content-Type", "stands more than once")
	case !b.allows(t):
		found.add("headers/Content-Type", fmt.Sprintf("%s is not allowed", t))
	case b.schema != nil && isJSON(t):
		b.checkJSON(x, payload, found)
	}
	return nil
}

// read makes known what is needed of the body: all of it, or whether there is any.
func (b *body) read(ctx context.Context, payload *exchange.Body) *exchange.Fault {
	if b.max > 0 && payload.Len() > b.max {
		return exchange.Refuse(exchange.KindRequestTooLarge, errTooLong)
	}
	need := int64(1)
	if b.max > 0 {
		need = b.max + 1
	}
	if err := payload.ReadAhead(need); err != nil {
		switch {
		case ctx.Err() != nil:
			return exchange.Refuse(exchange.KindClientGone, err)
		case errors.Is(err, exchange.ErrBodyTooLarge):
			return exchange.Refuse(exchange.KindRequestTooLarge, err)
		}
		return exchange.Refuse(exchange.KindBadRequest, err)
	}
	if b.max > 0 && payload.Stream != nil {
		return exchange.Refuse(exchange.KindRequestTooLarge, errTooLong)
	}
	return nil
}

var errTooLong = errors.New("the body is longer than the route's maxBytes")

func (b *body) allows(t []byte) bool {
	if len(t) == 0 {
		t = []byte("application/json")
	}
	for i := range b.types {
		if b.types[i].matches(t) {
			return true
		}
	}
	return len(b.types) == 0
}

func (b *body) checkJSON(x *exchange.Exchange, payload []byte, found *problems) {
	if coding := x.Request.Header.Get("Content-Encoding"); len(coding) > 0 && !exchange.EqualFold(coding, "identity") {
		found.add("headers/Content-Encoding", "is not allowed: a body is checked as it is sent")
		return
	}
	value, shape, problem := decode(payload)
	if problem == "" && !b.schema.affordable(shape) {
		problem = "is too large and too deeply nested for its schema"
	}
	if problem != "" {
		found.add(inBody, problem)
		return
	}
	b.schema.check(value, found)
}

// What a body may hold.
const (
	maxValues = 100_000
	maxHeight = 64
)

// decode reads JSON. What back ends read in different ways is a problem: text that is no UTF-8, and names that stand twice.
func decode(payload []byte) (any, shape, string) {
	const noJSON = "is no JSON"
	s, err := measure(payload)
	switch {
	case !utf8.Valid(payload):
		return nil, s, noJSON
	case err != nil:
		return nil, s, err.Error()
	case s.height > maxHeight:
		return nil, s, fmt.Sprintf("is nested deeper than %d levels", maxHeight)
	case s.values > maxValues:
		return nil, s, fmt.Sprintf("has more than %d values", maxValues)
	}
	d := json.NewDecoder(bytes.NewReader(payload))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, s, noJSON
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, s, noJSON
	}
	if members(value) != s.members {
		return nil, s, "has an object in which a name stands twice"
	}
	return value, s, ""
}

// members counts the members of all objects.
func members(v any) int {
	n := 0
	switch v := v.(type) {
	case map[string]any:
		n = len(v)
		for _, value := range v {
			n += members(value)
		}
	case []any:
		for _, value := range v {
			n += members(value)
		}
	}
	return n
}

// shape is the size of a JSON text: its values, the members of its objects, and how deep it is nested (0 for a scalar).
type shape struct {
	values, members, height int
}

// Numbers beyond these are refused: as fractions of whole numbers, which is how a schema compares them, they are huge.
const (
	maxNumberBytes = 64
	maxExponent    = 400
)

var errNumber = errors.New("has a number that is too long or too large")

// measure looks at JSON before it is decoded. What it says of other texts means nothing.
func measure(text []byte) (shape, error) {
	var s shape
	depth := 0
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '{' || c == '[':
			depth++
			s.values++
			s.height = max(s.height, depth)
		case c == '}' || c == ']':
			depth--
		case c == ':':
			s.members++
			s.values-- // the name was counted like a value
		case c == '"':
			s.values++
			i = endOfString(text, i)
		case c == '-' || '0' <= c && c <= '9':
			s.values++
			end := endOfNumber(text, i)
			if !sane(text[i:end]) {
				return s, errNumber
			}
			i = end
			continue
		case c == 't' || c == 'n':
			s.values++
			i += len("true") - 1
		case c == 'f':
			s.values++
			i += len("false") - 1
		}
		i++
	}
	return s, nil
}

// endOfString returns where the closing quote is.
func endOfString(text []byte, i int) int {
	for i++; i < len(text) && text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i
}

func endOfNumber(text []byte, i int) int {
	for i < len(text) && (text[i] >= '0' && text[i] <= '9' || bytes.IndexByte([]byte("+-.eE"), text[i]) >= 0) {
		i++
	}
	return i
}

func sane(number []byte) bool {
	if len(number) > maxNumberBytes {
		return false
	}
	e := bytes.IndexAny(number, "eE")
	if e < 0 {
		return true
	}
	exponent := 0
	for _, c := range number[e+1:] {
		if c >= '0' && c <= '9' {
			if exponent = 10*exponent + int(c-'0'); exponent > maxExponent {
				return false
			}
		}
	}
	return true
}
