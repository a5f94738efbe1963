package wire

import (
	"encoding/binary"
	"hash/crc32"
)

// EventStreamType is the media type of event streams.
const EventStreamType = "application/vnd.amazon.eventstream"

// Event is one message of an event stream
// (https://smithy.io/2.0/aws/amazon-eventstream.html). Exception, if it is set, makes it an error of that shape.
type Event struct {
	// Type is the member of the stream's union; ContentType the payload's, left out if it is empty.
	Type, ContentType string
	Exception         bool
	Payload           []byte
}

const (
	eventPrelude = 12
	eventCRC     = 4
	// eventString is the type of header values that are strings.
	eventString = 7
)

// AppendEvent appends the message in its binary form.
func AppendEvent(dst []byte, e Event) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, eventPrelude)...)
	if e.Exception {
		dst = appendEventHeader(dst, ":message-type", "exception")
		dst = appendEventHeader(dst, ":exception-type", e.Type)
	} else {
		dst = appendEventHeader(dst, ":message-type", "event")
		dst = appendEventHeader(dst, ":event-type", e.Type)
	}
	if e.ContentType != "" {
		dst = appendEventHeader(dst, ":content-type", e.ContentType)
	}
	headers := len(dst) - start - eventPrelude
	dst = append(dst, e.Payload...)
	prelude := dst[start : start+eventPrelude]
	binary.BigEndian.PutUint32(prelude, uint32(len(dst)-start+eventCRC)) //nolint:gosec // payloads are pieces of some KiB
	binary.BigEndian.PutUint32(prelude[4:], uint32(headers))             //nolint:gosec // a few short headers
	binary.BigEndian.PutUint32(prelude[8:], crc32.ChecksumIEEE(prelude[:8]))
	return binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
}

func appendEventHeader(dst []byte, name, value string) []byte {
	dst = append(append(dst, byte(len(name))), name...)                               //nolint:gosec // names of the protocol are short
	dst = binary.BigEndian.AppendUint16(append(dst, eventString), uint16(len(value))) //nolint:gosec // names of the model
	return append(dst, value...)
}
