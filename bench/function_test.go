package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFunctionsAreZipped(t *testing.T) {
	b := &bench{root: ".."}
	for file, f := range map[string]*function{"index.js": b.node("handler"), "index.py": b.python("empty")} {
		code, err := f.zipped()
		if err != nil {
			t.Fatal(err)
		}
		z, err := zip.NewReader(bytes.NewReader(code), int64(len(code)))
		if err != nil || len(z.File) != 1 || z.File[0].Name != file {
			t.Fatalf("%s: %+v, %v", file, z, err)
		}
		r, err := z.File[0].Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if want := " " + f.handler; err != nil || !strings.Contains(strings.ReplaceAll(string(text), ".", " "), want) {
			t.Errorf("%s: %v, no handler %q in\n%s", file, err, want, text)
		}
	}
}

func TestOpenAPIOfFunctions(t *testing.T) {
	w := manyRoutes(2, 1)
	w.function = &function{}
	text, err := openAPI(w, "127.0.0.1:1")
	if err != nil || !json.Valid([]byte(text)) {
		t.Fatalf("%v:\n%s", err, text)
	}
	for _, want := range []string{"function:bench-00000/invocations", "function:bench-00001/invocations", `"2.0"`, "aws_proxy"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestHandlerTime(t *testing.T) {
	answer := `{"median":12.5}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/users/own-time" {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = io.WriteString(w, answer)
	}))
	defer server.Close()
	r := request{url: server.URL + "/users/123", body: "another"}
	if ms, err := handlerTime(t.Context(), r); err != nil || ms != 0.0125 {
		t.Errorf("got %v ms, %v", ms, err)
	}
	for _, answer = range []string{`{}`, `{"median":0}`, `none`} {
		if ms, err := handlerTime(t.Context(), r); err == nil {
			t.Errorf("%s: got %v ms", answer, ms)
		}
	}
}

func TestFunctionTargets(t *testing.T) {
	callers := []*caller{
		{contestant: contestant{name: byClients(nodeFunction, 1)}, ownTime: 0.002},
		{contestant: contestant{name: byClients(nodeFunction, 16)}, ownTime: 0.002},
		{contestant: contestant{name: byClients(peerFunction, 16)}, ownTime: -1},
	}
	result := []series{
		{name: callers[0].name, samples: []sample{{own: 90, cpu: 130, load: load{perSecond: 6000, p50: 200_000}}}},
		{name: callers[1].name, samples: []sample{{own: 71, cpu: 130, load: load{perSecond: 12000, p50: 900_000}}}},
		{name: callers[2].name, samples: []sample{{own: 700, cpu: 700, load: load{perSecond: 1200}}}},
	}
	var got []string
	for _, row := range targetRows(functionTargets(callers, result)) {
		got = append(got, row[2]+" "+row[3])
	}
	if want := "0.20 met; 71 not met; – not measured; – not measured; 10.0 met"; strings.Join(got, "; ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, "; "), want)
	}
}

func TestByRound(t *testing.T) {
	if got := byRound(seriesOf("", 3, -1, 2.4), cpuOf); got != "3, –, 2" {
		t.Errorf("got %s", got)
	}
}

func TestServerlessIsPrepared(t *testing.T) {
	p := &serverless{node: "/bin/node", modules: t.TempDir(), files: []string{"peers/serverless-offline/serverless.yml", "functions/index.js"}}
	s := &site{dir: t.TempDir(), listen: "127.0.0.1:20001"}
	if err := p.prepare(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"serverless.yml", "index.js", "node_modules"} {
		if _, err := os.Stat(filepath.Join(s.dir, name)); err != nil {
			t.Error(err)
		}
	}
	if line := strings.Join(p.command(s).argv, " "); !strings.Contains(line, "--host 127.0.0.1 --httpPort 20001 --lambdaPort ") {
		t.Errorf("got %s", line)
	}
}

func TestServerlessIsLockedWithoutAddresses(t *testing.T) {
	text, err := os.ReadFile("peers/serverless-offline/package-lock.json")
	if err != nil || strings.Contains(string(text), `"resolved"`) {
		t.Errorf("%v: a registry is named: npm install --omit-lockfile-registry-resolved", err)
	}
}
