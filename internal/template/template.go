// Package template runs the mapping templates of REST APIs on calls: it binds $input, $context, $stageVariables and $util of
// internal/vtl to an exchange
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html). A template is
// compiled once per stage, with the JSONPaths that it asks for; what a template does not use is not made.
//
// It stands under the steps of REST APIs, and may import content, exchange, java and vtl.
package template

import (
	"bytes"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/content"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/java"
	"github.com/dipylon/dipylon/internal/vtl"
)

// Scope is what the templates of a stage have in common.
type Scope struct {
	AccountID, DeploymentID string
	StageVariables          map[string]string
}

// Template is a compiled mapping template. It may run for several calls at once.
type Template struct {
	scope *Scope
	vtl   *vtl.Template
	paths vtl.Paths
}

// Compile reads a mapping template.
func (s *Scope) Compile(text string) (*Template, error) {
	t, err := vtl.Compile(text)
	if err != nil {
		return nil, err
	}
	return &Template{scope: s, vtl: t}, nil
}

// Append appends what the template prints for a call, of whose payload body is the text. It is the template's failure if it
// goes beyond AWS's limits, or asks for what cannot be.
func (t *Template) Append(dst []byte, x *exchange.Exchange, body []byte) ([]byte, error) {
	b := binding{template: t, x: x, body: body}
	dst, err := t.vtl.Append(dst, &b, vtl.AWS())
	if b.context != nil {
		overridesOf(x).take(b.context)
	}
	return dst, err
}

// binding is what one run of a template may refer to. Everything is made when it is asked for.
type binding struct {
	template *Template
	x        *exchange.Exchange
	body     []byte

	tools   vtl.Tools
	context *java.Map
	stage   *java.Map
}

// Variable implements [vtl.Variables].
func (b *binding) Variable(name string) java.Value {
	switch name {
	case "input":
		if b.tools.Input == nil {
			b.tools.Input = &vtl.Input{Body: string(content.Text(b.body, b.x.Alloc)), Paths: &b.template.paths, Fill: b.parameters}
		}
		return b.tools.Input
	case "context":
		if b.context == nil {
			b.context = b.template.scope.context(b.x)
		}
		return b.context
	case "stageVariables":
		if b.stage == nil {
			b.stage = stringMap(b.template.scope.StageVariables)
		}
		return b.stage
	}
	return b.tools.Variable(name)
}

// parameters fills in what $input.params shows: path variables as they were sent, the parameters of the query decoded
// (recorded: aws-behaviour.md, fact 8), and the header fields that a method sees (fact 10).
func (b *binding) parameters(in *vtl.Input) {
	vars := b.x.Route.Vars
	for i := range vars {
		in.Path = append(in.Path, vtl.Param{Name: vars[i].Name, Value: string(vars[i].Value)})
	}
	for rest := b.x.Request.Query; len(rest) > 0; {
		var pair []byte
		pair, rest, _ = bytes.Cut(rest, ampersand)
		name, value, _ := bytes.Cut(pair, equals)
		if len(pair) > 0 {
			in.Query = append(in.Query, vtl.Param{Name: decoded(name), Value: decoded(value)})
		}
	}
	var head exchange.Header
	b.x.MethodHead(&head)
	for _, f := range head.Fields() {
		in.Header = append(in.Header, vtl.Param{Name: string(f.Name), Value: string(f.Value)})
	}
	slices.SortStableFunc(in.Header, func(a, b vtl.Param) int { return strings.Compare(a.Name, b.Name) })
}

var ampersand, equals = []byte{'&'}, []byte{'='}

func decoded(escaped []byte) string {
	return string(exchange.AppendUnescaped(make([]byte, 0, len(escaped)), escaped, true))
}

// stringMap is sorted, so that it prints the same in every call.
func stringMap(values map[string]string) *java.Map {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	m := java.NewMap(len(names))
	for _, name := range names {
		m.PutName(name, values[name])
	}
	return m
}
