package logs

import (
	"encoding/binary"
	"hash/crc32"
)

// Event is one entry of a log. Times are in milliseconds since 1970.
type Event struct {
	// Stream names the log stream. In what [Log.Read] returns it is shared.
	Stream         string
	Time, Ingested int64
	Message        []byte
	// At is where the event stands; [Log.Append] ignores it.
	At Position
}

// Position orders the events of a log: by time and, within a millisecond, as they came. The zero value is in front of all.
type Position struct {
	Time    int64
	Segment uint32
	Offset  int64
}

// Before reports whether p stands in front of q.
func (p Position) Before(q Position) bool {
	switch {
	case p.Time != q.Time:
		return p.Time < q.Time
	case p.Segment != q.Segment:
		return p.Segment < q.Segment
	}
	return p.Offset < q.Offset
}

// A record is: the length of what follows the checksum, its CRC-32C, the time, the time of ingestion, the stream's
// number and the message. Numbers are little-endian.
const (
	recordPrefix = 4 + 4
	recordFixed  = 8 + 8 + 4
	// MaxMessage is the longest message in bytes (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html:
	// an event has at most 1 MB).
	MaxMessage = 1 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli) //nolint:gochecknoglobals // a constant table

func appendRecord(dst []byte, stream uint32, e *Event, now int64) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, recordPrefix)...)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(e.Time)) //nolint:gosec // G115: read back as it is written
	dst = binary.LittleEndian.AppendUint64(dst, uint64(now))    //nolint:gosec // G115: as above
	dst = binary.LittleEndian.AppendUint32(dst, stream)
	dst = append(dst, e.Message...)
	body := dst[start+recordPrefix:]
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(body))) //nolint:gosec // G115: at most MaxMessage and a little
	binary.LittleEndian.PutUint32(dst[start+4:], crc32.Checksum(body, castagnoli))
	return dst
}

// record is a stored event; message lies in the buffer it was read from.
type record struct {
	time, ingested int64
	stream         uint32
	message        []byte
}

// cutRecord takes the first record off. ok is false if there is none that is whole.
func cutRecord(b []byte) (r record, rest []byte, ok bool) {
	if len(b) < recordPrefix {
		return r, b, false
	}
	n := int(binary.LittleEndian.Uint32(b))
	if n < recordFixed || n > recordFixed+MaxMessage || len(b)-recordPrefix < n {
		return r, b, false
	}
	body := b[recordPrefix : recordPrefix+n]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(b[4:]) {
		return r, b, false
	}
	r = record{
		time:     int64(binary.LittleEndian.Uint64(body)),     //nolint:gosec // G115: as it was written
		ingested: int64(binary.LittleEndian.Uint64(body[8:])), //nolint:gosec // G115: as above
		stream:   binary.LittleEndian.Uint32(body[16:]),
		message:  body[recordFixed:],
	}
	return r, b[recordPrefix+n:], true
}
