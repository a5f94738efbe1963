package vtl

import (
	"errors"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/java"
)

// body is what mapping templates are tried on: about 1 KB.
var body = `{"id":42,"name":"a name","tags":["x","y/z"],"nested":{"list":[{"k":"v"},{"k":2.5}]},"empty":"","none":null,"text":"` + strings.Repeat("lorem ipsum ", 75) + `"}`

func execute(t testing.TB, template string, tools *Tools) (string, error) {
	t.Helper()
	tmpl, err := Compile(template)
	if err != nil {
		return "", err
	}
	out, err := tmpl.Append(nil, tools, AWS())
	return string(out), err
}

func tools(body string) *Tools {
	context, _ := java.Parse(`{"requestId":"r1","identity":{"sourceIp":"1.2.3.4"},"requestOverride":{"header":{},"querystring":{},"path":{}}}`)
	stage, _ := java.Parse(`{"env":"dev"}`)
	return &Tools{
		Input: &Input{
			Body: body, Path: []Param{{"id", "7"}}, Query: []Param{{"q", "1"}, {"q", "2"}, {"id", "not this"}}, Header: []Param{{"X-Head", "h"}},
			Paths: new(Paths),
		},
		Context: context, StageVariables: stage,
	}
}

func TestTools(t *testing.T) {
	for _, tc := range []struct{ body, template, want string }{
		// aws-behaviour.md, fact 23
		{`{"foo":"bar"}`, `$input.path("$")`, "{foo=bar}"},
		{`[{"foo":"bar"}]`, `$input.path("$")`, `[{"foo":"bar"}]`},
		{`{"foo":[{"nested":"bar"}]}`, `$input.path("$")`, `{foo=[{"nested":"bar"}]}`},
		{`[[{"foo":"bar"}]]`, `#set($r = $input.path("$"))$r[0]`, `[{"foo":"bar"}]`},
		{`{"l":[{"foo":"bar"}]}`, `$input.path("$").toString()`, `{l=[{"foo":"bar"}]}`},
		// fact 24
		{"", `#set($r = $input.path("$.no")){"body": $r, "nested": $r.nested, "isNull": #if( $r == $null )"true"#else"false"#end, "isEmptyString": #if( $r == "" )"true"#else"false"#end}`,
			`{"body": , "nested": , "isNull": "true", "isEmptyString": "true"}`},
		{`{"l":[]}`, `#set($r = $input.path("$.l"))$r|$r.nested|#if($r == $null)a#end#if($r == "")b#end`, "[]||"},
		// fact 25
		{"", "$input.body|$input.body.x|$util.urlEncode($input.body)", "{}||%7B%7D"},
		{`{"some": "value"}`, "$util.urlEncode($input.body)", "%7B%22some%22%3A+%22value%22%7D"},
		{"some raw data", "$input.body|$input.json('$')", `some raw data|"some raw data"`},
		// fact 27
		{"", `#set($n = "k")#set($context.requestOverride.querystring[$n] = "v")$context.requestOverride.querystring`, "{k=v}"},
		{"", `#set($x = $context.requestOverride.header.put("a", "b"))$context["requestOverride"].header`, "{a=b}"},
		// fact 28
		{"", "$context.requestId $context.identity.sourceIp $context.none $stageVariables.env", "r1 1.2.3.4  dev"},
		{body, "$input.json('$.nested') $input.json('$.name') $input.json('$.none') $input.json('$.tags')", `{"list":[{"k":"v"},{"k":2.5}]} "a name" "" ["x","y/z"]`},
		{"", "$input.params('id') $input.params('q') $input.params('x-head') $input.params('no')|$input.params()", "7 2 h |{path={id=7}, querystring={q=2, id=not this}, header={X-Head=h}}"},
		{"", "#foreach($t in $input.params().keySet())$t,#end", "path,querystring,header,"},
		{"", `#set($s = "it's é/")$util.escapeJavaScript($s)`, `it\'s \u00E9\/`},
		{"", `$util.parseJson('{"a":[1]}').a[0] $util.urlDecode("a%20b+c") $util.base64Encode("hi") $util.base64Decode("aGk=")`, "1 a b c aGk= hi"},
		{"", "$undefined|$input.none()|$util.none('x')", "||"},
	} {
		if got, err := execute(t, tc.template, tools(tc.body)); err != nil || got != tc.want {
			t.Errorf("%s: got %q, %v, want %q", tc.template, got, err, tc.want)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, template := range []string{
		"#include('/etc/passwd')", "#parse('x')", "#if($x)", "#end", "#foreach($x in", "$", "#set($x = )", strings.Repeat("#if(1)", 1000),
		strings.Repeat("x", MaxTemplate+1), "$util.parseJson('{')", "$util.urlDecode('%zz')", "$util.base64Decode('!')",
		"#set($l = [1])$l[3]", "$input.path('$[')", `#set($s = "x")$s.matches("(?=x)")`,
	} {
		if got, err := execute(t, template, tools("{}")); err == nil {
			t.Errorf("%.40q: got %q", template, got)
		}
	}
}

// TestHostile: whatever loops or grows without end is stopped.
func TestHostile(t *testing.T) {
	for _, template := range []string{
		`#set($s = "xxxxxxxxxxxxxxxx")#foreach($i in [1..1000])#set($s = $s + $s)#end`,
		`#set($s = "xxxxxxxxxxxxxxxx")#foreach($i in [1..1000])#set($s = "$s$s")#end`,
		`#foreach($i in [1..1000])#foreach($j in [1..1000])#foreach($k in [1..1000])x#end#end#end`,
		`#foreach($i in [1..1000])#foreach($j in [1..1000])#foreach($k in [1..1000])#set($x = 1)#end#end#end`,
		`#set($l = [1])#foreach($i in [1..1000])#set($ok = $l.addAll($l))#end`,
		`#set($l = [])#foreach($i in [1..100])#set($l = [$l, $l])#end$l`,
		`#set($l = [])#foreach($i in [1..100])#set($l = [$l, $l])#end#if($l == [$l])x#end$l.equals($l)$l.hashCode()$l`,
		`#set($n = 10)#foreach($i in [1..1000])#set($n = $n * $n)#end`,
		`#set($d = 1.5)#set($n = 12345678901234567890)#foreach($i in [1..1000])#set($n = $n * $d)#set($n = $n * $n)#end`,
		`#set($l = [])#set($ok = $l.add($l))$l.hashCode()`,
		`#macro(f)#f()#end#f()`,
		`#macro(f $a)#f("$a$a$a$a")#end#f("x")`,
		`#set($e = '#evaluate($e)')#evaluate($e)`,
		`#set($x = [1..2000000000])`,
		`#set($s = "x")$s.repeat(2000000000)`,
		`#foreach($i in [1..1000])#foreach($j in [1..1000])$input.json('$')#end#end`,
		`#foreach($i in [1..1000])#foreach($j in [1..1000])#set($x = $input.path('$..*'))#end#end`,
		`#set($s = $input.body)#foreach($i in [1..1000])#foreach($j in [1..1000])#set($x = $s.replaceAll("(a|b|[^x])*y", "z"))#end#end`,
	} {
		if got, err := execute(t, template, tools(body)); !errors.Is(err, ErrLimit) {
			t.Errorf("%s: got %d bytes, %v", template, len(got), err)
		}
	}
}

func TestLoopsEnd(t *testing.T) {
	got, err := execute(t, "#foreach($i in [1..5000])x#end", tools(""))
	if err != nil || len(got) != 1000 {
		t.Errorf("got %d rounds, %v", len(got), err)
	}
}

func TestUses(t *testing.T) {
	for template, want := range map[string]bool{
		"$context.x": true, "$x": false, `#set($x = "${context.y}")`: true, "#evaluate($x)": true, "context": false, "$x.y($context)": true,
	} {
		tmpl, err := Compile(template)
		if err != nil || tmpl.Uses("context") != want {
			t.Errorf("%s: %v, %v", template, tmpl.Uses("context"), err)
		}
	}
}

// FuzzTemplate: no template breaks, and none runs on.
func FuzzTemplate(f *testing.F) {
	for _, template := range corpus(f) {
		f.Add(template, `{"a":[1,"x"],"s":"text"}`)
	}
	f.Fuzz(func(t *testing.T, template, body string) {
		tmpl, err := Compile(template)
		if err != nil {
			return
		}
		x := tools(body)
		for _, settings := range []Settings{{Output: 1 << 16, Steps: 20_000, Loops: 100}, {Empty: true, Output: 1 << 16, Steps: 20_000, Loops: 100}} {
			if out, err := tmpl.Append(nil, x, settings); err == nil && len(out) > settings.Output {
				t.Fatalf("%d bytes", len(out))
			}
		}
	})
}

const benchTemplate = `#set($inputRoot = $input.path('$'))
{
  "requestId": "$context.requestId",
  "stage": "$stageVariables.env",
  "id": $inputRoot.id,
  "name": "$util.escapeJavaScript($inputRoot.name)",
  "tags": [#foreach($tag in $inputRoot.tags)"$tag"#if($foreach.hasNext), #end#end],
  "items": [
#foreach($item in $inputRoot.nested.list)
    {"k": "$item.k", "n": $foreach.count}#if($foreach.hasNext),#end

#end
  ],
#if($inputRoot.empty == "")
  "empty": true,
#else
  "empty": false,
#end
  "params": {
#foreach($name in $input.params().header.keySet())
    "$name": "$util.escapeJavaScript($input.params().header.get($name))"#if($foreach.hasNext),#end

#end
  },
  "raw": $input.json('$.text'),
  "nested": $input.json('$.nested')
}
`

// BenchmarkTemplate executes a template of 1 KB with a body of 1 KB, parsing of the body included.
func BenchmarkTemplate(b *testing.B) {
	tmpl, err := Compile(benchTemplate)
	if err != nil {
		b.Fatal(err)
	}
	x := tools(body)
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		x.Input = &Input{Body: body, Header: x.Input.Header, Paths: x.Input.Paths}
		if out, err = tmpl.Append(out[:0], x, AWS()); err != nil {
			b.Fatal(err)
		}
	}
}
