package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// A process that is killed may leave a child that it had forked and that has not yet executed its program, and so still holds the lock:
// lockPatience is how long that one is waited for, and lockRetry how often it is looked whether it has gone.
const (
	lockPatience = time.Second
	lockRetry    = 10 * time.Millisecond
)

// lockDir takes the data directory for this process until the lock is closed or the process ends, however it ends.
func lockDir(ctx context.Context, dir string) (*flock.Flock, error) {
	path := filepath.Join(dir, "dipylon.lock")
	lock := flock.New(path, flock.SetPermissions(0o600))
	patient, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	taken, err := lock.TryLockContext(patient, lockRetry)
	switch {
	case taken:
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return nil, fmt.Errorf("data directory %s is %w (pid %s)", dir, ErrInUse, holder(path))
	default:
		return nil, fmt.Errorf("lock data directory %s: %w", dir, err)
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
