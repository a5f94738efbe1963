package wiretest

import (
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/wire"
	"github.com/dipylon/dipylon/internal/wire/wiretest/gen/tiny"
)

// fuzzEcho sends bodies to Echo. Whatever they hold, the server answers, and it fails only where the handler does; an
// answer in the form of a request is understood and echoed the same.
func fuzzEcho(f *testing.F, path string, header map[string]string, symmetric bool) {
	server := wire.NewServer(wire.Options{Services: []*wire.Service{tiny.New(things{})}, Authenticator: permissive{}, Account: "0"})
	post := func(body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Authorization", signedFor("tiny"))
		for name, value := range header {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		return w
	}
	f.Fuzz(func(t *testing.T, body string) {
		first := post(body)
		if first.Code == 500 && !strings.Contains(body, "oops") && !strings.Contains(body, "panic") && !strings.Contains(body, "broke") {
			t.Fatalf("%q fails: %s", body, first.Body)
		}
		if first.Code != 200 || !symmetric {
			return
		}
		second := post(first.Body.String())
		if second.Code != 200 || second.Body.String() != first.Body.String() {
			t.Fatalf("%q is echoed as %q and that as %q", body, first.Body, second.Body)
		}
	})
}

var jsonSeeds = []string{
	`{"text":"abc","count":3,"big":-1,"ratio":1e3,"yes":true,"data":"AAH/","when":1.5,"day":"2025-11-22T12:00:00.5Z"}`,
	`{"text":"abc","words":["a",null],"labels":{"kk":"v"},"inner":{"text":"xy"},"inners":[{"text":"de"}],"byName":{"n":{"text":"fg"}}}`,
	`{"text":true}`, `[]`, `{"text":"a\ud800b"}`, `{"ratio":"-Infinity","when":-62135596800,"text":"ab"}`, `{"a":{"a":[{"a":1`, "",
}

func FuzzRESTJSON(f *testing.F) {
	for _, seed := range jsonSeeds {
		f.Add(seed)
	}
	fuzzEcho(f, "/echo", nil, true)
}

func FuzzJSON11(f *testing.F) {
	for _, seed := range jsonSeeds {
		f.Add(seed)
	}
	fuzzEcho(f, "/", map[string]string{"X-Amz-Target": "Tiny.Echo"}, true)
}

func FuzzCBOR(f *testing.F) {
	for _, seed := range []string{"a16474657874636162 63", "bf6474657874 7f626162 6163ffff", "a2647768656ec1fb41da487700100000647465787462 6162", "c11a00", "a1 6464617461 43000102", "9f"} {
		data, err := hex.DecodeString(strings.ReplaceAll(seed, " ", ""))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	fuzzEcho(f, "/service/Tiny/operation/Echo", map[string]string{"Smithy-Protocol": "rpc-v2-cbor"}, true)
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{
		"text=abc&count=3&words.member.1=a&flat.1=b&labels.entry.1.key=kk&labels.entry.1.value=v",
		"inner.text=xy&inners.item.1.text=de&text=ab", "text=%zz", "words=&text=ab", "a.b.c=1&a.b=2&a=3", "flat.-1=x&flat.99999999999999999999=y&text=ab",
	} {
		f.Add(seed)
	}
	fuzzEcho(f, "/?Action=Echo", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, false)
}
