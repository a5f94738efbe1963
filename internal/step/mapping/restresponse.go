package mapping

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/content"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/selection"
	"github.com/dipylon/dipylon/internal/template"
)

// RESTResponseConfig is what the integration responses of a method are compiled from.
type RESTResponseConfig struct {
	// Responses are by the status code of the method response, which must be among Methods.
	Responses map[string]gateway.IntegrationResponse
	Methods   map[string]gateway.MethodResponse
	Options   selection.Options
	Scope     *template.Scope
	// Binary are the API's binary media types.
	Binary content.MediaTypes
	// Trace says that responses carry X-Amzn-Trace-Id, as all do but those of MOCK (recorded: aws-behaviour.md, fact 3).
	Trace bool
}

// RESTResponse returns the step that turns what a back end answered into a method response
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html): by the integration
// response whose pattern matches Integration.Selector as a whole, or without that the status, or else by the default.
// It belongs among the steps that run always, in front of respond; what the gateway itself answers it leaves alone.
func RESTResponse(cfg RESTResponseConfig) (exchange.Step, error) {
	r := &restResponse{trace: cfg.Trace}
	for _, status := range sortedKeys(cfg.Responses) {
		in := cfg.Responses[status]
		one, err := compileRESTResponse(status, &in, &cfg)
		if err != nil {
			return exchange.Step{}, fmt.Errorf("integration response %s: %w", status, err)
		}
		switch {
		case one.pattern != nil:
			r.selected = append(r.selected, one)
		case r.fallback == nil:
			r.fallback = one
		}
	}
	return exchange.Step{Name: Name, Run: r.run, Detail: "integration responses " + strings.Join(sortedKeys(cfg.Responses), ", ")}, nil
}

type restResponse struct {
	selected []*integrationResponse
	fallback *integrationResponse // nil for none
	trace    bool
}

type integrationResponse struct {
	status    int
	declared  bool
	pattern   *regexp.Regexp // nil for the default
	headers   []restMapping
	need      int64
	templates []restTemplate
	content   content.Rules
	// types are the media types that the method response has models of.
	types [][]byte
}

func compileRESTResponse(status string, in *gateway.IntegrationResponse, cfg *RESTResponseConfig) (*integrationResponse, error) {
	code, err := strconv.Atoi(status)
	if err != nil || code < 200 || code > 599 {
		return nil, fmt.Errorf("no call can end with the status %s", status)
	}
	method, declared := cfg.Methods[status]
	out := &integrationResponse{status: code, declared: declared}
	for _, mediaType := range sortedKeys(method.Models) {
		out.types = append(out.types, []byte(mediaType))
	}
	if in.SelectionPattern != nil && *in.SelectionPattern != "" {
		if out.pattern, err = regexp.Compile(`\A(?:` + *in.SelectionPattern + `)\z`); err != nil {
			return nil, err
		}
	}
	for _, key := range sortedKeys(in.Parameters) {
		name := strings.TrimPrefix(key, "method.response.header.")
		value, err := selection.Mapping(in.Parameters[key], cfg.Options)
		if err != nil {
			return nil, err
		}
		out.need = max(out.need, min(value.NeedsResponseBody(), maxBody))
		out.headers = append(out.headers, restMapping{text: name, name: []byte(name), value: value})
	}
	if out.templates, err = compileTemplates(in.Templates, cfg.Scope); err != nil {
		return nil, err
	}
	out.content.Types = cfg.Binary
	out.content.Handling, _ = content.ParseHandling(in.ContentHandling)
	return out, nil
}

func (r *restResponse) run(ctx context.Context, x *exchange.Exchange) error {
	if x.Fault != nil || x.Integration.Status == 0 && x.Integration.Selector == nil {
		return nil
	}
	if fault := r.respond(ctx, x); fault != nil {
		fault.Step, x.Fault = Name, fault
		return nil
	}
	if r.trace {
		x.Response.Header.Add(nameTrace, x.ResponseTraceID())
	}
	return nil
}

