package wire

import (
	"reflect"
	"strings"
)

// awsJSON is AWS's json protocol, versions 1.0 and 1.1: the operation stands in X-Amz-Target, all members in the body.
type awsJSON struct {
	contentType string
	// qualified is whether errors name their shape with its namespace, as 1.0 does.
	qualified bool
}

func (awsJSON) find(s *Service, in *inbound) (match, error) {
	target := in.http.Header.Get("X-Amz-Target")
	prefix, name, _ := strings.Cut(target, ".")
	m, ok := s.operation(name)
	if !ok || prefix != s.model.TargetPrefix {
		return match{}, unknownOperation(400, target)
	}
	return m, nil
}

func unknownOperation(status int, name string) *Error {
	return &Error{Code: "UnknownOperationException", Message: "The operation " + name + " is not known.", Status: status}
}

func (awsJSON) decode(s *Service, m match, in *inbound, input any) error {
	raw, err := parseJSON(in.body)
	if err != nil {
		return err
	}
	return decoder{s.model.Shapes, jsonReader{}}.structure(s.shapeOf(m.op.Input), raw, reflect.ValueOf(input).Elem())
}

// encode leaves the body empty for operations without output, as AWS does.
func (c awsJSON) encode(s *Service, op *Operation, output any, _ string) (outbound, error) {
	out := outbound{status: op.Status, header: map[string]string{"Content-Type": c.contentType}}
	if op.Output != NoShape {
		out.body = appendJSON(nil, newEncoder(s.model.Shapes).structure(s.shapeOf(op.Output), reflect.ValueOf(output).Elem()))
	}
	return out, nil
}

func (c awsJSON) fail(s *Service, e *Error, _ string) outbound {
	code := e.Code
	if c.qualified {
		code = e.id(s)
	}
	body := object{{"__type", code}, {e.messageName(), e.Message}}
	return outbound{
		status: e.Status,
		header: queryErrorHeader(s, e, map[string]string{"Content-Type": c.contentType}),
		body:   appendJSON(nil, append(body, e.errorBody()...)),
	}
}

// id returns the full shape id of a modelled error, and the code of any other.
func (e *Error) id(s *Service) string {
	if s == nil || e.Details == nil {
		return e.Code
	}
	return s.model.Namespace + "#" + e.Code
}

// queryErrorHeader adds the query protocol's code for services that spoke query before: older clients look for it.
func queryErrorHeader(s *Service, e *Error, header map[string]string) map[string]string {
	if s != nil && s.speaks(Query) {
		header["x-amzn-query-error"] = e.queryCode() + ";" + e.fault()
	}
	return header
}

func (e *Error) queryCode() string {
	if e.QueryCode != "" {
		return e.QueryCode
	}
	return e.Code
}

// fault says whose fault the error is, in the query protocol's words.
func (e *Error) fault() string {
	if e.Status >= 500 {
		return "Receiver"
	}
	return "Sender"
}
