// Package document reads and writes documents in YAML or JSON as values that keep the order of members and know their places.
//
// It stands under the readers and writers of API definitions. A document is hostile until read: its size, depth, nodes and
// aliases are bounded, and reading has no effects.
//
// It may import a YAML parser that it does not show.
package document

import "fmt"

// Error is why a document cannot be taken apart.
type Error struct {
	Message string
	At      Place
}

// Error returns the message with the place.
func (e *Error) Error() string {
	if e.At.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("%s (line %d, column %d)", e.Message, e.At.Line, e.At.Column)
}

// Place is a position in the document, 1-based; the zero value is no position.
type Place struct{ Line, Column int }

func malformed(at Place, format string, args ...any) *Error {
	return &Error{Message: fmt.Sprintf(format, args...), At: at}
}
