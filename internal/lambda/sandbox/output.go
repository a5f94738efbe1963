package sandbox

import (
	"bytes"
	"errors"
	"os"
	"sync"
	"syscall"

	"github.com/dipylon/dipylon/internal/rawio"
)

const (
	// minRead is the usual size of the buffer. maxLine is CloudWatch Logs' limit of an event
	// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html); longer lines come in pieces.
	minRead = 8 << 10
	maxLine = 256 << 10
	// maxSync bounds what one sync reads, if the process prints without end.
	maxSync = 1 << 20
)

// output reads what a process prints and hands it on by lines.
type output struct {
	file *os.File
	raw  syscall.RawConn
	line func([]byte)

	mu  sync.Mutex
	buf []byte // the beginning of a line, with room behind it
	n   int
}

// newOutput returns an output and the end of the pipe that is the process's.
func newOutput(line func([]byte)) (o *output, theirs *os.File, err error) {
	ours, theirs, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	raw, err := ours.SyscallConn()
	if err != nil {
		return nil, nil, errors.Join(err, ours.Close(), theirs.Close())
	}
	return &output{file: ours, raw: raw, line: line, buf: make([]byte, minRead)}, theirs, nil
}

// run reads until the pipe is closed, at either end.
func (o *output) run() {
	_ = o.raw.Read(func(fd uintptr) bool {
		for {
			if n, ended := o.read(fd); n == 0 {
				return ended
			}
		}
	})
	o.mu.Lock()
	o.flush()
	o.mu.Unlock()
}

// sync reads what is in the pipe by now. The beginning of a line counts as a line.
func (o *output) sync() {
	_ = o.raw.Control(func(fd uintptr) {
		for total := 0; total < maxSync; {
			n, _ := o.read(fd)
			if n == 0 {
				break
			}
			total += n
		}
	})
	o.mu.Lock()
	o.flush()
	o.mu.Unlock()
}

// read reads once, without waiting, and hands on whole lines. At the pipe's end ended is true.
func (o *output) read(fd uintptr) (n int, ended bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.n == len(o.buf) {
		o.grow()
	}
	n, ready, err := rawio.Read(fd, o.buf[o.n:])
	if err != nil || !ready {
		return 0, ready
	}
	o.n += n
	o.split()
	return n, false
}

func (o *output) grow() {
	if len(o.buf) >= maxLine {
		o.flush()
		return
	}
	o.buf = append(o.buf, make([]byte, len(o.buf))...)
}

// split hands on whole lines and moves what is left to the front.
func (o *output) split() {
	rest := o.buf[:o.n]
	for {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			break
		}
		o.line(bytes.TrimSuffix(rest[:i], []byte("\r")))
		rest = rest[i+1:]
	}
	o.n = copy(o.buf, rest)
	if o.n == 0 && len(o.buf) > minRead {
		o.buf = make([]byte, minRead)
	}
}

// flush hands on the beginning of a line as a line.
func (o *output) flush() {
	if o.n > 0 {
		o.line(o.buf[:o.n])
		o.n = 0
	}
}

func (o *output) close() { _ = o.file.Close() }
