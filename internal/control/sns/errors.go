package sns

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/dipylon/dipylon/internal/sns"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/sns"
)

// Texts are AWS's, recorded in localstack's tests/aws/services/sns/test_sns (2026) unless another source is named.

func invalid(format string, args ...any) error {
	return &gen.InvalidParameterException{Message: "Invalid parameter: " + fmt.Sprintf(format, args...)}
}

func noTopic() error { return &gen.NotFoundException{Message: "Topic does not exist"} }

// denied refuses what belongs to another account; its text is not established.
func denied(call *wire.Call, arn string) error {
	return &gen.AuthorizationErrorException{Message: fmt.Sprintf(
		"User: %s is not authorized to perform: SNS:%s on resource: %s because no resource-based policy allows the SNS:%s action",
		principal(call), call.Operation, arn, call.Operation)}
}

func principal(call *wire.Call) string {
	return "arn:aws:iam::" + call.Tenant.Account + ":user/" + call.Identity
}

func notBuilt(what string) error {
	return &wire.Error{
		Code: "NotImplementedException", Status: http.StatusNotImplemented,
		Message: "Dipylon does not build " + what + " yet; see COMPATIBILITY.md.",
	}
}

// checkARN counts the parts of an ARN.
func checkARN(parameter, arn string) error {
	const least = 6
	if n := strings.Count(arn, ":") + 1; n < least {
		return invalid("%s Reason: An ARN must have at least %d elements, not %d", parameter, least, n)
	}
	return nil
}

// modelled turns what the stores say into what AWS says. Anything else stays as it is and becomes an internal failure.
func modelled(err error) error {
	switch {
	case errors.Is(err, store.ErrFull):
		return &gen.InternalErrorException{Message: "The data directory's disk is full; nothing was changed."}
	case errors.Is(err, sns.ErrFull):
		return &wire.Error{Code: "ThrottledException", QueryCode: "Throttled", Status: http.StatusTooManyRequests, Message: "Rate exceeded"}
	}
	return err
}
