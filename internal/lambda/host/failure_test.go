package host_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
)

// failures are handlers that do not do as they should, what their caller gets, and what the log says. The payloads are
// those of https://github.com/localstack/localstack (tests/aws/services/lambda_/test_lambda.snapshot.json) unless noted.
var failures = []struct {
	name, handler, event string
	timeout              time.Duration
	memory               int
	functionError        string
	want                 string
	log                  []string // expressions for the lines, in order
}{
	{name: "timeout", handler: "never", timeout: 250 * time.Millisecond, functionError: "Unhandled",
		want: `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + id + ` Error: Task timed out after 0.25 seconds"}`,
		log: []string{"^INIT_START ", "^START ", `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ` + id + " Task timed out after 0.25 seconds$", "^END ",
			`^REPORT RequestId: ` + id + `\tDuration: \d+\.\d\d ms\t.*\tInit Duration: [0-9.]+ ms\tStatus: timeout$`}},
	{name: "exit status", handler: "exit", event: "1", functionError: "Unhandled",
		want: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: exit status 1"}`,
		log: []string{"^INIT_START ", "^START ", "^RequestId: " + id + " Error: Runtime exited with error: exit status 1\rRuntime.ExitError$", "^END ",
			`\tStatus: error\tError Type: Runtime.ExitError$`}},
	{name: "exit without reason", handler: "exit", event: "0", functionError: "Unhandled",
		want: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited without providing a reason"}`},
	// https://github.com/aws-solutions-library-samples/cloud-intelligence-dashboards-data-collection/issues/201
	{name: "signal", handler: "die", functionError: "Unhandled",
		want: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: signal: killed"}`},
	// https://github.com/adobe/helix-html2md-service/issues/1001
	{name: "out of memory", handler: "eat", memory: 128, functionError: "Unhandled", want: `Runtime exited with error: `},
	{name: "socket closed", handler: "hang up", timeout: 250 * time.Millisecond, functionError: "Unhandled", want: "Sandbox.Timedout"},
	{name: "garbage", handler: "garbage", timeout: 250 * time.Millisecond, functionError: "Unhandled", want: "Sandbox.Timedout"},
	{name: "7 MB", handler: "7 MB", functionError: "Unhandled",
		want: `{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}`,
		log:  []string{"^INIT_START ", "^START ", "^END ", "\tStatus: error\tError Type: Function.ResponseSizeTooLarge$"}},
	{name: "error", handler: "error", functionError: "Unhandled", want: `{"errorMessage":"no"}`,
		log: []string{"^INIT_START ", "^START ", "^END ", `\tInit Duration: [0-9.]+ ms\t$`}},
	{name: "no JSON", handler: "no json", want: `{"a":`},
	{name: "no bootstrap", handler: "none", functionError: "Unhandled",
		want: `{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: ` + id + ` Error: fork/exec /var/task/bootstrap: no such file or directory"}`,
		// A published log of such a function has these lines, but for the status in the last, which is of newer ones.
		log: []string{"^INIT_START ", `^INIT_REPORT Init Duration: [0-9.]+ ms\tPhase: init\tStatus: error\tError Type: Runtime.InvalidEntrypoint$`,
			`^INIT_REPORT Init Duration: [0-9.]+ ms\tPhase: invoke\tStatus: error\tError Type: Runtime.InvalidEntrypoint$`, "^START ",
			"^RequestId: " + id + " Error: fork/exec /var/task/bootstrap: no such file or directory\rRuntime.InvalidEntrypoint$", "^END ",
			"\tStatus: error\tError Type: Runtime.InvalidEntrypoint$"}},
	{name: "init exits", handler: "init exits", functionError: "Unhandled",
		want: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: exit status 1"}`},
	{name: "init fails", handler: "init fails", functionError: "Unhandled", want: `{"errorType":"Runtime.ImportModuleError"}`,
		log: []string{"^INIT_START ", "Phase: init\tStatus: error\tError Type: Runtime.ImportModuleError$",
			"Phase: invoke\tStatus: error\tError Type: Runtime.ImportModuleError$", "^START ", "^END ", "\tError Type: Runtime.ImportModuleError$"}},
	{name: "init fails once", handler: "init fails once", event: "1", want: "1"},
	{name: "init hangs", handler: "init hangs", timeout: 300 * time.Millisecond, functionError: "Unhandled",
		want: `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + id + ` Error: Task timed out after 0.30 seconds"}`,
		log: []string{"^INIT_START ", `Phase: init\tStatus: timeout$`, `Phase: invoke\tStatus: timeout$`, "^START ", "Task timed out", "^END ",
			"\tStatus: timeout$"}},
}

func TestFailures(t *testing.T) {
	for _, tt := range failures {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, shortInit)
			f := r.runner(tt.handler, func(v *lambda.Version) {
				if tt.timeout > 0 {
					v.Timeout = tt.timeout
				}
				if tt.memory > 0 {
					v.MemoryMB = tt.memory
				}
			})
			out := r.invoke(f, invocation(tt.event))
			if out.FunctionError != tt.functionError || !strings.Contains(string(out.Payload), tt.want) || out.Version != "$LATEST" {
				t.Errorf("got %s %q, want %s %q", out.FunctionError, out.Payload, tt.functionError, tt.want)
			}
			// What the runtime itself says of a refused answer comes at any time.
			lines := slices.DeleteFunc(r.logs.all(), func(line string) bool { return strings.HasPrefix(line, "refused 413 ") })
			if tt.log != nil {
				if len(lines) != len(tt.log) {
					t.Fatalf("logged %q", lines)
				}
				for i, want := range tt.log {
					if !regexp.MustCompile(want).MatchString(lines[i]) {
						t.Errorf("logged %q, want %s", lines[i], want)
					}
				}
			}
		})
	}
}

