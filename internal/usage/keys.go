package usage

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
)

// Keys are the API keys of a tenant. Programs hold them; changes swap what calls find.
type Keys struct {
	directory *Directory
	tenant    gateway.Tenant
	byValue   atomic.Pointer[map[string]*Key]

	mu    sync.Mutex // guards what the map is made of
	keys  map[string]gateway.APIKey
	plans map[string]*plan
	// members are by key and plan.
	members map[string]map[string]*Member
}

// Key is an API key that is enabled. It is immutable.
type Key struct {
	ID, Value string
	members   []*Member
}

// Changes are what has changed of a tenant, by id; nil is gone.
type Changes struct {
	Keys  map[string]*gateway.APIKey
	Plans map[string]*gateway.UsagePlan
	// Members are the keys of plans, each with what UpdateUsage has given it last.
	Members map[gateway.MemberID]*gateway.UsageExtension
	// Whole says that what is not named is gone.
	Whole bool
}

func newKeys(d *Directory, t gateway.Tenant) *Keys {
	k := &Keys{
		directory: d, tenant: t,
		keys: map[string]gateway.APIKey{}, plans: map[string]*plan{}, members: map[string]map[string]*Member{},
	}
	k.byValue.Store(&map[string]*Key{})
	return k
}

// Find returns the enabled key with that value, or nil.
func (k *Keys) Find(value []byte) *Key { return (*k.byValue.Load())[string(value)] }

// Named is Find for a value that is text already.
func (k *Keys) Named(value string) *Key { return (*k.byValue.Load())[value] }

// Member returns the key's part in the plan that has the stage, or nil. A key is in one such plan at most.
func (k *Key) Member(api, stage string) *Member {
	for _, m := range k.members {
		if _, ok := m.plan.rules.Load().stages[stageID{api, stage}]; ok {
			return m
		}
	}
	return nil
}

// Apply makes changes. What is not touched by them keeps its buckets and counts.
func (k *Keys) Apply(c Changes) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if c.Whole {
		c = k.whole(c)
	}
	for id, p := range c.Plans {
		if p == nil {
			delete(k.plans, id)
		} else {
			k.plan(id).rules.Store(newRules(p, k.directory.Default))
		}
	}
	touched := map[string]bool{}
	for id, extension := range c.Members {
		touched[id.Key] = true
		k.setMember(id, extension)
	}
	next := maps.Clone(*k.byValue.Load())
	for id, key := range c.Keys {
		touched[id] = true
		if old := next[k.keys[id].Value]; old != nil && old.ID == id {
			delete(next, old.Value)
		}
		if key == nil {
			delete(k.keys, id)
		} else {
			k.keys[id] = gateway.APIKey{ID: id, Value: key.Value, Enabled: key.Enabled}
		}
	}
	for id := range touched {
		if key, ok := k.keys[id]; ok && key.Enabled {
			next[key.Value] = k.key(key)
		}
	}
	k.byValue.Store(&next)
}

// whole names what is gone.
func (k *Keys) whole(c Changes) Changes {
	all := Changes{Keys: map[string]*gateway.APIKey{}, Plans: map[string]*gateway.UsagePlan{}, Members: map[gateway.MemberID]*gateway.UsageExtension{}}
	for id := range k.keys {
		all.Keys[id] = nil
	}
	for id := range k.plans {
		all.Plans[id] = nil
	}
	for key, plans := range k.members {
		for plan := range plans {
			all.Members[gateway.MemberID{Plan: plan, Key: key}] = nil
		}
	}
	maps.Copy(all.Keys, c.Keys)
	maps.Copy(all.Plans, c.Plans)
	maps.Copy(all.Members, c.Members)
	return all
}

func (k *Keys) plan(id string) *plan {
	p := k.plans[id]
	if p == nil {
		p = &plan{id: id}
		p.rules.Store(&rules{})
		k.plans[id] = p
	}
	return p
}

func (k *Keys) setMember(id gateway.MemberID, extension *gateway.UsageExtension) {
	m := k.members[id.Key][id.Plan]
	if extension == nil {
		if m != nil {
			m.leave()
			delete(k.members[id.Key], id.Plan)
		}
		return
	}
	if m == nil {
		m = k.directory.join(store.Key{Tenant: k.tenant.String(), Kind: Kind, Parent: id.Plan, ID: id.Key}, k.plan(id.Plan))
		if k.members[id.Key] == nil {
			k.members[id.Key] = map[string]*Member{}
		}
		k.members[id.Key][id.Plan] = m
	}
	m.extend(*extension)
}

func (k *Keys) key(key gateway.APIKey) *Key {
	members := slices.SortedFunc(maps.Values(k.members[key.ID]), func(a, b *Member) int { return cmp.Compare(a.plan.id, b.plan.id) })
	return &Key{ID: key.ID, Value: key.Value, members: members}
}

func (k *Keys) member(id gateway.MemberID) *Member {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.members[id.Key][id.Plan]
}
