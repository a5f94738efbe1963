package vtl

import (
	"errors"

	"github.com/dipylon/dipylon/internal/java"
)

// loop is $foreach. It is a map as well, of what the template puts there.
type loop struct {
	parent   *loop
	replaced java.Value // what $foreach was before
	index    int
	hasNext  bool
	storage  *java.Map
}

// ends reports whether an error is a #break of this loop.
func (l *loop) ends(err error) bool {
	var s *stopError
	return errors.As(err, &s) && (s.nearest || s.loop == l)
}

func (l *loop) stored() *java.Map {
	if l.storage == nil {
		l.storage = java.NewMap(0)
	}
	return l.storage
}

func (l *loop) put(name string, v java.Value) { l.stored().PutName(name, v) }

func (l *loop) replacedValue() java.Value {
	for ; l != nil; l = l.parent {
		if l.replaced != nil {
			return l.replaced
		}
	}
	return nil
}

// String is how the map prints.
func (l *loop) String() string { return java.String(l.stored()) }

// Property implements [Object].
func (l *loop) Property(name string) java.Value {
	switch name {
	case "index", "Index":
		return java.Narrow(int64(l.index))
	case "count", "Count":
		return java.Narrow(int64(l.index + 1))
	case "hasNext", "HasNext":
		return l.hasNext
	case "first", "First":
		return l.index < 1
	case "last", "Last":
		return !l.hasNext
	case "parent", "Parent":
		if l.parent == nil {
			return nil
		}
		return l.parent
	case "topmost", "Topmost":
		for l.parent != nil {
			l = l.parent
		}
		return l
	case "replaced", "Replaced":
		return l.replacedValue()
	}
	for ; l != nil; l = l.parent {
		if v, ok := l.stored().FindName(name); ok {
			return v
		}
	}
	return nil
}

// Call implements [Object].
func (l *loop) Call(name string, args []java.Value, _ *Budget) (java.Value, bool, error) {
	if len(args) == 1 && name == "get" {
		if key, ok := args[0].(string); ok {
			return l.stored().Get(key), true, nil
		}
	}
	if len(args) == 2 && name == "put" {
		return l.stored().Put(args[0], args[1]), true, nil
	}
	if len(args) != 0 {
		return nil, false, nil
	}
	switch name {
	case "getIndex", "getCount", "getHasNext", "getFirst", "getLast", "getParent", "getTopmost", "getReplaced":
		return l.Property(name[len("get"):]), true, nil
	case "hasNext":
		return l.hasNext, true, nil
	case "isFirst", "isLast":
		return l.Property(name[len("is"):]), true, nil
	}
	return nil, false, nil
}
