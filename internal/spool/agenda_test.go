package spool

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestAgenda(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := NewAgenda[string]()
		var mu sync.Mutex
		var done []string
		var ran sync.WaitGroup
		ran.Go(func() {
			a.Run(func() time.Duration {
				mu.Lock()
				defer mu.Unlock()
				for {
					e, wait, ok := a.Next(time.Now())
					if !ok {
						return wait
					}
					done = append(done, e)
				}
			})
		})
		add := func(after time.Duration, e string) {
			mu.Lock()
			defer mu.Unlock()
			a.Add(time.Now().Add(after), e)
		}
		want := func(all ...string) {
			t.Helper()
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if !slices.Equal(done, all) {
				t.Errorf("done %q, want %q", done, all)
			}
		}
		add(time.Hour, "last")
		add(time.Minute, "second")
		add(0, "first") // is not held up by what waits already
		want("first")
		time.Sleep(time.Minute)
		want("first", "second")
		time.Sleep(time.Hour)
		want("first", "second", "last")
		add(time.Hour, "dropped")
		mu.Lock()
		if left := a.Drop(); !slices.Equal(left, []string{"dropped"}) {
			t.Errorf("dropped %q", left)
		}
		mu.Unlock()
		time.Sleep(2 * time.Hour)
		want("first", "second", "last")
		a.Stop()
		ran.Wait()
	})
}
