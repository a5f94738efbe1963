package openapi

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
	"github.com/dipylon/dipylon/internal/gateway"
)

// Error is why a document cannot be imported. Its text is for the caller of the import.
type Error struct {
	Message string
	// Line and Column are 1-based; 0 means that the error has no place.
	Line, Column int
}

// Error returns the message with the place.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("%s (line %d, column %d)", e.Message, e.Line, e.Column)
}

// malformed is an error of a document that cannot even be taken apart. AWS begins such errors so (localstack/localstack
// issue 13043, api-platform/core issue 3462).
func malformed(at document.Place, format string, args ...any) *Error {
	return newError(at, "Unable to build importer with provided input. "+format, args...)
}

// invalid is an error of a document that is well-formed and cannot be imported.
func invalid(at document.Place, format string, args ...any) *Error {
	return newError(at, "Errors found during import:\n\t"+format, args...)
}

// unparsed is the error of a document that package document refused.
func unparsed(err error) *Error {
	if refused, ok := errors.AsType[*document.Error](err); ok {
		return malformed(refused.At, "%s", refused.Message)
	}
	return malformed(document.Place{}, "%v", err)
}

func newError(at document.Place, format string, args ...any) *Error {
	return &Error{Message: fmt.Sprintf(format, args...), Line: at.Line, Column: at.Column}
}

// WarningsFound returns the error of an import that fails on warnings, or nil if there are none. The text is AWS's
// (Terraform's AWS provider, acceptance tests of aws_apigatewayv2_api).
func WarningsFound(warnings []Note) error {
	if len(warnings) == 0 {
		return nil
	}
	return &Error{Message: "Warnings found during import:\n\t" + strings.Join(Messages(warnings), "\n\t")}
}

// IntegrationWarning is AWS's warning for an integration that it refuses; the route stays, without a target. The text is
// recorded (import of the developer guide's pet store, 2020-10).
func IntegrationWarning(routeKey, reason string) string {
	return fmt.Sprintf("Unable to create integration for resource at path '%s': %s. Ignoring.", routeKey, reason)
}

// invalidAuthorizer is AWS's reason for a route whose authorizer could not be (recorded: aws/aws-sam-cli issue 2410).
const invalidAuthorizer = "Invalid authorizer definition. Setting the authorization type to JWT requires a valid authorizer"

// AuthorizerWarning is AWS's warning for an authorizer that it refuses or whose issuer does not answer; it is left out, and
// so are its routes (aws-behaviour-http-api.md, fact 68; the text is recorded in aws/aws-sam-cli issue 2410).
func AuthorizerWarning(name, reason string) string {
	return fmt.Sprintf("Unable to create Authorizer '%s': %s. Ignoring.", name, reason)
}

// AuthorizationWarning is AWS's warning for a route that is left out because of its authorizer (recorded: aws/aws-sam-cli
// issue 2410). The reason is AWS's if it is empty.
func AuthorizationWarning(routeKey, reason string) string {
	if reason == "" {
		reason = invalidAuthorizer
	}
	method, path, ok := strings.Cut(routeKey, " ")
	if !ok {
		method, path = gateway.MethodAny, "/"+routeKey
	}
	return fmt.Sprintf("Unable to put method '%s' on resource at path '%s': %s. Ignoring.", method, path, reason)
}

// RouteWarning is the warning for a route that cannot be; it is left out. The text follows IntegrationWarning.
func RouteWarning(routeKey, reason string) string {
	return fmt.Sprintf("Unable to create route for resource at path '%s': %s. Ignoring.", routeKey, reason)
}
