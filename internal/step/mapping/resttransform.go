package mapping

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"github.com/dipylon/dipylon/internal/content"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/selection"
	"github.com/dipylon/dipylon/internal/template"
)

// RESTTransformConfig is what the request of an integration that is no proxy is made of.
type RESTTransformConfig struct {
	Integration *gateway.RestIntegration
	Options     selection.Options
	Scope       *template.Scope
	// Binary are the API's binary media types.
	Binary content.MediaTypes
	// AWS says that an AWS service or a function is called, Mock that nobody is: then parameters go nowhere.
	AWS, Mock bool
}

// RESTTransform returns the step that makes the request of an integration that is no proxy
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html): it maps parameters,
// transforms the payload by the template for its content type into Outgoing.Body, and then does what the template has set
// of $context.requestOverride. A payload without a template goes on as it is or is refused with 415
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html).
func RESTTransform(cfg RESTTransformConfig) (exchange.Step, error) {
	in := cfg.Integration
	t := &restTransform{aws: cfg.AWS, mock: cfg.Mock}
	t.content.Types = cfg.Binary
	t.content.Handling, _ = content.ParseHandling(in.ContentHandling)
	t.refuse = in.PassthroughBehavior == gateway.Never || in.PassthroughBehavior == gateway.WhenNoTemplates && len(in.RequestTemplates) > 0
	var err error
	if !cfg.Mock {
		if err = CheckREST(in.RequestParameters, cfg.AWS); err != nil {
			return exchange.Step{}, err
		}
		if t.parameters, err = compileRESTRequest(in.RequestParameters, cfg.Options); err != nil {
			return exchange.Step{}, err
		}
	}
	if t.templates, err = compileTemplates(in.RequestTemplates, cfg.Scope); err != nil {
		return exchange.Step{}, err
	}
	detail := "request: " + describe(in.RequestParameters) + "; templates " + strings.Join(sortedKeys(in.RequestTemplates), ", ")
	return exchange.Step{Name: Name, Run: t.run, Detail: detail}, nil
}

type restTransform struct {
	parameters *restRequest // nil for none
	templates  []restTemplate
	content    content.Rules
	// refuse says that a payload without a template is 415.
	refuse, aws, mock bool
}

// restTemplate is a template for a media type.
type restTemplate struct {
	mediaType string
	template  *template.Template
}

// compileTemplates keeps them in the order of their media types. One that cannot be compiled fails its calls.
func compileTemplates(texts map[string]string, scope *template.Scope) ([]restTemplate, error) {
	out := make([]restTemplate, 0, len(texts))
	for _, mediaType := range sortedKeys(texts) {
		t, err := scope.Compile(texts[mediaType])
		if err != nil {
			return nil, err
		}
		out = append(out, restTemplate{mediaType, t})
	}
	return out, nil
}

// find returns the template for a media type, of which parameters do not count; nil without one.
func find(templates []restTemplate, mediaType []byte) *restTemplate {
	mediaType, _, _ = bytes.Cut(mediaType, semicolon)
	mediaType = bytes.TrimSpace(mediaType)
	for i := range templates {
		if exchange.EqualFold(mediaType, templates[i].mediaType) {
			return &templates[i]
		}
	}
	return nil
}

var (
	errNoTemplate = errors.New("no request template takes the content type of the payload")

	jsonType  = []byte("application/json")
	semicolon = []byte{';'}
)

var errBinary = errors.New("no template can read binary data")

// usualBody is room for most payloads, in bytes.
const usualBody = 2 << 10

func (t *restTransform) run(_ context.Context, x *exchange.Exchange) error {
	payload, binary, fault := t.content.Request(x, true)
	if fault != nil {
		return fault
	}
	mediaType := x.Request.Header.Get("Content-Type")
	if len(mediaType) == 0 {
		mediaType = jsonType
	}
	chosen := find(t.templates, mediaType)
	if chosen == nil && t.refuse {
		return exchange.Refuse(exchange.KindUnsupportedMediaType, errNoTemplate)
	}
	if t.parameters != nil {
		t.parameters.apply(x)
	}
	x.Outgoing.Body = payload.Bytes
	if chosen == nil {
		return nil
	}
	if binary { // recorded: test_apigw_s3_binary_support_request_convert_to_binary_with_request_template
		return notTransformed(x, "request", errBinary)
	}
	var err error
	if x.Outgoing.Body, err = chosen.template.Append(x.Alloc(usualBody)[:0], x, payload.Bytes); err != nil {
		return notTransformed(x, "request", err)
	}
	if t.mock {
		return nil
	}
	return t.override(x)
}

// notTransformed is a template's failure. The journal has AWS's words, the operator's log the cause.
func notTransformed(x *exchange.Exchange, what string, err error) *exchange.Fault {
	x.Journal.Sayf(exchange.JournalError, "Execution failed due to configuration error: Unable to transform %s", what)
	return exchange.Refuse(exchange.KindConfiguration, err)
}

// override does what a template has set. What cannot be mapped cannot be set either (recorded: aws-behaviour.md, fact 18).
func (t *restTransform) override(x *exchange.Exchange) error {
	for _, o := range template.RequestPath(x) {
		x.Outgoing.Vars = setVar(x.Outgoing.Vars, o.Name, escapeSegments(x, []byte(strings.Join(o.Values, ","))))
	}
	for _, o := range template.RequestQuery(x) {
		query := appendWithout(x.Alloc(len(x.Outgoing.Query))[:0], x.Outgoing.Query, o.Name)
		for _, value := range o.Values {
			query = appendParameter(query, []byte(o.Name), []byte(value))
		}
		x.Outgoing.Query = query
	}
	for _, o := range template.RequestHeader(x) {
		if err := checkRESTHeader(o.Name, t.aws); err != nil {
			return exchange.Refuse(exchange.KindConfiguration, err)
		}
		overrideHeader(&x.Outgoing, o)
	}
	return nil
}

func setVar(vars []exchange.PathVar, name string, value []byte) []exchange.PathVar {
	for i := range vars {
		if vars[i].Name == name {
			vars[i].Value = value
			return vars
		}
	}
	return append(vars, exchange.PathVar{Name: name, Value: value})
}

func overrideHeader(out *exchange.Outgoing, o template.Override) {
	op := exchange.EditOverwrite
	for _, text := range o.Values {
		value := []byte(text)
		clean(value)
		if strings.EqualFold(o.Name, "Host") {
			mapHost(out, value)
			continue
		}
		if !isToken(o.Name) {
			continue
		}
		out.Edits = append(out.Edits, exchange.HeaderEdit{Op: op, Name: []byte(o.Name), Value: value})
		op = exchange.EditAppend
	}
}
