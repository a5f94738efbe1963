package vtl

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/dipylon/dipylon/internal/java"
)

// maxPattern is how long a regular expression may be.
const maxPattern = 1000

// compilePattern compiles a regular expression for a text: the time to run it is that of both lengths.
func compilePattern(r *run, pattern string, text string) (*regexp.Regexp, error) {
	if len(pattern) > maxPattern {
		return nil, fmt.Errorf("vtl: a regular expression of more than %d bytes", maxPattern)
	}
	const compiling = 100 // steps, for each 16 bytes
	if err := r.budget.Spend(compiling*(1+len(pattern)/16) + cost(len(text))*(1+len(pattern)/4)); err != nil {
		return nil, err
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("vtl: %w", err)
	}
	return re, nil
}

func matches(r *run, s, pattern string) (java.Value, bool, error) {
	re, err := compilePattern(r, `\A(?:`+pattern+`)\z`, s)
	if err != nil {
		return nil, true, err
	}
	return re.MatchString(s), true, nil
}

func replace(r *run, s string, pair [2]string, all bool) (java.Value, bool, error) {
	re, err := compilePattern(r, pair[0], s)
	if err != nil {
		return nil, true, err
	}
	count := -1
	if !all {
		count = 1
	}
	var out []byte
	last := 0
	for _, m := range re.FindAllStringSubmatchIndex(s, count) {
		out = append(out, s[last:m[0]]...)
		if out, err = appendReplacement(out, pair[1], s, m); err != nil {
			return nil, true, err
		}
		last = m[1]
		if len(out) > r.settings.Output {
			return nil, true, ErrLimit
		}
	}
	return string(append(out, s[last:]...)), true, nil
}

// appendReplacement appends a replacement: $1 is a group, and a backslash lets the next character be.
func appendReplacement(out []byte, replacement, s string, m []int) ([]byte, error) {
	groups := len(m)/2 - 1
	for i := 0; i < len(replacement); i++ {
		switch c := replacement[i]; c {
		case '\\':
			if i++; i == len(replacement) {
				return nil, fmt.Errorf("vtl: a character is missing behind \\")
			}
			out = append(out, replacement[i])
		case '$':
			if i++; i == len(replacement) || !isDigit(replacement[i]) || int(replacement[i]-'0') > groups {
				return nil, fmt.Errorf("vtl: no such group in %q", replacement)
			}
			group := int(replacement[i] - '0')
			for i+1 < len(replacement) && isDigit(replacement[i+1]) && 10*group+int(replacement[i+1]-'0') <= groups {
				i++
				group = 10*group + int(replacement[i]-'0')
			}
			if m[2*group] >= 0 {
				out = append(out, s[m[2*group]:m[2*group+1]]...)
			}
		default:
			out = append(out, c)
		}
	}
	return out, nil
}

// split is String.split: without a limit, empty strings at the end are dropped; what matches nothing at the beginning
// splits nothing off.
func split(r *run, s, pattern string, limit int) (java.Value, bool, error) {
	re, err := compilePattern(r, pattern, s)
	if err != nil {
		return nil, true, err
	}
	l := java.NewList()
	last := 0
	for _, m := range re.FindAllStringIndex(s, -1) {
		if m[1] == 0 || m[0] == m[1] && m[0] == len(s) || limit > 0 && len(l.Items) == limit-1 {
			continue
		}
		l.Items = append(l.Items, s[last:m[0]])
		last = m[1]
	}
	l.Items = append(l.Items, s[last:])
	if limit == 0 && last > 0 {
		for len(l.Items) > 0 && l.Items[len(l.Items)-1] == "" {
			l.Items = l.Items[:len(l.Items)-1]
		}
	}
	return l, true, r.budget.Spend(4 * len(l.Items))
}

// format is String.format, for the conversions of strings, integers and fractions.
func format(args arguments) (java.Value, bool, error) {
	pattern, ok := args.string(0)
	if !ok {
		return nil, false, nil
	}
	rest := args[1:]
	var b strings.Builder
	for pattern != "" {
		before, after, found := strings.Cut(pattern, "%")
		b.WriteString(before)
		if !found {
			break
		}
		n := lenOf(after, "-+ 0,(#.123456789")
		if n == len(after) || n > 8 {
			return nil, true, fmt.Errorf("vtl: a format without conversion")
		}
		conversion := after[n]
		switch conversion {
		case '%':
			b.WriteByte('%')
		case 'n':
			b.WriteByte('\n')
		default:
			if len(rest) == 0 {
				return nil, true, fmt.Errorf("vtl: format specifier '%%%s'", after[:n+1])
			}
			text, err := formatOne(after[:n], conversion, rest[0])
			if err != nil {
				return nil, true, err
			}
			b.WriteString(text)
			rest = rest[1:]
		}
		pattern = after[n+1:]
	}
	return b.String(), true, nil
}

func formatOne(flags string, conversion byte, v java.Value) (string, error) {
	if lenDigits(strings.TrimLeft(flags, "-+ 0,(#.")) > 4 || strings.ContainsAny(flags, ",(#") {
		return "", fmt.Errorf("vtl: format flags %q", flags)
	}
	switch conversion {
	case 's':
		return fmt.Sprintf("%"+flags+"s", java.String(v)), nil
	case 'S':
		return fmt.Sprintf("%"+flags+"s", strings.ToUpper(java.String(v))), nil
	case 'b':
		return fmt.Sprintf("%"+flags+"v", v != nil && v != false), nil
	case 'd', 'x', 'X', 'o':
		if v == nil {
			return "null", nil
		}
		if isWhole(v) {
			return fmt.Sprintf("%"+flags+string(conversion), bigValue(v)), nil
		}
	case 'f', 'e':
		if v == nil {
			return "null", nil
		}
		if java.IsNumber(v) && !isWhole(v) {
			return fmt.Sprintf("%"+flags+string(conversion), floatValue(v)), nil
		}
	case 'c':
		if s, ok := v.(string); ok {
			return fmt.Sprintf("%"+flags+"s", s), nil
		}
	}
	return "", fmt.Errorf("vtl: %%%c of %s", conversion, java.String(v))
}
