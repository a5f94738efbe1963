package runtimes

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// clients are our own runtime clients, one file for each language.
//
//go:embed bootstrap
var clients embed.FS

// install writes the clients into a directory below dir that is named by their content, and returns it. Workers of an
// older process may still read theirs.
func install(dir string) (string, error) {
	files, err := fs.Glob(clients, "bootstrap/*")
	if err != nil {
		return "", err
	}
	digest := sha256.New()
	contents := map[string][]byte{}
	for _, name := range files {
		content, err := clients.ReadFile(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(digest, "%s %d\n", name, len(content))
		digest.Write(content)
		contents[filepath.Base(name)] = content
	}
	const half = sha256.Size / 2
	// Absolute: workers have another working directory.
	target, err := filepath.Abs(filepath.Join(dir, hex.EncodeToString(digest.Sum(nil)[:half])))
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(target, 0o755); err != nil {
		return "", err
	}
	for name, content := range contents {
		if err := place(filepath.Join(target, name), content); err != nil {
			return "", fmt.Errorf("runtime client: %w", err)
		}
	}
	return target, nil
}

// place writes a file unless it is there with that content: a power failure may have left less.
func place(path string, content []byte) error {
	if have, err := os.ReadFile(path); err == nil && bytes.Equal(have, content) {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(0o444), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
