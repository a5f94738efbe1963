package validate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/draft4"
	"github.com/dipylon/dipylon/internal/exchange"
)

// RESTConfig is what a request validator asks of the calls of a REST API's method.
type RESTConfig struct {
	// Required are parameters as the method names them, such as method.request.querystring.q.
	Required []string
	Models   []RESTModel
}

// RESTModel is the model of bodies of a content type. $default is for those that no other model is for. Broken says why the
// model cannot be used: bodies of its type are then not let through.
type RESTModel struct {
	ContentType string
	Schema      *draft4.Schema
	Broken      error
}

// REST returns the step for a method of a REST API
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html).
func REST(cfg RESTConfig) exchange.Step {
	s := &rest{models: cfg.Models}
	for _, name := range slices.Sorted(slices.Values(cfg.Required)) { // headers, path, query (recorded: aws-behaviour.md, fact 29)
		location, name, _ := strings.Cut(strings.TrimPrefix(name, "method.request."), ".")
		s.required = append(s.required, required{location, name})
	}
	if len(s.required)+len(s.models) == 0 {
		return exchange.Step{}
	}
	return exchange.Step{
		Name: Name, Detail: fmt.Sprintf("%d required parameters, %d models", len(s.required), len(s.models)), Run: s.run,
	}
}

type rest struct {
	required []required
	models   []RESTModel
}

// required is a parameter. Its location is header, path or querystring.
type required struct{ location, name string }

func (s *rest) run(ctx context.Context, x *exchange.Exchange) error {
	if missing := s.missing(x); len(missing) > 0 {
		fault := exchange.Refuse(exchange.KindBadParameters, errMissing)
		fault.Message = "Missing required request parameters: [" + strings.Join(missing, ", ") + "]"
		x.Journal.Sayf(exchange.JournalError, "%s", fault.Message)
		return fault
	}
	model, contentType := s.model(x)
	if model == nil {
		return nil
	}
	if err := x.Request.Body.ReadAhead(maxBody + 1); err != nil {
		return notRead(ctx, err)
	}
	if x.Request.Body.Stream != nil {
		return exchange.Refuse(exchange.KindRequestTooLarge, exchange.ErrBodyTooLarge)
	}
	return checkModel(x, model, contentType)
}

var errMissing = errors.New("a required parameter is missing or blank")

func notRead(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil, errors.Is(err, io.ErrUnexpectedEOF):
		return exchange.Refuse(exchange.KindClientGone, err)
	case errors.Is(err, exchange.ErrBodyTooLarge):
		return exchange.Refuse(exchange.KindRequestTooLarge, err)
	}
	return exchange.Refuse(exchange.KindBadRequest, err)
}

// missing returns the names of the required parameters that are not there, or blank.
func (s *rest) missing(x *exchange.Exchange) []string {
	var names []string
	for i := range s.required {
		if !s.required[i].given(x) {
			names = append(names, s.required[i].name)
		}
	}
	return names
}

func (r *required) given(x *exchange.Exchange) bool {
	switch r.location {
	case "header":
		for _, f := range x.Request.Header.Fields() {
			if exchange.EqualFold(f.Name, r.name) && len(bytes.TrimSpace(f.Value)) > 0 {
				return true
			}
		}
	case "path":
		for i := range x.Route.Vars {
			if v := &x.Route.Vars[i]; v.Name == r.name && !isBlank(v.Value, false) {
				return true
			}
		}
	case "querystring":
		return r.asked(x.Request.Query)
	}
	return false
}

func (r *required) asked(query []byte) bool {
	for rest := query; len(rest) > 0; {
		var pair []byte
		pair, rest, _ = bytes.Cut(rest, ampersand)
		name, value, _ := bytes.Cut(pair, equals)
		if exchange.DecodesTo(name, r.name) && !isBlank(value, true) {
			return true
		}
	}
	return false
}

// isBlank reports whether an escaped value is white space at most.
func isBlank(escaped []byte, plus bool) bool {
	for len(escaped) > 0 {
		c, n := exchange.Unescape(escaped, plus)
		if c != ' ' && (c < '\t' || c > '\r') {
			return false
		}
		escaped = escaped[n:]
	}
	return true
}

// model chooses the model for a call's body, and the content type that log lines name: a call without one has JSON.
func (s *rest) model(x *exchange.Exchange) (model *RESTModel, contentType string) {
	if len(s.models) == 0 {
		return nil, ""
	}
	const json, any = "application/json", "$default"
	sent := x.Request.Header.Get("Content-Type")
	mediaType, _, _ := bytes.Cut(sent, []byte(";"))
	if mediaType = bytes.TrimSpace(mediaType); len(mediaType) == 0 {
		mediaType = []byte(json)
	}
	var other *RESTModel
	for i := range s.models {
		m := &s.models[i]
		if exchange.EqualFold(mediaType, m.ContentType) || exchange.EqualFold(sent, m.ContentType) {
			return m, m.ContentType
		}
		if m.ContentType == any {
			other = m
		}
	}
	return other, string(mediaType)
}

// checkModel refuses a body that does not match. Lines and texts as recorded: aws-behaviour-auth-websocket-logs.md, fact 51;
// those of models that cannot be used: serverless/serverless issue 9971.
func checkModel(x *exchange.Exchange, model *RESTModel, contentType string) error {
	err := model.Broken
	var found []string
	if err == nil {
		found, err = model.Schema.Validate(x.Request.Body.Bytes)
	}
	switch {
	case errors.Is(err, draft4.ErrNoJSON):
		found = []string{"Unknown error parsing request body"}
	case err != nil:
		const line = "Request body validation failed due to an unexpected error"
		x.Journal.Sayf(exchange.JournalError, line)
		x.Journal.Sayf(exchange.JournalError, "Execution failed due to configuration error: "+line)
		return exchange.Refuse(exchange.KindConfiguration, err)
	case len(found) == 0:
		return nil
	}
	fault := exchange.Refuse(exchange.KindBadBody, errNoMatch)
	fault.Validation = "[" + strings.Join(found, ", ") + "]"
	x.Journal.Sayf(exchange.JournalError, "Request body does not match model schema for content type %s: %s", contentType, fault.Validation)
	return fault
}

var errNoMatch = errors.New("the body does not match its model")
