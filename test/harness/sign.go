package harness

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Signer signs requests that no SDK would send.
type Signer struct {
	KeyID, Secret, Service, Region string
	// Header are lines that are signed, too, and among those that Headers returns.
	Header []string
}

// Headers returns the header lines of a signed JSON request, without Host.
func (s Signer) Headers(method, url string, body []byte) ([]string, error) {
	req, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	for _, line := range s.Header {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	sum := sha256.Sum256(body)
	creds := aws.Credentials{AccessKeyID: s.KeyID, SecretAccessKey: s.Secret}
	err = v4.NewSigner().SignHTTP(context.Background(), creds, req, hex.EncodeToString(sum[:]), s.Service, s.Region, time.Now())
	var lines []string
	for name, values := range req.Header {
		lines = append(lines, name+": "+values[0])
	}
	return lines, err
}
