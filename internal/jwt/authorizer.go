package jwt

import (
	"context"
	"slices"
	"time"
)

// Authorizer verifies tokens of some issuers for a list of audiences, or for whatever audience. It does not change and owns
// nothing.
type Authorizer struct {
	issuers     []*issuer
	tokens      *cache
	audience    []string
	anyAudience bool
}

// Verify judges a token, without "Bearer ", as of now, which is usually when the call was received. The error is an
// *[Error]. A token that was verified before costs no signature check and no allocation; another may wait for the
// issuer, as long as ctx lasts and no longer than two fetches take. The token's bytes are not kept.
func (a *Authorizer) Verify(ctx context.Context, token []byte, now time.Time) (*Token, error) {
	t, err := a.verify(ctx, token, now)
	if err != nil {
		return nil, err
	}
	return t, nil
}

func (a *Authorizer) verify(ctx context.Context, token []byte, now time.Time) (*Token, *Error) {
	if len(token) > maxToken {
		return nil, errTooLong
	}
	hash := a.tokens.hash(token)
	if t := a.tokens.get(hash, token); t != nil && slices.Contains(a.issuers, t.issuer) {
		if _, err := t.issuer.keySet(ctx, now); err != nil {
			return nil, err
		}
		if !t.key.revoked.Load() {
			return t, a.check(t, now)
		}
	}
	t, err := a.examine(ctx, token, now)
	if err != nil {
		return nil, err
	}
	t.hash = hash
	a.tokens.put(t, now)
	return t, nil
}

// examine verifies a token from scratch.
func (a *Authorizer) examine(ctx context.Context, token []byte, now time.Time) (*Token, *Error) {
	p, err := parse(token)
	if err != nil {
		return nil, err
	}
	// Before the key is looked for: tokens of others must not make the gateway ask this issuer for their keys.
	issuer := a.issuerOf(p.claims)
	if issuer == nil {
		return nil, errIssuer
	}
	key, err := issuer.find(ctx, now, keyID{p.kid, p.algorithm.kind})
	if err != nil {
		return nil, err
	}
	if !p.algorithm.verifies(key, p.signed, p.signature) {
		return nil, errSignature
	}
	expires, present, ok := p.claims.time("exp")
	if !present || !ok {
		return nil, errNoExpiry
	}
	t := newToken(token, p.claims, expires)
	t.issuer, t.key = issuer, key
	if err := a.check(t, now); err != nil {
		return nil, err
	}
	return t, begun(p.claims, now)
}

// issuerOf returns the one that a token names, nil if it is none of the authorizer's.
func (a *Authorizer) issuerOf(c claims) *issuer {
	iss, _ := c["iss"].(string)
	for _, i := range a.issuers {
		if iss != "" && i.url == iss {
			return i
		}
	}
	return nil
}

// check judges what depends on the authorizer and the time.
func (a *Authorizer) check(t *Token, now time.Time) *Error {
	if !a.anyAudience && !intersect(t.audience, a.audience) {
		return errAudience
	}
	if !now.Before(t.Expires) {
		return errExpired
	}
	return nil
}

// begun judges what stays true once it is.
func begun(c claims, now time.Time) *Error {
	if t, _, ok := c.time("nbf"); !ok || t.After(now) {
		return errNotYetValid
	}
	if t, _, ok := c.time("iat"); !ok || t.After(now) {
		return errNotYetMade
	}
	return nil
}
