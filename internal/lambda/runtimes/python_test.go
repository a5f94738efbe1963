package runtimes

import (
	"regexp"
	"strings"
	"testing"
)

// pythonCases hold what AWS's runtimes for Python do
// (https://github.com/aws/aws-lambda-python-runtime-interface-client, and recordings of AWS in localstack's snapshots).
var pythonCases = []struct {
	name  string
	f     function
	path  string // response, unless given
	body  string // a regular expression for all of it
	log   string // a regular expression, if given
	other string // a content type other than application/json
}{
	{
		name: "echo", f: function{files: map[string]string{"app.py": "def handler(event, context):\n  return {'got': event, 'é': (1, None, 1.5)}"}},
		body: `\{"got": \{"a": 1\}, "é": \[1, null, 1\.5\]\}`,
	},
	{
		name: "escaped text before 3.12", f: function{runtime: "python3.11", files: map[string]string{"app.py": "def handler(event, context):\n  return 'é'"}},
		body: `"\\u00e9"`,
	},
	{
		name: "half a pair of surrogates", f: function{files: map[string]string{"app.py": "def handler(event, context):\n  return '\\ud800é'"}},
		body: `"\\ud800\\u00e9"`,
	},
	{
		name: "packages", f: function{handler: "src/pkg/app.handler", files: map[string]string{
			"src/pkg/__init__.py": "", "src/pkg/app.py": "from . import other\nhandler = other.f", "src/pkg/other.py": "def f(event, context):\n  return __name__",
		}},
		body: `"src\.pkg\.other"`,
	},
	{
		name: "modules of a layer", f: function{
			files:  map[string]string{"app.py": "import dep, vdep\ndef handler(event, context):\n  return dep.x + vdep.x"},
			layers: map[string]string{"python/dep.py": "x = 'layer'", "python/lib/python3.12/site-packages/vdep.py": "x = '3.12'"},
		},
		body: `"layer3\.12"`,
	},
	{
		name: "a module named as ours might be", f: function{handler: "bootstrap.handler", files: map[string]string{"bootstrap.py": "def handler(event, context):\n  return 'theirs'"}},
		body: `"theirs"`,
	},
	{
		name: "numbers and bytes", f: function{files: map[string]string{"app.py": "from decimal import Decimal\ndef handler(event, context):\n  return [Decimal('1.10'), Decimal('NaN'), b'\\xc3\\xa9']"}},
		body: `\[1\.10, NaN, "é"\]`,
	},
	{
		name: "bytes alone", f: function{files: map[string]string{"app.py": "def handler(event, context):\n  return b'raw'"}},
		body: `raw`, other: "application/unknown",
	},
	{
		name: "context", f: function{files: map[string]string{"app.py": `
import os, sys
def handler(event, c):
  return [c.function_name, c.function_version, c.invoked_function_arn, c.memory_limit_in_mb, c.aws_request_id, c.log_group_name, c.log_stream_name,
    c.get_remaining_time_in_millis() > 3e6, c.client_context, c.identity.cognito_identity_id, os.environ.get('_X_AMZN_TRACE_ID'),
    [n for n in os.environ if 'DIPYLON' in n], sys.path[0] == os.getcwd(), str(c).startswith('LambdaContext([aws_request_id=')]`}},
		body: regexp.QuoteMeta(`["echo", "$LATEST", "arn:aws:lambda:eu-west-1:000000000000:function:echo", "256", "` + requestID +
			`", "/aws/lambda/echo", "2026/01/02/[$LATEST]0123456789abcdef", true, null, null, null, [], true, true]`),
	},
	{
		name: "an exception", f: function{files: map[string]string{"app.py": "class Teapot(Exception): pass\ndef pour():\n  raise Teapot('short\\nand stout')\ndef handler(event, context):\n  pour()"}},
		path: "invocation/ID/error",
		body: `\{"errorMessage": "short\\nand stout", "errorType": "Teapot", "requestId": "` + requestID + `", "stackTrace": \["  File \\".*/app.py\\", line 5, in handler\\n    pour\(\)\\n", "  File \\"[^"]*/app.py\\", line 3, in pour\\n    raise [^"]*\\n"\]\}`,
		log:  "^\\[ERROR\\] Teapot: short\rand stout\rTraceback \\(most recent call last\\):\r\u00a0\u00a0File \"[^\"]*app.py\", line 5, in handler\r\u00a0\u00a0\u00a0\u00a0pour\\(\\)\r.*\n$",
	},
	{
		name: "a result that is no JSON", f: function{files: map[string]string{"app.py": "import datetime\ndef handler(event, context):\n  return {'at': datetime.datetime.now()}"}},
		path: "invocation/ID/error",
		body: `\{"errorMessage": "Unable to marshal response: Object of type datetime is not JSON serializable", "errorType": "Runtime.MarshalError", "requestId": "[^"]+", "stackTrace": \[\]\}`,
	},
	{
		name: "logging", f: function{files: map[string]string{"app.py": `
import logging
logging.getLogger().setLevel(logging.INFO)
def handler(event, context):
  logging.info('two\nlines'); logging.debug('d'); print('printed', 1); logging.getLogger('x').warning('%s', 'w')`}},
		body: `null`,
		log:  `^\[INFO\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t` + requestID + "\ttwo\rlines\nprinted 1\n" + `\[WARNING\]\t\S+Z\t` + requestID + "\tw\n$",
	},
	{
		name: "logging as JSON from a level on", f: function{logFormat: "JSON", level: "INFO", files: map[string]string{"app.py": `
import logging
def handler(event, context):
  logging.debug('d'); logging.info('i', extra={'k': 1})
  try: 1/0
  except Exception: logging.exception('e')`}},
		body: `null`,
		log:  `^\{"timestamp": "\S+Z", "level": "INFO", "message": "i", "logger": "root", "requestId": "` + requestID + `", "k": 1\}\n\{.*"stackTrace": \[.*\], "errorType": "ZeroDivisionError", "errorMessage": "division by zero", "requestId": "\S+", "location": ".*app.py:handler:6"\}\n$`,
	},
	{
		name: "no module", f: function{handler: "missing.handler", files: map[string]string{}},
		path: "init/error",
		body: `\{"errorMessage": "Unable to import module 'missing': No module named 'missing'", "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": \[\]\}`,
		log:  "^\\[ERROR\\] Runtime.ImportModuleError: Unable to import module 'missing': No module named 'missing'\rTraceback \\(most recent call last\\):\n$",
	},
	{
		name: "no handler", f: function{files: map[string]string{"app.py": ""}},
		path: "init/error", body: `\{"errorMessage": "Handler 'handler' missing on module 'app'", "errorType": "Runtime.HandlerNotFound", .*`,
	},
	{
		name: "a syntax error", f: function{files: map[string]string{"app.py": "def handler(\n"}},
		path: "init/error", body: `\{"errorMessage": "Syntax error in module 'app': .* \(app.py, line 1\)", "errorType": "Runtime.UserCodeSyntaxError", "requestId": "", "stackTrace": \["  File \\".*/app.py\\" Line 1\\n    def handler\(\\n"\]\}`,
	},
	{
		name: "a name without a function", f: function{handler: "app", files: map[string]string{}},
		path: "init/error", body: `\{"errorMessage": "Bad handler 'app': not enough values to unpack \(expected 2, got 1\)", "errorType": "Runtime.MalformedHandlerName", .*`,
	},
	{
		name: "a name of the interpreter's own", f: function{handler: "sys.exit", files: map[string]string{}},
		path: "init/error", body: `\{"errorMessage": "Cannot use built-in module sys as a handler module", "errorType": "Runtime.BuiltInModuleConflict", .*`,
	},
	{
		name: "an exception while loading", f: function{files: map[string]string{"app.py": "1/0"}},
		path: "init/error", body: `\{"errorMessage": "division by zero", "errorType": "ZeroDivisionError", "requestId": "", "stackTrace": \[.*"  File \\".*/app.py\\", line 1, in <module>\\n    1/0\\n[^"]*"\]\}`,
	},
}

