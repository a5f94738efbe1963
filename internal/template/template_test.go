package template

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/vtl"
)

func compiled(t *testing.T, text string) *Template {
	t.Helper()
	s := &Scope{AccountID: "1", StageVariables: map[string]string{"b": "2", "a": "1"}}
	out, err := s.Compile(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

type claims []string

func (c claims) Len() int                    { return len(c) / 2 }
func (c claims) At(i int) (name, v string)   { return c[2*i], c[2*i+1] }
func (c claims) Claim(string) (string, bool) { return "", false }

// TestAuthorizer: the page on $context variables; claims as a whole are null.
func TestAuthorizer(t *testing.T) {
	const text = "<$context.authorizer><$context.authorizer.principalId><$context.authorizer.integrationLatency><$context.authorizer.key><$context.authorizer.claims><$context.authorizer.claims.sub>"
	for _, c := range []struct {
		name string
		id   exchange.Identity
		want string
	}{
		{"nobody", exchange.Identity{}, "<><><><><><>"},
		{"a function", exchange.Identity{Principal: "p", Context: map[string]string{"key": "v"}, Latency: 7 * time.Millisecond}, "<><p><7><v><><>"},
		{"a token", exchange.Identity{Claims: claims{"sub", "s"}}, "<><><><><><s>"},
	} {
		x := &exchange.Exchange{Identity: c.id}
		if got, err := compiled(t, text).Append(nil, x, nil); err != nil || string(got) != c.want {
			t.Errorf("%s: got %s, %v", c.name, got, err)
		}
	}
}

// TestShared: nothing that one call's template does is seen by another call.
func TestShared(t *testing.T) {
	text := compiled(t, `$stageVariables.a$!stageVariables.c#set($stageVariables.c = "x")#set($context.requestOverride.header.a = "x")#set($context.stage = "x") $input.json('$.n')`)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 50 {
				x := &exchange.Exchange{}
				if got, err := text.Append(nil, x, []byte(`{"n": 7}`)); err != nil || string(got) != "1 7" {
					t.Errorf("got %s, %v", got, err)
				}
				if o := RequestHeader(x); len(o) != 1 || o[0].Name != "a" {
					t.Errorf("got %v", o)
				}
			}
		})
	}
	group.Wait()
}

// TestLazy: a template that does not ask for $context leaves the call as it is.
func TestLazy(t *testing.T) {
	x := &exchange.Exchange{}
	if _, err := compiled(t, "$input.params('a')$util.urlEncode('a b')$stageVariables").Append(nil, x, nil); err != nil || x.Templates != nil {
		t.Errorf("got %v, %v", x.Templates, err)
	}
	if _, ok := ResponseStatus(x); ok || ResponseHeader(x) != nil || RequestPath(x) != nil {
		t.Error("overrides out of nothing")
	}
}

// TestCanary is recorded: aws-behaviour.md, fact 33.
func TestCanary(t *testing.T) {
	for release, want := range map[exchange.Release]string{exchange.OnlyRelease: "", exchange.ProductionRelease: "false", exchange.CanaryRelease: "true"} {
		x := &exchange.Exchange{}
		x.Route.Release = release
		if got, _ := compiled(t, "$context.isCanaryRequest").Append(nil, x, nil); string(got) != want {
			t.Errorf("%v: got %s", release, got)
		}
	}
}

func TestOverrides(t *testing.T) {
	x := &exchange.Exchange{}
	text := compiled(t, `#set($o = $context.requestOverride)#set($o.path.p = 1)#set($o.querystring.q = ["a", true])#set($context.responseOverride = {"status": "201", "header": {"h": "v"}})`)
	if _, err := text.Append(nil, x, nil); err != nil {
		t.Fatal(err)
	}
	if o := RequestPath(x); len(o) != 1 || o[0].Name != "p" || o[0].Values[0] != "1" {
		t.Errorf("got %v", o)
	}
	if o := RequestQuery(x); len(o) != 1 || strings.Join(o[0].Values, ",") != "a,true" {
		t.Errorf("got %v", o)
	}
	if o := ResponseHeader(x); len(o) != 1 || o[0].Name != "h" {
		t.Errorf("got %v", o)
	}
	if status, ok := ResponseStatus(x); ok {
		t.Errorf("a text is a status: %d", status)
	}
}

// TestHostile: templates end, and say that they went too far.
func TestHostile(t *testing.T) {
	loops := "x"
	for range 5 {
		loops = "#foreach($a in [1..1000])" + loops + "#end"
	}
	for _, text := range []string{
		loops,
		`#set($s = "x")#foreach($i in [1..1000])#set($s = $s + $s)#end$s`,
		`#macro(m)#m()#end#m()`,
		`#set($l = [])#foreach($i in [1..1000])#set($x = $l.add($l))#end$l`,
	} {
		out, err := compiled(t, text).Append(nil, &exchange.Exchange{}, nil)
		if len(out) > vtl.AWS().Output+1<<10 {
			t.Errorf("%.40s: %d bytes", text, len(out))
		}
		if err != nil && !errors.Is(err, vtl.ErrLimit) {
			t.Logf("%.40s: %v", text, err)
		}
	}
	if _, err := (&Scope{}).Compile(strings.Repeat(" ", vtl.MaxTemplate+1)); err == nil {
		t.Error("a template that is too long")
	}
}

// TestOverrideIsLogged: access logs tell what templates have set (developer guide, "$context Variables for data models,
// authorizers, mapping templates, and CloudWatch access logging").
func TestOverrideIsLogged(t *testing.T) {
	x := &exchange.Exchange{}
	text := `#set($context.requestOverride.header.a = "one")#set($context.responseOverride.status = 404)#set($context.responseOverride.header.b = ["x", "y"])`
	if _, err := compiled(t, text).Append(nil, x, nil); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"requestOverride.header.a": "one", "responseOverride.status": "404", "responseOverride.header.b": "[x, y]",
		"requestOverride.header.b": "-", "requestOverride.header": "-", "requestOverride.none.a": "-", "responseOverride.none": "-",
	} {
		got, ok := x.Templates.(*overrides).Override(nil, name)
		if !ok {
			got = []byte("-")
		}
		if string(got) != want {
			t.Errorf("%s: got %s", name, got)
		}
	}
}
