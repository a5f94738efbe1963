package dataplane

import (
	"crypto/tls"
	"crypto/x509"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func certificates(t *testing.T, dir string, now time.Time) *Certificates {
	t.Helper()
	c, err := openCertificates(dir, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func leaf(t *testing.T, c *Certificates, name string) *x509.Certificate {
	t.Helper()
	cert, err := c.GetCertificate(&tls.ClientHelloInfo{ServerName: name})
	if err != nil {
		t.Fatal(err)
	}
	return cert.Leaf
}

func TestCertificatesVerify(t *testing.T) {
	now := time.Now()
	c := certificates(t, filepath.Join(t.TempDir(), "tls"), now)
	roots := x509.NewCertPool()
	roots.AddCert(c.authority)
	for _, tc := range []struct {
		name string // as the client asks and verifies
		ok   bool
	}{
		{"localhost", true},
		{"api.localhost", true},
		{"ABC123.execute-api.localhost", true},
		{"abc123.execute-api.eu-west-1.localhost", true},
		{"abc123.execute-api.eu-west-1.localhost.", true},
		{"api.example.com", false},
		{"localhost.example.com", false},
		{"notlocalhost", false},
	} {
		verified := leaf(t, c, tc.name)
		_, err := verified.Verify(x509.VerifyOptions{DNSName: tc.name, Roots: roots, CurrentTime: now})
		if (err == nil) != tc.ok {
			t.Errorf("%s: verify gives %v", tc.name, err)
		}
	}
	for _, ip := range []string{"127.0.0.1", "::1"} {
		if _, err := leaf(t, c, "").Verify(x509.VerifyOptions{DNSName: ip, Roots: roots, CurrentTime: now}); err != nil {
			t.Errorf("%s: %v", ip, err)
		}
	}
}

// A stolen authority cannot speak for other sites.
func TestAuthorityIsConstrained(t *testing.T) {
	c := certificates(t, t.TempDir(), time.Now())
	forged, err := c.issue("example.com")
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(c.authority)
	if _, err := forged.Leaf.Verify(x509.VerifyOptions{DNSName: "example.com", Roots: roots}); err == nil {
		t.Fatal("a certificate for example.com verifies")
	}
	ip := c.authority.PermittedIPRanges
	if len(ip) != 2 || !ip[0].Contains(net.IPv4(127, 0, 0, 1)) || ip[0].Contains(net.IPv4(10, 0, 0, 1)) {
		t.Fatalf("permitted addresses: %v", ip)
	}
}

func TestCertificatesAreKeptAndRenewed(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	first := certificates(t, dir, now)
	if again := certificates(t, dir, now); !again.authority.Equal(first.authority) {
		t.Fatal("a second start made another authority")
	}
	if info, err := os.Stat(filepath.Join(dir, keyFile)); err != nil || info.Mode().Perm() != fs.FileMode(0o600) {
		t.Fatalf("key file: %v %v", info.Mode(), err)
	}
	if issued := leaf(t, first, "a.localhost"); issued != leaf(t, first, "a.localhost") {
		t.Fatal("a second handshake issued another certificate")
	}
	first.now = func() time.Time { return now.Add(leafLife) }
	if got := leaf(t, first, "a.localhost"); got.NotAfter.Before(now.Add(leafLife)) {
		t.Fatal("an expired certificate was served")
	}
	if later := certificates(t, dir, now.Add(authorityLife)); later.authority.Equal(first.authority) {
		t.Fatal("an expired authority was kept")
	}
}

func TestCertificatesCacheIsBounded(t *testing.T) {
	c := certificates(t, t.TempDir(), time.Now())
	for i := range maxIssued {
		c.issued[string(rune(i))] = &tls.Certificate{}
	}
	leaf(t, c, "a.localhost")
	if len(c.issued) > maxIssued {
		t.Fatalf("%d certificates are kept", len(c.issued))
	}
}

func TestBrokenAuthorityIsNotOverwritten(t *testing.T) {
	dir := t.TempDir()
	certificates(t, dir, time.Now())
	path := filepath.Join(dir, authorityFile)
	if err := os.WriteFile(path, []byte("not PEM"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenCertificates(dir); err == nil {
		t.Fatal("a broken file was accepted or replaced")
	}
	if b, _ := os.ReadFile(path); string(b) != "not PEM" {
		t.Fatal("the file was changed")
	}
}

func TestTLSFilesNamesMissingFile(t *testing.T) {
	if _, err := TLSFiles("/nonexistent.pem", "/nonexistent-key.pem"); err == nil {
		t.Fatal("no error")
	}
}
