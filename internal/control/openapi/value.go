package openapi

import "math"

// Bounds on documents beyond their size.
const (
	maxDepth = 100
	// maxAliased bounds the nodes that aliases stand for, all together.
	maxAliased = 200_000
	// maxMarkers bounds what separates nodes (commas, colons, line ends), and so the nodes.
	maxMarkers = 1_500_000
	// In YAML, nodes cost more, and those that commas separate most: about 2 KB each while they are parsed.
	maxMarkersYAML = 1_000_000
	maxCommasYAML  = 250_000
	// maxKeyBytes bounds keys: a route with a longer path could not be called.
	maxKeyBytes = 10 << 10
	// indexFrom is the number of members from which an object has an index.
	indexFrom = 12
)

// value is a node of a document, be it YAML or JSON, with aliases and merge keys resolved. A value may be part of several
// others. It never contains itself.
type value struct {
	kind kind
	// text is a scalar as it stands in the document, unquoted: 1.0 stays "1.0".
	text    string
	items   []*value
	members []member
	index   map[string]int
	at      place
	// size counts the nodes in it and height the levels, aliases expanded.
	size, height int
}

type member struct {
	key   string
	at    place
	value *value
}

type kind uint8

const (
	null kind = iota
	text
	number
	boolean
	list
	object
)

func (v *value) isScalar() bool { return v.kind == text || v.kind == number || v.kind == boolean }

// get returns the member's value, or nil if there is none or it is null. It may be called on nil and on any kind.
func (v *value) get(key string) *value {
	if v == nil {
		return nil
	}
	i, ok := v.find(key)
	if !ok || v.members[i].value.kind == null {
		return nil
	}
	return v.members[i].value
}

func (v *value) find(key string) (int, bool) {
	if v.index != nil {
		i, ok := v.index[key]
		return i, ok
	}
	for i := range v.members {
		if v.members[i].key == key {
			return i, true
		}
	}
	return 0, false
}

// addMember appends m; it fails if the key is taken.
func (v *value) addMember(m member) *Error {
	if _, taken := v.find(m.key); taken {
		return malformed(m.at, "Duplicate key '%s'", m.key)
	}
	if len(m.key) > maxKeyBytes {
		return malformed(m.at, "A key is longer than %d bytes", maxKeyBytes)
	}
	v.members = append(v.members, m)
	switch n := len(v.members); {
	case v.index != nil:
		v.index[m.key] = n - 1
	case n >= indexFrom:
		v.index = make(map[string]int, 2*n)
		for i := range v.members {
			v.index[v.members[i].key] = i
		}
	}
	v.contain(m.value)
	return nil
}

func (v *value) addItem(item *value) {
	v.items = append(v.items, item)
	v.contain(item)
}

func (v *value) contain(child *value) {
	v.size = min(v.size+child.size, math.MaxInt32)
	v.height = max(v.height, child.height+1)
}

func newValue(k kind, at place) *value { return &value{kind: k, at: at, size: 1, height: 1} }

func newScalar(k kind, s string, at place) *value {
	v := newValue(k, at)
	v.text = s
	return v
}
