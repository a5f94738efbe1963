package insights

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// parser reads a query command by command and builds its stages.
type parser struct {
	q      *Query
	tokens []token
	at     int
	depth  int
	// display is set once a command has said what is shown.
	display bool
}

// Compile reads a query. limit is how many rows it returns unless it says so itself; 0 is [MaxResults].
func Compile(query string, limit int) (*Query, error) {
	if len(query) > MaxLength {
		return nil, &Error{Reason: fmt.Sprintf("the query is longer than %d bytes", MaxLength), End: len(query)}
	}
	tokens, err := lex(query)
	if err != nil {
		return nil, err
	}
	if limit == 0 {
		limit = MaxResults
	}
	q := &Query{names: []string{"@timestamp", "@message", "@logStream", "@log", "@ingestionTime", "@ptr"}, limit: limit}
	p := &parser{q: q, tokens: tokens}
	for {
		p.sign("|")
		if p.peek().kind == tokenEnd {
			break
		}
		if err := p.command(); err != nil {
			return nil, err
		}
		if next := p.peek(); next.kind != tokenEnd && !p.is("|") {
			return nil, p.unexpected()
		}
	}
	if q.shown == nil {
		q.shown = []int{slotTimestamp, slotMessage}
	}
	return q, nil
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) is(sign string) bool { return p.peek().kind == tokenSign && p.peek().text == sign }

func (p *parser) sign(sign string) bool {
	if !p.is(sign) {
		return false
	}
	p.at++
	return true
}

// word takes a key word, in any case of letters.
func (p *parser) word(word string) bool {
	if t := p.peek(); t.kind != tokenName || !strings.EqualFold(t.text, word) {
		return false
	}
	p.at++
	return true
}

func (p *parser) unexpected() error {
	t := p.peek()
	if t.kind == tokenEnd {
		return &Error{"unexpected end of the query", t.start, t.end}
	}
	return &Error{fmt.Sprintf("unexpected symbol found %s at position %d", t.text, t.start), t.start, t.end}
}

func (p *parser) command() error {
	t := p.peek()
	if t.kind != tokenName {
		return p.unexpected()
	}
	p.at++
	switch strings.ToLower(t.text) {
	case "fields":
		return p.fields(false)
	case "display":
		return p.fields(true)
	case "filter":
		e, err := p.expression()
		p.add(&filter{e})
		return err
	case "parse":
		return p.parse()
	case "stats":
		return p.stats()
	case "sort", "order":
		p.word("by")
		return p.sort()
	case "limit", "head":
		return p.limit()
	case "dedup":
		return p.dedup()
	}
	return &Error{fmt.Sprintf("the command %s is not known or not built", t.text), t.start, t.end}
}

func (p *parser) add(s stage) { p.q.stages = append(p.q.stages, s) }

// slot returns the place of a field by its name.
func (p *parser) slot(name string) int {
	if i := slices.Index(p.q.names, name); i >= 0 {
		return i
	}
	p.q.names = append(p.q.names, name)
	return len(p.q.names) - 1
}

// fields reads "a, b as c, strlen(d) as e". What display shows is shown alone.
func (p *parser) fields(only bool) error {
	var shown []int
	for {
		slot, e, err := p.column()
		if err != nil {
			return err
		}
		if f, ok := e.(field); !ok || int(f) != slot {
			p.add(&assign{slot, e})
		}
		shown = append(shown, slot)
		if !p.sign(",") {
			break
		}
	}
	switch {
	case only:
		p.q.shown, p.display = shown, true
	case !p.display && !p.q.grouped:
		for _, slot := range shown {
			if !slices.Contains(p.q.shown, slot) {
				p.q.shown = append(p.q.shown, slot)
			}
		}
	}
	return nil
}

// column reads an expression and its name, which is its text if it has no other.
func (p *parser) column() (int, expression, error) {
	first := p.at
	e, err := p.expression()
	if err != nil {
		return 0, nil, err
	}
	if f, ok := e.(field); ok && !p.word("as") {
		return int(f), e, nil
	} else if !ok && !p.word("as") {
		return p.slot(p.text(first)), e, nil
	}
	name, err := p.name()
	return p.slot(name), e, err
}

