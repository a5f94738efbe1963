package exchange

import (
	"errors"
	"time"
)

// Phases are the parts of a REST API's authorization as access logs tell them apart: Authenticate verifies a signature,
// Authorizer asks a function or a user pool, and Authorize evaluates the policies of callers who signed and of functions
// (AWS Compute Blog, "Troubleshooting Amazon API Gateway with enhanced observability variables").
type Phases struct {
	Authenticate, Authorizer, Authorize Phase
	// RequestID is that of the authorizer's function; empty if none was asked.
	RequestID string
}

// Phase is how one went. Status 0 means that the call had none.
type Phase struct {
	Status  int
	Latency time.Duration
	Error   string
}

// End notes that the phase is over.
func (p *Phase) End(began time.Time, err error) {
	*p = Phase{Status: 200, Latency: time.Since(began)}
	if err == nil {
		return
	}
	kind := KindInternal
	if f, ok := errors.AsType[*Fault](err); ok {
		kind, p.Error = f.Kind, f.Message
	}
	p.Status = kind.REST().Status
	if p.Error == "" {
		p.Error = kind.REST().Message
	}
}
