package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/store/sqlite"
)

// domain is a value with one unique value of each scope.
type domain struct {
	Path, Alias, Name string
	Note              string `json:",omitempty"`
}

func domains() store.Collection[domain] {
	return store.Collection[domain]{Kind: "domain", Unique: []store.Index[domain]{
		{Name: "path", Scope: store.PerParent, Value: func(d domain) string { return d.Path }},
		{Name: "alias", Scope: store.PerTenant, Value: func(d domain) string { return d.Alias }},
		{Name: "name", Scope: store.Global, Value: func(d domain) string { return d.Name }},
	}}
}

func openStore(tb testing.TB) store.Store {
	tb.Helper()
	s, err := sqlite.Open(tb.Context(), sqlite.Options{Dir: tb.TempDir()})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// inTx runs fn in one transaction of an empty store.
func inTx(t *testing.T, fn func(store.Tx)) {
	t.Helper()
	_, err := openStore(t).Update(t.Context(), func(tx store.Tx) error {
		fn(tx)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// kinds counts the documents of each kind, those of the indexes included.
func kinds(t *testing.T, r store.Reader) string {
	t.Helper()
	var counts []string
	for _, kind := range []string{"domain", "domain.path", "domain.alias", "domain.name"} {
		docs, err := r.List(store.Range{Kind: kind, AnyTenant: true, AnyParent: true})
		if err != nil {
			t.Fatal(err)
		}
		counts = append(counts, fmt.Sprint(len(docs)))
	}
	return strings.Join(counts, " ")
}

// TestCollectionScript runs one operation after another on one collection; each row says what it gives and how many
// documents and entries of the three indexes there are then.
func TestCollectionScript(t *testing.T) {
	c := domains()
	const create, put, del = "create", "put", "delete"
	a := store.At("t1", "p1", "a")
	inTx(t, func(tx store.Tx) {
		for i, step := range []struct {
			do    string
			key   store.Key
			value domain
			err   error
			kinds string
		}{
			{create, a, domain{Path: "/", Alias: "x", Name: "example.com"}, nil, "1 1 1 1"},
			{create, a, domain{Path: "/other"}, store.ErrExists, "1 1 1 1"},
			{create, store.At("t1", "p1", "b"), domain{Path: "/"}, store.ErrConflict, "1 1 1 1"},
			{create, store.At("t1", "p2", "b"), domain{Path: "/", Alias: "x"}, store.ErrConflict, "1 1 1 1"},
			{create, store.At("t2", "p1", "b"), domain{Path: "/", Alias: "x", Name: "example.com"}, store.ErrConflict, "1 1 1 1"},
			{create, store.At("t2", "p1", "b"), domain{Path: "/", Alias: "x", Name: "example.org"}, nil, "2 2 2 2"},
			{create, store.At("t1", "p2", "b"), domain{Path: "/", Alias: "y"}, nil, "3 3 3 2"},
			{put, a, domain{Path: "/", Alias: "x", Name: "example.com", Note: "same"}, nil, "3 3 3 2"},
			{put, a, domain{Path: "/", Alias: "y", Name: "moved.example"}, store.ErrConflict, "3 3 3 2"},
			{put, a, domain{Path: "/moved", Name: "moved.example"}, nil, "3 3 2 2"},
			{create, store.At("t1", "p1", "c"), domain{Path: "/", Alias: "x", Name: "example.com"}, nil, "4 4 3 3"},
			{put, store.At("t3", "p", "new"), domain{Path: "/"}, nil, "5 5 3 3"},
			{put, store.At("t3", "p", "none"), domain{}, nil, "6 5 3 3"},
			{del, a, domain{}, nil, "5 4 3 2"},
			{del, a, domain{}, store.ErrNotFound, "5 4 3 2"},
			{create, a, domain{Path: "/moved", Name: "moved.example"}, nil, "6 5 3 3"},
			{create, store.At("t", "", ""), domain{}, store.ErrInvalid, "6 5 3 3"},
		} {
			var err error
			switch step.do {
			case create:
				err = c.Create(tx, step.key, step.value)
			case put:
				err = c.Put(tx, step.key, step.value)
			case del:
				err = c.Delete(tx, step.key)
			}
			if !errors.Is(err, step.err) {
				t.Errorf("step %d: %s %s: %v, want %v", i, step.do, step.key, err, step.err)
			}
			if got := kinds(t, tx); got != step.kinds {
				t.Errorf("step %d: %s %s: counts %s, want %s", i, step.do, step.key, got, step.kinds)
			}
			if got, err := c.Get(tx, step.key); step.do != del && step.err == nil && (err != nil || got != step.value) {
				t.Errorf("step %d: got %+v, want %+v: %v", i, got, step.value, err)
			}
		}
	})
}

func TestCollectionLookup(t *testing.T) {
	c := domains()
	a, b := store.At("t1", "p1", "a"), store.At("t2", "p1", "b")
	inTx(t, func(tx store.Tx) {
		if err := errors.Join(
			c.Create(tx, a, domain{Path: "/", Alias: "x", Name: "example.com"}),
			c.Create(tx, b, domain{Path: "/", Alias: "x"}),
		); err != nil {
			t.Fatal(err)
		}
		for _, look := range []struct {
			index string
			value store.Key
			want  string
			err   error
		}{
			{"path", store.At("t1", "p1", "/"), "a", nil},
			{"path", store.At("t2", "p1", "/"), "b", nil},
			{"path", store.At("t1", "p2", "/"), "", store.ErrNotFound},
			{"alias", store.At("t1", "any", "x"), "a", nil},
			{"alias", store.At("t2", "", "x"), "b", nil},
			{"name", store.At("any", "any", "example.com"), "a", nil},
			{"name", store.At("t1", "p1", "example.org"), "", store.ErrNotFound},
			{"name", store.At("t2", "p1", ""), "", store.ErrNotFound},
		} {
			item, err := c.Lookup(tx, look.index, look.value)
			if !errors.Is(err, look.err) || item.ID != look.want {
				t.Errorf("%s %s: %q, %v", look.index, look.value, item.ID, err)
			}
			if err == nil && (item.Kind != "domain" || item.Value.Alias != "x" || item.Revision == 0) {
				t.Errorf("%s %s: %+v", look.index, look.value, item)
			}
		}
		if _, err := c.Lookup(tx, "nonsense", a); err == nil || errors.Is(err, store.ErrNotFound) {
			t.Errorf("an index that is not there: %v", err)
		}
	})
}

func TestCollectionList(t *testing.T) {
	c := store.Collection[int]{Kind: "number"}
	inTx(t, func(tx store.Tx) {
		for i := range 7 {
			if err := c.Put(tx, store.At("t", "p", fmt.Sprint(i)), i); err != nil {
				t.Fatal(err)
			}
		}
		for _, limit := range []int{0, 1, 2, 3, 6, 7, 8} {
			rng := store.Range{Tenant: "t", Parent: "p", Limit: limit}
			var got []int
			pages := 0
			for more := true; more; pages++ {
				page, err := c.List(tx, rng)
				if err != nil {
					t.Fatal(err)
				}
				for _, item := range page.Items {
					got = append(got, item.Value)
				}
				rng.After, more = page.Next, page.Next != ""
			}
			wantPages := 1
			if limit > 0 {
				wantPages = (7 + limit - 1) / limit
			}
			if !slices.Equal(got, []int{0, 1, 2, 3, 4, 5, 6}) || pages != wantPages {
				t.Errorf("limit %d: %v in %d pages, want %d", limit, got, pages, wantPages)
			}
		}
		wide, err := c.List(tx, store.Range{AnyTenant: true, AnyParent: true, Limit: 2})
		if err != nil || len(wide.Items) != 2 || wide.Next != "" {
			t.Errorf("wide: %+v, %v", wide, err)
		}
	})
}

func TestCollectionDeleteChildren(t *testing.T) {
	c := domains()
	inTx(t, func(tx store.Tx) {
		for i, key := range []store.Key{
			store.At("t1", "p1", "a"), store.At("t1", "p1", "b"), store.At("t1", "p2", "a"), store.At("t2", "p1", "a"),
		} {
			if err := c.Create(tx, key, domain{Path: fmt.Sprint("/", i), Name: fmt.Sprint(i)}); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := c.DeleteChildren(tx, "t1", "p1"); n != 2 || err != nil {
			t.Errorf("deleted %d: %v", n, err)
		}
		if got := kinds(t, tx); got != "2 2 0 2" {
			t.Errorf("counts %s", got)
		}
		if n, err := c.DeleteChildren(tx, "t1", "p1"); n != 0 || err != nil {
			t.Errorf("deleted %d again: %v", n, err)
		}
	})
}

func TestCollectionErrorsNameTheKey(t *testing.T) {
	c := domains()
	key := store.Key{Tenant: "tenant", Kind: "domain", Parent: "parent", ID: "broken"}
	inTx(t, func(tx store.Tx) {
		if err := tx.Put(key, []byte(`{"Path": 1}`)); err != nil {
			t.Fatal(err)
		}
		_, getErr := c.Get(tx, key)
		_, listErr := c.List(tx, store.Range{Tenant: "tenant", Parent: "parent"})
		for _, err := range []error{getErr, listErr, c.Delete(tx, key), c.Put(tx, key, domain{})} {
			var typeErr *json.UnmarshalTypeError
			if !errors.As(err, &typeErr) || !strings.Contains(err.Error(), key.String()) {
				t.Errorf("got %v", err)
			}
		}
		unencodable := store.Collection[func()]{Kind: "function"}
		if err := unencodable.Put(tx, store.At("t", "p", "odd"), func() {}); err == nil || !strings.Contains(err.Error(), `"odd"`) {
			t.Errorf("got %v", err)
		}
	})
}
