package bundle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// tool is a program to run in a function's directory.
type tool struct {
	path string
	args []string
	env  []string
}

// run runs a tool and returns its standard output. What it says when it fails becomes part of the error.
func (s Source) run(ctx context.Context, t tool) (string, error) {
	cmd := exec.CommandContext(ctx, t.path, t.args...)
	cmd.Dir = s.Dir
	cmd.Env = append(os.Environ(), t.env...)
	cmd.WaitDelay = time.Second
	var stdout, stderr capped
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var failed *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.As(err, &failed):
		return "", &Error{Name: s.Name, Message: filepath.Base(t.path) + " " + t.args[0] + " failed", Output: string(stderr) + string(stdout)}
	case err != nil:
		return "", s.errorf("%v", err)
	}
	return string(stdout), nil
}

// capped keeps the beginning of what a tool prints.
type capped []byte

// Write implements io.Writer.
func (c *capped) Write(p []byte) (int, error) {
	const most = 1 << 20
	*c = append(*c, p[:min(len(p), max(0, most-len(*c)))]...)
	return len(p), nil
}

// kept is how many outcomes of one function stay in the cache: the one that runs, those that workers may still run, and
// those to which a developer goes back.
const kept = 5

// compile has build fill a new directory, and returns the directory for what came out: the same one for the same files,
// so that what did not change is not taken for new.
func (b *Bundler) compile(src Source, build func(out string) error) (string, error) {
	place := sha256.Sum256([]byte(src.Dir))
	home := filepath.Join(b.Cache, src.Name+"-"+hex.EncodeToString(place[:4]))
	if err := os.MkdirAll(home, 0o755); err != nil {
		return "", err
	}
	out, err := os.MkdirTemp(home, ".new-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(out) }()
	if err := os.Chmod(out, 0o755); err != nil {
		return "", err
	}
	if err := build(out); err != nil {
		return "", err
	}
	sum, err := digest(out)
	if err != nil {
		return "", err
	}
	final := filepath.Join(home, sum)
	if _, err := os.Stat(final); err == nil {
		now := time.Now()
		return final, os.Chtimes(final, now, now)
	}
	if err := os.Rename(out, final); err != nil {
		return "", err
	}
	return final, prune(home)
}

// digest names what is in a directory; links do not count.
func digest(dir string) (string, error) {
	h := sha256.New()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		_, _ = io.WriteString(h, rel+"\x00")
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(h, f)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)[:8]), err
}

// prune removes the oldest outcomes.
func prune(home string) error {
	entries, err := os.ReadDir(home)
	if err != nil {
		return err
	}
	var infos []fs.FileInfo
	for _, e := range entries {
		if info, err := e.Info(); err == nil && !skipped(e.Name()) {
			infos = append(infos, info)
		}
	}
	slices.SortFunc(infos, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for _, old := range infos[min(kept, len(infos)):] {
		if err := os.RemoveAll(filepath.Join(home, old.Name())); err != nil {
			return err
		}
	}
	return nil
}
