package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
)

// Collection is typed access to the documents of one kind, with their unique values kept in the same transaction. It is
// a plain value: declare it where the kind is used. Kinds hold no full stop: "Kind.Name" is the kind of an index.
//
// Every method fills in the kind of the keys and ranges it is given. A document that does not decode gives an error that
// names its key.
type Collection[T any] struct {
	// Kind is the kind of the documents. Those of an index have the kind "Kind.Name".
	Kind string
	// Unique are the values that at most one document may hold. One that is added or changed later holds for documents
	// written from then on.
	Unique []Index[T]
}

// Item is a value with its place.
type Item[T any] struct {
	Key
	Revision int64
	Value    T
}

// Page is a part of a listing. Next is the After of the following page, empty on the last.
type Page[T any] struct {
	Items []Item[T]
	Next  string
}

// Get returns the document, or [ErrNotFound].
func (c Collection[T]) Get(r Reader, key Key) (T, error) {
	item, err := c.item(r, key)
	return item.Value, err
}

// List returns the documents of a range, at most Limit of them. A range over several tenants or parents has one page.
func (c Collection[T]) List(r Reader, rng Range) (Page[T], error) {
	limit := rng.Limit
	rng.Kind = c.Kind
	if limit > 0 {
		rng.Limit++
	}
	docs, err := r.List(rng)
	if err != nil {
		return Page[T]{}, err
	}
	var page Page[T]
	if limit > 0 && len(docs) > limit {
		docs = docs[:limit]
		if !rng.AnyTenant && !rng.AnyParent {
			page.Next = docs[limit-1].ID
		}
	}
	if page.Items, err = decodeAll[T](docs); err != nil {
		return Page[T]{}, err
	}
	return page, nil
}

// Lookup returns the document that holds a unique value, or [ErrNotFound]. The value stands in place of the key's id;
// the key's tenant and parent matter as far as the index's scope does.
func (c Collection[T]) Lookup(r Reader, index string, value Key) (Item[T], error) {
	for _, ix := range c.Unique {
		if ix.Name != index {
			continue
		}
		holder, err := holder(r, c.entry(ix, value, value.ID))
		if err != nil {
			return Item[T]{}, err
		}
		return c.item(r, holder)
	}
	return Item[T]{}, fmt.Errorf("store: %s has no index %q", c.Kind, index)
}

// Create stores a new document. It fails with [ErrExists] when there is one with that key, and with [ErrConflict] when
// another holds a unique value; either leaves the transaction as it was.
func (c Collection[T]) Create(tx Tx, key Key, value T) error {
	key.Kind = c.Kind
	if _, err := tx.Get(key); !errors.Is(err, ErrNotFound) {
		if err == nil {
			err = fmt.Errorf("%w: %s", ErrExists, key)
		}
		return err
	}
	return c.write(tx, key, value, map[Key]bool{})
}

// Put creates or replaces a document. It fails with [ErrConflict] when another holds a unique value, and leaves the
// transaction as it was.
func (c Collection[T]) Put(tx Tx, key Key, value T) error {
	key.Kind = c.Kind
	held, err := c.entries(tx, key)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return c.write(tx, key, value, held)
}

// Delete removes a document with its unique values; one that does not exist is [ErrNotFound].
func (c Collection[T]) Delete(tx Tx, key Key) error {
	key.Kind = c.Kind
	held, err := c.entries(tx, key)
	if err != nil {
		return err
	}
	if err := tx.Delete(key); err != nil {
		return err
	}
	return release(tx, held)
}

// DeleteChildren removes all documents under a parent and returns how many there were.
func (c Collection[T]) DeleteChildren(tx Tx, tenant, parent string) (int, error) {
	docs, err := tx.List(Range{Tenant: tenant, Kind: c.Kind, Parent: parent})
	for i := 0; i < len(docs) && err == nil; i++ {
		err = c.Delete(tx, docs[i].Key)
	}
	return len(docs), err
}

func (c Collection[T]) item(r Reader, key Key) (Item[T], error) {
	key.Kind = c.Kind
	doc, err := r.Get(key)
	if err != nil {
		return Item[T]{}, err
	}
	return decode[T](doc)
}

// decodeAll decodes documents on all processors, for a long list costs more to decode than to read.
func decodeAll[T any](docs []Document) ([]Item[T], error) {
	const few = 32 // for one goroutine
	items := make([]Item[T], len(docs))
	errs := make([]error, (len(docs)+few-1)/few)
	decodePart := func(part int) {
		for i := part * few; i < min((part+1)*few, len(docs)) && errs[part] == nil; i++ {
			items[i], errs[part] = decode[T](docs[i])
		}
	}
	if len(errs) == 1 {
		decodePart(0)
		return items, errs[0]
	}
	var all sync.WaitGroup
	for part := range errs {
		all.Go(func() { decodePart(part) })
	}
	all.Wait()
	return items, errors.Join(errs...)
}

func decode[T any](doc Document) (Item[T], error) {
	item := Item[T]{Key: doc.Key, Revision: doc.Revision}
	if err := json.Unmarshal(doc.JSON, &item.Value); err != nil {
		return Item[T]{}, fmt.Errorf("store: decode %s: %w", doc.Key, err)
	}
	return item, nil
}

// write stores the value, takes its unique values and gives up those of held that it no longer has.
func (c Collection[T]) write(tx Tx, key Key, value T, held map[Key]bool) error {
	b, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("store: encode %s: %w", key, err)
	}
	var claims []Key
	for _, ix := range c.Unique {
		entry := c.entry(ix, key, ix.Value(value))
		if entry.ID == "" || held[entry] {
			delete(held, entry)
			continue
		}
		if err := claimable(tx, entry, key); err != nil {
			return err
		}
		claims = append(claims, entry)
	}
	if err := tx.Put(key, b); err != nil {
		return err
	}
	if err := release(tx, held); err != nil {
		return err
	}
	return claim(tx, claims, key)
}
