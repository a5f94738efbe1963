package upstream

import (
	"crypto/tls"
	"net"
	"sync/atomic"
)

// Target is a back end's address. Fill it once, when the route is compiled, and share it between calls: it remembers
// where its connections are. Targets that are equal share their connections, so a route that is compiled anew
// goes on with the old ones.
type Target struct {
	// Addr is host and port to dial; a name is resolved each time a connection is made.
	Addr string
	// TLS encrypts. ServerName is the name to ask for and to verify; empty for Addr's host.
	TLS        bool
	ServerName string
	// InsecureSkipVerify accepts any certificate.
	InsecureSkipVerify bool
	// Certificate is shown to back ends that ask for one. Targets compare it by pointer.
	Certificate *tls.Certificate

	pool atomic.Pointer[pool]
}

type key struct {
	addr, serverName string
	tls, insecure    bool
	certificate      *tls.Certificate
}

func (t *Target) key() key {
	k := key{addr: t.Addr}
	if t.TLS {
		k.tls, k.insecure, k.serverName, k.certificate = true, t.InsecureSkipVerify, t.ServerName, t.Certificate
	}
	return k
}

// poolFor returns the target's pool, creating it if need be.
func (c *Client) poolFor(t *Target) (*pool, error) {
	if p := t.pool.Load(); p != nil && p.client == c && !p.gone.Load() {
		return p, nil
	}
	k := t.key()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, ErrClosed
	}
	p := c.pools[k]
	if p == nil {
		p = &pool{client: c, key: k, tls: c.tlsConfig(k), used: c.tick.Load()}
		c.pools[k] = p
	}
	t.pool.Store(p)
	return p, nil
}

// tlsConfig gives each target a session cache of its own: a session resumed under another client certificate or
// another idea of verification would carry over what it must not.
func (c *Client) tlsConfig(k key) *tls.Config {
	if !k.tls {
		return nil
	}
	cfg := c.opts.TLS.Clone()
	cfg.NextProtos = []string{"http/1.1"}
	cfg.ClientSessionCache = tls.NewLRUClientSessionCache(sessionsPerTarget)
	if cfg.ServerName = k.serverName; cfg.ServerName == "" {
		cfg.ServerName = k.addr
		if host, _, err := net.SplitHostPort(k.addr); err == nil {
			cfg.ServerName = host
		}
	}
	if k.insecure {
		cfg.InsecureSkipVerify = true
	}
	if k.certificate != nil {
		cfg.Certificates = []tls.Certificate{*k.certificate}
	}
	return cfg
}

const sessionsPerTarget = 8
