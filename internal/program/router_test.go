package program

import (
	"errors"
	"fmt"
	"testing"

	"github.com/dipylon/dipylon/internal/gateway"
)

func newRouter(t testing.TB, keys ...string) *Router {
	t.Helper()
	var r Router
	for _, k := range keys {
		key, err := gateway.ParseRouteKey(k)
		if err != nil {
			t.Fatalf("%s: %v", k, err)
		}
		if err := r.Add(key, &Route{Key: k}); err != nil {
			t.Fatal(err)
		}
	}
	return &r
}

func TestRouterFind(t *testing.T) {
	// The first router is the worked example of
	// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html.
	guide := []string{"GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default"}
	cases := []struct {
		name   string
		routes []string
		method string
		path   string
		want   string
	}{
		{"guide: static", guide, "GET", "/pets/dog/1", "GET /pets/dog/1"},
		{"guide: variable", guide, "GET", "/pets/dog/2", "GET /pets/dog/{id}"},
		{"guide: greedy", guide, "GET", "/pets/cat/1", "GET /pets/{proxy+}"},
		{"guide: any", guide, "POST", "/test/5", "ANY /{proxy+}"},
		{"default where nothing else", []string{"GET /a", "$default"}, "GET", "/b", "$default"},
		{"no route", []string{"GET /a"}, "GET", "/b", ""},
		{"no method", []string{"GET /a"}, "POST", "/a", ""},
		{"method before ANY", []string{"ANY /a", "GET /a"}, "GET", "/a", "GET /a"},
		{"ANY takes what is not defined", []string{"ANY /a", "GET /a"}, "PUT", "/a", "ANY /a"},
		{"among several methods", []string{"PUT /a", "ANY /a", "GET /a", "POST /a"}, "POST", "/a", "POST /a"},
		{"several methods and ANY", []string{"PUT /a", "ANY /a", "GET /a", "POST /a"}, "PATCH", "/a", "ANY /a"},
		{"one literal of several", []string{"GET /a/x", "GET /b/x", "GET /c/x", "GET /c/y"}, "GET", "/c/x", "GET /c/x"},
		{"none of several literals", []string{"GET /a/x", "GET /b/x", "GET /c/x", "GET /c/y"}, "GET", "/a/y", ""},
		{"ANY takes unknown methods", []string{"ANY /a"}, "PURGE", "/a", "ANY /a"},
		{"full match before longer greedy", []string{"GET /a/{proxy+}", "GET /{x}/b"}, "GET", "/a/b", "GET /{x}/b"},
		{"another method's literal does not hide a variable", []string{"POST /pets/dog", "GET /pets/{id}"}, "GET", "/pets/dog", "GET /pets/{id}"},
		{"deepest greedy", []string{"ANY /{proxy+}", "ANY /a/{proxy+}", "ANY /a/b/{proxy+}"}, "GET", "/a/b/c/d", "ANY /a/b/{proxy+}"},
		{"greedy of another method does not hide", []string{"ANY /{proxy+}", "POST /a/{proxy+}"}, "GET", "/a/b", "ANY /{proxy+}"},
		{"greedy under a variable", []string{"GET /{v}/x/{proxy+}"}, "GET", "/1/x/2/3", "GET /{v}/x/{proxy+}"},
		// aws-behaviour-http-api.md, fact 43: a trailing slash counts.
		{"trailing slash", []string{"GET /todos"}, "GET", "/todos/", ""},
		// aws-behaviour-http-api.md, fact 44: a lone variable also answers the root.
		{"variable takes the root", []string{"GET /{param}"}, "GET", "/", "GET /{param}"},
		{"greedy takes the root", []string{"ANY /{proxy+}"}, "GET", "/", "ANY /{proxy+}"},
		{"greedy does not take its own prefix", []string{"ANY /a/{proxy+}"}, "GET", "/a", ""},
		{"root", []string{"GET /"}, "GET", "/", "GET /"},
		{"escapes stand for what they mean", []string{"GET /pets"}, "GET", "/%70ets", "GET /pets"},
		{"a broken escape is text", []string{"GET /{x}"}, "GET", "/%zz", "GET /{x}"},
		{"an escaped slash does not split", []string{"GET /{x}"}, "GET", "/a%2Fb", "GET /{x}"},
		{"case counts", []string{"GET /Pets"}, "GET", "/pets", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			if r := newRouter(t, c.routes...).Find([]byte(c.method), []byte(c.path)); r != nil {
				got = r.Key
			}
			if got != c.want {
				t.Errorf("%s %s: got %q, want %q", c.method, c.path, got, c.want)
			}
		})
	}
}

