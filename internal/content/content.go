// Package content says what becomes of bodies that are text or binary data on their way through a REST API: which media
// types are binary, when a body is put into base64 or taken out of it, and what of a text is no text
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html).
//
// It stands under the steps and the events of functions, and may import exchange.
package content

import (
	"bytes"
	"encoding/base64"
	"errors"

	"github.com/dipylon/dipylon/internal/exchange"
)

// Handling is how an integration or its response wants a body: a closed set.
type Handling uint8

// The ways of handling. AsIs leaves a request as it is, and gives a response to the client as it accepts it.
const (
	AsIs Handling = iota
	ToBinary
	ToText
)

// ParseHandling reads a contentHandling.
func ParseHandling(text string) (Handling, bool) {
	switch text {
	case "":
		return AsIs, true
	case "CONVERT_TO_BINARY":
		return ToBinary, true
	case "CONVERT_TO_TEXT":
		return ToText, true
	}
	return AsIs, false
}

// ErrBase64 is a text that should be base64 and is not, with what AWS logs of it (a blog's log of 2018: public code index,
// document 48218095792).
var ErrBase64 = errors.New("Unable to base64 decode the body.") //nolint:staticcheck,revive // AWS's text

// Alloc gives memory for as long as a body is used.
type Alloc func(n int) []byte

// Body is a payload that is text or binary data.
type Body struct {
	Bytes  []byte
	Binary bool
}

// Request turns the body of a call into the body for the back end. Recorded: aws-behaviour.md, fact 31.
func (h Handling) Request(b Body, alloc Alloc) (Body, error) {
	return b.convert(h == ToBinary || h == AsIs && b.Binary, alloc)
}

// Response turns what a back end answered into the body for the client, who accepts binary data or not. Recorded:
// aws-behaviour.md, fact 32.
func (h Handling) Response(b Body, accepted bool, alloc Alloc) (Body, error) {
	return b.convert(h == ToBinary || h == AsIs && accepted, alloc)
}

// convert makes text or binary data of a body. Base64 is how one stands for the other.
func (b Body) convert(binary bool, alloc Alloc) (Body, error) {
	switch {
	case !b.Binary && !binary:
		return Body{Bytes: Text(b.Bytes, alloc)}, nil
	case b.Binary && binary:
		return b, nil
	case binary:
		out, err := decode(b.Bytes, alloc)
		return Body{Bytes: out, Binary: true}, err
	}
	out := alloc(base64.StdEncoding.EncodedLen(len(b.Bytes)))
	base64.StdEncoding.Encode(out, b.Bytes)
	return Body{Bytes: out}, nil
}

// decode takes base64 apart. A function's answer is JSON, so that its base64 stands in quotes, and is taken all the same
// (developer guide, "Access binary files in Lambda using an API Gateway API").
func decode(body []byte, alloc Alloc) ([]byte, error) {
	if n := len(body) - 1; n > 0 && body[0] == '"' && body[n] == '"' {
		body = body[1:n]
	}
	out := alloc(base64.StdEncoding.DecodedLen(len(body)))
	n, err := base64.StdEncoding.Decode(out, body)
	if err != nil {
		return nil, ErrBase64
	}
	return out[:n], nil
}

// MediaTypes are the binary media types of a REST API.
type MediaTypes []string

// Match reports whether a media type is one of them. "image/*" and "*/*" stand for many, "*/test" for nothing but itself;
// parameters of the type do not count (recorded: aws-behaviour.md, fact 16).
func (m MediaTypes) Match(mediaType []byte) bool {
	if len(m) == 0 {
		return false
	}
	mediaType, _, _ = bytes.Cut(mediaType, semicolon)
	mediaType = bytes.TrimSpace(mediaType)
	for _, t := range m {
		if t == "*/*" || exchange.EqualFold(mediaType, t) {
			return true
		}
		if n := len(t) - 1; n > 0 && t[n-1:] == "/*" && len(mediaType) > n && exchange.EqualFold(mediaType[:n], t[:n]) {
			return true
		}
	}
	return false
}

// Accepted reports whether the first media type that a client accepts is one of them (recorded: fact 16).
func (m MediaTypes) Accepted(accept []byte) bool {
	first, _, _ := bytes.Cut(accept, comma)
	return m.Match(first)
}

var semicolon, comma = []byte{';'}, []byte{','}
