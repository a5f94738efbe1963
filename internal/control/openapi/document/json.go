package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// jsonError is an error that tells a document that is no JSON, and so perhaps YAML, from one that is JSON and refused.
type jsonError struct {
	Error
	syntax bool
}

type jsonParser struct {
	doc []byte
	dec *json.Decoder
	// line, lineStart and counted follow the decoder's offset, so that places cost no second pass.
	line, lineStart, counted int
}

// ParseJSON turns JSON into values.
func ParseJSON(doc []byte) (*Value, error) {
	root, err := parseJSON(doc)
	if err != nil {
		return nil, &err.Error
	}
	return root, nil
}

func parseJSON(doc []byte) (*Value, *jsonError) {
	p := &jsonParser{doc: doc, dec: json.NewDecoder(bytes.NewReader(doc)), line: 1}
	p.dec.UseNumber()
	root, err := p.value(1)
	if err != nil {
		return nil, err
	}
	at := p.next()
	if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, &jsonError{*malformed(at, "Invalid JSON: something follows the document"), true}
	}
	return root, nil
}

// next returns the place of the token that comes next.
func (p *jsonParser) next() Place {
	offset := int(p.dec.InputOffset())
	for offset < len(p.doc) && strings.IndexByte(" \t\r\n,:", p.doc[offset]) >= 0 {
		offset++
	}
	for ; p.counted < offset; p.counted++ {
		if p.doc[p.counted] == '\n' {
			p.line++
			p.lineStart = p.counted + 1
		}
	}
	return Place{p.line, offset - p.lineStart + 1}
}

func (p *jsonParser) token() (json.Token, Place, *jsonError) {
	at := p.next()
	token, err := p.dec.Token()
	if err == nil {
		return token, at, nil
	}
	reason := err.Error()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		at, reason = placeAt(p.doc, len(p.doc)), "unexpected end"
	}
	return nil, at, &jsonError{*malformed(at, "Invalid JSON: %s", reason), true}
}

func (p *jsonParser) value(depth int) (*Value, *jsonError) {
	token, at, err := p.token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		if depth > MaxDepth {
			return nil, &jsonError{*errDepth(at), false}
		}
		if t == '{' {
			return p.object(depth, at)
		}
		return p.list(depth, at)
	case string:
		if strings.IndexByte(t, 0) >= 0 {
			return nil, &jsonError{*errNUL(at), false}
		}
		return NewScalar(Text, t, at), nil
	case json.Number:
		return NewScalar(Number, t.String(), at), nil
	case bool:
		if t {
			return NewScalar(Boolean, "true", at), nil
		}
		return NewScalar(Boolean, "false", at), nil
	}
	return New(Null, at), nil
}

func (p *jsonParser) object(depth int, at Place) (*Value, *jsonError) {
	v := New(Object, at)
	for p.dec.More() {
		token, at, err := p.token()
		if err != nil {
			return nil, err
		}
		key, ok := token.(string)
		if !ok {
			return nil, &jsonError{*malformed(at, "Invalid JSON: a key must be a string"), true}
		}
		child, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if err := v.Add(Member{key, at, child}); err != nil {
			return nil, &jsonError{*err, false}
		}
	}
	_, _, err := p.token()
	return v, err
}

func (p *jsonParser) list(depth int, at Place) (*Value, *jsonError) {
	v := New(List, at)
	for p.dec.More() {
		child, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		v.AddItem(child)
	}
	_, _, err := p.token()
	return v, err
}
