package template

import (
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/java"
)

// overrides are $context.requestOverride and $context.responseOverride of one call
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html). They
// live as long as the call and belong to its templates.
type overrides struct{ request, response *java.Map }

func overridesOf(x *exchange.Exchange) *overrides {
	if o, ok := x.Templates.(*overrides); ok {
		return o
	}
	o := &overrides{request: groups("path", "header", "querystring"), response: groups("header")}
	x.Templates = o
	return o
}

// take notices that a template has put other maps in the places of the two.
func (o *overrides) take(context *java.Map) {
	if v, ok := context.Get("requestOverride").(*java.Map); ok {
		o.request = v
	}
	if v, ok := context.Get("responseOverride").(*java.Map); ok {
		o.response = v
	}
}

// Override appends what a template has set, for access logs.
func (o *overrides) Override(dst []byte, name string) ([]byte, bool) {
	root, rest, _ := strings.Cut(name, ".")
	at := o.request
	if root == "responseOverride" {
		at = o.response
	}
	if kind, key, ok := strings.Cut(rest, "."); ok {
		at, _ = at.Get(kind).(*java.Map)
		rest = key
	}
	if at == nil {
		return dst, false
	}
	v, ok := at.FindName(rest)
	if _, isMap := v.(*java.Map); !ok || isMap {
		return dst, false
	}
	return java.Append(dst, v), true
}

// groups returns a map of empty maps.
func groups(names ...string) *java.Map {
	m := java.NewMap(len(names))
	m.Silent = true
	for _, name := range names {
		group := java.NewMap(0)
		group.Silent = true
		m.PutName(name, group)
	}
	return m
}

// Override is a parameter that a template has set. A list is several values.
type Override struct {
	Name   string
	Values []string
}

// RequestPath returns the overrides of variables in the integration's URI.
func RequestPath(x *exchange.Exchange) []Override { return requestGroup(x, "path") }

// RequestQuery returns the overrides of query parameters.
func RequestQuery(x *exchange.Exchange) []Override { return requestGroup(x, "querystring") }

// RequestHeader returns the overrides of the header that goes to the back end.
func RequestHeader(x *exchange.Exchange) []Override { return requestGroup(x, "header") }

// ResponseHeader returns the overrides of the header that goes to the client.
func ResponseHeader(x *exchange.Exchange) []Override {
	if o, ok := x.Templates.(*overrides); ok {
		return group(o.response, "header")
	}
	return nil
}

// ResponseStatus returns the override of the status. What is no integer from 200 to 599 is none: one below does not end a
// call.
func ResponseStatus(x *exchange.Exchange) (status int, ok bool) {
	o, ok := x.Templates.(*overrides)
	if !ok {
		return 0, false
	}
	v, _ := o.response.FindName("status")
	n, ok := v.(int32)
	return int(n), ok && n >= 200 && n <= 599
}

func requestGroup(x *exchange.Exchange, name string) []Override {
	if o, ok := x.Templates.(*overrides); ok {
		return group(o.request, name)
	}
	return nil
}

func group(of *java.Map, name string) []Override {
	v, _ := of.FindName(name)
	m, ok := v.(*java.Map)
	if !ok || m.Len() == 0 {
		return nil
	}
	out := make([]Override, 0, m.Len())
	for _, e := range m.Entries() {
		o := Override{Name: java.String(e.Key())}
		if list, ok := e.Value.(*java.List); ok {
			for _, item := range list.Items {
				o.Values = append(o.Values, java.String(item))
			}
		} else {
			o.Values = []string{java.String(e.Value)}
		}
		out = append(out, o)
	}
	return out
}
