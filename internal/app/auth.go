package app

import (
	"errors"
	"net/http"

	"github.com/dipylon/dipylon/internal/config"
	"github.com/dipylon/dipylon/internal/wire"
	"github.com/dipylon/dipylon/internal/wire/sigv4"
)

// authenticator lets the wire ask the verifier.
type authenticator struct {
	verifier *sigv4.Verifier
}

func newAuthenticator(cfg config.Config) (authenticator, error) {
	opts := sigv4.Options{AcceptAny: cfg.Auth == config.AuthAny}
	for _, c := range cfg.Credentials {
		role, err := sigv4.ParseRole(c.Role)
		if err != nil {
			return authenticator{}, err
		}
		opts.Credentials = append(opts.Credentials, sigv4.Credential{
			AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken, Name: c.Name, Role: role,
		})
	}
	v, err := sigv4.NewVerifier(opts)
	return authenticator{v}, err
}

// Authenticate implements [wire.Authenticator].
func (a authenticator) Authenticate(r *http.Request, payload []byte) (wire.Principal, error) {
	result, err := a.verifier.Verify(r, payload)
	if err != nil {
		var refused *sigv4.Error
		if errors.As(err, &refused) {
			return wire.Principal{}, authError{refused}
		}
		return wire.Principal{}, err
	}
	c := result.Credential
	return wire.Principal{
		AccessKeyID: c.AccessKeyID, Name: c.Name, Account: c.Account, Service: result.Service, Region: result.Region,
		ReadOnly: c.Role == sigv4.ReadOnly,
	}, nil
}

// authError words a refusal for the protocol that the request speaks.
type authError struct{ refused *sigv4.Error }

// Error implements error.
func (e authError) Error() string { return e.refused.Error() }

// Unwrap returns the verifier's error.
func (e authError) Unwrap() error { return e.refused }

// Refusal implements [wire.AuthError].
func (e authError) Refusal(p wire.Protocol) *wire.Error {
	family := sigv4.JSON
	switch p {
	case wire.RestJSON:
		family = sigv4.RESTJSON
	case wire.Query:
		family = sigv4.Query
	case wire.JSON10, wire.JSON11, wire.RPCv2CBOR:
	}
	answer := e.refused.Answer(family)
	return &wire.Error{Code: answer.Code, Message: answer.Message, Status: answer.Status}
}
