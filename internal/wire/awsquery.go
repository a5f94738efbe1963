package wire

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// awsQuery is AWS's query protocol: form-encoded requests, in the body or in the query string, and XML answers.
type awsQuery struct{}

func (awsQuery) find(s *Service, in *inbound) (match, error) {
	form, err := parseForm(in)
	if err != nil {
		return match{}, err
	}
	name, version := form.Get("Action"), form.Get("Version")
	if name == "" {
		return match{}, &Error{Code: "MissingAction", Message: "The request must contain the parameter Action.", Status: 400}
	}
	m, ok := s.operation(name)
	if !ok || version != "" && version != s.model.Version {
		return match{}, &Error{
			Code:    "InvalidAction",
			Message: "Could not find operation " + name + " for version " + cmp.Or(version, "NO_VERSION_SPECIFIED"),
			Status:  400,
		}
	}
	return m, nil
}

// parseForm merges query string and body.
func parseForm(in *inbound) (url.Values, error) {
	form := in.http.URL.Query()
	body, err := url.ParseQuery(string(in.body))
	if err != nil {
		return nil, serializationError("The request body is not a valid form.")
	}
	for name, values := range body {
		form[name] = append(form[name], values...)
	}
	return form, nil
}

func (awsQuery) decode(s *Service, m match, in *inbound, input any) error {
	form, err := parseForm(in)
	if err != nil {
		return err
	}
	root := new(formNode)
	for name, values := range form {
		if err := root.insert(name, values[0]); err != nil {
			return err
		}
	}
	return decoder{s.model.Shapes, formReader{}}.structure(s.shapeOf(m.op.Input), root, reflect.ValueOf(input).Elem())
}

// formNode is a form seen as a tree: Dimensions.member.1.Name is four levels deep.
type formNode struct {
	text     string
	children map[string]*formNode
}

func (n *formNode) insert(name, text string) error {
	if strings.Count(name, ".") >= maxDepth {
		return errTooDeep
	}
	for part := range strings.SplitSeq(name, ".") {
		if n.children == nil {
			n.children = make(map[string]*formNode)
		}
		next, ok := n.children[part]
		if !ok {
			next = new(formNode)
			n.children[part] = next
		}
		n = next
	}
	n.text = text
	return nil
}

// numbered returns the children in the order of their numbers; what has no number is left out.
func (n *formNode) numbered() []*formNode {
	byNumber := make(map[int]*formNode)
	var numbers []int
	for name, child := range n.children {
		if i, err := strconv.Atoi(name); err == nil {
			byNumber[i] = child
			numbers = append(numbers, i)
		}
	}
	slices.Sort(numbers)
	var nodes []*formNode
	for _, i := range slices.Compact(numbers) {
		nodes = append(nodes, byNumber[i])
	}
	return nodes
}

// formReader reads a *formNode.
type formReader struct{}

func (formReader) members(raw any) (map[string]any, error) {
	members := make(map[string]any)
	for name, child := range raw.(*formNode).children {
		members[name] = child
	}
	return members, nil
}

func (formReader) elements(raw any, l *Shape) ([]any, error) {
	n := raw.(*formNode)
	if !l.Flattened {
		n = n.children[cmp.Or(l.ElemName, "member")]
	}
	if n == nil {
		return nil, nil
	}
	var items []any
	for _, child := range n.numbered() {
		items = append(items, child)
	}
	return items, nil
}

func (formReader) entries(raw any, d *Shape) (map[string]any, error) {
	n := raw.(*formNode)
	if !d.Flattened {
		n = n.children["entry"]
	}
	entries := make(map[string]any)
	if n == nil {
		return entries, nil
	}
	for _, child := range n.numbered() {
		key := child.children[cmp.Or(d.KeyName, "key")]
		value := child.children[cmp.Or(d.ValueName, "value")]
		if key != nil && value != nil {
			entries[key.text] = value
		}
	}
	return entries, nil
}

func (formReader) scalar(raw any, s *Shape) (any, error) {
	return textScalar(raw.(*formNode).text, s)
}

func (awsQuery) encode(s *Service, op *Operation, output any, requestID string) (outbound, error) {
	var b bytes.Buffer
	b.WriteString("<" + op.Name + "Response")
	writeNamespace(&b, s)
	b.WriteString(">")
	if op.Output != NoShape {
		value := newEncoder(s.model.Shapes).structure(s.shapeOf(op.Output), reflect.ValueOf(output).Elem())
		writeXML(&b, cmp.Or(op.ResultWrapper, op.Name+"Result"), value)
	}
	writeXML(&b, "ResponseMetadata", object{{"RequestId", requestID}})
	b.WriteString("</" + op.Name + "Response>\n")
	return outbound{status: op.Status, header: xmlHeader(), body: b.Bytes()}, nil
}

func (awsQuery) fail(s *Service, e *Error, requestID string) outbound {
	var b bytes.Buffer
	b.WriteString("<ErrorResponse")
	writeNamespace(&b, s)
	b.WriteString(">")
	refusal := object{{"Type", e.fault()}, {"Code", e.queryCode()}, {"Message", e.Message}}
	writeXML(&b, "Error", append(refusal, e.errorBody()...))
	writeXML(&b, "RequestId", requestID)
	b.WriteString("</ErrorResponse>\n")
	return outbound{status: e.Status, header: xmlHeader(), body: b.Bytes()}
}

func xmlHeader() map[string]string { return map[string]string{"Content-Type": "text/xml"} }

func writeNamespace(b *bytes.Buffer, s *Service) {
	if s != nil && s.model.XMLNamespace != "" {
		b.WriteString(` xmlns="` + s.model.XMLNamespace + `"`)
	}
}

// writeXML writes a value of the encoder as an element, or as several where a list or map is flattened.
func writeXML(b *bytes.Buffer, name string, v any) {
	if l, ok := v.(list); ok && l.shape.Flattened {
		for _, item := range l.items {
			writeXML(b, name, item)
		}
		return
	}
	if d, ok := v.(dict); ok && d.shape.Flattened {
		for _, e := range d.entries {
			writeXML(b, name, d.pair(e))
		}
		return
	}
	b.WriteString("<" + name + ">")
	switch v := v.(type) {
	case object:
		for _, e := range v {
			writeXML(b, e.name, e.value)
		}
	case list:
		for _, item := range v.items {
			writeXML(b, cmp.Or(v.shape.ElemName, "member"), item)
		}
	case dict:
		for _, e := range v.entries {
			writeXML(b, "entry", v.pair(e))
		}
	default:
		// A bytes.Buffer never fails.
		_ = xml.EscapeText(b, []byte(scalarText(v, ISO8601)))
	}
	b.WriteString("</" + name + ">")
}

// pair is a map's entry as the query protocol writes it.
func (d dict) pair(e entry) object {
	return object{{cmp.Or(d.shape.KeyName, "key"), e.name}, {cmp.Or(d.shape.ValueName, "value"), e.value}}
}
