package jwt

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// claims are a token's claims as JSON has them, numbers as json.Number.
type claims map[string]any

// audience returns whom the token is for: aud, or client_id if there is no aud. An aud of a form that RFC 7519 does not
// know stands for nobody.
func (c claims) audience() []string {
	if aud, ok := c["aud"]; ok {
		return list(aud)
	}
	if id, ok := c["client_id"].(string); ok {
		return []string{id}
	}
	return nil
}

// scopes returns the scopes: a list, or one string with spaces between them (RFC 6749, section 3.3; scp is what Microsoft
// and Okta call it).
func (c claims) scopes() []string {
	scope, ok := c["scope"]
	if !ok {
		scope = c["scp"]
	}
	if s, ok := scope.(string); ok {
		return strings.Fields(s)
	}
	return list(scope)
}

// list returns a string or a list of nothing but strings as a list, and nil for anything else.
func list(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		strs := make([]string, len(v))
		for i := range v {
			var ok bool
			if strs[i], ok = v[i].(string); !ok {
				return nil
			}
		}
		return strs
	}
	return nil
}

// time reads a NumericDate; ok is false when the claim is there and is none.
func (c claims) time(name string) (t time.Time, present, ok bool) {
	v, present := c[name]
	if !present {
		return time.Time{}, false, true
	}
	number, ok := v.(json.Number)
	if !ok {
		return time.Time{}, true, false
	}
	seconds, err := strconv.ParseFloat(number.String(), 64)
	if err != nil {
		return time.Time{}, true, false
	}
	const year9999 = 253402300799
	seconds = min(max(seconds, 0), year9999)
	whole := int64(seconds)
	return time.Unix(whole, int64((seconds-float64(whole))*1e9)), true, true
}

// strings returns the claims as AWS hands them on: numbers and booleans as they are written, lists as [a b], null not at
// all (measured: aws-behaviour-http-api.md, fact 31). Objects, of which nothing was found, look as in the language that
// gave lists their form: map[a:b].
func (c claims) strings() []Claim {
	list := make([]Claim, 0, len(c))
	for name, v := range c {
		if v != nil {
			list = append(list, Claim{Name: name, Value: text(v)})
		}
	}
	slices.SortFunc(list, func(a, b Claim) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(appendText(nil, v))
}

func appendText(dst []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return append(dst, v...)
	case json.Number:
		return append(dst, v...)
	case bool:
		return strconv.AppendBool(dst, v)
	case []any:
		dst = append(dst, '[')
		for i, element := range v {
			if i > 0 {
				dst = append(dst, ' ')
			}
			dst = appendText(dst, element)
		}
		return append(dst, ']')
	case map[string]any:
		dst = append(dst, "map["...)
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				dst = append(dst, ' ')
			}
			dst = appendText(append(append(dst, name...), ':'), v[name])
		}
		return append(dst, ']')
	}
	return append(dst, "<nil>"...)
}
