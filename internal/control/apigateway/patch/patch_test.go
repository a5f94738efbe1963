package patch_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// thing has a field of each kind.
type thing struct {
	name    string
	on      bool
	size    *int
	limit   int64
	rate    float64
	color   string
	arn     string
	doc     string
	tags    map[string]string
	types   []string
	members []string
	rates   map[string]float64
}

func table(refuse patch.Refusal) patch.Table[thing] {
	const all = patch.Add | patch.Remove | patch.Replace
	return patch.Table[thing]{Refuse: refuse, Rows: []patch.Row[thing]{
		patch.Field("/name", all, patch.Text(), func(x *thing) *string { return &x.name }),
		patch.Field("/on", patch.Replace, patch.Flag(), func(x *thing) *bool { return &x.on }),
		patch.Field("/size", patch.Replace, patch.Optional(patch.Integer()), func(x *thing) **int { return &x.size }),
		patch.Field("/limit", patch.Replace, patch.Long(), func(x *thing) *int64 { return &x.limit }),
		patch.Field("/rate", patch.Replace, patch.OrEmpty(patch.Double()), func(x *thing) *float64 { return &x.rate }),
		patch.Field("/color", patch.Replace, patch.Enum("RED", "BLUE"), func(x *thing) *string { return &x.color }),
		patch.Field("/arn", patch.Replace, patch.ARN(), func(x *thing) *string { return &x.arn }),
		patch.Field("/doc", patch.Replace, patch.JSON(), func(x *thing) *string { return &x.doc }),
		patch.Map("/tags/{key}", all, patch.Entry[thing, string]{
			Field: func(x *thing) *map[string]string { return &x.tags }, Kind: patch.Text(), Missing: "no such tag", Null: "null tag",
		}),
		patch.Set("/types/{type}", all, func(x *thing) *[]string { return &x.types }),
		patch.List("/members", patch.Add|patch.Remove, func(x *thing) *[]string { return &x.members }),
		patch.Do("/paths/{path+}/{method}/rate", patch.Replace, "double", func(x *thing, c patch.Change) error {
			rate, err := patch.Double().Parse(c)
			if err == nil {
				x.rates = map[string]float64{c.Raw(0) + "|" + c.Key(0) + "|" + c.Key(1): rate}
			}
			return err
		}),
		patch.Do("/copied", patch.Copy, "string", func(x *thing, c patch.Change) error {
			x.name = c.From
			return nil
		}).Wording("/<copied>", "only copies"),
	}}
}

// op writes "replace /name value" as a patch operation; "replace /name" has no value, "copy /to < /from" is a copy.
func op(line string) gen.PatchOperation {
	fields := strings.SplitN(line, " ", 3)
	p := gen.PatchOperation{Op: new(gen.Op(fields[0]))}
	if len(fields) > 1 && fields[1] != "-" {
		p.Path = &fields[1]
	}
	if len(fields) > 2 {
		if from, ok := strings.CutPrefix(fields[2], "< "); ok {
			p.From = &from
		} else {
			p.Value = &fields[2]
		}
	}
	return p
}

