//go:build linux || darwin

package sandbox

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// killGroup kills a process group.
func killGroup(pid int) {
	_ = syscall.Kill(-pid, syscall.SIGKILL)
}

func ownSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// credential is whom the processes run as; nil for the keeper's own user.
func (k *Keeper) credential() *syscall.Credential {
	u := k.opts.User
	if u == nil {
		return nil
	}
	return &syscall.Credential{Uid: u.UID, Gid: u.GID}
}

// allowAll makes a tree's directories writable.
func allowAll(root string) {
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, _ error) error {
		if d != nil && d.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
}
