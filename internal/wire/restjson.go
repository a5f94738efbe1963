package wire

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
)

// restJSON is AWS's rest-json protocol: members travel in path, query string, headers and a JSON body.
type restJSON struct{}

func (restJSON) find(s *Service, in *inbound) (match, error) {
	m, ok := s.router.find(in.http)
	if !ok {
		return match{}, &Error{Code: "MissingAuthenticationTokenException", Message: "Missing Authentication Token", Status: 403}
	}
	return m, nil
}

func (restJSON) decode(s *Service, m match, in *inbound, input any) error {
	shape, dst := s.shapeOf(m.op.Input), reflect.ValueOf(input).Elem()
	values := decoder{s.model.Shapes, textReader{}}
	query := in.http.URL.Query()
	for i := range shape.Members {
		member := &shape.Members[i]
		if raw := bound(s, shape, member, m.labels, query, in.http.Header); raw != nil {
			if err := values.member(member, raw, dst); err != nil {
				return err
			}
		}
	}
	return restBody(s, shape, in.body, dst)
}

// bound returns what a member outside of the body holds: a string, a []string or a map, nil when it is absent.
func bound(s *Service, shape *Shape, m *Member, labels map[string]string, query url.Values, header http.Header) any {
	kind := s.model.Shapes[m.Shape].Kind
	switch m.Location {
	case InPath:
		return labels[m.Wire]
	case InQuery:
		if kind == Map {
			return unbound(s.model.Shapes, shape, query)
		}
		if values := query[m.Wire]; len(values) > 0 {
			return values
		}
	case InHeader:
		if values := header.Values(m.Wire); len(values) > 0 {
			if kind == List {
				return splitList(values)
			}
			return values
		}
	case InHeaderPrefix:
		return prefixed(header, m.Wire)
	case InBody, InStatus:
	}
	return nil
}

// unbound returns the query parameters that no other member is bound to.
func unbound(shapes Shapes, shape *Shape, query url.Values) any {
	rest := make(map[string]any)
	for name, values := range query {
		rest[name] = values
	}
	for _, m := range shape.Members {
		if m.Location == InQuery && shapes[m.Shape].Kind != Map {
			delete(rest, m.Wire)
		}
	}
	if len(rest) == 0 {
		return nil
	}
	return rest
}

func prefixed(header http.Header, prefix string) any {
	found := make(map[string]any)
	for name, values := range header {
		if len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
			found[strings.ToLower(name[len(prefix):])] = values
		}
	}
	if len(found) == 0 {
		return nil
	}
	return found
}

func splitList(values []string) []string {
	var items []string
	for _, value := range values {
		for item := range strings.SplitSeq(value, ",") {
			items = append(items, strings.TrimSpace(item))
		}
	}
	return items
}

// restBody fills what travels in the body: one payload member, or all that are bound nowhere else.
func restBody(s *Service, shape *Shape, body []byte, dst reflect.Value) error {
	d := decoder{s.model.Shapes, jsonReader{}}
	if shape.Payload == "" {
		if !hasBody(shape) {
			return nil
		}
		raw, err := parseJSON(body)
		if err != nil {
			return err
		}
		return d.structure(shape, raw, dst)
	}
	if len(body) == 0 {
		return nil
	}
	member := shape.member(shape.Payload)
	target := &s.model.Shapes[member.Shape]
	var raw any = body
	if target.Kind == Structure {
		parsed, err := parseJSON(body)
		if err != nil {
			return err
		}
		return d.member(member, parsed, dst)
	}
	if target.Kind == String {
		raw = string(body)
	}
	return decoder{s.model.Shapes, rawReader{}}.member(member, raw, dst)
}

func hasBody(shape *Shape) bool {
	for _, m := range shape.Members {
		if m.Location == InBody {
			return true
		}
	}
	return false
}

func (s *Shape) member(field string) *Member {
	for i := range s.Members {
		if s.Members[i].Field == field {
			return &s.Members[i]
		}
	}
	return nil
}

