package logs

import (
	"errors"
	"fmt"

	"github.com/dipylon/dipylon/internal/logs"
	"github.com/dipylon/dipylon/internal/store"
	gen "github.com/dipylon/dipylon/internal/wire/gen/logs"
)

// Texts are AWS's as clients report them; where a test names no source they are not established.

func noGroup() error {
	return &gen.ResourceNotFoundException{Message: "The specified log group does not exist."}
}

func noStream() error {
	return &gen.ResourceNotFoundException{Message: "The specified log stream does not exist."}
}

func groupExists() error {
	return &gen.ResourceAlreadyExistsException{Message: "The specified log group already exists"}
}

func streamExists() error {
	return &gen.ResourceAlreadyExistsException{Message: "The specified log stream already exists"}
}

func invalid(format string, args ...any) error {
	return &gen.InvalidParameterException{Message: fmt.Sprintf(format, args...)}
}

// modelled turns what the stores say into what AWS says. Anything else stays as it is and becomes an internal failure.
func modelled(err error) error {
	switch {
	case errors.Is(err, store.ErrFull):
		return &gen.ServiceUnavailableException{Message: "The data directory's disk is full; nothing was changed."}
	case errors.Is(err, logs.ErrGone):
		return noGroup()
	case errors.Is(err, logs.ErrNoStream):
		return noStream()
	case errors.Is(err, logs.ErrStreamExists):
		return streamExists()
	}
	return err
}
