package app

import (
	"context"

	"github.com/dipylon/dipylon/internal/lambda"
)

// nowhere is a host that runs nothing.
type nowhere struct{}

// Runner implements [lambda.Host].
func (nowhere) Runner(*lambda.Version) lambda.Runner { return nowhere{} }

// Invoke implements [lambda.Runner].
func (nowhere) Invoke(_ context.Context, in *lambda.Invocation, _ *lambda.Result) error {
	in.Ended()
	return &lambda.Error{Kind: lambda.NoRuntime, Message: "This server runs no functions itself: map them with --lambda-endpoints."}
}

// Warm, Warmed and Retire have nothing to do.
func (nowhere) Warm(int)    {}
func (nowhere) Warmed() int { return 0 }
func (nowhere) Retire()     {}
