package host_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/lambda"
)

func TestStream(t *testing.T) {
	tests := []struct {
		handler, want, failed string
	}{
		{"stream", "one two", ""},
		{"stream, error", "one ", `{"errorMessage":"no"}`},
		{"stream, exit", "one ", "exit status 1"},
		{"endless", "one ", "Task timed out after 1.00 seconds"},
	}
	for _, tt := range tests {
		t.Run(tt.handler, func(t *testing.T) {
			r := newRig(t)
			f := r.runner(tt.handler, func(v *lambda.Version) {
				if tt.handler == "endless" {
					v.Timeout = time.Second
				}
			})
			in := invocation("")
			in.Streaming, in.Tail = true, true
			ended := make(chan struct{})
			in.Ended = func() { close(ended) }
			var out lambda.Result
			if err := f.Invoke(t.Context(), in, &out); err != nil || out.Stream == nil || out.ContentType != "text/plain" {
				t.Fatalf("got %+v, %v", out, err)
			}
			got, err := io.ReadAll(out.Stream)
			if string(got) != tt.want || (err != nil) != (tt.failed != "") || !strings.Contains(string(out.Payload), tt.failed) {
				t.Errorf("got %q, %v, then %s", got, err, out.Payload)
			}
			<-ended
			if !strings.Contains(string(out.LogTail), "REPORT") {
				t.Errorf("tail %q", out.LogTail)
			}
			if err := out.Stream.Close(); err != nil {
				t.Error(err)
			}
			// Who does not want a stream gets it whole.
			out = r.invoke(f, invocation(""))
			if want := max(tt.want, tt.failed); tt.failed == "" && string(out.Payload) != want || !strings.Contains(string(out.Payload), tt.failed) {
				t.Errorf("collected: %s", out.Payload)
			}
		})
	}
}

func TestStreamClosedEarly(t *testing.T) {
	r := newRig(t)
	f := r.runner("endless", within(2*time.Second))
	in := invocation("")
	in.Streaming = true
	ended := make(chan struct{})
	in.Ended = func() { close(ended) }
	var out lambda.Result
	if err := f.Invoke(t.Context(), in, &out); err != nil {
		t.Fatal(err)
	}
	read := make(chan error)
	go func() {
		_, err := io.ReadAll(out.Stream)
		read <- err
	}()
	_ = out.Stream.Close()
	if err := <-read; err == nil {
		t.Error("the end of a stream that was closed")
	}
	<-ended
	r.logs.wait(t, "Status: timeout")
}
