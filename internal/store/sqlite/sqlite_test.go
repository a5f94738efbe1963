package sqlite_test

import (
	"testing"

	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/store/sqlite"
	"github.com/dipylon/dipylon/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T, dir string) store.Store {
		s, err := sqlite.Open(t.Context(), sqlite.Options{Dir: dir, History: 500})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
