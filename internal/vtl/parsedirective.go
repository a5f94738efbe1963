package vtl

import "strings"

// directive reads #name or #name(...), with its block if it has one.
func (p *parser) directive() node {
	first := p.take()
	if p.err != nil {
		return textNode("")
	}
	t := p.tokens[first]
	name := t.image[1:]
	if t.kind == bracedWord {
		name = t.image[2 : len(t.image)-1]
	}
	p.lex.state = inDirective
	rest := strings.TrimLeft(p.lex.text[p.lex.pos:], " \t\r\n")
	if !strings.HasPrefix(rest, "(") {
		p.lex.pop()
		return p.bare(name, t.image)
	}
	p.accept(whitespace)
	p.expect(parenOpen)
	args, texts := p.directiveArgs(name)
	p.accept(whitespace)
	p.expect(parenClose)
	switch name {
	case "foreach", "macro", "literal", "define":
	case "include", "parse":
		p.fail("#%s is not allowed", name)
		return textNode("")
	default:
		if p.isDirective(name) && p.t.macros[name] == nil {
			return p.lineDirective(name, args)
		}
		if !strings.HasPrefix(name, "@") {
			return p.macroCall(first, &callNode{name: name, args: args, texts: texts})
		}
	}
	if strings.HasPrefix(name, "@") {
		c := &callNode{name: name[1:], args: args, texts: texts, hasBody: true, body: p.block()}
		p.expect(end)
		return p.macroCall(first, c)
	}
	return p.blockDirective(name, args)
}

// bare is a directive without brackets.
func (p *parser) bare(name, image string) node {
	switch name {
	case "break":
		return &breakNode{}
	case "stop":
		return stopNode{}
	case "foreach", "macro", "literal", "define", "evaluate", "include", "parse":
		if p.t.macros[name] == nil {
			p.fail("#%s without arguments", name)
		}
		return textNode("")
	}
	if strings.HasPrefix(name, "@") {
		return textNode("#" + name)
	}
	return &callNode{name: name, literal: image}
}

// directiveArgs reads arguments, with or without commas between them, and what they were written as.
func (p *parser) directiveArgs(name string) (args []node, texts []string) {
	for p.err == nil {
		next := 0
		if p.kind(next) == whitespace {
			next++
		}
		if p.kind(next) == comma {
			next++
			if p.kind(next) == whitespace {
				next++
			}
		}
		if k := p.kind(next); k != word && !beginsOperand(k) {
			break
		}
		p.pos += next
		if p.kind(0) != word {
			if name == "macro" && len(args) == 0 {
				p.fail("a macro's name is a word")
			}
			start := p.pos
			args = append(args, p.operand())
			texts = append(texts, p.literal(start, p.pos-1))
			continue
		}
		allowed := !p.isDirective(name) || name == "macro" && len(args) == 0 || name == "foreach" && len(args) == 1
		if !allowed {
			p.fail("#%s takes no word: %s", name, p.peek(0).image)
		}
		args = append(args, wordNode(p.peek(0).image))
		texts = append(texts, "")
		p.take()
	}
	return args, texts
}

func (p *parser) lineDirective(name string, args []node) node {
	switch name {
	case "evaluate":
		if len(args) != 1 {
			break
		}
		switch c := args[0].(type) {
		case *reference, *stringNode:
			p.t.evaluates = true
			return &evaluateNode{args[0]}
		case constant:
			if _, ok := c.v.(string); ok {
				p.t.evaluates = true
				return &evaluateNode{args[0]}
			}
		}
	case "break":
		if len(args) == 0 {
			return &breakNode{}
		}
		if len(args) == 1 {
			return &breakNode{args[0]}
		}
	case "stop":
		if len(args) <= 1 {
			return stopNode{}
		}
	}
	p.fail("wrong arguments of #%s", name)
	return textNode("")
}

func (p *parser) macroCall(first int, c *callNode) node {
	if p.err == nil {
		c.literal = p.images(first, p.pos-1)
	}
	return c
}

// images is the tokens' text without what was read for nothing before them.
func (p *parser) images(first, last int) string {
	var b strings.Builder
	for _, t := range p.tokens[first : last+1] {
		b.WriteString(t.image)
	}
	return b.String()
}

func (p *parser) blockDirective(name string, args []node) node {
	start := p.pos
	body := p.block()
	literal := p.literal(start, p.pos-1)
	p.expect(end)
	if p.err != nil {
		return textNode("")
	}
	switch name {
	case "literal":
		return textNode(literal)
	case "foreach":
		return p.foreach(args, body)
	case "define":
		if len(args) != 1 {
			p.fail("#define takes a name")
			return textNode("")
		}
		return &defineNode{name: argumentName(args[0]), body: body}
	default:
		return p.macro(args, body)
	}
}

// foreach is particular about its arguments only when it is executed.
func (p *parser) foreach(args []node, body []node) node {
	const wanted = 3 // $x in $list
	switch {
	case len(args) < wanted-1:
		return failingNode{text: "#foreach without a list"}
	case len(args) < wanted:
		return textNode("")
	case len(args) > wanted:
		body = args[wanted : wanted+1] // it counts as the body
	}
	n := &foreachNode{name: argumentName(args[0]), list: args[2], body: body}
	if r, ok := args[0].(*reference); ok {
		n.name = r.name
	}
	return n
}

// macro defines a macro for the whole template. The first of a name counts.
func (p *parser) macro(args []node, body []node) node {
	if len(args) == 0 {
		p.fail("a macro needs a name")
		return textNode("")
	}
	m := &macro{body: body}
	for _, a := range args[1:] {
		m.params = append(m.params, argumentName(a))
	}
	if name := string(args[0].(wordNode)); p.t.macros[name] == nil {
		p.t.macros[name] = m
	}
	return textNode("")
}

// argumentName is the name that a reference stands for, as Velocity takes it from the first token.
func argumentName(n node) string {
	switch n := n.(type) {
	case *reference:
		return n.key
	case wordNode:
		return string(n)
	}
	return ""
}
