package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/dipylon/dipylon/internal/store"
)

// Changes implements store.Store. All commits are made by this process, so waiting needs no polling.
func (s *Store) Changes(ctx context.Context, after int64) ([]store.Change, error) {
	for {
		news := s.nextCommit()
		changes, err := s.changesAfter(ctx, after)
		if err != nil || len(changes) > 0 {
			return changes, err
		}
		select {
		case <-news:
		case <-s.closing:
			return nil, store.ErrClosed
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// changesAfter returns no changes when the revision is the newest.
func (s *Store) changesAfter(ctx context.Context, after int64) (changes []store.Change, err error) {
	err = s.read(ctx, func(r *reader) error {
		if after == r.revision {
			return nil
		}
		// Revisions follow one another without gaps, so the oldest one kept tells what is gone.
		oldest, err := r.conn.queryInt(`SELECT min(revision) FROM changes`)
		if err != nil {
			return err
		}
		if oldest == 0 || after < oldest-1 || after > r.revision {
			return fmt.Errorf("%w: asked for those after %d, the newest is %d", store.ErrCompacted, after, r.revision)
		}
		changes, err = r.changesAfter(after)
		return err
	})
	return changes, err
}

func (r *reader) changesAfter(after int64) (changes []store.Change, err error) {
	err = r.conn.query(func(rows *sql.Rows) error {
		var ch store.Change
		if err := rows.Scan(&ch.Revision, &ch.Tenant, &ch.Kind, &ch.Parent, &ch.ID, &ch.Deleted); err != nil {
			return err
		}
		changes = append(changes, ch)
		return r.ctx.Err()
	}, `SELECT revision, tenant, kind, parent, id, deleted FROM changes WHERE revision > ? ORDER BY revision, seq`, after)
	return changes, err
}

// nextCommit returns a channel that the next commit closes.
func (s *Store) nextCommit() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.news
}

func (s *Store) announce() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.news)
	s.news = make(chan struct{})
}
