// Package validate refuses calls that are not what an API asks for.
//
// REST APIs have request validators: for parameters that a method requires, and for bodies by models ([REST]).
//
// AWS's HTTP APIs have nothing like it. Dipylon has: by a JSON Schema of the body, and by rules for parameters of the query
// string and for headers. It is off unless [Extension] configures it. docs/extensions.md describes it.
//
// It stands behind authorization and throttling and in front of parameter mapping: it sees what the client sent. What is
// sent in two ways that back ends could read differently (names of JSON that stand twice, several content types) is
// refused, but for REST APIs, where it is as on AWS. The package may import draft4, exchange, strictjson and jsonschema.
package validate

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/dipylon/dipylon/internal/exchange"
)

// Name is the step's name.
const Name = "validate"

// Step returns the step for a route; Run is nil where there is nothing to do. cfg may be nil.
func Step(cfg *Config) exchange.Step {
	if cfg == nil || cfg.empty() {
		return exchange.Step{}
	}
	return exchange.Step{Name: Name, Detail: cfg.describe(), Run: cfg.run}
}

func (c *Config) empty() bool { return c.body == nil && len(c.query)+len(c.headers) == 0 }

func (c *Config) describe() string {
	var parts []string
	if c.body != nil && c.body.schema != nil {
		parts = append(parts, "body by schema")
	} else if c.body != nil {
		parts = append(parts, "body")
	}
	if n := len(c.query); n > 0 {
		parts = append(parts, fmt.Sprintf("%d of the query", n))
	}
	if n := len(c.headers); n > 0 {
		parts = append(parts, fmt.Sprintf("%d headers", n))
	}
	return strings.Join(parts, ", ")
}

func (c *Config) run(ctx context.Context, x *exchange.Exchange) error {
	var found problems
	c.checkQuery(x, &found)
	c.checkHeaders(x, &found)
	if c.body != nil {
		if fault := c.body.check(ctx, x, &found); fault != nil {
			return fault
		}
	}
	if len(found) == 0 {
		return nil
	}
	return found.fault()
}

// problem is what the caller is told of one thing that is wrong.
type problem struct {
	Where string `json:"where"`
	Error string `json:"error"`
}

// problems are those found so far, at most maxProblems.
type problems []problem

// What is told at most: problems, and bytes of one place and of one error.
const (
	maxProblems  = 10
	maxTextBytes = 300
)

func (p *problems) add(where, text string) {
	if len(*p) < maxProblems {
		*p = append(*p, problem{clip(where), clip(text)})
	}
}

func clip(s string) string {
	if len(s) <= maxTextBytes {
		return s
	}
	end := maxTextBytes
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// fault is the refusal. encoding/json escapes what a browser could take for HTML.
func (p problems) fault() error {
	details, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("render what is wrong with a request: %w", err)
	}
	return &exchange.Fault{
		Kind: exchange.KindInvalidRequest, Details: details,
		Cause: fmt.Errorf("%s %s", p[0].Where, p[0].Error),
	}
}
