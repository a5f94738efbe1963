package document

import (
	"bytes"
	"unicode/utf8"
)

// Parse turns a document into values. One that begins as a JSON object is JSON, or else YAML in flow style, which looks alike.
func Parse(doc []byte, maxBytes int) (*Value, error) {
	if len(doc) > maxBytes {
		return nil, malformed(Place{}, "The definition has %d bytes, and at most %d are allowed", len(doc), maxBytes)
	}
	doc = bytes.TrimPrefix(doc, []byte("\ufeff"))
	if err := checkBytes(doc); err != nil {
		return nil, err
	}
	if !looksLikeJSON(doc) {
		return parseYAML(doc)
	}
	root, jsonErr := parseJSON(doc)
	if jsonErr == nil {
		return root, nil
	}
	if !jsonErr.syntax {
		return nil, &jsonErr.Error
	}
	if root, err := parseYAML(doc); err == nil {
		return root, nil
	}
	return nil, &jsonErr.Error
}

func looksLikeJSON(doc []byte) bool {
	const space = " \t\r\n"
	inside, ok := bytes.CutPrefix(bytes.TrimLeft(doc, space), []byte("{"))
	if !ok {
		return false
	}
	inside = bytes.TrimLeft(inside, space)
	return len(inside) == 0 || inside[0] == '"' || inside[0] == '}'
}

func checkBytes(doc []byte) error {
	for rest, i := doc, 0; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if r == utf8.RuneError && n == 1 {
			return malformed(placeAt(doc, i), "The definition is not in UTF-8")
		}
		if r == 0 {
			return malformed(placeAt(doc, i), "The definition has a NUL byte")
		}
		rest, i = rest[n:], i+n
	}
	return checkMarkers(doc, maxMarkers)
}

// checkMarkers bounds a document's nodes by what separates them, before a parser makes them.
func checkMarkers(doc []byte, limit int) error {
	markers := 0
	for _, marker := range []string{"\n", ",", ":"} {
		markers += bytes.Count(doc, []byte(marker))
	}
	if markers > limit {
		return malformed(Place{}, "The definition has too many elements")
	}
	return nil
}

// placeAt returns the line and column of the byte at offset; columns count bytes.
func placeAt(doc []byte, offset int) Place {
	before := doc[:min(offset, len(doc))]
	return Place{
		Line:   bytes.Count(before, []byte("\n")) + 1,
		Column: len(before) - bytes.LastIndexByte(before, '\n'),
	}
}

func errDepth(at Place) *Error {
	return malformed(at, "The definition is nested deeper than %d levels", MaxDepth)
}

func errNUL(at Place) *Error {
	return malformed(at, "A NUL character is not allowed")
}
