package rest

import (
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
	"github.com/dipylon/dipylon/internal/gateway"
)

func (op *operation) integration() error {
	source := op.v.Get(extIntegration)
	if source == nil {
		return nil
	}
	v, err := op.follow(source)
	if err != nil {
		return err
	}
	if v == nil || v.Kind != document.Object || v.Get("uri") != nil && !v.Get("uri").IsScalar() { // localstack/localstack issue 4619
		return &Error{"Unable to parse API definition because of a malformed integration at path " + op.path + "."}
	}
	of := mapped{path: op.path, verb: op.out.Verb}
	in := &gateway.RestIntegration{
		Type:   gateway.RestIntegrationType(strings.ToUpper(op.text(v, "type"))),
		Method: strings.ToUpper(op.text(v, "httpMethod")), URI: op.text(v, "uri"), Credentials: op.text(v, "credentials"),
		ConnectionType: strings.ToUpper(op.text(v, "connectionType")), ConnectionID: op.text(v, "connectionId"),
		Target:            op.text(v, "integrationTarget"),
		RequestParameters: op.mapping(v, "requestParameters", of), RequestTemplates: op.mapping(v, "requestTemplates", of),
		PassthroughBehavior: strings.ToUpper(op.text(v, "passthroughBehavior")), ContentHandling: strings.ToUpper(op.text(v, "contentHandling")),
		TransferMode: strings.ToUpper(op.text(v, "responseTransferMode")), CacheNamespace: op.text(v, "cacheNamespace"),
		CacheKeyParameters: op.texts(v, "cacheKeyParameters"),
	}
	if timeout := op.text(v, "timeoutInMillis"); timeout != "" {
		if in.TimeoutMillis, err = strconv.Atoi(timeout); err != nil || in.TimeoutMillis <= 0 {
			in.TimeoutMillis = -1 // no timeout that there can be: refused as that
		}
	}
	if tls := v.Get("tlsConfig"); tls != nil {
		in.InsecureSkipVerification = new(isTrue(tls, "insecureSkipVerification"))
	}
	for _, m := range members(v.Get("responses")) {
		op.integrationResponse(in, m)
	}
	op.out.Method.Integration = in
	return nil
}

// integrationResponse reads a response whose key is its pattern; the default has none (recorded: test_import_swagger_api). The
// status may be a number (recorded: test_import_with_integer_http_status_code).
func (op *operation) integrationResponse(in *gateway.RestIntegration, m document.Member) {
	of := mapped{path: op.path, verb: op.out.Verb}
	status := op.text(m.Value, "statusCode")
	if !isStatus(status) {
		op.fail("Unable to put integration response on '%s' for resource at path '%s': Invalid Response status code specified", op.out.Verb, op.path)
		return
	}
	if _, taken := in.Responses[status]; taken {
		op.warn("More than one integration response with status code '%s' in method '%s %s'. Using the last.", status, op.out.Verb, op.path)
	}
	response := gateway.IntegrationResponse{
		Parameters: op.mapping(m.Value, "responseParameters", of), Templates: op.mapping(m.Value, "responseTemplates", of),
		ContentHandling: strings.ToUpper(op.text(m.Value, "contentHandling")),
	}
	if m.Key != "default" {
		response.SelectionPattern = new(m.Key)
	}
	set(&in.Responses, status, response)
}
