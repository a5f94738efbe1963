package rollout

import (
	"context"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
)

// Roles take all roles of an account, with its managed policies, in the place of those that they had.
type Roles interface {
	Put(account string, roles []gateway.Role, managed []gateway.ManagedPolicy)
}

// rolesOf returns the account whose roles a document is part of.
func rolesOf(key store.Key) (account string, ok bool) {
	tenant, ok := gateway.ParseTenant(key.Tenant)
	return tenant.Account, ok && (key.Kind == state.KindRole || key.Kind == state.KindManagedPolicy)
}

// reloadRoles hands the roles of an account on as the store has them. A failure keeps what they were.
func (r *Rollout) reloadRoles(ctx context.Context, account string) {
	var roles []gateway.Role
	var managed []gateway.ManagedPolicy
	began := time.Now()
	err := r.store.View(ctx, func(rd store.Reader) error {
		of := store.Range{Tenant: state.IAMTenant(account).String()}
		var err error
		if roles, err = values(state.Roles(), rd, of); err != nil {
			return err
		}
		managed, err = values(state.ManagedPolicies(), rd, of)
		return err
	})
	r.world.Metrics.RolledOut(began, err == nil)
	if err != nil {
		if ctx.Err() == nil {
			r.log.ErrorContext(ctx, "rollout rejected; the last good roles keep deciding", "account", account, "error", err)
		}
		return
	}
	r.accounts[account] = true
	r.live.Roles.Put(account, roles, managed)
}

// reloadAllRoles hands on those of all accounts, those too that have none any more.
func (r *Rollout) reloadAllRoles(ctx context.Context) error {
	accounts, err := list(ctx, r.store, state.KindRole, rolesOf)
	if err != nil {
		return err
	}
	for account := range r.accounts {
		accounts = append(accounts, account)
	}
	seen := map[string]bool{}
	for _, account := range accounts {
		if !seen[account] {
			seen[account] = true
			r.reloadRoles(ctx, account)
		}
	}
	return nil
}
