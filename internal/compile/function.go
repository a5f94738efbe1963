package compile

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/lambda/event"
	"github.com/dipylon/dipylon/internal/step/integrate"
)

// apiGateway is the service that functions' policies must allow to call them.
const apiGateway = "apigateway.amazonaws.com"

// errFunctionURI has the text that AWS refuses other ARNs with (clients report it of REST APIs: aws/aws-sdk-js issue 868).
var errFunctionURI = errors.New("Invalid ARN specified in the request") //nolint:staticcheck // AWS's text

// function compiles the call to a function. What it cannot call refuses, since on AWS too the call fails and not the
// deployment.
func (c *compiler) function(in *gateway.Integration, routeKey string) exchange.Step {
	ref, err := c.functionRef(in.URI)
	if err != nil {
		return integrate.Broken(err)
	}
	step, err := integrate.Lambda(integrate.LambdaConfig{
		Integration: *in, Ref: ref, Function: c.target(ref, c.routeARN(routeKey), in.CredentialsARN), Event: c.event(routeKey),
	})
	if err != nil {
		return integrate.Broken(err)
	}
	return step
}

// event is what is settled of a route's events.
func (c *compiler) event(routeKey string) event.Config {
	return event.Config{
		AccountID: c.Tenant.Account, APIID: c.API.ID, Stage: c.Stage.Stage.Name, RouteKey: routeKey, StageVariables: c.Stage.Stage.Variables,
	}
}

// routeARN is what functions' policies are asked about: .../STAGE/METHOD/PATH with the route's path, or
// .../STAGE/$default.
func (c *compiler) routeARN(routeKey string) string {
	if method, path, ok := strings.Cut(routeKey, " "); ok {
		return c.api().ARN(c.Stage.Stage.Name, method, path)
	}
	return c.api().RouteARN(c.Stage.Stage.Name, routeKey)
}

// target returns a function as the API calls it for one of its resources, in its own name or in that of a role; nil where
// none run.
func (c *compiler) target(ref gateway.FunctionRef, sourceARN, role string) Function {
	if c.world.Functions == nil {
		return nil
	}
	return c.world.Functions(ref, lambda.Caller{Service: apiGateway, SourceARN: sourceARN, SourceAccount: c.Tenant.Account, Role: role})
}

// functionRef reads a function's URI, with the stage's variables in it. An ARN without an account is of the API's.
func (c *compiler) functionRef(uri string) (gateway.FunctionRef, error) {
	uri, err := integrate.Interpolate(uri, c.Stage.Stage.Variables)
	if err != nil {
		return gateway.FunctionRef{}, err
	}
	ref, ok := gateway.ParseFunctionURI(uri)
	if !ok {
		return ref, errFunctionURI
	}
	if ref.Tenant.Account == "" {
		ref.Tenant.Account = c.Tenant.Account
	}
	return ref, nil
}

// CheckAuthorizerURI says whether a URI can name an authorizer's function; unlike an integration's it must be the ARN of an
// invocation. The text is the one that AWS refuses others with (clients report it of REST APIs).
func CheckAuthorizerURI(uri string) error {
	if err := CheckFunctionURI(uri); err != nil || !strings.Contains(uri, ":apigateway:") {
		return fmt.Errorf("Invalid Authorizer URI: %s. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.", uri) //nolint:staticcheck,revive // AWS's text
	}
	return nil
}

// CheckFunctionURI says whether a URI can name a function, whatever the stage's variables will be.
func CheckFunctionURI(uri string) error {
	filled, err := integrate.FillStageVariables(uri)
	if err != nil {
		return err
	}
	if _, ok := gateway.ParseFunctionURI(filled); !ok || strings.ContainsAny(filled, "{} ") {
		return errFunctionURI
	}
	return nil
}
