// Package javatest runs the Java originals of what Dipylon has its own engine for, as oracles of tests. They come from
// Debian's packages default-jdk-headless, velocity and libjsonpath-java.
//
// It may use the standard library only.
package javatest

import (
	"bufio"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// jars is where Debian puts the originals and what they need.
const jars = "/usr/share/java"

// Oracle is a running Java program that answers each question with a line.
type Oracle struct {
	t       testing.TB
	in      *bufio.Writer
	answers *bufio.Scanner
}

// Start runs a source file with some jars. The process ends with the test. Without Java or a jar the test is skipped, or
// fails if CI=true or DIPYLON_REQUIRE_TOOLS=1.
func Start(t testing.TB, source string, names ...string) *Oracle {
	t.Helper()
	java, err := exec.LookPath("java")
	if err != nil {
		missing(t, "java")
	}
	var classpath []string
	for _, name := range names {
		jar := filepath.Join(jars, name+".jar")
		if _, err := os.Stat(jar); err != nil {
			missing(t, jar)
		}
		classpath = append(classpath, jar)
	}
	cmd := exec.CommandContext(t.Context(), java, "-Xss8m", "-XX:TieredStopAtLevel=1", "-cp", strings.Join(classpath, ":"), source)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr := new(strings.Builder)
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close() // the program ends by it
		_ = cmd.Wait()
		if t.Failed() && stderr.Len() > 0 {
			t.Logf("%s: %s", source, stderr)
		}
	})
	answers := bufio.NewScanner(out)
	answers.Buffer(nil, 64<<20)
	return &Oracle{t: t, in: bufio.NewWriter(in), answers: answers}
}

func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" || os.Getenv("DIPYLON_REQUIRE_TOOLS") == "1" {
		t.Fatalf("needs %s", what)
	}
	t.Skipf("needs %s", what)
}

// Ask sends each text as a line of base64 and returns the answer, decoded.
func (o *Oracle) Ask(texts ...string) string {
	o.t.Helper()
	for _, text := range texts {
		o.in.WriteString(base64.StdEncoding.EncodeToString([]byte(text))) //nolint:errcheck // Flush tells
		o.in.WriteByte('\n')                                              //nolint:errcheck // the same
	}
	if err := o.in.Flush(); err != nil {
		o.t.Fatal(err)
	}
	if !o.answers.Scan() {
		o.t.Fatalf("no answer: %v", o.answers.Err())
	}
	answer, err := base64.StdEncoding.DecodeString(o.answers.Text())
	if err != nil {
		o.t.Fatalf("%v: %s", err, o.answers.Text())
	}
	return string(answer)
}
