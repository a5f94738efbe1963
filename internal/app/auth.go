package app

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/dipylon/dipylon/internal/compile"
	"github.com/dipylon/dipylon/internal/config"
	"github.com/dipylon/dipylon/internal/policy"
	"github.com/dipylon/dipylon/internal/sigv4"
	"github.com/dipylon/dipylon/internal/step/authorize"
	"github.com/dipylon/dipylon/internal/wire"
)

// authenticator lets the wire ask the verifier.
type authenticator struct {
	verifier *sigv4.Verifier
}

// newAuthenticator returns the control plane's, which knows those credentials that may call it.
func newAuthenticator(cfg config.Config) (authenticator, error) {
	mayCall := func(c config.Credential) bool { return c.Role != config.RoleInvoke }
	if !slices.ContainsFunc(cfg.Credentials, mayCall) {
		return authenticator{}, errors.New("--credentials: nobody could use the control plane: give one the role admin or read-only")
	}
	v, err := newVerifier(cfg, mayCall)
	return authenticator{v}, err
}

// newIdentities returns who may sign calls to APIs: every credential, as far as its policy goes.
func newIdentities(cfg config.Config) (compile.Identities, error) {
	v, err := newVerifier(cfg, func(config.Credential) bool { return true })
	out := compile.Identities{Verifier: v, Policies: map[string]*policy.Policy{}}
	for _, c := range cfg.Credentials {
		if len(c.Policy) == 0 || err != nil {
			continue
		}
		out.Policies[c.AccessKeyID], err = policy.Compile(c.Policy, policy.Options{Kind: policy.Identity})
		if err != nil {
			err = fmt.Errorf("the policy of the credential %q: %w", c.Name, err)
		}
	}
	return out, err
}

func newVerifier(cfg config.Config, take func(config.Credential) bool) (*sigv4.Verifier, error) {
	opts := sigv4.Options{AcceptAny: cfg.Auth == config.AuthAny}
	for _, c := range cfg.Credentials {
		if !take(c) {
			continue
		}
		role := sigv4.ReadOnly
		if c.Role == config.RoleAdmin {
			role = sigv4.Admin
		}
		opts.Credentials = append(opts.Credentials, sigv4.Credential{
			AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken, Name: c.Name, Role: role,
			ARN: c.ARN, Account: c.Account(),
		})
	}
	return sigv4.NewVerifier(opts)
}

// networksOf are the VPC endpoints that clients' addresses stand for.
func networksOf(endpoints map[string]config.VPCEndpoint) *authorize.Networks {
	var ranges []authorize.Network
	for id, e := range endpoints {
		for _, prefix := range e.Addresses {
			ranges = append(ranges, authorize.Network{Prefix: prefix, Endpoint: id, VPC: e.VPC})
		}
	}
	return authorize.NewNetworks(ranges)
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
