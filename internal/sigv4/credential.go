package sigv4

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Role is what a credential may do.
type Role int

// The zero Role may do the least.
const (
	ReadOnly Role = iota
	Admin
)

// String returns the role as configuration files write it.
func (r Role) String() string {
	if r == Admin {
		return "admin"
	}
	return "read-only"
}

// ParseRole is the inverse of [Role.String].
func ParseRole(s string) (Role, error) {
	switch s {
	case "admin":
		return Admin, nil
	case "read-only":
		return ReadOnly, nil
	}
	return ReadOnly, fmt.Errorf("unknown role %q: want admin or read-only", s)
}

// Credential is a key pair that may sign requests. Verification keeps the secrets: in a [Result] they are empty.
type Credential struct {
	AccessKeyID     string
	SecretAccessKey string
	// SessionToken, when set, must accompany every request; when empty, no request may carry a token.
	SessionToken string
	// Name is what logs and events call the holder.
	Name string
	// Account owns what the holder creates; empty means the server's.
	Account string
	// ARN is who the holder is to policies: a user or a role's session; empty means the user of that name.
	ARN  string
	Role Role
	// Expires ends the credential, as STS's temporary ones end; zero means never.
	Expires time.Time
}

// public returns c without its secrets.
func (c Credential) public() Credential {
	c.SecretAccessKey, c.SessionToken = "", ""
	return c
}

func (c Credential) validate() error {
	switch {
	case c.AccessKeyID == "":
		return errors.New("access key id is empty")
	case c.SecretAccessKey == "":
		return fmt.Errorf("access key %q: secret access key is empty", c.AccessKeyID)
	case strings.ContainsFunc(c.AccessKeyID, cannotStandInHeader):
		return fmt.Errorf("access key %q: id has a character that an Authorization header cannot carry", c.AccessKeyID)
	}
	return nil
}

func cannotStandInHeader(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune("/,=", r)
}
