package vtl

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dipylon/dipylon/internal/java"
)

// Strings are UTF-8 here and UTF-16 in Java: what counts characters counts in the latter.

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func utf16Of(s string) []uint16 { return utf16.Encode([]rune(s)) }

func utf16Len(s string) (n int) {
	for _, c := range s {
		n += utf16.RuneLen(c)
	}
	return n
}

// substring returns the characters from one index to another, and false if there are not so many.
func substring(s string, from, to int) (string, bool) {
	if isASCII(s) {
		if from < 0 || to > len(s) || from > to {
			return "", false
		}
		return s[from:to], true
	}
	units := utf16Of(s)
	if from < 0 || to > len(units) || from > to {
		return "", false
	}
	return string(utf16.Decode(units[from:to])), true
}

// trim is String.trim.
func trim(s string) string { return strings.TrimFunc(s, func(c rune) bool { return c <= ' ' }) }

func equalFold(a, b string) bool { return strings.EqualFold(a, b) }

func stringMethod(r *run, s, name string, args arguments) (java.Value, bool, error) {
	if err := r.budget.Spend(cost(len(s))); err != nil {
		return nil, true, err
	}
	if name == "format" {
		return format(args)
	}
	switch len(args) {
	case 0:
		result, ok := stringView(s, name)
		return result, ok, nil
	case 1:
		return stringUnary(r, s, name, args)
	case 2:
		return stringBinary(r, s, name, args)
	}
	return nil, false, nil
}

func stringView(s, name string) (java.Value, bool) {
	switch name {
	case "length":
		return java.Narrow(int64(utf16Len(s))), true
	case "isEmpty":
		return s == "", true
	case "isBlank":
		return strings.TrimSpace(s) == "", true
	case "trim":
		return trim(s), true
	case "strip":
		return strings.TrimSpace(s), true
	case "toLowerCase":
		return strings.ToLower(s), true
	case "toUpperCase":
		return strings.ReplaceAll(strings.ToUpper(s), "ß", "SS"), true
	case "toString", "intern":
		return s, true
	case "toCharArray":
		l := java.NewList()
		for _, c := range s {
			l.Items = append(l.Items, string(c))
		}
		return l, true
	}
	return nil, false
}

func stringUnary(r *run, s, name string, args arguments) (java.Value, bool, error) {
	if name == "valueOf" || name == "copyValueOf" {
		text, _, err := r.text(args[0])
		return text, true, err
	}
	if name == "equals" {
		return args[0] == s, true, nil
	}
	if i, ok := args.int(0); ok {
		return stringInt(r, s, name, i)
	}
	arg, ok := args.string(0)
	if !ok {
		if args[0] == nil && name == "equalsIgnoreCase" {
			return false, true, nil
		}
		return nil, false, nullArgument(args[0], name)
	}
	if err := r.budget.Spend(cost(len(arg))); err != nil {
		return nil, true, err
	}
	switch name {
	case "equalsIgnoreCase":
		return equalFold(s, arg), true, nil
	case "contains":
		return strings.Contains(s, arg), true, nil
	case "contentEquals":
		return s == arg, true, nil
	case "startsWith":
		return strings.HasPrefix(s, arg), true, nil
	case "endsWith":
		return strings.HasSuffix(s, arg), true, nil
	case "indexOf":
		return index(s, strings.Index(s, arg)), true, nil
	case "lastIndexOf":
		return index(s, strings.LastIndex(s, arg)), true, nil
	case "concat":
		return s + arg, true, nil
	case "compareTo":
		return compareStrings(s, arg), true, nil
	case "compareToIgnoreCase":
		return compareStrings(strings.ToLower(s), strings.ToLower(arg)), true, nil
	case "matches":
		return matches(r, s, arg)
	case "split":
		return split(r, s, arg, 0)
	}
	return nil, false, nil
}

// nullArgument is an error for those methods of strings that exist: they take no null.
func nullArgument(arg java.Value, name string) error {
	if arg != nil {
		return nil
	}
	switch name {
	case "contains", "contentEquals", "startsWith", "endsWith", "concat", "compareTo", "compareToIgnoreCase", "matches", "split", "indexOf", "lastIndexOf":
		return fmt.Errorf("vtl: %s of null", name)
	}
	return nil
}

