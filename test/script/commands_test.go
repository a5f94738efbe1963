package script

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dipylon/dipylon/test/harness"
)

// run is what a script has running.
type run struct {
	dataDir  string
	process  *harness.Process
	others   []*harness.Process
	backends map[string]*harness.Backend
	issuers  map[string]*issuer
	// answered is the body of the last call or control command.
	answered []byte
	skip     func(...any)
	late     chan result
}

type runKey struct{}

func of(ts *testscript.TestScript) *run { return ts.Value(runKey{}).(*run) }

func (r *run) close() {
	for _, p := range append(r.others, r.process) {
		if p != nil {
			p.Kill()
		}
	}
	for _, b := range r.backends {
		b.Close()
	}
	for _, i := range r.issuers {
		_ = i.server.Close()
	}
}

// serve [FLAG...] starts the server on the script's data directory, or takes the one that DIPYLON_ENDPOINT and
// DIPYLON_HTTPS name; scripts that need flags are then skipped.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg)
	if external := os.Getenv("DIPYLON_ENDPOINT"); external != "" {
		if len(args) > 0 {
			skip(ts, "needs a server with flags of its own, and DIPYLON_ENDPOINT names a running one")
		}
		announce(ts, strings.TrimPrefix(external, "http://"), os.Getenv("DIPYLON_HTTP"), os.Getenv("DIPYLON_HTTPS"))
		return
	}
	r := of(ts)
	flags := []string{"--data-dir", r.dataDir}
	for flag, value := range map[string]string{
		"--control-addr": "127.0.0.1:0", "--http-addr": "127.0.0.1:0", "--https-addr": "127.0.0.1:0",
	} {
		if !slices.Contains(args, flag) {
			flags = append(flags, flag, value)
		}
	}
	p, err := harness.Serve(binary, append(flags, args...), nil)
	ts.Check(err)
	r.process = p
	announce(ts, p.Control, p.HTTP, p.HTTPS)
}

// another leaves the server running and has the next serve start one more, on data of its own.
func another(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg)
	r := of(ts)
	if len(args) != 0 || r.process == nil {
		ts.Fatalf("usage: another, after serve")
	}
	r.others, r.process = append(r.others, r.process), nil
	r.dataDir += "2"
	ts.Setenv("DATA", r.dataDir)
}

func announce(ts *testscript.TestScript, control, http, https string) {
	ts.Setenv("CONTROL", control)
	ts.Setenv("HTTP", http)
	ts.Setenv("HTTPS", https)
	ts.Setenv("HTTPS_PORT", https[strings.LastIndexByte(https, ':')+1:])
	ts.Setenv("CONTROL_PORT", control[strings.LastIndexByte(control, ':')+1:])
	ts.Setenv("AWS_ENDPOINT_URL", "http://"+control)
}

// terminate ends the server with SIGTERM, which must end well.
func terminate(ts *testscript.TestScript, neg bool, _ []string) {
	noNeg(ts, neg)
	r := of(ts)
	if r.process == nil {
		skip(ts, "needs a server that it can stop, and DIPYLON_ENDPOINT names a running one")
	}
	ts.Check(r.process.Signal(syscall.SIGTERM))
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	ts.Check(r.process.Wait(ctx))
}

// crash ends the server as a crash would.
func crash(ts *testscript.TestScript, neg bool, _ []string) {
	noNeg(ts, neg)
	if of(ts).process == nil {
		skip(ts, "needs a server that it can kill, and DIPYLON_ENDPOINT names a running one")
	}
	of(ts).process.Kill()
}

// backend NAME... starts back ends and sets each NAME to its host and port.
func startBackend(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg)
	for _, name := range args {
		b, err := harness.StartBackend(name)
		ts.Check(err)
		of(ts).backends[name] = b
		ts.Setenv(name, b.Addr())
	}
}

// down NAME... ends back ends; their addresses stay empty.
func endBackend(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg)
	for _, name := range args {
		of(ts).backends[name].Close()
	}
}

// arrived NAME N waits until N calls have reached the back end; more are an error.
func arrived(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg)
	if len(args) != 2 || of(ts).backends[args[0]] == nil {
		ts.Fatalf("usage: arrived NAME N")
	}
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	for deadline := time.Now().Add(longestWait); of(ts).backends[args[0]].Calls() < n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("%d calls arrived", of(ts).backends[args[0]].Calls())
		}
	}
	if calls := of(ts).backends[args[0]].Calls(); calls > n {
		ts.Fatalf("%d calls arrived", calls)
	}
}

// get NAME=PATH... sets variables to values in the last answer's JSON, such as API=apiId or ID=items.0.routeId.
func get(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg)
	var doc any
	ts.Check(json.Unmarshal(of(ts).answered, &doc))
	for _, arg := range args {
		name, path, _ := strings.Cut(arg, "=")
		value, err := lookUp(doc, path)
		ts.Check(err)
		ts.Setenv(name, value)
	}
}

