package draft4

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// pattern is a regular expression of ECMAScript as RE2 carries it out, which takes time in proportion to the text. What RE2
// lacks is tested one after the other where that comes to the same: lookaheads at the beginning of what begins with ^. An
// expression that cannot be carried out is broken.
type pattern struct {
	tests  []test
	cost   int // for each byte of a text
	broken error
}

type test struct {
	*regexp.Regexp
	not bool
}

const (
	maxPattern      = 10_000 // bytes
	maxInstructions = 4_000
)

// compilePattern returns an error for what is not even an expression of ECMAScript, as far as that can be told.
func compilePattern(text string) (*pattern, error) {
	p := &pattern{}
	if len(text) > maxPattern {
		p.broken = fmt.Errorf("%.100q is too long", text)
		return p, nil
	}
	if !groupsAreECMA(text) {
		return nil, fmt.Errorf("%q is no expression of ECMAScript", text)
	}
	translated := translate(text)
	rest, anchored := strings.CutPrefix(translated, "^")
	for anchored && !strings.Contains(topLevel(rest), "|") {
		not := strings.HasPrefix(rest, "(?!")
		if !not && !strings.HasPrefix(rest, "(?=") {
			break
		}
		end := closing(rest)
		if end < 0 {
			break
		}
		if err := p.add("^(?:"+rest[len("(?="):end]+")", not); err != nil {
			return nil, err
		}
		rest = rest[end+1:]
	}
	if len(p.tests) > 0 {
		translated = "^" + rest
	}
	return p, p.add(translated, false)
}

// groupsAreECMA reports whether all groups with a question mark are those of 1999, which is the library's ECMAScript.
func groupsAreECMA(text string) bool {
	ok := true
	walk(text, func(i int, c byte) bool {
		if c == '(' && strings.HasPrefix(text[i:], "(?") {
			ok = i+2 < len(text) && strings.IndexByte(":=!", text[i+2]) >= 0
		}
		return ok
	})
	return ok
}

// add compiles a test. What RE2 lacks breaks the pattern; what is wrong in ECMAScript too is an error.
func (p *pattern) add(text string, not bool) error {
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		var wrong *syntax.Error
		if errors.As(err, &wrong) && lacking(wrong.Code) {
			p.broken = fmt.Errorf("%.100q is no pattern of RE2: %w", text, err)
			return nil
		}
		return err
	}
	program, err := syntax.Compile(tree.Simplify())
	if err == nil && len(program.Inst) > maxInstructions {
		err = errors.New("it is too complex")
	}
	compiled, err2 := regexp.Compile(text)
	if err = errors.Join(err, err2); err != nil {
		p.broken = fmt.Errorf("the pattern %.100q: %w", text, err)
		return nil
	}
	p.tests = append(p.tests, test{compiled, not})
	p.cost += len(program.Inst)
	return nil
}

// lacking tells what RE2 lacks from what is wrong.
func lacking(code syntax.ErrorCode) bool {
	return code == syntax.ErrInvalidPerlOp || code == syntax.ErrInvalidEscape || code == syntax.ErrInvalidRepeatSize ||
		code == syntax.ErrLarge || code == syntax.ErrNestingDepth
}

// match reports whether a pattern is found in a text.
func (v *validator) match(p *pattern, s string) bool {
	if p.broken != nil && v.err == nil {
		v.err = p.broken
	}
	const bytesOfOne = 32 // instructions times bytes that cost as much as a visit
	if v.charge(1 + p.cost*len(s)/bytesOfOne); v.err != nil {
		return false
	}
	for i := range p.tests {
		if p.tests[i].MatchString(s) == p.tests[i].not {
			return false
		}
	}
	return true
}

// translate writes an expression of ECMAScript as RE2 wants it.
func translate(text string) string {
	var b strings.Builder
	inClass := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text):
			i += escape(&b, text[i+1:], inClass)
		case inClass && c == ']':
			inClass = false
			b.WriteByte(c)
		case inClass && c == '[': // RE2 could take it for a named class
			b.WriteString(`\[`)
		case !inClass && strings.HasPrefix(text[i:], "[^]"):
			b.WriteString(`[\x00-\x{10FFFF}]`)
			i += len("[^]") - 1
		case !inClass && strings.HasPrefix(text[i:], "[]"):
			b.WriteString(`[^\x00-\x{10FFFF}]`)
			i++
		case !inClass && c == '[':
			inClass = true
			b.WriteByte(c)
		case !inClass && c == '.':
			b.WriteString(`[^\n\r\x{2028}\x{2029}]`)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// spaces are what \s is in ECMAScript, noSpaces what \S is.
const (
	noSpaces = `\x00-\x08\x0E-\x1F!-\x{9F}\x{A1}-\x{167F}\x{1681}-\x{1FFF}\x{200B}-\x{2027}\x{202A}-\x{202E}` +
		`\x{2030}-\x{205E}\x{2060}-\x{2FFF}\x{3001}-\x{FEFE}\x{FF00}-\x{10FFFF}`
	spaces = `\t\n\v\f\r \x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}`
)

// escape writes what stands behind a backslash, and returns how many bytes that is.
func escape(b *strings.Builder, rest string, inClass bool) int {
	switch c := rest[0]; c {
	case 's':
		if inClass {
			b.WriteString(spaces)
		} else {
			b.WriteString("[" + spaces + "]")
		}
		return 1
	case 'S':
		if inClass {
			b.WriteString(noSpaces)
		} else {
			b.WriteString("[" + noSpaces + "]")
		}
		return 1
	case 'c':
		const controls = 32
		if len(rest) > 1 && isAlnum(rune(rest[1])) && rest[1] > '9' {
			fmt.Fprintf(b, `\x%02x`, rest[1]%controls)
			return 2
		}
	case 'u':
		const digits = 4
		if len(rest) > digits && isHex(rest[1:1+digits]) {
			b.WriteString(`\x{` + rest[1:1+digits] + `}`)
			return 1 + digits
		}
		b.WriteByte(c)
		return 1
	case 'b':
		if inClass {
			b.WriteString(`\x08`)
			return 1
		}
	case 'p', 'P', 'A', 'z', 'G', 'Q', 'E', 'C', 'a', '<', '>', 'i', 'm', 'y', 'e', 'g', 'h', 'j', 'k', 'l', 'o', 'q': // nothing of its own
		b.WriteString(regexp.QuoteMeta(string(c)))
		return 1
	}
	if r, size := utf8.DecodeRuneInString(rest); size > 1 {
		b.WriteRune(r)
		return size
	}
	b.WriteString(`\` + rest[:1])
	return 1
}

func isHex(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'f') && (r < 'A' || r > 'F')
	}) < 0
}

// closing returns where the group ends that a text begins with, -1 if it does not.
func closing(text string) int {
	end, depth := -1, 0
	walk(text, func(i int, c byte) bool {
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				end = i
			}
		}
		return end < 0
	})
	return end
}

// topLevel is what of an expression stands in no group.
func topLevel(text string) string {
	var b strings.Builder
	depth := 0
	walk(text, func(_ int, c byte) bool {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		default:
			if depth == 0 {
				b.WriteByte(c)
			}
		}
		return true
	})
	return b.String()
}

// walk visits what stands in no class and is not escaped.
func walk(text string, visit func(i int, c byte) bool) {
	inClass := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case inClass:
			inClass = c != ']'
		case c == '[':
			inClass = true
		default:
			if !visit(i, c) {
				return
			}
		}
	}
}
