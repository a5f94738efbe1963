package runtimes

import (
	"regexp"
	"strings"
	"testing"
)

// nodeCases hold what AWS's runtimes for Node do
// (https://github.com/aws/aws-lambda-nodejs-runtime-interface-client, and recordings of AWS in localstack's snapshots).
var nodeCases = []struct {
	name  string
	f     function
	event string
	path  string // response, unless given
	body  string // a regular expression for all of it
	log   string // a regular expression, if given
}{
	{
		name: "CommonJS, async",
		f:    function{handler: "index.handler", files: map[string]string{"index.js": `exports.handler = async (event) => ({ got: event, é: 1 })`}},
		body: `\{"got":\{"a":1\},"é":1\}`,
	},
	{
		name: "a promise",
		f:    function{handler: "index.handler", files: map[string]string{"index.js": `exports.handler = (event) => new Promise((r) => setTimeout(r, 5, event.a))`}},
		body: `1`,
	},
	{
		name: "ES module by extension",
		f:    function{handler: "index.handler", files: map[string]string{"index.mjs": `export const handler = async () => typeof require`}},
		body: `"undefined"`,
	},
	{
		name: "ES module by package.json, with a nested export",
		f: function{handler: "src/app.a.b.handler", files: map[string]string{
			"package.json": `{"type":"module"}`, "src/app.js": `await null; export const a = { b: { handler: async () => import.meta.url.slice(-10) } }`,
		}},
		body: `"src/app.js"`,
	},
	{
		name: "CommonJS by extension",
		f: function{handler: "index.handler", files: map[string]string{
			"package.json": `{"type":"module"}`, "index.cjs": `exports.handler = async () => 1`,
		}},
		body: `1`,
	},
	{
		name: "a package",
		f: function{handler: "pkg.handler", files: map[string]string{
			"node_modules/pkg/index.js": `exports.handler = async () => 'package'`,
		}},
		body: `"package"`,
	},
	{
		name: "modules of a layer",
		f: function{
			handler: "index.handler", files: map[string]string{"index.js": `exports.handler = async () => require('dep') + require('vdep')`},
			layers: map[string]string{
				"nodejs/node_modules/dep/index.js": `module.exports = 'layer'`, "nodejs/node20/node_modules/vdep/index.js": `module.exports = 20`,
			},
		},
		body: `"layer20"`,
	},
	{
		name: "callback",
		f:    function{handler: "index.handler", files: map[string]string{"index.js": `exports.handler = (event, context, callback) => callback(null, 'called')`}},
		body: `"called"`,
	},
	{
		name: "callback waits for the event loop",
		f: function{handler: "index.handler", files: map[string]string{"index.js": `
			exports.handler = (event, context, callback) => { setTimeout(() => console.log('late'), 30); callback(null, 1) }`}},
		body: `1`, log: `late\n$`,
	},
	{
		name: "callback that need not wait",
		f: function{handler: "index.handler", files: map[string]string{"index.js": `
			exports.handler = (event, context, callback) => { context.callbackWaitsForEmptyEventLoop = false; setTimeout(() => {}, 1e6); callback(null, 1) }`}},
		body: `1`,
	},
	{
		name: "no answer at all",
		f:    function{handler: "index.handler", files: map[string]string{"index.js": `exports.handler = (event, context) => {}`}},
		body: `null`,
	},
	{
		name: "undefined",
		f:    function{handler: "index.handler", files: map[string]string{"index.js": `exports.handler = async () => {}`}},
		body: `null`,
	},
	{
		name: "a promise that is never settled",
		f:    function{handler: "index.handler", files: map[string]string{"index.js": `exports.handler = async () => new Promise(() => {})`}},
		path: "invocation/ID/error",
		body: `\{"errorType":"Runtime.NodeJsExit","errorMessage":"The Lambda runtime client detected .*","trace":\[.*\]\}`,
	},
	{
		name: "context.succeed counts once",
		f: function{handler: "index.handler", files: map[string]string{"index.js": `
			exports.handler = (event, context) => { context.succeed('first'); context.fail('second'); context.done(null, 'third') }`}},
		body: `"first"`,
	},
	{
		name: "context.fail",
		f:    function{handler: "index.handler", files: map[string]string{"index.js": `exports.handler = (event, context) => context.fail('why')`}},
		path: "invocation/ID/error",
		body: `\{"errorType":"string","errorMessage":"why","trace":\[\]\}`,
		log:  `\tERROR\tInvoke Error \t\{"errorType":"Error","errorMessage":"why","stack":\["Error: why"`,
	},
	{
		name: "an error",
		f: function{handler: "index.handler", files: map[string]string{"index.js": `
			class Teapot extends Error { name = 'Teapot' }
			exports.handler = async () => { throw Object.assign(new Teapot('short and stout'), { code: 418 }) }`}},
		path: "invocation/ID/error",
		body: `\{"errorType":"Teapot","errorMessage":"short and stout","trace":\["Teapot: short and stout","    at .*index.js:3:\d+\)"(,"[^"]*")*\]\}`,
		log:  `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t` + requestID + `\tERROR\tInvoke Error \t\{"errorType":"Teapot","errorMessage":"short and stout","code":418,"name":"Teapot","stack":\[`,
	},
	{
		name: "a result that is no JSON",
		f:    function{handler: "index.handler", files: map[string]string{"index.js": `exports.handler = async () => { const a = {}; a.a = a; return a }`}},
		path: "invocation/ID/error",
		body: `\{"errorType":"Error","errorMessage":"Unable to stringify response body","trace":.*\}`,
	},
	{
		name: "console",
		f: function{handler: "index.handler", files: map[string]string{"index.js": `
			exports.handler = async () => { console.log('two\nlines', { a: 1 }); console.warn('w'); console.debug('d'); console.trace('t'); console.fatal('f') }`}},
		body: `null`,
		log:  `^\S+Z\t` + requestID + `\tINFO\ttwo\rlines \{ a: 1 \}\n\S+\t\S+\tWARN\tw\n\S+\t\S+\tDEBUG\td\n\S+\t\S+\tTRACE\tt\n\S+\t\S+\tFATAL\tf\n$`,
	},
	{
		name: "console as JSON from a level on",
		f: function{
			handler: "index.handler", logFormat: "JSON", level: "WARN",
			files: map[string]string{"index.js": `exports.handler = async () => { console.info('i'); console.warn('w', 1); console.error({ a: new TypeError('e') }) }`},
		},
		body: `null`,
		log:  `^\{"timestamp":"\S+Z","level":"WARN","requestId":"` + requestID + `","message":"w 1"\}\n\{"timestamp":"\S+","level":"ERROR","requestId":"\S+","message":\{"a":\{"errorType":"TypeError","errorMessage":"e","stackTrace":\[.*\]\}\}\}\n$`,
	},
	{
		name: "context",
		f: function{handler: "index.handler", files: map[string]string{"index.js": `
			exports.handler = async (event, c) => [c.functionName, c.functionVersion, c.invokedFunctionArn, c.memoryLimitInMB, c.awsRequestId, c.logGroupName,
				c.logStreamName, c.getRemainingTimeInMillis() > 3e6, c.identity === undefined, c.clientContext === undefined, process.env._X_AMZN_TRACE_ID === undefined,
				process.env.DIPYLON_RUNTIME_SOCKET === undefined, process.cwd() === __dirname]`}},
		body: regexp.QuoteMeta(`["echo","$LATEST","arn:aws:lambda:eu-west-1:000000000000:function:echo","256","` + requestID +
			`","/aws/lambda/echo","2026/01/02/[$LATEST]0123456789abcdef",true,true,true,true,true,true]`),
	},
	{
		name: "callback style is gone in Node 24",
		f:    function{runtime: "nodejs24.x", handler: "index.handler", files: map[string]string{"index.js": `exports.handler = (event, context, callback) => callback()`}},
		path: "init/error", body: `\{"errorType":"Runtime.CallbackHandlerDeprecated","errorMessage":"ERROR: AWS Lambda has removed support .*`,
	},
	{
		name: "no module",
		f:    function{handler: "missing.handler", files: map[string]string{"index.js": ``}},
		path: "init/error",
		body: `\{"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module 'missing'\\nRequire stack:.*","trace":\["Runtime.ImportModuleError: Error: Cannot find module 'missing'",.*\]\}`,
		log:  `Z\tundefined\tERROR\tUncaught Exception \t\{"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module 'missing'`,
	},
	{
		name: "no handler",
		f:    function{handler: "index.missing", files: map[string]string{"index.js": ``}},
		path: "init/error", body: `\{"errorType":"Runtime.HandlerNotFound","errorMessage":"index.missing is undefined or not exported","trace":.*`,
	},
	{
		name: "a handler that is no function",
		f:    function{handler: "index.handler", files: map[string]string{"index.js": `exports.handler = 1`}},
		path: "init/error", body: `\{"errorType":"Runtime.HandlerNotFound","errorMessage":"index.handler is not a function","trace":.*`,
	},
	{
		name: "a syntax error",
		f:    function{handler: "index.handler", files: map[string]string{"index.js": `exports.handler = (`}},
		path: "init/error", body: `\{"errorType":"Runtime.UserCodeSyntaxError","errorMessage":"SyntaxError: Unexpected end of input","trace":\["Runtime.UserCodeSyntaxError: SyntaxError: .*`,
	},
	{
		name: "a name that leaves the code",
		f:    function{handler: "../index.handler", files: map[string]string{"index.js": ``}},
		path: "init/error", body: `\{"errorType":"Runtime.MalformedHandlerName","errorMessage":"'../index.handler' is not a valid handler name\. .*`,
	},
	{
		name: "a name without a function",
		f:    function{handler: "index", files: map[string]string{"index.js": ``}},
		path: "init/error", body: `\{"errorType":"Runtime.MalformedHandlerName","errorMessage":"Bad handler","trace":.*`,
	},
	{
		name: "an error while loading",
		f:    function{handler: "index.handler", files: map[string]string{"index.js": `throw new RangeError('early')`}},
		path: "init/error", body: `\{"errorType":"RangeError","errorMessage":"early","trace":.*`,
	},
	{
		name: "an exception that nobody catches",
		f: function{handler: "index.handler", files: map[string]string{"index.js": `
			exports.handler = async () => new Promise(() => setTimeout(() => { throw new TypeError('late') }, 1))`}},
		path: "invocation/ID/error", body: `\{"errorType":"TypeError","errorMessage":"late","trace":.*`,
		log: `\tERROR\tUncaught Exception \t\{"errorType":"TypeError"`,
	},
	{
		name: "a rejection that nobody handles",
		f: function{handler: "index.handler", files: map[string]string{"index.js": `
			exports.handler = async () => { Promise.reject(new Error('lost')); await new Promise((r) => setTimeout(r, 1000)) }`}},
		path: "invocation/ID/error", body: `\{"errorType":"Runtime.UnhandledPromiseRejection","errorMessage":"Error: lost","trace":\["Runtime.UnhandledPromiseRejection: Error: lost",.*`,
		log: `\tERROR\tUnhandled Promise Rejection \t\{"errorType":"Runtime.UnhandledPromiseRejection","errorMessage":"Error: lost","reason":`,
	},
}

