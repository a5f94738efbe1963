package exchange

// Field is one header field as it stood on the wire: the name's case is kept.
type Field struct {
	Name, Value []byte
}

// Header is an ordered list of fields. Names compare without regard to ASCII case. The zero value is empty and ready.
//
// A Header keeps the slices it is given and copies nothing; see [Exchange] for how long they stay valid.
type Header struct {
	fields []Field
}

// Fields returns the fields in order. The caller may change values in place but not the list's length.
func (h *Header) Fields() []Field { return h.fields }

// Len returns the number of fields.
func (h *Header) Len() int { return len(h.fields) }

// Reset empties the list and keeps its memory.
func (h *Header) Reset() {
	clear(h.fields)
	h.fields = h.fields[:0]
}

// Add appends a field, whether or not the name is present already.
func (h *Header) Add(name, value []byte) {
	h.fields = append(h.fields, Field{name, value})
}

// Get returns the value of the first field with that name, or nil.
func (h *Header) Get(name string) []byte {
	for i := range h.fields {
		if EqualFold(h.fields[i].Name, name) {
			return h.fields[i].Value
		}
	}
	return nil
}

// Has reports whether a field with that name is present, even with an empty value.
func (h *Header) Has(name string) bool {
	for i := range h.fields {
		if EqualFold(h.fields[i].Name, name) {
			return true
		}
	}
	return false
}

// Set replaces the value of the first field with that name and removes the others; without one it appends.
func (h *Header) Set(name, value []byte) {
	key := string(name)
	for i := range h.fields {
		if EqualFold(h.fields[i].Name, key) {
			h.fields[i].Value = value
			h.deleteFrom(i+1, key)
			return
		}
	}
	h.Add(name, value)
}

// Del removes every field with that name.
func (h *Header) Del(name string) { h.deleteFrom(0, name) }

// DelFunc removes every field for which drop answers true.
func (h *Header) DelFunc(drop func(Field) bool) {
	kept := h.fields[:0]
	for _, f := range h.fields {
		if !drop(f) {
			kept = append(kept, f)
		}
	}
	clear(h.fields[len(kept):])
	h.fields = kept
}

func (h *Header) deleteFrom(start int, name string) {
	kept := h.fields[:start]
	for _, f := range h.fields[start:] {
		if !EqualFold(f.Name, name) {
			kept = append(kept, f)
		}
	}
	clear(h.fields[len(kept):])
	h.fields = kept
}

// EqualFold reports whether b is s, without regard to ASCII case. It allocates nothing.
func EqualFold(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i := range b {
		if lower(b[i]) != lower(s[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
