package script

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// function NAME makes a directory $WORK/NAME with a Lambda function, for the runtime provided.al2023, and sets NAME to the
// member Code of CreateFunction that runs it from there. See answerEvent for what it does.
func function(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg)
	if len(args) != 1 {
		ts.Fatalf("usage: function NAME")
	}
	self, err := os.Executable()
	ts.Check(err)
	dir := ts.MkAbs(args[0])
	ts.Check(os.Mkdir(dir, 0o755))
	ts.Check(os.Symlink(self, filepath.Join(dir, "bootstrap")))
	ts.Setenv(args[0], fmt.Sprintf(`{"S3Bucket":"hot-reload","S3Key":%q}`, dir))
}

// runFunction is the bootstrap of such a function: this test binary is it where there is a Runtime API.
func runFunction(api string) error {
	base := "http://" + api + "/2018-06-01/runtime/invocation/"
	for {
		next, err := http.Get(base + "next")
		if err != nil {
			return err
		}
		event, err := io.ReadAll(next.Body)
		_ = next.Body.Close()
		if err != nil {
			return err
		}
		id := next.Header.Get("Lambda-Runtime-Aws-Request-Id")
		answer, failed := answerEvent(event, next.Header.Get("Lambda-Runtime-Invoked-Function-Arn"))
		kind := "/response"
		if failed {
			kind = "/error"
		}
		posted, err := http.Post(base+id+kind, "application/json", bytes.NewReader(answer))
		if err != nil {
			return err
		}
		_ = posted.Body.Close()
	}
}

// answerEvent does what an event's member "do", or the last segment of its path, says: fail, exit, sleep for a second, or
// else tell which version was called how, and with what.
func answerEvent(event []byte, arn string) (answer []byte, failed bool) {
	var e struct {
		Do, RawPath string
		Source      string
		Records     []struct{ Sns struct{ Message string } }
	}
	_ = json.Unmarshal(event, &e)
	if e.Do == "" {
		e.Do = path.Base(e.RawPath)
	}
	fmt.Println("event to", e.Do)
	if e.Source != "" {
		fmt.Println("event of", e.Source)
	}
	for _, r := range e.Records {
		fmt.Println("message", r.Sns.Message)
	}
	switch e.Do {
	case "fail":
		return []byte(`{"errorType":"Failure","errorMessage":"as the event said"}`), true
	case "exit":
		os.Exit(1)
	case "sleep":
		time.Sleep(time.Second)
	}
	answer, _ = json.Marshal(map[string]any{
		"version": os.Getenv("AWS_LAMBDA_FUNCTION_VERSION"), "greeting": os.Getenv("GREETING"), "arn": arn,
		"event": json.RawMessage(strings.TrimSpace(string(event))),
	})
	return answer, false
}
