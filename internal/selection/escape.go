package selection

import "unicode/utf8"

// escape makes the value dst[mark:] fit to stand between quotes in one line: quotes, backslashes and control characters
// are escaped as in JSON. AWS does so too (recorded: DataBiosphere/azul issue 4348 shows a user agent's quotes and
// backslashes escaped in a JSON log). Nothing that a client sends can end an event or a JSON string. Bytes that are not
// UTF-8 become U+FFFD.
func escape(dst []byte, mark int) []byte {
	extra := 0
	for i := mark; i < len(dst); {
		n, width := escaped(dst[i:])
		extra, i = extra+width-n, i+n
	}
	if extra == 0 {
		return dst
	}
	end := len(dst)
	for range extra {
		dst = append(dst, 0)
	}
	raw := dst[mark+extra:]
	copy(raw, dst[mark:end])
	// What is written never overtakes what is still to be read: no escape is shorter than what it stands for.
	for w := mark; len(raw) > 0; {
		n, width := escaped(raw)
		var c [4]byte
		copy(c[:], raw[:n])
		raw = raw[n:]
		if width == n {
			w += copy(dst[w:], c[:n])
			continue
		}
		w += writeEscape(dst[w:], c[:n])
	}
	return dst
}

// escaped returns how many bytes the character that b begins with has, and how many it takes when it is escaped.
func escaped(b []byte) (n, width int) {
	c := b[0]
	if c < utf8.RuneSelf {
		switch {
		case short[c] != 0:
			return 1, 2
		case c < ' ' || c == 0x7f:
			return 1, 6
		}
		return 1, 1
	}
	r, n := utf8.DecodeRune(b)
	switch {
	case r == utf8.RuneError && n == 1:
		return 1, len("\uFFFD")
	case r < 0xa0 || r == 0x2028 || r == 0x2029: // control characters, line and paragraph separators
		return n, 6
	}
	return n, n
}

// writeEscape writes the escape of one character.
func writeEscape(dst, c []byte) int {
	const hex = "0123456789abcdef"
	if c[0] < utf8.RuneSelf && short[c[0]] != 0 {
		return copy(dst, []byte{'\\', short[c[0]]})
	}
	r, n := utf8.DecodeRune(c)
	if r == utf8.RuneError && n == 1 {
		return utf8.EncodeRune(dst, r)
	}
	return copy(dst, []byte{'\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15]})
}

// short has the letter of each two-byte escape.
var short = [utf8.RuneSelf]byte{'"': '"', '\\': '\\', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}
