package runtimeapi_test

import (
	"bufio"
	"io"
	"net"
	"testing"
)

// BenchmarkCall is a warm call of a worker in this process, whose cost is counted along with the server's.
func BenchmarkCall(b *testing.B) {
	s, path := newServer(b)
	c, err := net.Dial("unix", path)
	if err != nil {
		b.Fatal(err)
	}
	go echo(c)
	awaitReady(b, s)
	e := newEvent()
	memory := make([]byte, 1024)
	e.Alloc = func(n int) []byte { return memory[:n] }
	until := soon()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Begin(e); err != nil {
			b.Fatal(err)
		}
		if a, err := s.Await(until); err != nil || len(a.Payload) != 7 {
			b.Fatal(err)
		}
	}
	_ = c.Close()
}

// echo is a worker that sends an answer and the next request in one write. It looks no closer at events than to find their end.
func echo(c net.Conn) {
	in := bufio.NewReader(c)
	answer := []byte(sized("invocation/"+id+"/response", `{"a":1}`) + next)
	if _, err := io.WriteString(c, next); err != nil {
		return
	}
	for {
		for last := byte(0); last != '}'; {
			var err error
			if last, err = in.ReadByte(); err != nil {
				return
			}
			if last == '}' && in.Buffered() > 0 { // the end of {"status":"OK"}
				last = 0
			}
		}
		if _, err := c.Write(answer); err != nil {
			return
		}
	}
}
