package validate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dipylon/dipylon/internal/strictjson"
)

// The members of a configuration that hold parameters; they are also where an error says that it is.
const (
	inQuery   = "query"
	inHeaders = "headers"
)

// parameter is the rule for a parameter of the query string or a header. Every value of one that is repeated must keep it.
type parameter struct {
	name, where string
	required    bool
	kind        string
	enum        []string // as they are written in a request
	pattern     *regexp.Regexp
	minLength   int
	maxLength   int
	min, max    bound
}

type bound struct {
	value     float64
	exclusive bool
}

func parseParameters(raw json.RawMessage, in string) ([]parameter, error) {
	if raw == nil {
		return nil, nil
	}
	members, err := strictjson.Members(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in, err)
	}
	if len(members) > maxParameters {
		return nil, fmt.Errorf("%s: more than %d", in, maxParameters)
	}
	var list []parameter
	for _, m := range members {
		p, err := parseParameter(m.Value)
		if err == nil && m.Name == "" {
			err = errors.New("has no name")
		}
		for i := range list {
			if in == inHeaders && strings.EqualFold(list[i].name, m.Name) {
				err = errors.New("stands twice")
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", in, m.Name, err)
		}
		p.name, p.where = m.Name, in+"/"+m.Name
		list = append(list, p)
	}
	return list, nil
}

func parseParameter(raw json.RawMessage) (parameter, error) {
	p := parameter{kind: "string", maxLength: math.MaxInt}
	minimum, maximum, over, under := math.Inf(-1), math.Inf(1), math.Inf(-1), math.Inf(1)
	var enum []json.RawMessage
	var pattern string
	err := strictjson.Object(raw, map[string]any{
		"type": &p.kind, "required": &p.required, "enum": &enum, "pattern": &pattern,
		"minLength": &p.minLength, "maxLength": &p.maxLength,
		"minimum": &minimum, "maximum": &maximum, "exclusiveMinimum": &over, "exclusiveMaximum": &under,
	})
	if err != nil {
		return p, err
	}
	if p.kind != "string" && p.kind != "integer" && p.kind != "number" && p.kind != "boolean" {
		return p, errors.New("type: want string, integer, number or boolean")
	}
	p.min, p.max = bound{minimum, false}, bound{maximum, false}
	if over >= minimum {
		p.min = bound{over, true}
	}
	if under <= maximum {
		p.max = bound{under, true}
	}
	bounded := !math.IsInf(p.min.value, 0) || !math.IsInf(p.max.value, 0)
	if bounded && p.kind != "integer" && p.kind != "number" {
		return p, fmt.Errorf("a %s has neither minimum nor maximum", p.kind)
	}
	if (pattern != "" || p.minLength > 0 || p.maxLength < math.MaxInt) && p.kind != "string" {
		return p, fmt.Errorf("a %s has neither pattern nor length", p.kind)
	}
	if p.min.value > p.max.value || p.minLength > p.maxLength {
		return p, errors.New("the minimum is above the maximum")
	}
	if pattern != "" {
		if _, err := compilePattern(pattern); err != nil {
			return p, fmt.Errorf("pattern: %w", err)
		}
		p.pattern = regexp.MustCompile(pattern)
	}
	return p, p.setEnum(enum)
}

// setEnum keeps values as they are written in a request: strings without quotes.
func (p *parameter) setEnum(enum []json.RawMessage) error {
	for _, value := range enum {
		text := string(value)
		if p.kind == "string" && json.Unmarshal(value, &text) != nil {
			return fmt.Errorf("enum: %s is no string", value)
		}
		if problem := p.checkType([]byte(text)); problem != "" {
			return fmt.Errorf("enum: %s %s", value, problem)
		}
		p.enum = append(p.enum, text)
	}
	return nil
}

// check returns what is wrong with a value, or nothing.
func (p *parameter) check(value []byte) string {
	if problem := p.checkType(value); problem != "" {
		return problem
	}
	if len(p.enum) > 0 && !p.enumerated(value) {
		return "is not one of " + strings.Join(p.enum, ", ")
	}
	if p.kind != "string" {
		return ""
	}
	switch n := utf8.RuneCount(value); {
	case n < p.minLength:
		return fmt.Sprintf("is shorter than %d characters", p.minLength)
	case n > p.maxLength:
		return fmt.Sprintf("is longer than %d characters", p.maxLength)
	case p.pattern != nil && !p.pattern.Match(value):
		return "does not match the pattern " + p.pattern.String()
	}
	return ""
}

// checkType looks at type and bounds.
func (p *parameter) checkType(value []byte) string {
	switch p.kind {
	case "boolean":
		if string(value) != "true" && string(value) != "false" {
			return "is neither true nor false"
		}
	case "integer":
		// Bounds are compared as floating-point numbers, which are exact up to 2^53.
		if isNumber(value) {
			if n, err := strconv.ParseInt(string(value), 10, 64); err == nil {
				return p.checkBounds(float64(n))
			}
		}
		return "is no integer of 64 bits"
	case "number":
		if isNumber(value) {
			if n, err := strconv.ParseFloat(string(value), 64); err == nil {
				return p.checkBounds(n)
			}
		}
		return "is no number"
	}
	return ""
}

func (p *parameter) checkBounds(n float64) string {
	switch {
	case n < p.min.value:
		return fmt.Sprintf("is less than %g", p.min.value)
	case p.min.exclusive && n == p.min.value:
		return fmt.Sprintf("is not more than %g", n)
	case n > p.max.value:
		return fmt.Sprintf("is more than %g", p.max.value)
	case p.max.exclusive && n == p.max.value:
		return fmt.Sprintf("is not less than %g", n)
	}
	return ""
}

func (p *parameter) enumerated(value []byte) bool {
	for _, e := range p.enum {
		if string(value) == e {
			return true
		}
		if p.kind == "number" {
			a, _ := strconv.ParseFloat(e, 64)
			if b, err := strconv.ParseFloat(string(value), 64); err == nil && a == b {
				return true
			}
		}
	}
	return false
}

// isNumber says whether JSON has such a number: no sign of plus, no leading zeros, no hexadecimal.
func isNumber(b []byte) bool {
	digits := bytes.TrimPrefix(b, []byte("-"))
	if len(digits) == 0 || len(b) > maxNumberBytes || digits[0] < '0' || digits[0] > '9' || len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
		return false
	}
	for i, c := range digits {
		if c == '.' && (i == len(digits)-1 || digits[i+1] < '0' || digits[i+1] > '9') {
			return false
		}
		if (c < '0' || c > '9') && strings.IndexByte(".eE+-", c) < 0 {
			return false
		}
	}
	return true
}
