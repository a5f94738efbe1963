package host_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	awslambda "github.com/aws/aws-lambda-go/lambda"

	"github.com/dipylon/dipylon/internal/lambda/sandbox"
)

// TestMain makes this binary the functions that the tests run, and the sentinel.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv("HANDLER") != "":
		bootstrap(os.Getenv("HANDLER"))
	case os.Getenv("SENTINEL") != "":
		if err := sandbox.Sentinel(os.Stdin); err != nil {
			os.Exit(1)
		}
	default:
		os.Exit(m.Run())
	}
}

const api = "/2018-06-01/runtime/"

// runtime is a runtime client by hand: one connection, one write for an answer with the request for what is next.
type runtime struct {
	net.Conn
	in   *bufio.Reader
	id   string
	head http.Header
}

func connect() *runtime {
	c, err := net.Dial("unix", os.Getenv("SOCKET"))
	if err != nil {
		panic(err)
	}
	return &runtime{Conn: c, in: bufio.NewReader(c)}
}

func (r *runtime) send(text string) {
	if _, err := io.WriteString(r, text); err != nil {
		os.Exit(0)
	}
}

func (r *runtime) ask() { r.send("GET " + api + "invocation/next HTTP/1.1\r\nHost: x\r\n\r\n") }

// receive returns the next event; answers to what was posted before are passed over.
func (r *runtime) receive() []byte {
	for {
		resp, err := http.ReadResponse(r.in, nil)
		if err != nil {
			os.Exit(0)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			os.Exit(0)
		}
		if id := resp.Header.Get("Lambda-Runtime-Aws-Request-Id"); id != "" {
			r.id, r.head = id, resp.Header
			return body
		}
		if resp.StatusCode != http.StatusAccepted {
			fmt.Printf("refused %d %s\n", resp.StatusCode, bytes.TrimSpace(body))
		}
	}
}

func (r *runtime) post(what, headers string, body []byte) {
	r.send("POST " + api + what + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n" + headers + "\r\n" + string(body))
}

func (r *runtime) answer(body []byte) { r.post("invocation/"+r.id+"/response", "", body) }

func (r *runtime) stream(chunks ...string) {
	text := "POST " + api + "invocation/" + r.id + "/response HTTP/1.1\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n" +
		"Lambda-Runtime-Function-Response-Mode: streaming\r\n\r\n"
	for _, c := range chunks {
		text += strconv.FormatInt(int64(len(c)), 16) + "\r\n" + c + "\r\n"
	}
	r.send(text)
}

// handlers are functions by name. Those that return go on with the next event.
var handlers = map[string]func(r *runtime, event []byte){
	"echo": func(r *runtime, event []byte) { r.answer(event) },
	"pid": func(r *runtime, _ []byte) {
		fmt.Println("pid", os.Getpid())
		r.answer([]byte(strconv.Itoa(os.Getpid())))
	},
	"tell": func(r *runtime, _ []byte) {
		h := r.head
		r.answer([]byte(strings.Join([]string{
			h.Get("Lambda-Runtime-Deadline-Ms"), h.Get("Lambda-Runtime-Invoked-Function-Arn"), h.Get("Lambda-Runtime-Trace-Id"),
			h.Get("Lambda-Runtime-Client-Context"), os.Getenv("AWS_LAMBDA_LOG_STREAM_NAME"), strings.Join(os.Environ(), "\n"),
		}, "|")))
	},
	"slow": func(r *runtime, event []byte) {
		_ = os.WriteFile(string(event), nil, 0o600) // the test sees that the call has begun, and removes the file to have it end
		for {
			if _, err := os.Stat(string(event)); err != nil {
				break
			}
			time.Sleep(time.Millisecond)
		}
		r.answer([]byte("slow"))
	},
	"never":   func(*runtime, []byte) { forever() },
	"exit":    func(_ *runtime, event []byte) { code, _ := strconv.Atoi(string(event)); os.Exit(code) },
	"die":     func(*runtime, []byte) { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL); forever() },
	"hang up": func(r *runtime, _ []byte) { _ = r.Close(); forever() },
	"twice":   func(r *runtime, event []byte) { r.answer(event); r.answer([]byte("again")) },
	"garbage": func(r *runtime, _ []byte) { r.send("\x00garbage\r\n\r\n"); forever() },
	"no json": func(r *runtime, _ []byte) { r.answer([]byte(`{"a":`)) },
	"7 MB":    func(r *runtime, _ []byte) { r.answer(bytes.Repeat([]byte("x"), 7<<20)) },
	"error": func(r *runtime, _ []byte) {
		r.post("invocation/"+r.id+"/error", "Lambda-Runtime-Function-Error-Type: Function.Mine\r\n", []byte(`{"errorMessage":"no"}`))
	},
	"print": func(r *runtime, event []byte) {
		fmt.Fprintln(os.Stderr, "to stderr")
		fmt.Printf("%s", event)
		r.answer([]byte("{}"))
	},
	"flood": func(r *runtime, _ []byte) {
		line := []byte(strings.Repeat("x", 1<<16-1) + "\n")
		for range 1 << 14 { // a gigabyte
			_, _ = os.Stdout.Write(line)
		}
		r.answer([]byte("{}"))
	},
	"eat": func(*runtime, []byte) {
		for all := [][]byte{}; ; {
			b := make([]byte, 16<<20)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			all = append(all, b)
		}
	},
	"fork": func(r *runtime, _ []byte) {
		child := exec.Command("/bin/sleep", "1000")
		child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := child.Start(); err != nil {
			panic(err)
		}
		r.answer([]byte(strconv.Itoa(child.Process.Pid)))
	},
	"stream":        func(r *runtime, _ []byte) { r.stream("one ", "two"); r.send("0\r\n\r\n") },
	"endless":       func(r *runtime, _ []byte) { r.stream("one "); forever() },
	"stream, exit":  func(r *runtime, _ []byte) { r.stream("one "); os.Exit(1) },
	"stream, error": func(r *runtime, _ []byte) { r.stream("one "); r.send("0\r\n" + failed + "\r\n") },
}

