package respond

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/jsontext"
)

// Text is a compiled template or mapping expression.
type Text interface {
	// Append appends the text for a call, and reports whether there is one.
	Append(dst []byte, x *exchange.Exchange) ([]byte, bool)
}

// RESTConfig is what the step for REST APIs is compiled from.
type RESTConfig struct {
	Responses []gateway.GatewayResponse
	// Template and Expression compile the texts of gateway responses.
	Template   func(string) Text
	Expression func(string) (Text, error)
}

// REST returns the step for REST APIs. A fault becomes the API's gateway response
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html), and every
// answer carries the two request ids (recorded: aws-behaviour.md, facts 1, 2 and 5). What a gateway response has that
// cannot be compiled makes faults of its type 500.
func REST(cfg RESTConfig) exchange.Step {
	s := &rest{custom: map[string]*gatewayResponse{}}
	for i := range cfg.Responses {
		r := &cfg.Responses[i]
		s.custom[string(r.Type)] = compileGatewayResponse(r, cfg)
	}
	detail := "render faults, add request ids"
	if len(s.custom) > 0 {
		detail = fmt.Sprintf("render faults with %d gateway responses, add request ids", len(s.custom))
	}
	return exchange.Step{Name: Name, Detail: detail, Run: s.run}
}

type rest struct {
	custom map[string]*gatewayResponse
}

// gatewayResponse is one, compiled. status 0 leaves it to the fault.
type gatewayResponse struct {
	status      int
	headers     []mappedHeader
	contentType []byte
	body        Text // nil for AWS's own
	broken      error
}

type mappedHeader struct {
	name  []byte
	value Text
}

func compileGatewayResponse(r *gateway.GatewayResponse, cfg RESTConfig) *gatewayResponse {
	out := &gatewayResponse{contentType: json}
	if r.StatusCode != "" {
		var err error
		if out.status, err = strconv.Atoi(r.StatusCode); err != nil || out.status < 200 || out.status > 599 {
			out.broken = fmt.Errorf("gateway response %s: no call can end with the status %s", r.Type, r.StatusCode)
		}
	}
	for _, key := range sortedKeys(r.Parameters) {
		name, ok := strings.CutPrefix(key, "gatewayresponse.header.")
		if !ok {
			continue
		}
		value, err := cfg.Expression(r.Parameters[key])
		if err != nil {
			out.broken = fmt.Errorf("gateway response %s, %s: %w", r.Type, key, err)
			continue
		}
		out.headers = append(out.headers, mappedHeader{[]byte(name), value})
	}
	if mediaType := templateOf(r.Templates); mediaType != "" {
		out.contentType = []byte(mediaType)
		out.body = cfg.Template(r.Templates[mediaType])
	}
	return out
}

// templateOf chooses the template: JSON's, or the first in the order of names.
func templateOf(templates map[string]string) string {
	if _, ok := templates["application/json"]; ok {
		return "application/json"
	}
	for _, mediaType := range sortedKeys(templates) {
		return mediaType
	}
	return ""
}

var (
	restRequestID = []byte("x-amzn-RequestId")
	extendedID    = []byte("x-amz-apigw-id")
	remapped      = "x-amzn-Remapped-"
)

func (s *rest) run(_ context.Context, x *exchange.Exchange) error {
	var err error
	if x.Fault != nil {
		err = s.render(x)
	}
	remap(x)
	if !x.Response.Header.Has(string(contentType)) { // recorded: fact 2
		x.Response.Header.Add(contentType, json)
	}
	h := &x.Response.Header
	h.Add(restRequestID, x.ID)
	h.Add(extendedID, x.ExtendedID)
	return err
}

