package jsontext

// MaxDepth is how deep values may be nested.
const MaxDepth = 1000

// Members calls yield with each member of the object that doc is, white space around it apart: its name as it stands
// between the quotes, and its value's text. It reports whether doc is a valid object; yield is not called again once it
// turns out not to be.
func Members(doc []byte, yield func(name, value []byte)) bool {
	i := space(doc, 0)
	if i >= len(doc) || doc[i] != '{' {
		return false
	}
	end := object(doc, i, 0, yield)
	return end >= 0 && space(doc, end) == len(doc)
}

// Elements does the same for each element of an array.
func Elements(doc []byte, yield func(value []byte)) bool {
	i := space(doc, 0)
	if i >= len(doc) || doc[i] != '[' {
		return false
	}
	end := array(doc, i, 0, yield)
	return end >= 0 && space(doc, end) == len(doc)
}

// Member returns the value of an object's member, the last of those with that name; nil if doc is no valid object or has
// none.
func Member(doc []byte, name string) (found []byte) {
	if !Members(doc, func(n, value []byte) {
		if Is(n, name) {
			found = value
		}
	}) {
		return nil
	}
	return found
}

// Element returns an array's element by its number; nil if doc is no valid array or has none.
func Element(doc []byte, index int) (found []byte) {
	i := 0
	if !Elements(doc, func(value []byte) {
		if i == index {
			found = value
		}
		i++
	}) {
		return nil
	}
	return found
}

// Value returns the one value that doc is, without white space around it, and whether doc is one.
func Value(doc []byte) ([]byte, bool) {
	start := space(doc, 0)
	end := value(doc, start, 0)
	if end < 0 || space(doc, end) != len(doc) {
		return nil, false
	}
	return doc[start:end], true
}

// AppendCompact appends a valid value without its white space. What is not UTF-8 becomes U+FFFD.
func AppendCompact(dst, value []byte) []byte {
	for i := 0; i < len(value); {
		switch c := value[i]; c {
		case ' ', '\t', '\r', '\n':
			i++
		case '"':
			end := text(value, i)
			if end < 0 {
				return dst
			}
			dst = appendValid(dst, value[i:end])
			i = end
		default:
			dst = append(dst, c)
			i++
		}
	}
	return dst
}

// Each of these returns where what begins at i ends, or -1 if it is not valid.

func value(b []byte, i, depth int) int {
	if i >= len(b) || depth > MaxDepth {
		return -1
	}
	switch b[i] {
	case '"':
		return text(b, i)
	case '{':
		return object(b, i, depth, nil)
	case '[':
		return array(b, i, depth, nil)
	case 't':
		return literal(b, i, "true")
	case 'f':
		return literal(b, i, "false")
	case 'n':
		return literal(b, i, "null")
	}
	return number(b, i)
}

func object(b []byte, i, depth int, yield func(name, value []byte)) int {
	i = space(b, i+1)
	if i < len(b) && b[i] == '}' {
		return i + 1
	}
	for {
		name := i
		nameEnd := text(b, i)
		if nameEnd < 0 {
			return -1
		}
		i = space(b, nameEnd)
		if i >= len(b) || b[i] != ':' {
			return -1
		}
		start := space(b, i+1)
		end := value(b, start, depth+1)
		if end < 0 {
			return -1
		}
		if yield != nil {
			yield(b[name+1:nameEnd-1], b[start:end])
		}
		i = space(b, end)
		switch {
		case i >= len(b):
			return -1
		case b[i] == '}':
			return i + 1
		case b[i] != ',':
			return -1
		}
		i = space(b, i+1)
	}
}

func array(b []byte, i, depth int, yield func(value []byte)) int {
	i = space(b, i+1)
	if i < len(b) && b[i] == ']' {
		return i + 1
	}
	for {
		end := value(b, i, depth+1)
		if end < 0 {
			return -1
		}
		if yield != nil {
			yield(b[i:end])
		}
		i = space(b, end)
		switch {
		case i >= len(b):
			return -1
		case b[i] == ']':
			return i + 1
		case b[i] != ',':
			return -1
		}
		i = space(b, i+1)
	}
}

func text(b []byte, i int) int {
	if i >= len(b) || b[i] != '"' {
		return -1
	}
	for i++; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return i + 1
		case c < ' ':
			return -1
		case c == '\\':
			if i = escape(b, i); i < 0 {
				return -1
			}
		}
	}
	return -1
}

// escape returns the last byte of the escape that begins at i.
func escape(b []byte, i int) int {
	i++
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i
	case 'u':
		if _, ok := hex4(b[i+1:]); ok {
			return i + 4
		}
	}
	return -1
}

func number(b []byte, i int) int {
	if b[i] == '-' {
		i++
	}
	switch {
	case i < len(b) && b[i] == '0':
		i++
	default:
		if i = digits(b, i); i < 0 {
			return -1
		}
	}
	if i < len(b) && b[i] == '.' {
		if i = digits(b, i+1); i < 0 {
			return -1
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		return digits(b, i)
	}
	return i
}

// digits wants one at least.
func digits(b []byte, i int) int {
	start := i
	for i < len(b) && '0' <= b[i] && b[i] <= '9' {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

func literal(b []byte, i int, word string) int {
	if len(b)-i < len(word) || string(b[i:i+len(word)]) != word {
		return -1
	}
	return i + len(word)
}

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}
