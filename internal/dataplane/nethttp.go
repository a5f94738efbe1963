package dataplane

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// HTTPHandler lets h answer calls that net/http has read: all of HTTP/2, and calls that arrive on a listener
// which is not the data plane's. Of the limits MaxBody, MaxHead, BodyTimeout and WriteTimeout apply here; the others are the
// server's in front.
//
// net/http keeps neither the order of fields nor, for HTTP/1.1, their case: fields are in the order of their names, in lower
// case for HTTP/2 and in canonical case else.
func HTTPHandler(h Handler, limits Limits) http.Handler {
	return &adapter{
		handler: h, limits: limits.withDefaults(),
		exchanges: sync.Pool{New: func() any { return new(exchange.Exchange) }},
		blocks:    newPool(smallBody),
	}
}

type adapter struct {
	handler   Handler
	limits    Limits
	exchanges sync.Pool
	blocks    *sync.Pool
}

// ServeHTTP implements http.Handler.
func (a *adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := a.exchanges.Get().(*exchange.Exchange)
	block := a.blocks.Get().(*[]byte)
	defer func() {
		_ = x.Request.Body.Close() // net/http drains or resets what is left
		x.Reset()
		a.exchanges.Put(x)
		a.blocks.Put(block)
	}()
	client := &deadlines{control: http.NewResponseController(w), limits: a.limits}
	defer client.lift()
	if fault := a.fill(x, r, client, *block); fault != nil {
		a.handler.Refuse(x, fault)
	} else {
		a.handler.Serve(r.Context(), x)
	}
	defer func() { _ = x.Response.Body.Close() }() // the response is on its way
	if x.Response.Status < 200 || x.Response.Status > 999 {
		panic(http.ErrAbortHandler) // the handler broke its contract
	}
	a.respond(w, x, client, *block)
}

// fill makes an exchange of the request.
func (a *adapter) fill(x *exchange.Exchange, r *http.Request, client *deadlines, block []byte) *exchange.Fault {
	q := &x.Request
	x.Received = time.Now()
	q.Method, q.Host, q.TLS = x.Copy([]byte(r.Method)), x.Copy([]byte(r.Host)), r.TLS != nil
	q.Proto = protoOf(r)
	q.Remote, q.Local = remoteOf(r), localOf(r)
	target := x.Copy([]byte(r.RequestURI))
	q.Path, q.Query, _ = bytes.Cut(target, []byte{'?'})
	if !strings.HasPrefix(r.RequestURI, "/") {
		if r.URL.Path == "" && r.URL.Host == "" || r.Method == http.MethodConnect {
			return exchange.Refuse(exchange.KindBadRequest, errTarget)
		}
		q.Path = x.Copy([]byte(or(r.URL.EscapedPath(), "/"))) // absolute form
	}
	size := len(r.Method) + len(r.RequestURI) + len(r.Proto) + a.fields(x, r)
	switch {
	case size > a.limits.MaxHead:
		return exchange.Refuse(exchange.KindHeaderTooLarge, errHeadTooLarge)
	case !all(target, targetByte) || len(q.Host) == 0 || !all(q.Host, hostByte):
		return exchange.Refuse(exchange.KindBadRequest, errTarget)
	}
	return a.body(x, r, client, block)
}

func protoOf(r *http.Request) exchange.Proto {
	switch {
	case r.ProtoMajor == 2:
		return exchange.HTTP2
	case r.ProtoMinor == 0:
		return exchange.HTTP10
	default:
		return exchange.HTTP11
	}
}

func remoteOf(r *http.Request) netip.AddrPort {
	p, _ := netip.ParseAddrPort(r.RemoteAddr) // zero for what is no address
	return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
}

func localOf(r *http.Request) netip.AddrPort {
	if addr, ok := r.Context().Value(http.LocalAddrContextKey).(interface{ String() string }); ok {
		p, _ := netip.ParseAddrPort(addr.String()) // zero for what is no address
		return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
	}
	return netip.AddrPort{}
}

// fields copies the request's fields and returns the size of their values.
func (a *adapter) fields(x *exchange.Exchange, r *http.Request) (size int) {
	names := make([]string, 0, len(r.Header)+1)
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	x.Request.Header.Add([]byte(fieldName(x, "Host")), x.Request.Host)
	connection := []byte(strings.Join(r.Header["Connection"], ","))
	for _, name := range names {
		key := []byte(fieldName(x, name))
		if name == "Host" || name == "Expect" || isHopByHop(key) || namedIn(connection, key) {
			continue
		}
		for _, value := range r.Header[name] {
			size += len(value)
			x.Request.Header.Add(key, x.Copy([]byte(value)))
		}
	}
	return size
}

func fieldName(x *exchange.Exchange, canonical string) string {
	if x.Request.Proto == exchange.HTTP2 {
		return strings.ToLower(canonical)
	}
	return canonical
}

