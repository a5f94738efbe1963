package compile

import (
	"github.com/dipylon/dipylon/internal/awsservice"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/selection"
	"github.com/dipylon/dipylon/internal/step/integrate"
)

// Services is how AWS services are called: at AWS, or at the endpoint that stands for one.
type Services struct {
	// Endpoints are URLs by the service's signing name, such as sqs or states.
	Endpoints map[string]string
	// Credentials returns the key pair that stands for a role, and its session token.
	Credentials func(roleARN string) (keyID, secret, token string, ok bool)
	// Callers returns the secret of those who sign calls to APIs, and their session token.
	Callers func(keyID string) (secret, token string, ok bool)
}

// service compiles the call to an AWS service.
func (c *compiler) service(in *gateway.Integration) exchange.Step {
	call, err := awsservice.Compile(awsservice.Config{
		Definition: serviceDefinition(*in), Expression: serviceExpressions(c.options), Region: c.Tenant.Region,
		Endpoints: c.world.Services.Endpoints, Credentials: c.world.Services.Credentials,
	})
	if err != nil {
		return integrate.Broken(err)
	}
	return integrate.AWSService(integrate.AWSServiceConfig{Call: call, TimeoutMillis: in.TimeoutMillis, Backends: c.world.Backends})
}

func serviceDefinition(in gateway.Integration) awsservice.Definition {
	return awsservice.Definition{
		Subtype: in.Subtype, PayloadVersion: in.PayloadVersion, RoleARN: in.CredentialsARN, Parameters: in.RequestParameters,
	}
}

// serviceExpressions compiles the parameters' selection expressions.
func serviceExpressions(options selection.Options) awsservice.Compiler {
	return func(text string) (awsservice.Expression, error) {
		e, err := selection.Compile(text, options)
		if err != nil {
			return nil, err
		}
		return e, nil
	}
}
