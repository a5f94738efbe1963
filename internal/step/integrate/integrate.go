// Package integrate calls the back end: one file per integration type. A step is made at compile time, with the URI
// split, stage variables put in and timeouts decided, so that a call only joins bytes.
//
// It stands behind authorization and validation and in front of respond. It may import gateway, exchange, lambda, upstream
// and the packages of other kinds of back ends.
package integrate

import (
	"context"
	"errors"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/upstream"
)

// Name is the step's name.
const Name = "integrate"

// Backends carries calls to HTTP back ends; [upstream.Client] does.
type Backends interface {
	Do(ctx context.Context, req *upstream.Request, resp *upstream.Response) error
}

// Why a route cannot be integrated.
var (
	ErrNoTarget    = errors.New("no integration is attached to this route")
	ErrUnknownType = errors.New("this type of integration is not built")
)

// Broken returns a step that refuses every call, for a route whose integration cannot be called as it is configured.
func Broken(cause error) exchange.Step {
	return exchange.Step{
		Name:   Name,
		Detail: "refuse: " + cause.Error(),
		Run: func(_ context.Context, x *exchange.Exchange) error {
			if x.Journal.On(exchange.JournalError) {
				x.Journal.Sayf(exchange.JournalError, "Execution failed due to configuration error: %v", logged(cause))
			}
			if x.REST {
				return exchange.Refuse(exchange.KindConfiguration, cause)
			}
			return exchange.Refuse(exchange.KindInternal, cause)
		},
	}
}

// errEndpoint has AWS's text for a REST API's URI that is none (recorded: test_failed_invoke_test_method).
var errEndpoint = errors.New("Invalid endpoint address") //nolint:staticcheck // AWS's text

// logged is the cause as an execution log tells it.
func logged(cause error) error {
	if errors.Is(cause, errEndpoint) {
		return errEndpoint
	}
	return cause
}

// asFault says what a failed call to a back end means for the client.
func asFault(ctx context.Context, err error) *exchange.Fault {
	var up *upstream.Error
	switch {
	case ctx.Err() != nil:
		return exchange.Refuse(exchange.KindClientGone, err)
	case errors.Is(err, exchange.ErrBodyTooLarge):
		return exchange.Refuse(exchange.KindRequestTooLarge, err)
	case errors.Is(err, exchange.ErrBodyMalformed):
		return exchange.Refuse(exchange.KindBadRequest, err)
	case !errors.As(err, &up):
		return exchange.Refuse(exchange.KindInternal, err)
	case up.Op == upstream.OpBody:
		return exchange.Refuse(exchange.KindBadRequest, err)
	case up.Op == upstream.OpRequest:
		return exchange.Refuse(exchange.KindInternal, err)
	case up.Timeout:
		return exchange.Refuse(exchange.KindIntegrationTimeout, err)
	}
	return exchange.Refuse(exchange.KindIntegrationFailure, err)
}
