// Command official is a function on AWS's own runtime client for Go, as its users write them.
package main

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	RawPath string `json:"rawPath"`
}

func main() { lambda.Start(handle) }

func handle(ctx context.Context, e event) (any, error) {
	switch e.RawPath {
	case "/error":
		return nil, errors.New("as told")
	case "/stream":
		return strings.NewReader(strings.Repeat("streamed ", 100_000)), nil
	}
	c, ok := lambdacontext.FromContext(ctx)
	_, hasDeadline := ctx.Deadline()
	if !ok || !hasDeadline {
		return nil, errors.New("no context, or no deadline")
	}
	return map[string]string{"id": c.AwsRequestID, "arn": c.InvokedFunctionArn, "version": lambdacontext.FunctionVersion}, nil
}
