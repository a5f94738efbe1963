package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// The actions that policies of APIs and of their functions speak of
// (api-gateway-control-access-using-iam-policies-to-invoke-api, apigateway-websocket-control-access-iam).
const (
	ActionInvoke            = "execute-api:Invoke"
	ActionInvalidateCache   = "execute-api:InvalidateCache"
	ActionManageConnections = "execute-api:ManageConnections"
	ActionInvokeFunction    = "lambda:InvokeFunction"
)

// API names an API as ARNs do.
type API struct {
	Region, Account, ID string
}

// appendTo appends the ARN of the API itself, without a stage.
func (a API) appendTo(dst []byte) []byte {
	dst = append(dst, "arn:"...)
	dst = append(dst, partition(a.Region)...)
	dst = append(dst, ":execute-api:"...)
	dst = append(dst, a.Region...)
	dst = append(dst, ':')
	dst = append(dst, a.Account...)
	dst = append(dst, ':')
	return append(dst, a.ID...)
}

// partition returns the part of AWS that a region is in.
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	default:
		return "aws"
	}
}

// AppendARN appends what is called: arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH. The path is the one that
// was called, not a template, and begins with a slash; that of the root ends in "/METHOD/"
// (aws-behaviour-auth-websocket-logs, fact 13).
func (a API) AppendARN(dst []byte, stage, method, path string) []byte {
	dst = append(a.appendTo(dst), '/')
	dst = append(dst, stage...)
	dst = append(dst, '/')
	dst = append(dst, method...)
	if !strings.HasPrefix(path, "/") {
		dst = append(dst, '/')
	}
	return append(dst, path...)
}

// ARN returns what [API.AppendARN] appends.
func (a API) ARN(stage, method, path string) string {
	return string(a.AppendARN(nil, stage, method, path))
}

// RouteARN returns the ARN of a route of a WebSocket API: arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/ROUTE-KEY.
func (a API) RouteARN(stage, routeKey string) string {
	return string(a.appendTo(nil)) + "/" + stage + "/" + routeKey
}

// AuthorizerARN returns the ARN that an authorizer's function is called for
// (aws-behaviour-auth-websocket-logs, fact 8).
func (a API) AuthorizerARN(id string) string {
	return string(a.appendTo(nil)) + "/authorizers/" + id
}

// shortForm begins the resources that API Gateway completes.
const shortForm = "execute-api:/"

// Expand completes the short form of a resource, execute-api:/STAGE/METHOD/PATH, and returns any other as it is
// (apigateway-resource-policies-examples).
func (a API) Expand(resource string) string {
	if !strings.HasPrefix(resource, shortForm) {
		return resource
	}
	return string(a.appendTo(nil)) + "/" + resource[len(shortForm):]
}

// ExpandPolicy completes the short forms in the Resource and NotResource elements of a resource policy and makes a list of
// one resource a string, as API Gateway does when it saves one (recorded: localstack, test_create_execute_api_vpc_endpoint
// of July 2025). It leaves every other byte alone. The result is to be given to [Compile], which knows no short form; the
// error is an *[Error].
func (a API) ExpandPolicy(doc []byte) ([]byte, error) {
	raw, err := read(doc)
	if f, ok := errors.AsType[*fault](err); ok {
		return nil, f.locate(doc)
	}
	var out []byte
	done := 0
	for i := range raw.statements {
		for _, l := range inOrder(raw.statements[i].resource, raw.statements[i].notResource) {
			if len(l.values) == 1 && doc[l.at] == '[' {
				out = append(out, doc[done:l.at]...)
				out = appendString(out, a.Expand(l.values[0].text))
				done = l.values[0].end + bytes.IndexByte(doc[l.values[0].end:], ']') + 1
				continue
			}
			for _, v := range l.values {
				if !strings.HasPrefix(v.text, shortForm) {
					continue
				}
				out = append(out, doc[done:v.at]...)
				out = appendString(out, a.Expand(v.text))
				done = v.end
			}
		}
	}
	return append(out, doc[done:]...), nil
}

// inOrder returns two elements as they stand in the document.
func inOrder(a, b list) [2]list {
	if a.at > b.at {
		a, b = b, a
	}
	return [2]list{a, b}
}

// appendString appends a JSON string in which <, > and & stand as they are.
func appendString(dst []byte, s string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic("policy: a string that does not encode: " + err.Error())
	}
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}
