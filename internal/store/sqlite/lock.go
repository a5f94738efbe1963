package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// lockDir takes the data directory for this process until the lock is closed or the process ends, however it ends.
func lockDir(dir string) (*flock.Flock, error) {
	path := filepath.Join(dir, "dipylon.lock")
	lock := flock.New(path, flock.SetPermissions(0o600))
	taken, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock data directory %s: %w", dir, err)
	}
	if !taken {
		return nil, fmt.Errorf("data directory %s is %w (pid %s)", dir, ErrInUse, holder(path))
	}
	// The pid only serves the message above: a full disk that has no room for it shall not keep the store from reading.
	_ = os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600)
	return lock, nil
}

func holder(path string) string {
	b, err := os.ReadFile(path)
	pid := strings.TrimSpace(string(b))
	if err != nil || pid == "" {
		return "unknown"
	}
	return pid
}
