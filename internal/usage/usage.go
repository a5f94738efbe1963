// Package usage is usage plans as calls meet them: whose an API key is, which stages it may call and how often, and how
// often it has (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html).
//
// A [Directory] outlives all programs. Rollout tells it of keys and plans, calls look them up without a lock, and what
// they use is counted in memory and written to the store's counters several times a second.
//
// It stands below the step apikey. It may import bucket, gateway and store.
package usage

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/dipylon/dipylon/internal/bucket"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
)

// Options is what a directory stands on.
type Options struct {
	Storage store.Counters
	Log     *slog.Logger
	Now     func() time.Time
	// Default bounds what a plan's limit leaves open; nil leaves it open.
	Default *bucket.Limit
}

// Directory holds the API keys of all tenants, with their plans.
type Directory struct {
	Options
	began time.Time

	mu      sync.Mutex
	tenants map[gateway.Tenant]*Keys
	// stored are the counts that were read at the start and whose key nobody has told of yet.
	stored map[store.Key][]dayCount
	// unsaved and gone wait for the next save; before is the first day that the store keeps.
	unsaved []*Member
	gone    []store.Key
	before  int
}

// dayCount is how many calls there were on a day.
type dayCount struct {
	day int
	n   int64
}

const (
	// Kind is the kind of the counts. Their key is that of the link between plan and key.
	Kind = "usage"
	// keptDays are 90 days, which GetUsage can look at, and the rest of the month before them.
	keptDays = 90 + 31
	// saveEvery is how much of the counts a process may lose that is killed.
	saveEvery = 250 * time.Millisecond
)

// Open returns a directory with what was counted before, and without any key.
func Open(ctx context.Context, opts Options) (*Directory, error) {
	d := &Directory{Options: opts, began: opts.Now(), tenants: map[gateway.Tenant]*Keys{}, stored: map[store.Key][]dayCount{}}
	counts, err := opts.Storage.Counts(ctx, Kind)
	for _, c := range counts {
		d.stored[c.Key] = append(d.stored[c.Key], dayCount{c.Day, c.N})
	}
	return d, err
}

// Tenant returns a tenant's keys, always the same.
func (d *Directory) Tenant(t gateway.Tenant) *Keys {
	d.mu.Lock()
	defer d.mu.Unlock()
	k := d.tenants[t]
	if k == nil {
		k = newKeys(d, t)
		d.tenants[t] = k
	}
	return k
}

// Tenants returns those that have been asked for.
func (d *Directory) Tenants() []gateway.Tenant {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]gateway.Tenant, 0, len(d.tenants))
	for t := range d.tenants {
		all = append(all, t)
	}
	return all
}

// Run saves what is counted until ctx ends, and then once more. Counts of keys that it has not been told of by now are
// deleted.
func (d *Directory) Run(ctx context.Context) {
	d.forgetStored()
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	failed := false // a full disk is said once
	for ended := false; !ended; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			ctx, ended = context.WithoutCancel(ctx), true
		}
		err := d.Save(ctx)
		if err != nil && (!failed || ended) && ctx.Err() == nil {
			d.Log.ErrorContext(ctx, "what API keys have used cannot be saved; trying again", "error", err)
		}
		failed = err != nil
	}
}

func (d *Directory) forgetStored() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for key := range d.stored {
		d.gone = append(d.gone, key)
	}
	clear(d.stored)
}

// Save writes what has been counted since the last time. What fails is written the next time.
func (d *Directory) Save(ctx context.Context) error {
	before := dayOf(d.Now()) - keptDays
	d.mu.Lock()
	unsaved, gone, aged := d.unsaved, d.gone, d.before != before
	d.unsaved, d.gone = nil, nil
	d.mu.Unlock()
	if len(unsaved) == 0 && len(gone) == 0 && !aged {
		return nil
	}
	change := store.CountChange{Kind: Kind, Before: before, Gone: gone}
	from := make([]int, len(unsaved))
	for i, m := range unsaved {
		change.Set, from[i] = m.takeUnsaved(change.Set)
	}
	err := d.Storage.SetCounts(ctx, change)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err == nil {
		d.before = before
		return nil
	}
	d.gone = append(gone, d.gone...)
	for i, m := range unsaved {
		if m.putBack(from[i]) {
			d.unsaved = append(d.unsaved, m)
		}
	}
	return err
}

// Used tells how many calls a key has made under a plan, for n days from that one on.
func (d *Directory) Used(tenant gateway.Tenant, of gateway.MemberID, from time.Time, n int) []int {
	used := make([]int, n)
	if m := d.Tenant(tenant).member(of); m != nil {
		m.used(used, dayOf(from))
	}
	return used
}

// dayOf counts days in UTC, in which quotas begin anew.
func dayOf(t time.Time) int {
	const seconds = 24 * 60 * 60
	return int(t.Unix() / seconds)
}

func timeOf(day int) time.Time { return time.Unix(int64(day)*24*60*60, 0).UTC() }
