//go:build unix

package lambda

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// misdeed is a call of a function of testdata that misbehaves, and what Invoke then says of it: failed is a pattern of the error, empty where
// the function answers.
type misdeed struct{ path, failed string }

const timedOut, ended = `Task timed out after 2\.00 seconds`, `Runtime exited`

var ofNode = []misdeed{
	{"/exit", `Runtime exited with error: exit status 7`},
	{"/loop", timedOut},
	{"/never", timedOut},
	{"/unsettled", ``}, // no async function: its empty event loop is its end
	{"/throw", `"errorType":"TypeError","errorMessage":"as told"`},
	{"/throw-late", `as told, late`},
	{"/reject-late", `as told, late`},
	{"/throw-nothing", `.`},
	{"/throw-odd", `.`},
	{"/circular", `.`},
	{"/bigint", `.`},
	{"/large", `Response payload size exceeded maximum allowed payload size \(6291556 bytes\)`},
	{"/sockets", `.`},
	{"/descriptors", `.`},
	{"/print", ``},
	{"/print-no-line", ``},
	{"/print-bytes", ``},
	{"/stdout-closed", ``},
	{"/memory", `.`},
	{"/signal", ended},
}

var ofPython = []misdeed{
	{"/leave", `Runtime exited with error: exit status 7`},
	{"/leave-well", `.`},
	{"/loop", timedOut},
	{"/never", timedOut},
	{"/throw", `"errorMessage": ?"as told"`},
	{"/throw-odd", `.`},
	{"/circular", `.`},
	{"/unserializable", `not JSON serializable`},
	{"/nan", ``},
	{"/large", `Response payload size exceeded maximum allowed payload size \(6291556 bytes\)`},
	{"/recursion", `RecursionError`},
	{"/descriptors", `.`},
	{"/threads", ``},
	{"/printing", ``},
	{"/print-bytes", ``},
	{"/memory", `.`},
	{"/stop", ended},
}

// TestNodeHandlers and TestPythonHandlers have functions on Dipylon's own runtime clients misbehave; after each misdeed they answer as ever.
func TestNodeHandlers(t *testing.T) {
	interpreted(t, "node", types.RuntimeNodejs20x, "index.js", ofNode, "/pollute")
}

// TestPythonHandlers is TestNodeHandlers for Python.
func TestPythonHandlers(t *testing.T) {
	interpreted(t, "python3", types.Runtime("python3.11"), "index.py", ofPython, "/forks", "/surrogate")
}

// interpreted runs misdeeds. What is said of those of unknown is left open.
func interpreted(t *testing.T, interpreter string, runtime types.Runtime, file string, misdeeds []misdeed, unknown ...string) {
	t.Helper()
	if out, err := exec.Command(interpreter, "--version").CombinedOutput(); err != nil {
		why := interpreter + " does not work here: " + err.Error() + " " + string(out)
		if os.Getenv("CI") == "true" || os.Getenv("DIPYLON_REQUIRE_TOOLS") == "1" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	s := serve(t, t.TempDir())
	s.function("odd", func(in *lambda.CreateFunctionInput) {
		in.Runtime, in.Handler, in.Timeout, in.MemorySize = runtime, aws.String("index.handler"), aws.Int32(2), aws.Int32(256)
		in.Code.ZipFile = zipOf(entry{file, 0o644, must(os.ReadFile(filepath.Join("testdata", file)))})
	})
	well := func(after string) {
		t.Helper()
		out, err := s.invoke("odd", "/echo")
		if err != nil || out.FunctionError != nil || tell(t, out.Payload).PID == 0 {
			t.Fatalf("after %s: %+v, %v", after, out, err)
		}
	}
	for _, c := range misdeeds {
		t.Run(c.path, func(t *testing.T) {
			out, err := s.invoke("odd", c.path)
			switch {
			case err != nil:
				t.Errorf("%v", err)
			case (out.FunctionError != nil) != (c.failed != "") || !regexp.MustCompile(c.failed).Match(out.Payload):
				t.Errorf("error %q: %.300s", aws.ToString(out.FunctionError), out.Payload)
			}
			well(c.path)
		})
	}
	for _, path := range unknown {
		if _, err := s.invoke("odd", path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		well(path)
	}
	checkMemory(t, s.PID())
	checkLog(t, s.Log.String())
}
