package alarm

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
)

// Rule is the rule of a composite alarm, compiled
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html).
type Rule struct {
	root expression
	// Alarms are the names that it has, each once.
	Alarms []string
}

// expression tells whether it holds, given the states of alarms.
type expression func(state func(name string) string) bool

// maxDepth bounds how deep a rule nests, and maxRule how long it is.
const (
	maxDepth = 100
	maxRule  = 10240
)

// ParseRule reads a rule. Alarms are named by their names or by ARNs of the tenant.
func ParseRule(text string, t gateway.Tenant) (*Rule, error) {
	if len(text) > maxRule {
		return nil, fmt.Errorf("the rule is longer than %d characters", maxRule)
	}
	p := &ruleParser{text: text, tenant: t, rule: &Rule{}}
	root, err := p.either(0)
	if err != nil {
		return nil, err
	}
	if p.skip(); p.at < len(text) {
		return nil, fmt.Errorf("something follows the expression at position %d", p.at+1)
	}
	p.rule.root = root
	return p.rule, nil
}

// Holds tells whether the alarm is to be in the state ALARM. States of alarms that are not there are empty.
func (r *Rule) Holds(state func(name string) string) bool { return r.root(state) }

type ruleParser struct {
	text   string
	at     int
	tenant gateway.Tenant
	rule   *Rule
}

func (p *ruleParser) skip() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// word takes the next word if it is there.
func (p *ruleParser) word(word string) bool {
	p.skip()
	end := p.at + len(word)
	if end > len(p.text) || !strings.EqualFold(p.text[p.at:end], word) || end < len(p.text) && isLetter(p.text[end]) {
		return false
	}
	p.at = end
	return true
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || '0' <= c && c <= '9' }

func (p *ruleParser) sign(c byte) bool {
	if p.skip(); p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

// either reads terms between ORs, both those between ANDs, which bind more strongly.
func (p *ruleParser) either(depth int) (expression, error) {
	left, err := p.both(depth)
	for err == nil && p.word("OR") {
		var right expression
		first := left
		right, err = p.both(depth)
		left = func(state func(string) string) bool { return first(state) || right(state) }
	}
	return left, err
}

func (p *ruleParser) both(depth int) (expression, error) {
	left, err := p.term(depth)
	for err == nil && p.word("AND") {
		var right expression
		first := left
		right, err = p.term(depth)
		left = func(state func(string) string) bool { return first(state) && right(state) }
	}
	return left, err
}

func (p *ruleParser) term(depth int) (expression, error) {
	if depth > maxDepth {
		return nil, errors.New("the rule is nested too deeply")
	}
	switch {
	case p.word("NOT"):
		inner, err := p.term(depth + 1)
		return func(state func(string) string) bool { return !inner(state) }, err
	case p.word("TRUE"):
		return func(func(string) string) bool { return true }, nil
	case p.word("FALSE"):
		return func(func(string) string) bool { return false }, nil
	case p.sign('('):
		inner, err := p.either(depth + 1)
		if err == nil && !p.sign(')') {
			err = p.expected(")")
		}
		return inner, err
	}
	for _, state := range []string{gateway.AlarmAlarm, gateway.AlarmOK, gateway.AlarmNoData} {
		if p.word(state) {
			return p.state(state)
		}
	}
	return nil, p.expected("an expression")
}

func (p *ruleParser) expected(what string) error {
	return fmt.Errorf("%s is expected at position %d", what, p.at+1)
}

// state reads the name behind one of the three functions.
func (p *ruleParser) state(wanted string) (expression, error) {
	if !p.sign('(') {
		return nil, p.expected("(")
	}
	p.skip()
	var name string
	if rest := p.text[p.at:]; rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		end := strings.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return nil, p.expected("a closing quote")
		}
		name = rest[1 : end+1]
		p.at += end + 2
	} else {
		end := strings.IndexByte(rest, ')')
		if end < 0 {
			return nil, p.expected(")")
		}
		name = strings.TrimSpace(rest[:end])
		p.at += end
	}
	if !p.sign(')') {
		return nil, p.expected(")")
	}
	if t, own, ok := gateway.ParseAlarmARN(name); ok {
		if t != p.tenant {
			return nil, fmt.Errorf("the alarm %s is of another account or region", name)
		}
		name = own
	}
	if name == "" {
		return nil, errors.New("an alarm has no name")
	}
	if !slices.Contains(p.rule.Alarms, name) {
		p.rule.Alarms = append(p.rule.Alarms, name)
	}
	return func(state func(string) string) bool { return state(name) == wanted }, nil
}
