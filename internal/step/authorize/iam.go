package authorize

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/policy"
	"github.com/dipylon/dipylon/internal/sigv4"
)

// Verifier verifies signatures; [sigv4.Verifier] does.
type Verifier interface {
	CheckForm(r sigv4.Request) error
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
	c, err := s.verify(x)
	if _, isFault := errors.AsType[*exchange.Fault](err); isFault {
		return err
	}
	if err != nil {
		return deny(x, asUnsigned(err))
	}
	return s.decide(x, c, s.identify(x, c))
}

// identify says of the exchange who signed.
func (s *iamStep) identify(x *exchange.Exchange, c *sigv4.Credential) policy.Principal {
	who := policy.Principal{ARN: c.ARN, Account: c.Account}
	if who.Account == "" {
		who.Account = s.API.Account
	}
	if who.ARN == "" {
		who.ARN = "arn:aws:iam::" + who.Account + ":user/" + c.Name
	}
	who.Role, _ = roleOf(who.ARN)
	x.Identity.AccountID, x.Identity.AccessKey, x.Identity.UserARN = who.Account, c.AccessKeyID, who.ARN
	x.Identity.Caller, x.Identity.User = c.AccessKeyID, c.AccessKeyID
	return who
}

// decide asks the caller's policy. Of another account the API's own would have to agree, and HTTP APIs have none.
func (s *iamStep) decide(x *exchange.Exchange, c *sigv4.Credential, who policy.Principal) error {
	if who.Account != s.API.Account {
		return deny(x, fmt.Errorf("%s is of another account than the API", who.ARN))
	}
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

// verify reads the whole body and verifies the call's signature.
func (s *iamStep) verify(x *exchange.Exchange) (*sigv4.Credential, error) {
	if err := x.Request.Body.ReadAhead(math.MaxInt64); err != nil {
		return nil, bodyFault(err)
	}
	r, sum := request(x, s.API.Region), sha256.Sum256(x.Request.Body.Bytes)
	r.PayloadHash = hex.EncodeToString(sum[:])
	result, err := s.Verifier.VerifyRequest(r)
	return &result.Credential, err
}

// request is the call as the signature sees it, but for its body.
func request(x *exchange.Exchange, region string) sigv4.Request {
	return sigv4.Request{
		Method: string(x.Request.Method), Path: string(x.Request.Path), RawQuery: string(x.Request.Query),
		Host: string(x.Request.Host), Service: "execute-api", Region: region,
		Header: func(yield func(string, string) bool) {
			for _, f := range x.Request.Header.Fields() {
				if !yield(string(f.Name), string(f.Value)) {
					return
				}
			}
		},
	}
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
