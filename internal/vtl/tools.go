package vtl

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dipylon/dipylon/internal/java"
	"github.com/dipylon/dipylon/internal/jsonpath"
)

// Tools are the variables of API Gateway's mapping templates
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html).
type Tools struct {
	Input          *Input
	Context        java.Value // a map; templates may change it
	StageVariables java.Value // a map
}

// Variable implements [Variables].
func (t *Tools) Variable(name string) java.Value {
	switch name {
	case "input":
		return t.Input
	case "util":
		return util{}
	case "context":
		return t.Context
	case "stageVariables":
		return t.StageVariables
	}
	return nil
}

// Param is a parameter of a request.
type Param struct{ Name, Value string }

// Input is $input. It is made for one execution.
type Input struct {
	// Body is the payload; an empty one is {} (aws-behaviour.md, fact 25).
	Body                string
	Path, Query, Header []Param
	// Fill, if not nil, fills in the parameters when a template asks for the first one.
	Fill  func(*Input)
	Paths *Paths // compiled before; may be nil

	parsed java.Value
	done   bool
	err    error
}

// String is how $input prints: nobody prints it.
func (in *Input) String() string { return "$input" }

// Property implements [Object].
func (in *Input) Property(name string) java.Value {
	if name == "body" {
		return in.body()
	}
	return nil
}

func (in *Input) body() string {
	if in.Body == "" {
		return "{}"
	}
	return in.Body
}

// Call implements [Object].
func (in *Input) Call(name string, args []java.Value, b *Budget) (java.Value, bool, error) {
	if name == "params" && in.Fill != nil {
		in.Fill(in)
		in.Fill = nil
	}
	if len(args) == 0 && name == "params" {
		return in.params(), true, b.Spend(len(in.Path) + len(in.Query) + len(in.Header))
	}
	if len(args) != 1 {
		return nil, false, nil
	}
	arg, ok := args[0].(string)
	if !ok {
		return nil, false, nil
	}
	switch name {
	case "params":
		return in.param(arg), true, b.Spend(1)
	case "path":
		v, err := in.read(arg, b)
		return v, true, err
	case "json":
		v, err := in.read(arg, b)
		if v == nil {
			v = "" // what is missing is the empty string
		}
		if err != nil {
			return nil, true, err
		}
		return string(java.AppendSmartJSON(nil, v)), true, nil
	}
	return nil, false, nil
}

// read reads a path of the body. What is not there is null.
func (in *Input) read(path string, b *Budget) (java.Value, error) {
	p, err := in.Paths.compile(path)
	if err != nil {
		return nil, err
	}
	if !in.done {
		in.parsed, in.err = parseBody(in.body())
		in.done = true
		if err := b.Spend(cost(len(in.Body))); err != nil {
			return nil, err
		}
	}
	if in.err != nil {
		return nil, in.err
	}
	v, err := p.ReadWithin(in.parsed, &b.Left)
	switch {
	case errors.Is(err, jsonpath.ErrCostly):
		return nil, ErrLimit
	case err != nil:
		return nil, nil //nolint:nilerr // what is not there is null
	}
	return v, nil
}

// parseBody reads JSON. A body that does not look like it is a string, as json-smart reads it.
func parseBody(body string) (java.Value, error) {
	v, err := java.Parse(body)
	if err == nil {
		return v, nil
	}
	text := strings.TrimSpace(body)
	if text == "" || strings.IndexByte(`{["`, text[0]) >= 0 {
		return nil, err
	}
	return text, nil
}

func (in *Input) params() *java.Map {
	m := java.NewMap(3)
	for _, group := range []struct {
		name   string
		params []Param
	}{{"path", in.Path}, {"querystring", in.Query}, {"header", in.Header}} {
		values := java.NewMap(len(group.params))
		for _, p := range group.params {
			values.PutName(p.Name, p.Value)
		}
		m.PutName(group.name, values)
	}
	return m
}

