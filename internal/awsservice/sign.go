package awsservice

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

type credentials struct{ keyID, secret, token string }

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	dateFormat = "20060102"
	timeFormat = "20060102T150405Z"
)

var (
	nameAuthorization = []byte("Authorization")
	nameContentType   = []byte("Content-Type")
	nameDate          = []byte("X-Amz-Date")
	nameToken         = []byte("X-Amz-Security-Token")
	nameTarget        = []byte("X-Amz-Target")
)

// sign fills the header, with a Signature Version 4 over all of it
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html). The SDK's signer signs
// requests of net/http, which the data plane does not have; the tests compare with it.
func (r *Request) sign(x *exchange.Exchange, c credentials) {
	k, h := r.call, &x.Integration.Header
	now := k.now().UTC()
	stamp := now.AppendFormat(x.Alloc(len(timeFormat))[:0], timeFormat)
	h.Reset()
	if k.contentType != nil {
		h.Add(nameContentType, k.contentType)
	}
	h.Add(nameDate, stamp)
	if c.token != "" {
		h.Add(nameToken, append(x.Alloc(len(c.token))[:0], c.token...))
	}
	if k.action != nil {
		h.Add(nameTarget, k.action)
	}
	canonical := sha256.Sum256(r.appendCanonical(h))
	b := append(r.canonical[:0], algorithm+"\n"...)
	b = append(append(b, stamp...), '\n')
	b = append(r.appendScope(b, stamp[:len(dateFormat)]), '\n')
	r.canonical = hex.AppendEncode(b, canonical[:])
	mac := hmac.New(sha256.New, k.signingKey(c.secret, r.endpoint.region, now))
	mac.Write(r.canonical)
	h.Add(nameAuthorization, r.authorization(x, h, c.keyID, mac.Sum(nil)))
}

// appendCanonical returns the canonical request. The header's fields have the order that it wants; the path is escaped
// once more than it is sent.
func (r *Request) appendCanonical(h *exchange.Header) []byte {
	b := append(append(r.canonical[:0], r.Method...), '\n')
	for _, c := range r.path {
		if c == '/' {
			b = append(b, c)
			continue
		}
		b = appendByte(b, c)
	}
	b = append(append(append(b, '\n'), r.query...), '\n')
	b = r.eachSigned(b, h, func(b, name, value []byte) []byte {
		return append(append(append(appendLower(b, name), ':'), value...), '\n')
	})
	b = append(appendSigned(append(b, '\n'), r, h), '\n')
	payload := sha256.Sum256(r.body)
	r.canonical = hex.AppendEncode(b, payload[:])
	return r.canonical
}

// eachSigned appends something for every signed field, in the order of their names.
func (r *Request) eachSigned(b []byte, h *exchange.Header, add func(b, name, value []byte) []byte) []byte {
	host := false
	for _, f := range h.Fields() {
		if !host && string(f.Name) != string(nameContentType) {
			b, host = add(b, []byte("host"), r.Host), true
		}
		b = add(b, f.Name, f.Value)
	}
	return b
}

// appendSigned appends the names of the signed fields.
func appendSigned(b []byte, r *Request, h *exchange.Header) []byte {
	start := len(b)
	return r.eachSigned(b, h, func(b, name, _ []byte) []byte {
		if len(b) > start {
			b = append(b, ';')
		}
		return appendLower(b, name)
	})
}

func appendLower(b, name []byte) []byte {
	for _, c := range name {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}

func (r *Request) appendScope(b, date []byte) []byte {
	b = append(append(b, date...), '/')
	b = append(append(b, r.endpoint.region...), '/')
	return append(append(b, r.call.op.service...), "/"+terminator...)
}

func (r *Request) authorization(x *exchange.Exchange, h *exchange.Header, keyID string, signature []byte) []byte {
	date := h.Get("X-Amz-Date")[:len(dateFormat)]
	b := append(append(r.canonical[:0], algorithm+" Credential="...), keyID...)
	b = r.appendScope(append(b, '/'), date)
	b = appendSigned(append(b, ", SignedHeaders="...), r, h)
	r.canonical = hex.AppendEncode(append(b, ", Signature="...), signature)
	return x.Copy(r.canonical)
}

// signingKey is a derived key with what it was derived from.
type signingKey struct {
	secret, region, date string
	key                  []byte
}

// signingKey returns the key of a day. The last one is remembered: it changes once a day, or with credentials.
func (k *Call) signingKey(secret, region string, now time.Time) []byte {
	var date [len(dateFormat)]byte
	now.AppendFormat(date[:0], dateFormat)
	last := k.key.Load()
	if last != nil && last.secret == secret && last.region == region && last.date == string(date[:]) {
		return last.key
	}
	next := &signingKey{secret: secret, region: region, date: string(date[:]), key: []byte("AWS4" + secret)}
	for _, part := range []string{next.date, region, k.op.service, terminator} {
		mac := hmac.New(sha256.New, next.key)
		mac.Write([]byte(part))
		next.key = mac.Sum(nil)
	}
	k.key.Store(next)
	return next.key
}
