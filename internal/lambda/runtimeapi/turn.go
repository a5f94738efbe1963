package runtimeapi

import "github.com/dipylon/dipylon/internal/rawio"

// turn is what is to be written and then read on a socket's descriptor. Done in one callback of the runtime's poller, the read that
// would find nothing right after the write is saved.
type turn struct {
	in    []byte
	wrote bool
	got   int
	err   error
}

// exchange writes what is to be written and reads what comes first.
func (c *conn) exchange(in []byte) (int, error) {
	if c.raw == nil || len(c.tail) > 0 {
		return c.readDirect(in)
	}
	c.turn = turn{in: in, wrote: len(c.out) == 0}
	err := c.raw.Read(c.step)
	t := c.turn
	c.turn = turn{}
	switch {
	case t.err != nil:
		return t.got, t.err
	case t.got == 0 && err == nil:
		// Not all could be written without waiting.
		return c.readDirect(in)
	}
	return t.got, err
}

// advance does as much of the turn as can be done without waiting, and reports whether it has ended.
func (c *conn) advance(fd uintptr) bool {
	t := &c.turn
	if !t.wrote {
		t.wrote = true
		n, err := rawio.Write(fd, c.out)
		rest := copy(c.out, c.out[n:])
		c.out = c.out[:rest]
		t.err = err
		return err != nil || rest > 0
	}
	n, ready, err := rawio.Read(fd, t.in)
	t.got, t.err = n, err
	return ready
}