// TestAfterAFailure calls again: another worker takes the place of one that was lost, and the same one goes on otherwise.
func TestAfterAFailure(t *testing.T) {
	tests := []struct {
		handler, event string
		starts         int64
	}{
		{"exit", "1", 2},
		{"error", "", 1},
		{"7 MB", "", 1},
		{"twice", `"x"`, 1},
	}
	for _, tt := range tests {
		t.Run(tt.handler, func(t *testing.T) {
			r := newRig(t)
			f := r.runner(tt.handler)
			first, second := r.invoke(f, invocation(tt.event)), r.invoke(f, invocation(tt.event))
			if string(first.Payload) != string(second.Payload) {
				t.Errorf("got %q, then %q", first.Payload, second.Payload)
			}
			if n := r.starts.Load(); n != tt.starts {
				t.Errorf("%d workers were started, want %d", n, tt.starts)
			}
			if tt.handler == "twice" {
				r.logs.wait(t, "refused 403")
			}
		})
	}
}

func TestNotStarted(t *testing.T) {
	r := newRig(t)
	ended := false
	in := invocation("")
	in.Ended = func() { ended = true }
	err := r.runner("no runtime").Invoke(t.Context(), in, &lambda.Result{})
	var e *lambda.Error
	if !errors.As(err, &e) || e.Kind != lambda.NoRuntime || !ended {
		t.Errorf("got %v, ended %v", err, ended)
	}
}

func TestJSONLog(t *testing.T) {
	r := newRig(t)
	f := r.runner("exit", func(v *lambda.Version) { v.LogFormat, v.LogGroup = "JSON", "/mine" })
	r.invoke(f, invocation("1"))
	const at = `"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"`
	// The members are those of logs that people published.
	want := []string{
		`^{"time":` + at + `,"type":"platform.initStart","record":{"initializationType":"on-demand","phase":"init","runtimeVersion":"provided:al2023.v1",` +
			`"runtimeVersionArn":"arn:aws:lambda:eu-west-1::runtime:[0-9a-f]{64}","functionName":"f","functionVersion":"\$LATEST",` +
			`"instanceId":"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}","instanceMaxMemory":536870912}}$`,
		`^{"time":` + at + `,"type":"platform.start","record":{"requestId":"` + id + `","functionArn":"arn:aws:lambda:eu-west-1:000000000000:function:f","version":"\$LATEST"}}$`,
		`^{"time":` + at + `,"type":"platform.report","record":{"requestId":"` + id + `","metrics":{"durationMs":[0-9.]+,"billedDurationMs":\d+,` +
			`"memorySizeMB":512,"maxMemoryUsedMB":\d+,"initDurationMs":[0-9.]+},"status":"error","errorType":"Runtime.ExitError"}}$`,
	}
	lines := r.logs.all()
	if len(lines) != len(want) || r.logs.group != "/mine" {
		t.Fatalf("logged %q to %s", lines, r.logs.group)
	}
	for i := range want {
		if !regexp.MustCompile(want[i]).MatchString(lines[i]) {
			t.Errorf("logged %s, want %s", lines[i], want[i])
		}
	}
	quiet := newRig(t)
	quiet.invoke(quiet.runner("echo", func(v *lambda.Version) {
		v.FunctionVersion = gateway.FunctionVersion{Version: "3", Handler: "echo", LogFormat: "JSON", SystemLevel: "WARN", Timeout: patience}
	}), invocation("1"))
	if lines := quiet.logs.all(); len(lines) > 0 {
		t.Errorf("logged %q", lines)
	}
}