// index makes a character's index of a byte's.
func index(s string, i int) java.Value {
	if i > 0 {
		i = utf16Len(s[:i])
	}
	return java.Narrow(int64(i))
}

func stringInt(r *run, s, name string, i int) (java.Value, bool, error) {
	n := utf16Len(s)
	switch name {
	case "charAt", "codePointAt":
		c, ok := substring(s, i, i+1)
		if !ok {
			return nil, true, outOfBounds(i, n)
		}
		if name == "codePointAt" {
			code, _ := utf8.DecodeRuneInString(c)
			return code, true, nil
		}
		return c, true, nil
	case "substring":
		sub, ok := substring(s, i, n)
		if !ok {
			return nil, true, outOfBounds(i, n)
		}
		return sub, true, nil
	case "indexOf":
		return index(s, strings.IndexRune(s, rune(i))), true, nil //nolint:gosec // it was an int32
	case "lastIndexOf":
		return index(s, strings.LastIndex(s, string(rune(i)))), true, nil //nolint:gosec // the same
	case "repeat":
		if i < 0 {
			return nil, true, fmt.Errorf("vtl: count is negative: %d", i)
		}
		if i > r.settings.Output || i*len(s) > r.settings.Output {
			return nil, true, ErrLimit
		}
		return strings.Repeat(s, i), true, nil
	}
	return nil, false, nil
}

func stringBinary(r *run, s, name string, args arguments) (java.Value, bool, error) {
	if pair, ok := args.strings(2); ok {
		switch name {
		case "replace":
			out := strings.ReplaceAll(s, pair[0], pair[1])
			if len(out) > r.settings.Output {
				return nil, true, ErrLimit
			}
			return out, true, nil
		case "replaceAll":
			return replace(r, s, pair, true)
		case "replaceFirst":
			return replace(r, s, pair, false)
		}
		return nil, false, nil
	}
	if name == "join" {
		return join(r, args)
	}
	second, ok := args.int(1)
	if !ok {
		return nil, false, nil
	}
	if first, ok := args.int(0); ok {
		if name != "substring" && name != "subSequence" {
			return nil, false, nil
		}
		sub, ok := substring(s, first, second)
		if !ok {
			return nil, true, fmt.Errorf("vtl: begin %d, end %d, length %d", first, second, utf16Len(s))
		}
		return sub, true, nil
	}
	arg, ok := args.string(0)
	if !ok {
		return nil, false, nil
	}
	if name == "split" {
		return split(r, s, arg, second)
	}
	result, ok := stringFrom(s, name, arg, second)
	return result, ok, nil
}

// stringFrom does the methods of a string and a number.
func stringFrom(s, name, arg string, i int) (java.Value, bool) {
	n := utf16Len(s)
	switch name {
	case "startsWith":
		rest, ok := substring(s, i, n)
		return ok && strings.HasPrefix(rest, arg), true
	case "indexOf":
		start := min(max(i, 0), n)
		rest, _ := substring(s, start, n)
		at := strings.Index(rest, arg)
		if at < 0 {
			return int32(-1), true
		}
		return java.Narrow(int64(start + utf16Len(rest[:at]))), true
	case "lastIndexOf":
		if i < 0 {
			return int32(-1), true
		}
		rest, _ := substring(s, 0, min(i+utf16Len(arg), n))
		return index(s, strings.LastIndex(rest, arg)), true
	}
	return nil, false
}

// join is String.join of a list.
func join(r *run, args arguments) (java.Value, bool, error) {
	separator, ok := args.string(0)
	l, isList := args[1].(*java.List)
	if !ok || !isList {
		return nil, false, nil
	}
	var b strings.Builder
	for i, item := range l.Items {
		if i > 0 {
			b.WriteString(separator)
		}
		text, _, err := r.text(item)
		if err != nil || b.Len() > r.settings.Output {
			return nil, true, ErrLimit
		}
		b.WriteString(text)
	}
	return b.String(), true, nil
}

// compareStrings is String.compareTo: the difference of the first characters that differ, or of the lengths.
func compareStrings(a, b string) int32 {
	x, y := utf16Of(a), utf16Of(b)
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return int32(x[i]) - int32(y[i])
		}
	}
	return int32(len(x) - len(y)) //nolint:gosec // strings are not that long
}
