//go:build unix

package lambda

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/dipylon/dipylon/test/harness"
)

// TestOfficialRuntimeClients runs functions on AWS's own, unmodified clients of the Runtime API, over TCP.
func TestOfficialRuntimeClients(t *testing.T) {
	for name, code := range map[string]func(*testing.T) []byte{"aws-lambda-go": goClient, "aws-lambda-ric": nodeClient} {
		t.Run(name, func(t *testing.T) {
			zip := code(t)
			s := serve(t, t.TempDir())
			s.function("official", func(in *lambda.CreateFunctionInput) { in.Code.ZipFile = zip })
			api := s.route("official")
			for _, path := range []string{"/echo", "/error", "/echo", "/stream", "/echo"} {
				s.checkOfficial(t, path)
			}
			var all sync.WaitGroup
			for range 3 {
				all.Go(func() {
					for range 20 {
						if answer, err := s.get(api, "/echo"); err != nil || answer.Status != 200 {
							t.Errorf("%+v, %v", answer, err)
						}
					}
				})
			}
			all.Wait()
		})
	}
}

func (s *server) checkOfficial(t *testing.T, path string) {
	t.Helper()
	out, err := s.invoke("official", path)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	said := string(out.Payload)
	switch path {
	case "/error":
		if aws.ToString(out.FunctionError) != "Unhandled" || !strings.Contains(said, `"errorMessage":"as told"`) {
			t.Errorf("%s: %q: %.300s", path, aws.ToString(out.FunctionError), said)
		}
	case "/stream":
		if out.FunctionError != nil || said != strings.Repeat("streamed ", 100_000) {
			t.Errorf("%s: %q: %d bytes: %.300s", path, aws.ToString(out.FunctionError), len(said), said)
		}
	default:
		var v struct{ ID, ARN, Version string }
		if err := json.Unmarshal(out.Payload, &v); err != nil || v.ID == "" || v.Version != "$LATEST" ||
			v.ARN != "arn:aws:lambda:"+harness.Region+":000000000000:function:official" {
			t.Errorf("%s: %v: %.300s", path, err, said)
		}
	}
}

// goClient is a function on github.com/aws/aws-lambda-go.
func goClient(t *testing.T) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "bootstrap")
	cmd := exec.Command("go", "build", "-o", out, "./official")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	return zipOf(entry{"bootstrap", 0o755, must(os.ReadFile(out))})
}

// nodeClient is a function on aws-lambda-ric of npm, which node finds by NODE_PATH.
func nodeClient(t *testing.T) []byte {
	t.Helper()
	out, err := exec.Command("node", "-p", `require.resolve("aws-lambda-ric/package.json") + "\n" + process.execPath`).CombinedOutput()
	if err != nil {
		why := "aws-lambda-ric does not work here: " + err.Error() + " " + string(out)
		if os.Getenv("CI") == "true" || os.Getenv("DIPYLON_REQUIRE_TOOLS") == "1" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	module, node, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	client := filepath.Join(filepath.Dir(module), "bin", "index.mjs")
	return zipOf(
		entry{"bootstrap", 0o755, []byte("#!/bin/sh\nexec '" + node + "' '" + client + "' index.handler\n")},
		entry{"index.mjs", 0o644, []byte(nodeHandler)})
}

const nodeHandler = `export const handler = awslambda.streamifyResponse(async (event, stream, context) => {
  if (event.rawPath === "/error") throw new Error("as told")
  stream.write(event.rawPath === "/stream" ? "streamed ".repeat(100000) : JSON.stringify({
    id: context.awsRequestId, arn: context.invokedFunctionArn, version: context.functionVersion,
  }))
  stream.end()
})
`
