package vtl

import (
	"errors"
	"slices"

	"github.com/dipylon/dipylon/internal/java"
)

func mapMethod(r *run, m *java.Map, name string, args arguments) (java.Value, bool, error) {
	switch len(args) {
	case 0:
		return mapView(r, m, name)
	case 1:
		return mapUnary(r, m, name, args[0])
	case 2:
		switch name {
		case "put":
			return m.Put(args[0], args[1]), true, r.budget.Spend(1)
		case "getOrDefault":
			if v, ok := m.Find(args[0]); ok {
				return v, true, nil
			}
			return args[1], true, nil
		case "putIfAbsent":
			if v := m.Get(args[0]); v != nil {
				return v, true, nil
			}
			m.Put(args[0], args[1])
			return nil, true, r.budget.Spend(1)
		}
	}
	return nil, false, nil
}

func mapView(r *run, m *java.Map, name string) (java.Value, bool, error) {
	switch name {
	case "size":
		return java.Narrow(int64(m.Len())), true, nil
	case "isEmpty":
		return m.Len() == 0, true, nil
	case "clear":
		m.Clear()
		return void, true, nil
	case "keySet", "values", "entrySet":
		l := &java.List{Items: make([]java.Value, m.Len()), View: true}
		for i, e := range m.Entries() {
			switch name {
			case "keySet":
				l.Items[i] = e.Key()
			case "values":
				l.Items[i] = e.Value
			default:
				l.Items[i] = e
			}
		}
		return l, true, r.budget.Spend(m.Len())
	}
	return nil, false, nil
}

func mapUnary(r *run, m *java.Map, name string, arg java.Value) (java.Value, bool, error) {
	switch name {
	case "get":
		return m.Get(arg), true, nil
	case "containsKey":
		_, ok := m.Find(arg)
		return ok, true, nil
	case "containsValue":
		found := slices.ContainsFunc(m.Entries(), func(e *java.Entry) bool { return java.Equal(e.Value, arg) })
		return found, true, r.budget.Spend(m.Len())
	case "remove":
		return m.Remove(arg), true, r.budget.Spend(m.Len())
	case "putAll":
		other, ok := arg.(*java.Map)
		if !ok {
			return nil, false, nil
		}
		for _, e := range other.Entries() {
			m.Put(e.Key(), e.Value)
		}
		return void, true, r.budget.Spend(other.Len())
	}
	return nil, false, nil
}

func listMethod(r *run, l *java.List, name string, args arguments) (java.Value, bool, error) {
	if err := r.budget.Spend(cost(len(l.Items))); err != nil {
		return nil, true, err
	}
	if l.View {
		switch name {
		case "get", "set", "indexOf", "lastIndexOf", "subList":
			return nil, false, nil
		case "add", "addAll":
			return nil, len(args) == 1, errors.New("vtl: a map's keys and values take no others")
		}
	}
	switch len(args) {
	case 0:
		switch name {
		case "size":
			return java.Narrow(int64(len(l.Items))), true, nil
		case "isEmpty":
			return len(l.Items) == 0, true, nil
		case "clear":
			l.Items = nil
			return void, true, nil
		case "toArray":
			return java.NewList(slices.Clone(l.Items)...), true, r.budget.Spend(len(l.Items))
		}
	case 1:
		return listUnary(r, l, name, args)
	case 2:
		return listBinary(r, l, name, args)
	}
	return nil, false, nil
}

func listUnary(r *run, l *java.List, name string, args arguments) (java.Value, bool, error) {
	arg := args[0]
	same := func(v java.Value) bool { return java.Equal(arg, v) }
	switch name {
	case "get":
		i, ok := args.int(0)
		if !ok {
			return nil, false, nil
		}
		if i < 0 || i >= len(l.Items) {
			return nil, true, outOfBounds(i, len(l.Items))
		}
		return l.Items[i], true, nil
	case "add":
		l.Items = append(l.Items, arg)
		return true, true, r.budget.Spend(2)
	case "contains":
		return slices.ContainsFunc(l.Items, same), true, nil
	case "indexOf":
		return java.Narrow(int64(slices.IndexFunc(l.Items, same))), true, nil
	case "lastIndexOf":
		for i := len(l.Items) - 1; i >= 0; i-- {
			if same(l.Items[i]) {
				return java.Narrow(int64(i)), true, nil
			}
		}
		return int32(-1), true, nil
	case "remove":
		if i, ok := args.int(0); ok {
			if i < 0 || i >= len(l.Items) {
				return nil, true, outOfBounds(i, len(l.Items))
			}
			old := l.Items[i]
			l.Items = slices.Delete(l.Items, i, i+1)
			return old, true, nil
		}
		i := slices.IndexFunc(l.Items, same)
		if i >= 0 {
			l.Items = slices.Delete(l.Items, i, i+1)
		}
		return i >= 0, true, nil
	}
	return listOfList(r, l, name, arg)
}

// listOfList does the methods whose argument is a collection.
func listOfList(r *run, l *java.List, name string, arg java.Value) (java.Value, bool, error) {
	other, ok := arg.(*java.List)
	if !ok {
		return nil, false, nil
	}
	const stepsPerElement = 4
	steps := stepsPerElement * len(other.Items)
	if name != "addAll" {
		steps = len(l.Items) * (1 + len(other.Items))
	}
	if err := r.budget.Spend(steps); err != nil {
		return nil, true, err
	}
	in := func(items []java.Value, v java.Value) bool {
		return slices.ContainsFunc(items, func(item java.Value) bool { return java.Equal(v, item) })
	}
	before := len(l.Items)
	switch name {
	case "addAll":
		l.Items = append(l.Items, other.Items...)
		return len(other.Items) > 0, true, nil
	case "containsAll":
		missing := slices.ContainsFunc(other.Items, func(v java.Value) bool { return !in(l.Items, v) })
		return !missing, true, nil
	case "removeAll", "retainAll":
		items := slices.Clone(other.Items)
		l.Items = slices.DeleteFunc(l.Items, func(v java.Value) bool { return in(items, v) == (name == "removeAll") })
		return len(l.Items) != before, true, nil
	}
	return nil, false, nil
}

func listBinary(r *run, l *java.List, name string, args arguments) (java.Value, bool, error) {
	i, ok := args.int(0)
	if !ok {
		return nil, false, nil
	}
	n := len(l.Items)
	switch name {
	case "set":
		if i < 0 || i >= n {
			return nil, true, outOfBounds(i, n)
		}
		old := l.Items[i]
		l.Items[i] = args[1]
		return old, true, nil
	case "add", "addAll":
		if i < 0 || i > n {
			return nil, true, outOfBounds(i, n)
		}
		items := []java.Value{args[1]}
		var result java.Value = void
		if name == "addAll" {
			other, ok := args[1].(*java.List)
			if !ok {
				return nil, false, nil
			}
			items = slices.Clone(other.Items)
			result = len(items) > 0
		}
		l.Items = slices.Insert(l.Items, i, items...)
		return result, true, r.budget.Spend(2 * len(items))
	case "subList":
		to, ok := args.int(1)
		if !ok {
			return nil, false, nil
		}
		if i < 0 || to > n || i > to {
			return nil, true, outOfBounds(i, n)
		}
		return java.NewList(slices.Clone(l.Items[i:to])...), true, r.budget.Spend(to - i)
	}
	return nil, false, nil
}
