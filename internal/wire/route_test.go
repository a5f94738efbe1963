package wire

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

var routes = []Operation{
	{Name: "List", Method: "GET", Path: "/v2/apis"},
	{Name: "Get", Method: "GET", Path: "/v2/apis/{id}"},
	{Name: "Special", Method: "GET", Path: "/v2/apis/special"},
	{Name: "Stage", Method: "GET", Path: "/v2/apis/{apiId}/stages/{stageName}"},
	{Name: "SpecialPart", Method: "GET", Path: "/v2/apis/special/parts"},
	{Name: "Tag", Method: "POST", Path: "/v2/tags/{resource-arn}"},
	{Name: "Create", Method: "POST", Path: "/restapis"},
	{Name: "Import", Method: "POST", Path: "/restapis?mode=import"},
	{Name: "Greedy", Method: "GET", Path: "/files/{bucket}/{key+}"},
}

func testRouter() *router {
	r := newRouter(false)
	for i := range routes {
		r.add(&routes[i])
	}
	return r
}

func TestRouter(t *testing.T) {
	tests := []struct {
		method, target, want string
		labels               map[string]string
	}{
		{"GET", "/v2/apis", "List", nil},
		{"GET", "/v2/apis/abc", "Get", map[string]string{"id": "abc"}},
		{"GET", "/v2/apis/special", "Special", nil},
		{"GET", "/v2/apis/special/stages/x", "Stage", map[string]string{"apiId": "special", "stageName": "x"}},
		{"GET", "/v2/apis/abc/stages/%24default", "Stage", map[string]string{"apiId": "abc", "stageName": "$default"}},
		{"GET", "/v2/apis/abc/stages/%2524default", "Stage", map[string]string{"apiId": "abc", "stageName": "%24default"}},
		{"POST", "/v2/tags/arn%3Aaws%3A%3A%2Fapis%2Fabc", "Tag", map[string]string{"resource-arn": "arn:aws::/apis/abc"}},
		{"POST", "/restapis", "Create", nil},
		{"POST", "/restapis?mode=other", "Create", nil},
		{"POST", "/restapis?mode=import&x=1", "Import", nil},
		{"GET", "/files/b/a%2Fb/c", "Greedy", map[string]string{"bucket": "b", "key": "a/b/c"}},
		{"GET", "/files/b", "", nil},
		{"GET", "/files/b/", "", nil},
		{"GET", "/v2/apis/", "", nil},
		{"GET", "/v2/apis//stages/x", "", nil},
		{"DELETE", "/v2/apis", "", nil},
		{"GET", "/v2/apis/abc/stages/x/y", "", nil},
		{"GET", "/", "", nil},
	}
	r := testRouter()
	older := newRouter(true)
	older.add(&routes[0])
	for path, want := range map[string]bool{"/v2/apis": true, "/v2/apis/": true, "/v2/apis//": false, "/v2/": false, "/": false} {
		if _, ok := older.find(&http.Request{Method: "GET", URL: &url.URL{Path: path}}); ok != want {
			t.Errorf("%s with a slash at the end: %t", path, ok)
		}
	}
	for _, tt := range tests {
		u, err := url.Parse(tt.target)
		if err != nil {
			t.Fatal(err)
		}
		m, ok := r.find(&http.Request{Method: tt.method, URL: u})
		if ok != (tt.want != "") || ok && (m.op.Name != tt.want || !maps.Equal(m.labels, tt.labels)) {
			t.Errorf("%s %s: got %+v %t, want %s %v", tt.method, tt.target, m, ok, tt.want, tt.labels)
		}
	}
}

// FuzzRouter checks that labels put back into the operation's path give the path that was asked for.
func FuzzRouter(f *testing.F) {
	for _, seed := range []string{"/v2/apis", "/v2/apis/a%20b/stages/%24default", "/files/b/c/d%2fe", "/v2//", "/%", "/restapis?mode=import"} {
		f.Add(seed)
	}
	r := testRouter()
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			t.Skip()
		}
		for _, method := range []string{"GET", "POST"} {
			m, ok := r.find(&http.Request{Method: method, URL: u})
			if !ok {
				continue
			}
			path, _, _ := strings.Cut(m.op.Path, "?")
			for name, value := range m.labels {
				path = strings.NewReplacer("{"+name+"}", value, "{"+name+"+}", value).Replace(path)
				if value == "" {
					t.Errorf("%s: empty label %s", target, name)
				}
			}
			if path != u.Path && "/"+strings.TrimPrefix(u.Path, "/") == u.Path {
				t.Errorf("%s: %s gives back %s", target, m.op.Path, path)
			}
		}
	})
}