// text is what was written from a token to here, without white space.
func (p *parser) text(first int) string {
	var b strings.Builder
	for i, t := range p.tokens[first:p.at] {
		if i > 0 && t.kind != tokenSign && p.tokens[first+i-1].kind != tokenSign {
			b.WriteByte(' ')
		}
		switch t.kind {
		case tokenText:
			b.WriteString(strconv.Quote(t.text))
		default:
			b.WriteString(t.text)
		}
		if t.text == "," {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func (p *parser) name() (string, error) {
	t := p.peek()
	if t.kind != tokenName && t.kind != tokenQuoted {
		return "", p.unexpected()
	}
	p.at++
	return t.text, nil
}

func (p *parser) names() ([]int, error) {
	var slots []int
	for {
		name, err := p.name()
		if err != nil {
			return nil, err
		}
		if slots = append(slots, p.slot(name)); !p.sign(",") {
			return slots, nil
		}
	}
}

// sort reads "a desc, b".
func (p *parser) sort() error {
	s := &sorter{}
	for {
		e, err := p.expression()
		if err != nil {
			return err
		}
		by := order{of: e}
		if p.word("desc") {
			by.descending = true
		} else {
			p.word("asc")
		}
		if s.by = append(s.by, by); !p.sign(",") {
			break
		}
	}
	p.q.sorted = true
	p.add(s)
	return nil
}

func (p *parser) limit() error {
	t := p.peek()
	n, err := strconv.Atoi(t.text)
	if t.kind != tokenNumber || err != nil || n < 1 || n > MaxResults {
		return &Error{fmt.Sprintf("limit has to be between 1 and %d", MaxResults), t.start, t.end}
	}
	p.at++
	p.q.limit = n
	if p.q.sorted || p.q.grouped {
		p.add(&first{left: n})
	}
	return nil
}

func (p *parser) dedup() error {
	slots, err := p.names()
	p.add(&dedup{slots: slots, seen: map[string]bool{}})
	return err
}

// parse reads a pattern with asterisks and names for them, or a regular expression with named groups.
func (p *parser) parse() error {
	of := expression(field(slotMessage))
	if t := p.peek(); t.kind == tokenName || t.kind == tokenQuoted {
		p.at++
		of = field(p.slot(t.text))
	}
	t := p.peek()
	p.at++
	switch t.kind { //nolint:exhaustive // the others are no patterns
	case tokenText:
		if !p.word("as") {
			return p.unexpected()
		}
		slots, err := p.names()
		if err != nil {
			return err
		}
		parts := strings.Split(t.text, "*")
		if len(parts)-1 != len(slots) {
			return &Error{fmt.Sprintf("the pattern has %d asterisks and %d names", len(parts)-1, len(slots)), t.start, t.end}
		}
		p.add(&glob{of: of, parts: parts, slots: slots})
		p.show(slots)
		return nil
	case tokenRegexp:
		re, err := compileRegexp(t)
		if err != nil {
			return err
		}
		g := &groups{of: of, re: re, slots: make([]int, re.NumSubexp()+1)}
		var named []int
		for i, name := range re.SubexpNames() {
			if g.slots[i] = -1; name != "" {
				g.slots[i] = p.slot(name)
				named = append(named, g.slots[i])
			}
		}
		if named == nil {
			return &Error{"the regular expression has no named group", t.start, t.end}
		}
		p.add(g)
		p.show(named)
		return nil
	}
	p.at--
	return p.unexpected()
}

// show adds what a command has made to what a query shows that said nothing of it.
func (p *parser) show(slots []int) {
	if !p.display && !p.q.grouped {
		if p.q.shown == nil {
			p.q.shown = []int{slotTimestamp, slotMessage}
		}
		for _, slot := range slots {
			if !slices.Contains(p.q.shown, slot) {
				p.q.shown = append(p.q.shown, slot)
			}
		}
	}
}
