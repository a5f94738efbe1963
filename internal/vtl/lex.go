package vtl

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// lexer makes tokens of a template's text as Velocity 1.7 does: in each state it takes the longest token; states are kept
// on a stack with the brackets that were opened in them.
type lexer struct {
	text  string
	pos   int
	state state
	open  int // brackets
	close int
	stack []lexerState
	quiet bool // in a comment or a text block
	inSet bool
}

type lexerState struct {
	state       state
	open, close int
}

func (l *lexer) push(next state) {
	l.stack = append(l.stack, lexerState{l.state, l.open, l.close})
	l.open, l.state = 0, next
}

func (l *lexer) pop() bool {
	n := len(l.stack) - 1
	if n < 0 {
		l.open, l.state = 0, inText
		return false
	}
	l.state, l.open, l.close = l.stack[n].state, l.stack[n].open, l.stack[n].close
	l.stack = l.stack[:n]
	return true
}

// next returns the next token.
func (l *lexer) next() (token, error) {
	var special string
	var hidden bool
	start := l.pos
	for {
		if l.pos == len(l.text) {
			if l.pos > start {
				return token{}, fmt.Errorf("vtl: the template ends in the middle of %q", l.text[start:])
			}
			return token{kind: eof}, nil
		}
		m := longest(l.state, l.text[l.pos:])
		if m.n == 0 {
			return token{}, fmt.Errorf("vtl: unexpected %q in line %d", l.char(), 1+strings.Count(l.text[:l.pos], "\n"))
		}
		if m.n == 1 && l.text[l.pos] >= utf8.RuneSelf {
			m.n = len(l.char())
		}
		l.pos += m.n
		switch m.kind {
		case dollar, dollarBang, textblockOpen, docCommentOpen, commentOpen, hash, textblockChar:
			l.more(m.kind)
		case skipped:
			start = l.pos
		case referenceEnd, directiveEnd:
			special += specialText(l.text[start:l.pos])
			hidden = strings.HasPrefix(l.text[start:l.pos], "##") // with all before, if it is the last
			l.pos -= m.n
			start = l.pos
			l.pop()
		default:
			t := token{kind: m.kind, image: l.text[start:l.pos]}
			if !hidden {
				t.special = special
			}
			l.found(&t)
			return t, nil
		}
	}
}

func (l *lexer) char() string {
	_, n := utf8.DecodeRuneInString(l.text[l.pos:])
	return l.text[l.pos : l.pos+n]
}

// specialText returns what Velocity prints of the text before a token that came to nothing: the dollar signs with their
// backslashes, and the hashes.
func specialText(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '#', '$':
			b.WriteByte(s[i])
		case '\\':
			n := i + lenOf(s[i:], `\`)
			if n < len(s) && s[n] == '$' {
				b.WriteString(s[i : n+1])
				i = n + 1 // and the character behind, as there
			}
		}
	}
	return b.String()
}

// more acts on the beginning of a token.
func (l *lexer) more(k kind) {
	if l.quiet {
		return
	}
	switch k {
	case dollar, dollarBang:
		if l.state == inReference {
			l.pop()
		}
		l.push(inReference)
	case textblockOpen:
		l.quiet = true
		l.push(inTextblock)
	case docCommentOpen:
		l.pos--
		l.quiet = true
		l.push(inDocComment)
	case commentOpen:
		l.quiet = true
		l.push(inComment)
	case hash:
		if l.state == inReference || l.state == inModifier {
			l.pop()
		}
		l.push(preDirective)
	}
}

// found acts on a token.
func (l *lexer) found(t *token) {
	switch t.kind {
	case indexOpen:
		l.push(inIndex)
	case indexClose, braceClose, end, elseDirective:
		l.pop()
	case parenOpen:
		l.open++
		if l.state == inModifier {
			l.state = inArguments
		}
	case parenClose:
		l.closeParen()
	case callClose:
		l.state = inReference
	case setDirective:
		l.push(inDirective)
		l.inSet = true
		l.open++
	case lineComment:
		if l.state == inReference {
			l.pop()
		}
		l.quiet = true
		l.push(inLineComment)
	case lineEnd, docCommentClose, commentClose, textblock:
		l.quiet = false
		l.pop()
	case ifDirective, elseifDirective:
		l.state = inDirective
	case stringLiteral:
		if l.state == inDirective && !l.inSet && l.open == 0 {
			l.pop()
		}
	case integer:
		if rest, ok := strings.CutSuffix(t.image, ".."); ok {
			t.image = rest
			l.pos -= len("..")
		}
		if l.open == 0 && !l.inSet && l.state != inArguments && l.state != inIndex {
			l.pop()
		}
	case floating:
		if l.open == 0 && !l.inSet && l.state != inArguments {
			l.pop()
		}
	case dot:
		l.pos--
		t.image = "."
		l.state = inModifier
	}
}

// closeParen drops to the state below the one with an open bracket.
func (l *lexer) closeParen() {
	for {
		if l.open > 0 {
			if l.open == l.close+1 {
				l.pop()
			} else {
				l.close++
			}
			return
		}
		if !l.pop() {
			return
		}
	}
}
