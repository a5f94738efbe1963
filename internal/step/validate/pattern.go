package validate

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Bounds on regular expressions: their instructions, and these times the bytes that are looked at.
const (
	maxInstructions = 4_000
	maxPatternWork  = 64 << 20
)

// pattern is a regular expression of RE2 that refuses to take long.
type pattern struct {
	*regexp.Regexp
	instructions int
}

// errPatternWork is thrown by [pattern.MatchString], which can answer neither yes nor no: below a "not" both let through.
var errPatternWork = errors.New("a text is too long for the schema's pattern")

// MatchString implements [jsonschema.Regexp].
func (p *pattern) MatchString(s string) bool {
	if p.instructions*len(s) > maxPatternWork {
		panic(errPatternWork)
	}
	return p.Regexp.MatchString(s)
}

func compilePattern(text string) (jsonschema.Regexp, error) {
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("%q is no pattern of RE2: %w", text, err)
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, err
	}
	if len(program.Inst) > maxInstructions {
		return nil, fmt.Errorf("%.100q is too complex", text)
	}
	compiled, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	return &pattern{compiled, len(program.Inst)}, nil
}