func TestNode(t *testing.T) {
	need(t, "node")
	by := newRuntimes(t)
	for _, c := range nodeCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.f.by = by
			if c.f.runtime == "" {
				c.f.runtime = "nodejs20.x"
			}
			w := start(t, c.f)
			if c.path == "" {
				c.path = "invocation/ID/response"
			}
			var got answer
			if c.path == "init/error" {
				got = w.answer()
			} else {
				got = w.call(`{"a":1}`)
			}
			checkAnswer(t, w, got, c.path, c.body, c.log)
		})
	}
}

// checkAnswer compares with regular expressions.
func checkAnswer(t *testing.T, w *worker, got answer, path, body, log string) {
	t.Helper()
	if got.path != path {
		t.Errorf("posted to %s, want %s: %s", got.path, path, got.body)
	}
	if !regexp.MustCompile(`(?s)^(?:` + body + `)$`).MatchString(got.body) {
		t.Errorf("posted %s\nwant   %s", got.body, body)
	}
	if strings.HasSuffix(path, "error") && got.header.Get("Lambda-Runtime-Function-Error-Type") == "" {
		t.Error("the error has no type in the header")
	}
	if log != "" && !w.out.eventually(regexp.MustCompile(`(?s)`+log).MatchString) {
		t.Errorf("logged %q\nwant   %s", w.out, log)
	}
}

