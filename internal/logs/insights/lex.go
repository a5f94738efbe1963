package insights

import (
	"fmt"
	"strings"
)

// token is a piece of a query.
type token struct {
	kind       tokenKind
	text       string // unquoted
	start, end int
}

// tokenKind is a closed set.
type tokenKind uint8

const (
	tokenEnd    tokenKind = iota
	tokenName             // a field or a word
	tokenQuoted           // a field between backquotes
	tokenText
	tokenNumber
	tokenRegexp
	tokenSign
)

func lex(query string) ([]token, error) {
	var tokens []token
	for i := 0; i < len(query); {
		c := query[i]
		switch c {
		case ' ', '\t', '\n', '\r':
			i++
			continue
		case '#':
			for i < len(query) && query[i] != '\n' {
				i++
			}
			continue
		}
		t, err := next(query, i, tokens)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
		i = t.end
	}
	return append(tokens, token{kind: tokenEnd, start: len(query), end: len(query)}), nil
}

func next(query string, i int, before []token) (token, error) {
	c := query[i]
	switch {
	case c == '"' || c == '\'':
		return quoted(query, i, tokenText)
	case c == '`':
		return quoted(query, i, tokenQuoted)
	case c == '/' && regexpMayStand(before):
		return quoted(query, i, tokenRegexp)
	case isDigit(c) || c == '.' && i+1 < len(query) && isDigit(query[i+1]):
		return lexNumber(query, i), nil
	case isName(c):
		end := i
		for end < len(query) && (isName(query[end]) || isDigit(query[end]) || query[end] == '.') {
			end++
		}
		return token{tokenName, query[i:end], i, end}, nil
	}
	for _, sign := range []string{"!=", "<=", ">=", "=~", "==", "|", "(", ")", "[", "]", ",", "=", "<", ">", "+", "-", "*", "/", "%", "^"} {
		if strings.HasPrefix(query[i:], sign) {
			return token{tokenSign, sign, i, i + len(sign)}, nil
		}
	}
	return token{}, &Error{fmt.Sprintf("unexpected symbol found %c at position %d", c, i), i, i + 1}
}

// lexNumber takes a number and, at once behind it, the unit of a time: 5m.
func lexNumber(query string, i int) token {
	end := i
	for end < len(query) && (isDigit(query[end]) || query[end] == '.') {
		end++
	}
	for end < len(query) && 'a' <= query[end] && query[end] <= 'z' {
		end++
	}
	return token{tokenNumber, query[i:end], i, end}
}

// regexpMayStand tells a regular expression from a division: it follows like, =~ and parse's field.
func regexpMayStand(before []token) bool {
	if len(before) == 0 {
		return false
	}
	last := before[len(before)-1]
	if last.kind == tokenName && strings.EqualFold(last.text, "like") || last.kind == tokenSign && last.text == "=~" {
		return true
	}
	return len(before) > 1 && before[len(before)-2].kind == tokenName && strings.EqualFold(before[len(before)-2].text, "parse") ||
		last.kind == tokenName && strings.EqualFold(last.text, "parse")
}

func quoted(query string, i int, kind tokenKind) (token, error) {
	closing := query[i]
	var b strings.Builder
	for j := i + 1; j < len(query); j++ {
		c := query[j]
		switch {
		case c == closing:
			return token{kind, b.String(), i, j + 1}, nil
		case c == '\\' && j+1 < len(query) && (query[j+1] == closing || query[j+1] == '\\' && kind != tokenRegexp):
			j++
			b.WriteByte(query[j])
		default:
			b.WriteByte(c)
		}
	}
	return token{}, &Error{fmt.Sprintf("%c at position %d is not closed", closing, i), i, len(query)}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isName(c byte) bool {
	return c == '_' || c == '@' || c == '$' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}
