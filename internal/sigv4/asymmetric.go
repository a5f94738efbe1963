package sigv4

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"sync"
)

// publicKeys are those that signatures of version 4A are verified by, one for each credential that has sent one.
type publicKeys struct{ byID sync.Map }

func (k *publicKeys) get(c *Credential) (*ecdsa.PublicKey, error) {
	if key, ok := k.byID.Load(c.AccessKeyID); ok {
		return key.(*ecdsa.PublicKey), nil
	}
	private, err := deriveKeyPair(c.AccessKeyID, c.SecretAccessKey)
	if err != nil {
		return nil, err
	}
	k.byID.Store(c.AccessKeyID, &private.PublicKey)
	return &private.PublicKey, nil
}

// deriveKeyPair returns the pair that AWS and its signers derive from an access key: candidates by the counter-mode KDF of
// NIST SP 800-108 until one is below the curve's order less one, and that plus one (FIPS 186-4, appendix B.4.2).
func deriveKeyPair(keyID, secret string) (*ecdsa.PrivateKey, error) {
	curve := elliptic.P256()
	highest := new(big.Int).Sub(curve.Params().N, big.NewInt(2))
	for counter := 1; counter < 255; counter++ {
		fixed := binary.BigEndian.AppendUint32(nil, 1)
		fixed = append(append(fixed, asymmetric...), 0)
		fixed = append(append(fixed, keyID...), byte(counter))
		fixed = binary.BigEndian.AppendUint32(fixed, 256) // bits
		candidate := new(big.Int).SetBytes(mac([]byte("AWS4A"+secret), string(fixed)))
		if candidate.Cmp(highest) > 0 {
			continue
		}
		d := candidate.Add(candidate, big.NewInt(1)).FillBytes(make([]byte, 32))
		return ecdsa.ParseRawPrivateKey(curve, d)
	}
	return nil, fmt.Errorf("sigv4: no key pair can be derived for %q", keyID)
}

// verifies reports whether the signature is one of that text.
func (s *signature) verifies(key *ecdsa.PublicKey, toSign string) bool {
	der, err := hex.DecodeString(s.claim.signature)
	sum := sha256.Sum256([]byte(toSign))
	return err == nil && ecdsa.VerifyASN1(key, sum[:], der)
}

// namesRegion reports whether a region set, names separated by commas in which "*" stands for anything, has a region.
func namesRegion(set, region string) bool {
	for name := range strings.SplitSeq(set, ",") {
		before, after, wild := strings.Cut(strings.TrimSpace(name), "*")
		if !wild && before == region {
			return true
		}
		if wild && len(region) >= len(before)+len(after) && strings.HasPrefix(region, before) && strings.HasSuffix(region, after) {
			return true
		}
	}
	return false
}
