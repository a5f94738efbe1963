package event

import (
	"strconv"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/jsontext"
)

// v1 is payload format 1.0 as HTTP APIs have it: members that an event has not are null, and those of requestContext stand
// in the order of their names (recorded byte for byte in public code index documents 47615719220 of 2020 and 3580412469
// of 2022).
type v1 struct {
	prefix string
	// resource is the member; context is where requestContext begins; place its members from resourceId on.
	resource, context, place []byte
	// variables are stage variables; "null" without any.
	variables []byte
}

func newV1(cfg Config) *v1 {
	f := &v1{prefix: cfg.prefix(), variables: variables(cfg.StageVariables)}
	f.resource = append(member([]byte{'{'}, "resource", cfg.resource())[1:], `,"path":"`...)
	f.context = member([]byte(`"requestContext":{`), "accountId", cfg.AccountID)
	f.context = member(f.context, "apiId", cfg.APIID)
	f.place = member([]byte{','}, "resourceId", cfg.RouteKey)[1:]
	f.place = append(member(member(f.place, "resourcePath", cfg.resource()), "stage", cfg.Stage), '}')
	if f.variables == nil {
		f.variables = []byte("null")
	}
	return f
}

// AppendRequest implements [Format].
func (f *v1) AppendRequest(dst []byte, x *exchange.Exchange) []byte {
	h := collect(x)
	dst = f.request(append(dst, `{"version":"1.0",`...), x)
	var space [room]pair
	fields := pairsOf(space[:0], h)
	sortPairs(fields)
	dst = appendPairs(append(dst, `"headers":`...), fields, last)
	dst = appendPairs(append(dst, `,"multiValueHeaders":`...), fields, every)
	parameters := query(space[:0], x)
	dst = orNull(append(dst, `,"queryStringParameters":`...), parameters, last)
	dst = orNull(append(dst, `,"multiValueQueryStringParameters":`...), parameters, every)
	dst = f.requestContext(append(dst, ','), x, true)
	dst = orNull(append(dst, `,"pathParameters":`...), pathParameters(space[:0], x), last)
	dst = append(append(dst, `,"stageVariables":`...), f.variables...)
	body, encode := x.Request.Body.Bytes, false
	dst = append(dst, `,"body":`...)
	if len(body) > 0 {
		encode = !isText(h.Get("Content-Type"))
		dst = appendBody(dst, body, encode)
	} else {
		dst = append(dst, "null"...)
	}
	return append(strconv.AppendBool(append(dst, `,"isBase64Encoded":`...), encode), '}')
}

// AppendAuthorization implements [Format]. The members and their order are those of
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html; no recording was found.
// requestContext is that of integrations, which has all that the page shows. Maps that are empty are so, as on the page.
func (f *v1) AppendAuthorization(dst []byte, x *exchange.Exchange, asked Asked) []byte {
	dst = append(dst, `{"version":"1.0","type":"REQUEST","methodArn":`...)
	dst = jsontext.AppendString(dst, asked.ARN)
	for _, name := range [...]string{"identitySource", "authorizationToken"} {
		dst = append(key(dst, name), '"')
		for i, source := range asked.Sources {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = jsontext.AppendText(dst, source)
		}
		dst = append(dst, '"')
	}
	dst = f.request(append(dst, ','), x)
	var space [room]pair
	fields := pairsOf(space[:0], collect(x))
	sortPairs(fields)
	dst = appendPairs(append(dst, `"headers":`...), fields, last)
	dst = appendPairs(append(dst, `,"queryStringParameters":`...), query(space[:0], x), last)
	dst = appendPairs(append(dst, `,"pathParameters":`...), pathParameters(space[:0], x), last)
	dst = append(dst, `,"stageVariables":`...)
	if f.variables[0] == '{' {
		dst = append(dst, f.variables...)
	} else {
		dst = append(dst, "{}"...)
	}
	return append(f.requestContext(append(dst, ','), x, false), '}')
}

// request appends the members from resource to httpMethod. The path stays escaped (recorded: aws-behaviour-http-api.md,
// fact 18).
func (f *v1) request(dst []byte, x *exchange.Exchange) []byte {
	dst = append(dst, f.resource...)
	if x.Outgoing.Path != nil {
		dst = jsontext.AppendText(dst, x.Outgoing.Path)
	} else {
		dst = jsontext.AppendText(append(dst, f.prefix...), x.Route.Path)
	}
	return append(member(append(dst, '"'), "httpMethod", x.Request.Method), ',')
}

// requestContext appends it; integrations are told who the caller is.
func (f *v1) requestContext(dst []byte, x *exchange.Exchange, authorized bool) []byte {
	dst = append(dst, f.context...)
	if authorized {
		dst = f.authorizer(dst, &x.Identity)
	}
	dst = member(dst, "domainName", x.Request.HostName())
	dst = member(dst, "domainPrefix", x.Request.HostPrefix())
	dst = member(dst, "extendedRequestId", x.ID)
	dst = member(dst, "httpMethod", x.Request.Method)
	dst = f.identity(dst, x)
	dst = append(appendPath(append(dst, `,"path":"`...), x, f.prefix, x.Route.Path), `","protocol":"HTTP/1.1"`...)
	dst = member(dst, "requestId", x.ID)
	dst = append(exchange.AppendTime(append(dst, `,"requestTime":"`...), x.Received), `","requestTimeEpoch":`...)
	return append(strconv.AppendInt(dst, x.Received.UnixMilli(), 10), f.place...)
}

func (f *v1) identity(dst []byte, x *exchange.Exchange) []byte {
	id := &x.Identity
	dst = optional(append(dst, `,"identity":{`...), "accessKey", id.AccessKey)
	dst = optional(optional(dst, "accountId", id.AccountID), "caller", id.Caller)
	dst = append(dst, `,"cognitoAmr":null,"cognitoAuthenticationProvider":null,"cognitoAuthenticationType":null,`...)
	dst = append(dst, `"cognitoIdentityId":null,"cognitoIdentityPoolId":null,"principalOrgId":null,"sourceIp":"`...)
	dst = append(appendAddr(dst, x.Request.Remote.Addr()), '"')
	dst = optional(dst, "user", id.User)
	dst = member(dst, "userAgent", x.Request.Header.Get("User-Agent"))
	return append(optional(dst, "userArn", id.UserARN), '}')
}

// authorizer appends what a JWT or Lambda authorizer said, the latter's context with principalId beside it.
func (f *v1) authorizer(dst []byte, id *exchange.Identity) []byte {
	switch {
	case id.Claims != nil:
		dst = append(appendClaims(append(dst, `,"authorizer":{"claims":`...), id.Claims), `,"scopes":`...)
		return append(appendScopes(dst, id.Scopes), '}')
	case id.ContextJSON != nil:
		dst = append(dst, `,"authorizer":{`...)
		if id.ContextJSON[0] == '{' {
			dst = append(dst, id.ContextJSON[1:len(id.ContextJSON)-1]...)
		}
		if _, own := id.Context["principalId"]; !own && id.Principal != "" {
			dst = member(dst, "principalId", id.Principal)
		}
		return append(dst, '}')
	}
	return dst
}

// orNull appends an object, or null if it would be empty.
func orNull(dst []byte, pairs []pair, values show) []byte {
	if len(pairs) == 0 {
		return append(dst, "null"...)
	}
	return appendPairs(dst, pairs, values)
}
