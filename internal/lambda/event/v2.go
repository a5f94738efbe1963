package event

import (
	"encoding/base64"
	"strconv"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/jsontext"
)

// v2 is payload format 2.0. What an event has not is left out (recorded: aws-behaviour-http-api.md, fact 26).
type v2 struct {
	prefix string
	// routeKey is the member; context is where requestContext begins; place its members from routeKey to time.
	routeKey, context, place []byte
	// variables is the member stageVariables, with a comma before it; empty without variables.
	variables []byte
}

func newV2(cfg Config) *v2 {
	f := &v2{prefix: cfg.prefix()}
	f.routeKey = append(member([]byte{'{'}, "routeKey", cfg.RouteKey)[1:], `,"rawPath":"`...)
	f.context = member(append([]byte(nil), `,"requestContext":{`...), "accountId", cfg.AccountID)
	f.context = member(f.context, "apiId", cfg.APIID)
	f.place = member(member(member([]byte{','}, "routeKey", cfg.RouteKey), "stage", cfg.Stage), "time", "")
	f.place = f.place[1 : len(f.place)-1] // time's value is still open
	if v := variables(cfg.StageVariables); v != nil {
		f.variables = append([]byte(`,"stageVariables":`), v...)
	}
	return f
}

// AppendRequest implements [Format].
func (f *v2) AppendRequest(dst []byte, x *exchange.Exchange) []byte {
	dst = append(dst, `{"version":"2.0",`...)
	h := collect(x)
	dst = f.request(dst, x, h)
	dst = f.requestContext(dst, x, true)
	body, encode := x.Request.Body.Bytes, false
	if len(body) > 0 {
		encode = !isText(h.Get("Content-Type"))
		dst = appendBody(append(dst, `,"body":`...), body, encode)
	}
	dst = f.pathParameters(dst, x)
	dst = append(dst, `,"isBase64Encoded":`...)
	dst = strconv.AppendBool(dst, encode)
	return append(append(dst, f.variables...), '}')
}

// AppendAuthorization implements [Format] (recorded: the event of 2023-12 in swift-server/swift-aws-lambda-events; the
// place of path parameters and stage variables as in
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html).
func (f *v2) AppendAuthorization(dst []byte, x *exchange.Exchange, asked Asked) []byte {
	dst = append(dst, `{"version":"2.0","type":"REQUEST","routeArn":`...)
	dst = append(jsontext.AppendString(dst, asked.ARN), `,"identitySource":`...)
	if len(asked.Sources) == 0 {
		dst = append(dst, "null"...)
	} else {
		for i, source := range asked.Sources {
			dst = jsontext.AppendString(append(dst, "[,"[min(i, 1)]), source)
		}
		dst = append(dst, ']')
	}
	dst = append(dst, ',')
	dst = f.request(dst, x, collect(x))
	dst = f.requestContext(dst, x, false)
	dst = f.pathParameters(dst, x)
	return append(append(dst, f.variables...), '}')
}

// request appends the members from routeKey to queryStringParameters.
func (f *v2) request(dst []byte, x *exchange.Exchange, h *exchange.Header) []byte {
	dst = append(dst, f.routeKey...)
	path, prefix := x.Route.Path, f.prefix
	if x.Outgoing.Path != nil {
		path, prefix = x.Outgoing.Path, ""
	}
	dst = append(f.appendPath(dst, x, prefix, path), `","rawQueryString":`...)
	dst = jsontext.AppendString(dst, queryOf(x))
	dst = cookies(dst, h)
	dst = f.headers(append(dst, `,"headers":`...), h)
	var space [room]pair
	if parameters := query(space[:0], x); len(parameters) > 0 {
		dst = appendPairs(append(dst, `,"queryStringParameters":`...), parameters, joined)
	}
	return dst
}

// appendPath appends a decoded path. A question mark in it ends it (reported: fact 20).
func (f *v2) appendPath(dst []byte, x *exchange.Exchange, prefix string, path []byte) []byte {
	mark := len(dst)
	dst = appendPath(dst, x, prefix, path)
	for i, c := range dst[mark:] {
		if c == '?' {
			return dst[:mark+i]
		}
	}
	return dst
}

