package jwt

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
)

func TestParseKey(t *testing.T) {
	type m = map[string]any
	r, ec := rsaKeys()[0], p256Key()
	off := must(json.Marshal(ec.jwk(m{"x": b64(make([]byte, 32))})))
	for name, tc := range map[string]struct {
		key  m
		want string // part of the error; empty for none
	}{
		"RSA":                        {r.jwk(), ""},
		"RSA without use":            {r.jwk(m{"use": ""}), ""},
		"RSA with its algorithm":     {r.jwk(m{"alg": "RS512"}), ""},
		"RSA with key_ops":           {r.jwk(m{"key_ops": []string{"sign", "verify"}}), ""},
		"P-256":                      {ec.jwk(), ""},
		"P-384":                      {p384Key().jwk(m{"alg": "ES384"}), ""},
		"more members":               {r.jwk(m{"x5c": []string{"AAAA"}, "exp": 1}), ""},
		"no kid":                     {r.jwk(m{"kid": ""}), "no kid"},
		"kid is a number":            {r.jwk(m{"kid": 1}), "Kid"},
		"for encryption":             {r.jwk(m{"use": "enc"}), "not for signatures"},
		"operations without verify":  {r.jwk(m{"key_ops": []string{"encrypt"}}), "not for signatures"},
		"no operations":              {r.jwk(m{"key_ops": []string{}}), "not for signatures"},
		"EC algorithm of an RSA key": {r.jwk(m{"alg": "ES256"}), "algorithm"},
		"PS256":                      {r.jwk(m{"alg": "PS256"}), "algorithm"},
		"HS256 of an RSA key":        {r.jwk(m{"alg": "HS256"}), "algorithm"},
		"ES384 of a P-256 key":       {ec.jwk(m{"alg": "ES384"}), "algorithm"},
		"symmetric":                  {m{"kid": "a", "kty": "oct", "k": "AAAA"}, `type "oct"`},
		"Ed25519":                    {m{"kid": "a", "kty": "OKP", "crv": "Ed25519", "x": b64(make([]byte, 32))}, `type "OKP"`},
		"P-521":                      {ec.jwk(m{"crv": "P-521"}), `curve "P-521"`},
		"1,024 bits":                 {shortKey().jwk(), "n: 1024 bits"},
		"16,384 bits":                {r.jwk(m{"n": b64(new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 16384), big.NewInt(1)).Bytes())}), "n: 16384 bits"},
		"even modulus":               {r.jwk(m{"n": b64(new(big.Int).Lsh(big.NewInt(1), 2050).Bytes())}), "even"},
		"no modulus":                 {r.jwk(m{"n": ""}), "n: 0 bits"},
		"modulus in standard base64": {r.jwk(m{"n": "++//"}), "n: "},
		"exponent 1":                 {r.jwk(m{"e": "AQ"}), "e: "},
		"exponent 2":                 {r.jwk(m{"e": "Ag"}), "e: "},
		"exponent 4":                 {r.jwk(m{"e": "BA"}), "e: "},
		"exponent of 40 bits":        {r.jwk(m{"e": b64([]byte{1, 0, 0, 0, 1})}), "e: "},
		"no exponent":                {r.jwk(m{"e": nil}), "e: "},
		"off the curve":              {mustMap(off), "point"},
		"coordinate too short":       {ec.jwk(m{"y": b64(make([]byte, 31))}), "coordinates of 32 and 31"},
		"coordinates of P-384":       {p384Key().jwk(m{"crv": "P-256"}), "coordinates of 48 and 48"},
		"coordinate not base64":      {ec.jwk(m{"y": "!"}), "illegal"},
		"RSA key called EC":          {r.jwk(m{"kty": "EC", "crv": "P-256"}), "coordinates of 0 and 0"},
	} {
		_, err := parseKey(must(json.Marshal(tc.key)))
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

func mustMap(b []byte) map[string]any {
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		panic(err)
	}
	return m
}

// An id may stand for one key of each type; the first counts.
func TestDuplicateIDs(t *testing.T) {
	same := map[string]any{"kid": "same"}
	set := must(json.Marshal(map[string]any{"keys": []any{rsaKeys()[0].jwk(same), p256Key().jwk(same), rsaKeys()[1].jwk(same)}}))
	keys, skipped, err := parseKeys(set)
	if err != nil || len(keys) != 2 || skipped == nil || !strings.Contains(skipped.Error(), "key 2") {
		t.Fatalf("%d keys, %v, %v", len(keys), skipped, err)
	}
	if !keys[keyID{"same", typeRSA}].public.Equal(rsaKeys()[0].private.Public()) || keys[keyID{"same", typeP256}] == nil {
		t.Error("not the first")
	}
}
