package runtimes

import (
	"encoding/base64"
	"io"
	"strings"
	"testing"
)

// streamCases are of handlers that awslambda.streamifyResponse made
// (https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html).
var streamCases = []struct {
	name, code        string
	body, contentType string
	errorType, reason string
	log               string
}{
	{
		name: "writes", code: `stream.write('a'); stream.write(Buffer.from('b')); stream.write({ c: 1 }); stream.end('d')`,
		body: `ab{"c":1}d`, contentType: "application/octet-stream",
	},
	{
		name: "a content type", code: `stream.setContentType('text/html'); stream.write('<p>'); stream.end()`,
		body: `<p>`, contentType: "text/html",
	},
	{
		name: "metadata", code: `const s = awslambda.HttpResponseStream.from(stream, { statusCode: 201 }); s.write('hi'); s.end()`,
		body: "{\"statusCode\":201}\x00\x00\x00\x00\x00\x00\x00\x00hi", contentType: "application/vnd.awslambda.http-integration-response",
	},
	{
		name: "metadata alone", code: `const s = awslambda.HttpResponseStream.from(stream, { statusCode: 204 }); s.end()`,
		body: "{\"statusCode\":204}\x00\x00\x00\x00\x00\x00\x00\x00", contentType: "application/vnd.awslambda.http-integration-response",
	},
	{
		name: "a pipeline", code: `await require('stream/promises').pipeline(require('stream').Readable.from(['x', 'y'.repeat(300000)]), stream)`,
		body: "x" + strings.Repeat("y", 300000), contentType: "application/octet-stream",
	},
	{
		name: "ended by a pipe later", code: `require('stream').Readable.from(['late']).pipe(stream)`,
		body: "late", contentType: "application/octet-stream",
	},
	{
		name: "nothing", code: `stream.end()`, contentType: "application/octet-stream",
	},
	{
		name: "an error before", code: `throw new TypeError('early')`,
		contentType: "application/octet-stream", errorType: "TypeError", reason: `"errorMessage":"early"`, log: "Invoke Error",
	},
	{
		name: "an error after metadata", code: `awslambda.HttpResponseStream.from(stream, { statusCode: 201 }); throw new TypeError('early')`,
		contentType: "application/vnd.awslambda.http-integration-response", errorType: "TypeError", reason: `"errorMessage":"early"`,
	},
	{
		name: "an error between", code: `stream.write('some'); await new Promise((r) => setTimeout(r, 5)); throw new Error('midway')`,
		body: "some", contentType: "application/octet-stream", errorType: "Error", reason: `"errorMessage":"midway"`,
	},
	{
		name: "never ended", code: `stream.write('some')`,
		body: "some", contentType: "application/octet-stream", errorType: "string", reason: `"errorMessage":"Response stream is not finished."`,
	},
	{
		name: "a content type too late", code: `stream.write('some'); await new Promise((r) => setTimeout(r, 5)); stream.setContentType('text/html')`,
		body: "some", contentType: "application/octet-stream", errorType: "Runtime.InvalidStreamingOperation", reason: `Cannot set content-type, too late.`,
	},
	{
		name: "a value", code: `stream.end('x'); return 1`, body: "x", contentType: "application/octet-stream", log: "Streaming handlers ignore return values.",
	},
}

func TestNodeStreams(t *testing.T) {
	need(t, "node")
	by := newRuntimes(t)
	for _, c := range streamCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := start(t, function{by: by, runtime: "nodejs20.x", handler: "index.handler", files: map[string]string{
				"index.js": `exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {` + c.code + `})`,
			}})
			for range 2 { // the connection serves the next call
				got := w.call(`{}`)
				if got.path != "invocation/ID/response" || got.header.Get("Lambda-Runtime-Function-Response-Mode") != "streaming" {
					t.Errorf("posted to %s with %v", got.path, got.header)
				}
				if got.body != c.body || got.header.Get("Content-Type") != c.contentType {
					t.Errorf("got %.100q (%s)", got.body, got.header.Get("Content-Type"))
				}
				reason, err := base64.StdEncoding.DecodeString(got.trailer.Get("Lambda-Runtime-Function-Error-Body"))
				if err != nil || got.trailer.Get("Lambda-Runtime-Function-Error-Type") != c.errorType || !strings.Contains(string(reason), c.reason) {
					t.Errorf("trailer %v: %s (%v)", got.trailer, reason, err)
				}
			}
			if c.log != "" && !w.out.eventually(func(text string) bool { return strings.Contains(text, c.log) }) {
				t.Errorf("logged %q", w.out)
			}
		})
	}
}

// TestNodeStreamIsNotHeldBack: what a handler has written is with the caller before the handler ends.
func TestNodeStreamIsNotHeldBack(t *testing.T) {
	need(t, "node")
	w := start(t, function{runtime: "nodejs20.x", handler: "index.handler", files: map[string]string{"index.js": `
		exports.handler = awslambda.streamifyResponse(async (event, stream) => { stream.write('first'); await new Promise(() => setTimeout(() => {}, 1e6)) })`}})
	w.next(`{}`, nil)
	r := w.read()
	first := make([]byte, 5)
	if _, err := io.ReadFull(r.Body, first); err != nil || string(first) != "first" {
		t.Errorf("%q, %v", first, err)
	}
}
