// Package backend knows the back ends of private integrations: groups of addresses, each under the ARN that an
// integration names as its URI, which stand in for the load balancers and the Cloud Map services of a VPC
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-private.html). A group gives
// each call a member, in turn, and learns from what becomes of the call: a member that fails again and again is ejected for
// a while and returns by way of a single call on trial. Active checks take members out too. When no member is left, calls
// go to all: to fail with good reason is better than to refuse what might work.
//
// There is no limit to how many members can be ejected but that last one. Where four of five are dead, the fifth had
// better take all calls; if it cannot, it is ejected as well and the load is on all again.
//
// A registry lives as long as the process. It stands beside upstream: integrations find their group when they are
// compiled, take a member for each call, have upstream carry it, and report. It may import upstream, exchange and the
// standard library.
package backend

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dipylon/dipylon/internal/upstream"
)

// Options configure a [Registry]. The zero value of each field stands for its default.
type Options struct {
	// Groups by name; see [Config]. None is fine.
	Groups map[string]Config
	// Client carries the active checks; it is needed if a group has any, and is not closed.
	Client Client
	// Failures is how many calls in a row must fail for their member to be ejected (5).
	Failures int
	// Ejection is how long a member is out the first time (10 s). Each time that it fails on trial, or fails soon after it
	// returned, makes it that much longer, up to MaxEjection (300 s).
	Ejection, MaxEjection time.Duration
	// Now is the clock of ejections; checks run on the runtime's.
	Now func() time.Time
	// Log receives what happens to members; the default is silence.
	Log *slog.Logger
}

// Client carries calls; [upstream.Client] does.
type Client interface {
	Do(ctx context.Context, req *upstream.Request, resp *upstream.Response) error
}

func (o Options) withDefaults() Options {
	setDefault(&o.Failures, 5)
	setDefault(&o.Ejection, 10*time.Second)
	setDefault(&o.MaxEjection, max(300*time.Second, o.Ejection))
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Registry owns the groups and the goroutines that check their members.
type Registry struct {
	groups map[name]*Group
	stop   context.CancelFunc
	checks sync.WaitGroup
}

// New returns a registry of valid groups and begins to check those that want to be checked, until Close. The errors are
// [Validate]'s and the lack of a client.
func New(opts Options) (*Registry, error) {
	names, err := index(opts.Groups)
	if err != nil {
		return nil, err
	}
	opts = opts.withDefaults()
	ctx, stop := context.WithCancel(context.Background())
	r := &Registry{groups: make(map[name]*Group, len(names)), stop: stop}
	for n, text := range names {
		cfg := opts.Groups[text]
		if cfg.Health != nil && opts.Client == nil {
			stop()
			return nil, errors.New("backends: active checks need a client")
		}
		r.groups[n] = newGroup(text, cfg, opts)
	}
	for n, text := range names {
		if h := opts.Groups[text].Health; h != nil {
			r.check(ctx, r.groups[n], checker{Health: h.withDefaults(), client: opts.Client})
		}
	}
	return r, nil
}

// check starts checking a group's members.
func (r *Registry) check(ctx context.Context, g *Group, c checker) {
	for i := range g.standing.peers {
		r.checks.Go(func() { c.run(ctx, &g.members[i]) })
	}
}

// Close ends the checks and waits for their goroutines. The groups can still be used.
func (r *Registry) Close() {
	r.stop()
	r.checks.Wait()
}

// Find returns the group that stands for an integration's URI. A Cloud Map service's ARN with attributes finds the group of
// the same attributes, in any order, or else the service's group without any. It is for compile time.
func (r *Registry) Find(arn string) (*Group, bool) {
	n, err := parse(arn)
	if err != nil {
		return nil, false
	}
	g, ok := r.groups[n]
	if !ok {
		g, ok = r.groups[name{base: n.base}]
	}
	return g, ok
}

// Status returns how all groups are doing, by name.
func (r *Registry) Status() []GroupStatus {
	groups := slices.SortedFunc(maps.Values(r.groups), func(a, b *Group) int {
		return strings.Compare(a.standing.name, b.standing.name)
	})
	list := make([]GroupStatus, 0, len(groups))
	for _, g := range groups {
		list = append(list, g.standing.status())
	}
	return list
}
