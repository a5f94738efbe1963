package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"
)

// text is a scalar of the document and where it stands. Nothing stands at offset 0 but the document itself, so the zero
// value is an element that is absent.
type text struct {
	text    string
	at, end int
	str     bool // written as a string, not as a number or true or false
}

// list is a string or a list of scalars.
type list struct {
	at     int
	values []text
}

type rawDocument struct {
	version, id text
	at          int // of Statement
	statements  []rawStatement
}

type rawStatement struct {
	at                      int
	sid, effect             text
	principal, notPrincipal rawPrincipal
	action, notAction       list
	resource, notResource   list
	conditions              []rawCondition
}

type rawPrincipal struct {
	at      int
	all     bool // "*"
	entries []rawEntry
}

type rawEntry struct {
	kind text
	ids  list
}

type rawCondition struct {
	operator, key text
	values        list
}

type token struct {
	json.Token
	at, end int
}

// reader is a strict recursive descent over the tokens of a document: an element that the grammar does not have is an
// error at once, so nesting is never deeper than the grammar's.
type reader struct {
	doc []byte
	dec *json.Decoder
}

// read parses the grammar; what the elements mean is checked later, when the version is known.
func read(doc []byte) (*rawDocument, error) {
	if !utf8.Valid(doc) {
		return nil, faultf(0, awsSyntax, "not UTF-8")
	}
	r := &reader{doc: doc, dec: json.NewDecoder(bytes.NewReader(doc))}
	r.dec.UseNumber()
	d := &rawDocument{}
	first, err := r.next()
	if err != nil {
		return nil, err
	}
	err = r.object(first, func(key text, tok token) error {
		switch key.text {
		case "Version":
			return r.string(tok, &d.version)
		case "Id":
			return r.string(tok, &d.id)
		case "Statement":
			d.at = tok.at
			return r.each(tok, func(tok token) error {
				d.statements = append(d.statements, rawStatement{at: tok.at})
				return r.statement(tok, &d.statements[len(d.statements)-1])
			})
		default:
			return unknown(key)
		}
	})
	if err != nil {
		return nil, err
	}
	end := tokenStart(doc, r.dec.InputOffset())
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, faultf(end, awsSyntax, "something stands behind the document")
	}
	return d, nil
}

func (r *reader) statement(tok token, s *rawStatement) error {
	return r.object(tok, func(key text, tok token) error {
		switch key.text {
		case "Sid":
			return r.string(tok, &s.sid)
		case "Effect":
			return r.string(tok, &s.effect)
		case "Principal":
			return r.principal(tok, &s.principal)
		case "NotPrincipal":
			return r.principal(tok, &s.notPrincipal)
		case "Action":
			return r.list(tok, &s.action)
		case "NotAction":
			return r.list(tok, &s.notAction)
		case "Resource":
			return r.list(tok, &s.resource)
		case "NotResource":
			return r.list(tok, &s.notResource)
		case "Condition":
			return r.condition(tok, s)
		default:
			return unknown(key)
		}
	})
}

// principal reads "*" or {kind: ids}.
func (r *reader) principal(tok token, p *rawPrincipal) error {
	p.at = tok.at
	if s, ok := tok.Token.(string); ok {
		if s != "*" {
			return faultf(tok.at, awsBadPrincipal, `want "*" or an object such as {"AWS": "123456789012"}, not %q`, shorten(s))
		}
		p.all = true
		return nil
	}
	return r.object(tok, func(key text, tok token) error {
		var ids list
		if err := r.list(tok, &ids); err != nil {
			return err
		}
		p.entries = append(p.entries, rawEntry{kind: key, ids: ids})
		return nil
	})
}

// condition reads {operator: {key: values}}.
func (r *reader) condition(tok token, s *rawStatement) error {
	return r.object(tok, func(operator text, tok token) error {
		return r.object(tok, func(key text, tok token) error {
			c := rawCondition{operator: operator, key: key, values: list{at: tok.at}}
			err := r.each(tok, func(tok token) error {
				v, err := r.scalar(tok)
				c.values.values = append(c.values.values, v)
				return err
			})
			s.conditions = append(s.conditions, c)
			return err
		})
	})
}

// list reads a string or a list of strings.
func (r *reader) list(tok token, l *list) error {
	l.at = tok.at
	return r.each(tok, func(tok token) error {
		var v text
		err := r.string(tok, &v)
		l.values = append(l.values, v)
		return err
	})
}

func (r *reader) string(tok token, into *text) error {
	v, err := r.scalar(tok)
	if err != nil || !v.str {
		return faultf(tok.at, awsSyntax, "want a string")
	}
	*into = v
	return nil
}

// scalar reads a string, a number as it is written, or true or false.
func (r *reader) scalar(tok token) (text, error) {
	v := text{at: tok.at, end: tok.end}
	switch t := tok.Token.(type) {
	case string:
		v.text, v.str = t, true
	case json.Number:
		v.text = t.String()
	case bool:
		v.text = "false"
		if t {
			v.text = "true"
		}
	default:
		return text{}, faultf(tok.at, awsSyntax, "want a string, a number, or true or false")
	}
	return v, nil
}

// each visits the elements of a list, or the one value that stands in its place.
func (r *reader) each(tok token, visit func(token) error) error {
	if tok.Token != json.Delim('[') {
		return visit(tok)
	}
	for {
		tok, err := r.next()
		if err != nil {
			return err
		}
		if tok.Token == json.Delim(']') {
			return nil
		}
		if err := visit(tok); err != nil {
			return err
		}
	}
}

// object visits the members of an object, each key once.
func (r *reader) object(tok token, visit func(key text, value token) error) error {
	if tok.Token != json.Delim('{') {
		return faultf(tok.at, awsSyntax, "want an object")
	}
	seen := map[string]bool{}
	for {
		tok, err := r.next()
		if err != nil {
			return err
		}
		if tok.Token == json.Delim('}') {
			return nil
		}
		key, err := r.scalar(tok)
		if err != nil {
			return err
		}
		if seen[key.text] {
			return faultf(key.at, awsSyntax, "%q stands twice", shorten(key.text))
		}
		seen[key.text] = true
		value, err := r.next()
		if err != nil {
			return err
		}
		if err := visit(key, value); err != nil {
			return err
		}
	}
}

func (r *reader) next() (token, error) {
	at := tokenStart(r.doc, r.dec.InputOffset())
	tok, err := r.dec.Token()
	if errors.Is(err, io.EOF) {
		return token{}, faultf(at, awsSyntax, "the document ends too early")
	}
	if err != nil {
		return token{}, faultf(at, awsSyntax, "not JSON: %v", err)
	}
	return token{Token: tok, at: at, end: int(r.dec.InputOffset())}, nil
}

// tokenStart skips what stands between tokens.
func tokenStart(doc []byte, offset int64) int {
	at := int(offset)
	for at < len(doc) && bytes.IndexByte([]byte(" \t\r\n,:"), doc[at]) >= 0 {
		at++
	}
	return at
}

func unknown(key text) error {
	return faultf(key.at, awsSyntax, "there is no element %q here", shorten(key.text))
}
