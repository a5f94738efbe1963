package openapi

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

func parseJSON(doc []byte) (*value, *jsonError) {
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
func (p *jsonParser) next() place {
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
	return place{p.line, offset - p.lineStart + 1}
}

func (p *jsonParser) token() (json.Token, place, *jsonError) {
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

func (p *jsonParser) value(depth int) (*value, *jsonError) {
	token, at, err := p.token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		if depth > maxDepth {
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
		return newScalar(text, t, at), nil
	case json.Number:
		return newScalar(number, t.String(), at), nil
	case bool:
		if t {
			return newScalar(boolean, "true", at), nil
		}
		return newScalar(boolean, "false", at), nil
	}
	return newValue(null, at), nil
}

func (p *jsonParser) object(depth int, at place) (*value, *jsonError) {
	v := newValue(object, at)
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
		if err := v.addMember(member{key, at, child}); err != nil {
			return nil, &jsonError{*err, false}
		}
	}
	_, _, err := p.token()
	return v, err
}

func (p *jsonParser) list(depth int, at place) (*value, *jsonError) {
	v := newValue(list, at)
	for p.dec.More() {
		child, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		v.addItem(child)
	}
	_, _, err := p.token()
	return v, err
}