func TestApply(t *testing.T) {
	tests := map[string]struct {
		ops   []string
		check func(thing) bool
	}{
		"operations accumulate":     {[]string{"replace /name a", "add /name b"}, func(x thing) bool { return x.name == "b" }},
		"remove makes empty":        {[]string{"replace /name a", "remove /name"}, func(x thing) bool { return x.name == "" }},
		"true":                      {[]string{"replace /on true"}, func(x thing) bool { return x.on }},
		"True of the guide":         {[]string{"replace /on True"}, func(x thing) bool { return x.on }},
		"anything else is false":    {[]string{"replace /on true", "replace /on whatever"}, func(x thing) bool { return !x.on }},
		"no value is false":         {[]string{"replace /on true", "replace /on"}, func(x thing) bool { return !x.on }},
		"zero is a value":           {[]string{"replace /size 0"}, func(x thing) bool { return x.size != nil && *x.size == 0 }},
		"empty is none":             {[]string{"replace /size 3", "replace /size "}, func(x thing) bool { return x.size == nil }},
		"long":                      {[]string{"replace /limit 5000000000"}, func(x thing) bool { return x.limit == 5_000_000_000 }},
		"double":                    {[]string{"replace /rate 200.5"}, func(x thing) bool { return x.rate == 200.5 }},
		"enum":                      {[]string{"replace /color BLUE"}, func(x thing) bool { return x.color == "BLUE" }},
		"ARN":                       {[]string{"replace /arn arn:aws:iam::1:role/r"}, func(x thing) bool { return x.arn != "" }},
		"JSON":                      {[]string{`replace /doc {"a": 1}`}, func(x thing) bool { return x.doc == `{"a": 1}` }},
		"map by key":                {[]string{"add /tags/k v", "replace /tags/k w"}, func(x thing) bool { return maps.Equal(x.tags, map[string]string{"k": "w"}) }},
		"~1 before ~0":              {[]string{"add /tags/a~1b~01 v"}, func(x thing) bool { return x.tags["a/b~1"] == "v" }},
		"value of a remove":         {[]string{"add /tags/k v", "remove /tags/k other"}, func(x thing) bool { return len(x.tags) == 0 }},
		"element in the path":       {[]string{"add /types/image~1png", "add /types/-"}, func(x thing) bool { return slices.Equal(x.types, []string{"image/png", "-"}) }},
		"replace goes to the end":   {[]string{"add /types/a", "add /types/b", "replace /types/a c"}, func(x thing) bool { return slices.Equal(x.types, []string{"b", "c"}) }},
		"element twice":             {[]string{"add /types/a", "add /types/a", "remove /types/b"}, func(x thing) bool { return slices.Equal(x.types, []string{"a"}) }},
		"element in the value":      {[]string{"add /members a", "add /members b", "remove /members a"}, func(x thing) bool { return slices.Equal(x.members, []string{"b"}) }},
		"several segments":          {[]string{"replace /paths/a/b/GET/rate 1"}, func(x thing) bool { return x.rates["a/b|a/b|GET"] == 1 }},
		"an empty one before":       {[]string{"replace /paths//a/GET/rate 1"}, func(x thing) bool { return x.rates["/a|/a|GET"] == 1 }},
		"one escaped":               {[]string{"replace /paths/~1a~1b/GET/rate 2"}, func(x thing) bool { return x.rates["~1a~1b|/a/b|GET"] == 2 }},
		"copy":                      {[]string{"copy /copied < /from"}, func(x thing) bool { return x.name == "/from" }},
		"nothing to do is no error": {nil, func(x thing) bool { return x.name == "" }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var x thing
			if err := apply(&x, patch.ListPaths, tt.ops...); err != nil || !tt.check(x) {
				t.Errorf("%+v: %v", x, err)
			}
		})
	}
}

func apply(x *thing, refuse patch.Refusal, lines ...string) error {
	var ops []gen.PatchOperation
	for _, line := range lines {
		ops = append(ops, op(line))
	}
	return table(refuse).Apply(x, ops)
}

