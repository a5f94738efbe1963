package sqlite

import (
	"context"
	"database/sql"
	"net/url"
)

// conn is one connection with the statements that were prepared on it.
//
// Statements run without a context on purpose: each is short, and one interrupted half-way would leave the fate of its
// transaction in doubt. Transactions look at their context between statements.
type conn struct {
	sql   *sql.Conn
	stmts map[string]*sql.Stmt
}

// dataSource names the database with the settings of every connection. Synchronous FULL syncs the log at each commit;
// fullfsync makes macOS flush the drive's cache too.
func dataSource(path string) string {
	settings := url.Values{"_pragma": {
		"busy_timeout(5000)",
		"journal_mode(WAL)",
		"synchronous(FULL)",
		"fullfsync(1)",
		"checkpoint_fullfsync(1)",
		"journal_size_limit(67108864)",
		"trusted_schema(0)",
	}}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: settings.Encode()}).String()
}

func openConn(ctx context.Context, db *sql.DB) (*conn, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, classify(err)
	}
	return &conn{sql: c, stmts: map[string]*sql.Stmt{}}, nil
}

// openReader opens a connection that refuses to write.
func openReader(ctx context.Context, db *sql.DB) (*conn, error) {
	c, err := openConn(ctx, db)
	if err != nil {
		return nil, err
	}
	if err := c.script(`PRAGMA query_only = 1`); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *conn) close() {
	for _, s := range c.stmts {
		_ = s.Close()
	}
	_ = c.sql.Close()
}

// script runs statements that are needed once.
func (c *conn) script(query string) error {
	_, err := c.sql.ExecContext(context.Background(), query)
	return classify(err)
}

func (c *conn) prepare(query string) (*sql.Stmt, error) {
	if s := c.stmts[query]; s != nil {
		return s, nil
	}
	s, err := c.sql.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, classify(err)
	}
	c.stmts[query] = s
	return s, nil
}

// exec returns the number of rows that the statement changed.
func (c *conn) exec(query string, args ...any) (int64, error) {
	s, err := c.prepare(query)
	if err != nil {
		return 0, err
	}
	result, err := s.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, classify(err)
	}
	return result.RowsAffected()
}

// query calls each for every row; an error of each ends it.
func (c *conn) query(each func(*sql.Rows) error, query string, args ...any) error {
	s, err := c.prepare(query)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(context.Background(), args...)
	if err != nil {
		return classify(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := each(rows); err != nil {
			return classify(err)
		}
	}
	return classify(rows.Err())
}

// queryInt returns the first column of the first row; no row and NULL give 0.
func (c *conn) queryInt(query string, args ...any) (int64, error) {
	var n sql.NullInt64
	err := c.query(func(rows *sql.Rows) error { return rows.Scan(&n) }, query, args...)
	return n.Int64, err
}
