package integrate

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/backend"
	"github.com/dipylon/dipylon/internal/content"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/upstream"
)

// HTTPProxyConfig is what an HTTP_PROXY integration is compiled from.
type HTTPProxyConfig struct {
	Integration gateway.Integration
	Route       gateway.RouteKey
	// StageVariables are put into the URI.
	StageVariables map[string]string
	Backends       Backends
}

// HTTPProxy returns the step of an HTTP_PROXY integration
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-http.html): the request
// goes on as it came, to the integration's URI with the route's path variables put in, and the answer comes back as it
// is. A call to the $default route takes its whole path along.
func HTTPProxy(cfg HTTPProxyConfig) (exchange.Step, error) {
	uri, err := parseURI(cfg.Integration.URI, cfg.StageVariables)
	if err != nil {
		return exchange.Step{}, err
	}
	if err := uri.checkVariables(cfg.Route.HasVariable); err != nil {
		return exchange.Step{}, err
	}
	p := newHTTPProxy(cfg, uri)
	p.host = []byte(uri.authority)
	p.target = &upstream.Target{
		Addr: dialAddr(uri), TLS: uri.scheme == "https", ServerName: cfg.Integration.ServerNameToVerify,
	}
	if cfg.Route.Default {
		p.wholePath = true
		p.trimSlash()
	}
	return p.step(cfg.Integration.URI), nil
}

func newHTTPProxy(cfg HTTPProxyConfig, uri *template) *httpProxy {
	p := &httpProxy{
		backends: cfg.Backends,
		uri:      uri,
		timeout:  time.Duration(cfg.Integration.TimeoutMillis) * time.Millisecond,
	}
	if m := cfg.Integration.Method; m != "" && m != gateway.MethodAny {
		p.method = []byte(m)
	}
	return p
}

func (p *httpProxy) step(uri string) exchange.Step {
	return exchange.Step{Name: Name, Run: p.run, Detail: p.describe(uri)}
}

type httpProxy struct {
	backends Backends
	uri      *template
	timeout  time.Duration
	// target is where calls go; nil when group gives each call its own.
	target *upstream.Target
	group  *backend.Group
	// host is sent; nil keeps the client's.
	host []byte
	// method replaces the client's; nil keeps it.
	method []byte
	// rest is for REST APIs: api is then the API's id, and agent what it calls itself. plain is for their integrations that are
	// no proxies.
	rest, plain bool
	api, agent  []byte
	// content is what becomes of a REST API's payloads that are passed on.
	content content.Rules
	// service is an AWS service; nil for other back ends.
	service *restService
	// stream is nil for answers that are not streamed.
	stream *Streaming
	// wholePath appends the call's path to the URI's.
	wholePath bool
}

// trimSlash takes the slash from the end of the URI's path, since the path that is appended begins with one.
func (p *httpProxy) trimSlash() {
	last := len(p.uri.path) - 1
	if last >= 0 && p.uri.path[last].variable == "" {
		p.uri.path[last].literal = strings.TrimSuffix(p.uri.path[last].literal, "/")
	}
}

func (p *httpProxy) describe(uri string) string {
	method := string(p.method)
	if method == "" {
		method = gateway.MethodAny
	}
	if p.wholePath {
		uri += " + path"
	}
	kind := gateway.RestHTTPProxy
	switch {
	case p.service != nil:
		kind = gateway.RestAWS
	case p.plain:
		kind = gateway.RestHTTP
	}
	return fmt.Sprintf("%s %s %s, timeout %v", kind, method, uri, p.timeout)
}