func TestRefusals(t *testing.T) {
	const own = "BadRequestException: Invalid patch value "
	tests := map[string]struct {
		refuse patch.Refusal
		op     string
		want   string
	}{
		"unknown path lists":       {patch.ListPaths, "remove /other", "BadRequestException: Invalid patch path  '/other' specified for op 'remove'. Must be one of: [/name, /tags/{key}, /types/{type}, /members]"},
		"operator of no path":      {patch.ListPaths, "test /name x", "BadRequestException: Invalid patch path  '/name' specified for op 'test'. Please choose supported operations"},
		"words of a row":           {patch.ListPaths, "copy /other", "BadRequestException: Invalid patch path  '/other' specified for op 'copy'. Must be one of: [/<copied>]"},
		"a row's own refusal":      {patch.ListPaths, "add /copied", "BadRequestException: only copies"},
		"path first":               {patch.PathThenOp, "add /other", "BadRequestException: Invalid patch path /other"},
		"then operator":            {patch.PathThenOp, "add /on", "BadRequestException: Invalid patch operation specified. Must be one of: [replace]"},
		"operators in order":       {patch.PathThenOp, "move /members", "BadRequestException: Invalid patch operation specified. Must be one of: [add, remove]"},
		"no path":                  {patch.PathThenOp, "replace -", "BadRequestException: Invalid patch path null"},
		"empty path":               {patch.PathThenOp, "replace ", "BadRequestException: Invalid patch path "},
		"a path without its slash": {patch.PathThenOp, "replace name", "BadRequestException: Invalid patch path name"},
		"map without a key":        {patch.PathThenOp, "add /tags", "BadRequestException: Invalid patch path /tags"},
		"map with an empty key":    {patch.PathThenOp, "add /tags/", "BadRequestException: Invalid patch path /tags/"},
		"slash not escaped":        {patch.PathThenOp, "add /tags/a/b v", "BadRequestException: Invalid patch path /tags/a/b"},
		"too few segments":         {patch.PathThenOp, "replace /paths/GET/rate 1", "BadRequestException: Invalid patch path /paths/GET/rate"},
		"no number":                {patch.PathThenOp, "replace /size abc", own + "'abc' specified for path /size: must be an integer"},
		"number too great":         {patch.PathThenOp, "replace /size 2147483648", own + "'2147483648' specified for path /size: must be an integer"},
		"no long":                  {patch.PathThenOp, "replace /limit", own + "'' specified for path /limit: must be an integer"},
		"not a number":             {patch.PathThenOp, "replace /rate NaN", own + "'NaN' specified for path /rate: must be a number"},
		"endless":                  {patch.PathThenOp, "replace /rate 1e999", own + "'1e999' specified for path /rate: must be a number"},
		"not of the enumeration":   {patch.PathThenOp, "replace /color red", own + "'red' specified for path /color: must be one of [RED, BLUE]"},
		"no ARN":                   {patch.PathThenOp, "replace /arn x", own + "'x' specified for path /arn: must be an ARN"},
		"no JSON":                  {patch.PathThenOp, "replace /doc {", own + "'{' specified for path /doc: must be JSON"},
		"no element":               {patch.PathThenOp, "remove /members", own + "'' specified for path /members: must be an element of the list"},
		"remove of nothing":        {patch.PathThenOp, "remove /tags/k", "NotFoundException: no such tag"},
		"replace of nothing":       {patch.PathThenOp, "replace /tags/k v", "NotFoundException: no such tag"},
		"null":                     {patch.PathThenOp, "add /tags/k", "BadRequestException: null tag"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := apply(&thing{}, tt.refuse, tt.op)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

// FuzzApply: whatever a client sends changes the target or gives an error that AWS has, and what was applied once is
// applied again.
func FuzzApply(f *testing.F) {
	f.Add("replace", "/name", "x", "/tags/a~1b", true)
	f.Add("add", "/types/-", "", "", false)
	f.Add("remove", "/paths/~1/GET/rate", "1", "~~~", true)
	f.Add("copy", "//", "\x00", "", true)
	f.Fuzz(func(t *testing.T, operator, path, value, from string, given bool) {
		p := gen.PatchOperation{Op: new(gen.Op(operator)), Path: &path, From: &from}
		if given {
			p.Value = &value
		}
		for _, refuse := range []patch.Refusal{patch.ListPaths, patch.PathThenOp} {
			var x thing
			err := table(refuse).Apply(&x, []gen.PatchOperation{p})
			var known wire.Modelled
			if err != nil && !errors.As(err, &known) {
				t.Fatalf("%v is no error of AWS", err)
			}
			if again := table(refuse).Apply(&x, []gen.PatchOperation{p}); err == nil && again != nil && operator != "remove" && operator != "replace" {
				t.Fatalf("the second time: %v", again)
			}
		}
	})
}
