//go:build !race

package dataplane

import "testing"

// The race detector makes pools forget at random, so this runs without it.
func TestPlainCallAllocatesNothing(t *testing.T) {
	s := inMemory(t, answer1K())
	for _, raw := range []string{plainCall, browserCall, postCall, chunkedCall} {
		const calls = 1000
		perConn := testing.AllocsPerRun(5, func() {
			s.add(memConn{Reader: &again{raw: []byte(raw), n: calls}}, false).serve()
		})
		if perCall := perConn / calls; perCall > 0.2 {
			t.Errorf("%.20s...: %.2f allocations per call", raw, perCall)
		}
	}
}
