package template

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
)

var update = flag.Bool("update", false, "write what the guide's templates print")

// TestGuide runs the worked examples of the developer guide ("Working with models and mapping templates", sample code under
// MIT-0): the input template gives the data back, the output template the transformed data. What is printed stands in a file
// beside the template, byte by byte.
func TestGuide(t *testing.T) {
	templates, err := filepath.Glob("testdata/guide/*/*.vtl")
	if err != nil || len(templates) < 9 {
		t.Fatal(templates, err)
	}
	for _, path := range templates {
		t.Run(path, func(t *testing.T) {
			dir, want := filepath.Dir(path), "transformed.json"
			if filepath.Base(path) == "input.vtl" {
				want = "data.json"
			}
			got, err := compiled(t, read(t, path)).Append(nil, &exchange.Exchange{}, []byte(read(t, filepath.Join(dir, "data.json"))))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(parsed(t, string(got)), parsed(t, read(t, filepath.Join(dir, want)))) {
				t.Errorf("not the guide's %s:\n%s", want, got)
			}
			golden := strings.TrimSuffix(path, ".vtl") + ".txt"
			if *update {
				if err := os.WriteFile(golden, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if string(got) != read(t, golden) {
				t.Errorf("got\n%q\nwant\n%q", got, read(t, golden))
			}
		})
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func parsed(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// TestGuideParameters is the guide's example of all parameters ("$input variable template examples"). Names are in the
// order of the path, of the query, and of the alphabet; the last of several values counts (recorded: aws-behaviour.md,
// fact 9), and what the gateway keeps is not there (fact 10).
func TestGuideParameters(t *testing.T) {
	text := compiled(t, `#set($allParams = $input.params())
{
  "params" : {
    #foreach($type in $allParams.keySet())
    #set($params = $allParams.get($type))
    "$type" : {
      #foreach($paramName in $params.keySet())
      "$paramName" : "$util.escapeJavaScript($params.get($paramName))"
      #if($foreach.hasNext),#end
      #end
    }
    #if($foreach.hasNext),#end
    #end
  }
}`)
	x := &exchange.Exchange{}
	x.Request.Query = []byte("b=1&a=%22x%22&b=2&c")
	x.Route.Vars = []exchange.PathVar{{Name: "id", Value: []byte("a%20b")}}
	x.Request.Host = []byte("api.example")
	for _, f := range []string{"X-B: it's", "Connection: close", "Content-MD5: x", "Accept: */*", "TE: x", "X-Amzn-Trace-Id: Root=1-2-3", "X-Forwarded-For: 9.9.9.9", "Transfer-Encoding: chunked"} {
		name, value, _ := strings.Cut(f, ": ")
		x.Request.Header.Add([]byte(name), []byte(value))
	}
	got, err := text.Append(nil, x, nil)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"params":{"path":{"id":"a%20b"},"querystring":{"b":"2","a":"\"x\"","c":""},"header":{"Accept":"*\/*","Host":"api.example",` +
		`"X-Amzn-Trace-Id":"Root=1-2-3","X-B":"it\'s","X-Forwarded-For":"9.9.9.9,","X-Forwarded-Port":"0","X-Forwarded-Proto":"http"}}}`
	if flat := strings.Join(strings.Fields(string(got)), ""); flat != want {
		t.Errorf("got  %s\nwant %s", flat, want)
	}
}
