package event

import (
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/jsontext"
)

// errFormat begins what AWS logs of an answer that is none (developer guide, "Troubleshooting issues with HTTP API Lambda
// integrations").
var errFormat = errors.New("The response from the Lambda function doesn't match the format that API Gateway expects.") //nolint:staticcheck,revive // AWS's text

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w %s", errFormat, fmt.Sprintf(format, args...))
}

// answer is an answer's members, as they stand in the payload; nil for those that it has not or that are null.
type answer struct {
	status, headers, multiHeaders, cookies, body, base64 []byte
}

// parse reports whether the payload is an object.
func (a *answer) parse(payload []byte) bool {
	return jsontext.Members(payload, func(name, value []byte) {
		var field *[]byte
		switch {
		case jsontext.Is(name, "statusCode"):
			field = &a.status
		case jsontext.Is(name, "headers"):
			field = &a.headers
		case jsontext.Is(name, "multiValueHeaders"):
			field = &a.multiHeaders
		case jsontext.Is(name, "cookies"):
			field = &a.cookies
		case jsontext.Is(name, "body"):
			field = &a.body
		case jsontext.Is(name, "isBase64Encoded"):
			field = &a.base64
		default:
			return
		}
		if *field = value; value[0] == 'n' {
			*field = nil
		}
	})
}

// ReadResponse implements [Format]. What is no object with a status code is the body of a 200, whatever it is: of a string
// its text, of anything else, be it broken JSON, the bytes (recorded: aws-behaviour-http-api.md, facts 33 and 34).
func (f *v2) ReadResponse(payload []byte, x *exchange.Exchange) error {
	var a answer
	if a.parse(payload) && a.status != nil {
		a.multiHeaders = nil
		return a.respond(x)
	}
	if value, ok := jsontext.Value(payload); ok && value[0] == '"' {
		inner := value[1 : len(value)-1]
		payload = jsontext.AppendUnquoted(inner[:0], inner)
	}
	x.Response.Status = 200
	x.Response.Header.Add(contentType, applicationJSON)
	x.Response.Body = exchange.Body{Bytes: payload}
	return nil
}

// ReadResponse implements [Format]. The answer must be an object (recorded: fact 36).
func (f *v1) ReadResponse(payload []byte, x *exchange.Exchange) error {
	var a answer
	switch {
	case !a.parse(payload):
		return malformed("It is no JSON object.")
	case a.status == nil:
		return malformed("It has no statusCode.")
	}
	a.cookies = nil
	return a.respond(x)
}

// respond makes the response; after an error it is empty.
func (a *answer) respond(x *exchange.Exchange) error {
	status, err := statusCode(a.status)
	if err == nil {
		err = a.fields(&x.Response.Header)
	}
	var body []byte
	if err == nil {
		body, err = a.payload(x)
	}
	if err != nil {
		x.Response.Header.Reset()
		return err
	}
	x.Response.Status = status
	if status == 204 || status == 304 { // recorded: fact 39
		return nil
	}
	if !x.Response.Header.Has("Content-Type") { // recorded: fact 35
		x.Response.Header.Add(contentType, textPlain)
	}
	x.Response.Body = exchange.Body{Bytes: body}
	return nil
}

var (
	contentType     = []byte("Content-Type")
	applicationJSON = []byte("application/json")
	textPlain       = []byte("text/plain; charset=utf-8")
)

// statusCode reads a number, or a string with one, as functions after AWS's own blueprints return it.
func statusCode(value []byte) (int, error) {
	digits := value
	if value[0] == '"' {
		digits = value[1 : len(value)-1]
	}
	const length = 3
	status := 0
	for _, c := range digits {
		if c < '0' || c > '9' || len(digits) != length {
			status = 0
			break
		}
		status = 10*status + int(c-'0')
	}
	if status < 200 || status > 599 {
		return 0, malformed("The statusCode is %s.", shorten(value))
	}
	return status, nil
}

// payload returns the body, which must be a string.
func (a *answer) payload(x *exchange.Exchange) ([]byte, error) {
	encoded := len(a.base64) > 0 && a.base64[0] == 't'
	switch {
	case a.base64 != nil && !encoded && a.base64[0] != 'f':
		return nil, malformed("isBase64Encoded is neither true nor false.")
	case a.body == nil:
		return nil, nil
	case a.body[0] != '"':
		return nil, malformed("The body is not a string.")
	}
	inner := a.body[1 : len(a.body)-1]
	body := jsontext.AppendUnquoted(inner[:0], inner)
	if !encoded {
		return body, nil
	}
	decoded := x.Alloc(base64.StdEncoding.DecodedLen(len(body)))
	n, err := base64.StdEncoding.Decode(decoded, body)
	if err != nil {
		return nil, malformed("The body is not base64: %v.", err)
	}
	return decoded[:n], nil
}

// shorten keeps logs readable.
func shorten(value []byte) []byte {
	const longest = 64
	return value[:min(len(value), longest)]
}
