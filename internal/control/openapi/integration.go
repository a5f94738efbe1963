package openapi

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
)

// routeIntegration returns the operation's integration, or nil with a note if it has none that it can have.
func (r *reader) routeIntegration(op operation, key string) (*Integration, error) {
	source := op.Value.Get(extIntegration)
	if source == nil {
		r.inform(op.At, "%s: no %s; the route has no target", op.where, extIntegration)
		return nil, nil
	}
	target, err := r.follow(source)
	if err != nil {
		return nil, err
	}
	if target == nil {
		ref, _ := document.Reference(source)
		r.warn(ref.At, "%s", IntegrationWarning(key, fmt.Sprintf("Reference '%s' is missing", ref.Text)))
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
	all := r.root.Get("components").Get(extIntegrations)
	if all == nil {
		return nil
	}
	for _, m := range all.Members {
		target, err := r.follow(m.Value)
		if err != nil {
			return err
		}
		if target == nil || !strings.HasPrefix(m.Key, unusedPrefix) || r.shared[target] != nil {
			continue
		}
		ir := integrationReader{reader: r, v: target, key: m.Key}
		in, err := ir.read("components." + extIntegrations + "." + m.Key)
		if err != nil {
			return err
		}
		if ir.problem != "" {
			r.warn(ir.at, "%s", IntegrationWarning(m.Key, ir.problem))
			continue
		}
		in.Name = m.Key
		r.shared[target] = in
		r.def.Integrations = append(r.def.Integrations, in)
	}
	return nil
}

// unusedPrefix begins the names that exports give to integrations that no route uses.
const unusedPrefix = "unusedIntegration_"

// integrationName is the name under components that a reference gives, if it names such a place.
func integrationName(source *document.Value) string {
	ref, _ := document.Reference(source)
	name, ok := strings.CutPrefix(ref.Text, "#/components/"+extIntegrations+"/")
	if !ok || strings.ContainsAny(name, "/~%") {
		return ""
	}
	return name
}

// integrationReader reads one integration; problem is the first thing that prevents it.
type integrationReader struct {
	*reader
	v       *document.Value
	key     string
	problem string
	at      document.Place
}

func (r *integrationReader) fail(at document.Place, format string, args ...any) {
	if r.problem == "" {
		r.problem, r.at = fmt.Sprintf(format, args...), at
	}
}

func (r *integrationReader) read(where string) (*Integration, error) {
	if r.v.Kind != document.Object {
		r.fail(r.v.At, "%s is not an object", extIntegration)
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
		Line:           r.v.At.Line,
		Column:         r.v.At.Column,
	}
	r.checkType(in.Type)
	r.tls(in, where)
	return in, r.parameters(in)
}

// checkType lets pass what HTTP APIs have (aws-behaviour-http-api.md, fact 53).
func (r *integrationReader) checkType(t string) {
	at := r.v.At
	if v := r.v.Get("type"); v != nil {
		at = v.At
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
	v := r.v.Get(key)
	if v == nil {
		return ""
	}
	if !v.IsScalar() {
		r.fail(v.At, "%s is not a string", key)
		return ""
	}
	return r.vars.Replace(v.Text)
}

func (r *integrationReader) integer(key string) int {
	v := r.v.Get(key)
	if v == nil {
		return 0
	}
	n, err := strconv.Atoi(v.Text)
	if err != nil || !v.IsScalar() || n < math.MinInt32 || n > math.MaxInt32 {
		r.fail(v.At, "%s is not an integer", key)
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
func (r *reader) formatVersion(of *document.Value, key, where string) string {
	v := of.Get(key)
	if v == nil || !v.IsScalar() {
		return ""
	}
	version := r.vars.Replace(v.Text)
	if v.Kind == document.Number {
		if n, err := strconv.ParseFloat(version, 64); err == nil && (n == 1 || n == 2) {
			version = strconv.FormatFloat(n, 'f', 1, 64)
			r.inform(v.At, `%s: key [%s] is a number and read as "%s"; AWS wants a string`, where, key, version)
		}
	}
	return version
}

func (r *integrationReader) tls(in *Integration, where string) {
	config := r.v.Get("tlsConfig")
	if config == nil {
		return
	}
	if config.Kind != document.Object {
		r.fail(config.At, "tlsConfig is not an object")
		return
	}
	for _, m := range config.Members {
		switch {
		case m.Key != "serverNameToVerify":
			r.informIgnored(m, where+".tlsConfig")
		case m.Value.IsScalar():
			in.ServerNameToVerify = r.vars.Replace(m.Value.Text)
		case m.Value.Kind != document.Null:
			r.fail(m.Value.At, "tlsConfig.serverNameToVerify is not a string")
		}
	}
}

func (r *integrationReader) parameters(in *Integration) error {
	request, response := r.v.Get("requestParameters"), r.v.Get("responseParameters")
	if request != nil {
		if err := r.spend(request.Size, request.At); err != nil {
			return err
		}
		in.RequestParameters = r.parameterMap(request, "requestParameters")
	}
	if response == nil {
		return nil
	}
	if response.Kind != document.Object {
		r.fail(response.At, "responseParameters is not an object")
		return nil
	}
	if err := r.spend(response.Size, response.At); err != nil {
		return err
	}
	in.ResponseParameters = make(map[string]map[string]string, len(response.Members))
	for _, status := range response.Members {
		in.ResponseParameters[status.Key] = r.parameterMap(status.Value, "responseParameters."+status.Key)
	}
	return nil
}

// parameterMap drops what is no string, with a warning (aws-behaviour.md, fact 48).
func (r *integrationReader) parameterMap(v *document.Value, name string) map[string]string {
	if v.Kind != document.Object {
		r.fail(v.At, "%s is not an object", name)
		return nil
	}
	parameters := make(map[string]string, len(v.Members))
	for _, m := range v.Members {
		if m.Value.Kind != document.Text {
			r.warn(m.Value.At, "Parameter '%s' in %s of the integration for resource at path '%s' is not a string. Ignoring.",
				m.Key, name, r.key)
			continue
		}
		parameters[m.Key] = r.vars.Replace(m.Value.Text)
	}
	return parameters
}
