package selection

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
)

// Mapping compiles the value of a REST API's parameter mapping
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-parameter-mapping.html): one of 'text',
// method.request.header.X and the like, integration.response.header.X and the like, context.X and stageVariables.X.
func Mapping(expr string, o Options) (*Expression, error) {
	c := compiler{options: o, expr: &Expression{}}
	if text, ok := strings.CutPrefix(expr, "'"); ok && len(text) > 0 && text[len(text)-1] == '\'' {
		c.text(text[:len(text)-1])
		c.expr.present = true
		return c.expr, nil
	}
	if !c.mapped(expr) {
		return nil, fmt.Errorf("Invalid mapping expression specified: %s", expr) //nolint:staticcheck // AWS's text
	}
	return c.expr, nil
}

func (c *compiler) mapped(expr string) bool {
	root, rest := cutName(expr)
	switch root {
	case "context":
		if rest == "accountId" {
			c.bind(c.options.AccountID)
			return true
		}
		p, ok := contextVariable(rest)
		if !ok {
			p = part{get: absent}
		}
		return rest != "" && c.add(p)
	case "stageVariables":
		return c.stageVariable(rest)
	case "method":
		what, ok := strings.CutPrefix(rest, "request.")
		return ok && c.methodRequest(what)
	case "integration":
		what, ok := strings.CutPrefix(rest, "response.")
		return ok && c.integrationResponse(what)
	}
	return false
}

func (c *compiler) methodRequest(name string) bool {
	what, of := cutName(name)
	switch {
	case what == "header" && of != "":
		return c.add(part{get: lastRequestHeader, name: of})
	case what == "querystring" && of != "":
		return c.add(part{get: lastQueryParameter, name: of})
	case what == "multivalueheader" || what == "multivaluequerystring":
		return c.request(strings.TrimPrefix(name, "multivalue"))
	}
	return name != "path" && c.request(name)
}

func (c *compiler) integrationResponse(name string) bool {
	what, of := cutName(name)
	if what == "header" && of != "" {
		return c.add(part{get: lastResponseHeader, name: of})
	}
	return c.response(strings.TrimPrefix(name, "multivalue"))
}

// What has several values has the last one where one is asked for, as events have it (recorded: aws-behaviour.md, fact 9).

func lastRequestHeader(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	return appendLast(dst, &x.Request.Header, p.name)
}

func lastResponseHeader(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	return appendLast(dst, &x.Response.Header, p.name)
}

func appendLast(dst []byte, h *exchange.Header, name string) ([]byte, bool) {
	fields := h.Fields()
	for i := len(fields) - 1; i >= 0; i-- {
		if exchange.EqualFold(fields[i].Name, name) {
			return append(dst, fields[i].Value...), true
		}
	}
	return dst, false
}

func lastQueryParameter(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	var last []byte
	found := false
	for rest := x.Request.Query; len(rest) > 0; {
		var pair []byte
		pair, rest, _ = bytes.Cut(rest, ampersand)
		key, value, _ := bytes.Cut(pair, equals)
		if len(pair) > 0 && DecodesTo(key, p.name) {
			last, found = value, true
		}
	}
	return exchange.AppendUnescaped(dst, last, true), found
}

// CompileTemplate compiles a template that has references to $context and $stageVariables and nothing else of the Velocity
// language.
func CompileTemplate(text string, o Options) (*Expression, error) {
	o.Scope = Template
	e, err := Compile(text, o)
	if err != nil {
		return nil, err
	}
	for i := range e.parts {
		if e.parts[i].get == nil && isVelocity(e.parts[i].text) {
			return nil, errVelocity
		}
	}
	return e, nil
}

var errVelocity = fmt.Errorf("templates with other references than $context and $stageVariables, or with directives, are not built")

// isVelocity reports whether a text has what Velocity would not leave as it is.
func isVelocity(text string) bool {
	for i := range len(text) - 1 {
		next := text[i+1]
		word := isName(next) && (next < '0' || next > '9') || next == '{'
		if text[i] == '$' && (word || next == '!') || text[i] == '#' && (word || next == '#' || next == '*' || next == '@') {
			return true
		}
	}
	return false
}
