package selection

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/java"
	"github.com/dipylon/dipylon/internal/jsonpath"
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
	case strings.HasPrefix(name, "body.") || strings.HasPrefix(name, "body["):
		c.expr.request = WholeBody
		return c.restBody(name, restRequestBody)
	}
	return name != "path" && c.request(name)
}

func (c *compiler) integrationResponse(name string) bool {
	what, of := cutName(name)
	switch {
	case what == "header" && of != "":
		return c.add(part{get: lastResponseHeader, name: of})
	case strings.HasPrefix(name, "body.") || strings.HasPrefix(name, "body["):
		c.expr.resp = WholeBody
		return c.restBody(name, restResponseBody)
	}
	return c.response(strings.TrimPrefix(name, "multivalue"))
}

// restBody adds a JSONPath into a body, such as "body.pets[0].name" or "body.pets[?(@.id > 1)]", which AWS takes without its
// "$" (developer guide, "API request and response data mapping reference"). One that leads straight to a member is followed
// in the text.
func (c *compiler) restBody(name string, get getter) bool {
	path := strings.TrimPrefix(name, "body")
	if steps, ok := parsePath(path); ok {
		return c.add(part{get: get, path: steps})
	}
	full, err := jsonpath.Compile("$" + path)
	return err == nil && c.add(part{get: get, full: full})
}

func restRequestBody(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	return appendRESTBody(dst, &x.Request.Body, p)
}

func restResponseBody(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	return appendRESTBody(dst, &x.Response.Body, p)
}

// appendRESTBody appends what a path leads to: a text as it is, anything else as JSON. Nothing and null are absent.
func appendRESTBody(dst []byte, b *exchange.Body, p *part) ([]byte, bool) {
	if b.Stream != nil {
		return dst, false
	}
	if p.full == nil {
		value := p.path.find(b.Bytes, false)
		if value == nil {
			return dst, false
		}
		return appendJSON(dst, value)
	}
	doc, err := java.Parse(b.Bytes)
	if err != nil {
		return dst, false
	}
	switch v, err := p.full.Read(doc); v := v.(type) {
	case nil:
		return dst, false
	case string:
		return append(dst, v...), err == nil
	default:
		return java.AppendSmartJSON(dst, v), err == nil
	}
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
		if len(pair) > 0 && exchange.DecodesTo(key, p.name) {
			last, found = value, true
		}
	}
	return exchange.AppendUnescaped(dst, last, true), found
}

// CompileTemplate compiles the template of a gateway response, which is not Velocity's language: $context, $stageVariables and
// $method.request variables are replaced, and all else is text
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html).
func CompileTemplate(text string, o Options) *Expression {
	o.Scope = Template
	e, _ := Compile(text, o) // only other scopes refuse
	return e
}
