package exchange

// Outgoing is how the call to the back end differs from the client's, by parameter mapping. The client's own request
// stays what it was. Integrations read it.
type Outgoing struct {
	// Path is the whole path, escaped and beginning with a slash; nil leaves it to the integration's URI.
	Path []byte
	// Vars are the values of the variables in a REST API's integration URI.
	Vars []PathVar
	// Query takes the place of the client's query if QuerySet says so.
	Query    []byte
	QuerySet bool
	// Host takes the place of the URI's authority in the Host field; nil does not.
	Host []byte
	// Edits are made to the head, in their order, after everything else has made it.
	Edits []HeaderEdit
	// Body is what a REST API's integration that is no proxy gets: what the request template made, or the client's body.
	Body []byte
}

// HeaderEdit is one change of a head.
type HeaderEdit struct {
	Op          EditOp
	Name, Value []byte
}

// EditOp is a closed set.
type EditOp uint8

// The kinds of edits.
const (
	// EditRemove removes every field of that name.
	EditRemove EditOp = iota
	// EditOverwrite leaves one field of that name, with that value.
	EditOverwrite
	// EditAppend adds a field.
	EditAppend
)

// Edit makes the changes, in their order.
func (h *Header) Edit(edits []HeaderEdit) {
	for i := range edits {
		e := &edits[i]
		switch e.Op {
		case EditRemove:
			h.Del(string(e.Name))
		case EditOverwrite:
			h.Set(e.Name, e.Value)
		case EditAppend:
			h.Add(e.Name, e.Value)
		}
	}
}
