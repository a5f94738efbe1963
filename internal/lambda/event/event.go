// Package event writes the events that API Gateway gives to Lambda functions, byte by byte as AWS does, and reads what
// functions answer: for integrations and for authorizers of HTTP APIs, in the payload formats 1.0 and 2.0
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html). What is the
// same for all calls of a route is written once, when the route is compiled; a call only appends.
//
// It stands between the steps that call functions and package lambda, of which it knows nothing. It may import content,
// exchange and jsontext.
package event

import (
	"net/netip"
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/jsontext"
)

// Config is what is settled of a route's events when the route is compiled.
type Config struct {
	AccountID, APIID, Stage, RouteKey string
	// StageVariables are the stage's.
	StageVariables map[string]string
}

// Format is a payload format. It is immutable.
type Format interface {
	// AppendRequest appends the event of an integration. The request's body must be whole. x.Integration.Header becomes
	// the head that the event shows.
	AppendRequest(dst []byte, x *exchange.Exchange) []byte
	// AppendAuthorization appends the event of an authorizer, which has no body.
	AppendAuthorization(dst []byte, x *exchange.Exchange, asked Asked) []byte
	// ReadResponse makes x.Response of an integration's answer. The response refers to the payload and may change it. The
	// error says what is wrong with an answer that is none.
	ReadResponse(payload []byte, x *exchange.Exchange) error
}

// Asked is what an authorizer is asked about.
type Asked struct {
	// ARN is what is called, such as arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/pets.
	ARN []byte
	// Sources are the values of the identity sources.
	Sources [][]byte
}

// New returns the format of that version, 1.0 or 2.0; nil for any other.
func New(version string, cfg Config) Format {
	switch version {
	case "1.0":
		return newV1(cfg)
	case "2.0":
		return newV2(cfg)
	}
	return nil
}

// prefix is what stands before a call's path in events, fit for a JSON string: nothing for $default (recorded:
// aws-behaviour-http-api.md, fact 29).
func (c *Config) prefix() string {
	if strings.HasPrefix(c.Stage, "$") {
		return ""
	}
	return string(jsontext.AppendText([]byte{'/'}, c.Stage))
}

// resource is the route's path: the key's without its method, or $default.
func (c *Config) resource() string {
	if _, path, ok := strings.Cut(c.RouteKey, " "); ok {
		return path
	}
	return c.RouteKey
}

// member appends "name": and a string, with a comma before it unless it is the first of an object.
func member[T []byte | string](dst []byte, name string, value T) []byte {
	return jsontext.AppendString(key(dst, name), value)
}

// key appends what stands before a member's value. name needs no escapes.
func key(dst []byte, name string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(append(append(dst, '"'), name...), `":`...)
}

// optional appends a string, or null for the empty one.
func optional(dst []byte, name, value string) []byte {
	if value == "" {
		return append(key(dst, name), "null"...)
	}
	return member(dst, name, value)
}

// appendPath appends a path's text for a JSON string: the prefix and the path, decoded if so wished.
func appendPath(dst []byte, x *exchange.Exchange, prefix string, path []byte) []byte {
	return jsontext.AppendText(append(dst, prefix...), unescape(x, path, false))
}

// unescape returns what is escaped, decoded into the exchange's memory unless there is nothing to decode.
func unescape(x *exchange.Exchange, escaped []byte, plus bool) []byte {
	if !hasEscapes(escaped, plus) {
		return escaped
	}
	return exchange.AppendUnescaped(x.Alloc(len(escaped))[:0], escaped, plus)
}

func hasEscapes(s []byte, plus bool) bool {
	for _, c := range s {
		if c == '%' || plus && c == '+' {
			return true
		}
	}
	return false
}

func appendAddr(dst []byte, addr netip.Addr) []byte {
	if !addr.IsValid() {
		return dst
	}
	return addr.Unmap().WithZone("").AppendTo(dst)
}
