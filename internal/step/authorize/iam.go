package authorize

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/policy"
	"github.com/dipylon/dipylon/internal/sigv4"
)

// Verifier verifies signatures; [sigv4.Verifier] does.
type Verifier interface {
	VerifyRequest(r sigv4.Request) (sigv4.Result, error)
}

// IAMConfig is what the authorization of a route by AWS_IAM is compiled from.
type IAMConfig struct {
	Verifier Verifier
	// Policies are what an access key may do, by its id. A key without one may do what its role says: an administrator
	// everything, others nothing.
	Policies map[string]*policy.Policy
	API      policy.API
	Stage    string
}

// IAM returns the step of AWS_IAM: the caller signs the call with Signature Version 4 for the service execute-api, and
// the caller's policy must allow it
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html).
func IAM(cfg IAMConfig) exchange.Step {
	s := &iamStep{IAMConfig: cfg}
	return exchange.Step{Name: Name, Detail: "AWS_IAM", Run: s.run}
}

type iamStep struct{ IAMConfig }

// errUnsigned has the text that AWS logs for a call without a signature (recorded: aws-behaviour-http-api.md, fact 13).
var errUnsigned = errors.New("The request for the IAM Authorizer doesn't match the format that API Gateway expects.") //nolint:staticcheck,revive // AWS's text

func (s *iamStep) run(_ context.Context, x *exchange.Exchange) error {
	if err := x.Request.Body.ReadAhead(math.MaxInt64); err != nil {
		return bodyFault(err)
	}
	result, err := s.Verifier.VerifyRequest(s.request(x))
	if err != nil {
		return deny(x, asUnsigned(err))
	}
	c := result.Credential
	account := c.Account
	if account == "" {
		account = s.API.Account
	}
	arn := "arn:aws:iam::" + account + ":user/" + c.Name
	x.Identity.AccountID, x.Identity.AccessKey, x.Identity.UserARN = account, c.AccessKeyID, arn
	x.Identity.Caller, x.Identity.User = c.AccessKeyID, c.AccessKeyID
	return s.decide(x, c, policy.Principal{ARN: arn, Account: account})
}

func (s *iamStep) decide(x *exchange.Exchange, c sigv4.Credential, who policy.Principal) error {
	p := s.Policies[c.AccessKeyID]
	if p == nil {
		if c.Role == sigv4.Admin {
			return nil
		}
		return deny(x, fmt.Errorf("%s has no policy that allows %s", who.ARN, policy.ActionInvoke))
	}
	resource := s.API.ARN(s.Stage, string(x.Request.Method), string(x.Route.Path))
	decision := p.Evaluate(&policy.Request{
		Principal: who, Action: policy.ActionInvoke, Resource: resource, Context: callContext{x},
	})
	if !decision.Allowed() {
		return deny(x, fmt.Errorf("%s is not authorized to perform %s on %s: %v", who.ARN, policy.ActionInvoke, resource, decision))
	}
	return nil
}

// request is the call as the signature sees it.
func (s *iamStep) request(x *exchange.Exchange) sigv4.Request {
	sum := sha256.Sum256(x.Request.Body.Bytes)
	return sigv4.Request{
		Method: string(x.Request.Method), Path: string(x.Request.Path), RawQuery: string(x.Request.Query),
		Host: string(x.Request.Host), PayloadHash: hex.EncodeToString(sum[:]),
		Service: "execute-api", Region: s.API.Region,
		Header: func(yield func(string, string) bool) {
			for _, f := range x.Request.Header.Fields() {
				if !yield(string(f.Name), string(f.Value)) {
					return
				}
			}
		},
	}
}

// callContext gives policies the context keys of a call.
type callContext struct{ x *exchange.Exchange }

// Values implements [policy.Context].
func (c callContext) Values(key string) policy.Values {
	switch key {
	case "aws:sourceip":
		return policy.One(c.x.Request.Remote.Addr().Unmap().String())
	case "aws:useragent":
		return c.header("User-Agent")
	case "aws:referer":
		return c.header("Referer")
	case "aws:securetransport":
		return policy.One(fmt.Sprint(c.x.Request.TLS))
	case "aws:currenttime":
		return policy.One(c.x.Received.UTC().Format("2006-01-02T15:04:05Z"))
	case "aws:epochtime":
		return policy.One(fmt.Sprint(c.x.Received.Unix()))
	}
	if c.x.Identity.UserARN != "" {
		return c.signer(key)
	}
	return policy.Values{}
}

// signer gives the keys of a caller who signed.
func (c callContext) signer(key string) policy.Values {
	switch key {
	case "aws:principalarn":
		return policy.One(c.x.Identity.UserARN)
	case "aws:principalaccount":
		return policy.One(c.x.Identity.AccountID)
	case "aws:username":
		return policy.One(c.x.Identity.UserARN[strings.LastIndexByte(c.x.Identity.UserARN, '/')+1:])
	}
	return policy.Values{}
}

func (c callContext) header(name string) policy.Values {
	if v := c.x.Request.Header.Get(name); v != nil {
		return policy.One(string(v))
	}
	return policy.Values{}
}

// asUnsigned keeps a signature's fault, whose text may hold the whole request, out of logs.
func asUnsigned(err error) error {
	var refused *sigv4.Error
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Kind {
	case sigv4.MissingToken, sigv4.Incomplete:
		return errUnsigned
	case sigv4.InvalidSignature, sigv4.UnknownClient, sigv4.ExpiredToken, sigv4.UnsignedHeaders, sigv4.MalformedQuery, sigv4.UnsupportedPayload:
	}
	return errors.New("the signature is not valid: " + refused.Answer(sigv4.RESTJSON).Code)
}

// deny answers as AWS does whatever was wrong: 403 Forbidden (reported: aws-behaviour-http-api.md, fact 13).
func deny(x *exchange.Exchange, cause error) error {
	x.Identity.Error = cause.Error()
	return exchange.Refuse(exchange.KindAccessDenied, cause)
}

func bodyFault(err error) error {
	if errors.Is(err, exchange.ErrBodyTooLarge) {
		return exchange.Refuse(exchange.KindRequestTooLarge, err)
	}
	return exchange.Refuse(exchange.KindBadRequest, err)
}
