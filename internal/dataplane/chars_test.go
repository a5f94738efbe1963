package dataplane

import (
	"bytes"
	"testing"
)

// Every byte is judged alike wherever it stands.
func TestIsValue(t *testing.T) {
	for c := range 256 {
		want := c == '\t' || c >= ' ' && c != 0x7F
		for size := 1; size < 20; size++ {
			for at := range size {
				b := bytes.Repeat([]byte{'\xFF'}, size)
				b[at] = byte(c)
				if got := isValue(b); got != want {
					t.Fatalf("byte %#x at %d of %d: %v", c, at, size, got)
				}
			}
		}
	}
}