var failed = "Lambda-Runtime-Function-Error-Type: Function.Mine\r\nLambda-Runtime-Function-Error-Body: " +
	base64.StdEncoding.EncodeToString([]byte(`{"errorMessage":"no"}`)) + "\r\n"

// echoFast reads no more of an event than its end, so that a benchmark measures the host.
func echoFast(r *runtime) {
	b := make([]byte, 8192)
	for {
		n, err := r.Read(b)
		if err != nil {
			os.Exit(0)
		}
		_, id, _ := bytes.Cut(b[:n], []byte("Aws-Request-Id: "))
		_, body, _ := bytes.Cut(id, []byte("\r\n\r\n"))
		r.send("POST " + api + "invocation/" + string(id[:36]) + "/response HTTP/1.1\r\nHost: x\r\nContent-Length: " + strconv.Itoa(len(body)) +
			"\r\n\r\n" + string(body) + "GET " + api + "invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")
	}
}

// bootstrap is the functions' main.
func bootstrap(name string) {
	switch name {
	case "official": // AWS's own client, over TCP
		awslambda.Start(func(event map[string]any) (map[string]any, error) {
			if event["fail"] == true {
				return nil, errors.New("as you wish")
			}
			return event, nil
		})
		return
	case "init exits":
		os.Exit(1)
	case "init fails":
		r := connect()
		r.post("init/error", "Lambda-Runtime-Function-Error-Type: Runtime.ImportModuleError\r\n", []byte(`{"errorType":"Runtime.ImportModuleError"}`))
		_, _ = r.in.ReadByte()
		os.Exit(1)
	case "init hangs":
		forever()
	case "init fails once":
		mark := filepath.Join(os.Getenv("SHARED"), "once")
		if _, err := os.Stat(mark); err != nil {
			_ = os.WriteFile(mark, nil, 0o600)
			os.Exit(1)
		}
		name = "echo"
	}
	if name == "any" { // the event says what to do
		handlers[name] = func(r *runtime, event []byte) { handlers[string(event)](r, event) }
	}
	r := connect()
	if name == "echo fast" {
		r.ask()
		echoFast(r)
	}
	for handle := handlers[name]; ; {
		r.ask()
		handle(r, r.receive())
	}
}

// forever waits as a handler that never answers. To wait for nothing at all is a deadlock, which Go ends by itself.
func forever() { time.Sleep(time.Hour) }
