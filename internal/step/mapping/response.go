package mapping

import (
	"context"
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/selection"
)

// Response returns the step that maps a back end's responses, by their status. It belongs among the steps that run always,
// in front of respond; the gateway's own answers it leaves alone. The options' scope is set here.
func Response(params map[string]map[string]string, o selection.Options) (exchange.Step, error) {
	r, err := compileResponse(params, settings{Options: o})
	if err != nil {
		return exchange.Step{}, err
	}
	details := make([]string, 0, len(params))
	for _, status := range sortedKeys(params) {
		details = append(details, status+": "+describe(params[status]))
	}
	return exchange.Step{Name: Name, Run: r.run, Detail: "response: " + strings.Join(details, "; ")}, nil
}

type response struct {
	statuses []byStatus
}

type byStatus struct {
	status   int
	mappings []mapping
	need     int64
}

func compileResponse(params map[string]map[string]string, o settings) (*response, error) {
	o.Scope = selection.Response
	r := new(response)
	for _, text := range sortedKeys(params) {
		status, ok := parseStatus(text)
		if !ok {
			return nil, &StatusError{text}
		}
		mappings, err := compileParameters(params[text], ofResponse, o)
		if err != nil {
			return nil, err
		}
		s := byStatus{status: status, mappings: mappings}
		for i := range mappings {
			if err := s.add(&mappings[i]); err != nil {
				return nil, err
			}
		}
		r.statuses = append(r.statuses, s)
	}
	return r, nil
}

// add takes note of what a mapping needs.
func (s *byStatus) add(m *mapping) error {
	if m.value == nil {
		return nil
	}
	s.need = max(s.need, min(m.value.NeedsResponseBody(), maxBody))
	if m.target == toStatus && m.fixed != nil {
		if _, ok := parseStatus(string(m.fixed)); !ok {
			return &StatusError{string(m.fixed)}
		}
	}
	return nil
}

// parseStatus reads a status that a response can have (recorded: aws-behaviour-http-api.md, fact 72).
func parseStatus(s string) (status int, ok bool) {
	n, err := strconv.ParseUint(s, 10, 16)
	return int(n), err == nil && n >= 200 && n <= 599 && len(s) == 3
}

func (r *response) run(_ context.Context, x *exchange.Exchange) error {
	if x.Fault != nil || x.Integration.Status == 0 {
		return nil
	}
	for i := range r.statuses {
		if s := &r.statuses[i]; s.status == x.Response.Status {
			s.run(x)
			return nil
		}
	}
	return nil
}

// run evaluates all values before it changes anything, so that none depends on another. A body that cannot be read is the
// back end's failure.
func (s *byStatus) run(x *exchange.Exchange) {
	if s.need > 0 {
		if err := x.Response.Body.ReadAhead(s.need); err != nil {
			x.Fault = exchange.Refuse(exchange.KindIntegrationFailure, err)
			x.Fault.Step = Name
			return
		}
	}
	var room [8]exchange.HeaderEdit
	edits, status := room[:0], x.Response.Status
	for i := range s.mappings {
		m := &s.mappings[i]
		value, ok := m.evaluate(x)
		switch {
		case !ok:
		case m.target == toHeader:
			m.clean(value)
			edits = append(edits, exchange.HeaderEdit{Op: m.op, Name: m.name, Value: value})
		default:
			if n, ok := parseStatus(string(value)); ok {
				status = n
			}
		}
	}
	x.Response.Header.Edit(edits)
	x.Response.Status = status
}
