package sandbox_test

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/dipylon/dipylon/internal/lambda/sandbox"
)

// TestSession: a process leads a group. It leads a session only if it is another user's.
func TestSession(t *testing.T) {
	for name, user := range map[string]*sandbox.User{"ours": nil, "another user's": {UID: 65534, GID: 65534}} {
		t.Run(name, func(t *testing.T) {
			if user != nil && os.Getuid() != 0 {
				t.Skip("only root can give processes to another user")
			}
			k := newKeeper(t, sandbox.Options{User: user})
			p, out := start(t, k, "", func(s *sandbox.Spec) { s.Argv = []string{"/bin/sh", "-c", "echo up $$; exec sleep 60"} })
			var pid int
			if _, err := fmt.Sscanf(out.wait(t, 1)[0], "up %d", &pid); err != nil {
				t.Fatal(err)
			}
			group, _ := unix.Getpgid(pid)
			session, _ := unix.Getsid(pid)
			if group != pid || (session == pid) != (user != nil) {
				t.Errorf("process %d has group %d and session %d", pid, group, session)
			}
			p.Kill()
		})
	}
}
