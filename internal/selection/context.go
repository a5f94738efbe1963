package selection

import (
	"strconv"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// context adds a $context variable by the name behind "context.". The names are those of
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html; in a log format any other
// name is a variable that is always absent.
func (c *compiler) context(name string) bool {
	switch {
	case name == "accountId":
		c.bind(c.options.AccountID)
		return true
	case name == "deploymentId" && c.options.DeploymentID != "":
		c.bind(c.options.DeploymentID)
		return true
	}
	p, ok := contextVariable(name)
	if c.expr.log {
		if own, isOwn := logVariable(name, &c.options); isOwn {
			p, ok = own, true
		}
	}
	if !ok && c.expr.present {
		p, ok = part{get: absent}, true
	}
	return ok && c.add(p)
}

func contextVariable(name string) (part, bool) {
	group, rest := cutName(name)
	var get getter
	switch {
	case rest == "":
		get = callVariable(name)
	case group == "authorizer":
		return authorizerVariable(rest), true
	case group == "identity":
		get = identityVariable(rest)
	case group == "integration":
		get = integrationVariable(rest)
	case group == "error":
		get = errorVariable(rest)
	case group == "requestOverride" || group == "responseOverride":
		return part{get: override, name: name}, true
	case name == "customDomain.basePathMatched":
		get = basePath
	}
	return part{get: get, plain: isPlain(name)}, get != nil
}

// isPlain tells variables whose values hold nothing to be escaped: ids, numbers, times, and what is escaped already.
func isPlain(name string) bool {
	switch name {
	case "apiId", "requestId", "extendedRequestId", "stage", "httpMethod", "protocol", "requestTime", "requestTimeEpoch",
		"isCanaryRequest",
		"status", "responseLatency", "responseLength", "dataProcessed", "integrationLatency", "integrationStatus",
		"integration.latency", "integration.timeToAllHeaders", "integration.responseTransferMode", "integration.status", "integration.integrationStatus", "identity.sourceIp",
		"error.messageString", "error.responseType", "error.validationErrorString":
		return true
	}
	return false
}

func callVariable(name string) getter {
	switch name {
	case "apiId":
		return apiID
	case "awsEndpointRequestId":
		return endpointRequestID
	case "awsEndpointRequestId2":
		return endpointRequestID2
	case "dataProcessed":
		return dataProcessed
	case "domainName":
		return domainName
	case "domainPrefix":
		return domainPrefix
	case "httpMethod":
		return httpMethod
	case "integrationErrorMessage":
		return integrationError
	case "integrationLatency":
		return integrationLatency
	case "integrationStatus":
		return integrationStatus
	case "isCanaryRequest":
		return isCanaryRequest
	case "path":
		return contextPath
	case "protocol":
		return protocol
	case "requestId":
		return requestID
	case "extendedRequestId":
		return extendedRequestID
	case "resourceId":
		return resourceID
	case "resourcePath":
		return resourcePath
	case "requestTime":
		return requestTime
	case "requestTimeEpoch":
		return requestTimeEpoch
	case "responseLatency":
		return responseLatency
	case "responseLength":
		return responseLength
	case "routeKey":
		return routeKey
	case "stage":
		return stage
	case "status":
		return status
	}
	return nil
}

func apiID(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return optional(dst, x.Route.APIID)
}

func stage(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return optional(dst, x.Route.Stage)
}

func routeKey(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return optional(dst, x.Route.Key)
}

// isCanaryRequest is there where the stage has a canary (recorded: aws-behaviour.md, fact 33).
func isCanaryRequest(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	switch x.Route.Release {
	case exchange.ProductionRelease:
		return append(dst, "false"...), true
	case exchange.CanaryRelease:
		return append(dst, "true"...), true
	case exchange.OnlyRelease:
	}
	return dst, false
}

func basePath(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return optional(dst, x.Route.BasePath)
}

func requestID(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return append(dst, x.ID...), len(x.ID) > 0
}

// extendedRequestID is the same in HTTP APIs.
func extendedRequestID(dst []byte, x *exchange.Exchange, p *part) ([]byte, bool) {
	if x.ExtendedID == nil {
		return requestID(dst, x, p)
	}
	return append(dst, x.ExtendedID...), true
}

func resourceID(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return optional(dst, x.Route.ResourceID)
}

func resourcePath(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return optional(dst, x.Route.Resource)
}

func httpMethod(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return append(dst, x.Request.Method...), true
}

// domainName is the host without a port, which calls to AWS do not have.
func domainName(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	host := x.Request.HostName()
	return append(dst, host...), len(host) > 0
}

func domainPrefix(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	label := x.Request.HostPrefix()
	return append(dst, label...), len(label) > 0
}

// contextPath is the path as events have it: with the stage unless that is $default, and decoded
// (aws-behaviour-http-api.md, facts 18 and 29), which REST APIs' is not (aws-behaviour.md, fact 8).
func contextPath(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	if x.REST {
		return x.AppendContextPath(dst), true
	}
	if s := x.Route.Stage; s != "" && !strings.HasPrefix(s, "$") {
		dst = append(append(dst, '/'), s...)
	}
	return exchange.AppendUnescaped(dst, x.Route.Path, false), true
}

// protocol is HTTP/1.1 for HTTP/2 clients too (aws-behaviour-http-api.md, fact 30).
func protocol(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	if x.Request.Proto == exchange.HTTP10 {
		return append(dst, "HTTP/1.0"...), true
	}
	return append(dst, "HTTP/1.1"...), true
}

func requestTime(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return exchange.AppendTime(dst, x.Received), true
}

// requestTimeEpoch is in milliseconds (aws-behaviour-http-api.md, fact 30).
func requestTimeEpoch(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return strconv.AppendInt(dst, x.Received.UnixMilli(), 10), true
}

func responseLatency(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return strconv.AppendInt(dst, time.Since(x.Received).Milliseconds(), 10), true
}

func responseLength(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	n := x.Response.Body.Len()
	if n < 0 {
		return dst, false
	}
	return strconv.AppendInt(dst, n, 10), true
}

// dataProcessed counts both payloads, as far as their lengths are known.
func dataProcessed(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	n := max(x.Request.Body.Len(), 0) + max(x.Response.Body.Len(), 0)
	return strconv.AppendInt(dst, n, 10), true
}

func status(dst []byte, x *exchange.Exchange, _ *part) ([]byte, bool) {
	return positive(dst, x.Response.Status)
}

func optional(dst []byte, s string) ([]byte, bool) { return append(dst, s...), s != "" }

func positive(dst []byte, n int) ([]byte, bool) {
	if n <= 0 {
		return dst, false
	}
	return strconv.AppendInt(dst, int64(n), 10), true
}
