package trial

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/dipylon/dipylon/internal/compile"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/step/authorize"
)

// Authorizer is an authorizer of an API, and the call that it is asked about.
type Authorizer struct {
	Tenant         gateway.Tenant
	API            gateway.RestSnapshot
	ID             string
	StageVariables map[string]string
	Request
	Caller
}

// Judgment is what an authorizer said.
type Judgment struct {
	// Status is what a client would have been answered; 0 if the authorizer succeeded, whatever its policy says.
	Status int
	// Principal and Policy are a function's, Claims a user pool's.
	Principal, Policy string
	Claims            []Field
	Latency           time.Duration
	Log               string
}

// Authorizer asks. The error is [ErrRequest] or the context's.
func (r *Runner) Authorizer(ctx context.Context, a *Authorizer) (*Judgment, error) {
	call := Method{Tenant: a.Tenant, Verb: http.MethodGet, Request: a.Request, Caller: a.Caller}
	x, err := call.exchange("/")
	if err != nil {
		return nil, err
	}
	x.REST, x.Route = true, exchange.Matched{
		APIID: a.API.API.ID, Stage: exchange.TrialStage, Key: "GET /", ResourceID: exchange.TrialResource, Resource: "/", Path: x.Request.Path,
	}
	identify, err := compile.RestAuthorizerTrial(compile.RestStage{
		Tenant: a.Tenant, API: a.API.API, Snapshot: a.API, Stage: gateway.RestStage{Variables: a.StageVariables},
	}, a.ID, r.world)
	var grant authorize.Grant
	if err != nil {
		x.Journal.Sayf(exchange.JournalError, "Execution failed due to configuration error: %v", err)
		err = exchange.Refuse(exchange.KindBadAuthorizer, err)
	} else {
		grant, err = identify(ctx, x)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	out := &Judgment{Principal: x.Identity.Principal, Policy: string(grant.Document), Status: refusal(x, err), Latency: time.Since(x.Received)}
	if claims := x.Identity.Claims; claims != nil {
		for i := range claims.Len() {
			name, value := claims.At(i)
			out.Claims = append(out.Claims, Field{name, value})
		}
	}
	out.Log = x.Journal.Transcript(string(x.ID))
	return out, nil
}

// refusal is the status of a refused call, 0 of one that is not. The log of a trial ends with the refusal's name (recorded:
// public code index documents 48213103395 and 48253294949).
func refusal(x *exchange.Exchange, err error) int {
	if err == nil {
		return 0
	}
	fault, ok := errors.AsType[*exchange.Fault](err)
	if !ok {
		fault = exchange.Refuse(exchange.KindInternal, err)
	}
	x.Fault = fault
	def := fault.Kind.REST()
	name := def.ErrorType
	if def.Status == http.StatusUnauthorized {
		name = x.FaultMessage()
	}
	x.Journal.Sayf(exchange.JournalError, "%s", name)
	return def.Status
}