func TestPython(t *testing.T) {
	need(t, "python3")
	by := newRuntimes(t)
	for _, c := range pythonCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.f.by = by
			if c.f.runtime == "" {
				c.f.runtime = "python3.12"
			}
			if c.f.handler == "" {
				c.f.handler = "app.handler"
			}
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
			if want := max(c.other, "application/json"); got.header.Get("Content-Type") != want {
				t.Errorf("content type %q", got.header.Get("Content-Type"))
			}
		})
	}
}

// TestPythonExits: a process ends with what the function gave to sys.exit, with 1 after a failed start and with its host.
func TestPythonExits(t *testing.T) {
	need(t, "python3")
	t.Run("sys.exit", func(t *testing.T) {
		w := start(t, function{runtime: "python3.12", handler: "app.handler", files: map[string]string{"app.py": "import sys\ndef handler(event, context):\n  print('bye', end='')\n  sys.exit(7)"}})
		w.next(`{}`, nil)
		if got := w.exit(); got != 7 || w.out.String() != "bye" {
			t.Errorf("exit code %d, printed %q", got, w.out)
		}
	})
	t.Run("failed start", func(t *testing.T) {
		w := start(t, function{runtime: "python3.12", handler: "app.handler"})
		w.answer()
		if got := w.exit(); got != 1 {
			t.Errorf("exit code %d", got)
		}
	})
	t.Run("no host", func(t *testing.T) {
		w := start(t, function{runtime: "python3.12", handler: "app.handler", files: map[string]string{"app.py": "def handler(event, context): pass"}})
		w.read()
		_ = w.conn.Close()
		if got := w.exit(); got != 1 {
			t.Errorf("exit code %d", got)
		}
	})
}

