package sqlite

import "fmt"

// migrations are the steps from an empty file to today's schema. The number of steps done stands in the file's
// user_version. A step that was released is never changed; a new one is appended.
//
// Kind leads the documents' key because every read names one, even a read across tenants.
var migrations = []string{
	`CREATE TABLE documents (
		kind     TEXT    NOT NULL,
		tenant   TEXT    NOT NULL,
		parent   TEXT    NOT NULL,
		id       TEXT    NOT NULL,
		revision INTEGER NOT NULL,
		json     BLOB    NOT NULL,
		PRIMARY KEY (kind, tenant, parent, id)
	) WITHOUT ROWID;
	CREATE TABLE changes (
		seq      INTEGER PRIMARY KEY,
		revision INTEGER NOT NULL,
		tenant   TEXT    NOT NULL,
		kind     TEXT    NOT NULL,
		parent   TEXT    NOT NULL,
		id       TEXT    NOT NULL,
		deleted  INTEGER NOT NULL
	);
	CREATE INDEX changes_revision ON changes (revision);
	CREATE TABLE meta (
		name  TEXT    PRIMARY KEY,
		value INTEGER NOT NULL
	) WITHOUT ROWID;
	INSERT INTO meta (name, value) VALUES ('revision', 0);`,
	`CREATE TABLE counts (
		kind   TEXT    NOT NULL,
		tenant TEXT    NOT NULL,
		parent TEXT    NOT NULL,
		id     TEXT    NOT NULL,
		day    INTEGER NOT NULL,
		n      INTEGER NOT NULL,
		PRIMARY KEY (kind, tenant, parent, id, day)
	) WITHOUT ROWID;`,
	`CREATE TABLE metric_series (
		id         INTEGER PRIMARY KEY,
		tenant     TEXT    NOT NULL,
		namespace  TEXT    NOT NULL,
		name       TEXT    NOT NULL,
		dimensions TEXT    NOT NULL,
		unit       TEXT    NOT NULL
	);
	CREATE TABLE rollups (
		series     INTEGER NOT NULL,
		resolution INTEGER NOT NULL,
		time       INTEGER NOT NULL,
		count      REAL    NOT NULL,
		sum        REAL    NOT NULL,
		min        REAL    NOT NULL,
		max        REAL    NOT NULL,
		sketch     BLOB,
		PRIMARY KEY (series, resolution, time)
	) WITHOUT ROWID;`,
}

// migrate brings the schema up to this binary's, each step in a transaction, and refuses one that is newer.
func (c *conn) migrate() error {
	version, err := c.queryInt(`PRAGMA user_version`)
	if err != nil {
		return err
	}
	if known := int64(len(migrations)); version > known {
		return fmt.Errorf("store: the database has schema %d and this dipylon knows schemas up to %d: run a newer dipylon",
			version, known)
	}
	for n := version; n < int64(len(migrations)); n++ {
		if err := c.script(fmt.Sprintf("BEGIN IMMEDIATE; %s PRAGMA user_version = %d; COMMIT", migrations[n], n+1)); err != nil {
			return fmt.Errorf("store: migration to schema %d: %w", n+1, err)
		}
	}
	return nil
}
