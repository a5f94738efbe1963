package openapi

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// routeIntegration returns the operation's integration, or nil with a note if it has none that it can have.
func (r *reader) routeIntegration(op operation, key string) (*Integration, error) {
	source := op.value.get(extIntegration)
	if source == nil {
		r.inform(op.at, "%s: no %s; the route has no target", op.where, extIntegration)
		return nil, nil
	}
	target, err := r.follow(source)
	if err != nil {
		return nil, err
	}
	if target == nil {
		ref, _ := reference(source)
		r.warn(ref.at, "%s", IntegrationWarning(key, fmt.Sprintf("Reference '%s' is missing", ref.text)))
		return nil, nil
	}
	in, known := r.shared[target]
	if !known {
		ir := integrationReader{reader: r, v: target, key: key}
		if in, err = ir.read(op.where + "." + extIntegration); err != nil {
			return nil, err
		}
		if ir.problem != "" {
			r.warn(ir.at, "%s", IntegrationWarning(key, ir.problem))
			return nil, nil
		}
		if target != source {
			in.Name = integrationName(source)
			r.shared[target] = in
		}
	}
	if !r.used[in] {
		r.used[in] = true
		r.def.Integrations = append(r.def.Integrations, in)
	}
	return in, nil
}

// unusedIntegrations reads what an export marked as an integration that no route uses (recorded: CX:26017641741). Others
// that no route refers to are left alone.
func (r *reader) unusedIntegrations() error {
	all := r.root.get("components").get(extIntegrations)
	if all == nil {
		return nil
	}
	for _, m := range all.members {
		target, err := r.follow(m.value)
		if err != nil {
			return err
		}
		if target == nil || !strings.HasPrefix(m.key, unusedPrefix) || r.shared[target] != nil {
			continue
		}
		ir := integrationReader{reader: r, v: target, key: m.key}
		in, err := ir.read("components." + extIntegrations + "." + m.key)
		if err != nil {
			return err
		}
		if ir.problem != "" {
			r.warn(ir.at, "%s", IntegrationWarning(m.key, ir.problem))
			continue
		}
		in.Name = m.key
		r.shared[target] = in
		r.def.Integrations = append(r.def.Integrations, in)
	}
	return nil
}

// unusedPrefix begins the names that exports give to integrations that no route uses.
const unusedPrefix = "unusedIntegration_"

// integrationName is the name under components that a reference gives, if it names such a place.
func integrationName(source *value) string {
	ref, _ := reference(source)
	name, ok := strings.CutPrefix(ref.text, "#/components/"+extIntegrations+"/")
	if !ok || strings.ContainsAny(name, "/~%") {
		return ""
	}
	return name
}

// integrationReader reads one integration; problem is the first thing that prevents it.
type integrationReader struct {
	*reader
	v       *value
	key     string
	problem string
	at      place
}

func (r *integrationReader) fail(at place, format string, args ...any) {
	if r.problem == "" {
		r.problem, r.at = fmt.Sprintf(format, args...), at
	}
}

func (r *integrationReader) read(where string) (*Integration, error) {
	if r.v.kind != object {
		r.fail(r.v.at, "%s is not an object", extIntegration)
		return nil, nil
	}
	if err := r.checkKeys(r.v, integrationKeys, spot{where: where}); err != nil {
		return nil, err
	}
	in := &Integration{
		Type:           strings.ToUpper(r.text("type")),
		Subtype:        r.text("integrationSubtype"),
		Method:         strings.ToUpper(r.text("httpMethod")),
		URI:            r.text("uri"),
		PayloadVersion: r.payloadVersion(where),
		ConnectionType: strings.ToUpper(r.text("connectionType")),
		ConnectionID:   r.text("connectionId"),
		Credentials:    r.text("credentials"),
		Description:    r.text("description"),
		TimeoutMillis:  r.integer("timeoutInMillis"),
		Line:           r.v.at.line,
		Column:         r.v.at.column,
	}
	r.checkType(in.Type)
	r.tls(in, where)
	return in, r.parameters(in)
}

