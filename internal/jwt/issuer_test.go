package jwt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// longToken is valid for longer than any test's virtual time.
func longToken(p pair) string {
	return p.sign("RS256", claimsAt(time.Now(), map[string]any{"exp": time.Now().Add(1000 * time.Hour).Unix()}))
}

// expect verifies now and compares the description.
func expect(t *testing.T, a *Authorizer, token, want string) {
	t.Helper()
	if got := verdict(a, token); got != want {
		t.Errorf("after %v: %q, want %q", time.Now().UTC(), got, want)
	}
}

func expectFetches(t *testing.T, p *provider, want int) {
	t.Helper()
	synctest.Wait()
	if got := p.count(); got != want {
		t.Errorf("%d fetches, want %d", got, want)
	}
}

// simulate runs a test in virtual time, with an issuer that publishes the first RSA key.
func simulate(t *testing.T, o Options, test func(t *testing.T, a *Authorizer, p *provider)) {
	keys := rsaKeys() // outside of the bubble
	synctest.Test(t, func(t *testing.T) {
		s, p := start(t, o, keys[0])
		test(t, s.forTest(), p)
	})
}

// The first calls share one fetch.
func TestFirstFetchIsShared(t *testing.T) {
	simulate(t, Options{}, func(t *testing.T, a *Authorizer, p *provider) {
		p.set(func() { p.delay = time.Second })
		token := longToken(rsaKeys()[0])
		var calls sync.WaitGroup
		for range 50 {
			calls.Go(func() { expect(t, a, token, "") })
		}
		calls.Wait()
		expectFetches(t, p, 1)
	})
}

// A new key is found at once; the old one serves as long as it is published.
func TestRotation(t *testing.T) {
	simulate(t, Options{}, func(t *testing.T, a *Authorizer, p *provider) {
		before, after := longToken(rsaKeys()[0]), longToken(rsaKeys()[1])
		expect(t, a, before, "")
		time.Sleep(time.Minute)
		p.publish(rsaKeys()[0], rsaKeys()[1])
		expect(t, a, after, "")
		expectFetches(t, p, 2)
		remembered := a.tokens.get(a.tokens.hash([]byte(before)), []byte(before))
		if remembered == nil || remembered.key.revoked.Load() {
			t.Error("the old key's tokens must be verified again, though it stayed")
		}
		expect(t, a, before, "")
	})
}

// A key that is taken out takes its tokens with it, remembered ones included: at the next renewal, which is due after
// three quarters of the lifetime of two hours.
func TestRevocation(t *testing.T) {
	simulate(t, Options{}, func(t *testing.T, a *Authorizer, p *provider) {
		token := longToken(rsaKeys()[0])
		expect(t, a, token, "")
		p.publish(rsaKeys()[1])
		time.Sleep(89 * time.Minute)
		expect(t, a, token, "")
		expectFetches(t, p, 1)
		time.Sleep(2 * time.Minute)
		expect(t, a, token, "") // this call begins the renewal and does not wait for it
		expectFetches(t, p, 2)
		expect(t, a, token, wantKey)
		p.publish()
		time.Sleep(10 * time.Second)
		expect(t, a, longToken(rsaKeys()[2]), wantKey)
		expect(t, a, longToken(rsaKeys()[1]), wantKey) // an empty set revokes all
	})
}

// The same id with other bytes is another key.
func TestKeyReplacedUnderItsID(t *testing.T) {
	simulate(t, Options{}, func(t *testing.T, a *Authorizer, p *provider) {
		old := longToken(rsaKeys()[0])
		expect(t, a, old, "")
		replaced := pair{rsaKeys()[0].kid, rsaKeys()[1].private}
		p.publish(replaced)
		time.Sleep(91 * time.Minute)
		expect(t, a, old, "")
		synctest.Wait()
		expect(t, a, old, wantSignature)
		expect(t, a, longToken(replaced), "")
	})
}

// Unknown key ids cost one fetch in ten seconds, and hold up nobody whose token is known.
func TestFloodOfUnknownKeys(t *testing.T) {
	simulate(t, Options{}, func(t *testing.T, a *Authorizer, p *provider) {
		good := longToken(rsaKeys()[0])
		forged := func(n int) string { return longToken(pair{fmt.Sprint("forged-", n), rsaKeys()[2].private}) }
		expect(t, a, good, "")
		time.Sleep(time.Second)
		p.set(func() { p.delay = 500 * time.Millisecond })
		var flood sync.WaitGroup
		for n := range 100 {
			flood.Go(func() { expect(t, a, forged(n), wantKey) })
		}
		synctest.Wait() // until they wait for the fetch
		began := time.Now()
		expect(t, a, good, "")
		if waited := time.Since(began); waited > 0 {
			t.Errorf("a known token waited %v", waited)
		}
		flood.Wait()
		expectFetches(t, p, 2)
		for n := range 20 { // until 21 s
			expect(t, a, forged(n), wantKey)
			time.Sleep(time.Second)
		}
		expectFetches(t, p, 4)
	})
}

// An unknown id at the very first call brings no second fetch.
func TestUnknownKeyAtFirst(t *testing.T) {
	simulate(t, Options{}, func(t *testing.T, a *Authorizer, p *provider) {
		expect(t, a, longToken(rsaKeys()[1]), wantKey)
		expectFetches(t, p, 1)
		p.publish(rsaKeys()[1])
		time.Sleep(time.Millisecond)
		expect(t, a, longToken(rsaKeys()[1]), "") // the limit is of such fetches only
	})
}