// headers appends the head with names in lower case, repeated fields joined, and without cookies (recorded: fact 23).
func (f *v2) headers(dst []byte, h *exchange.Header) []byte {
	fields := h.Fields()
	sortFold(fields)
	dst = append(dst, '{')
	for i := 0; i < len(fields); {
		name := fields[i].Name
		n := i + 1
		for n < len(fields) && compareFold(fields[n].Name, name) == 0 {
			n++
		}
		if len(name) == len("Cookie") && exchange.EqualFold(name, "Cookie") {
			i = n
			continue
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		mark := len(dst)
		dst = jsontext.AppendString(dst, name)
		for k := mark; k < len(dst); k++ {
			dst[k] = lower(dst[k])
		}
		dst = append(dst, ':', '"')
		for k := i; k < n; k++ {
			if k > i {
				dst = append(dst, ',')
			}
			dst = jsontext.AppendText(dst, fields[k].Value)
		}
		dst = append(dst, '"')
		i = n
	}
	return append(dst, '}')
}

// requestContext appends it; integrations are told who the caller is.
func (f *v2) requestContext(dst []byte, x *exchange.Exchange, authorized bool) []byte {
	dst = append(dst, f.context...)
	if authorized {
		dst = f.authorizer(dst, &x.Identity)
	}
	dst = member(dst, "domainName", x.Request.HostName())
	dst = member(dst, "domainPrefix", x.Request.HostPrefix())
	dst = member(append(dst, `,"http":{`...), "method", x.Request.Method)
	dst = append(f.appendPath(append(dst, `,"path":"`...), x, f.prefix, x.Route.Path), `","protocol":"HTTP/1.1","sourceIp":"`...)
	dst = appendAddr(dst, x.Request.Remote.Addr())
	dst = member(append(dst, '"'), "userAgent", x.Request.Header.Get("User-Agent"))
	dst = member(append(dst, '}'), "requestId", x.ID)
	dst = append(exchange.AppendTime(append(dst, f.place...), x.Received), `","timeEpoch":`...)
	return append(strconv.AppendInt(dst, x.Received.UnixMilli(), 10), '}')
}

// authorizer appends who calls, by the kind of authorization: jwt, iam (recorded in 2023: public code index, document
// 22435889400) or lambda; nothing for anyone.
func (f *v2) authorizer(dst []byte, id *exchange.Identity) []byte {
	switch {
	case id.Claims != nil:
		dst = append(appendClaims(append(dst, `,"authorizer":{"jwt":{"claims":`...), id.Claims), `,"scopes":`...)
		return append(appendScopes(dst, id.Scopes), "}}"...)
	case id.ContextJSON != nil:
		dst = append(append(dst, `,"authorizer":{"lambda":`...), id.ContextJSON...)
		return append(dst, '}')
	case id.UserARN != "":
		dst = member(append(dst, `,"authorizer":{"iam":{`...), "accessKey", id.AccessKey)
		dst = member(member(dst, "accountId", id.AccountID), "callerId", id.Caller)
		dst = append(dst, `,"cognitoIdentity":null,"principalOrgId":null`...)
		return append(member(member(dst, "userArn", id.UserARN), "userId", id.User), "}}"...)
	}
	return dst
}

func (f *v2) pathParameters(dst []byte, x *exchange.Exchange) []byte {
	if len(x.Route.Vars) == 0 {
		return dst
	}
	var space [room]pair
	return appendPairs(append(dst, `,"pathParameters":`...), pathParameters(space[:0], x), last)
}

// appendBody appends a body as a string, or as base64 in one.
func appendBody(dst, body []byte, encode bool) []byte {
	if !encode {
		return jsontext.AppendString(dst, body)
	}
	return append(base64.StdEncoding.AppendEncode(append(dst, '"'), body), '"')
}
