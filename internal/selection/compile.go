package selection

import (
	"strings"
)

// Compile reads an expression: text in which $name.path, or ${name.path}, stands for a variable. "\$" is a dollar sign,
// and so is one that begins no name. Its error is an *[Error]; log formats and templates have none.
func Compile(expr string, o Options) (*Expression, error) {
	c := compiler{options: o, expr: &Expression{log: o.Scope == Log, present: o.Scope == Log || o.Scope == Template}}
	for rest := expr; rest != ""; {
		text, name, after := next(rest)
		c.text(text)
		if name != "" && !c.variable(name) {
			if o.Scope != Log && o.Scope != Template && !strings.HasPrefix(name, "method.") {
				return nil, &Error{Expression: expr}
			}
			c.text(rest[len(text) : len(rest)-len(after)])
		}
		rest = after
	}
	if !c.variables {
		c.expr.present = true
	}
	return c.expr, nil
}

// IdentitySource compiles an authorizer's identity source: one variable and nothing else
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html). Its error is an
// *[IdentityError].
func IdentitySource(expr string, o Options) (*Expression, error) {
	o.Scope = Request
	text, name, after := next(expr)
	root, _ := cutName(name)
	switch {
	case text != "" || after != "" || strings.HasPrefix(name, "request.body") || strings.HasPrefix(name, "request.path"):
	case root == "request" || root == "context" || root == "stageVariables":
		if e, err := Compile(expr, o); err == nil {
			return e, nil
		}
	}
	return nil, &IdentityError{Expression: expr}
}

type compiler struct {
	options   Options
	expr      *Expression
	variables bool
}

func (c *compiler) text(s string) {
	if s == "" {
		return
	}
	if c.expr.log {
		s = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(s) // an event is one line
	}
	if last := len(c.expr.parts) - 1; last >= 0 && c.expr.parts[last].get == nil {
		c.expr.parts[last].text += s
		return
	}
	c.expr.parts = append(c.expr.parts, part{text: s})
}

// variable adds one by its name, such as "request.header.X", and reports whether there is such a one.
func (c *compiler) variable(name string) bool {
	root, rest := cutName(name)
	switch {
	case root == "context":
		return c.context(rest)
	case c.expr.log:
		return false
	case root == "stageVariables":
		return c.stageVariable(rest)
	case root == "request" && c.options.Scope == Request:
		return c.request(rest)
	case root == "response" && c.options.Scope == Response:
		return c.response(rest)
	case root == "method" && c.options.Scope == Template:
		what, ok := strings.CutPrefix(rest, "request.")
		return ok && c.methodRequest(what)
	}
	return false
}

func (c *compiler) add(p part) bool {
	c.expr.parts = append(c.expr.parts, p)
	c.variables = true
	return true
}

func (c *compiler) stageVariable(name string) bool {
	if name == "" {
		return false
	}
	c.bind(c.options.StageVariables[name])
	return true
}

// bind puts in a value that is known already; the empty one is absent.
func (c *compiler) bind(value string) {
	c.variables = true
	if value == "" {
		c.add(part{get: absent})
		return
	}
	c.text(value)
	c.expr.present = true
}

func (c *compiler) request(name string) bool {
	what, of := cutName(name)
	switch {
	case what == "header" && of != "":
		return c.add(part{get: requestHeader, name: of})
	case what == "querystring" && of != "":
		return c.add(part{get: queryParameter, name: of})
	case what == "path" && of != "":
		if c.options.Path {
			return c.add(part{get: pathVariableAsSent, name: of})
		}
		return c.add(part{get: pathVariable, name: of})
	case name == "path":
		return c.add(part{get: requestPath})
	case name == "body":
		c.expr.request = WholeBody
		return c.add(part{get: requestBody})
	}
	return c.body(name, requestBodyPath, &c.expr.request)
}

func (c *compiler) response(name string) bool {
	what, of := cutName(name)
	switch {
	case what == "header" && of != "":
		return c.add(part{get: responseHeader, name: of})
	case name == "body":
		c.expr.resp = WholeBody
		return c.add(part{get: responseBody})
	}
	return c.body(name, responseBodyPath, &c.expr.resp)
}

// body adds body.path or body[0].
func (c *compiler) body(name string, get getter, need *int64) bool {
	path, ok := strings.CutPrefix(name, "body")
	if !ok {
		return false
	}
	steps, ok := parsePath(path)
	if !ok {
		return false
	}
	*need = max(*need, PathLimit)
	return c.add(part{get: get, path: steps})
}

// cutName splits at the first dot.
func cutName(name string) (first, rest string) {
	first, rest, _ = strings.Cut(name, ".")
	return first, rest
}
