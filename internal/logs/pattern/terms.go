package pattern

import (
	"bytes"
	"regexp"
	"strings"
)

// terms are words that an event must have, must not have, or has one of.
type terms struct {
	all, none, any []term
}

type term struct {
	text []byte
	re   *regexp.Regexp // nil for a text
}

func (t *term) in(message []byte) bool {
	if t.re != nil {
		return t.re.Match(message)
	}
	return bytes.Contains(message, t.text)
}

// compileTerms reads terms between spaces. One with other characters than letters, digits and underscores stands in
// quotes. With other terms beside them, AWS ignores those with a question mark.
func compileTerms(text string) (matcher, error) {
	t, regexps := &terms{}, 0
	for rest := text; rest != ""; {
		list := &t.all
		switch rest[0] {
		case '-':
			list, rest = &t.none, rest[1:]
		case '?':
			list, rest = &t.any, rest[1:]
		}
		one, after, err := cutTerm(rest)
		if err != nil {
			return nil, err
		}
		if one.re != nil {
			regexps++
		}
		*list = append(*list, one)
		rest = strings.TrimLeft(after, " ")
	}
	if regexps > maxRegexps {
		return nil, refuse("there are more than %d regular expressions", maxRegexps)
	}
	if len(t.all) > 0 || len(t.none) > 0 {
		t.any = nil
	}
	return t, nil
}

func cutTerm(s string) (term, string, error) {
	switch {
	case strings.HasPrefix(s, `"`):
		text, rest, ok := cutQuoted(s)
		if !ok {
			return term{}, "", refuse("a quote is not closed")
		}
		return term{text: []byte(text)}, rest, nil
	case strings.HasPrefix(s, "%"):
		text, rest, ok := strings.Cut(s[1:], "%")
		if !ok {
			return term{}, "", refuse("a percent sign is not closed")
		}
		re, err := compileRegexp(text)
		return term{re: re}, rest, err
	}
	n := strings.IndexByte(s, ' ')
	if n < 0 {
		n = len(s)
	}
	word := s[:n]
	for i := range len(word) {
		if c := word[i]; c < 0x80 && !isWord(c) {
			return term{}, "", refuse("the term %q has to stand in quotes", word)
		}
	}
	if word == "" {
		return term{}, "", refuse("a term is empty")
	}
	return term{text: []byte(word)}, s[n:], nil
}

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// cutQuoted cuts a text in quotes off; a backslash takes the next character as it is.
func cutQuoted(s string) (text, rest string, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:], true
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "", false
}

func (t *terms) match(message []byte) bool {
	for i := range t.all {
		if !t.all[i].in(message) {
			return false
		}
	}
	for i := range t.none {
		if t.none[i].in(message) {
			return false
		}
	}
	for i := range t.any {
		if t.any[i].in(message) {
			return true
		}
	}
	return len(t.any) == 0
}

func (*terms) value([]byte, string) (string, bool) { return "", false }

func (*terms) extract([]byte) map[string]string { return map[string]string{} }
