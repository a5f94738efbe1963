// Package script runs the end-to-end cases under testdata: each is a script (github.com/rogpeppe/go-internal/testscript)
// that is named after what it shows. A script starts the real binary, talks to it as users do and compares what comes
// back. See the README beside this file for the commands.
package script

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dipylon/dipylon/test/harness"
)

// binary is the dipylon that the scripts run; TestMain builds it. goCaches are where Go keeps what it built and loaded.
var (
	binary   string
	goCaches []string
)

func TestMain(m *testing.M) {
	if api := os.Getenv("AWS_LAMBDA_RUNTIME_API"); api != "" {
		if err := runFunction(api); err != nil {
			os.Exit(1)
		}
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "dipylon-script")
		if err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		if binary, err = harness.Build(dir); err != nil {
			panic(err)
		}
		out, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output()
		if err != nil {
			panic(err)
		}
		goCaches = strings.Fields(string(out))
		return m.Run()
	}())
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                "testdata",
		RequireUniqueNames: true,
		Setup:              setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"kinesalite": startKinesalite,
			"serve":      serve,
			"another":    another,
			"terminate":  terminate,
			"crash":      crash,
			"arrived":    arrived,
			"backend":    startBackend,
			"down":       endBackend,
			"issuer":     startIssuer,
			"function":   function,
			"rotate":     rotateIssuer,
			"mint":       mint,
			"call":       call,
			"answer":     lateAnswer,
			"control":    control,
			"route":      route,
			"get":        get,
			"answered":   takeAnswer,
			"variable":   variable,
			"needs":      needs,
			"file":       writeFile,
			"log":        waitForLog,
			"logged":     logged,
			"written":    written,
			"subscriber": startSubscriber,
		},
	})
}

// setup gives a script the environment of an AWS user.
func setup(env *testscript.Env) error {
	run := &run{backends: map[string]*harness.Backend{}, issuers: map[string]*issuer{}, dataDir: filepath.Join(env.WorkDir, "data"), skip: env.T().Skip}
	env.Defer(run.close)
	env.Values[runKey{}] = run
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		return err
	}
	home, err := os.UserHomeDir() // where the tools of users are installed
	if err != nil {
		home = ""
	}
	env.Setenv("PATH", filepath.Dir(binary)+string(filepath.ListSeparator)+os.Getenv("PATH"))
	env.Setenv("HOME", env.WorkDir)
	env.Setenv("PYENV_ROOT", os.Getenv("PYENV_ROOT"))
	if os.Getenv("PYENV_ROOT") == "" {
		env.Setenv("PYENV_ROOT", filepath.Join(home, ".pyenv"))
	}
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": harness.Region,
		"AWS_DEFAULT_REGION": harness.Region, "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1",
		"DATA": run.dataDir, "PYTHONDONTWRITEBYTECODE": "1", "EXAMPLES": examples, "GOCACHE": goCaches[0], "GOMODCACHE": goCaches[1],
	} {
		env.Setenv(name, value)
	}
	return nil
}
