package harness

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"time"
)

// Call is one request as a test wants it on the wire.
type Call struct {
	Method, URL string
	// Headers are lines "Name: value", sent as they are. Host is added where it is missing.
	Headers []string
	Body    []byte
	// Chunked sends the body in chunks, of one MiB at most.
	Chunked bool
	// HTTP2 speaks HTTP/2: with prior knowledge for http, by ALPN for https.
	HTTP2 bool
	// Addr is where to connect; empty for the URL's own host and port.
	Addr string
}

// Answer is what came back.
type Answer struct {
	// Proto and Status are those of the status line.
	Proto  string
	Status int
	// Head are the header lines as they came, sorted; of HTTP/2 in canonical spelling.
	Head []string
	Body []byte
	// Closed tells that the server closed the connection behind the answer (HTTP/1.1 only).
	Closed bool
}

// callTimeout bounds one call.
const callTimeout = 30 * time.Second

// Do sends the call. Certificates are not verified; hosts that end in localhost are on this machine.
func (c Call) Do(ctx context.Context) (*Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, err
	}
	if c.HTTP2 {
		return c.http2(ctx, u)
	}
	return c.http1(ctx, u)
}

func (c Call) address(u *url.URL) string {
	if c.Addr != "" {
		return c.Addr
	}
	host, port := u.Hostname(), u.Port()
	if strings.HasSuffix(host, "localhost") {
		host = "127.0.0.1"
	}
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(host, port)
}

func (c Call) dial(ctx context.Context, u *url.URL, protocols ...string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", c.address(u))
	if err != nil || u.Scheme != "https" {
		return conn, err
	}
	secure := tls.Client(conn, &tls.Config{
		ServerName: u.Hostname(), NextProtos: protocols, InsecureSkipVerify: true, //nolint:gosec // the server's own authority
	})
	return secure, secure.HandshakeContext(ctx)
}

func (c Call) http1(ctx context.Context, u *url.URL) (*Answer, error) {
	conn, err := c.dial(ctx, u, "http/1.1")
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	_ = conn.SetDeadline(deadline)
	sent := make(chan error, 1)
	go func() {
		_, err := conn.Write(c.head(u))
		if err == nil {
			err = c.sendBody(conn)
		}
		sent <- err
	}()
	answer, err := readAnswer(conn, c.Method)
	if err != nil {
		select {
		case sendErr := <-sent:
			if sendErr != nil {
				err = fmt.Errorf("%w; sending: %w", err, sendErr)
			}
		default:
		}
	}
	return answer, err
}

// target is the request target as the URL spells it, escapes and all.
func target(rawURL string) string {
	_, rest, _ := strings.Cut(rawURL, "://")
	i := strings.IndexAny(rest, "/?")
	switch {
	case i < 0:
		return "/"
	case rest[i] == '?':
		return "/" + rest[i:]
	}
	return rest[i:]
}

func (c Call) has(name string) bool {
	for _, line := range c.Headers {
		if n, _, _ := strings.Cut(line, ":"); strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

func (c Call) head(u *url.URL) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", c.Method, target(c.URL))
	if !c.has("Host") {
		fmt.Fprintf(&b, "Host: %s\r\n", u.Host)
	}
	for _, line := range c.Headers {
		b.WriteString(line + "\r\n")
	}
	switch {
	case c.Chunked:
		b.WriteString("Transfer-Encoding: chunked\r\n")
	case len(c.Body) > 0 && !c.has("Content-Length"):
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(c.Body))
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

func (c Call) sendBody(w io.Writer) error {
	if !c.Chunked {
		_, err := w.Write(c.Body)
		return err
	}
	for rest := c.Body; len(rest) > 0; {
		n := min(len(rest), 1<<20)
		if _, err := fmt.Fprintf(w, "%x\r\n%s\r\n", n, rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	_, err := io.WriteString(w, "0\r\n\r\n")
	return err
}

// readAnswer reads the head twice: as lines, to have them as they are, and as a response, for the framing. Interim answers
// are passed over.
func readAnswer(conn net.Conn, method string) (*Answer, error) {
	in := bufio.NewReaderSize(conn, 64<<10)
	head, err := readHead(in)
	for err == nil && strings.HasPrefix(head, "HTTP/1.1 1") {
		head, err = readHead(in)
	}
	if err != nil {
		return nil, fmt.Errorf("read the answer's head: %w", err)
	}
	lines := strings.Split(strings.TrimSuffix(head, "\r\n\r\n"), "\r\n")
	all := bufio.NewReader(io.MultiReader(strings.NewReader(head), in))
	resp, err := http.ReadResponse(all, &http.Request{Method: method})
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("read the answer's body: %w", err)
	}
	sort.Strings(lines[1:])
	return &Answer{
		Proto: resp.Proto, Status: resp.StatusCode, Head: lines[1:], Body: body, Closed: resp.Close,
	}, nil
}

func readHead(in *bufio.Reader) (string, error) {
	var head strings.Builder
	for {
		line, err := in.ReadString('\n')
		head.WriteString(line)
		if err != nil || line == "\r\n" {
			return head.String(), err
		}
	}
}

func (c Call) http2(ctx context.Context, u *url.URL) (*Answer, error) {
	protocols := new(http.Protocols)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return c.dial(ctx, u, "h2") }
	transport := &http.Transport{
		Protocols: protocols, DisableCompression: true, DialContext: dial, DialTLSContext: dial,
	}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, c.Method, c.URL, bytes.NewReader(c.Body))
	if err != nil {
		return nil, err
	}
	for _, line := range c.Headers {
		name, value, _ := strings.Cut(line, ":")
		if strings.EqualFold(name, "Host") {
			req.Host = strings.TrimSpace(value)
			continue
		}
		req.Header.Add(name, strings.TrimSpace(value))
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer := &Answer{Proto: resp.Proto, Status: resp.StatusCode}
	for name, values := range resp.Header {
		for _, value := range values {
			answer.Head = append(answer.Head, name+": "+value)
		}
	}
	sort.Strings(answer.Head)
	answer.Body, err = io.ReadAll(resp.Body)
	return answer, err
}