// body puts the request's body into x: whole if it is small, else as a stream.
func (a *adapter) body(x *exchange.Exchange, r *http.Request, client *deadlines, block []byte) *exchange.Fault {
	if r.ContentLength > a.limits.MaxBody {
		return exchange.Refuse(exchange.KindRequestTooLarge, errBodyOverQuota)
	}
	if r.ContentLength == 0 || r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	limited := &limitedBody{ReadCloser: r.Body, client: client, left: a.limits.MaxBody}
	if r.ContentLength > smallBody || r.Header.Get("Expect") != "" {
		x.Request.Body = exchange.Body{Stream: limited, Size: r.ContentLength}
		return nil
	}
	n, err := io.ReadFull(limited, block)
	switch {
	case err == nil && n == len(block) && r.ContentLength < 0:
		x.Request.Body = exchange.Body{Stream: &prefixedBody{prefix: x.Copy(block), ReadCloser: limited}, Size: -1}
	case err == nil || err == io.EOF || err == io.ErrUnexpectedEOF:
		x.Request.Body.Bytes = x.Copy(block[:n])
	case errors.Is(err, exchange.ErrBodyTooLarge):
		return exchange.Refuse(exchange.KindRequestTooLarge, err)
	default:
		return exchange.Refuse(exchange.KindBadRequest, err)
	}
	return nil
}

// deadlines bounds how long the client may take for the next bytes. Where the server in front cannot do so, which is in
// tests, nothing does.
type deadlines struct {
	control *http.ResponseController
	limits  Limits
	used    bool
}

func (d *deadlines) beforeRead() {
	d.used = true
	_ = d.control.SetReadDeadline(time.Now().Add(d.limits.BodyTimeout))
}

func (d *deadlines) beforeWrite() {
	d.used = true
	_ = d.control.SetWriteDeadline(time.Now().Add(d.limits.WriteTimeout))
}

// afterBody ends the reading; net/http goes on watching the connection, without a limit.
func (d *deadlines) afterBody() { _ = d.control.SetReadDeadline(time.Time{}) }

// lift leaves no deadline for the connection's next call.
func (d *deadlines) lift() {
	if d.used {
		_ = d.control.SetReadDeadline(time.Time{})
		_ = d.control.SetWriteDeadline(time.Time{})
	}
}

// limitedBody ends with [exchange.ErrBodyTooLarge] past the limit.
type limitedBody struct {
	io.ReadCloser
	client *deadlines
	left   int64
}

// Read implements io.Reader.
func (l *limitedBody) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, exchange.ErrBodyTooLarge
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	l.client.beforeRead()
	n, err := l.ReadCloser.Read(p)
	if err != nil {
		l.client.afterBody()
	}
	l.left -= int64(n)
	if l.left < 0 {
		return n - 1, exchange.ErrBodyTooLarge
	}
	return n, err
}

// prefixedBody is a body whose beginning has been read ahead.
type prefixedBody struct {
	prefix []byte
	io.ReadCloser
}

// Read implements io.Reader.
func (b *prefixedBody) Read(p []byte) (int, error) {
	if len(b.prefix) > 0 {
		n := copy(p, b.prefix)
		b.prefix = b.prefix[n:]
		return n, nil
	}
	return b.ReadCloser.Read(p)
}

// respond writes x.Response. A body that breaks off resets the stream, or closes the connection.
func (a *adapter) respond(w http.ResponseWriter, x *exchange.Exchange, client *deadlines, block []byte) {
	fields := w.Header()
	connection := x.Response.Header.Get("Connection")
	for _, f := range x.Response.Header.Fields() {
		if exchange.EqualFold(f.Name, "Date") || exchange.EqualFold(f.Name, "Content-Type") || passes(f, connection) {
			name := http.CanonicalHeaderKey(string(f.Name))
			fields[name] = append(fields[name], string(f.Value))
		}
	}
	if fields["Content-Type"] == nil {
		fields["Content-Type"] = nil // present but empty: net/http must not guess
	}
	if n, ok := contentLength(x); ok {
		fields.Set("Content-Length", strconv.FormatInt(n, 10))
	}
	w.WriteHeader(x.Response.Status)
	if frame(x) != frameNone {
		copyBody(w, &x.Response.Body, client, block)
	}
}

// copyBody sends the body, flushing after each read of a stream, since nobody knows when its next bytes come.
func copyBody(w http.ResponseWriter, body *exchange.Body, client *deadlines, block []byte) {
	client.beforeWrite()
	if body.Stream == nil {
		_, _ = w.Write(body.Bytes) // after an error there is nobody to tell
		return
	}
	for left := body.Size; left != 0; {
		n, err := body.Stream.Read(block)
		if body.Size >= 0 {
			n = int(min(int64(n), left))
			left -= int64(n)
		}
		client.beforeWrite()
		if _, werr := w.Write(block[:n]); werr != nil || err == io.EOF && left <= 0 {
			return
		}
		if err != nil || client.control.Flush() != nil {
			panic(http.ErrAbortHandler)
		}
	}
}
