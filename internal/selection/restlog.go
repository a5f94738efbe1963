package selection

import (
	"bytes"
	"strconv"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// logVariable returns a variable that only access logs of REST APIs have
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html).
func logVariable(name string, o *Options) (part, bool) {
	p := part{name: "authorizer"}
	group, rest := cutName(name)
	switch {
	case name == "requestId":
		p.get, p.plain = loggedRequestID, true
	case name == "authorizer.requestId":
		p.get = authorizerRequestID
	case name == "authorizer.integrationLatency":
		p.get = authorizerIntegrationLatency
	case name == "authorizer.integrationStatus":
		p.get = authorizerIntegrationStatus
	case name == "xrayTraceId" && o.Traced:
		p.get = xrayTraceID
	case group == "authenticate" || group == "authorize" || group == "authorizer":
		return phaseVariable(group, rest)
	}
	return p, p.get != nil
}

// loggedRequestID tells that a client's own id was no UUID (developer guide, set-up-logging).
func loggedRequestID(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	if x.REST {
		if own := x.Request.Header.Get("x-amzn-RequestId"); own != nil && !bytes.Equal(own, x.ID) {
			return append(dst, "UUID_REPLACED_INVALID_REQUEST_ID"...), true
		}
	}
	return requestID(dst, x, p)
}

// phaseVariable is status, latency or error of a part of the authorization. What an authorizer's error is, is the same for
// every kind of API.
func phaseVariable(group, what string) (part, bool) {
	p := part{name: group}
	switch what {
	case "status":
		p.get = phaseStatus
	case "latency":
		p.get = phaseLatency
	case "error":
		p.get = phaseError
		if group == "authorizer" {
			p.get = authorizerError
		}
	}
	return p, p.get != nil
}

func phaseOf(x *exchange.Exchange, p *part) *exchange.Phase {
	switch p.name {
	case "authenticate":
		return &x.Phases.Authenticate
	case "authorize":
		return &x.Phases.Authorize
	}
	return &x.Phases.Authorizer
}

// Where there was no phase, as in HTTP APIs, the name is one of an authorizer's context.

func phaseStatus(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	if phase := phaseOf(x, p); phase.Status != 0 {
		return positive(dst, phase.Status)
	}
	return ownContext(dst, x, p, "status")
}

func phaseLatency(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	if phase := phaseOf(x, p); phase.Status != 0 {
		return milliseconds(dst, phase.Latency)
	}
	return ownContext(dst, x, p, "latency")
}

func phaseError(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	return optional(dst, phaseOf(x, p).Error)
}

func ownContext(dst []byte, x *exchange.Exchange, p *part, name string) ([]byte, bool) {
	if p.name != "authorizer" {
		return dst, false
	}
	return authorizerContext(dst, x, &part{name: name})
}

func authorizerRequestID(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	if id := x.Phases.RequestID; id != "" {
		return append(dst, id...), true
	}
	return ownContext(dst, x, p, "requestId")
}

func authorizerIntegrationLatency(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	if x.Phases.RequestID != "" {
		return milliseconds(dst, x.Identity.Latency)
	}
	return ownContext(dst, x, p, "integrationLatency")
}

// authorizerIntegrationStatus is Lambda's: a function that was asked was invoked.
func authorizerIntegrationStatus(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	if x.Phases.RequestID != "" {
		return append(dst, "200"...), true
	}
	return ownContext(dst, x, p, "integrationStatus")
}

func milliseconds(dst []byte, d time.Duration) ([]byte, bool) {
	return strconv.AppendInt(dst, d.Milliseconds(), 10), true
}

// xrayTraceID is the root of the trace.
func xrayTraceID(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	_, root, ok := bytes.Cut(x.Traced(), []byte("Root="))
	root, _, _ = bytes.Cut(root, []byte{';'})
	return append(dst, root...), ok
}

// Overrides tell what mapping templates have set of $context.requestOverride and $context.responseOverride; an exchange's
// Templates may.
type Overrides interface {
	// Override appends what stands under a name such as "requestOverride.header.X".
	Override(dst []byte, name string) ([]byte, bool)
}

func override(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	if o, ok := x.Templates.(Overrides); ok {
		return o.Override(dst, p.name)
	}
	return dst, false
}
