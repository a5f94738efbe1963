package iam

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/iam"
)

// Texts are AWS's, recorded in localstack's tests/aws/services/iam (test_iam_roles and test_iam_policies of February 2026)
// unless another source is named.

func noSuchEntity(format string, args ...any) error {
	return &gen.NoSuchEntityException{Message: fmt.Sprintf(format, args...)}
}

func alreadyExists(format string, args ...any) error {
	return &gen.EntityAlreadyExistsException{Message: fmt.Sprintf(format, args...)}
}

func deleteConflict(message string) error {
	return &gen.DeleteConflictException{Message: message}
}

func invalidInput(format string, args ...any) error {
	return &gen.InvalidInputException{Message: fmt.Sprintf(format, args...)}
}

func limitExceeded(format string, args ...any) error {
	return &gen.LimitExceededException{Message: fmt.Sprintf(format, args...)}
}

func noPolicy(arn string) error { return noSuchEntity("Policy %s was not found.", arn) }

func notAttachable(arn string) error {
	return noSuchEntity("Policy %s does not exist or is not attachable.", arn)
}

func noVersion(arn, id string) error {
	return noSuchEntity("Policy %s version %s does not exist or is not attachable.", arn, id)
}

func validation(format string, args ...any) error {
	return &wire.Error{
		Code: "ValidationException", QueryCode: "ValidationError", Message: fmt.Sprintf(format, args...), Status: http.StatusBadRequest,
	}
}

// outsideAccount refuses changes of AWS's policies; the text is from public reports.
func outsideAccount() error {
	return &wire.Error{Code: "AccessDenied", Message: "Policy is outside your own account.", Status: http.StatusForbidden}
}

// modelled turns what the store says into what AWS says. Anything else stays as it is and becomes an internal failure.
func modelled(err error) error {
	if errors.Is(err, store.ErrFull) {
		return &gen.ServiceFailureException{Message: "The data directory's disk is full; nothing was changed."}
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
