package jwt

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Options configure [Issuers]. The zero value of each field stands for its default.
type Options struct {
	// Transport carries the requests to issuers; the default is one of its own that heeds HTTP_PROXY and its kin.
	Transport http.RoundTripper
	// Map says where URLs are really to be found: an issuer, such as
	// https://cognito-idp.eu-west-1.amazonaws.com/POOL, to the base URL that is asked instead. It holds for the
	// discovery document and for key sets below the issuer's URL; tokens still name the issuer itself.
	Map map[string]string
	// Log gets failed fetches and changes of keys; nothing is logged by default.
	Log *slog.Logger
	// MaxTokens and MaxTokenBytes bound the cache of verified tokens (65,536 tokens, rounded up to a power of two; 64 MiB).
	MaxTokens     int
	MaxTokenBytes int64
	// MaxDocument limits a discovery document and a key set (150,000 bytes, as on AWS).
	MaxDocument int64
	// FetchTimeout bounds each of the two fetches (1,500 ms, as on AWS).
	FetchTimeout time.Duration
	// KeyLifetime is how long a key set serves before it must be renewed (2 h, as on AWS).
	KeyLifetime time.Duration
	// MaxStale is how long after its fetch the last good key set serves while the issuer cannot be reached (24 h).
	MaxStale time.Duration
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	setDefault(&o.MaxTokens, 1<<16)
	setDefault(&o.MaxTokenBytes, 64<<20)
	setDefault(&o.MaxDocument, 150_000)
	setDefault(&o.FetchTimeout, 1500*time.Millisecond)
	setDefault(&o.KeyLifetime, 2*time.Hour)
	setDefault(&o.MaxStale, 24*time.Hour)
	o.MaxStale = max(o.MaxStale, o.KeyLifetime)
	return o
}

func setDefault[T int | int64 | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

// Issuers is what is known of OpenID issuers: their keys, and the tokens verified with them. An issuer that was asked
// about once is remembered, with a few kilobytes, as long as the server runs.
type Issuers struct {
	options Options
	fetch   *fetcher
	tokens  *cache

	ctx    context.Context // ends fetches that are under way
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	mu     sync.Mutex
	closed bool
	byURL  map[string]*issuer
}

// New returns Issuers that know none yet.
func New(o Options) *Issuers {
	o = o.withDefaults()
	s := &Issuers{options: o, fetch: newFetcher(o), tokens: newCache(o.MaxTokens, o.MaxTokenBytes), byURL: map[string]*issuer{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Close ends the fetches that are under way and waits for them. Tokens that need one are refused from then on.
func (s *Issuers) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.tasks.Wait()
	s.fetch.client.CloseIdleConnections()
}

// Config is an authorizer's JwtConfiguration.
type Config struct {
	Issuer   string
	Audience []string
}

// Authorizer returns a verifier of the tokens of one issuer. It is cheap and contacts nobody; all that are asked for share
// the issuer's keys and verified tokens.
func (s *Issuers) Authorizer(c Config) *Authorizer {
	return &Authorizer{issuers: []*issuer{s.issuer(c.Issuer)}, tokens: s.tokens, audience: c.Audience}
}

// Pools returns a verifier of the tokens of any of these issuers, which are Cognito user pools, for whatever audience.
func (s *Issuers) Pools(urls []string) *Authorizer {
	a := &Authorizer{tokens: s.tokens, anyAudience: true}
	for _, url := range urls {
		a.issuers = append(a.issuers, s.issuer(url))
	}
	return a
}

// Probe contacts an issuer as CreateAuthorizer does: it must offer a discovery document that names a key set. The error
// is a *[ProbeError]. Nothing is remembered.
func (s *Issuers) Probe(ctx context.Context, issuer string) error {
	if _, err := s.fetch.discover(ctx, issuer); err != nil {
		return &ProbeError{Issuer: issuer, Cause: err}
	}
	return nil
}

func (s *Issuers) issuer(url string) *issuer {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.byURL[url]
	if i == nil {
		i = &issuer{url: url, owner: s, log: s.options.Log.With("issuer", url)}
		s.byURL[url] = i
	}
	return i
}

// spawn runs the task in the background, unless the Issuers are closed.
func (s *Issuers) spawn(task func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.tasks.Go(task)
	return true
}
