package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

// TestBotocore verifies requests that botocore signed; testdata/record_botocore.py recorded them.
func TestBotocore(t *testing.T) {
	raw, err := os.ReadFile("testdata/botocore.json")
	if err != nil {
		t.Fatal(err)
	}
	var records []struct {
		Name, Method, Host, Path, Query, Body string
		Headers                               [][2]string
		Token                                 bool
	}
	if err := json.Unmarshal(raw, &records); err != nil {
		t.Fatal(err)
	}
	for _, rec := range records {
		t.Run(rec.Name, func(t *testing.T) {
			cred := Credential{AccessKeyID: "AKIDBOTOCORE0EXAMPLE", SecretAccessKey: "botocore/fake+secret0EXAMPLEKEY"}
			if rec.Token {
				cred.SessionToken = "FwoGZXIvYXdzEXAMPLE//token+with=odd/chars=="
			}
			v, err := NewVerifier(Options{Credentials: []Credential{cred}, Now: func() time.Time {
				return time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)
			}})
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256([]byte(rec.Body))
			r := Request{Method: rec.Method, Path: rec.Path, RawQuery: rec.Query, Host: rec.Host,
				Header: list(rec.Headers...), PayloadHash: hex.EncodeToString(sum[:])}
			res, err := v.VerifyRequest(r)
			if err != nil {
				t.Fatal(err)
			}
			if res.Region != "eu-west-1" || res.Presigned != strings.HasSuffix(rec.Name, "presigned") {
				t.Errorf("result %+v", res)
			}
			r.Path += "x"
			if _, err := v.VerifyRequest(r); err == nil {
				t.Error("another path is accepted")
			}
		})
	}
}
