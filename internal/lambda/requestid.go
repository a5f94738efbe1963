package lambda

import (
	"crypto/rand"
	"encoding/hex"
)

// newRequestID returns a random UUID, which is what AWS's request ids are.
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // which never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	const groups = "\x04\x02\x02\x02\x06"
	var text [36]byte
	at, from := 0, 0
	for i := range len(groups) {
		if i > 0 {
			text[at] = '-'
			at++
		}
		n := int(groups[i])
		at += hex.Encode(text[at:], b[from:from+n])
		from += n
	}
	return string(text[:])
}
