package remote

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/sigv4"
	"github.com/dipylon/dipylon/internal/upstream"
)

// runner calls one function, or one of its versions or aliases.
type runner struct {
	*endpoint
	client *upstream.Client
	now    func() time.Time
	// signer is nil for an emulator.
	signer      *sigv4.Signer
	token       string
	path, query []byte
}

const (
	// longest is a little more than a function may run.
	longest = 15*time.Minute + 10*time.Second
	// attempts is how often a connection is tried.
	attempts     = 3
	firstPause   = 100 * time.Millisecond
	longestPause = 500 * time.Millisecond
	// busyFor is how long an emulator may be busy with another call, of which it runs one at a time.
	busyFor = time.Minute
)

// Invoke implements [lambda.Runner]. A call is repeated only if no connection came about, or if an emulator was busy: then it
// has not begun.
func (r *runner) Invoke(ctx context.Context, in *lambda.Invocation, out *lambda.Result) error {
	defer in.Ended()
	start := r.now()
	deadline := in.Deadline
	if deadline.IsZero() {
		deadline = start.Add(longest)
	}
	pause := firstPause
	for tries := 1; ; tries++ {
		err := r.once(ctx, in, out, deadline)
		next := r.now().Add(pause)
		again := isConnect(err) && tries < attempts || errors.Is(err, errBusy) && next.Before(start.Add(busyFor))
		if !again || !next.Before(deadline) || !sleep(ctx, pause) {
			r.count(start, out, err)
			return err
		}
		pause = min(2*pause, longestPause)
	}
}

func (r *runner) count(start time.Time, out *lambda.Result, err error) {
	if r.meter == nil {
		return
	}
	refused, _ := errors.AsType[*lambda.Error](err)
	switch {
	case err == nil:
		r.meter.Ran(r.now().Sub(start), out.FunctionError != "")
	case refused != nil && refused.Kind == lambda.Throttled:
		r.meter.Throttled()
	}
}

func isConnect(err error) bool {
	failed, ok := errors.AsType[*upstream.Error](err)
	return ok && (failed.Op == upstream.OpDial || failed.Op == upstream.OpTLS)
}

// sleep reports whether the time passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// memory lets the answer live where the caller wants it.
type memory func(n int) []byte

// Alloc implements [upstream.Allocator].
func (m memory) Alloc(n int) []byte {
	if m == nil {
		return make([]byte, n)
	}
	return m(n)
}

func (r *runner) once(ctx context.Context, in *lambda.Invocation, out *lambda.Result, deadline time.Time) error {
	var header exchange.Header
	if err := r.writeHead(&header, in); err != nil {
		return &lambda.Error{Kind: lambda.Internal, Message: "The call of a function elsewhere could not be signed.", Cause: err}
	}
	target := r.path
	if len(r.query) > 0 {
		target = append(append(append([]byte(nil), r.path...), '?'), r.query...)
	}
	request := upstream.Request{
		Target: r.target, Method: []byte("POST"), RequestTarget: target, Host: r.host, Header: &header,
		Body: &exchange.Body{Bytes: in.Payload}, Deadline: deadline,
	}
	var answer exchange.Response
	response := upstream.Response{Response: &answer, Memory: memory(in.Alloc)}
	if err := r.client.Do(ctx, &request, &response); err != nil {
		return unreachable(ctx, err)
	}
	body, err := readBody(&answer.Body, response.ContentLength, memory(in.Alloc))
	if err != nil {
		return unreachable(ctx, err)
	}
	if r.signer == nil {
		return readEmulator(&answer, body, out)
	}
	return readAPI(&answer, body, out)
}

// unreachable says of a failed call whether it was the caller's patience that ended.
func unreachable(ctx context.Context, err error) error {
	failed, ok := errors.AsType[*upstream.Error](err)
	if ctx.Err() != nil || ok && failed.Timeout && failed.Op != upstream.OpDial && failed.Op != upstream.OpTLS {
		return &lambda.Error{Kind: lambda.TimedOut, Message: "The caller did not wait for the function", Cause: err}
	}
	return &lambda.Error{Kind: lambda.Unreachable, Message: "The function could not be called where it runs.", Cause: err}
}

// writeHead makes the fields of a call, for a Lambda API with a signature over all of them.
func (r *runner) writeHead(header *exchange.Header, in *lambda.Invocation) error {
	add := func(name, value string) {
		if value != "" {
			header.Add([]byte(name), []byte(value))
		}
	}
	add("Content-Type", "application/json")
	add("X-Amz-Invocation-Type", "RequestResponse")
	if in.Tail {
		add("X-Amz-Log-Type", "Tail")
	}
	if in.ClientContext != "" {
		add("X-Amz-Client-Context", base64.StdEncoding.EncodeToString([]byte(in.ClientContext)))
	}
	if r.signer == nil {
		add("X-Amzn-Trace-Id", in.TraceID)
		return nil
	}
	at := r.now()
	add("X-Amz-Date", sigv4.SigningTime(at))
	add("X-Amz-Security-Token", r.token)
	sum := sha256.Sum256(in.Payload)
	authorization, err := r.signer.Sign(&sigv4.Request{
		Method: "POST", Path: string(r.path), RawQuery: string(r.query), Host: string(r.host), Header: fields(header),
		PayloadHash: hex.EncodeToString(sum[:]),
	}, at)
	add("Authorization", authorization)
	add("X-Amzn-Trace-Id", in.TraceID) // which proxies may change, and so SDKs leave unsigned
	return err
}

func fields(h *exchange.Header) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, f := range h.Fields() {
			if !yield(string(f.Name), string(f.Value)) {
				return
			}
		}
	}
}

var errTooLong = fmt.Errorf("the answer is longer than %d bytes", lambda.MaxResponse)

// readBody reads the answer as far as answers may be.
func readBody(body *exchange.Body, length int64, m memory) ([]byte, error) {
	if body.Stream == nil {
		return body.Bytes, nil
	}
	if length > lambda.MaxResponse {
		return nil, errors.Join(errTooLong, body.Close())
	}
	const piece = 64 << 10
	text := m.Alloc(max(int(length)+1, piece))[:0] // one more, to see the end
	for {
		if len(text) == cap(text) {
			if len(text) > lambda.MaxResponse {
				return nil, errors.Join(errTooLong, body.Close())
			}
			text = append(m.Alloc(2 * cap(text))[:0], text...)
		}
		n, err := body.Stream.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		if isEnd(err) {
			break
		}
		if err != nil {
			return nil, errors.Join(err, body.Close())
		}
	}
	if len(text) > lambda.MaxResponse {
		return nil, errors.Join(errTooLong, body.Close())
	}
	return text, body.Close()
}

// Warm does nothing: who runs the function decides what is warm.
func (r *runner) Warm(int) {}

// Warmed knows of no workers.
func (r *runner) Warmed() int { return 0 }

// Retire does nothing: the connections are the client's.
func (r *runner) Retire() {}
