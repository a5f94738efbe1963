package awsservice

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
)

// attribute is a message attribute whose members are expressions.
type attribute struct {
	name    string
	members []member
}

// member is one of attributeMembers.
type member struct {
	wire  string
	value Expression
}

// attributeMembers are what a message attribute may have, in the order of the form. BinaryValue is in Base64, as in JSON.
var attributeMembers = [...]string{"BinaryValue", "DataType", "StringValue"}

// compileAttributes compiles message attributes that are written as a JSON object with expressions for values:
//
//	{"Agent": {"DataType": "String", "StringValue": "${request.header.user-agent}"}}
//
// Each string is an expression of its own, so that what it evaluates to cannot add attributes. It returns nil without an
// error if the text is something else, to be evaluated first and read then.
func compileAttributes(text string, compile Compiler) ([]attribute, error) {
	var object map[string]map[string]string
	if json.Unmarshal([]byte(text), &object) != nil || object == nil {
		return nil, nil
	}
	list := make([]attribute, 0, len(object))
	for _, name := range slices.Sorted(maps.Keys(object)) {
		a := attribute{name: name}
		for _, wire := range attributeMembers {
			source, ok := object[name][wire]
			if !ok {
				continue
			}
			value, err := compile(source)
			if err != nil {
				return nil, err
			}
			a.members = append(a.members, member{wire, value})
		}
		if len(a.members) != len(object[name]) || len(a.members) == 0 {
			return nil, fmt.Errorf("attribute %q has other members than %s", name, strings.Join(attributeMembers[:], ", "))
		}
		list = append(list, a)
	}
	return list, nil
}

// appendCompiled appends the form fields of attributes.
func (r *Request) appendCompiled(b *binding, x *exchange.Exchange) error {
	for i := range b.attributes {
		a := &b.attributes[i]
		r.body = appendForm(appendKey(r.body, b.wire, i+1, ".Name"), a.name)
		for _, m := range a.members {
			value, ok := m.value.Append(r.value[:0], x)
			if r.value = value; !ok || len(value) == 0 {
				return &ParameterError{Parameter: b.name, Source: b.source}
			}
			r.body = appendForm(appendKey(r.body, b.wire, i+1, ".Value."+m.wire), value)
		}
	}
	return nil
}

// appendEvaluated appends the form fields of attributes that a call has as JSON.
func (r *Request) appendEvaluated(b *binding, value []byte) error {
	var object map[string]map[string]string
	if err := json.Unmarshal(value, &object); err != nil {
		return err
	}
	for i, name := range slices.Sorted(maps.Keys(object)) {
		r.body = appendForm(appendKey(r.body, b.wire, i+1, ".Name"), name)
		found := 0
		for _, wire := range attributeMembers {
			if text, ok := object[name][wire]; ok {
				r.body = appendForm(appendKey(r.body, b.wire, i+1, ".Value."+wire), text)
				found++
			}
		}
		if found != len(object[name]) {
			return errors.New("attribute has unknown members")
		}
	}
	return nil
}

// items reads a list: a JSON array of strings, or text between commas.
func items(value []byte) ([]string, error) {
	if value = bytes.TrimSpace(value); !bytes.HasPrefix(value, []byte{'['}) {
		list := strings.Split(string(value), ",")
		for i := range list {
			list[i] = strings.TrimSpace(list[i])
		}
		return list, nil
	}
	var list []string
	err := json.Unmarshal(value, &list)
	return list, err
}
