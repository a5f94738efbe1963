package apigatewayv2

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// Texts are AWS's where a source is named: "fact N" is a fact of aws-behaviour-http-api.md.

func badRequest(format string, args ...any) error {
	return &gen.BadRequestException{Message: fmt.Sprintf(format, args...)}
}

func conflict(format string, args ...any) error {
	return &gen.ConflictException{Message: fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) error {
	return &gen.NotFoundException{Message: fmt.Sprintf(format, args...)}
}

// noAPI has fact 60's text.
func noAPI(tenant gateway.Tenant, id string) error {
	return notFound("Invalid API identifier specified %s:%s", tenant.Account, id)
}

// notBuilt refuses what AWS has and Dipylon has not yet.
func notBuilt(what string) error {
	return &wire.Error{
		Code: "NotImplementedException", Status: http.StatusNotImplemented,
		Message: "Dipylon does not build " + what + " yet; see COMPATIBILITY.md.",
	}
}

// modelled turns what the store says into what AWS says. Anything else stays as it is and becomes an internal failure.
func modelled(err error) error {
	var known wire.Modelled
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.Is(err, store.ErrInvalid):
		return badRequest("A name is too long or holds characters that no name can have")
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