func (p *httpProxy) run(ctx context.Context, x *exchange.Exchange) error {
	p.headers(x)
	x.Integration.Header.Edit(x.Outgoing.Edits)
	if p.rest && len(x.Outgoing.Edits) > 0 {
		x.Integration.Header.Del("Expect") // mapped, it goes nowhere (recorded: test_apigateway_header_remapping_http)
	}
	method, host := p.method, p.host
	if method == nil {
		method = x.Request.Method
	}
	if host == nil {
		host = x.Request.Host
	}
	if x.Outgoing.Host != nil {
		host = x.Outgoing.Host
	}
	body := &x.Request.Body
	switch {
	case p.plain:
		body = &exchange.Body{Bytes: x.Outgoing.Body}
	case p.rest:
		own, _, fault := p.content.Request(x, false)
		if fault != nil {
			return fault
		}
		body = &own
	}
	began := time.Now()
	req := upstream.Request{
		Target: p.target, Method: method, RequestTarget: p.requestTarget(x), Host: host,
		Header: &x.Integration.Header, Body: body, Deadline: began.Add(p.timeout),
	}
	if p.stream != nil {
		x.Integration.Streamed = true
		req.StreamIdle, req.StreamUntil = p.stream.Idle, req.Deadline
	}
	resp := upstream.Response{Response: &x.Response, Memory: x}
	if p.service != nil {
		if err := p.service.sign(x, &req); err != nil {
			x.Integration.Error = err.Error()
			return exchange.Refuse(exchange.KindConfiguration, err)
		}
	}
	p.sayRequest(x, &req)
	err := p.do(ctx, &req, &resp)
	x.Integration.Latency = time.Since(began)
	if err != nil {
		x.Integration.Error = err.Error()
		return asFault(ctx, err)
	}
	x.Integration.Status = x.Response.Status
	if p.service != nil {
		noteIDs(x)
	}
	if p.stream != nil {
		p.stream.pace(&x.Response.Body)
	} else if err := p.sayResponse(ctx, x); err != nil {
		return err
	}
	if p.plain {
		return nil
	}
	if x.Response.Body.Len() == 0 {
		x.Response.Body.Size = resp.ContentLength // what HEAD is told
	}
	if p.rest {
		return p.restAnswer(ctx, x, resp.ContentLength)
	}
	return nil
}

// headers fills the head that goes to the back end.
func (p *httpProxy) headers(x *exchange.Exchange) {
	switch {
	case p.plain:
		p.plainHeaders(x)
		if p.service != nil {
			p.service.head(&x.Integration.Header)
		}
	case p.rest:
		p.restHeaders(x)
	default:
		forwardHeaders(x)
	}
}

// do calls the back end. In a group, a member that nothing could be sent to leaves the call to another, once.
func (p *httpProxy) do(ctx context.Context, req *upstream.Request, resp *upstream.Response) error {
	if p.group == nil {
		return p.backends.Do(ctx, req, resp)
	}
	member := p.group.Pick()
	req.Target = member.Target
	err := p.backends.Do(ctx, req, resp)
	member.Report(err)
	if err == nil || !backend.MayRetry(req, err) {
		return err
	}
	if member = p.group.PickOther(member); member == nil {
		return err
	}
	req.Target = member.Target
	err = p.backends.Do(ctx, req, resp)
	member.Report(err)
	return err
}

// requestTarget joins the URI's path and query with the call's variables, path and query. Parameter mapping may have put
// another path, or another query of the call, in their places.
func (p *httpProxy) requestTarget(x *exchange.Exchange) []byte {
	vars, query := p.vars(x), x.Request.Query
	if x.Outgoing.QuerySet {
		query = x.Outgoing.Query
	}
	n := len(x.Outgoing.Path) + size(p.uri.path, vars) + size(p.uri.query, vars) + len(query) + 2
	if p.wholePath {
		n += len(x.Route.Path)
	}
	out := p.appendPath(x.Alloc(n)[:0], x)
	separator := byte('?')
	if len(p.uri.query) > 0 {
		out = appendPieces(append(out, separator), p.uri.query, vars)
		separator = '&'
	}
	if len(query) > 0 {
		out = append(append(out, separator), query...)
	}
	return out
}

// vars are the path variables that stand in the URI.
func (p *httpProxy) vars(x *exchange.Exchange) []exchange.PathVar {
	if p.rest {
		return x.Outgoing.Vars
	}
	return x.Route.Vars
}

func (p *httpProxy) appendPath(dst []byte, x *exchange.Exchange) []byte {
	if x.Outgoing.Path != nil {
		return append(dst, x.Outgoing.Path...)
	}
	dst = appendPieces(dst, p.uri.path, p.vars(x))
	if p.wholePath {
		dst = append(dst, x.Route.Path...)
	}
	return dst
}

func dialAddr(uri *template) string {
	if _, _, err := net.SplitHostPort(uri.authority); err == nil {
		return uri.authority
	}
	port := "80"
	if uri.scheme == "https" {
		port = "443"
	}
	return net.JoinHostPort(strings.Trim(uri.authority, "[]"), port)
}
