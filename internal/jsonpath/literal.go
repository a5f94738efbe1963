package jsonpath

import (
	"fmt"
	"strings"

	"github.com/dipylon/dipylon/internal/java"
)

// ParseLoose reads JSON as paths may have it: strings have single quotes or, being words, none at all.
func ParseLoose(text string) (java.Value, error) {
	l := literal{text: text}
	v, ok := l.value(0)
	if l.space(); !ok || l.pos < len(text) {
		return nil, fmt.Errorf("jsonpath: %s is no JSON", text)
	}
	return v, nil
}

type literal struct {
	text string
	pos  int
}

func (l *literal) space() {
	for l.pos < len(l.text) && strings.IndexByte(" \t\r\n", l.text[l.pos]) >= 0 {
		l.pos++
	}
}

func (l *literal) take(c byte) bool {
	if l.space(); l.pos < len(l.text) && l.text[l.pos] == c {
		l.pos++
		return true
	}
	return false
}

func (l *literal) value(depth int) (java.Value, bool) {
	switch {
	case depth > maxNesting:
		return nil, false
	case l.take('['):
		return l.array(depth)
	case l.take('{'):
		return l.object(depth)
	}
	return l.scalar()
}

func (l *literal) array(depth int) (java.Value, bool) {
	list := java.NewArray()
	if l.take(']') {
		return list, true
	}
	for {
		v, ok := l.value(depth + 1)
		if !ok {
			return nil, false
		}
		list.Items = append(list.Items, v)
		if l.take(']') {
			return list, true
		}
		if !l.take(',') {
			return nil, false
		}
	}
}

func (l *literal) object(depth int) (java.Value, bool) {
	m := java.NewMap(0)
	if l.take('}') {
		return m, true
	}
	for {
		name, ok := l.scalar()
		if !ok || !l.take(':') {
			return nil, false
		}
		v, ok := l.value(depth + 1)
		if !ok {
			return nil, false
		}
		m.PutName(java.String(name), v)
		if l.take('}') {
			return m, true
		}
		if !l.take(',') {
			return nil, false
		}
	}
}

func (l *literal) scalar() (java.Value, bool) {
	l.space()
	if l.pos == len(l.text) {
		return nil, false
	}
	if q := l.text[l.pos]; q == '"' || q == '\'' {
		end := closing(l.text, l.pos)
		if end < 0 {
			return nil, false
		}
		s, err := unescape(l.text[l.pos+1 : end])
		l.pos = end + 1
		return s, err == nil
	}
	n := strings.IndexAny(l.text[l.pos:], ",:]}")
	if n < 0 {
		n = len(l.text) - l.pos
	}
	word := strings.TrimRight(l.text[l.pos:l.pos+n], " \t\r\n")
	if word == "" || strings.ContainsAny(word, `[{"'`) {
		return nil, false
	}
	l.pos += n
	if v, err := java.Parse(word); err == nil {
		return v, true
	}
	return word, true
}
