package runtimes

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// echoes are functions that do nothing but answer.
var echoes = map[string]function{
	"node":   {runtime: "nodejs20.x", handler: "index.handler", files: map[string]string{"index.js": `exports.handler = async (event) => event`}},
	"python": {runtime: "python3.11", handler: "app.handler", files: map[string]string{"app.py": "def handler(event, context):\n  return event"}},
	"ruby":   {runtime: "ruby3.3", handler: "app.handler", files: map[string]string{"app.rb": "def handler(event:, context:)\n  event\nend"}},
}

// BenchmarkWarm measures calls of a function that runs. child-µs/op is the processor time of its process.
func BenchmarkWarm(b *testing.B) {
	for name, f := range echoes {
		b.Run(name, func(b *testing.B) {
			need(b, map[string]string{"node": "node", "python": "python3", "ruby": "ruby"}[name])
			c, cmd := connect(b, f)
			call := nextCall()
			buffer := make([]byte, 64<<10)
			c.awaitRequest(buffer)
			b.ResetTimer()
			for range b.N {
				if _, err := c.Write(call); err != nil {
					b.Fatal(err)
				}
				c.awaitRequest(buffer)
			}
			b.StopTimer()
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			b.ReportMetric(float64(used.Microseconds())/float64(b.N), "child-µs/op")
		})
	}
}

// nextCall is what the API writes at once: that it took the last answer, and the next call.
func nextCall() []byte {
	const event = `{"version":"2.0","routeKey":"GET /pets/{id}","rawPath":"/pets/7","headers":{"accept":"*/*"},"isBase64Encoded":false}`
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n")
	b.WriteString("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: " + requestID + "\r\n")
	b.WriteString("Lambda-Runtime-Deadline-Ms: " + strconv.FormatInt(time.Now().Add(time.Hour).UnixMilli(), 10) + "\r\n")
	b.WriteString("Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-1:000000000000:function:echo\r\n")
	b.WriteString("Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700\r\n")
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(event), event)
	return b.Bytes()
}

type benchConn struct {
	net.Conn
	b     testing.TB
	first bool
}

// awaitRequest reads until a request for the next call has come. The first comes alone.
func (c *benchConn) awaitRequest(buffer []byte) {
	n := 0
	for {
		m, err := c.Read(buffer[n:])
		if err != nil {
			c.b.Fatal(err)
		}
		n += m
		if bytes.HasSuffix(buffer[:n], []byte("\r\n\r\n")) && bytes.Contains(buffer[:n], []byte("GET ")) {
			break
		}
	}
	if c.first {
		c.first = false
		// No answer went before the first call: the worker expects none to be taken.
		_, call, _ := bytes.Cut(nextCall(), []byte("{\"status\":\"OK\"}\n"))
		_, _ = c.Write(call)
		c.awaitRequest(buffer)
	}
}

func connect(b testing.TB, f function) (*benchConn, *exec.Cmd) {
	b.Helper()
	socket := filepath.Join(socketDir(b), "api")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	made := command(b, f, socket)
	cmd := exec.CommandContext(b.Context(), made.Argv[0], made.Argv[1:]...)
	cmd.Env, cmd.Dir, cmd.Stderr = made.Env, made.Dir, io.Discard
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	conn, err := listener.Accept()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close(); _ = cmd.Process.Kill() })
	return &benchConn{Conn: conn, b: b, first: true}, cmd
}

// BenchmarkCold measures from the start of a process to its request for a call, beside the interpreter doing nothing.
func BenchmarkCold(b *testing.B) {
	nothing := map[string][]string{"node": {"-e", "0"}, "python": {"-c", "0"}, "ruby": {"-e", "0"}}
	for name, f := range echoes {
		need(b, map[string]string{"node": "node", "python": "python3", "ruby": "ruby"}[name])
		socket := filepath.Join(socketDir(b), "api")
		listener, err := net.Listen("unix", socket)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = listener.Close() })
		made := command(b, f, socket)
		b.Run(name+"/nothing", func(b *testing.B) {
			for range b.N {
				cmd := exec.CommandContext(b.Context(), made.Argv[0], nothing[name]...)
				cmd.Env = made.Env
				if err := cmd.Run(); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/function", func(b *testing.B) {
			buffer := make([]byte, 4096)
			for range b.N {
				cmd := exec.CommandContext(b.Context(), made.Argv[0], made.Argv[1:]...)
				cmd.Env, cmd.Dir = made.Env, made.Dir
				if err := cmd.Start(); err != nil {
					b.Fatal(err)
				}
				conn, err := listener.Accept()
				if err != nil {
					b.Fatal(err)
				}
				if _, err := conn.Read(buffer); err != nil {
					b.Fatal(err)
				}
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
				_ = conn.Close()
			}
		})
	}
}
