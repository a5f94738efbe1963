package jwt

import (
	"context"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// The words marked [AWS] are AWS's (aws-behaviour-http-api.md, fact 7, and access logs reported in public); of the others
// nothing was found.
const (
	wantSegments = "token contains an invalid number of segments" // [AWS], recorded
	wantIssuer   = "issuer does not match"                        // [AWS], reported
	wantAudience = "the token does not have a valid audience"     // [AWS], documented
	wantExpired  = "the token has expired"                        // [AWS], recorded

	wantMalformed = "the token is malformed"
	wantAlgorithm = "the token's signing method is not supported"
	wantCritical  = "the token has critical header parameters that are not supported"
	wantNoKeyID   = "the token does not have a key id"
	wantKey       = "the token's signing key is not known"
	wantSignature = "signature is invalid"
	wantNoExpiry  = "the token does not have an expiration time"
	wantEarly     = "the token is not valid yet"
	wantFuture    = "the token was issued in the future"
	wantLong      = "the token is too long"
)

// hmacWithPublicKey takes what everybody knows for a secret.
func hmacWithPublicKey(p pair, secret []byte, claims map[string]any) string {
	signed := b64([]byte(`{"alg":"HS256","kid":"`+p.kid+`"}`)) + "." + b64(must(json.Marshal(claims)))
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(signed))
	return signed + "." + b64(mac.Sum(nil))
}

func unsigned(header string, claims map[string]any) string {
	return b64([]byte(header)) + "." + b64(must(json.Marshal(claims))) + "."
}

type verifyCase struct{ name, token, want string }

// formCases are about the token's form, algorithm and key.
func formCases(now time.Time) []verifyCase {
	r, other, ec, ec384, short := rsaKeys()[0], rsaKeys()[1], p256Key(), p384Key(), shortKey()
	good := claimsAt(now)
	token := r.sign("RS256", good)
	head, body, signature := cut(token)
	der := must(x509.MarshalPKIXPublicKey(r.private.Public()))
	header := func(m map[string]any) string {
		h := map[string]any{"alg": "RS256", "kid": r.kid}
		for k, v := range m {
			h[k] = v
		}
		return r.signRaw(h, good)
	}
	return []verifyCase{
		{"RS256", token, ""},
		{"RS384", r.sign("RS384", good), ""},
		{"RS512", r.sign("RS512", good), ""},
		{"ES256", ec.sign("ES256", good), ""},
		{"ES384", ec384.sign("ES384", good), ""},
		{"empty", "", wantSegments},
		{"a word", "not-a-token", wantSegments}, // aws-behaviour-http-api.md, fact 7
		{"two segments", head + "." + body, wantSegments},
		{"four segments", token + ".x", wantSegments},
		{"JWE, five segments", token + ".x.y", wantSegments},
		{"empty segments", "..", wantMalformed},
		{"padding", head + "=." + body + "." + signature, wantMalformed},
		{"a line break in the signature", token[:len(token)-4] + "\n" + token[len(token)-4:], wantMalformed},
		{"a line break in the header", head[:4] + "\r\n" + head[4:] + "." + body + "." + signature, wantMalformed},
		{"header is a list", b64([]byte(`[]`)) + "." + body + "." + signature, wantMalformed},
		{"header is null", b64([]byte(`null`)) + "." + body + "." + signature, wantMalformed},
		{"two headers", b64([]byte(`{"alg":"RS256","kid":"rsa-0"}{}`)) + "." + body + "." + signature, wantMalformed},
		{"claims are null", head + "." + b64([]byte(`null`)) + "." + signature, wantMalformed},
		{"nested beyond measure", head + "." + b64([]byte(`{"a":`+strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000)+`}`)) + "." + signature, wantMalformed},
		{"100 KB", token + strings.Repeat("A", 100_000), wantLong},
		{"alg none", unsigned(`{"alg":"none","kid":"rsa-0"}`, good), wantAlgorithm},
		{"alg None", unsigned(`{"alg":"None","kid":"rsa-0"}`, good), wantAlgorithm},
		{"alg absent", unsigned(`{"kid":"rsa-0"}`, good), wantAlgorithm},
		{"alg is a number", unsigned(`{"alg":1,"kid":"rsa-0"}`, good), wantAlgorithm},
		{"alg under another name", unsigned(`{"ALG":"RS256","kid":"rsa-0"}`, good), wantAlgorithm},
		{"PS256", header(map[string]any{"alg": "PS256"}), wantAlgorithm},
		{"ES512", header(map[string]any{"alg": "ES512"}), wantAlgorithm},
		{"EdDSA", header(map[string]any{"alg": "EdDSA"}), wantAlgorithm},
		{"HMAC with the public key as DER", hmacWithPublicKey(r, der, good), wantAlgorithm},
		{"HMAC with the modulus", hmacWithPublicKey(r, r.private.Public().(*rsa.PublicKey).N.Bytes(), good), wantAlgorithm},
		{"crit", header(map[string]any{"crit": []string{"exp"}}), wantCritical},
		{"crit is null", header(map[string]any{"crit": nil}), wantCritical},
		{"kid absent", unsigned(`{"alg":"RS256"}`, good), wantNoKeyID},
		{"kid empty", header(map[string]any{"kid": ""}), wantNoKeyID},
		{"kid is a number", header(map[string]any{"kid": 7}), wantNoKeyID},
		{"kid unknown", header(map[string]any{"kid": "nobody"}), wantKey},
		{"ES256 with an RSA key's id", header(map[string]any{"alg": "ES256"}), wantKey},
		{"RS256 with an EC key's id", header(map[string]any{"kid": ec.kid}), wantKey},
		{"ES384 with a P-256 key's id", ec.sign("ES384", good), wantKey},
		{"RSA key of 1,024 bits", short.sign("RS256", good), wantKey},
		{"HMAC key", unsigned(`{"alg":"RS256","kid":"oct"}`, good), wantKey},
		{"a key for encryption", unsigned(`{"alg":"RS256","kid":"enc"}`, good), wantKey},
		{"another algorithm than the key's own", rsaKeys()[2].sign("RS512", good), wantSignature},
		{"the key's own algorithm", rsaKeys()[2].sign("RS256", good), ""},
		{"no signature", head + "." + body + ".", wantSignature},
		{"signed by another", other.signRaw(map[string]any{"alg": "RS256", "kid": r.kid}, good), wantSignature},
		{"RS384's signature for RS256", head + "." + body + "." + third(r.sign("RS384", good)), wantSignature},
		{"other claims under the signature", head + "." + b64(must(json.Marshal(claimsAt(now, map[string]any{"admin": true})))) + "." + signature, wantSignature},
		{"ES256 signature of zeros", first2(ec.sign("ES256", good)) + "." + b64(make([]byte, 64)), wantSignature},
		{"ES256 signature too short", first2(ec.sign("ES256", good)) + "." + b64(make([]byte, 63)), wantSignature},
		{"ES256 signature in ASN.1", first2(ec.sign("ES256", good)) + "." + b64(append([]byte{0x30, 0x44}, make([]byte, 68)...)), wantSignature},
	}
}

