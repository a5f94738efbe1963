package upstream

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Calls never see each other's bytes, whatever the back end does: each answer carries the request's own path in its
// body, framed at random, in random pieces, with random faults between them.
func TestNoDesync(t *testing.T) {
	target := rawServer(t, func(n int, c net.Conn) {
		rnd := rand.New(rand.NewPCG(7, uint64(n)))
		for r := bufio.NewReader(c); ; {
			req, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, req.Body)
			if !writeRandom(c, rnd, req) {
				return
			}
		}
	})
	c := newClient(t, Options{})
	var wg sync.WaitGroup
	answered := make([]int, 8)
	for g := range answered {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(11, uint64(g)))
			for i := range 200 {
				path := fmt.Sprintf("/%d/%d", g, i)
				if ok := callRandom(t, c, target, rnd, path); ok {
					answered[g]++
				}
			}
		})
	}
	wg.Wait()
	for _, n := range answered {
		if n < 120 {
			t.Errorf("only %d of 200 calls were answered", n)
		}
	}
	if s := c.Stats(); s.Reuses < 400 {
		t.Errorf("hardly any reuse: %+v", s)
	}
}

func callRandom(t *testing.T, c *Client, target *Target, rnd *rand.Rand, path string) bool {
	req := &Request{
		Target: target, Method: []byte([]string{"GET", "POST", "HEAD"}[rnd.IntN(3)]), RequestTarget: []byte(path),
		Deadline: time.Now().Add(10 * time.Second),
	}
	if rnd.IntN(4) == 0 {
		req.Body = streamed(strings.Repeat("x", rnd.IntN(100<<10)), -1)
	}
	r, err := do(t.Context(), t, c, req)
	if err != nil {
		return false
	}
	want := path
	if string(req.Method) == "HEAD" || r.status == 204 {
		want = ""
	}
	if got := strings.TrimRight(r.body, "."); got != want || !strings.Contains(r.fields, "Path: "+path+"\n") {
		t.Errorf("%s %s got %d %q %.50q", req.Method, path, r.status, r.fields, r.body)
	}
	return true
}

// writeRandom reports whether the connection goes on.
func writeRandom(c net.Conn, rnd *rand.Rand, req *http.Request) bool {
	payload := req.URL.Path + strings.Repeat(".", rnd.IntN(2)*rnd.IntN(100<<10))
	head := "Path: " + req.URL.Path + "\r\n"
	var b strings.Builder
	if rnd.IntN(10) == 0 {
		b.WriteString("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
	}
	end := false
	switch kind := rnd.IntN(12); {
	case kind == 0:
		b.WriteString("HTTP/1.1 204 No Content\r\n" + head + "\r\n")
	case kind == 1:
		end = true
		b.WriteString("HTTP/1.1 200 OK\r\n" + head + "\r\n" + bodyFor(req, payload))
	case kind < 6:
		b.WriteString("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + head + "\r\n" + bodyFor(req, chunks(rnd, payload)))
	default:
		fmt.Fprintf(&b, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s", len(payload), head, bodyFor(req, payload))
	}
	answer := b.String()
	switch rnd.IntN(20) {
	case 0: // a response nobody asked for, at once
		if end {
			break
		}
		_, _ = io.WriteString(c, answer+"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nPath: evil\r\n\r\nevil")
		return true
	case 1: // cut short
		_, _ = io.WriteString(c, answer[:rnd.IntN(len(answer))])
		if end {
			_ = c.(*net.TCPConn).SetLinger(0)
		}
		return false
	case 2: // closed without notice
		_, _ = io.WriteString(c, answer)
		return false
	}
	for answer != "" && !end {
		n := min(len(answer), 1+rnd.IntN(20<<10))
		_, _ = io.WriteString(c, answer[:n])
		answer = answer[n:]
	}
	_, _ = io.WriteString(c, answer)
	return !end
}

func bodyFor(req *http.Request, b string) string {
	if req.Method == "HEAD" {
		return ""
	}
	return b
}

func chunks(rnd *rand.Rand, payload string) string {
	var b strings.Builder
	for payload != "" {
		n := min(len(payload), 1+rnd.IntN(30<<10))
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, payload[:n])
		payload = payload[n:]
	}
	b.WriteString("0\r\n\r\n")
	return b.String()
}
