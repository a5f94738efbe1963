package cache

import (
	"bytes"
	"encoding/binary"

	"github.com/dipylon/dipylon/internal/exchange"
)

// Parameter is a part of a call that its response depends on. One of its fields is set.
type Parameter struct {
	// Header, Query and Path are names of the client's.
	Header, Query, Path string
	// Mapped is what parameter mapping makes.
	Mapped Text
}

// Text is a compiled mapping expression.
type Text interface {
	// Append appends the text for a call, and reports whether there is one.
	Append(dst []byte, x *exchange.Exchange) ([]byte, bool)
	// NeedsRequestBody is how many bytes of the request's body have to be read before.
	NeedsRequestBody() int64
}

// key makes the key of a call: the method's scope, then each parameter with all of its values, so that what differs does
// so in its key. A parameter that the call has not is told from an empty one (reported:
// aws-behaviour-auth-websocket-logs.md, fact 35).
func (c *method) key(x *exchange.Exchange) ([]byte, error) {
	const usual = 128
	key := append(x.Alloc(len(c.Space.prefix) + len(c.Scope) + usual)[:0], c.Space.prefix...)
	key = append(key, c.Scope...)
	key = append(append(key, separator), x.Request.Method...)
	key = append(key, separator)
	if c.Variant != nil && c.Variant(x) {
		key = append(key, 'v')
	}
	for i := range c.Parameters {
		var err error
		if key, err = c.Parameters[i].append(append(key, separator), x); err != nil {
			return nil, err
		}
	}
	return key, nil
}

// separator stands between the parts of a key that are of the configuration; no name has it.
const separator = 0

func (p *Parameter) append(key []byte, x *exchange.Exchange) ([]byte, error) {
	switch {
	case p.Header != "":
		for _, f := range x.Request.Header.Fields() {
			if exchange.EqualFold(f.Name, p.Header) {
				key = appendValue(key, f.Value)
			}
		}
	case p.Query != "":
		return p.appendQuery(key, x), nil
	case p.Path != "":
		for i := range x.Route.Vars {
			if x.Route.Vars[i].Name == p.Path {
				key = appendValue(key, x.Route.Vars[i].Value)
			}
		}
	case p.Mapped != nil:
		if err := x.Request.Body.ReadAhead(p.Mapped.NeedsRequestBody()); err != nil {
			return key, err
		}
		mark := len(key)
		key = append(key, make([]byte, lengthSize)...)
		out, ok := p.Mapped.Append(key, x)
		if !ok {
			return key[:mark], nil
		}
		key = out
		binary.BigEndian.PutUint32(key[mark:], uint32(len(key)-mark-lengthSize)) //nolint:gosec // bodies are shorter
	}
	return key, nil
}

func (p *Parameter) appendQuery(key []byte, x *exchange.Exchange) []byte {
	for rest := x.Request.Query; len(rest) > 0; {
		var pair []byte
		pair, rest, _ = bytes.Cut(rest, ampersand)
		name, value, _ := bytes.Cut(pair, equals)
		if len(pair) > 0 && string(exchange.AppendUnescaped(x.Alloc(len(name))[:0], name, true)) == p.Query {
			key = appendValue(key, exchange.AppendUnescaped(x.Alloc(len(value))[:0], value, true))
		}
	}
	return key
}

var ampersand, equals = []byte{'&'}, []byte{'='}

const lengthSize = 4

// appendValue writes a value behind its length.
func appendValue(key, value []byte) []byte {
	key = binary.BigEndian.AppendUint32(key, uint32(len(value))) //nolint:gosec // heads and bodies are shorter
	return append(key, value...)
}