// checkType lets pass what HTTP APIs have (aws-behaviour-http-api.md, fact 53).
func (r *integrationReader) checkType(t string) {
	at := r.v.at
	if v := r.v.get("type"); v != nil {
		at = v.at
	}
	switch t {
	case TypeHTTPProxy, TypeAWSProxy:
	case "HTTP", "AWS", "MOCK":
		r.fail(at, "Currently, an API with a protocol type of HTTP may only be associated with proxy integrations "+
			"(AWS_PROXY, HTTP_PROXY)")
	case "":
		r.fail(at, "Integration type is required")
	default:
		r.fail(at, "Invalid integration type '%s'", t)
	}
}

func (r *integrationReader) text(key string) string {
	v := r.v.get(key)
	if v == nil {
		return ""
	}
	if !v.isScalar() {
		r.fail(v.at, "%s is not a string", key)
		return ""
	}
	return r.vars.Replace(v.text)
}

func (r *integrationReader) integer(key string) int {
	v := r.v.get(key)
	if v == nil {
		return 0
	}
	n, err := strconv.Atoi(v.text)
	if err != nil || !v.isScalar() || n < math.MinInt32 || n > math.MaxInt32 {
		r.fail(v.at, "%s is not an integer", key)
		return 0
	}
	return n
}

func (r *integrationReader) payloadVersion(where string) string {
	const key = "payloadFormatVersion"
	if r.text(key) == "" {
		return ""
	}
	return r.formatVersion(r.v, key, where)
}

// formatVersion takes a number for the version it looks like. AWS reads 1.0 without quotes as "1" and refuses it
// (recorded: import of the developer guide's pet store, 2020-10), which helps nobody; the information says so.
func (r *reader) formatVersion(of *value, key, where string) string {
	v := of.get(key)
	if v == nil || !v.isScalar() {
		return ""
	}
	version := r.vars.Replace(v.text)
	if v.kind == number {
		if n, err := strconv.ParseFloat(version, 64); err == nil && (n == 1 || n == 2) {
			version = strconv.FormatFloat(n, 'f', 1, 64)
			r.inform(v.at, `%s: key [%s] is a number and read as "%s"; AWS wants a string`, where, key, version)
		}
	}
	return version
}

func (r *integrationReader) tls(in *Integration, where string) {
	config := r.v.get("tlsConfig")
	if config == nil {
		return
	}
	if config.kind != object {
		r.fail(config.at, "tlsConfig is not an object")
		return
	}
	for _, m := range config.members {
		switch {
		case m.key != "serverNameToVerify":
			r.informIgnored(m, where+".tlsConfig")
		case m.value.isScalar():
			in.ServerNameToVerify = r.vars.Replace(m.value.text)
		case m.value.kind != null:
			r.fail(m.value.at, "tlsConfig.serverNameToVerify is not a string")
		}
	}
}

func (r *integrationReader) parameters(in *Integration) error {
	request, response := r.v.get("requestParameters"), r.v.get("responseParameters")
	if request != nil {
		if err := r.spend(request.size, request.at); err != nil {
			return err
		}
		in.RequestParameters = r.parameterMap(request, "requestParameters")
	}
	if response == nil {
		return nil
	}
	if response.kind != object {
		r.fail(response.at, "responseParameters is not an object")
		return nil
	}
	if err := r.spend(response.size, response.at); err != nil {
		return err
	}
	in.ResponseParameters = make(map[string]map[string]string, len(response.members))
	for _, status := range response.members {
		in.ResponseParameters[status.key] = r.parameterMap(status.value, "responseParameters."+status.key)
	}
	return nil
}

// parameterMap drops what is no string, with a warning (aws-behaviour.md, fact 48).
func (r *integrationReader) parameterMap(v *value, name string) map[string]string {
	if v.kind != object {
		r.fail(v.at, "%s is not an object", name)
		return nil
	}
	parameters := make(map[string]string, len(v.members))
	for _, m := range v.members {
		if m.value.kind != text {
			r.warn(m.value.at, "Parameter '%s' in %s of the integration for resource at path '%s' is not a string. Ignoring.",
				m.key, name, r.key)
			continue
		}
		parameters[m.key] = r.vars.Replace(m.value.text)
	}
	return parameters
}
