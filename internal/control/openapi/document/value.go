package document

import (
	"math"
	"strings"
)

// Bounds on documents beyond their size.
const (
	// MaxDepth is how deep values may nest.
	MaxDepth = 100
	// maxAliased bounds the nodes that aliases stand for, all together.
	maxAliased = 200_000
	// maxMarkers bounds what separates nodes (commas, colons, line ends), and so the nodes.
	maxMarkers = 1_500_000
	// In YAML, nodes cost more, and those that commas separate most: about 2 KB each while they are parsed.
	maxMarkersYAML = 1_000_000
	maxCommasYAML  = 250_000
	// MaxKeyBytes bounds keys: a route with a longer path could not be called.
	MaxKeyBytes = 10 << 10
	// indexFrom is the number of members from which an object has an index.
	indexFrom = 12
)

// Value is a node of a document, be it YAML or JSON, with aliases and merge keys resolved. A value may be part of several
// others. It never contains itself.
type Value struct {
	Kind Kind
	// text is a scalar as it stands in the document, unquoted: 1.0 stays "1.0".
	Text    string
	Items   []*Value
	Members []Member
	index   map[string]int
	At      Place
	// size counts the nodes in it and height the levels, aliases expanded.
	Size, Height int
}

// Member is a member of an object.
type Member struct {
	Key   string
	At    Place
	Value *Value
}

// Kind is what a value is.
type Kind uint8

// The kinds. In YAML, dates and times are text.
const (
	Null Kind = iota
	Text
	Number
	Boolean
	List
	Object
)

// IsScalar reports whether v is text, a number or a boolean.
func (v *Value) IsScalar() bool { return v.Kind == Text || v.Kind == Number || v.Kind == Boolean }

// Get returns the member's value, or nil if there is none or it is null. It may be called on nil and on any kind.
func (v *Value) Get(key string) *Value {
	if v == nil {
		return nil
	}
	i, ok := v.Find(key)
	if !ok || v.Members[i].Value.Kind == Null {
		return nil
	}
	return v.Members[i].Value
}

// Find returns the index of a member.
func (v *Value) Find(key string) (int, bool) {
	if v.index != nil {
		i, ok := v.index[key]
		return i, ok
	}
	for i := range v.Members {
		if v.Members[i].Key == key {
			return i, true
		}
	}
	return 0, false
}

// Add appends m; it fails if the key is taken.
func (v *Value) Add(m Member) *Error {
	if _, taken := v.Find(m.Key); taken {
		return malformed(m.At, "Duplicate key '%s'", m.Key)
	}
	if len(m.Key) > MaxKeyBytes {
		return malformed(m.At, "A key is longer than %d bytes", MaxKeyBytes)
	}
	v.Members = append(v.Members, m)
	switch n := len(v.Members); {
	case v.index != nil:
		v.index[m.Key] = n - 1
	case n >= indexFrom:
		v.index = make(map[string]int, 2*n)
		for i := range v.Members {
			v.index[v.Members[i].Key] = i
		}
	}
	v.contain(m.Value)
	return nil
}

// AddItem appends an item to a list.
func (v *Value) AddItem(item *Value) {
	v.Items = append(v.Items, item)
	v.contain(item)
}

func (v *Value) contain(child *Value) {
	v.Size = min(v.Size+child.Size, math.MaxInt32)
	v.Height = max(v.Height, child.Height+1)
}

// New returns a value without content.
func New(k Kind, at Place) *Value { return &Value{Kind: k, At: at, Size: 1, Height: 1} }

// NewScalar returns a scalar.
func NewScalar(k Kind, s string, at Place) *Value {
	v := New(k, at)
	v.Text = s
	return v
}

// AsBool reads a boolean, or text that says true or false.
func (v *Value) AsBool() (on, ok bool) {
	if v.Kind != Boolean && v.Kind != Text {
		return false, false
	}
	switch strings.ToLower(v.Text) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}
