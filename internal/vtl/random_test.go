package vtl

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestMacrosAtRandom does so with macros, for each of which Velocity starts anew.
func TestMacrosAtRandom(t *testing.T) {
	o := startOracle(t)
	g := generator{rand.New(rand.NewPCG(3, 4))}
	for range 300 {
		if compareWith(t, o, g.macros()); t.Failed() {
			return
		}
	}
}

// TestEscapeJavaScript holds $util.escapeJavaScript to commons-lang's, which AWS's prints like.
func TestEscapeJavaScript(t *testing.T) {
	o := startOracle(t)
	for _, s := range []string{`it's "a/b"\`, "\b\f\n\r\t\x00\x1f\u0080", "é€😀\u2028</script>", ""} {
		body, err := json.Marshal(map[string]string{"x": s})
		if err != nil {
			t.Fatal(err)
		}
		want := o.Ask(string(body), "$escape.escapeJavaScript($x)")
		if got := "=" + escapeJavaScript(s); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}

// TestOracleAtRandom compares random templates with Velocity: well-formed ones, and tokens in any order.
func TestOracleAtRandom(t *testing.T) {
	o := startOracle(t)
	g := generator{rand.New(rand.NewPCG(1, 2))}
	for range 3000 {
		compareWith(t, o, g.block(3))
		compareWith(t, o, g.soup())
		if t.Failed() {
			return
		}
	}
}

type generator struct{ *rand.Rand }

func (g generator) pick(of ...string) string { return of[g.IntN(len(of))] }

// block is a template.
func (g generator) block(depth int) string {
	var b strings.Builder
	for range 1 + g.IntN(5) {
		b.WriteString(g.statement(depth))
	}
	return b.String()
}

func (g generator) statement(depth int) string {
	kind := g.IntN(12)
	if depth == 0 {
		kind = g.IntN(7)
	}
	switch kind {
	case 0, 1:
		return g.pick("text", " ", "\n", "  \n", "\t", "{\"a\": ", "}", ", ", "\\", "\\\\", "#", "$ ", "a.b", "é", "\r\n", "[", "(", ")", "-", "!")
	case 2, 3, 4:
		return g.slashes() + g.reference(depth)
	case 5:
		return g.pick("", " ", "  ") + "#set(" + g.pick("", " ") + "$" + g.name() + g.pick("", " ") + "= " + g.expression(depth) + ")" + g.pick("", "\n", " ", "  \n")
	case 6:
		return g.pick("## comment\n", "#* comment *#", "#[[ $s #if ]]#", "#** doc *#", "#unknown", "#unknown($s)", "#stop", "#break", "##\n", "\\#if", "\\#set", "\\#x")
	case 7, 8, 9:
		s := "#if(" + g.pick("", " ") + g.expression(depth-1) + ")" + g.eol() + g.block(depth-1)
		if g.IntN(3) == 0 {
			s += "#elseif(" + g.expression(depth-1) + ")" + g.eol() + g.block(depth-1)
		}
		if g.IntN(2) == 0 {
			s += g.pick("#else\n", "#{else}", "#else ") + g.block(depth-1)
		}
		return s + g.end()
	case 10:
		return "#foreach($" + g.name() + " in " + g.pick("$l", "$items", "$m", "[1..3]", "[1, 'a', $s]", "$none", "$s") + ")" + g.eol() + g.block(depth-1) + g.end()
	default:
		return g.pick("#define($b)", "#foreach($i in [1..2])") + g.eol() + g.block(depth-1) + g.end() + g.pick("", "$b")
	}
}

func (g generator) eol() string { return g.pick("", "\n", " ", " \n") }

func (g generator) end() string { return g.pick("#end", "#{end}", "#end\n", "#end ", "#end  \n") }

func (g generator) slashes() string { return g.pick("", "", "", "", "\\", "\\\\", "\\\\\\", "$", "#") }

func (g generator) name() string {
	return g.pick("s", "n", "x", "y", "none", "l", "m", "i", "t", "f", "d", "items", "e", "nul", "b")
}

func (g generator) reference(depth int) string {
	inner := g.name()
	for range g.IntN(3) {
		inner += g.part(depth)
	}
	switch g.IntN(5) {
	case 0:
		return "${" + inner + "}"
	case 1:
		return "$!" + inner
	case 2:
		return "$!{" + inner + "}"
	}
	return "$" + inner
}

func (g generator) part(depth int) string {
	switch g.IntN(5) {
	case 0:
		return "." + g.pick("a", "b", "c", "id", "name", "x-y", "empty", "size", "length")
	case 1:
		return "[" + g.pick("0", "1", "-1", "'a'", "\"b\"", "$n", " 0 ") + "]"
	case 2:
		return "." + g.pick("size()", "isEmpty()", "length()", "toString()", "get(0)", "get('a')", "keySet()", "values()", "trim()", "intValue()", "none()")
	case 3:
		if depth > 0 {
			return "." + g.pick("equals", "contains", "get", "concat", "indexOf", "add", "containsKey") + "(" + g.operand(depth-1) + ")"
		}
	}
	return "." + g.pick("substring(1)", "substring(0, 2)", "replace('e', 'E')", "toUpperCase()", "startsWith(\"t\")", "indexOf('x')", "compareTo('b')")
}

func (g generator) operand(depth int) string {
	switch g.IntN(9) {
	case 0:
		return g.pick("1", "2", "0", "-1", "3", "2147483647", "12345678901")
	case 1:
		return g.pick("1.5", "0.5", ".5", "1e3", "2.0")
	case 2:
		return g.pick("'text'", "'a'", "''", "'it''s'", "'$s'")
	case 3:
		return g.pick("\"$s\"", "\"a$n\"", "\"${s}x\"", "\"\"", "\"#if($t)y#end\"", "\"$none\"", "\"a\"\"b\"")
	case 4:
		return g.pick("true", "false")
	case 5:
		if depth > 0 {
			return g.pick("[1, 2]", "[]", "{}", "{'a' : 1}", "[1..3]", "[$s, [1]]", "{\"k\": $s, 'l' : [$n]}")
		}
	}
	return g.reference(max(depth, 0))
}

func (g generator) expression(depth int) string {
	if depth <= 0 || g.IntN(3) == 0 {
		return g.operand(depth)
	}
	switch g.IntN(6) {
	case 0:
		return "(" + g.expression(depth-1) + ")"
	case 1:
		return g.pick("!", "not ") + g.expression(depth-1)
	}
	return g.expression(depth-1) + " " + g.pick("==", "!=", "<", "<=", ">", ">=", "&&", "||", "+", "-", "*", "/", "%", "eq", "ne", "lt", "gt", "and", "or") + " " + g.expression(depth-1)
}

// macros is a template with macros and calls of them.
func (g generator) macros() string {
	var b strings.Builder
	for _, name := range []string{"one", "two"} {
		b.WriteString("#macro(" + name + g.pick(" $a", " $a $b", " $s", "") + ")" + g.eol() + g.block(2) + g.pick("", "$a", "${b}", "$!a", "$bodyContent", "#set($a = 1)$a", "#one($b)") + g.end())
	}
	for range 1 + g.IntN(3) {
		call := "#" + g.pick("one", "two", "three", "@one", "@two")
		args := g.pick("", "$s", "$none", "\"$n\"", "1", "[1, 2]", "$m.a", "$none.x", "'a'", "{}", "true")
		if g.IntN(2) == 0 {
			args += g.pick(" ", ", ") + g.operand(1)
		}
		b.WriteString(call + "(" + args + ")" + g.eol())
		if call[1] == '@' {
			b.WriteString(g.block(1) + g.end())
		}
	}
	return b.String()
}

// soup is tokens in any order. Most are errors to both; the others are where lexers differ.
func (g generator) soup() string {
	var b strings.Builder
	for range 1 + g.IntN(9) {
		b.WriteString(g.pick("$", "$s", "${", "$!", "$!{", "s", "m", ".", ".a", ".b", "(", ")", "[", "]", "{", "}", "#", "##", "#*", "*#", "#[[", "]]#", "#if($t)", "#end", "#else",
			"#{else}", "#set($x = 1)", "#set(", "$x", "=", "1", "1.5", "-", "\"", "'", "\\", "\\\\", "!", "\n", " ", ",", "..", ":", "true", "#foreach($i in $l)", "$i", "#m", "#@m", "é"))
	}
	return b.String()
}
