package mapping

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/selection"
)

// restMapping is one request parameter of a REST API's integration, compiled.
type restMapping struct {
	target target
	text   string
	name   []byte
	value  *selection.Expression
	// all is a query parameter all of whose values go on; empty for one value.
	all string
	// asSent says that the value is a path variable, which is escaped already.
	asSent bool
}

// RESTTargets returns the names of the variables in an integration's URI that request parameters give values.
func RESTTargets(params map[string]string) map[string]bool {
	names := map[string]bool{}
	for key := range params {
		if name, ok := strings.CutPrefix(key, "integration.request.path."); ok {
			names[name] = true
		}
	}
	return names
}

// CheckREST says whether an integration can have these request parameters when it is called: some headers it cannot
// (recorded: aws-behaviour.md, fact 18). aws is for integrations with AWS services and functions.
func CheckREST(params map[string]string, aws bool) error {
	for _, key := range sortedKeys(params) {
		if name, ok := strings.CutPrefix(key, "integration.request.header."); ok {
			if err := checkRESTHeader(name, aws); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkRESTHeader(name string, aws bool) error {
	switch strings.ToLower(name) {
	case "content-length", "transfer-encoding":
		return fmt.Errorf("the header %s cannot be mapped", name)
	case "authorization", "connection", "expect", "proxy-authenticate", "te":
		if aws {
			return fmt.Errorf("the header %s cannot be mapped to an AWS service", name)
		}
	}
	return nil
}

// RESTRequest returns the step that maps the requests of a proxy integration with an HTTP back end, to which the client's
// query goes along
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html). What is mapped from
// something that the call has not adds nothing (recorded: aws-behaviour.md, fact 20).
func RESTRequest(params map[string]string, o selection.Options) (exchange.Step, error) {
	r, err := compileRESTRequest(params, o)
	if err != nil {
		return exchange.Step{}, err
	}
	r.proxy = true
	return exchange.Step{Name: Name, Run: r.run, Detail: "request: " + describe(params)}, nil
}

type restRequest struct {
	mappings []restMapping
	need     int64
	// proxy says that the client's query goes along.
	proxy bool
}

func compileRESTRequest(params map[string]string, o selection.Options) (*restRequest, error) {
	r := &restRequest{}
	for _, key := range sortedKeys(params) {
		m, err := compileREST(key, params[key], o)
		if err != nil {
			return nil, err
		}
		r.need = max(r.need, min(m.value.NeedsRequestBody(), maxBody))
		r.mappings = append(r.mappings, m)
	}
	return r, nil
}

func compileREST(key, value string, o selection.Options) (restMapping, error) {
	kind, name, _ := strings.Cut(strings.TrimPrefix(key, "integration.request."), ".")
	m := restMapping{text: name, name: []byte(name)}
	switch kind {
	case "header":
		m.target = toHeader
	case "querystring":
		m.target = toQuery
		m.all, _ = strings.CutPrefix(value, "method.request.multivaluequerystring.")
		if m.all == value {
			m.all = ""
		}
	case "path":
		m.target = toPath
		o.Path, m.asSent = true, strings.HasPrefix(value, "method.request.path.")
	default:
		return m, fmt.Errorf("Invalid mapping expression specified: %s", key) //nolint:staticcheck // AWS's text
	}
	var err error
	m.value, err = selection.Mapping(value, o)
	return m, err
}

func (r *restRequest) run(_ context.Context, x *exchange.Exchange) error {
	if r.need > 0 {
		if err := x.Request.Body.ReadAhead(r.need); err != nil {
			return refuseBody(err)
		}
	}
	r.apply(x)
	return nil
}

func (r *restRequest) apply(x *exchange.Exchange) {
	var query []byte
	for i := range r.mappings {
		m := &r.mappings[i]
		value, ok := m.value.Append(x.Alloc(usualValue)[:0], x)
		if !ok && m.target != toPath {
			continue
		}
		switch m.target {
		case toHeader:
			m.header(x, value)
		case toQuery:
			query = m.query(query, x, value)
		case toPath:
			if !m.asSent {
				value = escapeSegments(x, value)
			}
			x.Outgoing.Vars = append(x.Outgoing.Vars, exchange.PathVar{Name: m.text, Value: value})
		case toStatus:
		}
	}
	switch {
	case !r.proxy:
		x.Outgoing.Query, x.Outgoing.QuerySet = query, true
	case query != nil:
		if len(x.Request.Query) > 0 {
			query = append(append(query, '&'), x.Request.Query...)
		}
		x.Outgoing.Query, x.Outgoing.QuerySet = query, true
	}
}

func (m *restMapping) header(x *exchange.Exchange, value []byte) {
	clean(value)
	if exchange.EqualFold(m.name, "Host") {
		mapHost(&x.Outgoing, value)
		return
	}
	x.Outgoing.Edits = append(x.Outgoing.Edits, exchange.HeaderEdit{Op: exchange.EditOverwrite, Name: m.name, Value: value})
}

// query appends the parameter, escaped.
func (m *restMapping) query(dst []byte, x *exchange.Exchange, value []byte) []byte {
	if m.all == "" {
		return appendParameter(dst, m.name, value)
	}
	for rest := x.Request.Query; len(rest) > 0; {
		var pair []byte
		pair, rest, _ = bytes.Cut(rest, ampersand)
		name, sent, _ := bytes.Cut(pair, equals)
		if len(pair) > 0 && exchange.DecodesTo(name, m.all) {
			dst = appendParameter(dst, m.name, exchange.AppendUnescaped(nil, sent, true))
		}
	}
	return dst
}

func appendParameter(dst, name, value []byte) []byte {
	if len(dst) > 0 {
		dst = append(dst, '&')
	}
	return escapeAll(append(escapeAll(dst, name), '='), value)
}

// escapeSegments escapes what may not stand in a path. Slashes stay.
func escapeSegments(x *exchange.Exchange, value []byte) []byte {
	out := x.Alloc(3 * len(value))[:0]
	for _, c := range value {
		if isAlnum(c) || bytes.IndexByte(pathChars, c) >= 0 {
			out = append(out, c)
		} else {
			out = appendEscape(out, c)
		}
	}
	return out
}

var ampersand, equals = []byte{'&'}, []byte{'='}