// render replaces whatever response there is by the gateway response.
func (s *rest) render(x *exchange.Exchange) error {
	_ = x.Response.Body.Close() // nobody reads on
	x.Response.Header.Reset()
	def := x.Fault.Kind.REST()
	custom := s.find(def)
	var broken error
	if custom != nil && custom.broken != nil {
		broken = custom.broken
		x.Fault = exchange.Refuse(exchange.KindInternal, broken)
		x.Fault.Step, custom, def = Name, nil, x.Fault.Kind.REST()
	}
	x.Response.Status = def.Status
	x.Response.Body = exchange.Body{Bytes: plainBody(x, def.Status)}
	if custom == nil {
		x.Response.Header.Add(contentType, json)
	} else {
		custom.write(x)
	}
	if !x.Response.Header.Has(string(errorType)) {
		x.Response.Header.Add(errorType, []byte(def.ErrorType))
	}
	return broken
}

// find returns the API's own response: of the fault's type, or the default of its class.
func (s *rest) find(def exchange.RESTDefault) *gatewayResponse {
	if r := s.custom[def.Type]; r != nil {
		return r
	}
	if def.Status >= 500 {
		return s.custom[string(gateway.Default5XX)]
	}
	return s.custom[string(gateway.Default4XX)]
}

func (r *gatewayResponse) write(x *exchange.Exchange) {
	if r.status != 0 {
		x.Response.Status = r.status
	}
	h := &x.Response.Header
	for i := range r.headers {
		const usual = 128
		if value, ok := r.headers[i].value.Append(x.Alloc(usual)[:0], x); ok {
			h.Add(r.headers[i].name, clean(value))
		}
	}
	if !h.Has(string(contentType)) {
		h.Add(contentType, r.contentType)
	}
	if r.body != nil {
		const usual = 512
		body, _ := r.body.Append(x.Alloc(usual)[:0], x)
		x.Response.Body = exchange.Body{Bytes: body}
	}
}

// plainBody is what AWS writes where an API has no response of its own. Its failures have a space behind the colon
// (recorded: aws-behaviour.md, facts 1 and 5), those of policies a capital (recorded: aws-behaviour-auth-websocket-logs.md,
// fact 3), and no message is null (recorded: there, fact 6).
func plainBody(x *exchange.Exchange, status int) []byte {
	message := x.FaultMessage()
	body := x.Alloc(len(message) + len(`{"message": null}`) + quoteSlack)[:0]
	switch {
	case message == "":
		return append(body, `{"message":null}`...)
	case x.Fault.Kind == exchange.KindAccessDenied:
		body = append(body, `{"Message":`...)
	case status >= 500:
		body = append(body, `{"message": `...)
	default:
		body = append(body, `{"message":`...)
	}
	return append(jsontext.AppendString(body, message), '}')
}

// remap renames the fields that AWS keeps for itself (recorded: aws-behaviour.md, fact 17).
func remap(x *exchange.Exchange) {
	fields := x.Response.Header.Fields()
	for i := range fields {
		if isRemapped(fields[i].Name) {
			name := append(x.Alloc(len(remapped) + len(fields[i].Name))[:0], remapped...)
			fields[i].Name = append(name, fields[i].Name...)
		}
	}
	x.Response.Header.Del("Transfer-Encoding")
}

// isRemapped looks at the length first, so that most names cost no comparison.
func isRemapped(name []byte) bool {
	switch len(name) {
	case 4:
		return equalAny(name, "Date", "Host")
	case 6:
		return equalAny(name, "Expect", "Server")
	case 7:
		return equalAny(name, "Trailer", "Upgrade")
	case 10:
		return equalAny(name, "Connection", "User-Agent")
	case 11:
		return equalAny(name, "Content-MD5")
	case 12:
		return equalAny(name, "Max-Forwards")
	case 13:
		return equalAny(name, "Authorization")
	case 14:
		return equalAny(name, "Content-Length")
	case 16:
		return equalAny(name, "WWW-Authenticate", "x-amzn-RequestId")
	case 18:
		return equalAny(name, "Proxy-Authenticate")
	}
	return false
}

func equalAny(name []byte, names ...string) bool {
	for _, n := range names {
		if exchange.EqualFold(name, n) {
			return true
		}
	}
	return false
}

// clean makes a value fit to stand in a header field.
func clean(value []byte) []byte {
	for i, c := range value {
		if c < ' ' && c != '\t' || c == 0x7f {
			value[i] = ' '
		}
	}
	return value
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
