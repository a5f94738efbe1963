package store_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/store"
)

var errRollBack = errors.New("enough seen")

// FuzzKey stores a document under any key: either the key is refused, and then it is one that Validate refuses, or
// the document is found and listed under exactly that key.
func FuzzKey(f *testing.F) {
	f.Add("000000000000/eu-west-1", "stage", "api1234567", "$default")
	f.Add("", "", "", "")
	f.Add("", "", "", "\x00")
	f.Add("a/b", "%", "\xff", "é")
	f.Add("t", "k", "p", strings.Repeat("x", store.MaxKeyPart+1))
	s := openStore(f)
	f.Fuzz(func(t *testing.T, tenant, kind, parent, id string) {
		key := store.Key{Tenant: tenant, Kind: kind, Parent: parent, ID: id}
		_, err := s.Update(t.Context(), func(tx store.Tx) error {
			valid := key.Validate()
			if err := tx.Put(key, []byte(`1`)); (err == nil) != (valid == nil) || err != nil && !errors.Is(err, store.ErrInvalid) {
				t.Errorf("%s: put gives %v, validate %v", key, err, valid)
			}
			doc, err := tx.Get(key)
			if valid != nil {
				if !errors.Is(err, store.ErrNotFound) {
					t.Errorf("%s: invalid, yet get gives %v", key, err)
				}
				return errRollBack
			}
			if err != nil || doc.Key != key {
				t.Errorf("%s came back as %s: %v", key, doc.Key, err)
			}
			docs, err := tx.List(store.Range{Tenant: tenant, Kind: kind, Parent: parent})
			if err != nil || len(docs) != 1 || docs[0].Key != key {
				t.Errorf("%s is listed as %v: %v", key, docs, err)
			}
			if err := tx.Delete(key); err != nil {
				t.Errorf("%s: delete gives %v", key, err)
			}
			return errRollBack
		})
		if !errors.Is(err, errRollBack) {
			t.Error(err)
		}
	})
}

// FuzzCollection stores any bytes as a document of a typed collection: the store takes them if they are JSON; reading
// gives an error with the key or a value that survives being written again.
func FuzzCollection(f *testing.F) {
	type value struct {
		Name  string
		N     int64
		Tags  map[string]string
		Inner *struct{ List []float64 }
		Any   any
	}
	for _, seed := range []string{
		``, `null`, `{}`, `[]`, `{"Name":1}`, `{"Name":"a","N":9223372036854775807,"Tags":{"":""},"Inner":{"List":[1e308]}}`,
		`{"N":1e400}`, `{"Any":{"a":[null,true,"\ud800"]}}`, "{\"Name\":\"\xff\"}", `{"name":"<&>"}`,
	} {
		f.Add([]byte(seed))
	}
	c := store.Collection[value]{Kind: "value"}
	key := store.Key{Tenant: "t", Kind: c.Kind, Parent: "p", ID: "i"}
	s := openStore(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		_, err := s.Update(t.Context(), func(tx store.Tx) error {
			if err := tx.Put(key, b); err != nil {
				if json.Valid(b) || !errors.Is(err, store.ErrInvalid) {
					t.Errorf("put gives %v", err)
				}
				return errRollBack
			}
			doc, err := tx.Get(key)
			if err != nil || !bytes.Equal(doc.JSON, b) {
				t.Errorf("%q came back as %q: %v", b, doc.JSON, err)
			}
			first, err := c.Get(tx, key)
			if err != nil {
				if !strings.Contains(err.Error(), key.String()) {
					t.Errorf("the error does not name the key: %v", err)
				}
				return errRollBack
			}
			if err := c.Put(tx, key, first); err != nil {
				t.Errorf("%+v cannot be written: %v", first, err)
			}
			if again, err := c.Get(tx, key); err != nil || !reflect.DeepEqual(again, first) {
				t.Errorf("%+v came back as %+v: %v", first, again, err)
			}
			return errRollBack
		})
		if !errors.Is(err, errRollBack) {
			t.Error(err)
		}
	})
}
