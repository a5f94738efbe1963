package sqlite_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/store/sqlite"
)

func openStore(tb testing.TB, dir string) *sqlite.Store {
	tb.Helper()
	s, err := sqlite.Open(context.Background(), sqlite.Options{Dir: dir})
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

// routeJSON has the size of a usual document.
var routeJSON = []byte(`{"RouteId":"abc1234567","RouteKey":"GET /pets/{id}","Target":"integrations/xyz9876543","ApiKeyRequired":false}`)

func routeKey(n int) store.Key {
	return store.Key{Tenant: "000000000000/us-east-1", Kind: "route", Parent: "api1234567", ID: fmt.Sprintf("r%08d", n)}
}

func put(n, count int) func(store.Tx) error {
	return func(tx store.Tx) error {
		for i := range count {
			if err := tx.Put(routeKey(n+i), routeJSON); err != nil {
				return err
			}
		}
		return nil
	}
}

// BenchmarkUpdate shows what a commit costs (one put: the disk's sync) and what a bulk import costs per commit.
func BenchmarkUpdate(b *testing.B) {
	for _, puts := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprintf("puts=%d", puts), func(b *testing.B) {
			s := openStore(b, b.TempDir())
			n := 0
			for b.Loop() {
				if _, err := s.Update(b.Context(), put(n, puts)); err != nil {
					b.Fatal(err)
				}
				n += puts
			}
		})
	}
}

func BenchmarkView(b *testing.B) {
	s := openStore(b, b.TempDir())
	if _, err := s.Update(b.Context(), put(0, 1000)); err != nil {
		b.Fatal(err)
	}
	b.Run("get", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				err := s.View(b.Context(), func(r store.Reader) error {
					_, err := r.Get(routeKey(500))
					return err
				})
				if err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("list=1000", func(b *testing.B) {
		for b.Loop() {
			err := s.View(b.Context(), func(r store.Reader) error {
				docs, err := r.List(store.Range{Tenant: "000000000000/us-east-1", Kind: "route", Parent: "api1234567"})
				if err == nil && len(docs) != 1000 {
					err = fmt.Errorf("%d documents", len(docs))
				}
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
