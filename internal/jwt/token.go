package jwt

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Token is a verified token. It does not change, and calls share it.
type Token struct {
	// Claims are the token's claims as AWS stringifies them, sorted by name.
	Claims []Claim
	// Scopes are those of the token, all of them: of scope or, if there is none, of scp.
	Scopes []string
	// Expires is when it is valid no longer.
	Expires time.Time

	raw      []byte
	hash     uint64
	size     int64 // bytes in memory, about
	issuer   *issuer
	key      *key
	audience []string
	used     atomic.Bool // since the cache last looked for something to drop
	cognito  atomic.Pointer[CognitoClaims]
}

// Claim is a claim's name and its value as a string.
type Claim struct {
	Name, Value string
}

// Claim returns the value of $context.authorizer.claims.NAME, and whether the token has it.
func (t *Token) Claim(name string) (string, bool) {
	n, found := slices.BinarySearchFunc(t.Claims, name, func(c Claim, name string) int { return cmp.Compare(c.Name, name) })
	if !found {
		return "", false
	}
	return t.Claims[n].Value, true
}

// Len returns the number of claims.
func (t *Token) Len() int { return len(t.Claims) }

// At returns the claim at that place in the order of names.
func (t *Token) At(i int) (name, value string) { return t.Claims[i].Name, t.Claims[i].Value }

// HasScope reports whether the token has at least one of the scopes, which is what a route demands
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html).
func (t *Token) HasScope(scopes []string) bool {
	return intersect(t.Scopes, scopes)
}

// TrimBearer returns the token of an identity source's value, which is a token or "Bearer " and a token.
func TrimBearer(value []byte) []byte {
	const prefix = "bearer "
	if len(value) >= len(prefix) && strings.EqualFold(string(value[:len(prefix)]), prefix) {
		return value[len(prefix):]
	}
	return value
}

func intersect(a, b []string) bool {
	for _, s := range a {
		if slices.Contains(b, s) {
			return true
		}
	}
	return false
}

// newToken makes a token of one that was verified, whose bytes are copied, and whose time of expiry is known.
func newToken(raw []byte, c claims, expires time.Time) *Token {
	t := &Token{raw: slices.Clone(raw), Expires: expires, Claims: c.strings(), Scopes: c.scopes(), audience: c.audience()}
	t.size = int64(len(raw)) + 400
	for _, claim := range t.Claims {
		t.size += 2 * (int64(len(claim.Name)+len(claim.Value)) + 48) // REST APIs may want them in their own spelling besides
	}
	for _, list := range [][]string{t.Scopes, t.audience} {
		for _, s := range list {
			t.size += int64(len(s)) + 24
		}
	}
	return t
}
