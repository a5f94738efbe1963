package sigv4

import (
	"encoding/hex"
	"iter"
	"slices"
	"strings"
	"time"
)

// Signer signs requests by a key pair, for one service in one region. It is safe for use by many goroutines.
type Signer struct {
	KeyID, Secret   string
	Service, Region string

	keys keyCache
}

// SigningTime is what the header X-Amz-Date says of a request that is signed at that time.
func SigningTime(at time.Time) string { return at.UTC().Format(basicFormat) }

// Sign returns the header Authorization of a request that is signed at that time. It covers Host and all fields of the
// request's header, among which must be X-Amz-Date, and X-Amz-Security-Token if there is a token.
func (s *Signer) Sign(r *Request, at time.Time) (string, error) {
	at = at.UTC()
	sig := signature{
		claim:   claim{algorithm: algorithm, signedHeaders: signedNames(r.Header)},
		scope:   scope{keyID: s.KeyID, date: at.Format(dayFormat), region: s.Region, service: s.Service, terminator: terminator},
		at:      at,
		payload: r.PayloadHash,
	}
	var err error
	if sig.query, err = parseQuery(r.RawQuery); err != nil {
		return "", err
	}
	headers, err := canonicalHeaders(r, sig.claim.signedHeaders)
	if err != nil {
		return "", err
	}
	path := r.Path
	if s.Service != "s3" {
		path = escape(normalize(path), true)
	}
	key, cached := s.keys.get(sig.scope)
	if !cached {
		key = deriveKey(s.Secret, sig.scope)
		s.keys.put(sig.scope, key)
	}
	_, toSign := sig.texts(r, headers, form{path: path, query: sig.query.canonical(byEscaped)})
	return algorithm + " Credential=" + s.KeyID + "/" + sig.scope.String() + ", SignedHeaders=" +
		strings.Join(sig.claim.signedHeaders, ";") + ", Signature=" + hex.EncodeToString(mac(key, toSign)), nil
}

// signedNames returns host and the names of a header, as they are signed.
func signedNames(header iter.Seq2[string, string]) []string {
	names := []string{"host"}
	for name := range header {
		names = append(names, strings.ToLower(name))
	}
	slices.Sort(names)
	return slices.Compact(names)
}
