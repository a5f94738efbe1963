package event

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/dipylon/dipylon/internal/content"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/jsontext"
)

// errProxyResponse begins what AWS logs of an answer that is none
// (https://repost.aws/knowledge-center/malformed-502-api-gateway).
var errProxyResponse = errors.New("Execution failed due to configuration error: Malformed Lambda proxy response") //nolint:staticcheck // AWS's text

func malformedProxy(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errProxyResponse, fmt.Sprintf(format, args...))
}

// ReadResponse implements [Format]: an object of five known members, all optional but not none (recorded: facts 12 to 14).
// A body that should be base64 and is not is [content.ErrBase64]: 500, and not 502 as any other (recorded: fact 14).
func (f *rest) ReadResponse(payload []byte, x *exchange.Exchange) error {
	var a answer
	known, unknown := 0, false
	if !jsontext.Members(payload, func(name, value []byte) {
		var field *[]byte
		switch {
		case jsontext.Is(name, "statusCode"):
			field = &a.status
		case jsontext.Is(name, "headers"):
			field = &a.headers
		case jsontext.Is(name, "multiValueHeaders"):
			field = &a.multiHeaders
		case jsontext.Is(name, "body"):
			field = &a.body
		case jsontext.Is(name, "isBase64Encoded"):
			field = &a.base64
		default:
			unknown = true
			return
		}
		known++
		if *field = value; value[0] == 'n' {
			*field = nil
		}
	}) {
		return malformedProxy("it is no JSON object")
	}
	if unknown || known == 0 {
		return malformedProxy("it has members that are not known, or none")
	}
	status := 200
	err := error(nil)
	if a.status != nil {
		status, err = restStatus(a.status)
	}
	if err == nil {
		err = a.restFields(x)
	}
	if err == nil {
		err = f.body(&a, x)
	}
	if err != nil {
		x.Response.Header.Reset()
		x.Response.Body = exchange.Body{}
		return err
	}
	if !x.Response.Header.Has("Content-Type") { // recorded: fact 2
		x.Response.Header.Add(contentType, applicationJSON)
	}
	x.Response.Status = status
	return nil
}

func restStatus(value []byte) (int, error) {
	status, err := statusCode(value)
	if err != nil {
		return 0, malformedProxy("statusCode is %s", shorten(value))
	}
	return status, nil
}

// restFields adds the answer's headers: those with several values, then those with one, which go by the name of the others
// if that differs in case only (recorded: fact 13).
func (a *answer) restFields(x *exchange.Exchange) error {
	h := &x.Response.Header
	var err error
	add := func(name, value []byte) {
		if e := addRESTField(h, name, value); e != nil && err == nil {
			err = e
		}
	}
	if a.multiHeaders != nil && !jsontext.Members(a.multiHeaders, func(name, values []byte) {
		field := unquote(name)
		if values[0] != 'n' && !jsontext.Elements(values, func(value []byte) { add(field, value) }) {
			err = malformedProxy("a value of multiValueHeaders is not a list")
		}
	}) {
		return malformedProxy("multiValueHeaders is not an object")
	}
	multi := h.Fields()
	if a.headers != nil && !jsontext.Members(a.headers, func(name, value []byte) {
		field := unquote(name)
		for i := range multi {
			if bytes.EqualFold(multi[i].Name, field) {
				field = multi[i].Name
				break
			}
		}
		add(field, value)
	}) {
		return malformedProxy("headers is not an object")
	}
	return err
}

// addRESTField adds a field whose value is a JSON string, number or boolean. Its name stays as it is.
func addRESTField(h *exchange.Header, name, value []byte) error {
	switch value[0] {
	case 'n':
		return nil
	case '{', '[':
		return malformedProxy("the header %s is no text", shorten(name))
	case '"':
		value = unquote(value[1 : len(value)-1])
	}
	for _, c := range name {
		if !isToken(c) {
			return malformedProxy("the header %q cannot be sent", shorten(name))
		}
	}
	if len(name) == 0 || !fieldValue(value) {
		return malformedProxy("the header %q cannot be sent", shorten(name))
	}
	h.Add(name, value)
	return nil
}

// body makes the response's body, decoded if it is to be and if the client accepts binary data (recorded: facts 14 and
// 16).
func (f *rest) body(a *answer, x *exchange.Exchange) error {
	encoded := len(a.base64) > 0 && a.base64[0] == 't'
	switch {
	case a.body == nil:
		return nil
	case a.body[0] != '"':
		return malformedProxy("the body is no string")
	}
	inner := a.body[1 : len(a.body)-1]
	body := jsontext.AppendUnquoted(inner[:0], inner)
	if encoded && f.binary.Accepted(x.Request.Header.Get("Accept")) {
		decoded := x.Alloc(base64.StdEncoding.DecodedLen(len(body)))
		n, err := base64.StdEncoding.Decode(decoded, body)
		if err != nil {
			return content.ErrBase64
		}
		body = decoded[:n]
	}
	x.Response.Body = exchange.Body{Bytes: body}
	return nil
}
