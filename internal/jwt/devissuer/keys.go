package devissuer

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
)

const pemType = "PRIVATE KEY"

// signer is a private key with its id and algorithm.
type signer struct {
	kid, algorithm string
	private        crypto.Signer // *rsa.PrivateKey or *ecdsa.PrivateKey on P-256
}

// newSigner names the key by a hash of its public part.
func newSigner(private any) (*signer, error) {
	s := &signer{}
	switch private := private.(type) {
	case *rsa.PrivateKey:
		s.algorithm, s.private = "RS256", private
	case *ecdsa.PrivateKey:
		if private.Curve != elliptic.P256() {
			return nil, errors.New("a curve other than P-256")
		}
		s.algorithm, s.private = "ES256", private
	default:
		return nil, fmt.Errorf("a key of type %T", private)
	}
	der, err := x509.MarshalPKIXPublicKey(s.private.Public())
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(der)
	s.kid = encode(sum[:12])
	return s, nil
}

// loadKeys reads the keys of the file, or makes them and writes it.
func loadKeys(name string) ([]*signer, error) {
	if name == "" {
		keys, _, err := makeKeys()
		return keys, err
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		keys, text, err := makeKeys()
		if err != nil {
			return nil, err
		}
		return keys, writeFile(name, text)
	}
	if err != nil {
		return nil, err
	}
	keys, err := parseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return keys, nil
}

func parseKeys(text []byte) ([]*signer, error) {
	var keys []*signer
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			break
		}
		private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, err
		}
		s, err := newSigner(private)
		if err != nil {
			return nil, err
		}
		keys, text = append(keys, s), rest
	}
	if len(keys) == 0 {
		return nil, errors.New("no keys")
	}
	return keys, nil
}

// makeKeys returns new keys, and as PEM.
func makeKeys() ([]*signer, []byte, error) {
	first, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, nil, err
	}
	second, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	var text bytes.Buffer
	for _, private := range []any{first, second} {
		der, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			return nil, nil, err
		}
		if err := pem.Encode(&text, &pem.Block{Type: pemType, Bytes: der}); err != nil {
			return nil, nil, err
		}
	}
	keys, err := parseKeys(text.Bytes())
	return keys, text.Bytes(), err
}

// writeFile writes a file of the owner's own, whole or not at all.
func writeFile(name string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// jwk returns the public key as a JSON Web Key (RFC 7518, section 6).
func (s *signer) jwk() map[string]string {
	j := map[string]string{"kid": s.kid, "alg": s.algorithm, "use": "sig"}
	switch public := s.private.Public().(type) {
	case *rsa.PublicKey:
		j["kty"], j["n"], j["e"] = "RSA", encode(public.N.Bytes()), encode(big.NewInt(int64(public.E)).Bytes())
	case *ecdsa.PublicKey:
		if point, err := public.Bytes(); err == nil { // 4, x, y
			j["kty"], j["crv"], j["x"], j["y"] = "EC", "P-256", encode(point[1:33]), encode(point[33:])
		}
	}
	return j
}

// sign returns the token that carries the claims (RFC 7515, section 3.1).
func (s *signer) sign(claims []byte) (string, error) {
	header, err := json.Marshal(map[string]string{"alg": s.algorithm, "kid": s.kid, "typ": "JWT"})
	if err != nil {
		return "", err
	}
	signed := encode(header) + "." + encode(claims)
	digest := sha256.Sum256([]byte(signed))
	var signature []byte
	switch private := s.private.(type) {
	case *rsa.PrivateKey:
		signature, err = rsa.SignPKCS1v15(nil, private, crypto.SHA256, digest[:])
	case *ecdsa.PrivateKey:
		r, v, signErr := ecdsa.Sign(rand.Reader, private, digest[:])
		if err = signErr; err == nil {
			signature = make([]byte, 64)
			r.FillBytes(signature[:32])
			v.FillBytes(signature[32:])
		}
	}
	if err != nil {
		return "", err
	}
	return signed + "." + encode(signature), nil
}
