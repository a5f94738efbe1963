package runtimes

import (
	"strings"
	"testing"
)

// rubyCases hold what AWS's runtimes for Ruby do (https://github.com/aws/aws-lambda-ruby-runtime-interface-client).
var rubyCases = []struct {
	name string
	f    function
	path string
	body string
	log  string
	exit int // how the process ends, if it does
}{
	{
		name: "a method", f: function{handler: "app.handler", files: map[string]string{"app.rb": "def handler(event:, context:)\n  { got: event, é: 1 }\nend"}},
		body: `\{"got":\{"a":1\},"é":1\}`,
	},
	{
		name: "a method of a class in a directory", f: function{handler: "lib/app.App::Pets.get", files: map[string]string{
			"lib/app.rb": "module App\n  class Pets\n    def self.get(event:, context:) = context.function_name\n  end\nend",
		}},
		body: `"echo"`,
	},
	{
		name: "context", f: function{handler: "app.handler", files: map[string]string{"app.rb": `
			def handler(event:, context:)
			  [context.aws_request_id, context.memory_limit_in_mb, context.get_remaining_time_in_millis > 3_000_000, context.client_context,
			   ENV['_X_AMZN_TRACE_ID'], ENV['DIPYLON_RUNTIME_SOCKET']]
			end`}},
		body: `\["` + requestID + `","256",true,null,null,null\]`,
	},
	{
		name: "a layer", f: function{
			handler: "app.handler", files: map[string]string{"app.rb": "require 'dep'\ndef handler(event:, context:) = DEP"},
			layers: map[string]string{"ruby/lib/dep.rb": "DEP = 'layer'"},
		},
		body: `"layer"`,
	},
	{
		name: "an error", f: function{handler: "app.handler", files: map[string]string{"app.rb": "def handler(event:, context:)\n  raise ArgumentError, 'why'\nend"}},
		path: "invocation/ID/error",
		body: `\{"errorMessage":"why","errorType":"Function<ArgumentError>","stackTrace":\["[^"]*/app.rb:2:in [^"]*handler'"\]\}`,
		log:  `^Error raised from handler method\n\{\n  "errorMessage": "why",`,
	},
	{
		name: "a name that is not there", f: function{handler: "app.handler", files: map[string]string{"app.rb": "def handler(event:, context:) = nothing_like_it"}},
		path: "invocation/ID/error", body: `\{"errorMessage":"undefined local variable or method .*","errorType":"Function<NameError>",.*`,
		log: `^Critical exception from handler\n`, exit: 255,
	},
	{
		name: "no file", f: function{handler: "missing.handler"},
		path: "init/error", body: `\{"errorMessage":"cannot load such file -- missing","errorType":"Init<LoadError>","stackTrace":\[.*\]\}`,
		log: `^Init error when loading handler missing.handler\n`, exit: 252,
	},
	{
		name: "a bad name", f: function{handler: "handler"},
		path: "init/error", body: `\{"errorMessage":"Invalid handler .*","errorType":"Init<ArgumentError>",.*`, exit: 252,
	},
}

func TestRuby(t *testing.T) {
	need(t, "ruby")
	by := newRuntimes(t)
	for _, c := range rubyCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.f.by = by
			c.f.runtime = "ruby3.3"
			if c.path == "" {
				c.path = "invocation/ID/response"
			}
			w := start(t, c.f)
			var got answer
			if c.path == "init/error" {
				got = w.answer()
			} else {
				got = w.call(`{"a":1}`)
			}
			checkAnswer(t, w, got, c.path, c.body, c.log)
			if c.exit != 0 {
				if got := w.exit(); got != c.exit {
					t.Errorf("exit code %d, want %d", got, c.exit)
				}
			}
		})
	}
}

func TestRubyKeepsItsProcess(t *testing.T) {
	need(t, "ruby")
	w := start(t, function{runtime: "ruby3.3", handler: "app.handler", files: map[string]string{"app.rb": `
		$n = 0
		def handler(event:, context:) = [$n += 1, ENV['_X_AMZN_TRACE_ID'], context.client_context, event['pad'].to_s.size]`}})
	w.next(`{}`, map[string]string{"Lambda-Runtime-Trace-Id": "Root=1-2-3", "Lambda-Runtime-Client-Context": `{"custom":{"k":"é"}}`})
	if got := w.answer().body; got != `[1,"Root=1-2-3",{"custom":{"k":"é"}},0]` {
		t.Error(got)
	}
	w.next(`{"pad":"`+strings.Repeat("é", 3<<20)+`"}`, nil)
	if got := w.answer().body; got != `[2,null,null,3145728]` {
		t.Error(got)
	}
	w.next(`{`, nil)
	if got := w.answer(); got.path != "invocation/ID/error" {
		t.Error(got)
	}
}
