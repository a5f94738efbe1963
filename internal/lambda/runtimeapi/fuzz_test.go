package runtimeapi_test

import (
	"io"
	"net"
	"testing"

	"github.com/dipylon/dipylon/internal/lambda/runtimeapi"
)

// FuzzWorker lets a worker say anything, once before and once after it was given an event. Every call ends, and an answer is within the limit.
func FuzzWorker(f *testing.F) {
	for _, tt := range answers {
		if len(tt.send) < 1000 {
			f.Add([]byte(next), []byte(tt.send))
		}
	}
	f.Add([]byte(sized("init/error", "{}")), []byte(next))
	f.Add([]byte(next+next), []byte(sized("invocation/"+id+"/response", "{}")+next+"rest"))
	f.Fuzz(func(t *testing.T, before, after []byte) {
		const most = 100
		s := runtimeapi.New(most)
		defer s.Close()
		theirs, ours := net.Pipe()
		ready := make(chan struct{})
		s.WhenReady(func() { close(ready) })
		closed := runtimeapi.Serve(s, ours)
		go func() {
			for _, b := range [][]byte{before, after} {
				if _, err := theirs.Write(b); err != nil {
					break
				}
			}
			_ = theirs.Close()
		}()
		go func() { _, _ = io.Copy(io.Discard, theirs) }()
		select {
		case <-closed:
			return
		case <-ready:
		}
		go func() {
			<-closed
			s.Close()
		}()
		if _, err := s.Begin(newEvent()); err != nil {
			return // it said that its initialisation failed
		}
		if a, err := s.Await(soon()); err == nil && len(a.Payload) > most {
			t.Errorf("%d bytes", len(a.Payload))
		}
	})
}
