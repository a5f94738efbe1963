package jsonpath

import (
	"cmp"
	"errors"
	"testing"

	"github.com/dipylon/dipylon/internal/java"
)

// store is the example that everybody writes paths for (https://goessner.net/articles/JsonPath/).
const store = `{"store":{"book":[
{"category":"reference","author":"Nigel Rees","title":"Sayings of the Century","price":8.95},
{"category":"fiction","author":"Evelyn Waugh","title":"Sword of Honour","price":12.99},
{"category":"fiction","author":"Herman Melville","title":"Moby Dick","isbn":"0-553-21311-3","price":8.99},
{"category":"fiction","author":"J. R. R. Tolkien","title":"The Lord of the Rings","isbn":"0-395-19395-8","price":22.99}],
"bicycle":{"color":"red","price":19.95}},"expensive":10}`

type corpusCase struct {
	doc, path string
	want      string // as in oracle_test.go
	newer     bool   // than the oracle
}

func (tc *corpusCase) document() string { return cmp.Or(tc.doc, store) }

// corpus holds paths with what they read.
var corpus = []corpusCase{
	{path: "$.expensive", want: "=10"},
	{path: "expensive", want: "=10"},
	{path: "$.store.bicycle", want: "={color=red, price=19.95}"},
	{path: "$['store']['bicycle']['color']", want: "=red"},
	{path: "$.store.bicycle['color','price']", want: "={color=red, price=19.95}"},
	{path: "$.store.bicycle['color','none']", want: "={color=red}"},
	{path: "$.store.book[0].title", want: "=Sayings of the Century"},
	{path: "$.store.book[-1].title", want: "=The Lord of the Rings", newer: true},
	{path: "$.store.book[*].price", want: "=[8.95,12.99,8.99,22.99]"},
	{path: "$.store.book[0,2].price", want: "=[8.95,8.99]"},
	{path: "$.store.book[1:3].price", want: "=[12.99,8.99]"},
	{path: "$.store.book[2:].price", want: "=[8.99,22.99]"},
	{path: "$.store.book[:2].price", want: "=[8.95,12.99]"},
	{path: "$.store.book[-2:].price", want: "=[8.99,22.99]"},
	{path: "$.store.book[:-3].price", want: "=[8.95]"},
	{path: "$..author", want: `=["Nigel Rees","Evelyn Waugh","Herman Melville","J. R. R. Tolkien"]`},
	{path: "$..price", want: "=[8.95,12.99,8.99,22.99,19.95]"},
	{path: "$..none", want: "=[]"},
	{path: "$.store.*.color", want: `=["red"]`},
	{path: "$..book[2].title", want: `=["Moby Dick"]`},
	{path: "$..book[?(@.isbn)].title", want: `=["Moby Dick","The Lord of the Rings"]`},
	{path: "$.store.book[?(@.price < 10)].price", want: "=[8.95,8.99]"},
	{path: "$.store.book[?(@.price <= $.expensive)].price", want: "=[8.95,8.99]"},
	{path: "$.store.book[?(@.category == 'fiction' && @.price < 10)].price", want: "=[8.99]"},
	{path: "$.store.book[?(@.author =~ /.*REES/i)].price", want: "=[8.95]"},
	{path: "$.store.book[?(@.price > 1000)]", want: "=[]"},
	{path: "$.none", want: "!"},
	{path: "$.store.none.color", want: "!"},
	{path: "$.store.book[9]", want: "!"},
	{path: "$.expensive.digits", want: "!"},
	{path: "$.expensive[0]", want: "!"},
	{path: "$.", want: "!"},
	{path: "$[", want: "!"},
	{path: "$x", want: "!"},
	{doc: `[{"foo":"bar"}]`, path: "$", want: `=[{"foo":"bar"}]`},                      // aws-behaviour.md, fact 23
	{doc: `{"foo":[{"nested":"bar"}]}`, path: "$", want: `={foo=[{"nested":"bar"}]}`},  // the same
	{doc: `{"bigger":"dict","to":"test"}`, path: "$", want: "={bigger=dict, to=test}"}, // the same
	{doc: `["a/b"]`, path: "$", want: `=["a\/b"]`},
	{doc: `{"a":null}`, path: "$.a", want: "=null"},
	{doc: `{"a b":1,"c":{"'":2}}`, path: "$['a b']", want: "=1"},
	{doc: `[[1,2],[3]]`, path: "$[*][0]", want: "=[1,3]"},
	{doc: `[1,2,3]`, path: "$[1:-1]", want: "=[]"},
	{doc: `{"a":[1,2]}`, path: "$..a[*]", want: "=[1,2]"},
	{doc: `{"a":[{"b":1},{"c":2}]}`, path: "$.a[*].b", want: "=[1]"},

	// Later than the oracle: the filters and functions that https://github.com/json-path/JsonPath#readme describes.
	{path: `$["store"]["bicycle"]["color"]`, want: "=red", newer: true},
	{path: "$..book.length()", want: "=4", newer: true},
	{path: "$.store.book.length()", want: "=4", newer: true},
	{path: "$.length($.store.book)", want: "=4", newer: true},
	{path: "$..price.sum()", want: "=73.87", newer: true},
	{path: "$.sum($..price)", want: "=73.87", newer: true},
	{path: "$..price.min()", want: "=8.95", newer: true},
	{path: "$..price.max()", want: "=22.99", newer: true},
	{doc: "[1,2,3,4]", path: "$.avg()", want: "=2.5", newer: true},
	{doc: "[1,2,3,4]", path: "$.stddev()", want: "=1.118033988749895", newer: true},
	{doc: "[1,2,3,4]", path: "$.sum(10, 1.5)", want: "=21.5", newer: true},
	{doc: "[-1,-2]", path: "$.max()", want: "=4.9E-324", newer: true}, // sic
	{doc: "[]", path: "$.avg()", want: "!", newer: true},
	{doc: "[1,2]", path: "$.append(3, {\"a\":1})", want: `=[1,2,3,{"a":1}]`, newer: true},
	{doc: "[1,2]", path: "$.append(3).length()", want: "=3", newer: true},
	{doc: "[1,2]", path: "$.first()", want: "=1", newer: true},
	{doc: "[1]", path: "$.last()", want: "=1", newer: true},
	{doc: "[1,2,3]", path: "$.index(1)", want: "=2", newer: true},
	{doc: "[1,2,3]", path: "$.index(-1)", want: "=3", newer: true},
	{doc: `{"a":"x","b":["y","z"]}`, path: `$.concat($.a, "-", $.b)`, want: "=x-yz", newer: true},
	{path: "$.store.bicycle.keys()", want: "=[color, price]", newer: true},
	{path: "$.none()", want: "!", newer: true},
	{path: "$.store.book[?(@.category in ['reference'])].price", want: "=[8.95]", newer: true},
	{path: "$.store.book[?(@.category nin ['reference'])].price", want: "=[12.99,8.99,22.99]", newer: true},
	{path: "$.store.book[?(!@.isbn)].price", want: "=[8.95,12.99]", newer: true},
	{path: "$.store.book[?(!(@.price < 10 || @.price > 20))].price", want: "=[12.99]", newer: true},
	{path: "$.store.book[?(@.isbn != 'x')].price", want: "=[8.95,12.99,8.99,22.99]", newer: true}, // what is missing equals nothing
	{doc: `[{"s":["a","b"]},{"s":["c"]},{"s":[]}]`, path: "$[?(@.s subsetof ['a','b','x'])]", want: `=[{"s":["a","b"]},{"s":[]}]`, newer: true},
	{doc: `[{"s":["a","b"]},{"s":["c"]},{"s":[]}]`, path: "$[?(@.s anyof ['a'])]", want: `=[{"s":["a","b"]}]`, newer: true},
	{doc: `[{"s":["a","b"]},{"s":["c"]},{"s":[]}]`, path: "$[?(@.s noneof ['a'])]", want: `=[{"s":["c"]},{"s":[]}]`, newer: true},
	{doc: `[{"s":["a","b"]},{"s":"ab"},{"s":[]}]`, path: "$[?(@.s size 2)]", want: `=[{"s":["a","b"]},{"s":"ab"}]`, newer: true},
	{doc: `[{"s":["a","b"]},{"s":""},{"s":[]}]`, path: "$[?(@.s empty true)]", want: `=[{"s":""},{"s":[]}]`, newer: true},
	{doc: `[{"s":["a","b"]},{"s":"ab"},{"s":[]}]`, path: "$[?(@.s contains 'a')]", want: `=[{"s":["a","b"]},{"s":"ab"}]`, newer: true},
	{doc: `[{"s":["a","b"]},{"s":"ab"},{"s":[]}]`, path: "$[?(@.s =~ /a.*/)]", want: `=[{"s":["a","b"]},{"s":"ab"}]`, newer: true},
	{doc: `[1,2,"2",null,true]`, path: "$[?(@ == 2)]", want: `=[2,"2"]`, newer: true},
	{doc: `[1,2,"2",null,true]`, path: "$[?(@ === 2)]", want: "=[2]", newer: true},
	{doc: `[1,2,"2",null,true]`, path: "$[?(@ == null)]", want: "=[null]", newer: true},
	{doc: `[1,2,"2",null,true]`, path: "$[?(@ == true)]", want: "=[true]", newer: true},
	{doc: `[{"a":[{"b":1}]},{"a":[{"b":2}]}]`, path: "$[?(@.a[?(@.b == 2)] empty false)].a[0].b", want: "=[2]", newer: true},
	{doc: `[{"a":{"b":1}}]`, path: `$[?(@.a == {"b":1})]`, want: `=[{"a":{"b":1}}]`, newer: true},
	{doc: `[1]`, path: "$[?(@ =~ /(?=x)/)]", want: "!", newer: true}, // not in RE2
	{doc: `[{"a":[1]},{"a":[1,2]}]`, path: "$[?(@.a.length() > 1)]", want: `=[{"a":[1,2]}]`, newer: true},
}

