package mapping

import (
	"context"
	"errors"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/selection"
)

// Request returns the step that maps requests. The options' scope is set here.
func Request(params map[string]string, o selection.Options) (exchange.Step, error) {
	r, err := compileRequest(params, settings{Options: o})
	if err != nil {
		return exchange.Step{}, err
	}
	return exchange.Step{Name: Name, Run: r.run, Detail: "request: " + describe(params)}, nil
}

type request struct {
	mappings []mapping
	// need is how much of the body must be known, in bytes.
	need int64
}

func compileRequest(params map[string]string, o settings) (*request, error) {
	o.Scope = selection.Request
	mappings, err := compileParameters(params, ofRequest, o)
	if err != nil {
		return nil, err
	}
	r := &request{mappings: mappings}
	for i := range mappings {
		if v := mappings[i].value; v != nil {
			r.need = max(r.need, min(v.NeedsRequestBody(), maxBody))
		}
	}
	return r, nil
}

// maxBody is the largest body, in bytes, that is mapped as a whole: AWS's quota of payloads.
const maxBody = 10<<20 + 1

// run fills Outgoing. What the client sent is only read, so each value is that of the request as it came, whatever other
// parameters change.
func (r *request) run(_ context.Context, x *exchange.Exchange) error {
	if r.need > 0 {
		if err := x.Request.Body.ReadAhead(r.need); err != nil {
			return refuseBody(err)
		}
	}
	for i := range r.mappings {
		m := &r.mappings[i]
		if value, ok := m.evaluate(x); ok {
			m.apply(x, value)
		}
	}
	return nil
}

func refuseBody(err error) *exchange.Fault {
	if errors.Is(err, exchange.ErrBodyTooLarge) {
		return exchange.Refuse(exchange.KindRequestTooLarge, err)
	}
	return exchange.Refuse(exchange.KindBadRequest, err)
}

func (m *mapping) apply(x *exchange.Exchange, value []byte) {
	out := &x.Outgoing
	switch m.target {
	case toHeader:
		m.clean(value)
		if exchange.EqualFold(m.name, "Host") {
			mapHost(out, value)
			return
		}
		out.Edits = append(out.Edits, exchange.HeaderEdit{Op: m.op, Name: m.name, Value: value})
	case toQuery:
		query := x.Request.Query
		if out.QuerySet {
			query = out.Query
		}
		out.Query, out.QuerySet = m.editQuery(x, query, value), true
	case toPath:
		out.Path = escapePath(x, value)
	case toStatus:
	}
}

// mapHost: the back end's name cannot be removed, and there can be but one.
func mapHost(out *exchange.Outgoing, value []byte) {
	if len(value) > 0 {
		out.Host = value
	}
}
