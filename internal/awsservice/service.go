package awsservice

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/sigv4"
)

// Service is where requests to an [Address] go, and how they are signed. It is safe for use by many goroutines.
type Service struct {
	// Addr is host and port to dial. Host is the Host field.
	Addr string
	TLS  bool
	Host []byte
	// Base is the path before the service's own; without a slash at its end.
	Base string

	name, region string
	// action and contentType are header values; nil for none.
	action, contentType []byte
	now                 func() time.Time
	signer              atomic.Pointer[sigv4.Signer]
}

// Keys are a key pair with its session token, empty without one.
type Keys struct{ ID, Secret, Token string }

// NewService returns the service of an address: at AWS, or at the configured endpoint, of which a subdomain comes in
// front. Endpoints are by the service's name in signatures. Now is the clock of signatures; nil stands for time.Now.
func NewService(a Address, endpoints map[string]string, now func() time.Time) (*Service, error) {
	s := &Service{name: signingName(a.Service), TLS: true, now: now}
	host, region := a.host()
	s.Addr, s.Host, s.region = host+":443", []byte(host), region
	if text := endpoints[s.name]; text != "" {
		configured, err := parseEndpoint(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		s.Addr, s.TLS, s.Host, s.Base = configured.addr, configured.tls, configured.host, configured.base
		if a.Subdomain != "" {
			s.Host = []byte(a.Subdomain + "." + string(configured.host))
		}
	}
	if prefix, contentType := target(a.Service); prefix != "" && a.Action != "" {
		s.action, s.contentType = []byte(prefix+a.Action), []byte(contentType)
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s, nil
}

// Outgoing is what is signed of a request, besides its header. Path and Query are as they are sent.
type Outgoing struct {
	Method, Path, Query []byte
	Host                []byte
	Body                []byte
}

var (
	nameHash = []byte("X-Amz-Content-Sha256")
	hashSize = hex.EncodedLen(sha256.Size)
)

// Describe says in a few words what is called.
func (s *Service) Describe() string { return s.name + " at " + string(s.Host) }

// Action returns the value of X-Amz-Target, and the content type of what goes with it; nil for services that have none.
func (s *Service) Action() (target, contentType []byte) { return s.action, s.contentType }

// Path returns a path as it must be sent for its signature to be right. S3 computes its own from the path that it has
// decoded, so that every byte has to be escaped as S3 does
// (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
func (s *Service) Path(path []byte) []byte {
	if s.name != "s3" {
		return path
	}
	out := make([]byte, 0, len(path))
	for _, c := range exchange.AppendUnescaped(nil, path, false) {
		if c == '/' {
			out = append(out, c)
			continue
		}
		out = appendByte(out, c)
	}
	return out
}

// Sign completes x.Integration.Header for a request to the service, and signs it with all of that header.
func (s *Service) Sign(x *exchange.Exchange, out Outgoing, keys Keys) error {
	h := &x.Integration.Header
	now := s.now().UTC()
	h.Set(nameDate, now.AppendFormat(x.Alloc(len(timeFormat))[:0], timeFormat))
	if keys.Token != "" {
		h.Set(nameToken, append(x.Alloc(len(keys.Token))[:0], keys.Token...))
	}
	sum := sha256.Sum256(out.Body)
	hash := hex.AppendEncode(x.Alloc(hashSize)[:0], sum[:])
	h.Set(nameHash, hash)
	signer := s.signer.Load()
	if signer == nil || signer.KeyID != keys.ID || signer.Secret != keys.Secret {
		signer = &sigv4.Signer{KeyID: keys.ID, Secret: keys.Secret, Service: s.name, Region: s.region}
		s.signer.Store(signer)
	}
	authorization, err := signer.Sign(&sigv4.Request{
		Method: string(out.Method), Path: string(out.Path), RawQuery: string(out.Query), Host: string(out.Host),
		PayloadHash: string(hash),
		Header: func(yield func(string, string) bool) {
			for _, f := range h.Fields() {
				if !isSigned(f.Name) {
					continue
				}
				if !yield(string(f.Name), string(f.Value)) {
					return
				}
			}
		},
	}, now)
	if err != nil {
		return err
	}
	h.Add(nameAuthorization, append(x.Alloc(len(authorization))[:0], authorization...))
	return nil
}

// isSigned leaves out what proxies on the way may change.
func isSigned(name []byte) bool {
	return !exchange.EqualFold(name, "User-Agent") && !exchange.EqualFold(name, "X-Amzn-Trace-Id") && !exchange.EqualFold(name, "Expect")
}
