package accesslog

import "github.com/dipylon/dipylon/internal/gateway"

// DestinationError is an ARN that names no log group.
type DestinationError struct {
	ARN string
}

// Error implements error. AWS's text is not established.
func (e *DestinationError) Error() string {
	return "Invalid DestinationArn: " + e.ARN + " is not the ARN of a CloudWatch Logs log group"
}

// CheckDestination says whether a stage may log there. HTTP APIs log to groups only.
func CheckDestination(arn string) error {
	if _, ok := gateway.ParseLogGroupARN(arn); !ok {
		return &DestinationError{arn}
	}
	return nil
}
