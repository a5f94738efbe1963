package compile

import (
	"github.com/dipylon/dipylon/internal/awsservice"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/selection"
	"github.com/dipylon/dipylon/internal/step/accesslog"
	"github.com/dipylon/dipylon/internal/step/integrate"
	"github.com/dipylon/dipylon/internal/step/mapping"
)

// The control plane asks these before it accepts what would be compiled. Errors have AWS's texts where they are known.

// CheckURI says whether an integration's URI can be called, whatever the stage's variables will be.
func CheckURI(uri string) error { return integrate.CheckURI(uri) }

// CheckMapping says whether an integration can have these request and response parameters; mappable are the headers
// that it may map although AWS reserves them.
func CheckMapping(request map[string]string, response map[string]map[string]string, mappable []string) error {
	return mapping.Validate(request, response, mappable)
}

// CheckIdentitySource says whether a Lambda authorizer can ask for a call's value there.
func CheckIdentitySource(expression string) error {
	_, err := selection.IdentitySource(expression, selection.Options{})
	return err
}

// CheckAccessLog says whether a stage can log to that log group in that format.
func CheckAccessLog(destination, format string) error {
	if err := accesslog.CheckDestination(destination); err != nil {
		return err
	}
	return accesslog.CheckFormat(format)
}

// CheckService says whether an integration can call the AWS service that its subtype names.
func CheckService(in gateway.Integration) error {
	return awsservice.Validate(serviceDefinition(in), serviceExpressions(selection.Options{}))
}
