// Package accesslog writes one line per call, in the format that the stage was given
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html). The step stands last among those
// that run always: it formats the line and leaves it with a [Writer]. [Sink], which outlives programs, takes lines off the
// path of calls and writes them: to the standard output, to a file, and to the log groups.
//
// It may import exchange, gateway and selection.
package accesslog

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/selection"
)

// Name is the step's name.
const Name = "accesslog"

// MaxFormat is the longest format, in bytes (AWS: "access-log template 3 KB").
const MaxFormat = 3 << 10

// Writer takes a finished line, without a line end. It keeps no reference to it, and does not block.
type Writer interface {
	Log(at time.Time, line []byte)
}

// Config is what the step is made of.
type Config struct {
	// Format is text with $context variables.
	Format string
	Writer Writer
	// Options hold what is known of the API when it is compiled; the scope is set here.
	Options selection.Options
}

// New returns the step.
func New(cfg Config) (exchange.Step, error) {
	if err := CheckFormat(cfg.Format); err != nil {
		return exchange.Step{}, err
	}
	cfg.Options.Scope = selection.Log
	format, err := selection.Compile(cfg.Format, cfg.Options)
	if err != nil {
		return exchange.Step{}, err
	}
	l := &logger{format: format, writer: cfg.Writer, room: len(cfg.Format) + valuesRoom}
	return exchange.Step{Name: Name, Run: l.run, Detail: "log " + cfg.Format}, nil
}

// FormatError is a format that is refused.
type FormatError struct {
	text string
}

// Error implements error.
func (e *FormatError) Error() string { return e.text }

// CheckFormat says whether a stage may have that format. That an id must be in it is in AWS's words
// (aws-behaviour-http-api.md, fact 63).
func CheckFormat(format string) error {
	switch {
	case len(format) > MaxFormat:
		return &FormatError{"Access Log format must be at most 3072 bytes long"}
	case !strings.Contains(format, "$context.requestId") && !strings.Contains(format, "$context.extendedRequestId"):
		return &FormatError{"Access Log format must include either $context.requestId or $context.extendedRequestId"}
	}
	return nil
}

// logger is a compiled format and where its lines go.
type logger struct {
	format *selection.Expression
	writer Writer
	room   int
}

// valuesRoom is room for the values of a usual line, in bytes. A longer line costs an allocation.
const valuesRoom = 512

// run logs the call, or sees to it that it is logged when the last byte of its response has left.
func (l *logger) run(_ context.Context, x *exchange.Exchange) error {
	if x.Response.Body.Stream == nil {
		l.log(x)
		return nil
	}
	x.Response.Body.Stream = &counted{ReadCloser: x.Response.Body.Stream, x: x, logger: l}
	return nil
}

func (l *logger) log(x *exchange.Exchange) {
	line, _ := l.format.Append(x.Alloc(l.room)[:0], x)
	l.writer.Log(time.Now(), line)
}

// counted is a response's stream that logs the call when it is closed. The exchange is valid until then.
type counted struct {
	io.ReadCloser
	x      *exchange.Exchange
	logger *logger
	sent   int64
}

// Read implements io.Reader.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.sent += int64(n)
	return n, err
}

// Close implements io.Closer.
func (c *counted) Close() error {
	err := c.ReadCloser.Close()
	if x := c.x; x != nil {
		c.x = nil
		x.Response.Body.Size = c.sent // for the length that is logged
		c.logger.log(x)
	}
	return err
}
