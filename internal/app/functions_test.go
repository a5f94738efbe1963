package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/lambda/sandbox"
)

func TestFunctionUser(t *testing.T) {
	for text, want := range map[string]*sandbox.User{"": nil, "65534:65533": {UID: 65534, GID: 65533}} {
		got, err := functionUser(text)
		if err != nil || (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"no such user", ":", "1:", "1:x", "-1:1", "4294967296:1"} {
		if got, err := functionUser(text); err == nil || !strings.Contains(err.Error(), "--lambda-user") {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

// TestMakeReachable lets another user through to the code of functions, and to nothing else; without another user all stays
// closed.
func TestMakeReachable(t *testing.T) {
	top := t.TempDir()
	data := filepath.Join(top, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	mode := func(path string) os.FileMode {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	dir := filepath.Join(data, "lambda")
	if err := makeReachable(dir, nil); err != nil || mode(dir) != 0o700 || mode(data) != 0o700 {
		t.Errorf("%o, %o, %v", mode(data), mode(dir), err)
	}
	if err := os.Chmod(top, 0o700); err != nil { // which closes the way for others
		t.Fatal(err)
	}
	if err := makeReachable(dir, &sandbox.User{}); err == nil || !strings.Contains(err.Error(), top+" is closed to others") {
		t.Errorf("error %v", err)
	}
	if mode(dir) != 0o711 || mode(data) != 0o711 {
		t.Errorf("%o, %o", mode(data), mode(dir))
	}
}
