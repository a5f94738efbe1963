package backend

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/upstream"
)

func TestVerdict(t *testing.T) {
	other := errors.New("something")
	cases := []struct {
		name  string
		err   error
		want  outcome
		retry bool
	}{
		{"answer", nil, answered, false},
		{"refused", down, failed, true},
		{"wrapped", fmt.Errorf("call: %w", down), failed, true},
		{"connect timeout", &upstream.Error{Op: upstream.OpDial, Timeout: true, Err: context.DeadlineExceeded}, failed, true},
		{"handshake broken", &upstream.Error{Op: upstream.OpTLS, Err: io.EOF}, failed, true},
		{"certificate", &upstream.Error{Op: upstream.OpTLS, Err: &tls.CertificateVerificationError{Err: other}}, undecided, true},
		{"no TLS there", &upstream.Error{Op: upstream.OpTLS, Err: tls.RecordHeaderError{Msg: "x"}}, undecided, true},
		{"write", &upstream.Error{Op: upstream.OpWrite, Err: other}, failed, false},
		{"read", &upstream.Error{Op: upstream.OpRead, Err: io.EOF}, failed, false},
		{"old connection closed", &upstream.Error{Op: upstream.OpRead, Reused: true, Err: io.EOF}, undecided, false},
		{"timeout on an old connection", &upstream.Error{Op: upstream.OpRead, Reused: true, Timeout: true, Err: other}, failed, false},
		{"protocol", &upstream.Error{Op: upstream.OpProtocol, Reused: true, Err: other}, failed, false},
		{"client's body", &upstream.Error{Op: upstream.OpBody, Err: other}, undecided, false},
		{"malformed request", &upstream.Error{Op: upstream.OpRequest, Err: other}, undecided, false},
		{"no free connection", &upstream.Error{Op: upstream.OpWait, Timeout: true, Err: other}, undecided, true},
		{"client gone", &upstream.Error{Op: upstream.OpDial, Err: context.Canceled}, undecided, false},
		{"gateway is stopping", &upstream.Error{Op: upstream.OpDial, Err: upstream.ErrClosed}, undecided, false},
		{"not upstream's", other, undecided, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := verdict(c.err); got != c.want {
				t.Errorf("verdict %v, want %v", got, c.want)
			}
			if got := MayRetry(&upstream.Request{Body: &exchange.Body{Bytes: []byte("x")}, Deadline: time.Now().Add(time.Hour)}, c.err); got != c.retry {
				t.Errorf("may be retried: %v", got)
			}
		})
	}
}

// Nothing is sent twice that has been read once, and nothing is begun that has no time.
func TestMayRetryRequest(t *testing.T) {
	cases := []struct {
		name string
		req  upstream.Request
		want bool
	}{
		{"no body, no deadline", upstream.Request{}, true},
		{"stream", upstream.Request{Body: &exchange.Body{Stream: io.NopCloser(strings.NewReader("x")), Size: 1}}, false},
		{"too late", upstream.Request{Deadline: time.Now().Add(-time.Second)}, false},
	}
	for _, c := range cases {
		if got := MayRetry(&c.req, down); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
