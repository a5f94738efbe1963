package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dipylon/dipylon/internal/store"
)

// errEnded is the misuse of a reader or transaction after its function has returned.
var errEnded = errors.New("store: transaction used after its end")

// reader reads the state that the open transaction of its connection sees. The first failure of the database stays: what
// SQLite has rolled back by itself must not go on as if nothing had happened.
type reader struct {
	ctx      context.Context
	conn     *conn
	revision int64
	failure  error
}

// begin opens a transaction by that statement and fixes the state it sees.
func begin(ctx context.Context, c *conn, statement string) (*reader, error) {
	if _, err := c.exec(statement); err != nil {
		return nil, err
	}
	r := &reader{ctx: ctx, conn: c}
	var err error
	if r.revision, err = c.queryInt(`SELECT value FROM meta WHERE name = 'revision'`); err != nil {
		r.rollback()
		return nil, err
	}
	return r, nil
}

// rollback ends the transaction, unless a commit has, and the use of r. SQLite may have rolled back by itself at a
// failure, and then this statement fails without harm.
func (r *reader) rollback() {
	if errors.Is(r.failure, errEnded) {
		return
	}
	r.failure = errEnded
	_, _ = r.conn.exec(`ROLLBACK`)
}

// broken tells whether the database failed, and not the one who uses it.
func (r *reader) broken() bool {
	return r.failure != nil && !errors.Is(r.failure, errEnded) && r.ctx.Err() == nil
}

func (r *reader) usable() error {
	if r.failure != nil {
		return r.failure
	}
	return r.ctx.Err()
}

// keep remembers a failure of the database.
func (r *reader) keep(err error) error {
	if err != nil {
		r.failure = err
	}
	return err
}

// Get implements store.Reader.
func (r *reader) Get(key store.Key) (store.Document, error) {
	if err := r.usable(); err != nil {
		return store.Document{}, err
	}
	doc := store.Document{Key: key}
	err := r.conn.query(func(rows *sql.Rows) error { return rows.Scan(&doc.Revision, &doc.JSON) },
		`SELECT revision, json FROM documents WHERE kind = ? AND tenant = ? AND parent = ? AND id = ?`,
		key.Kind, key.Tenant, key.Parent, key.ID)
	switch {
	case err != nil:
		return store.Document{}, r.keep(err)
	case doc.JSON == nil:
		return store.Document{}, fmt.Errorf("%w: %s", store.ErrNotFound, key)
	}
	return doc, nil
}

// List implements store.Reader.
func (r *reader) List(rng store.Range) ([]store.Document, error) {
	if err := r.usable(); err != nil {
		return nil, err
	}
	query, args := selectRange(rng)
	var docs []store.Document
	err := r.conn.query(func(rows *sql.Rows) error {
		doc := store.Document{Key: store.Key{Kind: rng.Kind}}
		if err := rows.Scan(&doc.Tenant, &doc.Parent, &doc.ID, &doc.Revision, &doc.JSON); err != nil {
			return err
		}
		docs = append(docs, doc)
		return r.ctx.Err()
	}, query, args...)
	if err != nil {
		return nil, r.keep(err)
	}
	return docs, nil
}

// Count implements store.Reader.
func (r *reader) Count(rng store.Range) (n int, err error) {
	if err := r.usable(); err != nil {
		return 0, err
	}
	query, args := selectRange(rng)
	err = r.conn.query(func(rows *sql.Rows) error { return rows.Scan(&n) }, `SELECT count(*) FROM (`+query+`)`, args...)
	return n, r.keep(err)
}

// selectRange returns one of four statements, so that each walks the primary key.
func selectRange(rng store.Range) (query string, args []any) {
	query = `SELECT tenant, parent, id, revision, json FROM documents WHERE kind = ?`
	args = append(args, rng.Kind)
	if !rng.AnyTenant {
		query += ` AND tenant = ?`
		args = append(args, rng.Tenant)
	}
	if !rng.AnyParent {
		query += ` AND parent = ?`
		args = append(args, rng.Parent)
	}
	if !rng.AnyTenant && !rng.AnyParent {
		query += ` AND id > ?`
		args = append(args, rng.After)
	}
	limit := -1
	if rng.Limit > 0 {
		limit = rng.Limit
	}
	return query + ` ORDER BY kind, tenant, parent, id LIMIT ?`, append(args, limit)
}

// tx is a reader that writes. Its commit takes the revision after the one it saw.
type tx struct {
	*reader
	changes []store.Change
	touched map[store.Key]int // index in changes
}

// Put implements store.Tx.
func (t *tx) Put(key store.Key, value []byte) error {
	if err := t.usable(); err != nil {
		return err
	}
	if err := key.Validate(); err != nil {
		return err
	}
	if !json.Valid(value) {
		return fmt.Errorf("%w: %s is not JSON", store.ErrInvalid, key)
	}
	_, err := t.conn.exec(`INSERT INTO documents (kind, tenant, parent, id, revision, json) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET revision = excluded.revision, json = excluded.json`,
		key.Kind, key.Tenant, key.Parent, key.ID, t.revision+1, value)
	if err != nil {
		return t.keep(err)
	}
	t.record(key, false)
	return nil
}

// Delete implements store.Tx.
func (t *tx) Delete(key store.Key) error {
	if err := t.usable(); err != nil {
		return err
	}
	n, err := t.conn.exec(`DELETE FROM documents WHERE kind = ? AND tenant = ? AND parent = ? AND id = ?`,
		key.Kind, key.Tenant, key.Parent, key.ID)
	switch {
	case err != nil:
		return t.keep(err)
	case n == 0:
		return fmt.Errorf("%w: %s", store.ErrNotFound, key)
	}
	t.record(key, true)
	return nil
}

func (t *tx) record(key store.Key, deleted bool) {
	if i, ok := t.touched[key]; ok {
		t.changes[i].Deleted = deleted
		return
	}
	t.touched[key] = len(t.changes)
	t.changes = append(t.changes, store.Change{Key: key, Revision: t.revision + 1, Deleted: deleted})
}

// commit writes the history, of which it keeps the newest changes, and makes all durable.
func (t *tx) commit(history int) (revision int64, err error) {
	if err := t.usable(); err != nil {
		return 0, err
	}
	if len(t.changes) == 0 {
		return t.revision, nil
	}
	if err := t.writeHistory(history); err != nil {
		return 0, t.keep(err)
	}
	if _, err := t.conn.exec(`COMMIT`); err != nil {
		return 0, t.keep(err)
	}
	t.failure = errEnded
	return t.revision + 1, nil
}

func (t *tx) writeHistory(keep int) error {
	for _, ch := range t.changes {
		_, err := t.conn.exec(
			`INSERT INTO changes (revision, tenant, kind, parent, id, deleted) VALUES (?, ?, ?, ?, ?, ?)`,
			ch.Revision, ch.Tenant, ch.Kind, ch.Parent, ch.ID, ch.Deleted)
		if err != nil {
			return err
		}
	}
	_, err := t.conn.exec(`DELETE FROM changes WHERE revision <= (SELECT revision FROM changes
		WHERE seq <= (SELECT max(seq) FROM changes) - ? ORDER BY seq DESC LIMIT 1)`, keep)
	if err != nil {
		return err
	}
	_, err = t.conn.exec(`UPDATE meta SET value = ? WHERE name = 'revision'`, t.revision+1)
	return err
}
