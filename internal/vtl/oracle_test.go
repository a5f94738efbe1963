package vtl

import (
	_ "embed"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dipylon/dipylon/internal/java"
	"github.com/dipylon/dipylon/internal/java/javatest"
)

func startOracle(t *testing.T) *javatest.Oracle {
	t.Helper()
	return javatest.Start(t, "testdata/Templates.java", "velocity", "commons-collections3", "commons-lang", "json-smart", "accessors-smart", "asm")
}

// velocity is what Velocity does by itself.
var velocity = Settings{Output: 1 << 20, Steps: 1_000_000, Loops: 1_000_000}

// members are variables from a JSON object.
type members struct{ *java.Map }

func (m members) Variable(name string) java.Value { return m.Get(name) }

// answer is what the oracle says: "=" with the output, or "!" for an error of any kind.
func answer(t *testing.T, variables, template string) string {
	t.Helper()
	root, err := java.Parse(variables)
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := Compile(template)
	if err != nil {
		return "!" + err.Error()
	}
	out, err := tmpl.Append(nil, members{root.(*java.Map)}, velocity)
	if err != nil {
		return "!" + err.Error()
	}
	return "=" + string(out)
}

func compareWith(t *testing.T, o *javatest.Oracle, template string) {
	t.Helper()
	if _, _, same := ask(t, o, template); same {
		return
	}
	template = shrink(t, o, template)
	got, want, _ := ask(t, o, template)
	t.Errorf("%q:\n got %q\nwant %q", template, got, want)
}

func ask(t *testing.T, o *javatest.Oracle, template string) (got, want string, same bool) {
	t.Helper()
	got, want = answer(t, variables, template), o.Ask(variables, template)
	return got, want, got == want || got[0] == '!' && want[0] == '!'
}

// shrink takes out of a template what does not matter to the difference.
func shrink(t *testing.T, o *javatest.Oracle, template string) string {
	t.Helper()
	for size := len(template) / 2; size > 0; size /= 2 {
		for i := 0; i+size <= len(template); {
			shorter := template[:i] + template[i+size:]
			if _, _, same := ask(t, o, shorter); same || !utf8.ValidString(shorter) {
				i++
				continue
			}
			template = shorter
		}
	}
	return template
}

// variables are those of the corpus.
const variables = `{"s":"text","e":"","n":3,"big":12345678901,"d":1.5,"t":true,"f":false,"l":[1,"b",null,{"k":"v"}],"m":{"a":1,"b":{"c":"deep","d":[1,2]},"x-y":2,"empty":""},
"items":[{"id":1,"name":"one"},{"id":2,"name":"two"}],"nul":null,"p":"a,b;c","u":"äöü😀x"}`

// TestOracle holds the corpus to Velocity.
func TestOracle(t *testing.T) {
	o := startOracle(t)
	for _, template := range corpus(t) {
		compareWith(t, o, template)
	}
}

//go:embed testdata/corpus.txt
var corpusText string

func corpus(t testing.TB) []string {
	t.Helper()
	return strings.Split(strings.TrimSuffix(corpusText, "\n"), "\n----\n")
}