func (r *restResponse) respond(ctx context.Context, x *exchange.Exchange) *exchange.Fault {
	selector := x.Integration.Selector
	if selector == nil {
		const digits = 20
		selector = strconv.AppendInt(x.Alloc(digits)[:0], int64(x.Integration.Status), 10)
	}
	chosen := r.choose(selector)
	switch {
	case chosen == nil:
		return exchange.Refuse(exchange.KindConfiguration, fmt.Errorf("No match for output mapping and no default output mapping configured. Endpoint Response Status Code: %d", x.Integration.Status)) //nolint:staticcheck // AWS's text
	case !chosen.declared:
		return exchange.Refuse(exchange.KindConfiguration, fmt.Errorf("Output mapping refers to an invalid method response: %d", chosen.status)) //nolint:staticcheck // AWS's text
	}
	if chosen.need > 0 {
		if err := x.Response.Body.ReadAhead(chosen.need); err != nil {
			return content.NotRead(ctx, err)
		}
	}
	return chosen.apply(ctx, x)
}

func (r *restResponse) choose(selector []byte) *integrationResponse {
	for _, one := range r.selected {
		if one.pattern.Match(selector) {
			return one
		}
	}
	return r.fallback
}

// apply evaluates everything before it changes anything. Of the back end's fields none goes on by itself.
func (r *integrationResponse) apply(ctx context.Context, x *exchange.Exchange) *exchange.Fault {
	var room [8]exchange.Field
	fields, typed := room[:0], false
	for i := range r.headers {
		m := &r.headers[i]
		if value, ok := m.value.Append(x.Alloc(usualValue)[:0], x); ok {
			clean(value)
			fields = append(fields, exchange.Field{Name: m.name, Value: value})
			typed = typed || exchange.EqualFold(m.name, "Content-Type")
		}
	}
	t := r.template(x)
	binary, fault := r.content.Response(ctx, x, t != nil)
	switch {
	case fault != nil:
		return fault
	case t != nil && binary: // recorded: test_apigw_s3_binary_support_response_convert_to_binary_with_request_template
		return notTransformed(x, "response", errBinary)
	case t != nil:
		body, err := t.template.Append(x.Alloc(usualBody)[:0], x, x.Response.Body.Bytes)
		if err != nil {
			return notTransformed(x, "response", err)
		}
		_ = x.Response.Body.Close() // the template has read it
		x.Response.Body = exchange.Body{Bytes: body}
	}
	if !typed {
		fields = append(fields, exchange.Field{Name: nameType, Value: r.mediaType(x)})
	}
	h := &x.Response.Header
	h.Reset()
	for _, f := range fields {
		h.Add(f.Name, f.Value)
	}
	x.Response.Status = r.status
	overrideResponse(x)
	return nil
}

var (
	nameType  = []byte("Content-Type")
	nameTrace = []byte("X-Amzn-Trace-Id")
)

// overrideResponse does what templates have set of $context.responseOverride, those of the request too (recorded:
// aws-behaviour.md, fact 26).
func overrideResponse(x *exchange.Exchange) {
	if status, ok := template.ResponseStatus(x); ok {
		x.Response.Status = status
	}
	for _, o := range template.ResponseHeader(x) {
		if !isToken(o.Name) {
			continue
		}
		x.Response.Header.Del(o.Name)
		for _, text := range o.Values {
			value := []byte(text)
			clean(value)
			x.Response.Header.Add([]byte(o.Name), value)
		}
	}
}

// mediaType is the type of responses that nothing else gives one: by the models of the method response, and JSON without any
// (known issues in the developer guide: "By default, the content type is application/json"). A template does not give one
// (serverless-operations/serverless-apigateway-service-proxy issue 115).
func (r *integrationResponse) mediaType(x *exchange.Exchange) []byte {
	accept, _, _ := bytes.Cut(x.Request.Header.Get("Accept"), comma)
	accept, _, _ = bytes.Cut(accept, semicolon)
	chosen := jsonType
	for i, t := range r.types {
		if exchange.EqualFold(accept, string(t)) {
			return t
		}
		if i == 0 || exchange.EqualFold(t, "application/json") {
			chosen = t
		}
	}
	return chosen
}

// template chooses the template of the media type that the client accepts first, else JSON's, else the first; nil without
// any.
func (r *integrationResponse) template(x *exchange.Exchange) *restTemplate {
	if len(r.templates) == 0 {
		return nil
	}
	accept, _, _ := bytes.Cut(x.Request.Header.Get("Accept"), comma)
	if t := find(r.templates, accept); t != nil {
		return t
	}
	if t := find(r.templates, jsonType); t != nil {
		return t
	}
	return &r.templates[0]
}

var comma = []byte{','}
