package upstream

import (
	"bytes"
	"fmt"
)

// dechunker reads the framing of a chunked body (RFC 9112, section 7.1). It holds no bytes: the caller shows it
// what has arrived, takes left bytes of data when there are any, and stops when it is done.
type dechunker struct {
	state   chunkState
	left    int64
	trailer int
	// limit bounds the trailers' length.
	limit int
}

type chunkState uint8

const (
	chunkSize chunkState = iota
	chunkData
	chunkDataEnd
	chunkTrailer
	chunkDone
)

// maxChunkLine bounds a chunk's size with its extensions.
const maxChunkLine = 256

// frame consumes framing at the start of b and returns its length. Afterwards the state is chunkData with left > 0, or
// chunkDone, or else more bytes are needed. Lines must end with CR LF.
func (d *dechunker) frame(b []byte) (int, error) {
	used := 0
	for {
		n, err := d.element(b[used:])
		if err != nil || n == 0 {
			return used, err
		}
		used += n
	}
}

// element consumes one element of framing, or nothing if none is next or complete.
func (d *dechunker) element(b []byte) (int, error) {
	switch d.state {
	case chunkSize:
		return d.size(b)
	case chunkDataEnd:
		if len(b) < 2 {
			return 0, nil
		}
		if b[0] != '\r' || b[1] != '\n' {
			return 0, fmt.Errorf("%w: data longer than its size", ErrMalformedChunk)
		}
		d.state = chunkSize
		return 2, nil
	case chunkTrailer:
		return d.trailers(b)
	case chunkData, chunkDone:
	}
	return 0, nil
}

func (d *dechunker) size(b []byte) (int, error) {
	i := bytes.IndexByte(b[:min(len(b), maxChunkLine)], '\n')
	if i < 0 {
		if len(b) >= maxChunkLine {
			return 0, fmt.Errorf("%w: line too long", ErrMalformedChunk)
		}
		return 0, nil
	}
	if i == 0 || b[i-1] != '\r' {
		return 0, fmt.Errorf("%w: line does not end with CR LF", ErrMalformedChunk)
	}
	n, err := parseChunkSize(b[:i-1])
	if err != nil {
		return 0, err
	}
	if d.left, d.state = n, chunkData; n == 0 {
		d.state = chunkTrailer
	}
	return i + 1, nil
}

// parseChunkSize reads a size of at most 15 digits, and passes over extensions. Some servers pad the size with spaces.
func parseChunkSize(line []byte) (int64, error) {
	var n int64
	digits := 0
	for ; digits < len(line); digits++ {
		v := hexValue(line[digits])
		if v < 0 {
			break
		}
		n = n<<4 | v
	}
	if digits == 0 || digits > 15 {
		return 0, fmt.Errorf("%w: malformed size", ErrMalformedChunk)
	}
	if rest := trimSpace(line[digits:]); len(rest) > 0 && (rest[0] != ';' || !isValue(rest)) {
		return 0, fmt.Errorf("%w: malformed size", ErrMalformedChunk)
	}
	return n, nil
}

func hexValue(c byte) int64 {
	switch {
	case '0' <= c && c <= '9':
		return int64(c - '0')
	case 'a' <= c && c <= 'f':
		return int64(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int64(c-'A') + 10
	}
	return -1
}

// trailers consumes one line of the trailer section; the fields are checked and dropped.
func (d *dechunker) trailers(b []byte) (int, error) {
	i := bytes.IndexByte(b, '\n')
	if d.trailer+max(i, 0) > d.limit || i < 0 && d.trailer+len(b) > d.limit {
		return 0, fmt.Errorf("%w: trailers too long", ErrMalformedChunk)
	}
	if i < 0 {
		return 0, nil
	}
	if i == 0 || b[i-1] != '\r' {
		return 0, fmt.Errorf("%w: line does not end with CR LF", ErrMalformedChunk)
	}
	d.trailer += i + 1
	if i == 1 {
		d.state = chunkDone
		return 2, nil
	}
	if _, err := parseField(b[:i-1]); err != nil {
		return 0, err
	}
	return i + 1, nil
}

// take notes that n bytes of data, at most left, were taken.
func (d *dechunker) take(n int) {
	if d.left -= int64(n); d.left == 0 {
		d.state = chunkDataEnd
	}
}

// whole decodes a chunked body that stands complete in b into dst, which is as long as b, and returns its length and
// how much of b it was; ok is false if it is not complete.
func (d *dechunker) whole(b, dst []byte) (length, used int, ok bool, err error) {
	for {
		n, err := d.frame(b[used:])
		if err != nil {
			return 0, 0, false, err
		}
		used += n
		if d.state == chunkDone {
			return length, used, true, nil
		}
		if d.state != chunkData || used == len(b) {
			return 0, 0, false, nil
		}
		n = copy(dst[length:], b[used:min(int64(len(b)), int64(used)+d.left)])
		d.take(n)
		length += n
		used += n
	}
}
