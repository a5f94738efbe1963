package store

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxKeyPart is the greatest length of each part of a key, in bytes.
const MaxKeyPart = 1024

// Key names a document. Parent and ID order a listing; any part but ID may be empty. Parts are valid UTF-8 of at most
// [MaxKeyPart] bytes each and hold no NUL.
type Key struct {
	Tenant, Kind, Parent, ID string
}

// At returns the key of a document whose kind a [Collection] fills in.
func At(tenant, parent, id string) Key {
	return Key{Tenant: tenant, Parent: parent, ID: id}
}

// Validate returns an error that is [ErrInvalid] for a key that no document can have.
func (k Key) Validate() error {
	if k.ID == "" {
		return fmt.Errorf("%w: the key has no id", ErrInvalid)
	}
	for _, part := range [...]struct{ name, value string }{
		{"tenant", k.Tenant}, {"kind", k.Kind}, {"parent", k.Parent}, {"id", k.ID},
	} {
		if err := validatePart(part.value); err != nil {
			return fmt.Errorf("%w: %s of the key %w", ErrInvalid, part.name, err)
		}
	}
	return nil
}

func validatePart(s string) error {
	switch {
	case len(s) > MaxKeyPart:
		return fmt.Errorf("is %d bytes long, over %d", len(s), MaxKeyPart)
	case !utf8.ValidString(s):
		return fmt.Errorf("is not UTF-8: %q", s)
	case strings.IndexByte(s, 0) >= 0:
		return fmt.Errorf("holds a NUL: %q", s)
	}
	return nil
}

// String returns the key for messages, each part quoted.
func (k Key) String() string {
	return fmt.Sprintf("%s tenant=%q parent=%q id=%q", k.Kind, k.Tenant, k.Parent, k.ID)
}
