package sns

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // SignatureVersion 1
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// signer signs messages. Its key is made when it is first needed.
type signer struct {
	file string

	mu          sync.Mutex
	key         *rsa.PrivateKey
	certificate []byte // PEM
	name        string
}

const (
	keyBits  = 2048
	lifetime = 20 * 365 * 24 * time.Hour
	// certificatePrefix begins the path of the certificate, as on AWS.
	certificatePrefix = "/SimpleNotificationService-"
)

// Certificate returns the PEM file that a path names, if it is that of the key.
func (c *Courier) Certificate(path string) ([]byte, bool) {
	if c.signer.open() != nil || path != c.signer.path() {
		return nil, false
	}
	return c.signer.certificate, true
}

// path is the certificate's, once something has been signed.
func (s *signer) path() string { return certificatePrefix + s.name + ".pem" }

func (s *signer) sign(text string, strong bool) (string, error) {
	if err := s.open(); err != nil {
		return "", err
	}
	hash, sum := crypto.SHA1, sha1.Sum([]byte(text))
	digest := sum[:]
	if strong {
		sum := sha256.Sum256([]byte(text))
		hash, digest = crypto.SHA256, sum[:]
	}
	signature, err := rsa.SignPKCS1v15(nil, s.key, hash, digest)
	return base64.StdEncoding.EncodeToString(signature), err
}

// open reads the file, or makes it.
func (s *signer) open() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key != nil {
		return nil
	}
	text, err := os.ReadFile(s.file)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = s.make()
	}
	if err != nil {
		return err
	}
	key, rest := pem.Decode(text)
	certificate, _ := pem.Decode(rest)
	if key == nil || certificate == nil {
		return fmt.Errorf("%s holds no key and certificate", s.file)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(key.Bytes)
	if err != nil {
		return fmt.Errorf("%s: %w", s.file, err)
	}
	var ok bool
	if s.key, ok = parsed.(*rsa.PrivateKey); !ok {
		return fmt.Errorf("%s: the key is not RSA's", s.file)
	}
	s.certificate = pem.EncodeToMemory(certificate)
	sum := sha256.Sum256(certificate.Bytes)
	s.name = hex.EncodeToString(sum[:16])
	return nil
}

// make writes a new key with its certificate. The file appears whole or not at all.
func (s *signer) make() ([]byte, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "sns.dipylon"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(lifetime), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})...)
	if err := os.MkdirAll(filepath.Dir(s.file), 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(s.file+".tmp", text, 0o600); err != nil {
		return nil, err
	}
	return text, os.Rename(s.file+".tmp", s.file)
}
