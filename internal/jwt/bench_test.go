package jwt

import (
	"context"
	"testing"
	"time"
)

// remembered tokens are what almost every call brings; one of them is looked at by all.
func BenchmarkRemembered(b *testing.B) {
	now := time.Now()
	s, _ := start(b, Options{}, rsaKeys()[0])
	a, ctx := s.forTest(), context.Background()
	tokens := make([][]byte, 1000)
	for n := range tokens {
		tokens[n] = []byte(rsaKeys()[0].sign("RS256", claimsAt(now, map[string]any{"n": n, "scope": "openid profile email", "sub": "a8f5f167-f44f-4964-a66d-9f2b0b1f6a0c"})))
		if _, err := a.Verify(ctx, tokens[n], now); err != nil {
			b.Fatal(err)
		}
	}
	for name, count := range map[string]int{"same": 1, "1000": 1000} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(tokens[0])))
			b.RunParallel(func(pb *testing.PB) {
				for n := 0; pb.Next(); n++ {
					if _, err := a.Verify(ctx, tokens[n%count], now); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

// A token that was not seen before.
func BenchmarkNew(b *testing.B) {
	now := time.Now()
	s, _ := start(b, Options{}, rsaKeys()[0], p256Key(), p384Key())
	a, ctx := s.forTest(), context.Background()
	for _, bc := range []struct {
		algorithm string
		key       pair
	}{{"RS256", rsaKeys()[0]}, {"RS512", rsaKeys()[0]}, {"ES256", p256Key()}, {"ES384", p384Key()}} {
		b.Run(bc.algorithm, func(b *testing.B) {
			token := []byte(bc.key.sign(bc.algorithm, claimsAt(now, map[string]any{"scope": "openid profile email"})))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := a.examine(ctx, token, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
