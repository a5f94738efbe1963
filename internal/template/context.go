package template

import (
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/java"
)

// context makes $context: the variables that a call of a REST API has, in the order in which AWS lists them (recorded:
// test_sqs_amz_json_protocol), where maps print as nothing. Of its maps the overrides are the call's own, so that what one
// template sets the next one finds (recorded: aws-behaviour.md, fact 26).
func (s *Scope) context(x *exchange.Exchange) *java.Map {
	const most = 21
	m := java.NewMap(most)
	m.Silent = true
	o := overridesOf(x)
	m.PutName("resourceId", x.Route.ResourceID)
	if a := authorizer(&x.Identity); a != nil {
		m.PutName("authorizer", a)
	}
	m.PutName("resourcePath", x.Route.Resource)
	m.PutName("httpMethod", string(x.Request.Method))
	m.PutName("extendedRequestId", string(x.ExtendedID))
	var room [64]byte
	m.PutName("requestTime", string(exchange.AppendTime(room[:0], x.Received)))
	m.PutName("path", string(x.AppendContextPath(nil)))
	m.PutName("accountId", s.AccountID)
	m.PutName("protocol", "HTTP/1.1")
	m.PutName("requestOverride", o.request)
	m.PutName("stage", x.Route.Stage)
	m.PutName("domainPrefix", string(x.Request.HostPrefix()))
	m.PutName("requestTimeEpoch", x.Received.UnixMilli())
	m.PutName("requestId", string(x.ID))
	m.PutName("identity", identity(x))
	m.PutName("domainName", string(x.Request.HostName()))
	m.PutName("deploymentId", s.DeploymentID)
	m.PutName("responseOverride", o.response)
	m.PutName("apiId", x.Route.APIID)
	if len(x.Integration.RequestID) > 0 {
		m.PutName("awsEndpointRequestId", string(x.Integration.RequestID))
	}
	if x.Route.Release != exchange.OnlyRelease { // recorded: fact 33
		m.PutName("isCanaryRequest", x.Route.Release == exchange.CanaryRelease)
	}
	return m
}

// identity has the members that events have, absent ones too (recorded: aws-behaviour.md, fact 9).
func identity(x *exchange.Exchange) *java.Map {
	const most = 16
	m := java.NewMap(most)
	m.Silent = true
	id := &x.Identity
	m.PutName("cognitoIdentityPoolId", nil)
	if id.APIKeyID != "" {
		m.PutName("apiKey", id.APIKey)
		m.PutName("apiKeyId", id.APIKeyID)
	}
	m.PutName("accountId", optional(id.AccountID))
	m.PutName("cognitoIdentityId", nil)
	m.PutName("caller", optional(id.Caller))
	if id.VPCEndpoint != "" {
		m.PutName("vpceId", id.VPCEndpoint)
		m.PutName("vpcId", id.VPC)
	}
	m.PutName("sourceIp", optional(string(x.AppendSourceIP(nil))))
	m.PutName("principalOrgId", nil)
	m.PutName("accessKey", optional(id.AccessKey))
	m.PutName("cognitoAuthenticationType", nil)
	m.PutName("cognitoAuthenticationProvider", nil)
	m.PutName("userArn", optional(id.UserARN))
	m.PutName("userAgent", optional(string(x.UserAgent())))
	m.PutName("user", optional(id.User))
	return m
}

func optional(s string) java.Value {
	if s == "" {
		return nil
	}
	return s
}

// authorizer is what an authorizer said of the caller, all as strings; nil without one.
func authorizer(id *exchange.Identity) *java.Map {
	var m *java.Map
	switch {
	case id.Claims != nil:
		claims := java.NewMap(id.Claims.Len())
		claims.Silent = true // null on AWS: the page on $context variables
		for i := range id.Claims.Len() {
			name, value := id.Claims.At(i)
			claims.PutName(name, strings.Clone(value))
		}
		m = java.NewMap(1)
		m.PutName("claims", claims)
	case id.Principal != "" || id.ContextJSON != nil:
		m = stringMap(id.Context)
		m.PutName("principalId", id.Principal)
		m.PutName("integrationLatency", id.Latency.Milliseconds())
	default:
		return nil
	}
	m.Silent = true
	return m
}
