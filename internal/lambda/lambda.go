// Package lambda says what a Lambda function is to those who call it and to those who run it, and holds the directory of
// all functions: which version a qualifier means, who may call, how many calls may run at once.
//
// A caller asks the [Directory] for a [Target] once and invokes it many times. The directory gives each version of a
// function a [Runner] of its own: package host runs it here, package remote calls it elsewhere.
//
// It may import gateway, policy and spool. Packages below it import it; none of it knows the store, the wire or an exchange.
package lambda

import (
	"context"
	"io"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

// AWS's limits of payloads, in bytes (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
const (
	// MaxRequest bounds the event of a synchronous call, and MaxAsync that of an asynchronous one.
	MaxRequest = 6 << 20
	MaxAsync   = 1 << 20
	// MaxResponse bounds a buffered response; the 100 bytes over 6 MiB are AWS's own allowance.
	MaxResponse = 6<<20 + 100
	// MaxStreamed bounds a streamed response.
	MaxStreamed = 200 << 20
)

// Invocation is one call of a function. Nothing of it is kept after the call.
type Invocation struct {
	// Payload is the event: JSON.
	Payload []byte
	// RequestID is the call's id; the directory makes one if it is empty.
	RequestID string
	// TraceID is the value of X-Amzn-Trace-Id, and ClientContext the decoded JSON that the caller sent along. Either may be
	// empty.
	TraceID, ClientContext string
	// InvokedARN is the function's ARN as the caller named it. The directory fills it in.
	InvokedARN string
	// Deadline is when the caller stops waiting; zero for never. The function's own timeout holds besides.
	Deadline time.Time
	// Tail asks for the end of the call's log.
	Tail bool
	// Streaming lets the answer come as a stream if the function streams; otherwise a streamed answer is collected.
	Streaming bool
	// Alloc gives memory for the answer that lives as long as the caller wants; nil stands for make.
	Alloc func(n int) []byte
	// Ended is the directory's: a runner calls it once for each call of Invoke, when the call counts no more: as Invoke
	// returns, but for a stream as it is closed, and for a call whose caller has left when the function ends after all.
	Ended func()
}

// Result is what a call came to.
type Result struct {
	// Version is the version that ran.
	Version string
	// FunctionError is "Unhandled" if the function failed, and Payload then its error object. It is empty otherwise.
	FunctionError string
	Payload       []byte
	// Stream, if not nil, is the answer in place of Payload; the caller must close it. ContentType is what the function
	// gave for it. A stream that the function could not end fails with an error other than io.EOF, and FunctionError and
	// Payload then say why; LogTail comes with the stream's end, too.
	Stream      io.ReadCloser
	ContentType string
	// LogTail is the end of the call's log, at most 4 KiB, if it was asked for.
	LogTail []byte
}

// Version is a version of a function as it is run. It is immutable: a change of code or configuration makes another.
type Version struct {
	gateway.FunctionVersion
	Tenant gateway.Tenant
	Name   string
}

// Runner runs one version of one function. It is safe for use by many goroutines.
type Runner interface {
	// Invoke runs one call. A failure of the function is a Result with a FunctionError; the error is an *[Error] for what is
	// not the function's failure. If ctx ends first, the call goes on, as on AWS, and its answer is dropped.
	Invoke(ctx context.Context, in *Invocation, out *Result) error
	// Warm keeps at least n workers initialised; Warmed tells how many are.
	Warm(n int)
	Warmed() int
	// Retire ends the runner. No call is begun after it, and those before have ended.
	Retire()
}

// Host makes runners.
type Host interface {
	// Runner returns a runner for a version. It starts nothing yet.
	Runner(v *Version) Runner
}

// Logs takes the lines of functions.
type Logs interface {
	// Group returns where the lines of a log group go.
	Group(tenant gateway.Tenant, name string) LogWriter
}

// LogWriter takes an event of a log group's stream. Line has no newline: where the event goes on in another line, it has a
// carriage return, as AWS's runtimes print it. It is not kept, and may be of many goroutines.
type LogWriter interface {
	LogTo(at time.Time, stream string, line []byte)
}
