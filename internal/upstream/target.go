package upstream

import (
	"crypto/tls"
	"crypto/x509"
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
	// AnyAuthority accepts certificates of authorities that are not known, if they are valid otherwise.
	AnyAuthority bool
	// Certificate is shown to back ends that ask for one.
	Certificate *tls.Certificate

	pool atomic.Pointer[pool]
}

type key struct {
	addr, serverName  string
	tls, anyAuthority bool
	// certificate is what the one that is shown says, which belongs to one private key.
	certificate string
}

func (t *Target) key() key {
	k := key{addr: t.Addr}
	if t.TLS {
		k.tls, k.anyAuthority, k.serverName = true, t.AnyAuthority, t.ServerName
		if t.Certificate != nil && len(t.Certificate.Certificate) > 0 {
			k.certificate = string(t.Certificate.Certificate[0])
		}
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
		p = &pool{client: c, key: k, tls: c.tlsConfig(k, t.Certificate), used: c.tick.Load()}
		c.pools[k] = p
	}
	t.pool.Store(p)
	return p, nil
}

// tlsConfig gives each target a session cache of its own: a session resumed under another client certificate or
// another idea of verification would carry over what it must not.
func (c *Client) tlsConfig(k key, certificate *tls.Certificate) *tls.Config {
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
	if k.anyAuthority {
		cfg.InsecureSkipVerify, cfg.VerifyConnection = true, verifyWithoutAuthority(cfg.ServerName)
	}
	if k.certificate != "" {
		cfg.Certificates = []tls.Certificate{*certificate}
	}
	return cfg
}

// verifyWithoutAuthority checks names, dates and signatures, with what the back end sends as the authorities.
func verifyWithoutAuthority(serverName string) func(tls.ConnectionState) error {
	return func(s tls.ConnectionState) error {
		sent := x509.NewCertPool()
		for _, certificate := range s.PeerCertificates {
			sent.AddCert(certificate)
		}
		_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{DNSName: serverName, Roots: sent})
		return err
	}
}

const sessionsPerTarget = 8
