package jwt

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
)

// maxToken is the longest token that is looked at, in bytes: six times what AWS's limit on heads lets through.
const maxToken = 64 << 10

// strictBase64 has one encoding for each text.
var strictBase64 = base64.RawURLEncoding.Strict()

// parsed is a token taken apart, its signature not yet verified.
type parsed struct {
	algorithm *algorithm
	kid       string
	claims    claims
	// signed is what the signature is of.
	signed, signature []byte
}

// parse takes a token in the compact form of JWS apart (RFC 7515, section 3.1).
func parse(token []byte) (*parsed, *Error) {
	head, rest, one := bytes.Cut(token, []byte{'.'})
	body, signature, two := bytes.Cut(rest, []byte{'.'})
	if !one || !two || bytes.IndexByte(signature, '.') >= 0 {
		return nil, errSegments
	}
	var header map[string]any
	if err := decodeSegment(head, &header); err != nil || header == nil {
		return nil, errMalformed
	}
	name, _ := header["alg"].(string)
	p := &parsed{algorithm: algorithmNamed(name), signed: token[:len(head)+1+len(body)]}
	if p.algorithm == nil {
		return nil, errAlgorithm
	}
	if _, critical := header["crit"]; critical {
		return nil, errCritical
	}
	if p.kid, _ = header["kid"].(string); p.kid == "" {
		return nil, errNoKeyID
	}
	var err error
	if p.signature, err = decodeBase64(signature); err != nil {
		return nil, errMalformed
	}
	if err := decodeSegment(body, &p.claims); err != nil || p.claims == nil {
		return nil, errMalformed
	}
	return p, nil
}

// decodeSegment reads a JSON object, numbers as they are written, and nothing behind it.
func decodeSegment[M ~map[string]any](segment []byte, into *M) error {
	text, err := decodeBase64(segment)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one value")
	}
	return nil
}

func decodeBase64(segment []byte) ([]byte, error) {
	if bytes.ContainsAny(segment, "\r\n") { // which encoding/base64 passes over
		return nil, errors.New("line breaks")
	}
	text := make([]byte, strictBase64.DecodedLen(len(segment)))
	n, err := strictBase64.Decode(text, segment)
	return text[:n], err
}
