package apigateway

import (
	"maps"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
)

// Parameter mapping: a map from what is set to the expression that it is set to
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html). Texts: recorded in
// test_put_integration_request_parameter_bool_type and test_integration_response_invalid_responsetemplates;
// terraform-provider-aws issue 40124, aws-apigateway-importer issue 121.

// validationResult is how AWS words what its validation of mappings and models finds.
func validationResult(prefix string, errs ...string) error {
	return badRequest("%sValidation Result: warnings : [], errors : [%s]", prefix, strings.Join(errs, ", "))
}

const invalidExpression = "Invalid mapping expression specified: "

func invalidMapping(expression string) error {
	return validationResult(invalidExpression, invalidExpression+expression)
}

func unknownParameter(name string) string {
	return "Invalid mapping expression parameter specified: " + name
}

// The beginnings of what mappings set.
const (
	integrationRequest = "integration.request."
	responseHeader     = "method.response.header."
	gatewayResponse    = "gatewayresponse."
)

// checkRequestMapping checks the parameters that an integration sets. Those it takes must be the method's.
func checkRequestMapping(m *gateway.Method, parameters map[string]string) error {
	return checkMapping(parameters, func(key string) (string, bool) {
		location, name, _ := strings.Cut(strings.TrimPrefix(key, integrationRequest), ".")
		known := strings.HasPrefix(key, integrationRequest) && slices.Contains([]string{"header", "querystring", "path"}, location)
		return "", known && isParameterName(name)
	}, func(expression string) (string, bool) {
		source, name, ok := requestSource(expression)
		if !ok || source == "body" {
			return "", ok
		}
		source = strings.TrimPrefix(source, "multivalue")
		if _, declared := m.RequestParameters["method.request."+source+"."+name]; !declared {
			return unknownParameter(expression), true
		}
		return "", true
	})
}

// checkResponseMapping checks the headers that an integration response sets: they must be the method response's.
func checkResponseMapping(m *gateway.Method, status string, parameters map[string]string) error {
	response, there := m.Responses[status]
	if len(parameters) > 0 && !there {
		return validationResult(invalidExpression, "No method response exists for method.")
	}
	return checkMapping(parameters, func(key string) (string, bool) {
		if name, ok := strings.CutPrefix(key, responseHeader); !ok || !isParameterName(name) {
			return "", false
		}
		if _, declared := response.Parameters[key]; !declared {
			return unknownParameter(key), true
		}
		return "", true
	}, func(expression string) (string, bool) {
		rest, ok := strings.CutPrefix(expression, "integration.response.")
		if rest == "body" || strings.HasPrefix(rest, "body.") && len(rest) > len("body.") {
			return "", ok
		}
		source, name, _ := strings.Cut(rest, ".")
		return "", ok && (source == "header" || source == "multivalueheader") && isParameterName(name)
	})
}

// checkGatewayMapping checks what a gateway response sets: headers, and by the API reference paths and query strings too. There
// is no method, so any parameter may be taken.
func checkGatewayMapping(parameters map[string]string) error {
	return checkMapping(parameters, func(key string) (string, bool) {
		rest, ok := strings.CutPrefix(key, gatewayResponse)
		location, name, _ := strings.Cut(rest, ".")
		return "", ok && slices.Contains([]string{"header", "path", "querystring"}, location) && isParameterName(name)
	}, func(expression string) (string, bool) {
		source, _, ok := requestSource(expression)
		return "", ok && source != "body"
	})
}

// checkMapping checks every pair. The two functions return what is wrong with a name that they know, and whether they know it;
// expressions that hold everywhere are known without them.
func checkMapping(parameters map[string]string, key, value func(string) (string, bool)) error {
	var errs []string
	add := func(text, wrong string, known bool) {
		if !known {
			wrong = invalidExpression + text
		}
		if wrong != "" {
			errs = append(errs, wrong)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		wrong, known := key(name)
		add(name, wrong, known)
		if expression := parameters[name]; !isAnywhere(expression) {
			wrong, known = value(expression)
			add(expression, wrong, known)
		}
	}
	if len(errs) > 0 {
		return validationResult(invalidExpression, errs...)
	}
	return nil
}

// isAnywhere reports whether an expression is static text, a stage variable or of the context.
func isAnywhere(expression string) bool {
	if len(expression) >= 2 && strings.HasPrefix(expression, "'") && strings.HasSuffix(expression, "'") {
		return true
	}
	for _, prefix := range []string{"stageVariables.", "context."} {
		if name, ok := strings.CutPrefix(expression, prefix); ok {
			return isParameterName(name)
		}
	}
	return false
}

// requestSource takes method.request.SOURCE.NAME apart. The body's name is a JSONPath or empty.
func requestSource(expression string) (source, name string, ok bool) {
	rest, ok := strings.CutPrefix(expression, "method.request.")
	if !ok {
		return "", "", false
	}
	source, name, _ = strings.Cut(rest, ".")
	switch source {
	case "body":
		return source, name, rest == "body" || name != ""
	case "header", "querystring", "path", "multivalueheader", "multivaluequerystring":
		return source, name, isParameterName(name)
	}
	return "", "", false
}

// isParameterName reports whether name can be that of a header, a query string or a path variable.
func isParameterName(name string) bool {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c > '~' || c == '\'' || c == '"' || c == ',' {
			return false
		}
	}
	return name != ""
}

// maxTemplate is the longest mapping template in bytes (limits).
const maxTemplate = 300 << 10

func checkTemplates(templates map[string]string) error {
	for contentType, template := range templates {
		if err := checkContentType(contentType); err != nil {
			return err
		}
		if len(template) > maxTemplate {
			return badRequest("The mapping template of %s is longer than %d bytes", contentType, maxTemplate)
		}
	}
	return nil
}

func checkContentType(contentType string) error {
	kind, subtype, ok := strings.Cut(contentType, "/")
	if !ok || !isParameterName(kind) || strings.TrimSpace(subtype) == "" {
		return validationResult("", "Invalid content type specified: "+contentType)
	}
	return nil
}