// TestStrictRouter: the root of a REST API is a resource of its own, and no variable's.
func TestStrictRouter(t *testing.T) {
	for _, c := range []struct {
		routes []string
		path   string
		want   string
	}{
		{[]string{"ANY /{proxy+}"}, "/", ""},
		{[]string{"ANY /{param}"}, "/", ""},
		{[]string{"ANY /{proxy+}", "GET /"}, "/", "GET /"},
		{[]string{"ANY /{proxy+}", "GET /"}, "/a", "ANY /{proxy+}"},
		{[]string{"ANY /{proxy+}", "GET /a"}, "/a//b", "ANY /{proxy+}"},
		{nil, "/", ""},
	} {
		r := newRouter(t, c.routes...)
		r.Strict = true
		got := ""
		if route := r.Find([]byte("GET"), []byte(c.path)); route != nil {
			got = route.Key
		}
		if got != c.want {
			t.Errorf("%q on %s: got %q, want %q", c.routes, c.path, got, c.want)
		}
	}
}

func TestRouterRefusesDuplicates(t *testing.T) {
	for _, keys := range [][]string{
		{"GET /a", "GET /a"}, {"ANY /a/{x}", "ANY /a/{y}"}, {"GET /{a+}", "GET /{b+}"}, {"$default", "$default"},
		{"ANY /a", "GET /a", "ANY /a"}, {"GET /a", "ANY /a", "PUT /a", "GET /a"},
	} {
		last := len(keys) - 1
		r := newRouter(t, keys[:last]...)
		key, err := gateway.ParseRouteKey(keys[last])
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Add(key, &Route{Key: keys[last]}); !errors.Is(err, errDuplicate) {
			t.Errorf("%q: got %v", keys, err)
		}
	}
}

func TestBind(t *testing.T) {
	cases := []struct{ route, path, want string }{
		{"GET /a/{x}/b/{y}", "/a/1/b/2", "x=1 y=2"},
		{"ANY /f/{proxy+}", "/f/a/b%2Fc", "proxy=a/b%2Fc"},
		{"ANY /{v}/{proxy+}", "/1/", "v=1 proxy="},
		{"GET /{x}/{y}/c/d/{z}", "/1/2/c/d/3", "x=1 y=2 z=3"},
		{"GET /{x}/a", "//a", "x="},
		{"GET /a", "/a", ""},
		{"$default", "/a", ""},
	}
	for _, c := range cases {
		r := newRouter(t, c.route).Find([]byte("GET"), []byte(c.path))
		if r == nil {
			t.Fatalf("%s does not take %s", c.route, c.path)
		}
		got := ""
		for i, v := range r.bind(nil, []byte(c.path)) {
			if i > 0 {
				got += " "
			}
			got += v.Name + "=" + string(v.Value)
		}
		if got != c.want {
			t.Errorf("%s on %s: got %q, want %q", c.route, c.path, got, c.want)
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add("GET", "/pets/dog/1")
	f.Add("", "/")
	f.Add("PUT", "/%%%2f//{}/%")
	r := newRouter(f, "GET /pets/dog/{id}", "ANY /pets/{proxy+}", "GET /{a}/{b}/{c}", "POST /", "$default")
	f.Fuzz(func(t *testing.T, method, path string) {
		if len(path) == 0 || path[0] != '/' {
			path = "/" + path
		}
		route := r.Find([]byte(method), []byte(path))
		if route == nil {
			t.Fatal("$default takes every call")
		}
		route.bind(nil, []byte(path))
	})
}

// BenchmarkFind calls one route again and again, and all routes in an order that jumps about.
func BenchmarkFind(b *testing.B) {
	for _, n := range []int{10, 10_000} {
		keys, paths := make([]string, n), make([][]byte, n)
		for i := range keys {
			keys[i] = fmt.Sprintf("GET /service%d/users/{id}", i)
			paths[i] = fmt.Appendf(nil, "/service%d/users/123", i)
		}
		r := newRouter(b, keys...)
		for _, c := range []struct {
			name string
			step int
		}{{"one", 0}, {"all", 7919}} {
			b.Run(fmt.Sprintf("%s of %d", c.name, n), func(b *testing.B) {
				method, i := []byte("GET"), 0
				b.ReportAllocs()
				for b.Loop() {
					i = (i + c.step) % n
					if r.Find(method, paths[i]) == nil {
						b.Fatal("not found")
					}
				}
			})
		}
	}
}
