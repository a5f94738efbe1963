package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/dipylon/dipylon/internal/config"
)

// parse reads a command line as main does and returns what serve would get.
func parse(t *testing.T, args ...string) (config.Config, error) {
	t.Helper()
	var c cli
	parser, err := kong.New(&c, kong.Name("dipylon"), kong.Configuration(readFile))
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(args)
	return c.Serve.Config, err
}

func write(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "dipylon.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// The defaults stand in the flags and in config.Default; they must agree.
func TestFlagDefaults(t *testing.T) {
	got, err := parse(t, "serve")
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	if err := want.Validate(); err != nil {
		t.Fatal(err)
	}
	if err := got.Validate(); err != nil {
		t.Fatal(err)
	}
	if len(got.Credentials) != 1 || len(want.Credentials) != 1 || !reflect.DeepEqual(got.Credentials, want.Credentials) {
		t.Errorf("credentials %+v", got.Credentials)
	}
	got.Credentials, want.Credentials = nil, nil
	if g, w := dump(got), dump(want); g != w {
		t.Errorf("flags give\n%s\nDefault gives\n%s", g, w)
	}
}

func dump(c config.Config) string { return fmt.Sprintf("%+v", c) }

func TestPrecedence(t *testing.T) {
	file := write(t, "http-addr: 127.0.0.1:1\nhttps-addr: 127.0.0.1:2\ncontrol-addr: 127.0.0.1:3\n")
	t.Setenv("DIPYLON_HTTPS_ADDR", "127.0.0.1:20")
	t.Setenv("DIPYLON_CONTROL_ADDR", "127.0.0.1:30")
	got, err := parse(t, "--config", file, "serve", "--control-addr", "127.0.0.1:300")
	if err != nil {
		t.Fatal(err)
	}
	if got.HTTPAddr != "127.0.0.1:1" || got.HTTPSAddr != "127.0.0.1:20" || got.ControlAddr != "127.0.0.1:300" {
		t.Errorf("file, environment, flag: got %s %s %s", got.HTTPAddr, got.HTTPSAddr, got.ControlAddr)
	}
}

func TestFile(t *testing.T) {
	got, err := parse(t, "--config", write(t, `
data-dir: /tmp/state
allow-reset: true
account-id: "123456789012"
drain-timeout: 5s
limits:
  routes_per_api: 1000
  payload: 1048576
issuers:
  https://cognito-idp.eu-west-1.amazonaws.com/POOL: http://127.0.0.1:9000/pool
credentials:
  - {name: ci, access-key-id: AKID, secret-access-key: "a;b", role: read-only}
  - ops:AK2:secret
`), "serve")
	if err != nil {
		t.Fatal(err)
	}
	if got.DataDir != "/tmp/state" || !got.AllowReset || got.AccountID != "123456789012" || got.DrainTimeout != 5*time.Second ||
		got.Limits.RoutesPerAPI != 1000 || got.Limits.Payload != 1<<20 ||
		got.Issuers["https://cognito-idp.eu-west-1.amazonaws.com/POOL"] != "http://127.0.0.1:9000/pool" {
		t.Errorf("got %+v", got)
	}
	want := []config.Credential{
		{Name: "ci", AccessKeyID: "AKID", SecretAccessKey: "a;b", Role: "read-only"},
		{Name: "ops", AccessKeyID: "AK2", SecretAccessKey: "secret", Role: "admin"},
	}
	if !reflect.DeepEqual(got.Credentials, want) {
		t.Errorf("credentials %+v", got.Credentials)
	}
}

func TestBadFile(t *testing.T) {
	for text, want := range map[string]string{
		"htp-addr: x":                    "unknown settings: htp-addr",
		"limits: {routes: 1}":            "unknown settings: limits-routes",
		"limits: {payload: many}":        "payload",
		"- a list":                       "configuration file",
		"a: b: c":                        "configuration file",
		"auth: maybe":                    "auth",
		"credentials: [{name: [1]}]":     "credentials",
		"drain-timeout: soon":            "drain-timeout",
		"allow-reset: [not, a, boolean]": "allow-reset",
	} {
		if _, err := parse(t, "--config", write(t, text), "serve"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestIDFromFile(t *testing.T) {
	for path, want := range map[string]string{
		"pets.yaml":                    "pets",
		"hello/openapi.yaml":           "hello",
		"My Shop/api.json":             "my-shop",
		"x/Überraschung!.yaml":         "berraschung",
		"x/-_-.yaml":                   "api",
		strings.Repeat("a", 60) + ".y": strings.Repeat("a", 40),
	} {
		if got := idFromFile(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}
