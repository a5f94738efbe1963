package storetest

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/store"
)

var documents = []testCase{
	{"odd keys", oddKeys},
	{"keys that cannot be", invalidKeys},
	{"values that are not JSON", invalidValues},
	{"replace and delete", replaceAndDelete},
	{"tenants kinds and parents apart", apart},
	{"order and pages", orderAndPages},
	{"wide ranges", wideRanges},
	{"large document", largeDocument},
}

func oddKeys(h *harness) {
	long := strings.Repeat("x", store.MaxKeyPart)
	keys := []store.Key{
		{ID: "all other parts empty"},
		{Tenant: "t", Kind: "k", ID: "no parent"},
		{Tenant: "a/b", Kind: "k", Parent: "c", ID: "d"},
		{Tenant: "a", Kind: "k", Parent: "b/c", ID: "d"},
		{Tenant: "a", Kind: "k", Parent: "b", ID: "c/d"},
		{Tenant: "a", Kind: "k", Parent: "b", ID: "$default"},
		{Tenant: "a", Kind: "k", Parent: "b", ID: "GET /pets/{proxy+}"},
		{Tenant: "a", Kind: "k", Parent: "b", ID: "%24default"},
		{Tenant: "a", Kind: "k", Parent: "b", ID: "%_*?[a-z]"},
		{Tenant: "a", Kind: "k", Parent: "b", ID: `'; DROP TABLE documents; --"\`},
		{Tenant: "a", Kind: "k", Parent: "b", ID: " "},
		{Tenant: "a", Kind: "k", Parent: "b", ID: "\n\t\x01\x7f"},
		{Tenant: "ä", Kind: "Ж", Parent: "日本", ID: "𝄞"},
		{Tenant: "a", Kind: "k", Parent: "b", ID: "é"},
		{Tenant: "a", Kind: "k", Parent: "b", ID: "e\u0301"},
		{Tenant: "a", Kind: "k", Parent: "b", ID: "case"},
		{Tenant: "a", Kind: "k", Parent: "b", ID: "CASE"},
		{Tenant: "a", Kind: "k", Parent: "b", ID: "1"},
		{Tenant: "a", Kind: "k", Parent: "b", ID: "01"},
		{Tenant: "a", Kind: "k", Parent: "b", ID: "1.0"},
		{Tenant: long, Kind: long, Parent: long, ID: long},
	}
	revision := h.put(keys...)
	for _, k := range keys {
		doc, err := h.get(k)
		h.check(err)
		if doc.Key != k || doc.Revision != revision || !bytes.Equal(doc.JSON, valueOf(k)) {
			h.Errorf("%s came back as %s, revision %d, %s", k, doc.Key, doc.Revision, doc.JSON)
		}
		rng := store.Range{Tenant: k.Tenant, Kind: k.Kind, Parent: k.Parent}
		if !slices.Contains(h.list(rng), k) {
			h.Errorf("%s is not listed", k)
		}
	}
}

func invalidKeys(h *harness) {
	long := strings.Repeat("x", store.MaxKeyPart+1)
	for name, k := range map[string]store.Key{
		"empty id":      {Tenant: "t", Kind: "k", Parent: "p"},
		"long tenant":   {Tenant: long, ID: "i"},
		"long kind":     {Kind: long, ID: "i"},
		"long parent":   {Parent: long, ID: "i"},
		"long id":       {ID: long},
		"long in bytes": {ID: strings.Repeat("é", store.MaxKeyPart/2+1)},
		"NUL":           {ID: "a\x00b"},
		"NUL in tenant": {Tenant: "\x00", ID: "i"},
		"not UTF-8":     {ID: "\xff"},
	} {
		before := h.revision()
		_, err := h.Update(h.Context(), func(tx store.Tx) error { return tx.Put(k, []byte(`{}`)) })
		if h.wantErr(err, store.ErrInvalid); h.revision() != before {
			h.Errorf("%s: a refused put made a commit", name)
		}
		_, err = h.get(k)
		h.wantErr(err, store.ErrNotFound)
		_, err = h.Update(h.Context(), func(tx store.Tx) error { return tx.Delete(k) })
		h.wantErr(err, store.ErrNotFound)
	}
}

func invalidValues(h *harness) {
	for _, value := range []string{"", "{", "{} {}", "nope", "'x'"} {
		_, err := h.Update(h.Context(), func(tx store.Tx) error { return tx.Put(key("a"), []byte(value)) })
		h.wantErr(err, store.ErrInvalid)
	}
	_, err := h.get(key("a"))
	h.wantErr(err, store.ErrNotFound)
}

func replaceAndDelete(h *harness) {
	k := key("a")
	first := h.put(k)
	second := h.update(func(tx store.Tx) error { return tx.Put(k, []byte(` [ "new" ] `)) })
	doc, err := h.get(k)
	h.check(err)
	if doc.Revision != second || second <= first || string(doc.JSON) != ` [ "new" ] ` {
		h.Errorf("after revisions %d and %d: %d, %s", first, second, doc.Revision, doc.JSON)
	}
	h.update(func(tx store.Tx) error { return tx.Delete(k) })
	_, err = h.get(k)
	h.wantErr(err, store.ErrNotFound)
	_, err = h.Update(h.Context(), func(tx store.Tx) error { return tx.Delete(k) })
	h.wantErr(err, store.ErrNotFound)
	if keys := h.list(store.Range{Tenant: k.Tenant, Kind: k.Kind, Parent: k.Parent}); len(keys) > 0 {
		h.Errorf("listed after delete: %v", keys)
	}
}

func apart(h *harness) {
	base := store.Key{Tenant: "t", Kind: "k", Parent: "p", ID: "i"}
	others := []store.Key{
		{Tenant: "t2", Kind: "k", Parent: "p", ID: "i"},
		{Tenant: "t", Kind: "k2", Parent: "p", ID: "i"},
		{Tenant: "t", Kind: "k", Parent: "p2", ID: "i"},
		{Tenant: "t", Kind: "k", Parent: "", ID: "i"},
	}
	h.put(append(others, base)...)
	if got := h.list(store.Range{Tenant: "t", Kind: "k", Parent: "p"}); !slices.Equal(got, []store.Key{base}) {
		h.Errorf("listed %v", got)
	}
	h.update(func(tx store.Tx) error { return tx.Delete(base) })
	for _, k := range others {
		if _, err := h.get(k); err != nil {
			h.Errorf("went with another's delete: %v", err)
		}
	}
}

func orderAndPages(h *harness) {
	// U+FF21 sorts before U+1D11E by bytes and after it by UTF-16 units.
	ids := []string{"a", "B", "Z", "_", "~", "10", "9", "a/b", "a b", "aa", "é", "z", "\uff21", "\U0001d11e", "\x01", "-"}
	var keys []store.Key
	for _, id := range ids {
		keys = append(keys, key(id))
	}
	h.put(keys...)
	slices.SortFunc(keys, func(a, b store.Key) int { return cmp.Compare(a.ID, b.ID) })

	whole := store.Range{Tenant: keys[0].Tenant, Kind: keys[0].Kind, Parent: keys[0].Parent}
	if got := h.list(whole); !slices.Equal(got, keys) {
		h.Errorf("listed %v, want %v", got, keys)
	}
	for limit := 1; limit <= len(keys)+1; limit++ {
		page := whole
		page.Limit = limit
		var got []store.Key
		for range len(keys) + 1 {
			part := h.list(page)
			if len(part) > limit {
				h.Fatalf("%d documents in a page of %d", len(part), limit)
			}
			if len(part) == 0 {
				break
			}
			got = append(got, part...)
			page.After = part[len(part)-1].ID
		}
		if !slices.Equal(got, keys) {
			h.Errorf("pages of %d gave %v", limit, got)
		}
	}
	whole.After = "a/a" // no such document
	if got := h.list(whole); len(got) == 0 || got[0].ID != "a/b" {
		h.Errorf("after a missing id: %v", got)
	}
}

func wideRanges(h *harness) {
	var keys []store.Key // in the order of tenant, parent, id
	for _, tenant := range []string{"t1", "t2"} {
		for _, parent := range []string{"", "p1", "p2"} {
			for _, id := range []string{"a", "b"} {
				keys = append(keys, store.Key{Tenant: tenant, Kind: "k", Parent: parent, ID: id})
			}
		}
	}
	mixed := slices.Clone(keys)
	slices.Reverse(mixed)
	h.put(append(mixed, store.Key{Tenant: "t1", Kind: "other", Parent: "p1", ID: "a"})...)

	for _, c := range []struct {
		rng  store.Range
		keep func(store.Key) bool
	}{
		{store.Range{Kind: "k", AnyTenant: true, AnyParent: true}, func(store.Key) bool { return true }},
		{store.Range{Kind: "k", AnyTenant: true, AnyParent: true, After: "a"}, func(store.Key) bool { return true }},
		{store.Range{Kind: "k", AnyTenant: true, Parent: "p1"}, func(k store.Key) bool { return k.Parent == "p1" }},
		{store.Range{Kind: "k", AnyTenant: true}, func(k store.Key) bool { return k.Parent == "" }},
		{store.Range{Kind: "k", Tenant: "t2", AnyParent: true}, func(k store.Key) bool { return k.Tenant == "t2" }},
		{store.Range{Kind: "none", AnyTenant: true, AnyParent: true}, func(store.Key) bool { return false }},
	} {
		var want []store.Key
		for _, k := range keys {
			if c.keep(k) {
				want = append(want, k)
			}
		}
		if got := h.list(c.rng); !slices.Equal(got, want) {
			h.Errorf("%+v gave %v, want %v", c.rng, got, want)
		}
		if c.rng.Limit = 1; len(want) > 0 && !slices.Equal(h.list(c.rng), want[:1]) {
			h.Errorf("%+v gave %v, want %v", c.rng, h.list(c.rng), want[:1])
		}
	}
}

func largeDocument(h *harness) {
	value := []byte(`"` + strings.Repeat("0123456789abcdef", 5<<20/16) + `"`)
	h.update(func(tx store.Tx) error { return tx.Put(key("large"), value) })
	h.reopen()
	doc, err := h.get(key("large"))
	h.check(err)
	if !bytes.Equal(doc.JSON, value) {
		h.Errorf("%d bytes came back as %d", len(value), len(doc.JSON))
	}
}
