package store

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Index says which value of a document is unique.
type Index[T any] struct {
	Name  string
	Scope Scope
	// Value returns the value, at most [MaxKeyPart] bytes; empty for a document that has none.
	Value func(T) string
}

// Scope is among which documents an index's values are unique.
type Scope uint8

// The scopes, from narrow to wide.
const (
	PerParent Scope = iota
	PerTenant
	Global
)

// The entry of an index is a document whose id is the unique value and whose JSON is the key of the document that holds
// it.

func (c Collection[T]) entry(ix Index[T], owner Key, value string) Key {
	entry := Key{Tenant: owner.Tenant, Kind: c.Kind + "." + ix.Name, Parent: owner.Parent, ID: value}
	switch ix.Scope {
	case PerParent:
	case PerTenant:
		entry.Parent = ""
	case Global:
		entry.Tenant, entry.Parent = "", ""
	}
	return entry
}

// entries returns the index entries that the stored document holds. Without indexes it reads nothing.
func (c Collection[T]) entries(r Reader, key Key) (map[Key]bool, error) {
	held := map[Key]bool{}
	if len(c.Unique) == 0 {
		return held, nil
	}
	item, err := c.item(r, key)
	if err != nil {
		return held, err
	}
	for _, ix := range c.Unique {
		entry := c.entry(ix, key, ix.Value(item.Value))
		owner, err := holder(r, entry)
		switch {
		case err == nil && owner == key:
			held[entry] = true
		case err != nil && !errors.Is(err, ErrNotFound):
			return nil, err
		}
	}
	return held, nil
}

// holder returns the key of the document that holds an entry, or [ErrNotFound].
func holder(r Reader, entry Key) (Key, error) {
	doc, err := r.Get(entry)
	if err != nil {
		return Key{}, err
	}
	item, err := decode[Key](doc)
	return item.Value, err
}

// claimable returns [ErrConflict] when another document than owner holds the entry.
func claimable(r Reader, entry, owner Key) error {
	other, err := holder(r, entry)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	case other != owner:
		return fmt.Errorf("%w: %q of %s by %s", ErrConflict, entry.ID, entry.Kind, other)
	}
	return nil
}

func claim(tx Tx, entries []Key, owner Key) error {
	b, err := json.Marshal(owner)
	if err != nil {
		return fmt.Errorf("store: encode %s: %w", owner, err)
	}
	for _, entry := range entries {
		if err := tx.Put(entry, b); err != nil {
			return err
		}
	}
	return nil
}

func release(tx Tx, entries map[Key]bool) error {
	for entry := range entries {
		if err := tx.Delete(entry); err != nil {
			return err
		}
	}
	return nil
}
