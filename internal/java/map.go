package java

// Map is a LinkedHashMap: entries in the order of their first insertion.
type Map struct {
	// Silent says that the map prints as nothing, as those of API Gateway's $context do.
	Silent bool

	entries []*Entry
	block   []Entry        // room for entries that are yet to come
	index   map[string]int // of entries with strings as keys, once there are many; nil before
}

// Entry is a Map.Entry.
type Entry struct {
	name  string
	other Value // the key, if it is not a string
	Value Value
}

// nullKey stands for null as a key.
type nullKey struct{}

// indexed is how many entries are searched one by one.
const indexed = 12

// NewMap returns an empty map with room for n entries.
func NewMap(n int) *Map {
	m := &Map{}
	if n > 0 {
		m.entries, m.block = make([]*Entry, 0, n), make([]Entry, 0, n)
	}
	return m
}

// Key returns the entry's key.
func (e *Entry) Key() Value {
	switch e.other.(type) {
	case nil:
		return e.name
	case nullKey:
		return nil
	}
	return e.other
}

// Len returns how many entries there are.
func (m *Map) Len() int { return len(m.entries) }

// Entries returns the entries in their order. The slice is the map's own.
func (m *Map) Entries() []*Entry { return m.entries }

// Get returns the value of a key, nil if there is none.
func (m *Map) Get(key Value) Value {
	v, _ := m.Find(key)
	return v
}

// Find returns the value of a key and whether the key is present.
func (m *Map) Find(key Value) (Value, bool) {
	if i := m.find(key); i >= 0 {
		return m.entries[i].Value, true
	}
	return nil, false
}

// FindName is Find for a string.
func (m *Map) FindName(name string) (Value, bool) {
	if i := m.findName(name); i >= 0 {
		return m.entries[i].Value, true
	}
	return nil, false
}

func (m *Map) find(key Value) int {
	if name, ok := key.(string); ok {
		return m.findName(name)
	}
	for i, e := range m.entries {
		if e.other != nil && Equal(e.Key(), key) {
			return i
		}
	}
	return -1
}

func (m *Map) findName(name string) int {
	if m.index != nil {
		if i, ok := m.index[name]; ok {
			return i
		}
		return -1
	}
	for i, e := range m.entries {
		if e.name == name && e.other == nil {
			return i
		}
	}
	return -1
}

// Put sets the value of a key and returns the one before.
func (m *Map) Put(key, value Value) Value {
	if name, ok := key.(string); ok {
		return m.PutName(name, value)
	}
	if i := m.find(key); i >= 0 {
		old := m.entries[i].Value
		m.entries[i].Value = value
		return old
	}
	if key == nil {
		key = nullKey{}
	}
	m.add(Entry{other: key, Value: value})
	return nil
}

// PutName is Put for a string.
func (m *Map) PutName(name string, value Value) Value {
	if i := m.findName(name); i >= 0 {
		old := m.entries[i].Value
		m.entries[i].Value = value
		return old
	}
	m.add(Entry{name: name, Value: value})
	switch {
	case m.index != nil:
		m.index[name] = len(m.entries) - 1
	case len(m.entries) > indexed:
		m.reindex()
	}
	return nil
}

func (m *Map) add(e Entry) {
	if len(m.block) == cap(m.block) {
		m.block = make([]Entry, 0, min(max(4, len(m.entries)), 64))
	}
	m.block = append(m.block, e)
	m.entries = append(m.entries, &m.block[len(m.block)-1])
}

func (m *Map) reindex() {
	m.index = make(map[string]int, 2*len(m.entries))
	for i, e := range m.entries {
		if e.other == nil {
			m.index[e.name] = i
		}
	}
}

// Remove takes a key out and returns the value that it had.
func (m *Map) Remove(key Value) Value {
	i := m.find(key)
	if i < 0 {
		return nil
	}
	old := m.entries[i].Value
	m.entries = append(m.entries[:i], m.entries[i+1:]...)
	if m.index != nil {
		m.reindex()
	}
	return old
}

// Clear takes all entries out.
func (m *Map) Clear() { *m = Map{Silent: m.Silent} }
