package integrate

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
)

// template is an integration URI, split at compile time: who to call, and the pieces of the request target between
// which path variables go.
type template struct {
	scheme, authority string
	path, query       []piece
}

// piece is a literal, or the path variable of that name.
type piece struct {
	literal  string
	variable string
}

// parseURI reads an integration URI such as https://${stageVariables.host}/pets/{id}. Stage variables are known when a
// stage is compiled and are put in here
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html).
func parseURI(uri string, stageVariables map[string]string) (*template, error) {
	uri, err := Interpolate(uri, stageVariables)
	if err != nil {
		return nil, err
	}
	scheme, rest, ok := strings.Cut(uri, "://")
	scheme = strings.ToLower(scheme)
	if !ok || scheme != "http" && scheme != "https" {
		return nil, errors.New("the URI is no http or https URL")
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	authority, path, _ := strings.Cut(rest, "/")
	if err := checkAuthority(scheme, authority); err != nil {
		return nil, err
	}
	t := &template{scheme: scheme, authority: authority}
	if t.path, err = split("/" + path); err != nil {
		return nil, err
	}
	if t.query, err = split(query); err != nil {
		return nil, err
	}
	return t, nil
}

func checkAuthority(scheme, authority string) error {
	if strings.ContainsAny(authority, "{}") {
		return errors.New("the URI's host cannot hold a path variable")
	}
	u, err := url.Parse(scheme + "://" + authority)
	if err != nil {
		return fmt.Errorf("the URI's host: %w", err)
	}
	if u.User != nil || u.Hostname() == "" {
		return errors.New("the URI needs a host and can have no user")
	}
	return nil
}

// Interpolate replaces ${stageVariables.NAME}; a name that the stage does not have is an error.
func Interpolate(s string, stageVariables map[string]string) (string, error) {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(s, openVariable)
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		name, rest, closed := strings.Cut(after, "}")
		if !closed {
			return "", errors.New("a stage variable's reference is not closed")
		}
		value, ok := stageVariables[name]
		if !ok {
			return "", fmt.Errorf("the stage has no variable %q", name)
		}
		out.WriteString(value)
		s = rest
	}
}

// split cuts a URI's path or query at its {variables}. Bytes that may not stand in a request target are escaped.
func split(s string) ([]piece, error) {
	var pieces []piece
	for s != "" {
		literal, rest, found := strings.Cut(s, "{")
		if literal != "" {
			pieces = append(pieces, piece{literal: escape(literal)})
		}
		if !found {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || name == "" {
			return nil, errors.New("a variable in the URI is not closed or has no name")
		}
		pieces = append(pieces, piece{variable: strings.TrimSuffix(name, "+")})
		s = after
	}
	return pieces, nil
}

func escape(s string) string {
	const hex = "0123456789ABCDEF"
	var out strings.Builder
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' || c == '\\' || c == '^' || c == '`' || c == '|' || c == '}' {
			out.WriteByte('%')
			out.WriteByte(hex[c>>4])
			out.WriteByte(hex[c&15])
			continue
		}
		out.WriteByte(c)
	}
	return out.String()
}

// checkVariables says whether the route has every variable that the URI names.
func (t *template) checkVariables(has func(string) bool) error {
	for _, pieces := range [][]piece{t.path, t.query} {
		for _, p := range pieces {
			if p.variable != "" && !has(p.variable) {
				return fmt.Errorf("the URI names the path variable {%s}, which the route does not have", p.variable)
			}
		}
	}
	return nil
}

func size(pieces []piece, vars []exchange.PathVar) int {
	n := 0
	for i := range pieces {
		n += len(pieces[i].literal) + len(value(vars, pieces[i].variable))
	}
	return n
}

func appendPieces(dst []byte, pieces []piece, vars []exchange.PathVar) []byte {
	for i := range pieces {
		dst = append(dst, pieces[i].literal...)
		dst = append(dst, value(vars, pieces[i].variable)...)
	}
	return dst
}

func value(vars []exchange.PathVar, name string) []byte {
	if name == "" {
		return nil
	}
	for i := range vars {
		if vars[i].Name == name {
			return vars[i].Value
		}
	}
	return nil
}

// CheckURI says whether a URI can be called at all, whatever the stage's variables are. A URI that begins with one may have
// its scheme in it.
func CheckURI(uri string) error {
	if strings.HasPrefix(uri, openVariable) {
		uri = "http://" + uri
	}
	filled, err := FillStageVariables(uri)
	if err != nil {
		return err
	}
	_, err = parseURI(filled, nil)
	return err
}

const openVariable = "${stageVariables."

// FillStageVariables puts something harmless in the place of each stage variable.
func FillStageVariables(uri string) (string, error) {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(uri, openVariable)
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		_, rest, closed := strings.Cut(after, "}")
		if !closed {
			return "", errors.New("a stage variable's reference is not closed")
		}
		out.WriteByte('0')
		uri = rest
	}
}