func (restJSON) encode(s *Service, op *Operation, output any, _ string) (outbound, error) {
	out := outbound{status: op.Status, header: make(map[string]string)}
	if op.Output == NoShape {
		return out, nil
	}
	shape, v := s.shapeOf(op.Output), reflect.ValueOf(output).Elem()
	e := newEncoder(s.model.Shapes)
	restHeaders(e, shape, v, &out)
	if out.status == http.StatusNoContent {
		return out, nil
	}
	if shape.Payload != "" {
		restPayload(e, shape, v, &out)
		return out, nil
	}
	out.header["Content-Type"] = "application/json"
	out.body = appendJSON(nil, e.structure(shape, v))
	return out, nil
}

// restHeaders moves the members that are bound to headers and to the status into the answer.
func restHeaders(e encoder, shape *Shape, v reflect.Value, out *outbound) {
	for i := range shape.Members {
		m := &shape.Members[i]
		if m.Location == InBody {
			continue
		}
		value, ok := e.member(m, v)
		if !ok {
			continue
		}
		switch value := value.(type) {
		case dict:
			for _, item := range value.entries {
				out.header[m.Wire+item.name] = scalarText(item.value, HTTPDate)
			}
		case list:
			var items []string
			for _, item := range value.items {
				items = append(items, scalarText(item, HTTPDate))
			}
			out.header[m.Wire] = strings.Join(items, ", ")
		case int64:
			if m.Location == InStatus {
				out.status = int(value)
				continue
			}
			out.header[m.Wire] = strconv.FormatInt(value, 10)
		default:
			out.header[m.Wire] = scalarText(value, HTTPDate)
		}
	}
}

func restPayload(e encoder, shape *Shape, v reflect.Value, out *outbound) {
	m, contentType := shape.member(shape.Payload), "application/json"
	binary := cmp.Or(shape.PayloadType, "application/octet-stream")
	if e.shapes[m.Shape].Streaming {
		out.stream, _ = v.FieldByName(m.Field).Interface().(io.Reader)
		contentType = binary
	} else if value, ok := e.member(m, v); ok {
		switch value := value.(type) {
		case []byte:
			out.body, contentType = value, binary
		case string:
			out.body, contentType = []byte(value), "text/plain"
		default:
			out.body = appendJSON(nil, value)
		}
	}
	if out.header["Content-Type"] == "" {
		out.header["Content-Type"] = contentType
	}
}

func (restJSON) fail(_ *Service, e *Error, _ string) outbound {
	out := outbound{status: e.Status, header: map[string]string{"Content-Type": "application/json", "x-amzn-ErrorType": e.Code}}
	if e.Details != nil {
		restHeaders(newEncoder(e.Shapes), &e.Shapes[e.Shape], reflect.ValueOf(e.Details).Elem(), &out)
	}
	out.body = appendJSON(nil, append(object{{e.messageName(), e.Message}}, e.errorBody()...))
	return out
}

// textReader reads string, []string and maps of them: path labels, query strings and headers.
type textReader struct{}

func (textReader) members(any) (map[string]any, error) { return nil, errUnexpectedObject }

func (textReader) entries(raw any, _ *Shape) (map[string]any, error) {
	return raw.(map[string]any), nil
}

func (textReader) elements(raw any, _ *Shape) ([]any, error) {
	var items []any
	for _, value := range raw.([]string) {
		items = append(items, value)
	}
	return items, nil
}

// scalar takes the first of several values.
func (textReader) scalar(raw any, s *Shape) (any, error) {
	if values, ok := raw.([]string); ok {
		raw = values[0]
	}
	return textScalar(raw.(string), s)
}

// rawReader reads a payload that is the body itself.
type rawReader struct{ textReader }

func (rawReader) scalar(raw any, _ *Shape) (any, error) {
	if body, ok := raw.([]byte); ok {
		return bytes.Clone(body), nil
	}
	return raw, nil
}
