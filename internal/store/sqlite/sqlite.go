// Package sqlite keeps the documents in one SQLite file: the store of a single node. One connection writes, several
// read, each from the snapshot that SQLite's write-ahead log gives it; a commit is synced to the disk before Update
// returns.
//
// It stands behind the interface of package store; only app opens it. It may use store and the SQLite driver.
package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"modernc.org/sqlite"

	"github.com/dipylon/dipylon/internal/store"
)

// What Open may fail with, besides the failures of the file system.
var (
	// ErrInUse is a data directory that another process holds.
	ErrInUse = errors.New("in use by another dipylon process")
	// ErrDamaged is a file that SQLite cannot read as a database.
	ErrDamaged = errors.New("the database is damaged")
)

const (
	// idleReaders is how many reading connections stay open when nobody reads.
	idleReaders = 4
	// defaultHistory is how many changes are kept: about 10 MB of file.
	defaultHistory = 50_000
	// longWait is after how long a waiting Update is logged.
	longWait = 10 * time.Second
)

// Options says where the store lives.
type Options struct {
	// Dir is the data directory. It is made, for its owner only, when it does not exist.
	Dir string
	// Log receives what an operator should know; nil discards it.
	Log *slog.Logger
	// History is the number of changes that [Store.Changes] can tell of, rounded down to whole commits; 0 is 50,000.
	History int
	// Updated is told of every update: how long it took, and whether the database failed it. It may be nil.
	Updated func(took time.Duration, failed bool)
}

// Store implements [store.Store].
type Store struct {
	log     *slog.Logger
	path    string
	history int
	updated func(took time.Duration, failed bool)
	lock    *flock.Flock
	db      *sql.DB
	writer  chan *conn // holds the writing connection while no Update does
	readers chan *conn // idle connections

	closing chan struct{} // closed by Close
	mu      sync.Mutex    // guards closed, news, and inUse.Add against Close
	closed  bool
	news    chan struct{} // closed and replaced by every commit
	inUse   sync.WaitGroup
}

var _ store.Store = (*Store)(nil)

// Open opens the database DIR/dipylon.db, makes it when there is none, recovers what a crash left in its log and brings
// its schema up to date. It fails with [ErrInUse], with [ErrDamaged], or when the schema is newer than this binary.
func Open(ctx context.Context, opts Options) (*Store, error) {
	dir, err := filepath.Abs(opts.Dir)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	lock, err := lockDir(ctx, dir)
	if err != nil {
		return nil, err
	}
	s := &Store{
		log:     cmp.Or(opts.Log, slog.New(slog.DiscardHandler)),
		path:    filepath.Join(dir, "dipylon.db"),
		history: cmp.Or(opts.History, defaultHistory),
		updated: opts.Updated,
		lock:    lock,
		writer:  make(chan *conn, 1),
		readers: make(chan *conn, idleReaders),
		closing: make(chan struct{}),
		news:    make(chan struct{}),
	}
	if err := s.openDatabase(ctx); err != nil {
		return nil, fmt.Errorf("open %s: %w", s.path, errors.Join(err, s.release()))
	}
	return s, nil
}

func (s *Store) openDatabase(ctx context.Context) error {
	// SQLite gives its other files the mode of this one.
	f, err := os.OpenFile(s.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	connector, err := sqlite.NewConnector(dataSource(s.path))
	if err != nil {
		return err
	}
	s.db = sql.OpenDB(connector)
	s.db.SetMaxIdleConns(-1) // the store has its own pool
	c, err := openConn(ctx, s.db)
	if err != nil {
		return err
	}
	s.writer <- c
	if err := c.migrate(); err != nil {
		return err
	}
	revision, err := s.Revision(ctx)
	if err != nil {
		return err
	}
	s.log.Debug("store opened", "path", s.path, "revision", revision)
	return nil
}

// enter admits a call unless the store is closed; who is admitted calls inUse.Done.
func (s *Store) enter() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return store.ErrClosed
	}
	s.inUse.Add(1)
	return nil
}

// View implements store.Store. Views may be nested in views and updates; each sees a snapshot of its own.
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	return s.read(ctx, func(r *reader) error { return fn(r) })
}

// Revision implements store.Store.
func (s *Store) Revision(ctx context.Context) (revision int64, err error) {
	err = s.read(ctx, func(r *reader) error {
		revision = r.revision
		return nil
	})
	return revision, err
}

func (s *Store) read(ctx context.Context, fn func(*reader) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.inUse.Done()
	c, err := s.takeReader(ctx)
	if err != nil {
		return err
	}
	defer s.putReader(c)
	r, err := begin(ctx, c, `BEGIN`)
	if err != nil {
		return err
	}
	defer r.rollback()
	return fn(r)
}

// takeReader never waits for other readers, so views that nest cannot starve one another.
func (s *Store) takeReader(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case c := <-s.readers:
		return c, nil
	default:
		return openReader(ctx, s.db)
	}
}

func (s *Store) putReader(c *conn) {
	select {
	case s.readers <- c:
	default:
		c.close()
	}
}

// Update implements store.Store.
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) (revision int64, err error) {
	if err := s.enter(); err != nil {
		return 0, err
	}
	defer s.inUse.Done()
	began, failed := time.Now(), false
	if s.updated != nil {
		defer func() { s.updated(time.Since(began), failed) }()
	}
	c, err := s.takeWriter(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { s.writer <- c }()
	r, err := begin(ctx, c, `BEGIN IMMEDIATE`)
	if err != nil {
		failed = ctx.Err() == nil
		return 0, err
	}
	defer r.rollback()
	defer func() { failed = r.broken() }()
	t := &tx{reader: r, touched: map[store.Key]int{}}
	if err := fn(t); err != nil {
		return 0, err
	}
	if revision, err = t.commit(s.history); err == nil && len(t.changes) > 0 {
		s.announce()
	}
	return revision, err
}

// takeWriter waits for its turn. A wait that is long enough to be a deadlock is logged.
func (s *Store) takeWriter(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	slow := time.NewTimer(longWait)
	defer slow.Stop()
	for {
		select {
		case c := <-s.writer:
			return c, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-s.closing:
			return nil, store.ErrClosed
		case <-slow.C:
			s.log.Warn("update has been waiting for another one; an update inside an update waits forever", "for", longWait)
		}
	}
}

// Close implements store.Store. It moves the write-ahead log into the database.
func (s *Store) Close() error {
	s.mu.Lock()
	first := !s.closed
	if first {
		s.closed = true
		close(s.closing)
	}
	s.mu.Unlock()
	if !first {
		return nil
	}
	s.inUse.Wait()
	return s.release()
}

// release closes whatever Open got to open. What cannot be checkpointed now stays in the log and is recovered by the
// next Open.
func (s *Store) release() error {
	close(s.readers)
	for c := range s.readers {
		c.close()
	}
	close(s.writer)
	for c := range s.writer {
		if err := c.script(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
			s.log.Warn("store closed without a checkpoint", "error", err)
		}
		c.close()
	}
	var err error
	if s.db != nil {
		err = s.db.Close()
	}
	return errors.Join(err, s.lock.Close())
}
