//go:build unix

// Command bootstrap is a function of runtime provided.al2023 that does what its event says, most of it bad. It speaks the
// Runtime API by hand, so that it can break it. The event is an API's of format 2.0; the path says what to do:
//
//	/echo              answers {"version","pid","environ","id","began","ended"}
//	/slow?ms=N         the same after N milliseconds
//	/append?file=F     appends the line of the query's "line" to a file first
//	/hang              never answers
//	/exit?code=N       ends the process
//	/killed            ends it by SIGKILL
//	/panic             ends it by a panic
//	/twice             answers, and answers again
//	/other             answers a call that is not its own, then its own
//	/lost              sends half of an answer, closes the connection, and asks for the next call
//	/skip              asks for the next call and leaves this one unanswered
//	/garbage           sends what is no HTTP, then answers
//	/half              answers what is no whole JSON
//	/big?n=N           answers N bytes of JSON
//	/claim             says that a petabyte will come
//	/flood             writes to standard output without an end
//	/line?n=N          writes one line of about N bytes, and answers
//	/fork              leaves a child behind that sleeps, and tells its pid; with detach=1 in a session of its own
//	/error             reports an error
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

type event struct {
	RawPath string            `json:"rawPath"`
	Query   map[string]string `json:"queryStringParameters"`
}

// call is one invocation.
type call struct {
	event
	id    string
	began time.Time
}

func (c call) number(name string) int {
	n, _ := strconv.Atoi(c.Query[name])
	return n
}

// api is a connection to the Runtime API.
type api struct {
	net.Conn
	in *bufio.Reader
}

func dial() *api {
	for range 100 { // a server that is about to end this process may refuse
		if conn, err := net.Dial("tcp", os.Getenv("AWS_LAMBDA_RUNTIME_API")); err == nil {
			return &api{conn, bufio.NewReader(conn)}
		}
		time.Sleep(10 * time.Millisecond)
	}
	os.Exit(3)
	return nil
}

const prefix = "/2018-06-01/runtime/"

func (a *api) send(method, path string, body []byte) {
	fmt.Fprintf(a, "%s %s%s HTTP/1.1\r\nHost: runtime\r\nContent-Length: %d\r\n\r\n", method, prefix, path, len(body))
	_, _ = a.Write(body)
}

// receive reads an answer; without one the process ends.
func (a *api) receive() (*http.Response, []byte) {
	resp, err := http.ReadResponse(a.in, nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bootstrap:", err)
		os.Exit(4)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		os.Exit(5)
	}
	return resp, body
}

func (a *api) next() call {
	a.send("GET", "invocation/next", nil)
	resp, body := a.receive()
	c := call{id: resp.Header.Get("Lambda-Runtime-Aws-Request-Id"), began: time.Now()}
	_ = json.Unmarshal(body, &c.event)
	return c
}

func (a *api) answer(c call, body []byte) {
	a.send("POST", "invocation/"+c.id+"/response", body)
	a.receive()
}

// version is set by the linker, to tell one code from another.
var version = "one"

func echo(c call) []byte {
	return answer(map[string]any{
		"version": version, "pid": os.Getpid(), "environ": os.Environ(), "id": c.id, "began": c.began.UnixNano(), "ended": time.Now().UnixNano(),
	})
}

func answer(v any) []byte {
	b, _ := json.Marshal(v)
	return b
}

func main() {
	a := dial()
	for {
		a = do(a, a.next())
	}
}

// do handles a call and returns the connection to go on with.
func do(a *api, c call) *api {
	switch c.RawPath {
	case "/slow":
		time.Sleep(time.Duration(c.number("ms")) * time.Millisecond)
	case "/append":
		appendLine(c.Query["file"], c.Query["line"])
	case "/twice":
		a.answer(c, echo(c))
	case "/other":
		a.answer(call{id: "00000000-0000-4000-8000-000000000000"}, echo(c))
	case "/half":
		a.answer(c, []byte(`{"statusCode":200,"body":"`))
		return a
	case "/big":
		a.answer(c, big(c.number("n")))
		return a
	case "/line":
		part := bytes.Repeat([]byte{'x'}, 1<<16)
		for left := c.number("n"); left > 0; left -= len(part) {
			_, _ = os.Stdout.Write(part)
		}
		fmt.Println()
	case "/fork":
		a.answer(c, answer(map[string]any{"pid": os.Getpid(), "child": fork(c.Query["detach"] == "1")}))
		return a
	case "/error":
		a.send("POST", "invocation/"+c.id+"/error", []byte(`{"errorType":"Told","errorMessage":"as told"}`))
		a.receive()
		return a
	default:
		return bad(a, c)
	}
	a.answer(c, echo(c))
	return a
}

// bad does what ends the process, or breaks the protocol.
func bad(a *api, c call) *api {
	switch c.RawPath {
	case "/hang":
		time.Sleep(time.Hour) // an empty select would be found to be a deadlock
	case "/exit":
		os.Exit(c.number("code"))
	case "/killed":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "/panic":
		panic("as told")
	case "/flood":
		line := append(bytes.Repeat([]byte{'x'}, 1<<16), '\n')
		for {
			_, _ = os.Stdout.Write(line)
		}
	case "/lost":
		fmt.Fprintf(a, "POST %sinvocation/%s/response HTTP/1.1\r\nHost: runtime\r\nContent-Length: 100\r\n\r\n{", prefix, c.id)
		_ = a.Close()
		return dial()
	case "/skip":
		return a
	case "/garbage":
		_, _ = io.WriteString(a, "\x00\x01 this is no HTTP\r\n\r\n")
		a = dial()
	case "/claim":
		fmt.Fprintf(a, "POST %sinvocation/%s/response HTTP/1.1\r\nHost: runtime\r\nContent-Length: %d\r\n\r\n{", prefix, c.id, 1<<50)
		time.Sleep(time.Hour)
	}
	a.answer(c, echo(c))
	return a
}

func appendLine(file, line string) {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	fmt.Fprintln(f, line)
}

// big is a JSON string of n bytes in all.
func big(n int) []byte {
	b := bytes.Repeat([]byte{'x'}, n)
	b[0], b[n-1] = '"', '"'
	return b
}

func fork(detach bool) int {
	cmd := exec.Command("sleep", "600")
	cmd.Stdout = os.Stdout // held open, so that a reader of it waits
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: detach}
	if err := cmd.Start(); err != nil {
		return -1
	}
	return cmd.Process.Pid
}