// TestNodeExits: after an error that nobody caught the process ends.
func TestNodeExits(t *testing.T) {
	need(t, "node")
	for _, c := range []struct {
		name, code string
		want       int
		calls      bool
	}{
		{"exception while loading", `setTimeout(() => {}, 1e6); throw new Error('x')`, 129, false},
		{"rejection while loading", `exports.handler = async () => {}; Promise.reject(new Error('x'))`, 128, false},
		{"exception in a call", `exports.handler = async () => { setTimeout(() => { throw new Error('x') }); await new Promise(() => setTimeout(() => {}, 1e6)) }`, 129, true},
		{"rejection in a call", `exports.handler = async () => { Promise.reject(1); await new Promise(() => setTimeout(() => {}, 1e6)) }`, 128, true},
		{"exit", `exports.handler = async () => process.exit(7)`, 7, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, function{runtime: "nodejs20.x", handler: "index.handler", files: map[string]string{"index.js": c.code}})
			if c.calls {
				w.next(`{}`, nil)
			}
			if c.name != "exit" {
				w.answer()
			}
			if got := w.exit(); got != c.want {
				t.Errorf("exit code %d, want %d", got, c.want)
			}
		})
	}
}

// TestNodeKeepsItsProcess: calls follow one another, each with its own headers, whatever the size of its event.
func TestNodeKeepsItsProcess(t *testing.T) {
	need(t, "node")
	w := start(t, function{runtime: "nodejs20.x", handler: "index.handler", files: map[string]string{"index.js": `
		let n = 0
		exports.handler = async (event, context) => [++n, process.env._X_AMZN_TRACE_ID, context.clientContext, context.identity, event.pad?.length]`}})
	w.next(`{}`, map[string]string{"Lambda-Runtime-Trace-Id": "Root=1-2-3", "Lambda-Runtime-Client-Context": `{"custom":{"k":"é"}}`})
	if got := w.answer().body; got != `[1,"Root=1-2-3",{"custom":{"k":"é"}},null,null]` {
		t.Error(got)
	}
	w.next(`{"pad":"`+strings.Repeat("é", 3<<20)+`"}`, map[string]string{"Lambda-Runtime-Cognito-Identity": `{"cognitoIdentityId":"i"}`})
	if got := w.answer().body; got != `[2,null,null,{"cognitoIdentityId":"i"},3145728]` {
		t.Error(got)
	}
	w.next(`{`, nil)
	if got := w.answer(); got.path != "invocation/ID/error" || !strings.Contains(got.body, `"errorType":"SyntaxError"`) {
		t.Error(got)
	}
	w.next(`{}`, map[string]string{"Lambda-Runtime-Client-Context": `{`})
	if got := w.answer().body; !strings.Contains(got, `"errorMessage":"Cannot parse ClientContext as json: SyntaxError: `) {
		t.Error(got)
	}
}

// TestNodeLeavesWithTheHost: a process whose host has gone does not stay.
func TestNodeLeavesWithTheHost(t *testing.T) {
	need(t, "node")
	w := start(t, function{runtime: "nodejs20.x", handler: "index.handler", files: map[string]string{"index.js": `exports.handler = async () => new Promise(() => setTimeout(() => {}, 1e6))`}})
	w.next(`{}`, nil)
	_ = w.conn.Close()
	if got := w.exit(); got != 1 {
		t.Errorf("exit code %d", got)
	}
}
