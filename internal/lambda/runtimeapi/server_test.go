package runtimeapi_test

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/lambda/runtimeapi"
)

func itoa(n int) string { return strconv.Itoa(n) }

func TestNext(t *testing.T) {
	s, path := newServer(t)
	w := dial(t, path)
	w.ready(s)
	e := newEvent()
	e.TraceID, e.ClientContext = "Root=1-2", "{\"a\":\r\n\"b\"}"
	begin(t, s, e)
	await(s, soon())
	resp, body := w.receive()
	if body != `{"a":1}` {
		t.Errorf("event %s", body)
	}
	// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
	for name, want := range map[string]string{
		"Lambda-Runtime-Aws-Request-Id":       id,
		"Lambda-Runtime-Deadline-Ms":          "1700000000123",
		"Lambda-Runtime-Invoked-Function-Arn": "arn:f",
		"Lambda-Runtime-Trace-Id":             "Root=1-2",
		"Lambda-Runtime-Client-Context":       `{"a":  "b"}`,
		"Content-Type":                        "application/json",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// answers are what a worker may say of the event, what it hears, and what comes of it. Texts are those of
// https://github.com/aws/aws-lambda-runtime-interface-emulator (internal/lambda/rapi/rendering/render_error.go).
var answers = []struct {
	name, send string
	status     int
	part       string
	want       runtimeapi.Answer
	unanswered bool
}{
	{name: "response", send: sized("invocation/"+id+"/response", `{"b":2}`), status: 202, part: `{"status":"OK"}`,
		want: runtimeapi.Answer{Payload: []byte(`{"b":2}`)}},
	{name: "content type", send: post("invocation/"+id+"/response", "content-type: text/x\r\nCONTENT-LENGTH: 1\r\n", "1"), status: 202,
		want: runtimeapi.Answer{Payload: []byte("1"), ContentType: "text/x"}},
	{name: "empty response", send: sized("invocation/"+id+"/response", ""), status: 202, want: runtimeapi.Answer{}},
	{name: "no JSON", send: sized("invocation/"+id+"/response", `{"b":`), status: 202, want: runtimeapi.Answer{Payload: []byte(`{"b":`)}},
	{name: "chunked", send: post("invocation/"+id+"/response", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"), status: 202,
		want: runtimeapi.Answer{Payload: []byte("abcde")}},
	{name: "streamed, collected", send: post("invocation/"+id+"/response",
		"Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"), status: 202,
		want: runtimeapi.Answer{Payload: []byte("abc")}},
	{name: "streamed, collected, failed", send: post("invocation/"+id+"/response",
		"Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n",
		"3\r\nabc\r\n0\r\nLambda-Runtime-Function-Error-Type: Runtime.Broken\r\nLambda-Runtime-Function-Error-Body: eyJhIjoxfQ==\r\n\r\n"), status: 202,
		want: runtimeapi.Answer{Failed: true, ErrorType: "Runtime.Broken", Payload: []byte(`{"a":1}`)}},
	{name: "unknown mode", send: post("invocation/"+id+"/response", "Lambda-Runtime-Function-Response-Mode: no\r\nContent-Length: 2\r\n", "{}"),
		status: 400, part: `{"errorMessage":"Invalid function response mode","errorType":"InvalidFunctionResponseMode"}`,
		want: runtimeapi.Answer{Failed: true, ErrorType: "Runtime.InvalidResponseModeHeader"}},
	{name: "error", send: post("invocation/"+id+"/error", "Lambda-Runtime-Function-Error-Type: Function.Mine\r\nContent-Length: 2\r\n", "{}"),
		status: 202, want: runtimeapi.Answer{Failed: true, ErrorType: "Function.Mine", Payload: []byte("{}")}},
	{name: "error without type", send: sized("invocation/"+id+"/error", "{}"), status: 202,
		want: runtimeapi.Answer{Failed: true, ErrorType: "Runtime.Unknown", Payload: []byte("{}")}},
	{name: "7 MB", send: sized("invocation/"+id+"/response", strings.Repeat("x", 7<<20)), status: 413,
		part: `{"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).","errorType":"RequestEntityTooLarge"}`,
		want: runtimeapi.Answer{Failed: true, ErrorType: runtimeapi.TooLarge}},
	{name: "7 MB in a chunk", send: post("invocation/"+id+"/response", "Transfer-Encoding: chunked\r\n", "700000\r\n"+strings.Repeat("x", 7<<20)+"\r\n0\r\n\r\n"),
		status: 413, want: runtimeapi.Answer{Failed: true, ErrorType: runtimeapi.TooLarge}},
	{name: "another id", send: sized("invocation/none/response", "{}"), status: 400,
		part: `{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}`, unanswered: true},
	{name: "next again", send: next, status: 200, part: `{"a":1}`, unanswered: true},
	{name: "init error", send: sized("init/error", "{}"), status: 403,
		part: "State transition from Running to InitError failed for runtime. Error: State transition is not allowed", unanswered: true},
	{name: "restore", send: "GET " + api + "restore/next HTTP/1.1\r\n\r\n", status: 404, part: "404 page not found", unanswered: true},
	{name: "wrong method", send: "PUT " + api + "invocation/next HTTP/1.1\r\n\r\n", status: 405, unanswered: true},
	{name: "both framings", send: post("invocation/"+id+"/response", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
		status: 400, part: "400 Bad Request", unanswered: true},
	{name: "bad length", send: post("invocation/"+id+"/response", "Content-Length: -1\r\n", ""), status: 400, unanswered: true},
	{name: "bad chunk", send: post("invocation/"+id+"/response", "Transfer-Encoding: chunked\r\n", "zz\r\n"), status: 400, unanswered: true},
	{name: "garbage", send: "\x00\x01garbage\r\n\r\n", status: 400, unanswered: true},
	{name: "endless head", send: "GET / HTTP/1.1\r\nX: " + strings.Repeat("x", 4<<20), status: 431, unanswered: true},
}

func TestAnswers(t *testing.T) {
	for _, tt := range answers {
		t.Run(tt.name, func(t *testing.T) {
			s, path := newServer(t)
			w := dial(t, path)
			w.ready(s)
			begin(t, s, newEvent())
			got := await(s, soon())
			w.expect(200, `{"a":1}`)
			go func() { _, _ = io.WriteString(w, tt.send) }()
			w.expect(tt.status, tt.part)
			if tt.unanswered {
				s.Close()
				if r := <-got; !errors.Is(r.err, runtimeapi.ErrClosed) {
					t.Errorf("got %+v, want nothing", r)
				}
				return
			}
			r := <-got
			if r.err != nil || r.Failed != tt.want.Failed || r.ErrorType != tt.want.ErrorType || string(r.Payload) != string(tt.want.Payload) ||
				r.ContentType != tt.want.ContentType {
				t.Errorf("got %+v, want %+v", r, tt.want)
			}
			// The worker goes on.
			w.send(sized("invocation/"+id+"/response", "again"))
			w.expect(403, "State transition from RuntimeResponseSentState to InvocationResponse failed")
			w.ready(s)
			w.send(sized("invocation/"+id+"/response", "again")) // while it is parked, nobody reads this
			begin(t, s, &runtimeapi.Event{RequestID: "other"})
			got = await(s, soon())
			w.expect(200, "")
			w.expect(400, "InvalidRequestID")
			w.send(sized("invocation/other/response", "1"))
			if r := <-got; string(r.Payload) != "1" {
				t.Errorf("second call: %+v", r)
			}
		})
	}
}

func TestPipelined(t *testing.T) {
	s, path := newServer(t)
	w := dial(t, path)
	w.ready(s)
	for i := range 3 {
		if i > 0 && !s.WhenReady(func() {}) {
			t.Fatal("the request for the next invocation came along with the answer")
		}
		begin(t, s, newEvent())
		got := await(s, soon())
		if i > 0 {
			w.expect(202, "OK")
		}
		w.expect(200, `{"a":1}`)
		w.send(sized("invocation/"+id+"/response", itoa(i)) + next)
		if r := <-got; r.err != nil || string(r.Payload) != itoa(i) {
			t.Fatalf("got %+v", r)
		}
	}
}

func TestConnectionPerRequest(t *testing.T) {
	s, path := newServer(t)
	for range 3 {
		first := dial(t, path)
		first.ready(s)
		begin(t, s, newEvent())
		got := await(s, soon())
		first.expect(200, "")
		_ = first.Close()
		second := dial(t, path)
		second.send(sized("invocation/"+id+"/response", "1"))
		second.expect(202, "OK")
		_ = second.Close()
		if r := <-got; r.err != nil || string(r.Payload) != "1" {
			t.Fatalf("got %+v", r)
		}
	}
}

func TestEventIsKeptForAnotherConnection(t *testing.T) {
	s, path := newServer(t)
	first := dial(t, path)
	first.ready(s)
	_ = first.Close()
	begin(t, s, newEvent())
	got := await(s, soon())
	second := dial(t, path)
	second.send(next)
	second.expect(200, `{"a":1}`)
	second.send(sized("invocation/"+id+"/response", "1"))
	second.expect(202, "")
	if r := <-got; r.err != nil || string(r.Payload) != "1" {
		t.Fatalf("got %+v", r)
	}
}

func TestDeadlineInterruptAbandon(t *testing.T) {
	s, path := newServer(t)
	w := dial(t, path)
	w.ready(s)
	memory := make([]byte, 8)
	e := newEvent()
	e.Alloc = func(n int) []byte { return memory[:n] }
	seq := begin(t, s, e)
	if _, err := s.Await(time.Now().Add(time.Millisecond)); !errors.Is(err, runtimeapi.ErrDeadline) {
		t.Fatalf("got %v", err)
	}
	w.expect(200, "")
	s.Interrupt(seq - 1) // another call's: nothing happens
	s.Interrupt(seq)
	if _, err := s.Await(soon()); !errors.Is(err, runtimeapi.ErrInterrupted) {
		t.Fatalf("got %v", err)
	}
	// Half of the answer is there when the caller leaves.
	w.send(post("invocation/"+id+"/response", "Content-Length: 8\r\n", "1234"))
	got := await(s, soon())
	for {
		s.Interrupt(seq)
		<-got
		if string(memory[:4]) == "1234" { // the memory is the call's until it is abandoned
			break
		}
		got = await(s, soon())
	}
	s.Abandon()
	got = await(s, soon())
	w.send("5678" + next)
	if r := <-got; r.err != nil || r.Payload != nil {
		t.Errorf("got %+v", r)
	}
	if string(memory[4:]) != "\x00\x00\x00\x00" {
		t.Errorf("abandoned memory was written: %q", memory)
	}
	awaitReady(t, s)
}

func TestStream(t *testing.T) {
	tests := []struct {
		name, rest, want string
		err              func(error) bool
	}{
		{"whole", "6\r\n there\r\n0\r\n\r\n", "hi there", isEnd},
		{"failed", "0\r\nLambda-Runtime-Function-Error-Type: Function.x\r\nlambda-runtime-function-error-body: e30=\r\n\r\n", "hi", func(err error) bool {
			var failed *runtimeapi.StreamError
			return errors.As(err, &failed) && string(failed.Payload) == "{}" && failed.Type == "Function.Unknown"
		}},
		{"malformed", "z\r\n", "hi", func(err error) bool { return errors.Is(err, runtimeapi.ErrTruncated) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, path := newServer(t)
			w := dial(t, path)
			w.ready(s)
			e := newEvent()
			e.Streaming = true
			begin(t, s, e)
			got := await(s, soon())
			w.expect(200, "")
			w.send(post("invocation/"+id+"/response", "Content-Type: text/plain\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n"+
				"Transfer-Encoding: chunked\r\n", "2\r\nhi\r\n"))
			if r := <-got; r.err != nil || !r.Stream || r.ContentType != "text/plain" {
				t.Fatalf("got %+v", r)
			}
			b := make([]byte, 100)
			n, err := s.Read(b, soon())
			if err != nil || n != 2 {
				t.Fatal(n, err)
			}
			if _, err := s.Read(b, time.Now().Add(time.Millisecond)); !errors.Is(err, runtimeapi.ErrDeadline) {
				t.Fatalf("got %v", err)
			}
			w.send(tt.rest)
			for err = nil; err == nil; {
				var more int
				more, err = s.Read(b[n:], soon())
				n += more
			}
			if string(b[:n]) != tt.want || !tt.err(err) {
				t.Errorf("got %q, %v", b[:n], err)
			}
			if tt.name != "malformed" {
				w.expect(202, "")
				w.ready(s)
			}
		})
	}
}

func TestInitError(t *testing.T) {
	s, path := newServer(t)
	w := dial(t, path)
	w.send(post("init/error", "Lambda-Runtime-Function-Error-Type: Runtime.ImportModuleError\r\nContent-Length: 2\r\n", "{}"))
	w.expect(202, "OK")
	if f := s.InitFailure(); f == nil || f.Type != "Runtime.ImportModuleError" || string(f.Payload) != "{}" {
		t.Errorf("got %+v", f)
	}
	w.send(next)
	w.expect(403, "State transition from InitError to Ready failed")
	w.send(sized("invocation/"+id+"/response", "{}"))
	w.expect(400, "InvalidRequestID")
}

func TestExpectContinue(t *testing.T) {
	s, path := newServer(t)
	w := dial(t, path)
	w.ready(s)
	begin(t, s, newEvent())
	got := await(s, soon())
	w.expect(200, "")
	w.send(post("invocation/"+id+"/response", "Expect: 100-continue\r\nContent-Length: 1\r\n", ""))
	line, err := w.in.ReadString('\n')
	if err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatal(line, err)
	}
	_, _ = w.in.ReadString('\n')
	w.send("1")
	w.expect(202, "")
	if r := <-got; string(r.Payload) != "1" {
		t.Errorf("got %+v", r)
	}
}

func TestLargeEventToASlowReader(t *testing.T) {
	s, path := newServer(t)
	w := dial(t, path)
	w.ready(s)
	e := newEvent()
	e.Payload = []byte(strings.Repeat("x", 6<<20))
	begin(t, s, e)
	for range 3 { // the socket takes only a part
		if _, err := s.Await(time.Now().Add(time.Millisecond)); !errors.Is(err, runtimeapi.ErrDeadline) {
			t.Fatalf("got %v", err)
		}
	}
	s.Abandon()
	clear(e.Payload)
	got := await(s, soon())
	if _, body := w.receive(); body != strings.Repeat("x", 6<<20) {
		t.Error("the event's memory was used after the caller had left")
	}
	w.send(sized("invocation/"+id+"/response", "1") + next)
	if r := <-got; r.err != nil {
		t.Error(r.err)
	}
}

func TestTooManyConnections(t *testing.T) {
	_, path := newServer(t)
	for range 32 {
		dial(t, path).send("GET ")
	}
	w := dial(t, path)
	if _, err := w.in.ReadByte(); err == nil {
		t.Error("a connection too many was served")
	}
}

func TestTCP(t *testing.T) {
	s := runtimeapi.New(limit)
	addr, err := s.ListenTCP()
	if err != nil || !strings.HasPrefix(addr, "127.0.0.1:") {
		t.Fatal(addr, err)
	}
	s.Close()
	if _, err := s.ListenTCP(); !errors.Is(err, runtimeapi.ErrClosed) {
		t.Errorf("got %v", err)
	}
}
