// Package objects reads objects of S3-compatible servers: the zips of functions and layers
// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).
//
// It stands under the control plane of functions, which owns the interface that it fills. It may import sigv4.
package objects

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/sigv4"
)

// Options configure a [Client].
type Options struct {
	// Endpoint is the server's URL; empty for AWS's own in the object's region.
	Endpoint string
	// Credentials returns the key pair of a role. An empty token is left out; ok is false for a role that has none.
	Credentials func(roleARN string) (keyID, secret, token string, ok bool)
	// Now is the clock of signatures; nil stands for time.Now.
	Now func() time.Time
}

// Client reads objects. It is safe for use by many goroutines.
type Client struct {
	opts Options
	http *http.Client
}

// Object names an object, and the role whose key pair reads it.
type Object struct {
	Region, Bucket, Key, Version, Role string
}

// Error is the server's answer in place of an object.
type Error struct {
	Code    string `xml:"Code"`
	Message string `xml:"Message"`
}

// Error implements error.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// timeout bounds the whole of a download.
const timeout = time.Minute

// New returns a client.
func New(o Options) *Client {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Client{
		opts: o,
		http: &http.Client{
			Timeout:       timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the signature is for one host
		},
	}
}

// Close ends idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Get reads an object of at most limit bytes. An [*Error] is what the server, or the configuration, has against it.
func (c *Client) Get(ctx context.Context, o Object, limit int64) ([]byte, error) {
	r, err := c.request(ctx, o)
	if err != nil {
		return nil, err
	}
	answer, err := c.http.Do(r)
	if err != nil {
		var at *url.Error
		if errors.As(err, &at) {
			err = at.Err // without the URL, which names the version and nothing else that the caller does not know
		}
		return nil, &Error{"ServiceUnavailable", "the endpoint of s3 could not be reached: " + err.Error()}
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, refusal(answer)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, limit+1))
	switch {
	case err != nil:
		return nil, &Error{"IncompleteBody", "the object could not be read to its end"}
	case int64(len(body)) > limit:
		return nil, &Error{"EntityTooLarge", fmt.Sprintf("the object has more than %d bytes", limit)}
	}
	return body, nil
}

// emptySHA256 is the digest of no body.
const emptySHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func (c *Client) request(ctx context.Context, o Object) (*http.Request, error) {
	keyID, secret, token, ok := c.opts.Credentials(o.Role)
	if !ok {
		return nil, &Error{"AccessDenied", "no key pair reads from S3 for the role " + o.Role + ": name one in the setting aws-credentials"}
	}
	base := c.opts.Endpoint
	if base == "" {
		base = "https://s3." + o.Region + ".amazonaws.com"
	}
	target := strings.TrimRight(base, "/") + "/" + url.PathEscape(o.Bucket) + "/" + escapeKey(o.Key)
	if o.Version != "" {
		target += "?versionId=" + url.QueryEscape(o.Version)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	now := c.opts.Now()
	r.Header.Set("X-Amz-Content-Sha256", emptySHA256)
	r.Header.Set("X-Amz-Date", sigv4.SigningTime(now))
	if token != "" {
		r.Header.Set("X-Amz-Security-Token", token)
	}
	signer := sigv4.Signer{KeyID: keyID, Secret: secret, Service: "s3", Region: o.Region}
	authorization, err := signer.Sign(&sigv4.Request{
		Method: r.Method, Path: r.URL.EscapedPath(), RawQuery: r.URL.RawQuery, Host: r.URL.Host, PayloadHash: emptySHA256,
		Header: func(yield func(name, value string) bool) {
			for name, values := range r.Header {
				if !yield(name, values[0]) {
					return
				}
			}
		},
	}, now)
	r.Header.Set("Authorization", authorization)
	return r, err
}

// escapeKey keeps the slashes of a key.
func escapeKey(key string) string {
	const unreserved = "-_.~/"
	var b strings.Builder
	for i := range len(key) {
		c := key[i]
		alnum := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if alnum || strings.IndexByte(unreserved, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// refusal reads the server's words; a server that has none gets the status as its code.
func refusal(answer *http.Response) error {
	const longest = 64 << 10
	e := &Error{Code: strings.ReplaceAll(http.StatusText(answer.StatusCode), " ", ""), Message: answer.Status}
	body, err := io.ReadAll(io.LimitReader(answer.Body, longest))
	if err == nil {
		var read Error
		if xml.Unmarshal(body, &read) == nil && read.Code != "" {
			return &read
		}
	}
	return e
}
