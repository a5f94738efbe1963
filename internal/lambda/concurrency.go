package lambda

import (
	"sync/atomic"

	"github.com/dipylon/dipylon/internal/gateway"
)

// account is what the functions of an account and region share.
type account struct {
	limit int64
	// reserved is the sum of what functions reserve; running are the calls of those that reserve nothing.
	reserved, running atomic.Int64
}

// usage is what a function's versions share. It outlives their changes.
type usage struct {
	account *account
	running atomic.Int64
	meter   Meter
}

// account returns a tenant's. The directory is locked.
func (d *Directory) account(t gateway.Tenant) *account {
	a := d.accounts[t]
	if a == nil {
		a = &account{limit: int64(d.opts.Concurrency)}
		d.accounts[t] = a
	}
	return a
}

// The reasons of throttled calls.
const (
	reasonReserved = "ReservedFunctionConcurrentInvocationLimitExceeded"
	reasonAccount  = "ConcurrentInvocationLimitExceeded"
	reasonRate     = "CallerRateLimitExceeded"
)

// take counts a call of a function that reserves so many, or none if that is negative. The reason is empty if it may run.
func (u *usage) take(reserved int64) (reason string) {
	n := u.running.Add(1)
	if reserved >= 0 {
		if n > reserved {
			u.running.Add(-1)
			return reasonReserved
		}
		return ""
	}
	a := u.account
	if a.running.Add(1) > a.limit-a.reserved.Load() {
		a.running.Add(-1)
		u.running.Add(-1)
		return reasonAccount
	}
	return ""
}

// giveReserved and giveShared end what take counted.
func (u *usage) giveReserved() { u.running.Add(-1) }

func (u *usage) giveShared() {
	u.running.Add(-1)
	u.account.running.Add(-1)
}

func throttled(reason string) *Error {
	return &Error{Kind: Throttled, Message: "Rate Exceeded.", Reason: reason}
}
