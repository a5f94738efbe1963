package event

import (
	"strconv"

	"github.com/dipylon/dipylon/internal/content"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/jsontext"
)

// RESTConfig is what is settled of the events of a REST API's method.
type RESTConfig struct {
	AccountID, APIID, Stage, DeploymentID string
	ResourceID, Resource, OperationName   string
	StageVariables                        map[string]string
	// Binary are the API's binary media types.
	Binary content.MediaTypes
}

// NewREST returns the format of REST APIs
// (https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html#apigateway-example-event). Members stand as in the
// recordings that aws-behaviour.md names for facts 7 to 10.
func NewREST(cfg RESTConfig) Format {
	f := &rest{binary: cfg.Binary, variables: variables(cfg.StageVariables)}
	if f.variables == nil {
		f.variables = []byte("null")
	}
	f.resource = append(member([]byte{'{'}, "resource", cfg.Resource), `,"path":"`...)
	f.place = member([]byte{'{'}, "resourceId", cfg.ResourceID)
	f.path = member([]byte{','}, "resourcePath", cfg.Resource)[1:]
	if cfg.OperationName != "" {
		f.path = member(f.path, "operationName", cfg.OperationName)
	}
	f.prefix = string(jsontext.AppendText([]byte{'/'}, cfg.Stage))
	f.stage = append(member([]byte{','}, "accountId", cfg.AccountID)[1:], `,"protocol":"HTTP/1.1"`...)
	f.stage = member(f.stage, "stage", cfg.Stage)
	f.api = []byte{','}
	if cfg.DeploymentID != "" { // a trial has none
		f.api = member(f.api, "deploymentId", cfg.DeploymentID)
	}
	f.api = member(f.api, "apiId", cfg.APIID)[1:]
	return f
}

type rest struct {
	binary content.MediaTypes
	prefix string
	// resource begins an event. place begins its requestContext; path, stage and api are settled parts of it.
	resource, place, path, stage, api []byte
	variables                         []byte // "null" without any
}

// AppendRequest implements [Format].
func (f *rest) AppendRequest(dst []byte, x *exchange.Exchange) []byte {
	h := restHead(x)
	dst = f.begin(dst, x)
	var space [room]pair
	fields := pairsOf(space[:0], h)
	sortPairs(fields)
	dst = orNull(append(dst, `,"headers":`...), fields, last)
	dst = orNull(append(dst, `,"multiValueHeaders":`...), fields, every)
	parameters := query(space[:0], x)
	dst = orNull(append(dst, `,"queryStringParameters":`...), parameters, last)
	dst = orNull(append(dst, `,"multiValueQueryStringParameters":`...), parameters, every)
	dst = orNull(append(dst, `,"pathParameters":`...), pathAsSent(space[:0], x), last)
	dst = append(append(dst, `,"stageVariables":`...), f.variables...)
	dst = f.requestContext(append(dst, `,"requestContext":`...), x)
	body, encode := x.Request.Body.Bytes, false
	dst = append(dst, `,"body":`...)
	if len(body) > 0 {
		if encode = f.binary.Match(x.Request.Header.Get("Content-Type")); !encode {
			body = content.Text(body, x.Alloc)
		}
		dst = appendBody(dst, body, encode)
	} else {
		dst = append(dst, "null"...)
	}
	return append(strconv.AppendBool(append(dst, `,"isBase64Encoded":`...), encode), '}')
}

// AppendAuthorization implements [Format]: the event of a REQUEST authorizer, whose maps are empty and not null
// (recorded: aws-behaviour-auth-websocket-logs.md, fact 14).
func (f *rest) AppendAuthorization(dst []byte, x *exchange.Exchange, asked Asked) []byte {
	dst = member(append(dst, `{"type":"REQUEST"`...), "methodArn", asked.ARN)
	mark := len(dst)
	dst = f.begin(dst, x)
	dst[mark] = ','
	var space [room]pair
	fields := pairsOf(space[:0], restHead(x))
	sortPairs(fields)
	dst = appendPairs(append(dst, `,"headers":`...), fields, last)
	dst = appendPairs(append(dst, `,"multiValueHeaders":`...), fields, every)
	parameters := query(space[:0], x)
	dst = appendPairs(append(dst, `,"queryStringParameters":`...), parameters, last)
	dst = appendPairs(append(dst, `,"multiValueQueryStringParameters":`...), parameters, every)
	dst = appendPairs(append(dst, `,"pathParameters":`...), pathAsSent(space[:0], x), last)
	dst = append(dst, `,"stageVariables":`...)
	if f.variables[0] == '{' {
		dst = append(dst, f.variables...)
	} else {
		dst = append(dst, "{}"...)
	}
	return append(f.requestContext(append(dst, `,"requestContext":`...), x), '}')
}

// AppendToken appends the event of a TOKEN authorizer (recorded: fact 13).
func AppendToken(dst, token, arn []byte) []byte {
	dst = member(append(dst, `{"type":"TOKEN"`...), "authorizationToken", token)
	return append(member(dst, "methodArn", arn), '}')
}

