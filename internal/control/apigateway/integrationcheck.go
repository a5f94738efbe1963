package apigateway

import (
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
)

// checkIntegration checks an integration of a method as it would be stored. Recorded: test_put_integration_validation;
// aws-cdk issue 31063 has the text of the timeout, aws-sdk-java issue 860 shows credentials that are no ARN.
func (s *Service) checkIntegration(r reader, m *gateway.Method, in *gateway.RestIntegration) error {
	if err := checkBackEnd(in); err != nil {
		return err
	}
	most := s.Quotas.Timeout.Milliseconds()
	if in.TransferMode == gateway.TransferStream {
		most = max(most, gateway.MaxStreamMillis)
	}
	if in.TimeoutMillis < gateway.MinTimeoutMillis || int64(in.TimeoutMillis) > most {
		return badRequest("Timeout should be between %d ms and %d ms", gateway.MinTimeoutMillis, most)
	}
	if !slices.Contains([]string{gateway.WhenNoMatch, gateway.WhenNoTemplates, gateway.Never}, in.PassthroughBehavior) {
		return badRequest("Invalid passthrough behavior specified. Valid options are WHEN_NO_MATCH,WHEN_NO_TEMPLATES,NEVER")
	}
	if err := r.checkConnection(in); err != nil {
		return err
	}
	if err := checkRequestMapping(m, in.RequestParameters); err != nil {
		return err
	}
	if err := checkTemplates(in.RequestTemplates); err != nil {
		return err
	}
	return checkCacheKeys(m, in)
}

// checkBackEnd checks the method and the URI that a type wants.
func checkBackEnd(in *gateway.RestIntegration) error {
	if in.Type != gateway.RestMock && in.Method == "" {
		return badRequest("Enumeration value for HttpMethod must be non-empty")
	}
	if in.Method != "" && !slices.Contains(gateway.RestMethods(), in.Method) {
		return badRequest("Invalid HttpMethod specified. Valid options are %s", strings.Join(gateway.RestMethods(), ","))
	}
	if in.Credentials != "" && !isARN(in.Credentials) {
		return badRequest("Invalid ARN specified in the request")
	}
	switch in.Type {
	case gateway.RestHTTP, gateway.RestHTTPProxy:
		if !isHTTPEndpoint(in.URI) {
			return badRequest("Invalid HTTP endpoint specified for URI")
		}
	case gateway.RestAWS, gateway.RestAWSProxy:
		if err := checkActionARN(in); err != nil {
			return err
		}
	case gateway.RestMock:
	}
	return checkTransfer(in)
}

// checkTransfer allows streams where AWS does (https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html).
func checkTransfer(in *gateway.RestIntegration) error {
	if in.TransferMode != gateway.TransferStream {
		return nil
	}
	switch {
	case in.Type != gateway.RestHTTPProxy && in.Type != gateway.RestAWSProxy:
		return badRequest("The response transfer mode STREAM is supported for HTTP_PROXY and AWS_PROXY integrations only")
	case in.Type == gateway.RestAWSProxy && !strings.HasSuffix(in.URI, "/response-streaming-invocations"):
		return badRequest("The response transfer mode STREAM needs a Lambda function's URI that ends in /response-streaming-invocations")
	}
	return nil
}

// isHTTPEndpoint reports whether uri has a scheme and a host. Variables may stand anywhere behind the scheme.
func isHTTPEndpoint(uri string) bool {
	rest, ok := strings.CutPrefix(uri, "http://")
	if !ok {
		rest, ok = strings.CutPrefix(uri, "https://")
	}
	host, _, _ := strings.Cut(rest, "/")
	return ok && host != "" && !strings.ContainsAny(uri, " \t\r\n")
}

func isARN(s string) bool { return strings.HasPrefix(s, "arn:") && strings.Count(s, ":") >= 5 }

// checkActionARN checks arn:aws:apigateway:REGION:SERVICE:path|action/... (API reference, Integration, uri).
func checkActionARN(in *gateway.RestIntegration) error {
	const fields = 6
	if !isARN(in.URI) {
		return badRequest("Invalid ARN specified in the request")
	}
	parts := strings.SplitN(in.URI, ":", fields)
	service, action := parts[4], parts[5]
	if parts[2] != "apigateway" || !strings.HasPrefix(action, "path/") && !strings.HasPrefix(action, "action/") {
		return badRequest("AWS ARN for integration must contain path or action")
	}
	isFunction := service == "lambda" && strings.HasPrefix(action, "path/") && strings.Contains(action, "/functions/")
	switch {
	case in.Type == gateway.RestAWSProxy && !isFunction:
		return badRequest("Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.")
	case !isFunction && in.Credentials == "": // the text is the one that moto answers with
		return badRequest("Role ARN must be specified for AWS integrations")
	}
	return nil
}

// checkConnection checks how a back end is reached. The link of a stage variable is known only when a call comes.
func (r reader) checkConnection(in *gateway.RestIntegration) error {
	if in.ConnectionType != gateway.ConnectionVPCLink {
		return nil
	}
	switch {
	case in.Type != gateway.RestHTTP && in.Type != gateway.RestHTTPProxy:
		return badRequest("The connection type VPC_LINK is supported for HTTP and HTTP_PROXY integrations only")
	case in.ConnectionID == "":
		return badRequest("A connectionId must be specified for the connection type VPC_LINK")
	case strings.Contains(in.ConnectionID, "${stageVariables."):
		return nil
	}
	_, err := state.RestVPCLinks().Get(r, r.key("", in.ConnectionID))
	if err != nil { // a link of version 2 leads to application load balancers
		_, err = state.VPCLinks().Get(r, r.key("", in.ConnectionID))
	}
	return orNotFound(err, badRequest("Invalid Vpc Link identifier specified"))
}

// checkCacheKeys wants parameters that the method or the mapping has.
func checkCacheKeys(m *gateway.Method, in *gateway.RestIntegration) error {
	for _, key := range in.CacheKeyParameters {
		_, declared := m.RequestParameters[key]
		_, mapped := in.RequestParameters[key]
		if !declared && !mapped {
			return badRequest("Invalid cache key parameter specified: %s", key)
		}
	}
	return nil
}
