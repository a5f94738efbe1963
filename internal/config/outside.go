package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// validateOutside checks the settings that say where others are to be found.
func (c *Config) validateOutside() error {
	for _, issuer := range slices.Sorted(maps.Keys(c.Issuers)) {
		if err := errors.Join(checkURL(issuer), checkURL(c.Issuers[issuer])); err != nil {
			return fmt.Errorf("--issuers: %w", err)
		}
	}
	for _, service := range slices.Sorted(maps.Keys(c.AWSEndpoints)) {
		if service == "" || strings.Trim(service, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return fmt.Errorf("--aws-endpoints: %q is no service's name in signatures, such as sqs or states", service)
		}
		if err := checkURL(c.AWSEndpoints[service]); err != nil {
			return fmt.Errorf("--aws-endpoints: %s: %w", service, err)
		}
	}
	for _, role := range slices.Sorted(maps.Keys(c.AWSCredentials)) {
		if role != "*" && !(strings.HasPrefix(role, "arn:") && strings.Contains(role, ":role/")) {
			return fmt.Errorf("--aws-credentials: %q is neither a role's ARN nor *", role)
		}
		if _, _, _, ok := c.AWSCredential(role); !ok {
			return fmt.Errorf("--aws-credentials: %s: want KEY-ID:SECRET[:TOKEN]", role) // which does not repeat a secret
		}
	}
	return c.validateVPCEndpoints()
}

// AWSCredential returns the key pair that stands for a role of integrations, and whether there is one.
func (c *Config) AWSCredential(roleARN string) (keyID, secret, token string, ok bool) {
	text, ok := c.AWSCredentials[roleARN]
	if !ok {
		text, ok = c.AWSCredentials["*"]
	}
	keyID, rest, _ := strings.Cut(text, ":")
	secret, token, _ = strings.Cut(rest, ":")
	return keyID, secret, token, ok && keyID != "" && secret != ""
}

// SecretOf returns the secret of a key pair that may call, and its session token.
func (c *Config) SecretOf(keyID string) (secret, token string, ok bool) {
	for i := range c.Credentials {
		if cred := &c.Credentials[i]; cred.AccessKeyID == keyID {
			return cred.SecretAccessKey, cred.SessionToken, true
		}
	}
	return "", "", false
}

func checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%q is no http or https URL", text)
	}
	return nil
}

// decode reads a JSON object whose members v must all have: a role that is misspelt would give its holder another.
func decode(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the object")
	}
	return nil
}
