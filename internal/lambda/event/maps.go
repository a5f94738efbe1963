package event

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/jsontext"
)

// Maps in events have their members in the order of names (recorded: every event that
// aws-behaviour-http-api.md names shows it).

// variables returns stage variables as an object; nil if there are none.
func variables(stage map[string]string) []byte {
	if len(stage) == 0 {
		return nil
	}
	out := []byte{'{'}
	for _, name := range slices.Sorted(maps.Keys(stage)) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = jsontext.AppendString(append(jsontext.AppendString(out, name), ':'), stage[name])
	}
	return append(out, '}')
}

// pair is a name with a value, both decoded.
type pair struct{ name, value []byte }

// room is how many pairs need no memory of their own.
const room = 24

// show is what an object of pairs has for a name. It is a closed set.
type show uint8

const (
	joined show = iota // the values of all pairs, with commas between them
	last               // the last value
	every              // a list of the values
)

// appendPairs appends an object of pairs that are sorted by name.
func appendPairs(dst []byte, pairs []pair, values show) []byte {
	dst = append(dst, '{')
	for len(pairs) > 0 {
		n := 1
		for n < len(pairs) && bytes.Equal(pairs[n].name, pairs[0].name) {
			n++
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(jsontext.AppendString(dst, pairs[0].name), ':')
		dst = appendValues(dst, pairs[:n], values)
		pairs = pairs[n:]
	}
	return append(dst, '}')
}

func appendValues(dst []byte, same []pair, values show) []byte {
	switch values {
	case last:
		return jsontext.AppendString(dst, same[len(same)-1].value)
	case every:
		dst = append(dst, '[')
		for i := range same {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = jsontext.AppendString(dst, same[i].value)
		}
		return append(dst, ']')
	case joined:
	}
	dst = append(dst, '"')
	for i := range same {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsontext.AppendText(dst, same[i].value)
	}
	return append(dst, '"')
}

func sortPairs(pairs []pair) {
	slices.SortStableFunc(pairs, func(a, b pair) int { return bytes.Compare(a.name, b.name) })
}

// query appends the query's parameters, decoded and sorted, to dst. Empty parts between ampersands are none.
func query(dst []pair, x *exchange.Exchange) []pair {
	for rest := queryOf(x); len(rest) > 0; {
		var part []byte
		part, rest, _ = bytes.Cut(rest, ampersand)
		if len(part) == 0 {
			continue
		}
		name, value, _ := bytes.Cut(part, equals)
		dst = append(dst, pair{unescape(x, name, true), unescape(x, value, true)})
	}
	sortPairs(dst)
	return dst
}

// queryOf is the query that goes to the back end.
func queryOf(x *exchange.Exchange) []byte {
	if x.Outgoing.QuerySet {
		return x.Outgoing.Query
	}
	return x.Request.Query
}

// pathParameters appends the route's path variables, decoded and sorted (recorded: fact 19).
func pathParameters(dst []pair, x *exchange.Exchange) []pair {
	for i := range x.Route.Vars {
		v := &x.Route.Vars[i]
		dst = append(dst, pair{append(x.Alloc(len(v.Name))[:0], v.Name...), unescape(x, v.Value, false)})
	}
	sortPairs(dst)
	return dst
}

var ampersand, equals = []byte{'&'}, []byte{'='}

// appendClaims appends a token's claims.
func appendClaims(dst []byte, claims exchange.Claims) []byte {
	dst = append(dst, '{')
	for i := range claims.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		name, value := claims.At(i)
		dst = jsontext.AppendString(append(jsontext.AppendString(dst, name), ':'), value)
	}
	return append(dst, '}')
}

// appendScopes appends a list, or null if the route asks for no scopes (measured: fact 32).
func appendScopes(dst []byte, scopes []string) []byte {
	if scopes == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, '[')
	for i, scope := range scopes {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsontext.AppendString(dst, scope)
	}
	return append(dst, ']')
}

// compareFold orders names without regard to ASCII case.
func compareFold(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if c := cmp.Compare(lower(a[i]), lower(b[i])); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