func cut(token string) (head, body, signature string) {
	parts := strings.Split(token, ".")
	return parts[0], parts[1], parts[2]
}

func third(token string) string { _, _, s := cut(token); return s }

func first2(token string) string { return token[:strings.LastIndexByte(token, '.')] }

// claimCases are about claims (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html).
func claimCases(now time.Time) []verifyCase {
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	with := func(members ...map[string]any) string { return rsaKeys()[0].sign("RS256", claimsAt(now, members...)) }
	type m = map[string]any
	return []verifyCase{
		{"iss of another", with(m{"iss": "https://other.example"}), wantIssuer},
		{"iss with a slash more", with(m{"iss": testIssuer + "/"}), wantIssuer},
		{"iss absent", with(m{"iss": "absent"}), wantIssuer},
		{"iss is a list", with(m{"iss": []string{testIssuer}}), wantIssuer},
		{"aud among others", with(m{"aud": []string{"x", testAudience}}), ""},
		{"aud of others", with(m{"aud": []string{"x", "y"}}), wantAudience},
		{"aud in other case", with(m{"aud": "Pets"}), wantAudience},
		{"aud is an empty list", with(m{"aud": []string{}, "client_id": testAudience}), wantAudience},
		{"aud is null", with(m{"aud": nil, "client_id": testAudience}), wantAudience},
		{"aud is a number", with(m{"aud": 7, "client_id": testAudience}), wantAudience},
		{"aud is mixed", with(m{"aud": []any{testAudience, 7}}), wantAudience},
		// API Gateway validates client_id only if aud is not present (http-api-troubleshooting-jwt.html).
		{"client_id", with(m{"aud": "absent", "client_id": testAudience}), ""},
		{"client_id beside aud", with(m{"aud": "x", "client_id": testAudience}), wantAudience},
		{"client_id of another", with(m{"aud": "absent", "client_id": "x"}), wantAudience},
		{"neither", with(m{"aud": "absent"}), wantAudience},
		{"expired", with(m{"exp": at(-time.Second)}), wantExpired},
		{"expires now", with(m{"exp": now.Unix()}), wantExpired},
		{"expires soon", with(m{"exp": at(time.Second)}), ""},
		{"exp with a fraction", with(m{"exp": float64(now.Unix()) + 0.5}), ""},
		{"exp of the far future", with(m{"exp": json.Number("1e300")}), ""},
		{"exp negative", with(m{"exp": -5}), wantExpired},
		{"exp absent", with(m{"exp": "absent"}), wantNoExpiry},
		{"exp is null", with(m{"exp": nil}), wantNoExpiry},
		{"exp is a string", with(m{"exp": "9999999999"}), wantNoExpiry},
		{"nbf past", with(m{"nbf": at(-time.Second)}), ""},
		{"nbf now", with(m{"nbf": now.Unix()}), ""},
		{"nbf to come", with(m{"nbf": at(time.Second)}), wantEarly},
		{"nbf is a string", with(m{"nbf": "0"}), wantEarly},
		{"iat to come", with(m{"iat": at(time.Second)}), wantFuture},
		{"iat is a string", with(m{"iat": "0"}), wantFuture},
		{"iat absent", with(m{"iat": "absent"}), ""},
	}
}

