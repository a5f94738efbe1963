package lambda

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/lambda"
)

// Texts are AWS's where nothing else is said: those that LocalStack recorded of AWS
// (github.com/localstack/localstack, tests/aws/services/lambda_/test_lambda_api.snapshot.json).

// user is who made the mistake.
func user() *string { return new("User") }

func invalid(format string, args ...any) error {
	return &gen.InvalidParameterValueException{Message: fmt.Sprintf(format, args...), Type: user()}
}

func conflict(format string, args ...any) error {
	return &gen.ResourceConflictException{Message: fmt.Sprintf(format, args...), Type: user()}
}

func notFound(format string, args ...any) error {
	return &gen.ResourceNotFoundException{Message: fmt.Sprintf(format, args...), Type: user()}
}

// stale is a revision id that is not the latest; operation is the one that tells the latest.
func stale(operation string) error {
	return &gen.PreconditionFailedException{
		Type:    user(),
		Message: "The Revision Id provided does not match the latest Revision Id. Call the " + operation + " API to retrieve the latest Revision Id",
	}
}

// malformed is a constraint of the model that the wire leaves to the handler, worded as the wire words the others.
func malformed(value, member, constraint string) error {
	return &wire.Error{
		Code: "ValidationException", Status: http.StatusBadRequest,
		Message: fmt.Sprintf("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: %s", value, member, constraint),
	}
}

// tooLarge has the code that AWS sends, and not the model's RequestTooLargeException (recorded: LocalStack's test_lambda_api,
// and what the SDK for JavaScript was told in July 2018).
func tooLarge(format string, args ...any) error {
	return &wire.Error{
		Code: "RequestEntityTooLargeException", Status: http.StatusRequestEntityTooLarge, Message: fmt.Sprintf(format, args...),
	}
}

func denied(format string, args ...any) error {
	return &wire.Error{Code: "AccessDeniedException", Status: http.StatusForbidden, Message: fmt.Sprintf(format, args...)}
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
		return invalid("A name is too long or holds characters that no name can have")
	case errors.Is(err, store.ErrFull):
		return &wire.Error{
			Code: "ServiceException", Status: http.StatusServiceUnavailable,
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

// isMissing tells what does not exist from other failures.
func isMissing(err error) bool {
	_, ok := errors.AsType[*gen.ResourceNotFoundException](err)
	return ok
}