func TestCorpus(t *testing.T) {
	for _, tc := range corpus {
		if got := answer(t, tc.document(), tc.path); got != tc.want {
			t.Errorf("%s of %s: got %s, want %s", tc.path, tc.doc, got, tc.want)
		}
	}
}

func TestCostIsBounded(t *testing.T) {
	items := make([]java.Value, 3000)
	for i := range items {
		items[i] = java.NewArray(int32(1))
	}
	p, err := Compile("$[?($[?(@ =~ /x/)] empty true)]")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Read(java.NewArray(items...)); !errors.Is(err, ErrCostly) {
		t.Errorf("got %v", err)
	}
}

func FuzzPath(f *testing.F) {
	for _, tc := range corpus {
		f.Add(tc.path, tc.document())
	}
	f.Fuzz(func(t *testing.T, path, doc string) {
		p, err := Compile(path)
		if err != nil {
			return
		}
		root, err := java.Parse(doc)
		if err != nil {
			return
		}
		v, err := p.Read(root)
		if again, err2 := p.Read(root); (err == nil) != (err2 == nil) || !java.Equal(v, again) {
			t.Fatalf("%s reads %s, then %s", path, java.String(v), java.String(again))
		}
	})
}

func BenchmarkRead(b *testing.B) {
	root, err := java.Parse(store)
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range []string{"$.store.book[0].title", "$..price", "$.store.book[?(@.price < 10)].title"} {
		p, err := Compile(path)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Read(root); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
