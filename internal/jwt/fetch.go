package jwt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const discoveryPath = "/.well-known/openid-configuration"

// maxRedirects is how many redirects are followed, all of them within one origin.
const maxRedirects = 3

// fetcher reads the documents of issuers, whom it does not trust: an answer must come in time, be of a limited size and
// from the origin that was asked.
type fetcher struct {
	client  *http.Client
	reach   map[string]string
	limit   int64
	timeout time.Duration
}

func newFetcher(o Options) *fetcher {
	if o.Transport == nil {
		o.Transport = &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: o.FetchTimeout}).DialContext,
			MaxIdleConnsPerHost:    1,
			MaxResponseHeaderBytes: 64 << 10,
			IdleConnTimeout:        time.Minute,
			ForceAttemptHTTP2:      true,
		}
	}
	f := &fetcher{reach: map[string]string{}, limit: o.MaxDocument, timeout: o.FetchTimeout}
	for issuer, base := range o.Map {
		f.reach[strings.TrimSuffix(issuer, "/")] = strings.TrimSuffix(base, "/")
	}
	f.client = &http.Client{Transport: o.Transport, CheckRedirect: checkRedirect}
	return f
}

// checkRedirect keeps an issuer from sending the gateway elsewhere.
func checkRedirect(req *http.Request, via []*http.Request) error {
	from := via[0].URL
	if req.URL.Scheme != from.Scheme || req.URL.Host != from.Host {
		return fmt.Errorf("redirected from %s to another origin, %s://%s", from.Host, req.URL.Scheme, req.URL.Host)
	}
	if len(via) > maxRedirects {
		return errors.New("too many redirects")
	}
	return nil
}

// discovery is the part of a discovery document that is of use, and where it was found.
type discovery struct {
	Issuer string `json:"issuer"`
	Keys   string `json:"jwks_uri"`
	from   *url.URL
}

// discover reads an issuer's discovery document. That it names the issuer itself is not demanded, since AWS accepts an
// issuer under another name too (reported: aws/serverless-application-model#1727).
func (f *fetcher) discover(ctx context.Context, issuer string) (*discovery, error) {
	where, err := f.locate(strings.TrimSuffix(issuer, "/") + discoveryPath)
	if err != nil {
		return nil, err
	}
	body, err := f.get(ctx, where)
	if err != nil {
		return nil, err
	}
	d := &discovery{from: where}
	if err := json.Unmarshal(body, d); err != nil {
		return nil, fmt.Errorf("discovery document: %w", err)
	}
	if d.Keys == "" {
		return nil, errors.New("discovery document: no jwks_uri")
	}
	return d, nil
}

// keysOf reads an issuer's key set by way of its discovery document.
func (f *fetcher) keysOf(ctx context.Context, issuer string, log *slog.Logger) (map[keyID]*key, *Error) {
	d, err := f.discover(ctx, issuer)
	if err != nil {
		return nil, &Error{Description: discoveryFailed, Cause: err}
	}
	if d.Issuer != issuer {
		log.Warn("the discovery document is of another issuer", "names", d.Issuer)
	}
	body, err := f.keysAt(ctx, d)
	if err != nil {
		return nil, &Error{Description: keysFailed, Cause: err}
	}
	keys, skipped, err := parseKeys(body)
	if err != nil {
		return nil, &Error{Description: keysFailed, Cause: err}
	}
	if skipped != nil {
		log.Warn("some keys are of no use", "cause", skipped)
	}
	return keys, nil
}

func (f *fetcher) keysAt(ctx context.Context, d *discovery) ([]byte, error) {
	where, err := f.locate(d.Keys)
	if err != nil {
		return nil, fmt.Errorf("jwks_uri: %w", err)
	}
	if d.from.Scheme == "https" && where.Scheme != "https" {
		return nil, errors.New("jwks_uri: not https, while the discovery document is")
	}
	return f.get(ctx, where)
}

// locate returns where a URL is really to be found: that of the longest mapped URL that it is or lies below.
func (f *fetcher) locate(raw string) (*url.URL, error) {
	longest := ""
	for prefix := range f.reach {
		rest, below := strings.CutPrefix(raw, prefix)
		if below && (rest == "" || rest[0] == '/') && len(prefix) >= len(longest) {
			longest = prefix
		}
	}
	if longest != "" {
		raw = f.reach[longest] + raw[len(longest):]
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, err
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("neither an https nor an http URL")
	case u.Host == "" || u.User != nil:
		return nil, errors.New("a URL without host or with credentials")
	}
	return u, nil
}

func (f *fetcher) get(ctx context.Context, from *url.URL) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "dipylon")
	resp, err := f.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: status %d", from, resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, f.limit+1))
	if err != nil {
		return nil, fmt.Errorf("GET %s: %w", from, err)
	}
	if int64(len(body)) > f.limit {
		return nil, fmt.Errorf("GET %s: over %d bytes", from, f.limit)
	}
	return body, nil
}