// begin appends the members from resource to httpMethod.
func (f *rest) begin(dst []byte, x *exchange.Exchange) []byte {
	dst = jsontext.AppendText(append(dst, f.resource...), x.Route.PlainPath())
	return member(append(dst, '"'), "httpMethod", x.Request.Method)
}

func (f *rest) requestContext(dst []byte, x *exchange.Exchange) []byte {
	dst = append(dst, f.place...)
	dst = f.authorizer(dst, &x.Identity)
	dst = append(dst, f.path...)
	dst = member(dst, "httpMethod", x.Request.Method)
	dst = member(dst, "extendedRequestId", x.ExtendedID)
	dst = exchange.AppendTime(append(dst, `,"requestTime":"`...), x.Received)
	dst = append(dst, `","path":"`...)
	if x.Trial == nil {
		dst = append(dst, f.prefix...)
	}
	dst = jsontext.AppendText(dst, x.Route.Path)
	dst = append(append(dst, '"'), f.stage...)
	dst = member(dst, "domainPrefix", x.Request.HostPrefix())
	dst = strconv.AppendInt(append(dst, `,"requestTimeEpoch":`...), x.Received.UnixMilli(), 10)
	dst = member(dst, "requestId", x.ID)
	dst = f.identity(dst, x)
	dst = member(dst, "domainName", x.Request.HostName())
	return append(append(dst, f.api...), '}')
}

// identity appends the twelve members of every event, and the API key's two if there is one (recorded: fact 9).
func (f *rest) identity(dst []byte, x *exchange.Exchange) []byte {
	id := &x.Identity
	dst = append(dst, `,"identity":{"cognitoIdentityPoolId":null`...)
	if id.APIKeyID != "" {
		dst = member(member(dst, "apiKey", id.APIKey), "apiKeyId", id.APIKeyID)
	}
	if id.VPCEndpoint != "" {
		return append(privateIdentity(dst, x), '}')
	}
	dst = append(optional(dst, "accountId", id.AccountID), `,"cognitoIdentityId":null`...)
	dst = append(optional(dst, "caller", id.Caller), `,"sourceIp":"`...)
	dst = append(x.AppendSourceIP(dst), `","principalOrgId":null`...)
	dst = append(optional(dst, "accessKey", id.AccessKey), `,"cognitoAuthenticationType":null,"cognitoAuthenticationProvider":null`...)
	dst = optional(dst, "userArn", id.UserARN)
	dst = optional(dst, "userAgent", string(x.UserAgent()))
	return append(optional(dst, "user", id.User), '}')
}

// privateIdentity appends what a call through a VPC endpoint has, in another order than others (seen in three events, of
// 2018, 2022 and 2023: public texts 62661483, 39745443555 and 44777171465).
func privateIdentity(dst []byte, x *exchange.Exchange) []byte {
	id := &x.Identity
	dst = append(member(append(dst, `,"cognitoIdentityId":null`...), "vpceId", id.VPCEndpoint), `,"principalOrgId":null,"cognitoAuthenticationType":null`...)
	dst = optional(optional(dst, "userArn", id.UserARN), "userAgent", string(x.Request.Header.Get("User-Agent")))
	dst = append(optional(optional(dst, "accountId", id.AccountID), "caller", id.Caller), `,"sourceIp":"`...)
	dst = append(appendAddr(dst, x.Request.Remote.Addr()), '"')
	dst = member(optional(dst, "accessKey", id.AccessKey), "vpcId", id.VPC)
	return optional(append(dst, `,"cognitoAuthenticationProvider":null`...), "user", id.User)
}

// authorizer appends what a Lambda authorizer said, its context with principalId and integrationLatency beside it
// (recorded: aws-behaviour-auth-websocket-logs.md, fact 10).
func (f *rest) authorizer(dst []byte, id *exchange.Identity) []byte {
	switch {
	case id.Claims != nil:
		return append(appendClaims(append(dst, `,"authorizer":{"claims":`...), id.Claims), '}')
	case id.ContextJSON != nil:
		dst = append(dst, `,"authorizer":{`...)
		if id.ContextJSON[0] == '{' {
			dst = append(dst, id.ContextJSON[1:len(id.ContextJSON)-1]...)
		}
		dst = append(member(dst, "principalId", id.Principal), `,"integrationLatency":`...)
		return append(strconv.AppendInt(dst, id.Latency.Milliseconds(), 10), '}')
	}
	return dst
}

// restHead fills x.Integration.Header with the head that events show: names as the client spelled them (recorded: fact 9).
func restHead(x *exchange.Exchange) *exchange.Header {
	out := &x.Integration.Header
	out.Reset()
	x.MethodHead(out)
	return out
}

// pathAsSent appends the path variables, which stay escaped (recorded: fact 8).
func pathAsSent(dst []pair, x *exchange.Exchange) []pair {
	for i := range x.Route.Vars {
		v := &x.Route.Vars[i]
		dst = append(dst, pair{append(x.Alloc(len(v.Name))[:0], v.Name...), v.Value})
	}
	sortPairs(dst)
	return dst
}
