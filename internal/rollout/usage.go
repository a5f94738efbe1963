package rollout

import (
	"context"
	"errors"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/usage"
)

// usageOf returns the tenant whose API keys or usage plans a document is of.
func usageOf(key store.Key) (gateway.Tenant, bool) {
	switch key.Kind {
	case state.KindAPIKey, state.KindUsagePlan, state.KindUsagePlanKey, state.KindUsageExtension:
		return gateway.ParseTenant(key.Tenant)
	}
	return gateway.Tenant{}, false
}

// changeUsage hands on what has changed of API keys and usage plans, a tenant's at a time. It reads what has changed and
// no more: a tenant has thousands of keys.
func (r *Rollout) changeUsage(ctx context.Context, changes []store.Change) error {
	for _, tenant := range touched(changes, usageOf) {
		next := noUsage()
		err := r.store.View(ctx, func(rd store.Reader) error {
			for _, c := range changes {
				if of, ok := usageOf(c.Key); ok && of == tenant {
					if err := readUsage(rd, c.Key, next); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		r.world.Usage.Tenant(tenant).Apply(next)
	}
	return nil
}

func noUsage() usage.Changes {
	return usage.Changes{
		Keys: map[string]*gateway.APIKey{}, Plans: map[string]*gateway.UsagePlan{}, Members: map[gateway.MemberID]*gateway.UsageExtension{},
	}
}

// readUsage reads a document, which may be gone. A link and its extension belong together.
func readUsage(rd store.Reader, key store.Key, next usage.Changes) (err error) {
	switch key.Kind {
	case state.KindAPIKey:
		next.Keys[key.ID], err = find(state.APIKeys(), rd, key)
	case state.KindUsagePlan:
		next.Plans[key.ID], err = find(state.UsagePlans(), rd, key)
	case state.KindUsagePlanKey, state.KindUsageExtension:
		id := gateway.MemberID{Plan: key.Parent, Key: key.ID}
		link, err := find(state.UsagePlanKeys(), rd, key)
		if err != nil || link == nil {
			next.Members[id] = nil
			return err
		}
		extension, err := find(state.UsageExtensions(), rd, key)
		if extension == nil {
			extension = &gateway.UsageExtension{}
		}
		next.Members[id] = extension
		return err
	}
	return err
}

// find returns nil for what is not there.
func find[T any](in store.Collection[T], rd store.Reader, key store.Key) (*T, error) {
	value, err := in.Get(rd, store.At(key.Tenant, key.Parent, key.ID))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return &value, err
}

// loadUsage hands on all API keys and usage plans.
func (r *Rollout) loadUsage(ctx context.Context) error {
	all := map[gateway.Tenant]usage.Changes{}
	for _, tenant := range r.world.Usage.Tenants() {
		all[tenant] = noUsage()
	}
	if err := r.store.View(ctx, func(rd store.Reader) error { return readAllUsage(rd, all) }); err != nil {
		return err
	}
	for tenant, next := range all {
		next.Whole = true
		r.world.Usage.Tenant(tenant).Apply(next)
	}
	return nil
}

func readAllUsage(rd store.Reader, all map[gateway.Tenant]usage.Changes) error {
	everywhere := store.Range{AnyTenant: true, AnyParent: true}
	of := func(key store.Key) usage.Changes {
		tenant, ok := gateway.ParseTenant(key.Tenant)
		next, known := all[tenant]
		if !known {
			next = noUsage()
		}
		if ok {
			all[tenant] = next
		}
		return next
	}
	keys, err := state.APIKeys().List(rd, everywhere)
	for i := range keys.Items {
		of(keys.Items[i].Key).Keys[keys.Items[i].ID] = &keys.Items[i].Value
	}
	plans, err2 := state.UsagePlans().List(rd, everywhere)
	for i := range plans.Items {
		of(plans.Items[i].Key).Plans[plans.Items[i].ID] = &plans.Items[i].Value
	}
	links, err3 := state.UsagePlanKeys().List(rd, everywhere)
	for _, link := range links.Items {
		of(link.Key).Members[gateway.MemberID{Plan: link.Parent, Key: link.ID}] = &gateway.UsageExtension{}
	}
	extensions, err4 := state.UsageExtensions().List(rd, everywhere)
	for i := range extensions.Items {
		more := &extensions.Items[i]
		of(more.Key).Members[gateway.MemberID{Plan: more.Parent, Key: more.ID}] = &more.Value
	}
	return errors.Join(err, err2, err3, err4)
}
