package sqlite

import (
	"context"
	"database/sql"

	"github.com/dipylon/dipylon/internal/store"
)

var _ store.Counters = (*Store)(nil)

// Counts implements store.Counters.
func (s *Store) Counts(ctx context.Context, kind string) (counts []store.Count, err error) {
	err = s.read(ctx, func(r *reader) error {
		return r.conn.query(func(rows *sql.Rows) error {
			c := store.Count{Key: store.Key{Kind: kind}}
			if err := rows.Scan(&c.Tenant, &c.Parent, &c.ID, &c.Day, &c.N); err != nil {
				return err
			}
			counts = append(counts, c)
			return ctx.Err()
		}, `SELECT tenant, parent, id, day, n FROM counts WHERE kind = ? ORDER BY tenant, parent, id, day`, kind)
	})
	return counts, err
}

// SetCounts implements store.Counters.
func (s *Store) SetCounts(ctx context.Context, change store.CountChange) error {
	return s.write(ctx, func(c *conn) error { return setCounts(c, change) })
}

// write runs fn in a transaction that touches no document.
func (s *Store) write(ctx context.Context, fn func(*conn) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.inUse.Done()
	c, err := s.takeWriter(ctx)
	if err != nil {
		return err
	}
	defer func() { s.writer <- c }()
	r, err := begin(ctx, c, `BEGIN IMMEDIATE`)
	if err != nil {
		return err
	}
	defer r.rollback()
	if err := fn(c); err != nil {
		return err
	}
	if _, err := c.exec(`COMMIT`); err != nil {
		return err
	}
	r.failure = errEnded
	return nil
}

func setCounts(c *conn, change store.CountChange) error {
	if change.Before != 0 {
		if _, err := c.exec(`DELETE FROM counts WHERE kind = ? AND day < ?`, change.Kind, change.Before); err != nil {
			return err
		}
	}
	for _, k := range change.Gone {
		if _, err := c.exec(`DELETE FROM counts WHERE kind = ? AND tenant = ? AND parent = ? AND id = ?`,
			change.Kind, k.Tenant, k.Parent, k.ID); err != nil {
			return err
		}
	}
	for _, n := range change.Set {
		if err := n.Validate(); err != nil {
			return err
		}
		if _, err := c.exec(`INSERT INTO counts (kind, tenant, parent, id, day, n) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET n = excluded.n`, change.Kind, n.Tenant, n.Parent, n.ID, n.Day, n.N); err != nil {
			return err
		}
	}
	return nil
}
