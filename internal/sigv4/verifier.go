package sigv4

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// defaultSkew is how far AWS lets clocks differ.
const defaultSkew = 5 * time.Minute

const unsignedPayload = "UNSIGNED-PAYLOAD"

// Options configure a [Verifier].
type Options struct {
	Credentials []Credential
	// AcceptAny admits every access key id, with any signature and date, as an administrator; the signature must
	// still be well formed. Credentials are then not consulted.
	AcceptAny bool
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// MaxSkew is how old a signature may be, and how far in the future; zero means 5 minutes.
	MaxSkew time.Duration
}

// Verifier verifies signed requests. It is safe for concurrent use.
type Verifier struct {
	credentials map[string]Credential
	acceptAny   bool
	now         func() time.Time
	skew        time.Duration
	keys        keyCache
	publicKeys  publicKeys
}

// NewVerifier returns a Verifier, or an error that says what is wrong with o: no credentials at all, one without id or
// secret, or two with the same id.
func NewVerifier(o Options) (*Verifier, error) {
	v := &Verifier{
		credentials: make(map[string]Credential, len(o.Credentials)),
		acceptAny:   o.AcceptAny,
		now:         o.Now,
		skew:        o.MaxSkew,
	}
	if v.now == nil {
		v.now = time.Now
	}
	if v.skew < 0 {
		return nil, fmt.Errorf("sigv4: clock skew %v is negative", v.skew)
	}
	if v.skew == 0 {
		v.skew = defaultSkew
	}
	for _, c := range o.Credentials {
		if err := c.validate(); err != nil {
			return nil, fmt.Errorf("sigv4: %w", err)
		}
		if _, ok := v.credentials[c.AccessKeyID]; ok {
			return nil, fmt.Errorf("sigv4: access key %q is configured twice", c.AccessKeyID)
		}
		v.credentials[c.AccessKeyID] = c
	}
	if len(v.credentials) == 0 && !v.acceptAny {
		return nil, errors.New("sigv4: no credentials configured")
	}
	return v, nil
}

// Result is what a verified signature tells of a request.
type Result struct {
	// Credential signed the request; its secrets are left out.
	Credential Credential
	// Service, Region and Date (YYYYMMDD) are the credential scope.
	Service, Region, Date string
	// SignedAt is when, in UTC; zero where any signature is accepted and the date cannot be read.
	SignedAt  time.Time
	Presigned bool
	// PayloadHash is the payload's SHA-256 in hexadecimal, or UNSIGNED-PAYLOAD when the signature leaves it open.
	PayloadHash string
}

// Verify verifies r, whose whole payload was read before. Every error is an [*Error].
func (v *Verifier) Verify(r *http.Request, payload []byte) (Result, error) {
	return v.VerifyRequest(FromHTTP(r, payload))
}

// CheckForm reports whether r carries what can be read as a signature, without verifying it; the payload's hash may be
// missing. Every error is an [*Error].
func (v *Verifier) CheckForm(r Request) error {
	q, err := parseQuery(r.RawQuery)
	if err != nil {
		return err
	}
	_, err = readClaim(&r, q, !v.acceptAny)
	return err
}

// VerifyRequest verifies r. Every error is an [*Error]. The checks stand in the order in which AWS makes them.
func (v *Verifier) VerifyRequest(r Request) (Result, error) {
	q, err := parseQuery(r.RawQuery)
	if err != nil {
		return Result{}, err
	}
	c, err := readClaim(&r, q, !v.acceptAny)
	if err != nil {
		return Result{}, err
	}
	signedAt, err := v.checkDate(&c)
	if err != nil {
		return Result{}, err
	}
	s, err := checkForm(&r, &c)
	if err != nil {
		return Result{}, err
	}
	res := Result{Service: s.service, Region: s.region, Date: s.date, SignedAt: signedAt, Presigned: c.presigned}
	if v.acceptAny {
		res.Credential = Credential{AccessKeyID: s.keyID, Name: s.keyID, Role: Admin}
		res.PayloadHash = r.PayloadHash
		return res, s.check(&r, time.Time{})
	}
	if err := s.check(&r, signedAt); err != nil {
		return Result{}, err
	}
	res.PayloadHash = payloadHash(&r, q, s.service)
	res.Credential, err = v.authenticate(&r, &signature{claim: c, scope: s, query: q, at: signedAt, payload: res.PayloadHash})
	if err != nil {
		return Result{}, err
	}
	return res, nil
}

// checkDate reads the signing time and, unless anything is accepted, holds it against the clock.
func (v *Verifier) checkDate(c *claim) (time.Time, error) {
	t, err := c.signedAt()
	if v.acceptAny {
		return t, nil
	}
	if err != nil {
		return t, err
	}
	return t, c.checkWindow(t, v.now(), v.skew)
}

