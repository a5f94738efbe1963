// Package store keeps Dipylon's state as documents with revisions. It is the one place that is durable: a write that
// was acknowledged survives the process and the machine.
//
// A document is JSON under a key of four parts. Updates are serialised, so the order of revisions is the order of
// commits; every commit has one revision, higher than all before. Reads in one View or Update see one state.
//
// [Collection] is the typed access that the control plane uses. The packages sqlite and, later, postgres implement
// [Store]; storetest holds the suite that both must pass.
//
// It may use the standard library only.
package store

import (
	"context"
	"errors"
)

// Document is a stored value with the revision of the commit that wrote it last.
type Document struct {
	Key
	Revision int64
	JSON     []byte
}

// Range selects the documents of one tenant, kind and parent, in the byte order of their ids.
type Range struct {
	Tenant, Kind, Parent string
	// AnyTenant and AnyParent widen the range; documents then come ordered by tenant, parent and id, and After is ignored.
	AnyTenant, AnyParent bool
	// After is the id after which the listing starts; empty for the beginning.
	After string
	// Limit bounds the number of documents; 0 means all.
	Limit int
}

// Reader reads one consistent state.
type Reader interface {
	// Get returns the document, or an error that is [ErrNotFound]; a key that Put would refuse is not found either.
	Get(key Key) (Document, error)
	// List returns the documents of a range; none is not an error.
	List(r Range) ([]Document, error)
	// Count returns how many documents List would.
	Count(r Range) (int, error)
}

// Tx is a transaction: it reads its own writes. It belongs to the call of fn that it was given to: to no other goroutine,
// and not beyond fn's return. When the store itself fails in a transaction, every later use of it fails too and
// nothing is committed.
type Tx interface {
	Reader
	// Put creates or replaces a document. A key that [Key.Validate] refuses and a value that is not JSON are
	// [ErrInvalid].
	Put(key Key, json []byte) error
	// Delete removes a document; one that does not exist is [ErrNotFound].
	Delete(key Key) error
}

// Change says that a document was written or deleted by the commit with that revision. A commit has one change for each
// key it touched, in the order in which it touched them first.
type Change struct {
	Key
	Revision int64
	Deleted  bool
}

// Store is a set of documents.
type Store interface {
	// View calls fn with a state that no commit changes meanwhile.
	View(ctx context.Context, fn func(Reader) error) error
	// Update calls fn in a transaction and commits when fn returns nil; any error of fn rolls back and is returned as it
	// is. When Update returns without an error, the commit is durable. The revision is that of the commit; an update
	// that wrote nothing returns the revision of the state it saw. A panic of fn rolls back and goes on.
	//
	// Updates wait for one another, until ctx ends. So fn does nothing slow, and never calls Update or Close of the same
	// store: it would wait for itself.
	Update(ctx context.Context, fn func(Tx) error) (revision int64, err error)
	// Revision returns the revision of the newest commit, 0 for an empty store.
	Revision(ctx context.Context) (int64, error)
	// Changes returns what was committed after the revision, whole commits in order, and waits for the first commit if
	// there is none yet. It returns [ErrCompacted] when that part of the history is gone, or never was because the store
	// was replaced by an older one: take [Store.Revision], then read everything anew and go on from that revision.
	Changes(ctx context.Context, after int64) ([]Change, error)
	// Close ends all waiting with [ErrClosed], waits for transactions in flight and releases the store. A second Close
	// does nothing.
	Close() error
}

// Errors that callers tell apart.
var (
	ErrNotFound  = errors.New("store: no such document")
	ErrCompacted = errors.New("store: changes before this revision are gone")
	ErrClosed    = errors.New("store: closed")
	// ErrFull wraps the failures of a disk with no room left. Nothing was written; reading goes on.
	ErrFull = errors.New("store: no space left")
	// ErrInvalid is a key or a document that cannot be stored.
	ErrInvalid = errors.New("store: invalid key or document")
	// ErrExists is a document that was to be created and is there already.
	ErrExists = errors.New("store: document exists")
	// ErrConflict is a unique value that another document holds.
	ErrConflict = errors.New("store: value is taken")
)
