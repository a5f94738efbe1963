package sqlite

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/dipylon/dipylon/internal/store"
)

// classify gives the driver's errors the meaning that callers and operators act on.
func classify(err error) error {
	var failure *sqlite.Error
	if !errors.As(err, &failure) {
		return err
	}
	switch code := failure.Code(); {
	case isFull(code):
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	case code&0xff == sqlite3.SQLITE_CORRUPT, code&0xff == sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("store: %w, restore it from a backup: %w", ErrDamaged, err)
	}
	return fmt.Errorf("store: %w", err)
}

// isFull tells whether the code says that a file could not grow. SQLite knows ENOSPC as FULL; quotas and limits on the
// size of files (EDQUOT, EFBIG) come as failed writes, a log index without room as a failed sizing.
func isFull(code int) bool {
	return code&0xff == sqlite3.SQLITE_FULL ||
		code == sqlite3.SQLITE_IOERR_WRITE || code == sqlite3.SQLITE_IOERR_SHMSIZE
}