// checkForm holds a claim against what every signature must have and returns its scope.
func checkForm(r *Request, c *claim) (scope, error) {
	if !slices.Contains(c.signedHeaders, "host") && !slices.Contains(c.signedHeaders, ":authority") {
		return scope{}, refuse(InvalidSignature, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	// A signature of version 4A names no region, so only those who know theirs can take one.
	if c.algorithm != algorithm && (c.algorithm != asymmetric || r.Region == "") {
		return scope{}, refusef(Incomplete, "Unsupported AWS 'algorithm': '%s' (only AWS4-HMAC-SHA256 for now). ", c.algorithm)
	}
	if h := r.first("X-Amz-Content-Sha256"); strings.HasPrefix(h, "STREAMING-") {
		return scope{}, refusef(UnsupportedPayload, "The x-amz-content-sha256 form '%s' is not supported: sign the whole payload.", h)
	}
	s, err := parseScope(c.credential, c.algorithm)
	if s.asymmetric && namesRegion(c.regions, r.Region) {
		s.region = r.Region
	}
	return s, err
}

// payloadHash returns what stands for the payload in the canonical request: its true hash, whatever the caller claims,
// and so a payload that differs from the claim is a wrong signature. Only S3 lets callers leave it open; execute-api
// refuses UNSIGNED-PAYLOAD (aws/aws-sdk-js-v3 issue 308).
func payloadHash(r *Request, q query, service string) string {
	if service != "s3" {
		return r.PayloadHash
	}
	claimed, _ := q.get("X-Amz-Content-Sha256")
	if h := r.first("X-Amz-Content-Sha256"); h != "" {
		claimed = h
	}
	if claimed == unsignedPayload {
		return unsignedPayload
	}
	return r.PayloadHash
}

// signature is a claim with everything that its verification takes.
type signature struct {
	claim   claim
	scope   scope
	query   query
	at      time.Time
	payload string
}

// authenticate finds the credential and compares signatures, then session tokens.
func (v *Verifier) authenticate(r *Request, s *signature) (Credential, error) {
	c, ok := v.credentials[s.scope.keyID]
	if !ok {
		return Credential{}, invalidToken()
	}
	headers, err := canonicalHeaders(r, s.claim.signedHeaders)
	if err != nil {
		return Credential{}, err
	}
	if err := v.compare(r, s, headers, &c); err != nil {
		return Credential{}, err
	}
	if subtle.ConstantTimeCompare([]byte(s.claim.token), []byte(c.SessionToken)) != 1 {
		return Credential{}, invalidToken()
	}
	if !c.Expires.IsZero() && !v.now().Before(c.Expires) {
		return Credential{}, refuse(ExpiredToken, "The security token included in the request is expired")
	}
	return c.public(), nil
}

// compare compares by the algorithm that was used.
func (v *Verifier) compare(r *Request, s *signature, headers string, c *Credential) error {
	if s.scope.asymmetric {
		key, err := v.publicKeys.get(c)
		if err != nil {
			return refuse(UnknownClient, err.Error())
		}
		return s.compare(r, headers, func(toSign string) bool { return s.verifies(key, toSign) })
	}
	key, cached := v.keys.get(s.scope)
	if !cached {
		key = deriveKey(c.SecretAccessKey, s.scope)
	}
	if err := s.compare(r, headers, func(toSign string) bool { return s.matches(key, toSign) }); err != nil {
		return err
	}
	if !cached {
		v.keys.put(s.scope, key)
	}
	return nil
}

func invalidToken() error {
	return refuse(UnknownClient, "The security token included in the request is invalid.")
}

// compare accepts a signature over the documented canonical request or one of its alternatives.
func (s *signature) compare(r *Request, headers string, matches func(toSign string) bool) error {
	sent, normal := r.Path, r.Path
	if sent == "" {
		sent, normal = "/", "/"
	}
	if s.scope.service != "s3" {
		sent, normal = escape(sent, true), escape(normalize(normal), true)
	}
	documented := form{normal, s.query.canonical(byEscaped)}
	canonical, toSign := s.texts(r, headers, documented)
	if matches(toSign) {
		return nil
	}
	for _, f := range alternatives(documented, sent, s.query) {
		if _, alternative := s.texts(r, headers, f); matches(alternative) {
			return nil
		}
	}
	return refusef(InvalidSignature, mismatch+"\n\nThe Canonical String for this request should have been\n'%s'"+
		"\n\nThe String-to-Sign should have been\n'%s'\n", canonical, toSign)
}

const mismatch = "The request signature we calculated does not match the signature you provided. " +
	"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."

// texts returns the canonical request and the string to sign.
func (s *signature) texts(r *Request, headers string, f form) (canonical, toSign string) {
	canonical = strings.Join([]string{
		r.Method, f.path, f.query, headers, strings.Join(s.claim.signedHeaders, ";"), s.payload,
	}, "\n")
	sum := sha256.Sum256([]byte(canonical))
	toSign = strings.Join([]string{
		s.claim.algorithm, s.at.Format(basicFormat), s.scope.String(), hex.EncodeToString(sum[:]),
	}, "\n")
	return canonical, toSign
}

// matches compares in constant time.
func (s *signature) matches(key []byte, toSign string) bool {
	want := hex.EncodeToString(mac(key, toSign))
	return subtle.ConstantTimeCompare([]byte(want), []byte(s.claim.signature)) == 1
}
