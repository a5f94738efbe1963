package wire_test

import (
	"bytes"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"

	"github.com/dipylon/dipylon/internal/wire"
)

// TestAppendEvent: AWS's own decoder reads what is written.
func TestAppendEvent(t *testing.T) {
	events := []wire.Event{
		{Type: "PayloadChunk", ContentType: "application/octet-stream", Payload: bytes.Repeat([]byte("x"), 70_000)},
		{Type: "PayloadChunk"},
		{Type: "InvokeComplete", ContentType: "application/json", Payload: []byte(`{"ErrorCode":"Runtime.ExitError"}`)},
		{Type: "ServiceException", Exception: true, Payload: []byte(`{"Message":"m"}`)},
	}
	var stream []byte
	for _, e := range events {
		stream = wire.AppendEvent(stream, e)
	}
	r := bytes.NewReader(stream)
	for _, want := range events {
		got, err := eventstream.NewDecoder().Decode(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		kind, name := "event", ":event-type"
		if want.Exception {
			kind, name = "exception", ":exception-type"
		}
		header := func(name string) string {
			if v := got.Headers.Get(name); v != nil {
				return v.String()
			}
			return ""
		}
		if header(":message-type") != kind || header(name) != want.Type || header(":content-type") != want.ContentType || !bytes.Equal(got.Payload, want.Payload) {
			t.Errorf("%+v: read as %v", want.Type, got.Headers)
		}
	}
	if r.Len() != 0 {
		t.Errorf("%d bytes are left over", r.Len())
	}
}
