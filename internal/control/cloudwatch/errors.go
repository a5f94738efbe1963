package cloudwatch

import (
	"errors"
	"fmt"

	"github.com/dipylon/dipylon/internal/metrics/query"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/cloudwatch"
)

// Texts are AWS's as clients report them; where a test names no source they are not established.

func invalidValue(format string, args ...any) error {
	return &gen.InvalidParameterValueException{Message: fmt.Sprintf(format, args...)}
}

func invalidCombination(format string, args ...any) error {
	return &gen.InvalidParameterCombinationException{Message: fmt.Sprintf(format, args...)}
}

func exclusive(a, b string) error {
	return invalidCombination("The parameters %s and %s are mutually exclusive and you have specified both.", a, b)
}

func missing(parameter string) error {
	return &gen.MissingRequiredParameterException{Message: "The parameter " + parameter + " is required."}
}

// invalidInput is AWS's answer to what its checks of shapes refuse.
func invalidInput(format string, args ...any) error {
	return &wire.Error{Code: "ValidationException", QueryCode: "ValidationError", Message: fmt.Sprintf(format, args...), Status: 400}
}

func notBuilt(what string) error {
	return &wire.Error{Code: "NotImplementedException", Message: "Dipylon does not build " + what + " yet; see COMPATIBILITY.md.", Status: 501}
}

// modelled turns what the parts say into what AWS says. Anything else stays as it is and becomes an internal failure.
func modelled(err error) error {
	var invalid *query.InvalidError
	switch {
	case errors.As(err, &invalid):
		return invalidInput("%s", invalid.Text)
	case errors.Is(err, store.ErrFull):
		return &gen.InternalServiceFault{Message: "The data directory's disk is full; nothing was changed."}
	}
	return err
}

func text[T ~string](p *T) string {
	if p == nil {
		return ""
	}
	return string(*p)
}