func TestVerify(t *testing.T) {
	now := time.Unix(time.Now().Unix(), 0)
	s, p := start(t, Options{}, rsaKeys()[0], p256Key(), p384Key(), shortKey())
	p.set(func() {
		p.keys = append(p.keys, rsaKeys()[2].jwk(map[string]any{"alg": "RS256"}),
			map[string]any{"kty": "oct", "kid": "oct", "k": "AAAA"}, rsaKeys()[1].jwk(map[string]any{"kid": "enc", "use": "enc"}))
	})
	a := s.forTest()
	for _, tc := range append(formCases(now), claimCases(now)...) {
		t.Run(tc.name, func(t *testing.T) {
			for range 2 { // from scratch, and remembered
				token, err := a.Verify(context.Background(), []byte(tc.token), now)
				if got := description(err); got != tc.want {
					t.Fatalf("%q, want %q", got, tc.want)
				}
				if (token == nil) != (tc.want != "") {
					t.Fatalf("token %v with %v", token, err)
				}
			}
		})
	}
}

func description(err error) string {
	if err == nil {
		return ""
	}
	return err.(*Error).Description //nolint:errorlint // Verify promises this type
}

// $context.authorizer.error (recorded: aws-behaviour-http-api.md, fact 71).
func TestErrorText(t *testing.T) {
	if got := errExpired.Error(); got != "invalid_token: the token has expired" {
		t.Error(got)
	}
}

// A remembered token is judged again by what depends on the authorizer and the time.
func TestRemembered(t *testing.T) {
	now := time.Now()
	s, p := start(t, Options{}, rsaKeys()...)
	a := s.forTest()
	token := []byte(rsaKeys()[0].sign("RS256", claimsAt(now)))
	first, err := a.Verify(context.Background(), token, now)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := a.Verify(context.Background(), token, now); err != nil || second != first {
		t.Errorf("not remembered: %v", err)
	}
	if other, err := s.forTest().Verify(context.Background(), token, now); err != nil || other != first {
		t.Errorf("not remembered for the next program's authorizer: %v", err)
	}
	for name, tc := range map[string]struct {
		config Config
		at     time.Time
		want   string
	}{
		"another audience": {Config{Issuer: testIssuer, Audience: []string{"toys"}}, now, wantAudience},
		"no audience":      {Config{Issuer: testIssuer}, now, wantAudience},
		"another issuer":   {Config{Issuer: testIssuer + "/", Audience: []string{testAudience}}, now, wantIssuer},
		"an hour later":    {Config{Issuer: testIssuer, Audience: []string{testAudience}}, now.Add(time.Hour), wantExpired},
	} {
		if _, err := s.Authorizer(tc.config).Verify(context.Background(), token, tc.at); description(err) != tc.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := p.count(); n != 1 {
		t.Errorf("%d fetches", n)
	}
	token[0] = 'x' // the caller's memory is its own
	if _, err := a.Verify(context.Background(), []byte(rsaKeys()[0].sign("RS256", claimsAt(now))), now); err != nil {
		t.Error(err)
	}
}

func TestRememberedCostsNoAllocation(t *testing.T) {
	now := time.Now()
	s, _ := start(t, Options{}, rsaKeys()[0])
	a, token, ctx := s.forTest(), []byte(rsaKeys()[0].sign("RS256", claimsAt(now))), context.Background()
	if n := testing.AllocsPerRun(100, func() {
		if _, err := a.Verify(ctx, token, now); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// Tokens of other issuers cost this one nothing, nor do malformed ones.
func TestStrangersBringNoFetch(t *testing.T) {
	now := time.Now()
	s, p := start(t, Options{}, rsaKeys()[0])
	for _, token := range []string{"x", "a.b.c", unsigned(`{"alg":"none"}`, claimsAt(now)), rsaKeys()[1].sign("RS256", claimsAt(now, map[string]any{"iss": "https://x"}))} {
		if verdict(s.forTest(), token) == "" {
			t.Errorf("accepted %s", token)
		}
	}
	if p.asked != nil {
		t.Errorf("asked %v", p.asked)
	}
}
