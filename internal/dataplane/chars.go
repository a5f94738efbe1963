package dataplane

import "encoding/binary"

// Classes of bytes in a head, as bits of a table's entry.
const (
	nameByte   = 1 << iota // tchar of RFC 9110, 5.6.2
	valueByte              // field-vchar, obs-text, space and tab
	methodByte             // upper-case letters, "-" and "_"
	targetByte             // visible, without "#": a fragment is not part of a target; bytes over 0x7F stay as sent
	hostByte               // reg-name, port and IP literal, without the "@" of user information
)

// all reports whether every byte of b is in the class.
func all(b []byte, class uint8) bool {
	ok := class
	for _, c := range b {
		ok &= classes[c]
	}
	return ok != 0
}

// isValue reports whether every byte of b may stand in a field's value, looking at eight at a time where it can.
func isValue(b []byte) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for len(b) >= 8 {
		v := binary.LittleEndian.Uint64(b)
		del := v ^ 0x7F*ones
		// A byte's high bit is set if it may be under 0x20, or is 0x7F; the table decides. Tab is one of them.
		if ((v-' '*ones)&^v|(del-ones)&^del)&high != 0 && !all(b[:8], valueByte) {
			return false
		}
		b = b[8:]
	}
	return all(b, valueByte)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

var classes = makeClasses()

func makeClasses() (t [256]uint8) {
	for c := range 256 {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		digit := '0' <= c && c <= '9'
		if letter || digit {
			t[c] |= nameByte | hostByte
		}
		if 'A' <= c && c <= 'Z' {
			t[c] |= methodByte
		}
		if c == '\t' || c >= ' ' && c != 0x7F {
			t[c] |= valueByte
		}
		if c > ' ' && c != 0x7F && c != '#' {
			t[c] |= targetByte
		}
	}
	mark(&t, "!#$%&'*+-.^_`|~", nameByte)
	mark(&t, "-_", methodByte)
	mark(&t, "-._~!$&'()*+,;=%:[]", hostByte)
	return t
}

func mark(t *[256]uint8, chars string, class uint8) {
	for i := range len(chars) {
		t[chars[i]] |= class
	}
}
