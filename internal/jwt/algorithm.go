package jwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha256" // crypto.SHA256
	_ "crypto/sha512" // crypto.SHA384, crypto.SHA512
	"math/big"
)

// algorithm is a way to sign (RFC 7518, section 3).
type algorithm struct {
	name string
	kind keyType
	hash crypto.Hash
	size int // of an ECDSA signature's halves, in bytes
}

// algorithms are all that are accepted.
var algorithms = []algorithm{
	{"RS256", typeRSA, crypto.SHA256, 0},
	{"RS384", typeRSA, crypto.SHA384, 0},
	{"RS512", typeRSA, crypto.SHA512, 0},
	{"ES256", typeP256, crypto.SHA256, 32},
	{"ES384", typeP384, crypto.SHA384, 48},
}

// algorithmNamed returns nil for what is not accepted.
func algorithmNamed(name string) *algorithm {
	for i := range algorithms {
		if algorithms[i].name == name {
			return &algorithms[i]
		}
	}
	return nil
}

// verifies reports whether the key, by this algorithm, made the signature.
func (a *algorithm) verifies(k *key, signed, signature []byte) bool {
	if k.id.kind != a.kind || k.algorithm != "" && k.algorithm != a.name {
		return false
	}
	h := a.hash.New()
	h.Write(signed)
	digest := h.Sum(nil)
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(public, a.hash, digest, signature) == nil
	case *ecdsa.PublicKey:
		if len(signature) != 2*a.size {
			return false
		}
		r, s := new(big.Int).SetBytes(signature[:a.size]), new(big.Int).SetBytes(signature[a.size:])
		return ecdsa.Verify(public, digest, r, s)
	}
	return false
}