// While the issuer is down the last good keys serve a day, nobody waits for it, and it is asked every 30 s.
func TestOutage(t *testing.T) {
	simulate(t, Options{}, func(t *testing.T, a *Authorizer, p *provider) {
		token := longToken(rsaKeys()[0])
		expect(t, a, token, "")
		p.set(func() { p.down, p.delay = true, time.Minute }) // it does not answer: each attempt ends after 1,500 ms
		began := time.Now()
		time.Sleep(91 * time.Minute)
		for range 2 * 60 * 22 {
			at := time.Now()
			expect(t, a, token, "")
			if time.Since(at) > 0 {
				t.Fatalf("waited %v after %v", time.Since(at), time.Since(began))
			}
			time.Sleep(30 * time.Second)
		}
		time.Sleep(time.Until(began.Add(24*time.Hour + time.Second)))
		expect(t, a, token, discoveryFailed)
		p.set(func() { p.down, p.delay = false, 0 })
		time.Sleep(time.Second)
		expect(t, a, token, "")
	})
}

// After a time without calls the first one waits, so that a key taken out meanwhile is not accepted.
func TestIdle(t *testing.T) {
	simulate(t, Options{}, func(t *testing.T, a *Authorizer, p *provider) {
		token := longToken(rsaKeys()[0])
		expect(t, a, token, "")
		time.Sleep(3 * time.Hour)
		p.publish(rsaKeys()[1])
		expect(t, a, token, wantKey)
		expectFetches(t, p, 2)

		token = longToken(rsaKeys()[1])
		expect(t, a, token, "")
		time.Sleep(3 * time.Hour)
		p.set(func() { p.down = true })
		expect(t, a, token, "") // waited in vain; the last good keys serve
		expect(t, a, token, "")
		time.Sleep(48 * time.Hour)
		expect(t, a, token, discoveryFailed)
	})
}

// An issuer that was never reached is asked once a second, however many call.
func TestUnreachable(t *testing.T) {
	simulate(t, Options{}, func(t *testing.T, a *Authorizer, p *provider) {
		p.set(func() { p.down = true })
		token := longToken(rsaKeys()[0])
		for range 5 {
			for range 10 {
				expect(t, a, token, discoveryFailed)
			}
			time.Sleep(500 * time.Millisecond)
		}
		p.set(func() {
			if len(p.asked) != 3 {
				t.Errorf("asked %d times", len(p.asked))
			}
		})
		p.set(func() { p.down = false })
		time.Sleep(time.Second)
		expect(t, a, token, "")
	})
}

// A call waits no longer than its context lasts, and two fetches take at most three seconds.
func TestWaiting(t *testing.T) {
	simulate(t, Options{}, func(t *testing.T, a *Authorizer, p *provider) {
		p.set(func() { p.delay = time.Hour })
		token := []byte(longToken(rsaKeys()[0]))
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		began := time.Now()
		if _, err := a.Verify(ctx, token, began); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		expect(t, a, string(token), discoveryFailed)
		if time.Since(began) != 1500*time.Millisecond {
			t.Errorf("the fetch took %v", time.Since(began))
		}
	})
}

// Close ends what waits, and known tokens serve on until their keys age.
func TestClose(t *testing.T) {
	keys := rsaKeys()
	synctest.Test(t, func(t *testing.T) {
		s, p := start(t, Options{}, keys[0])
		a, token := s.forTest(), longToken(keys[0])
		expect(t, a, token, "")
		time.Sleep(time.Second)
		p.set(func() { p.delay = time.Hour })
		unknown, began := longToken(keys[1]), time.Now()
		var call sync.WaitGroup
		call.Go(func() { expect(t, a, unknown, discoveryFailed) })
		synctest.Wait()
		s.Close()
		call.Wait()
		if time.Since(began) > 0 {
			t.Errorf("closing took %v", time.Since(began))
		}
		expect(t, a, token, "")
		expect(t, s.Authorizer(Config{Issuer: testIssuer + "2"}), keys[0].sign("RS256", claimsAt(began, map[string]any{"iss": testIssuer + "2"})), discoveryFailed)
	})
}

func TestLog(t *testing.T) {
	var log bytes.Buffer
	simulate(t, Options{Log: slog.New(slog.NewTextHandler(&log, nil))}, func(t *testing.T, a *Authorizer, p *provider) {
		expect(t, a, longToken(rsaKeys()[0]), "")
		p.set(func() { p.down = true })
		time.Sleep(time.Minute)
		expect(t, a, longToken(rsaKeys()[1]), discoveryFailed)
	})
	for _, want := range []string{"keys changed", "added=1 removed=0", "issuer=" + testIssuer, "keys were not renewed", "connection refused"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in:\n%s", want, log.String())
		}
	}
}

// Tokens, keys and renewals from many goroutines at once. The first key is always published, the second at times.
func TestConcurrency(t *testing.T) {
	s, p := start(t, Options{KeyLifetime: 2 * time.Millisecond, MaxTokens: 16}, rsaKeys()[0], rsaKeys()[1])
	var tokens []string
	for n := range 40 {
		tokens = append(tokens, rsaKeys()[n%2].sign("RS256", claimsAt(time.Now(), map[string]any{"n": n})))
	}
	var calls sync.WaitGroup
	for g := range 4 {
		calls.Go(func() {
			a := s.forTest()
			for n := range 300 {
				which := n * (g + 1) % len(tokens)
				got, always := verdict(a, tokens[which]), which%2 == 0
				if got != "" && (got != wantKey || always) {
					t.Errorf("%q", got)
				}
			}
		})
	}
	for n := range 20 {
		if n%2 == 0 {
			p.publish(rsaKeys()[0])
		} else {
			p.publish(rsaKeys()[0], rsaKeys()[1])
		}
		time.Sleep(time.Millisecond)
	}
	calls.Wait()
}
