// Package iam is the control plane of roles and managed policies, as far as functions, integrations and Terraform need
// them: the operations of AWS's service of that name, a file per resource. Documents are stored and returned as they were
// given; package role decides calls by them.
//
// It may import gateway, state, store, policy, wire and its generated types.
package iam

import (
	"context"
	"errors"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/iam"
)

// Options is what the service stands on.
type Options struct {
	Store store.Store
	Live  Live
	Now   func() time.Time
}

// Live tells when a commit decides calls.
type Live interface {
	Wait(ctx context.Context, revision int64) error
}

// Service implements the operations.
type Service struct {
	Options
	// started is when the configured users came to be, as far as anybody can tell.
	started time.Time
}

var _ gen.Handler = (*Service)(nil)

// New returns the service.
func New(opts Options) *Service {
	s := &Service{Options: opts}
	s.started = s.now()
	return s
}

// now is the time in the resolution that AWS shows.
func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Second) }

// view calls fn with one state of the caller's account.
func (s *Service) view(ctx context.Context, call *wire.Call, fn func(reader) error) error {
	return modelled(s.Store.View(ctx, func(r store.Reader) error { return fn(newReader(r, call)) }))
}

// update calls fn in a transaction and returns when calls are decided by what it wrote.
func (s *Service) update(ctx context.Context, call *wire.Call, fn func(writer) error) error {
	revision, err := s.Store.Update(ctx, func(tx store.Tx) error {
		return fn(writer{reader: newReader(tx, call), tx: tx, now: s.now()})
	})
	if err != nil {
		return modelled(err)
	}
	return s.Live.Wait(ctx, revision)
}

// reader finds an account's documents. What does not exist is AWS's error.
type reader struct {
	store.Reader
	account, tenant string
}

func newReader(r store.Reader, call *wire.Call) reader {
	account := call.Tenant.Account
	return reader{Reader: r, account: account, tenant: state.IAMTenant(account).String()}
}

func (r reader) key(name string) store.Key { return store.At(r.tenant, "", name) }

func (r reader) role(name string) (gateway.Role, error) {
	role, err := state.Roles().Get(r, r.key(name))
	return role, orNotFound(err, noSuchEntity("The role with name %s cannot be found.", name))
}

func (r reader) roles() ([]gateway.Role, error) {
	page, err := state.Roles().List(r, store.Range{Tenant: r.tenant})
	roles := make([]gateway.Role, len(page.Items))
	for i, item := range page.Items {
		roles[i] = item.Value
	}
	return roles, err
}

// policy finds a managed policy, AWS's or the account's, or returns missing.
func (r reader) policy(arn string, missing error) (gateway.ManagedPolicy, error) {
	name, err := r.policyName(arn)
	if err != nil {
		return gateway.ManagedPolicy{}, err
	}
	if name.account == awsAccount {
		if p, ok := awsPolicy(name); ok {
			return p, nil
		}
		return gateway.ManagedPolicy{}, missing
	}
	p, err := state.ManagedPolicies().Get(r, r.key(name.name))
	if err == nil && (p.Path != name.path || name.account != r.account) {
		err = store.ErrNotFound
	}
	return p, orNotFound(err, missing)
}

// writer changes an account's documents in one transaction.
type writer struct {
	reader
	tx  store.Tx
	now time.Time
}

func (w writer) putRole(role gateway.Role) error {
	return state.Roles().Put(w.tx, w.key(role.Name), role)
}

func (w writer) putPolicy(p gateway.ManagedPolicy) error {
	return state.ManagedPolicies().Put(w.tx, w.key(p.Name), p)
}

// changeRole stores what change makes of a role.
func (s *Service) changeRole(ctx context.Context, call *wire.Call, name string, change func(writer, *gateway.Role) error) error {
	return s.update(ctx, call, func(w writer) error {
		role, err := w.role(name)
		if err != nil {
			return err
		}
		if err := change(w, &role); err != nil {
			return err
		}
		return w.putRole(role)
	})
}

// policyChange is a change of a managed policy of the account.
type policyChange struct {
	arn     string
	missing error
	change  func(writer, *gateway.ManagedPolicy) error
}

// changePolicy stores what a change makes of a policy.
func (s *Service) changePolicy(ctx context.Context, call *wire.Call, c policyChange) error {
	return s.update(ctx, call, func(w writer) error {
		p, err := w.ownPolicy(c.arn, c.missing)
		if err != nil {
			return err
		}
		if err := c.change(w, &p); err != nil {
			return err
		}
		return w.putPolicy(p)
	})
}

// ownPolicy finds a policy that the account may change.
func (w writer) ownPolicy(arn string, missing error) (gateway.ManagedPolicy, error) {
	name, err := w.policyName(arn)
	if err != nil {
		return gateway.ManagedPolicy{}, err
	}
	if name.account == awsAccount {
		return gateway.ManagedPolicy{}, outsideAccount()
	}
	return w.policy(arn, missing)
}

// taken tells that a name is another's already, in whatever case of letters.
func taken(err error) bool {
	return errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrConflict)
}
