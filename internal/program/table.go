package program

import (
	"maps"
	"sync"
	"sync/atomic"
)

// API is what a host or an id leads to: the programs of an API's stages. It is immutable.
type API struct {
	ID, Account, Region string
	// REST says that it is a REST API.
	REST bool
	// Stages are the programs by stage name.
	Stages map[string]*Program
	// NotFound answers where no stage takes the call, Health where /ping and /sping are called.
	NotFound, Health *Program
	// Disabled says that the default endpoint takes no calls.
	Disabled bool
}

// Table finds APIs by id. Reading it is one atomic load; a change replaces the whole map, which calls in flight do not
// notice. The zero value is empty and ready.
type Table struct {
	current atomic.Pointer[map[string][]*API]
	write   sync.Mutex
}

// Find returns the API with that id in that region. Without a region it returns the API with that id whose region comes
// first in the alphabet, since ids are unique per region only. It returns nil where there is none.
func (t *Table) Find(id []byte, region []byte) *API {
	m := t.current.Load()
	if m == nil {
		return nil
	}
	for _, api := range (*m)[string(id)] {
		if len(region) == 0 || api.Region == string(region) {
			return api
		}
	}
	return nil
}

// Put makes the API visible in place of an older one with the same id and region.
func (t *Table) Put(api *API) { t.swap(api.ID, api.Region, api) }

// Delete makes the API vanish.
func (t *Table) Delete(id, region string) { t.swap(id, region, nil) }

func (t *Table) swap(id, region string, api *API) {
	t.write.Lock()
	defer t.write.Unlock()
	next := map[string][]*API{}
	if m := t.current.Load(); m != nil {
		next = maps.Clone(*m)
	}
	list := make([]*API, 0, len(next[id])+1)
	for _, other := range next[id] {
		if other.Region < region {
			list = append(list, other)
		}
	}
	if api != nil {
		list = append(list, api)
	}
	for _, other := range next[id] {
		if other.Region > region {
			list = append(list, other)
		}
	}
	if len(list) == 0 {
		delete(next, id)
	} else {
		next[id] = list
	}
	t.current.Store(&next)
}

// All returns every API, in no order.
func (t *Table) All() []*API {
	m := t.current.Load()
	if m == nil {
		return nil
	}
	var all []*API
	for _, list := range *m {
		all = append(all, list...)
	}
	return all
}
