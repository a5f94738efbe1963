package integrate

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/lambda/event"
)

// A function that streams sends a JSON object with status and headers, eight zero bytes, and then the payload
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html#response-transfer-mode-lambda-format).
var delimiter = make([]byte, 8)

// maxMetadata is how many bytes the object may have (the same page).
const maxMetadata = 16 << 10

var errMetadata = errors.New("the stream does not begin with metadata and the delimiter")

// runStream calls the function and passes its answer on as it comes. The invocation's memory is the stream's.
func (p *lambdaProxy) runStream(ctx context.Context, x *exchange.Exchange) error {
	i := new(invocation)
	x.Integration.Streamed = true
	if err := p.invoke(ctx, x, i); err != nil {
		return err
	}
	if i.out.FunctionError != "" {
		return p.streamFailed(x, &i.out, failureOf(&i.out))
	}
	source := i.out.Stream
	if source == nil { // the function does not stream
		source = io.NopCloser(bytes.NewReader(i.out.Payload))
	}
	stream := newImpatient(source, p.stream.Idle)
	head, rest, err := readMetadata(stream)
	if err == nil {
		err = event.ReadMetadata(head, x)
	}
	if err != nil {
		_ = stream.Close() // the failure is told
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			x.Integration.Error, x.Integration.ServiceStatus = err.Error(), 0
			return exchange.Refuse(exchange.KindIntegrationTimeout, err)
		case i.out.FunctionError != "":
			err = failureOf(&i.out)
		}
		return p.streamFailed(x, &i.out, err)
	}
	x.Integration.Latency = time.Since(i.sent)
	x.Response.Header.Add(nameTrace, x.ResponseTraceID())
	x.Response.Body = exchange.Body{Stream: &joined{Reader: io.MultiReader(bytes.NewReader(rest), stream), Closer: stream}, Size: -1}
	p.stream.pace(&x.Response.Body)
	x.Integration.Status = x.Response.Status
	return nil
}

func (p *lambdaProxy) streamFailed(x *exchange.Exchange, out *lambda.Result, err error) error {
	p.words.sayFailed(x, out, err)
	return functionFailed(x, err)
}

// joined is what was read of a stream, and what was not.
type joined struct {
	io.Reader
	io.Closer
}

// readMetadata reads up to the delimiter. rest is what has come behind it.
func readMetadata(r io.Reader) (head, rest []byte, err error) {
	const usual = 1 << 10
	buf := make([]byte, 0, usual)
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		from := max(len(buf)-len(delimiter)+1, 0)
		buf = buf[:len(buf)+n]
		if at := bytes.Index(buf[from:], delimiter); at >= 0 && from+at <= maxMetadata {
			return buf[:from+at], buf[from+at+len(delimiter):], nil
		}
		switch {
		case err == io.EOF || len(buf) >= maxMetadata+len(delimiter):
			return nil, nil, errMetadata
		case err != nil:
			return nil, nil, err
		}
	}
}
