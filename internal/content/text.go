package content

import (
	"io"
	"unicode/utf8"
)

const replacement = "\uFFFD"

// Text returns a body as UTF-8: each malformed sequence becomes U+FFFD as in Java (recorded: aws-behaviour.md, fact 31).
// A body without one is returned as it is.
func Text(body []byte, alloc Alloc) []byte {
	if utf8.Valid(body) {
		return body
	}
	n := 0
	eachMalformed(body, func(literal []byte, _ int) { n += len(literal) + len(replacement) })
	out, rest := alloc(n)[:0], 0
	eachMalformed(body, func(literal []byte, malformed int) {
		out = append(append(out, literal...), replacement...)
		rest += len(literal) + malformed
	})
	return append(out, body[rest:]...)
}

// eachMalformed calls found for every malformed sequence with what stands between it and the one before.
func eachMalformed(body []byte, found func(literal []byte, malformed int)) {
	start := 0
	for i := 0; i < len(body); {
		if body[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(body[i:])
		if r != utf8.RuneError || size > 1 {
			i += size
			continue
		}
		size = malformed(body[i:])
		found(body[start:i], size)
		i += size
		start = i
	}
}

// malformed returns the length of the malformed sequence that b begins with: as much as could have begun a character, and
// a whole surrogate (java.nio's decoder).
func malformed(b []byte) int {
	lead, length := b[0], lengthOf(b[0])
	if length < 3 {
		return 1
	}
	n := 1
	for n < length && n < len(b) && b[n]&0xc0 == 0x80 {
		n++
	}
	switch {
	case n == 1:
	case lead == 0xe0 && b[1] < 0xa0, lead == 0xf0 && b[1] < 0x90, lead == 0xf4 && b[1] > 0x8f:
		return 1
	}
	return n
}

// lengthOf returns how long a character is whose first byte is given.
func lengthOf(lead byte) int {
	switch {
	case lead < 0xc2 || 0xf4 < lead:
		return 1
	case lead < 0xe0:
		return 2
	case lead < 0xf0:
		return 3
	}
	return 4
}

// NewTextReader returns a stream as [Text] would make it.
func NewTextReader(stream io.ReadCloser) io.ReadCloser { return &textReader{ReadCloser: stream} }

// textReader repairs a stream piece by piece.
type textReader struct {
	io.ReadCloser
	// in is what has been read; used of it has become text. out is text that has not been given.
	in   []byte
	used int
	out  []byte
	err  error
}

// Read implements io.Reader.
func (t *textReader) Read(p []byte) (int, error) {
	for len(t.out) == 0 {
		if t.err != nil {
			return 0, t.err
		}
		t.fill()
	}
	n := copy(p, t.out)
	t.out = t.out[n:]
	return n, nil
}

// fill reads a piece. A character that it ends within waits for the next.
func (t *textReader) fill() {
	const piece = 16 << 10
	if t.in == nil {
		t.in = make([]byte, 0, piece)
	}
	t.in = t.in[:copy(t.in, t.in[t.used:])]
	n, err := t.ReadCloser.Read(t.in[len(t.in):cap(t.in)])
	t.in, t.err = t.in[:len(t.in)+n], err
	t.used = len(t.in)
	if err == nil {
		t.used -= unfinished(t.in)
	}
	t.out = Text(t.in[:t.used], func(n int) []byte { return make([]byte, n) })
}

// unfinished returns how many bytes at the end have begun a character.
func unfinished(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		tail := b[len(b)-n:]
		if tail[0]&0xc0 == 0x80 {
			continue
		}
		if n < lengthOf(tail[0]) {
			return n
		}
		return 0
	}
	return 0
}