// param looks for a parameter in path, query and header, in that order. The last of a name counts.
func (in *Input) param(name string) string {
	for _, params := range [][]Param{in.Path, in.Query} {
		for i := len(params) - 1; i >= 0; i-- {
			if params[i].Name == name {
				return params[i].Value
			}
		}
	}
	for i := len(in.Header) - 1; i >= 0; i-- {
		if strings.EqualFold(in.Header[i].Name, name) {
			return in.Header[i].Value
		}
	}
	return ""
}

// Paths keeps compiled paths: a template asks for the same ones in every call. It may be used by several goroutines.
type Paths struct {
	paths sync.Map // string → *jsonpath.Path
	count atomic.Int32
}

// maxPaths bounds what is kept: paths may be made of what clients send.
const maxPaths = 1000

func (p *Paths) compile(text string) (*jsonpath.Path, error) {
	if p == nil {
		return jsonpath.Compile(text)
	}
	if known, ok := p.paths.Load(text); ok {
		return known.(*jsonpath.Path), nil
	}
	path, err := jsonpath.Compile(text)
	if err == nil && p.count.Load() < maxPaths {
		p.paths.Store(text, path)
		p.count.Add(1)
	}
	return path, err
}

// util is $util.
type util struct{}

// Property implements [Object].
func (util) Property(string) java.Value { return nil }

// Call implements [Object].
func (util) Call(name string, args []java.Value, b *Budget) (java.Value, bool, error) {
	if len(args) != 1 {
		return nil, false, nil
	}
	if args[0] == nil {
		return nil, true, nil
	}
	s := java.String(args[0])
	if err := b.Spend(cost(len(s))); err != nil {
		return nil, true, err
	}
	switch name {
	case "escapeJavaScript":
		return escapeJavaScript(s), true, nil
	case "parseJson":
		v, err := java.Parse(s)
		return v, true, err
	case "urlEncode":
		return urlEncode(s), true, nil
	case "urlDecode":
		v, err := url.QueryUnescape(s)
		if err != nil {
			return nil, true, fmt.Errorf("vtl: %w", err)
		}
		return v, true, nil
	case "base64Encode":
		return base64.StdEncoding.EncodeToString([]byte(s)), true, nil
	case "base64Decode":
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(s))
		if err != nil {
			return nil, true, fmt.Errorf("vtl: %w", err)
		}
		return strings.ToValidUTF8(string(raw), "\uFFFD"), true, nil
	}
	return nil, false, nil
}

// urlEncode is java.net.URLEncoder: all but letters, digits and ".-*_" is escaped, a space is a plus.
func urlEncode(s string) string {
	const hex = "0123456789ABCDEF"
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case isAlpha(c) || isDigit(c) || strings.IndexByte(".-*_", c) >= 0:
			out = append(out, c)
		case c == ' ':
			out = append(out, '+')
		default:
			out = append(out, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(out)
}

// escapeJavaScript is StringEscapeUtils.escapeJavaScript of commons-lang 2.
func escapeJavaScript(s string) string {
	out := make([]byte, 0, len(s)+len(s)/8)
	for _, c := range s {
		switch {
		case c > 0xffff:
			for _, unit := range utf16Of(string(c)) {
				out = appendUnicode(out, rune(unit))
			}
		case c >= 0x7f || c < ' ':
			if i := strings.IndexRune("\b\n\t\f\r", c); i >= 0 {
				out = append(out, '\\', "bntfr"[i])
				continue
			}
			if c == 0x7f {
				out = append(out, byte(c))
				continue
			}
			out = appendUnicode(out, c)
		case c == '\'' || c == '"' || c == '\\' || c == '/':
			out = append(out, '\\', byte(c))
		default:
			out = append(out, byte(c))
		}
	}
	return string(out)
}

func appendUnicode(out []byte, c rune) []byte {
	return fmt.Appendf(out, `\u%04X`, c)
}
