//go:build unix

package rawio_test

import (
	"errors"
	"io"
	"os"
	"testing"

	"github.com/dipylon/dipylon/internal/rawio"
)

// TestPipe: nothing waits, whether there is nothing to read or no room to write.
func TestPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	read := func() (n int, ready bool, err error) {
		raw, cerr := r.SyscallConn()
		if cerr == nil {
			cerr = raw.Control(func(fd uintptr) { n, ready, err = rawio.Read(fd, make([]byte, 16)) })
		}
		if cerr != nil {
			t.Fatal(cerr)
		}
		return n, ready, err
	}
	write := func(b []byte) (n int) {
		raw, cerr := w.SyscallConn()
		if cerr == nil {
			cerr = raw.Control(func(fd uintptr) { n, err = rawio.Write(fd, b) })
		}
		if cerr != nil || err != nil {
			t.Fatal(cerr, err)
		}
		return n
	}
	if n, ready, err := read(); n != 0 || ready || err != nil {
		t.Errorf("an empty pipe: %d, %t, %v", n, ready, err)
	}
	if n := write([]byte("abc")); n != 3 {
		t.Errorf("%d bytes written", n)
	}
	if n, ready, err := read(); n != 3 || !ready || err != nil {
		t.Errorf("three bytes: %d, %t, %v", n, ready, err)
	}
	full := make([]byte, 1<<20)
	for range 100 {
		if write(full) == 0 {
			break
		}
	}
	if n := write(full); n != 0 {
		t.Errorf("a full pipe took %d bytes", n)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Fatal(err)
	}
	if n, ready, err := read(); n != 0 || !ready || !errors.Is(err, io.EOF) {
		t.Errorf("the end: %d, %t, %v", n, ready, err)
	}
}
