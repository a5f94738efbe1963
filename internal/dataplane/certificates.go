package dataplane

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Certificates issues a certificate for each name under localhost that a client asks for, from an authority of its own
// which is kept in a directory. A certificate made once could not do: a wildcard stands for one label only, and the URLs of
// APIs have several (abc123.execute-api.eu-west-1.localhost).
//
// Users may trust the authority's ca.pem. It can vouch for localhost and the loopback addresses only, so a stolen key is of
// no use against any other site.
type Certificates struct {
	authority *x509.Certificate
	key       *ecdsa.PrivateKey
	now       func() time.Time

	mu     sync.Mutex
	issued map[string]*tls.Certificate
}

// Files in the directory; the key's mode is 0600.
const (
	authorityFile = "ca.pem"
	keyFile       = "ca-key.pem"
)

const (
	authorityLife = 10 * 365 * 24 * time.Hour
	leafLife      = 90 * 24 * time.Hour
	renewBefore   = 24 * time.Hour
	maxIssued     = 1024
)

// OpenCertificates loads the authority from dir, or makes one if there is none or it has expired.
func OpenCertificates(dir string) (*Certificates, error) { return openCertificates(dir, time.Now) }

func openCertificates(dir string, now func() time.Time) (*Certificates, error) {
	c := &Certificates{now: now, issued: map[string]*tls.Certificate{}}
	err := c.load(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && c.stale(c.authority) {
		err = c.create(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("certificate authority in %s: %w", dir, err)
	}
	return c, nil
}

// Config returns a configuration that serves the certificates.
func (c *Certificates) Config() *tls.Config {
	return &tls.Config{GetCertificate: c.GetCertificate, MinVersion: tls.VersionTLS12}
}

// TLSFiles returns a configuration that serves the user's own certificate, in PEM, to every client.
func TLSFiles(certFile, keyFile string) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// GetCertificate returns the certificate for the name that the client asks for. Without a name, and for names that are not
// under localhost, it is the one for localhost and the loopback addresses.
func (c *Certificates) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
	if !strings.HasSuffix(name, ".localhost") {
		name = "localhost"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if cert := c.issued[name]; cert != nil && !c.stale(cert.Leaf) {
		return cert, nil
	}
	cert, err := c.issue(name)
	if err != nil {
		return nil, err
	}
	if len(c.issued) >= maxIssued {
		clear(c.issued) // someone invents names; those in use are back after one handshake
	}
	c.issued[name] = cert
	return cert, nil
}

func (c *Certificates) stale(cert *x509.Certificate) bool {
	return c.now().Add(renewBefore).After(cert.NotAfter)
}

func (c *Certificates) issue(name string) (*tls.Certificate, error) {
	template, err := c.template(name, leafLife)
	if err != nil {
		return nil, err
	}
	template.DNSNames = []string{name}
	if name == "localhost" {
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, c.authority, &key.PublicKey, c.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	return &tls.Certificate{Certificate: [][]byte{der, c.authority.Raw}, PrivateKey: key, Leaf: leaf}, err
}

func (c *Certificates) template(name string, life time.Duration) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	return &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{Organization: []string{"Dipylon"}, CommonName: commonName(name)},
		NotBefore:             c.now().Add(-time.Hour), // clocks differ
		NotAfter:              c.now().Add(life),
		BasicConstraintsValid: true,
	}, nil
}

// commonName leaves out what X.509 has no room for; names are verified elsewhere.
func commonName(name string) string {
	if len(name) > 64 {
		return ""
	}
	return name
}

func (c *Certificates) load(dir string) error {
	certPEM, err := os.ReadFile(filepath.Join(dir, authorityFile))
	if err != nil {
		return err
	}
	keyPEM, err := os.ReadFile(filepath.Join(dir, keyFile))
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return err
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok || !pair.Leaf.IsCA {
		return errors.New("not an authority made by Dipylon; move the files away to have one made")
	}
	c.authority, c.key = pair.Leaf, key
	return nil
}

func (c *Certificates) create(dir string) error {
	template, err := c.template("Dipylon local authority", authorityLife)
	if err != nil {
		return err
	}
	template.IsCA, template.MaxPathLenZero = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	template.PermittedDNSDomainsCritical = true
	template.PermittedDNSDomains = []string{"localhost"}
	template.PermittedIPRanges = []*net.IPNet{
		{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)},
		{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := writePEM(filepath.Join(dir, keyFile), "PRIVATE KEY", keyDER, 0o600); err != nil {
		return err
	}
	if err := writePEM(filepath.Join(dir, authorityFile), "CERTIFICATE", der, 0o644); err != nil {
		return err
	}
	return c.load(dir)
}

// writePEM replaces the file as a whole, so that a crash leaves no half of one.
func writePEM(path, kind string, der []byte, mode fs.FileMode) error {
	tmp := path + ".new"
	if err := os.WriteFile(tmp, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}
