package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
)

// serverless is the peer of functions: the plugin serverless-offline of the Serverless Framework 3 as npm has it, in its default mode of a
// worker thread for each call in flight. It runs bench/functions/index.js behind the same route as Dipylon.
type serverless struct {
	node    string // binary
	modules string // where npm installed it
	files   []string
}

// findServerless installs the peer into the user's cache directory, unless what bench/peers/serverless-offline locks is there already.
func (b *bench) findServerless(ctx context.Context) (*serverless, error) {
	from := filepath.Join(b.root, "bench", "peers", "serverless-offline")
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(cache, "dipylon-bench", "serverless-offline")
	node, err := lookTool("node", "nodejs")
	if err != nil {
		return nil, err
	}
	p := &serverless{node: node, modules: filepath.Join(dir, "node_modules"), files: []string{
		filepath.Join(from, "serverless.yml"), b.node("handler").source,
	}}
	return p, b.npmInstall(ctx, from, dir)
}

// npmInstall installs what from/package-lock.json says into dir. The copy of the lock is left last: it says that all went well.
func (b *bench) npmInstall(ctx context.Context, from, dir string) error {
	const lock = "package-lock.json"
	want, err := os.ReadFile(filepath.Join(from, lock))
	if err != nil {
		return err
	}
	done := filepath.Join(dir, "installed.json")
	if have, err := os.ReadFile(done); err == nil && bytes.Equal(have, want) {
		return nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	npm, err := lookTool("npm", "npm")
	if err != nil {
		return err
	}
	b.log.Info("installing serverless-offline")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"package.json", lock} {
		if err := copyFile(filepath.Join(from, name), dir); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w: %s", err, out)
	}
	return os.WriteFile(done, want, 0o644)
}

func copyFile(file, dir string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, filepath.Base(file)), text, 0o644)
}

func (p *serverless) name() string { return "serverless-offline" }

func (p *serverless) version(context.Context) string {
	var both [2]string
	for i, module := range []string{"serverless-offline", "serverless"} {
		text, err := os.ReadFile(filepath.Join(p.modules, module, "package.json"))
		var said struct{ Version string }
		if err == nil {
			err = json.Unmarshal(text, &said)
		}
		if err != nil {
			return "unknown: " + err.Error()
		}
		both[i] = said.Version
	}
	return both[0] + " with serverless " + both[1]
}

func (p *serverless) prepare(_ context.Context, s *site) error {
	for _, file := range p.files {
		if err := copyFile(file, s.dir); err != nil {
			return err
		}
	}
	var err error
	if s.control, err = freeAddr(); err != nil {
		return err
	}
	return os.Symlink(p.modules, filepath.Join(s.dir, "node_modules"))
}

func (p *serverless) command(s *site) command {
	host, port, _ := net.SplitHostPort(s.listen) // which freeAddr made
	_, lambdaPort, _ := net.SplitHostPort(s.control)
	return command{
		argv: []string{p.node, filepath.Join(p.modules, "serverless", "bin", "serverless.js"), "offline", "start",
			"--host", host, "--httpPort", port, "--lambdaPort", lambdaPort},
		// It is to call nobody: no telemetry, no look for news, no credentials of the user's.
		env: []string{"SLS_TRACKING_DISABLED=1", "SLS_TELEMETRY_DISABLED=1", "SLS_NOTIFICATIONS_MODE=off", "SLS_DEPRECATION_DISABLE=*", "CI=1",
			"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true"},
		log: filepath.Join(s.dir, "output.log"),
	}
}
