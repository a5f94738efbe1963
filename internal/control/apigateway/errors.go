package apigateway

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// Texts are AWS's where a source is named: "fact N" is a fact of aws-behaviour.md, "recorded" names a test that LocalStack
// recorded on AWS (tests/aws/services/apigateway).

func badRequest(format string, args ...any) error {
	return &gen.BadRequestException{Message: fmt.Sprintf(format, args...)}
}

func conflict(format string, args ...any) error {
	return &gen.ConflictException{Message: fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) error {
	return &gen.NotFoundException{Message: fmt.Sprintf(format, args...)}
}

// notBuilt refuses by name what AWS has and Dipylon has not.
func notBuilt(what string) error {
	return &wire.Error{Code: "NotImplementedException", Status: http.StatusNotImplemented, Message: what + " is not built in Dipylon yet."}
}

// overLimit refuses what would pass a quota of an API, with the text that users of the Serverless Framework report.
func overLimit(what string) error {
	return &gen.LimitExceededException{
		Message: fmt.Sprintf("Maximum number of %s for this API has been reached. Please contact AWS if you need additional %s.", what, what),
	}
}

// noAPI has fact 39's text.
func noAPI(tenant gateway.Tenant, id string) error {
	return notFound("Invalid API identifier specified %s:%s", tenant.Account, id)
}

// modelled turns what the store says into what AWS says. Anything else stays as it is and becomes an internal failure.
func modelled(err error) error {
	var known wire.Modelled
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.Is(err, store.ErrInvalid):
		return badRequest("A name or a path is too long or holds characters that none can have")
	case errors.Is(err, store.ErrFull):
		return &wire.Error{
			Code: "ServiceUnavailableException", Status: http.StatusServiceUnavailable,
			Message: "The data directory's disk is full; nothing was changed.",
		}
	}
	return err
}

// orNotFound puts missing in the place of a document that does not exist.
func orNotFound(err, missing error) error {
	if errors.Is(err, store.ErrNotFound) {
		return missing
	}
	return err
}
