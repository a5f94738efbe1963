package vtl

import "strings"

// match is the longest of what was tried.
type match struct {
	kind kind
	n    int
}

func (m *match) try(k kind, n int) {
	if n > m.n || n == m.n && n > 0 && k < m.kind {
		m.kind, m.n = k, n
	}
}

func (m *match) literal(k kind, s, want string) {
	if strings.HasPrefix(s, want) {
		m.try(k, len(want))
	}
}

// longest returns the longest token, or part of one, that s begins with in that state. If nothing matches, n is 0.
func longest(at state, s string) match {
	var m match
	matchMore(&m, s)
	switch at {
	case inText:
		m.try(escapedDirective, lenEscapedDirective(s))
		m.try(setDirective, lenSet(s))
		m.literal(lineComment, s, "##")
		m.literal(doubleEscape, s, `\\`)
		m.literal(escape, s, `\`)
		m.try(text, lenUntil(s, `$#\`))
		matchEmptyIndex(&m, s)
	case inReference, inModifier:
		matchReference(&m, s, at)
	case inArguments, inDirective:
		matchExpression(&m, s, at)
	case inIndex:
		m.literal(indexClose, s, "]")
		m.try(whitespace, lenSpace(s))
		m.try(stringLiteral, lenString(s))
		m.literal(trueLiteral, s, "true")
		m.literal(falseLiteral, s, "false")
		matchNumber(&m, s)
	case preDirective:
		matchDirective(&m, s)
	case inTextblock:
		m.literal(textblock, s, "]]#")
		m.try(textblockChar, 1)
	case inLineComment:
		m.try(lineEnd, lenNewline(s))
		m.try(skipped, 1)
	case inDocComment:
		m.literal(docCommentClose, s, "*#")
		m.try(skipped, 1)
	case inComment:
		m.literal(commentClose, s, "*#")
		m.try(skipped, 1)
	}
	return m
}

// matchMore matches what begins tokens in every state.
func matchMore(m *match, s string) {
	slashes := lenOf(s, `\`)
	if strings.HasPrefix(s[slashes:], "$") {
		m.try(dollar, slashes+1)
		after := slashes + 1 + lenOf(s[slashes+1:], `\`)
		if strings.HasPrefix(s[after:], "!") {
			m.try(dollarBang, after+1)
		}
	}
	m.literal(textblockOpen, s, "#[[")
	if strings.HasPrefix(s, "#**") && len(s) > 3 && s[3] != '#' {
		m.try(docCommentOpen, 4)
	}
	m.literal(commentOpen, s, "#*")
	m.literal(hash, s, "#")
}

func matchReference(m *match, s string, at state) {
	m.literal(indexOpen, s, "[")
	if at == inModifier {
		m.literal(parenOpen, s, "(")
	}
	m.try(setDirective, lenSet(s))
	if at == inReference {
		m.literal(lineComment, s, "##")
		matchEmptyIndex(m, s)
	}
	m.literal(trueLiteral, s, "true")
	m.literal(falseLiteral, s, "false")
	matchIdentifier(m, s)
	m.literal(braceOpen, s, "{")
	m.literal(braceClose, s, "}")
	m.try(referenceEnd, 1)
}

func matchEmptyIndex(m *match, s string) {
	for _, empty := range []string{"$[", "$![", `$\![`, "$."} {
		m.literal(emptyIndex, s, empty)
	}
}

func matchIdentifier(m *match, s string) {
	if s == "" {
		return
	}
	if isAlpha(s[0]) || s[0] == '_' {
		n := 1
		for n < len(s) && (isAlpha(s[n]) || isDigit(s[n]) || s[n] == '-' || s[n] == '_') {
			n++
		}
		m.try(identifier, n)
	}
	if s[0] == '.' && len(s) > 1 && isAlpha(s[1]) {
		m.try(dot, 2)
	}
}

// matchExpression matches what stands between the brackets of directives and of methods.
func matchExpression(m *match, s string, at state) {
	for _, c := range []struct {
		kind kind
		text string
	}{{listOpen, "["}, {listClose, "]"}, {comma, ","}, {twoDots, ".."}, {colon, ":"}, {mapOpen, "{"}, {mapClose, "}"}, {trueLiteral, "true"}, {falseLiteral, "false"}} {
		m.literal(c.kind, s, c.text)
	}
	m.try(whitespace, lenSpace(s))
	m.try(stringLiteral, lenString(s))
	matchNumber(m, s)
	if at == inArguments {
		m.literal(callClose, s, ")")
		m.try(setDirective, lenSet(s))
		matchIdentifier(m, s)
		return
	}
	m.literal(parenOpen, s, "(")
	if strings.HasPrefix(s, ")") {
		m.try(parenClose, 1+lenLineEnd(s[1:]))
	}
	m.literal(lineComment, s, "##")
	for _, operator := range []struct {
		kind kind
		text string
	}{
		{minus, "-"}, {plus, "+"}, {times, "*"}, {divide, "/"}, {modulo, "%"}, {logicalAnd, "&&"}, {logicalAnd, "and"}, {logicalOr, "||"}, {logicalOr, "or"},
		{less, "<"}, {less, "lt"}, {lessEqual, "<="}, {lessEqual, "le"}, {greater, ">"}, {greater, "gt"}, {greaterEqual, ">="}, {greaterEqual, "ge"},
		{equal, "=="}, {equal, "eq"}, {notEqual, "!="}, {notEqual, "ne"}, {logicalNot, "!"}, {logicalNot, "not"}, {assign, "="},
	} {
		m.literal(operator.kind, s, operator.text)
	}
	matchWord(m, s)
}

func matchDirective(m *match, s string) {
	m.literal(lineComment, s, "##")
	for _, name := range []string{"end", "{end}"} {
		if strings.HasPrefix(s, name) {
			m.try(end, len(name)+lenLineEnd(s[len(name):]))
		}
	}
	for _, name := range []string{"else", "{else}"} {
		if strings.HasPrefix(s, name) {
			m.try(elseDirective, len(name)+lenLineEnd(s[len(name):]))
		}
	}
	for _, name := range []string{"if", "{if}"} {
		m.literal(ifDirective, s, name)
	}
	for _, name := range []string{"elseif", "{elseif}"} {
		m.literal(elseifDirective, s, name)
	}
	matchNumber(m, s)
	matchWord(m, s)
	m.try(directiveEnd, 1)
}

func matchWord(m *match, s string) {
	if n := lenWord(s); n > 0 {
		m.try(word, n)
	}
	m.try(bracedWord, lenBracedWord(s))
}

func matchNumber(m *match, s string) {
	n := 0
	if strings.HasPrefix(s, "-") {
		n = 1
	}
	digits := lenDigits(s[n:])
	if digits > 0 {
		whole := n + digits
		m.try(integer, whole)
		if strings.HasPrefix(s[whole:], "..") {
			m.try(integer, whole+len(".."))
		}
		if e := lenExponent(s[whole:]); e > 0 {
			m.try(floating, whole+e)
		}
	}
	point := n + digits
	if strings.HasPrefix(s[point:], ".") {
		fraction := lenDigits(s[point+1:])
		if digits > 0 || fraction > 0 {
			n = point + 1 + fraction
			m.try(floating, n+lenExponent(s[n:]))
		}
	}
}

func lenExponent(s string) int {
	if s == "" || s[0]|0x20 != 'e' {
		return 0
	}
	n := 1
	if n < len(s) && (s[n] == '+' || s[n] == '-') {
		n++
	}
	digits := lenDigits(s[n:])
	if digits == 0 {
		return 0
	}
	return n + digits
}

// lenString is the length of a string with its quotes, 0 if it is not closed. Two quotes stand for one, if there is
// another one to end the string.
func lenString(s string) (n int) {
	if s == "" || s[0] != '"' && s[0] != '\'' {
		return 0
	}
	for i := 1; ; i += 2 {
		next := strings.IndexByte(s[min(i, len(s)):], s[0])
		if next < 0 {
			return n
		}
		i += next
		n = i + 1
		if n == len(s) || s[n] != s[0] {
			return n
		}
	}
}

func lenWord(s string) int {
	if s == "" || !isAlpha(s[0]) && s[0] != '_' && s[0] != '@' {
		return 0
	}
	n := 1
	for n < len(s) && isWordChar(s[n]) {
		n++
	}
	return n
}

func lenBracedWord(s string) int {
	if len(s) < 2 || s[0] != '{' || !isAlpha(s[1]) && s[1] != '_' {
		return 0
	}
	n := 2
	for n < len(s) && isWordChar(s[n]) {
		n++
	}
	if n == len(s) || s[n] != '}' {
		return 0
	}
	return n + 1
}

func lenEscapedDirective(s string) int {
	n := lenOf(s, `\`)
	if n%2 == 0 || !strings.HasPrefix(s[n:], "#") {
		return 0
	}
	n++
	if w := max(lenWord(s[n:]), lenBracedWord(s[n:])); w > 0 {
		return n + w
	}
	return 0
}

// lenSet is the length of #set( with the white space before it.
func lenSet(s string) int {
	n := lenOf(s, " \t")
	switch {
	case strings.HasPrefix(s[n:], "#set"):
		n += len("#set")
	case strings.HasPrefix(s[n:], "#{set}"):
		n += len("#{set}")
	default:
		return 0
	}
	n += lenOf(s[n:], " ")
	if !strings.HasPrefix(s[n:], "(") {
		return 0
	}
	return n + 1
}

// lenLineEnd is the length of white space with a line's end, 0 if there is something else on the line.
func lenLineEnd(s string) int {
	n := lenOf(s, " \t")
	if newline := lenNewline(s[n:]); newline > 0 {
		return n + newline
	}
	return 0
}

func lenNewline(s string) int {
	switch {
	case strings.HasPrefix(s, "\r\n"):
		return 2
	case strings.HasPrefix(s, "\n"), strings.HasPrefix(s, "\r"):
		return 1
	}
	return 0
}

func lenSpace(s string) int { return lenOf(s, " \t\n\r") }

func lenDigits(s string) int { return lenOf(s, "0123456789") }

func lenOf(s, chars string) (n int) {
	for n < len(s) && strings.IndexByte(chars, s[n]) >= 0 {
		n++
	}
	return n
}

func lenUntil(s, chars string) int {
	if n := strings.IndexAny(s, chars); n >= 0 {
		return n
	}
	return len(s)
}

func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isWordChar(c byte) bool { return isAlpha(c) || isDigit(c) || c == '_' || c == '@' }