// answered FILE has get read the last command's standard output, of a program that prints JSON.
func takeAnswer(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg)
	of(ts).answered = []byte(ts.ReadFile(strings.Join(args, " ")))
}

// variable NAME sets a variable to the last command's standard output.
func variable(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg)
	ts.Setenv(strings.Join(args, ""), strings.TrimSpace(ts.ReadFile("stdout")))
}

func lookUp(doc any, path string) (string, error) {
	for key := range strings.SplitSeq(path, ".") {
		switch v := doc.(type) {
		case map[string]any:
			if doc = v[key]; doc == nil {
				return "", fmt.Errorf("the answer has no %q of %s", key, path)
			}
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(v) {
				return "", fmt.Errorf("the answer has no %q of %s", key, path)
			}
			doc = v[i]
		default:
			return "", fmt.Errorf("%q of %s is not reached", key, path)
		}
	}
	return fmt.Sprint(doc), nil
}

// needs aws|boto3 skips the script where a tool is missing; with CI=true or DIPYLON_REQUIRE_TOOLS=1 that is a failure.
func needs(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg)
	for _, tool := range args {
		argv := []string{tool, "--version"}
		switch tool {
		case "boto3":
			argv = []string{"python3", "-c", "import boto3"}
		case "kinesalite":
			argv = []string{"node", "-e", `require("kinesalite")`}
		}
		out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
		if err == nil {
			continue
		}
		why := fmt.Sprintf("%s does not work here: %v %s", tool, err, out)
		if os.Getenv("CI") == "true" || os.Getenv("DIPYLON_REQUIRE_TOOLS") == "1" {
			ts.Fatalf("%s", why)
		}
		skip(ts, why)
	}
}

// file NAME SIZE writes a file of that many bytes.
func writeFile(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg)
	if len(args) != 2 {
		ts.Fatalf("usage: file NAME SIZE")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Clean(ts.MkAbs(args[0])), make([]byte, n), 0o600))
}

// log PATTERN... waits until the server has logged lines that match.
func waitForLog(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg)
	if of(ts).process == nil {
		skip(ts, "needs the log of a server of its own")
	}
	const longest = 5 * time.Second
	for deadline := time.Now().Add(longest); ; time.Sleep(5 * time.Millisecond) {
		log := of(ts).process.Log.String()
		missing := slices.DeleteFunc(slices.Clone(args), func(pattern string) bool {
			return regexp.MustCompile(pattern).MatchString(log)
		})
		if len(missing) == 0 {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("nothing in the log matches %q:\n%s", missing, log)
		}
	}
}

// written FILE PATTERN... waits until a file has text that matches each pattern, and prints the file.
func written(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg)
	if len(args) < 2 {
		ts.Fatalf("usage: written FILE PATTERN...")
	}
	for deadline := time.Now().Add(longestWait); ; time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		missing := slices.DeleteFunc(slices.Clone(args[1:]), func(pattern string) bool {
			return regexp.MustCompile("(?m)" + pattern).Match(text)
		})
		if len(missing) == 0 {
			_, _ = ts.Stdout().Write(text)
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("nothing in the file matches %q: %v\n%s", missing, err, text)
		}
	}
}

// logged [-in REGION/ACCOUNT] GROUP PATTERN... waits until a log group has events that match each pattern, and prints the
// group's events: a line each, the time in milliseconds, a space and the message.
func logged(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg)
	region := "us-east-1"
	if len(args) > 1 && args[0] == "-in" {
		region, args = args[1], args[2:]
	}
	if len(args) < 2 {
		ts.Fatalf("usage: logged [-in REGION] GROUP PATTERN...")
	}
	client := cloudwatchlogs.New(cloudwatchlogs.Options{
		Region: region, BaseEndpoint: aws.String("http://" + ts.Getenv("CONTROL")),
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	for deadline := time.Now().Add(longestWait); ; time.Sleep(20 * time.Millisecond) {
		text, err := events(client, args[0])
		missing := slices.DeleteFunc(slices.Clone(args[1:]), func(pattern string) bool {
			return regexp.MustCompile("(?m)" + pattern).MatchString(text)
		})
		if len(missing) == 0 {
			_, _ = ts.Stdout().Write([]byte(text))
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("nothing in the log group matches %q: %v\n%s", missing, err, text)
		}
	}
}

func events(client *cloudwatchlogs.Client, group string) (string, error) {
	var text strings.Builder
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(client, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			return text.String(), err
		}
		for _, e := range page.Events {
			fmt.Fprintf(&text, "%d %s\n", *e.Timestamp, *e.Message)
		}
	}
	return text.String(), nil
}

func noNeg(ts *testscript.TestScript, neg bool) {
	if neg {
		ts.Fatalf("this command does not take !")
	}
}

// skip ends the script as its own skip command would.
func skip(ts *testscript.TestScript, why string) { of(ts).skip(why) }
