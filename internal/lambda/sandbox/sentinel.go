package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// watch is a line that the sentinel is told: what there is to clean, or one process's begin and end.
type watch struct {
	Base   string `json:"base,omitempty"`
	Groups string `json:"groups,omitempty"`

	Mark  string `json:"mark,omitempty"`
	PID   int    `json:"pid,omitempty"`
	Ended bool   `json:"ended,omitempty"`
}

// sentinel is the keeper's side of the sentinel's process.
type sentinel struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	enc   *json.Encoder
}

func startSentinel(argv []string) (*sentinel, error) {
	cmd := exec.Command(argv[0], argv[1:]...) //nolint:noctx // it outlives every context
	cmd.SysProcAttr = ownSession()
	cmd.Dir = "/"
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &sentinel{cmd: cmd, stdin: stdin, enc: json.NewEncoder(stdin)}, nil
}

func (s *sentinel) send(w watch) error { return s.enc.Encode(w) }

// stop lets the sentinel find nothing to do, and end.
func (s *sentinel) stop() {
	_ = s.stdin.Close()
	_ = s.cmd.Wait()
}

// Sentinel is the sentinel's main: it reads from a keeper until that one is no more, and ends what it left.
func Sentinel(in io.Reader) error {
	// What ends the keeper by its terminal or its group must not end the sentinel first.
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	var base, groups string
	live := map[string]int{}
	for dec := json.NewDecoder(in); ; {
		var w watch
		if err := dec.Decode(&w); err != nil {
			// The last line may have been cut off: whatever the reason, the keeper is gone.
			break
		}
		switch {
		case w.Base != "":
			base, groups = w.Base, w.Groups
		case w.Ended:
			delete(live, w.Mark)
		default:
			live[w.Mark] = w.PID
		}
	}
	for mark, pid := range live {
		killLeft(mark, pid)
	}
	var err error
	if groups != "" {
		err = removeGroups(groups)
	}
	if base != "" {
		err = errors.Join(err, removeRoom(base))
	}
	return err
}
