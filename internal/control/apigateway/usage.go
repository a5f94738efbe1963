package apigateway

import (
	"context"
	"errors"
	"time"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// maxUsageDays is how long a time GetUsage can look at (API reference, GetUsage).
const maxUsageDays = 90

// GetUsage tells, day by day, what a plan's keys have used and what they had left of the plan's quota.
func (s *Service) GetUsage(ctx context.Context, call *wire.Call, in *gen.GetUsageInput) (*gen.Usage, error) {
	days, err := usageDays(*in.StartDate, *in.EndDate)
	if err != nil {
		return nil, err
	}
	out := gen.Usage{StartDate: in.StartDate, EndDate: in.EndDate, UsagePlanId: &in.UsagePlanId, Items: map[string][][]int64{}}
	err = s.view(ctx, call, func(r reader) error {
		plan, err := r.plan(in.UsagePlanId)
		if err != nil {
			return err
		}
		if id := text(in.KeyId); id != "" {
			if err := r.checkUsageKey(plan.ID, id); err != nil || plan.Quota == nil {
				return err
			}
			out.Items[id], err = s.usage(r, plan, id, days)
			return err
		}
		rng, err := page(in.Limit, in.Position)
		if err != nil || plan.Quota == nil {
			return err
		}
		rng.Tenant, rng.Parent = r.tenant.String(), plan.ID
		keys, err := state.UsagePlanKeys().List(r, rng)
		if err != nil {
			return err
		}
		out.Position = position(keys.Next)
		for _, key := range keys.Items {
			if out.Items[key.ID], err = s.usage(r, plan, key.ID, days); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// usageDays returns the days of a time, the last included.
func usageDays(from, to string) ([]time.Time, error) {
	start, err := time.Parse(time.DateOnly, from)
	end, err2 := time.Parse(time.DateOnly, to)
	if errors.Join(err, err2) != nil {
		return nil, badRequest("Invalid date specified: must be YYYY-MM-DD")
	}
	days := int(end.Sub(start).Hours() / 24)
	if days < 0 || days >= maxUsageDays {
		return nil, badRequest("Invalid time specified: endDate must be after startDate, by less than %d days", maxUsageDays)
	}
	list := make([]time.Time, days+1)
	for i := range list {
		list[i] = start.AddDate(0, 0, i)
	}
	return list, nil
}

// checkUsageKey has the text of aws-cli issue 5344.
func (r reader) checkUsageKey(planID, keyID string) error {
	has, err := r.hasKey(planID, keyID)
	if err == nil && !has {
		return notFound("Invalid Key identifier specified")
	}
	return err
}

// usage returns pairs: what was used on a day, and what was left of the quota at its end, as the quota is today.
func (s *Service) usage(r reader, plan gateway.UsagePlan, keyID string, days []time.Time) ([][]int64, error) {
	more, err := state.UsageExtensions().Get(r, r.key(plan.ID, keyID))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	first := plan.Quota.Start(days[0])
	before := int(days[0].Sub(first) / day)
	used := s.Usage.Used(r.tenant, gateway.MemberID{Plan: plan.ID, Key: keyID}, first, before+len(days))
	pairs, sum := make([][]int64, 0, len(days)), 0
	for i, n := range used {
		at := first.AddDate(0, 0, i)
		if plan.Quota.Start(at).Equal(at) {
			sum = 0
		}
		sum += n
		if i >= before {
			pairs = append(pairs, []int64{int64(n), int64(max(plan.Quota.Allowed(at, more)-sum, 0))})
		}
	}
	return pairs, nil
}

// extension is what a key has to be given for that many calls to remain today.
func (s *Service) extension(r reader, plan gateway.UsagePlan, keyID string, remaining int) gateway.UsageExtension {
	today := s.Now().UTC().Truncate(day)
	more := gateway.UsageExtension{Start: plan.Quota.Start(today), Day: today, Calls: remaining - plan.Quota.Allowed(today, gateway.UsageExtension{})}
	for _, n := range s.Usage.Used(r.tenant, gateway.MemberID{Plan: plan.ID, Key: keyID}, more.Start, int(today.Sub(more.Start)/day)+1) {
		more.Calls += n
	}
	return more
}

const day = 24 * time.Hour

// usageChange is what UpdateUsage changes.
type usageChange struct{ remaining *int }

// UpdateUsage sets what a key has left of its quota in the current period.
func (s *Service) UpdateUsage(ctx context.Context, call *wire.Call, in *gen.UpdateUsageInput) (*gen.Usage, error) {
	today := s.Now().UTC().Truncate(day)
	out := gen.Usage{
		StartDate: new(today.Format(time.DateOnly)), EndDate: new(today.Format(time.DateOnly)), UsagePlanId: &in.UsagePlanId,
		Items: map[string][][]int64{},
	}
	err := s.update(ctx, call, func(w writer) error {
		plan, err := w.plan(in.UsagePlanId)
		if err != nil {
			return err
		}
		if err := w.checkUsageKey(plan.ID, in.KeyId); err != nil {
			return err
		}
		if plan.Quota == nil {
			return badRequest("Usage Plan %s has no quota", plan.ID)
		}
		var change usageChange
		if err := usagePatches().Apply(&change, in.PatchOperations); err != nil {
			return err
		}
		if change.remaining != nil {
			more := s.extension(w.reader, plan, in.KeyId, *change.remaining)
			if err := state.UsageExtensions().Put(w.tx, w.key(plan.ID, in.KeyId), more); err != nil {
				return err
			}
		}
		out.Items[in.KeyId], err = s.usage(w.reader, plan, in.KeyId, []time.Time{today})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// usagePatches are UpdateUsage's.
func usagePatches() patch.Table[usageChange] {
	remaining := pointer(patch.Integer().Then(func(n int) error {
		if n < 0 {
			return badRequest("Invalid remaining quota specified: must not be negative")
		}
		return nil
	}))
	return patch.Table[usageChange]{Refuse: patch.ListPaths, Rows: []patch.Row[usageChange]{
		patch.Field("/remaining", patch.Replace, remaining, func(x *usageChange) **int { return &x.remaining }),
	}}
}
