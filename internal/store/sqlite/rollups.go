package sqlite

import (
	"context"
	"database/sql"

	"github.com/dipylon/dipylon/internal/store"
)

var _ store.Rollups = (*Store)(nil)

// MetricSeries implements store.Rollups.
func (s *Store) MetricSeries(ctx context.Context) (all []store.MetricSeries, err error) {
	err = s.read(ctx, func(r *reader) error {
		return r.conn.query(func(rows *sql.Rows) error {
			var m store.MetricSeries
			if err := rows.Scan(&m.ID, &m.Tenant, &m.Namespace, &m.Name, &m.Dimensions, &m.Unit, &m.Newest); err != nil {
				return err
			}
			all = append(all, m)
			return ctx.Err()
		}, `SELECT id, tenant, namespace, name, dimensions, unit, coalesce((SELECT max(newest) FROM
			(SELECT (SELECT max(time) FROM rollups WHERE series = s.id AND resolution = r.value) AS newest
				FROM json_each('[1,60,300,3600]') AS r)), 0)
			FROM metric_series AS s ORDER BY id`)
	})
	return all, err
}

// Rollups implements store.Rollups.
func (s *Store) Rollups(ctx context.Context, rng store.RollupRange) (points []store.Rollup, err error) {
	err = s.read(ctx, func(r *reader) error {
		return r.conn.query(func(rows *sql.Rows) error {
			p := store.Rollup{Series: rng.Series, Resolution: rng.Resolution}
			if err := rows.Scan(&p.Time, &p.Count, &p.Sum, &p.Min, &p.Max, &p.Sketch); err != nil {
				return err
			}
			points = append(points, p)
			return ctx.Err()
		}, `SELECT time, count, sum, min, max, sketch FROM rollups
			WHERE series = ? AND resolution = ? AND time >= ? AND time < ? ORDER BY time`,
			rng.Series, rng.Resolution, rng.From, rng.Before)
	})
	return points, err
}

// SetRollups implements store.Rollups.
func (s *Store) SetRollups(ctx context.Context, change store.RollupChange) error {
	return s.write(ctx, func(c *conn) error { return setRollups(c, &change) })
}

func setRollups(c *conn, change *store.RollupChange) error {
	for _, g := range change.Gone {
		if _, err := c.exec(`DELETE FROM rollups WHERE series = ? AND resolution = ? AND time >= ? AND time < ?`,
			g.Series, g.Resolution, g.From, g.Before); err != nil {
			return err
		}
	}
	for _, id := range change.GoneSeries {
		if _, err := c.exec(`DELETE FROM rollups WHERE series = ?`, id); err != nil {
			return err
		}
		if _, err := c.exec(`DELETE FROM metric_series WHERE id = ?`, id); err != nil {
			return err
		}
	}
	for i := range change.Series {
		m := &change.Series[i]
		if _, err := c.exec(`INSERT INTO metric_series (id, tenant, namespace, name, dimensions, unit) VALUES (?, ?, ?, ?, ?, ?)`,
			m.ID, m.Tenant, m.Namespace, m.Name, m.Dimensions, m.Unit); err != nil {
			return err
		}
	}
	for i := range change.Set {
		p := &change.Set[i]
		if _, err := c.exec(`INSERT OR REPLACE INTO rollups (series, resolution, time, count, sum, min, max, sketch)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, p.Series, p.Resolution, p.Time, p.Count, p.Sum, p.Min, p.Max, p.Sketch); err != nil {
			return err
		}
	}
	return nil
}