// TestPythonKeepsItsProcess: calls follow one another, each with its own headers, whatever the size of its event.
func TestPythonKeepsItsProcess(t *testing.T) {
	need(t, "python3")
	w := start(t, function{runtime: "python3.12", handler: "app.handler", files: map[string]string{"app.py": `
import os
n = 0
def handler(event, c):
  global n
  n += 1
  client = c.client_context and [c.client_context.custom, c.client_context.client.app_title]
  return [n, os.environ.get('_X_AMZN_TRACE_ID'), client, c.identity.cognito_identity_id, len(event.get('pad', ''))]`}})
	w.next(`{}`, map[string]string{"Lambda-Runtime-Trace-Id": "Root=1-2-3", "Lambda-Runtime-Client-Context": `{"custom":{"k":"é"},"client":{"app_title":"t"}}`})
	if got := w.answer().body; got != `[1, "Root=1-2-3", [{"k": "é"}, "t"], null, 0]` {
		t.Error(got)
	}
	w.next(`{"pad":"`+strings.Repeat("é", 3<<20)+`"}`, map[string]string{"Lambda-Runtime-Cognito-Identity": `{"cognitoIdentityId":"i"}`})
	if got := w.answer().body; got != `[2, null, null, "i", 3145728]` {
		t.Error(got)
	}
	w.next(`{`, nil)
	if got := w.answer(); got.path != "invocation/ID/error" || !strings.Contains(got.body, `"errorType": "Runtime.UnmarshalError"`) {
		t.Error(got)
	}
	w.next(`{}`, map[string]string{"Lambda-Runtime-Client-Context": `{`})
	if got := w.answer().body; !strings.Contains(got, `"errorMessage": "Unable to parse Client Context JSON: `) {
		t.Error(got)
	}
}
