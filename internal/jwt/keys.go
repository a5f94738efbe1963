package jwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sync/atomic"
)

// RFC 7518, section 3.3, demands 2,048 bits; more than 8,192 only costs time.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// keyType is what a key can verify: algorithms of another type never see it.
type keyType uint8

const (
	typeRSA keyType = iota + 1
	typeP256
	typeP384
)

// keyID names a key within a set. The type belongs to it, so that a token's algorithm selects among keys of its own type.
type keyID struct {
	kid  string
	kind keyType
}

// key is a public key of an issuer.
type key struct {
	id        keyID
	algorithm string // the only one that it is for; empty if it does not say
	public    publicKey
	// revoked is set when the key went from the issuer's set, for good.
	revoked atomic.Bool
}

// publicKey is *rsa.PublicKey or *ecdsa.PublicKey.
type publicKey interface {
	Equal(crypto.PublicKey) bool
}

func (k *key) equal(other *key) bool {
	return k != nil && k.id == other.id && k.algorithm == other.algorithm && k.public.Equal(other.public)
}

// jwk is a JSON Web Key (RFC 7517, RFC 7518 section 6).
type jwk struct {
	Kty, Kid, Use, Alg, Crv string
	N, E, X, Y              string
	Ops                     []string `json:"key_ops"`
}

// parseKeys reads a key set. Keys of no use here are left out, and skipped says why; of those that share an id the first
// counts. A document without a list of keys is an error; an empty list is none.
func parseKeys(document []byte) (keys map[keyID]*key, skipped, err error) {
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(document, &set); err != nil {
		return nil, nil, fmt.Errorf("key set: %w", err)
	}
	if set.Keys == nil {
		return nil, nil, errors.New("key set: no keys")
	}
	keys = make(map[keyID]*key, len(set.Keys))
	for n, raw := range set.Keys {
		k, err := parseKey(raw)
		if err == nil && keys[k.id] != nil {
			err = errors.New("its id stands for another key already")
		}
		if err != nil {
			if skipped == nil { // one tells enough, and a hostile set has thousands
				skipped = fmt.Errorf("key %d: %w", n, err)
			}
			continue
		}
		keys[k.id] = k
	}
	return keys, skipped, nil
}

func parseKey(raw []byte) (*key, error) {
	var j jwk
	if err := json.Unmarshal(raw, &j); err != nil {
		return nil, err
	}
	if j.Kid == "" {
		return nil, errors.New("no kid")
	}
	if j.Use != "" && j.Use != "sig" || j.Ops != nil && !slices.Contains(j.Ops, "verify") {
		return nil, errors.New("not for signatures")
	}
	public, kind, err := j.public()
	if err != nil {
		return nil, err
	}
	if a := algorithmNamed(j.Alg); j.Alg != "" && (a == nil || a.kind != kind) {
		return nil, fmt.Errorf("algorithm %.20q does not fit or is not supported", j.Alg)
	}
	return &key{id: keyID{j.Kid, kind}, algorithm: j.Alg, public: public}, nil
}

func (j *jwk) public() (publicKey, keyType, error) {
	switch {
	case j.Kty == "RSA":
		public, err := j.rsa()
		return public, typeRSA, err
	case j.Kty == "EC" && j.Crv == "P-256":
		public, err := j.ecdsa(elliptic.P256(), 32)
		return public, typeP256, err
	case j.Kty == "EC" && j.Crv == "P-384":
		public, err := j.ecdsa(elliptic.P384(), 48)
		return public, typeP384, err
	}
	return nil, 0, fmt.Errorf("type %.20q, curve %.20q", j.Kty, j.Crv)
}

func (j *jwk) rsa() (*rsa.PublicKey, error) {
	modulus, err := base64.RawURLEncoding.DecodeString(j.N)
	if err != nil {
		return nil, fmt.Errorf("n: %w", err)
	}
	exponent, err := base64.RawURLEncoding.DecodeString(j.E)
	if err != nil {
		return nil, fmt.Errorf("e: %w", err)
	}
	n, e := new(big.Int).SetBytes(modulus), new(big.Int).SetBytes(exponent)
	if bits := n.BitLen(); bits < minRSABits || bits > maxRSABits || n.Bit(0) == 0 {
		return nil, fmt.Errorf("n: %d bits, or even", bits)
	}
	if e.BitLen() > 31 || e.Int64() < 3 || e.Bit(0) == 0 {
		return nil, errors.New("e: out of range, or even")
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}, nil
}

func (j *jwk) ecdsa(curve elliptic.Curve, size int) (*ecdsa.PublicKey, error) {
	x, errX := base64.RawURLEncoding.DecodeString(j.X)
	y, errY := base64.RawURLEncoding.DecodeString(j.Y)
	if err := errors.Join(errX, errY); err != nil {
		return nil, err
	}
	if len(x) != size || len(y) != size {
		return nil, fmt.Errorf("coordinates of %d and %d bytes", len(x), len(y))
	}
	return ecdsa.ParseUncompressedPublicKey(curve, slices.Concat([]byte{4}, x, y))
}
