//go:build unix

package lambda

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

const internalError = `^\{"message":"Internal Server Error"\}$`

// hostile are calls of functions that misbehave: the answer of an API, and what Invoke calls the error, empty for none. The texts of errors
// are those of AWS's runtime interface emulator (github.com/aws/aws-lambda-runtime-interface-emulator, internal/lambda/rapid and fatalerror) and
// of https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html.
var hostile = []struct {
	path   string
	status int
	body   string
	failed string
}{
	{"/hang", 500, internalError, `Task timed out after 2\.00 seconds`},
	{"/exit?code=1", 500, internalError, `Runtime exited with error: exit status 1`},
	{"/exit?code=0", 500, internalError, `Runtime exited without providing a reason`},
	{"/killed", 500, internalError, `Runtime exited with error: signal: killed`},
	{"/panic", 500, internalError, `Runtime exited with error: exit status 2`},
	{"/error", 500, internalError, `"errorMessage":"as told"`},
	{"/twice", 200, `"version":"one"`, ``},
	{"/other", 200, `"version":"one"`, ``},
	{"/lost", 500, internalError, `.`},
	{"/skip", 500, internalError, `.`},
	{"/claim", 500, internalError, `.`},
	{"/big?n=7340032", 500, internalError, `Response payload size exceeded maximum allowed payload size \(6291556 bytes\)`},
	{"/big?n=6000000", 200, `^x{1000}`, ``},
	{"/flood", 500, internalError, `Task timed out`},
	{"/line?n=30000000", 200, `"version":"one"`, ``},
}

// TestHostileHandlers has a function misbehave in each way, called by an API and by Invoke; after each it answers as ever.
func TestHostileHandlers(t *testing.T) {
	s := serve(t, t.TempDir())
	s.function("hostile", func(in *lambda.CreateFunctionInput) { in.Timeout = aws.Int32(2) })
	api := s.route("hostile")
	for _, c := range hostile {
		t.Run(c.path, func(t *testing.T) {
			answer, err := s.get(api, c.path)
			switch {
			case err != nil:
				t.Errorf("by the API: %v", err)
			case answer.Status != c.status || !regexp.MustCompile(c.body).Match(answer.Body):
				t.Errorf("by the API: status %d: %.300s", answer.Status, answer.Body)
			}
			s.call(api, "/echo")
			out, err := s.invoke("hostile", c.path)
			switch {
			case err != nil:
				t.Errorf("by Invoke: %v", err)
			case (out.FunctionError != nil) != (c.failed != ""):
				t.Errorf("by Invoke: error %q: %.300s", aws.ToString(out.FunctionError), out.Payload)
			case !regexp.MustCompile(c.failed).Match(out.Payload):
				t.Errorf("by Invoke: %.300s", out.Payload)
			}
			s.call(api, "/echo")
		})
	}
	for _, path := range []string{"/garbage", "/half"} { // what Invoke says of these is not known of AWS
		if _, err := s.get(api, path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		s.call(api, "/echo")
	}
	checkMemory(t, s.PID())
	checkLog(t, s.Log.String())
}

// TestHostileHandlersAtOnce has eight callers misbehave in all ways at the same time, while two more call well.
func TestHostileHandlersAtOnce(t *testing.T) {
	s := serve(t, t.TempDir())
	s.function("bad", func(in *lambda.CreateFunctionInput) { in.Timeout = aws.Int32(1) })
	s.function("good", nil)
	bad, good := s.route("bad"), s.route("good")
	var misbehaving, behaving sync.WaitGroup
	done := make(chan struct{})
	for k := range 8 {
		misbehaving.Go(func() {
			for i := range hostile {
				c := hostile[(i+2*k)%len(hostile)]
				// What would be answered may come too late.
				if answer, err := s.get(bad, c.path); err != nil || answer.Status != c.status && answer.Status != 500 {
					t.Errorf("%s: %+v, %v", c.path, answer, err)
				}
			}
		})
	}
	for range 2 {
		behaving.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if answer, err := s.get(good, "/echo"); err != nil || answer.Status != 200 {
					t.Errorf("a good function: %+v, %v", answer, err)
					return
				}
			}
		})
	}
	misbehaving.Wait()
	close(done)
	behaving.Wait()
	checkLog(t, s.Log.String())
}

// checkMemory bounds what the server ever held. With the race detector it holds several times as much.
func checkMemory(t *testing.T, pid int) {
	t.Helper()
	if runtime.GOOS != "linux" {
		return
	}
	const most = 1 << 20 // KiB
	status := must(os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)))
	peak := must(strconv.Atoi(string(regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)[1])))
	if peak > most {
		t.Errorf("the server held %d MiB", peak>>10)
	}
	t.Logf("the server held %d MiB at most", peak>>10)
}

// checkLog says that no failure was the server's own. That lines of functions are lost is no failure where these write more than any disk takes.
func checkLog(t *testing.T, log string) {
	t.Helper()
	for line := range strings.Lines(log) {
		if strings.Contains(line, "panic:") || strings.Contains(line, "level=ERROR") && !strings.Contains(line, "lines of log groups were lost") {
			t.Errorf("logged: %s", line)
		}
	}
}

// TestEnvironmentIsTheFunctionsOwn looks for the server's variables in a function's environment.
func TestEnvironmentIsTheFunctionsOwn(t *testing.T) {
	s := serve(t, t.TempDir(), "SECRET_OF_THE_SERVER=x", "DIPYLON_LOG_LEVEL=debug")
	s.function("environ", nil)
	for _, line := range s.call(s.route("environ"), "/echo").Environ {
		if strings.Contains(line, "SECRET_OF_THE_SERVER") || strings.HasPrefix(line, "DIPYLON_") || strings.HasPrefix(line, "GORACE") {
			t.Errorf("a function sees %s", line)
		}
	}
}
