package integrate

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"

	"github.com/dipylon/dipylon/internal/content"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda/event"
	"github.com/dipylon/dipylon/internal/upstream"
)

// RESTHTTPConfig is what an HTTP or HTTP_PROXY integration of a REST API is compiled from.
type RESTHTTPConfig struct {
	Integration gateway.RestIntegration
	APIID       string
	// Mapped says whether parameter mapping gives a variable of the URI its value.
	Mapped func(name string) bool
	// StageVariables are put into the URI.
	StageVariables map[string]string
	// Binary are the API's binary media types.
	Binary   content.MediaTypes
	Backends Backends
	// LoadBalancer is the ARN of what a VPC link leads to, and Groups finds the back ends behind it. Without one the URI's
	// host is called.
	LoadBalancer string
	Groups       Groups
	// Stream is nil for answers that are not streamed.
	Stream *Streaming
	// Certificate is shown to back ends that ask for one; nil for none.
	Certificate *tls.Certificate
}

// RESTHTTPProxy returns the step of an HTTP_PROXY integration of a REST API
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/setup-http-integrations.html): the request goes on as it
// came, to the integration's URI, whose variables parameter mapping fills.
func RESTHTTPProxy(cfg RESTHTTPConfig) (exchange.Step, error) {
	p, err := newRESTHTTP(cfg)
	if err != nil {
		return exchange.Step{}, err
	}
	return p.step(cfg.Integration.URI), nil
}

// RESTHTTP returns the step of an HTTP integration of a REST API: what goes to the integration's URI has been mapped and
// transformed before, and nothing of the client's request goes along by itself (recorded: aws-behaviour.md, fact 19).
func RESTHTTP(cfg RESTHTTPConfig) (exchange.Step, error) {
	p, err := newRESTHTTP(cfg)
	if err != nil {
		return exchange.Step{}, err
	}
	p.plain = true
	return p.step(cfg.Integration.URI), nil
}

func newRESTHTTP(cfg RESTHTTPConfig) (*httpProxy, error) {
	in := &cfg.Integration
	uri, err := parseURI(in.URI, cfg.StageVariables)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errEndpoint, err)
	}
	if err := uri.checkVariables(cfg.Mapped); err != nil {
		return nil, err
	}
	p := newHTTPProxy(HTTPProxyConfig{
		Integration: gateway.Integration{Method: in.Method, TimeoutMillis: in.TimeoutMillis}, Backends: cfg.Backends,
	}, uri)
	p.stream = cfg.Stream
	p.rest, p.api, p.host = true, []byte(cfg.APIID), []byte(uri.authority)
	p.agent = []byte("AmazonAPIGateway_" + cfg.APIID)
	p.content.Types = cfg.Binary
	p.content.Handling, _ = content.ParseHandling(in.ContentHandling)
	p.target = &upstream.Target{Addr: dialAddr(uri), TLS: uri.scheme == "https", Certificate: cfg.Certificate}
	if in.InsecureSkipVerification != nil {
		p.target.AnyAuthority = *in.InsecureSkipVerification
	}
	if cfg.LoadBalancer == "" {
		return p, nil
	}
	group, ok := cfg.Groups.Find(cfg.LoadBalancer)
	if !ok {
		return nil, noGroup(cfg.LoadBalancer)
	}
	p.target.ServerName, _, _ = net.SplitHostPort(p.target.Addr)
	p.group = group.LikeTarget(p.target)
	return p, nil
}

// RESTLambdaConfig is what an AWS_PROXY integration of a REST API is compiled from.
type RESTLambdaConfig struct {
	Ref           gateway.FunctionRef
	Function      Function
	Format        event.Format
	TimeoutMillis int
	// Stream is nil for answers that are not streamed.
	Stream *Streaming
	// APIID and SourceARN are who calls, for logs.
	APIID, SourceARN string
}

// RESTLambda returns the step of an AWS_PROXY integration of a REST API with a Lambda function
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html). A function that
// fails or whose answer is none is 502, one that cannot be called 500, one that is too slow 504.
func RESTLambda(cfg RESTLambdaConfig) (exchange.Step, error) {
	return proxyFunction(cfg, "REST")
}

var (
	nameForwardedFor   = []byte("X-Forwarded-For")
	nameForwardedProto = []byte("X-Forwarded-Proto")
	nameAPI            = []byte("X-Amzn-Apigateway-Api-Id")
	nameAgent          = []byte("User-Agent")
	nameAccept         = []byte("Accept")
	nameType           = []byte("Content-Type")
	typeJSON           = []byte("application/json")
	nameRemappedLength = []byte("x-amzn-Remapped-Content-Length")
	protoHTTP          = []byte("http")
	protoHTTPS         = []byte("https")
)

// restHeaders fills the head that goes to the back end: the client's fields, without those of the connection, and those
// that REST APIs add (recorded: aws-behaviour.md, facts 10 and 19).
func (p *httpProxy) restHeaders(x *exchange.Exchange) {
	in, out := x.Request.Header.Fields(), &x.Integration.Header
	connection := x.Request.Header.Get("Connection")
	var forwarded []byte
	agent := false
	for i := range in {
		f := &in[i]
		switch {
		case exchange.EqualFold(f.Name, "X-Forwarded-For"):
			forwarded = x.Join(forwarded, f.Value)
			continue
		case exchange.IsKept(f.Name) || exchange.EqualFold(f.Name, "Proxy-Authorization") || connection != nil && namedBy(connection, f.Name):
			continue
		case x.Request.Decoded && exchange.EqualFold(f.Name, "Content-Encoding"):
			continue
		case exchange.EqualFold(f.Name, "User-Agent"):
			agent = true
		}
		out.Add(f.Name, f.Value)
	}
	if !agent {
		out.Add(nameAgent, p.agent)
	}
	out.Add(nameAPI, p.api)
	x.AddTrace(out)
	if x.Trial != nil { // there is no client
		return
	}
	const longest = 45
	out.Add(nameForwardedFor, x.Join(forwarded, x.Request.Remote.Addr().Unmap().WithZone("").AppendTo(x.Alloc(longest)[:0])))
	out.Add(namePort, port(x))
	if x.Request.TLS {
		out.Add(nameForwardedProto, protoHTTPS)
	} else {
		out.Add(nameForwardedProto, protoHTTP)
	}
}

// plainHeaders fills the head of what is no proxy (recorded: fact 19; test_http_integration_method: a payload has a type).
func (p *httpProxy) plainHeaders(x *exchange.Exchange) {
	out := &x.Integration.Header
	out.Add(nameAccept, typeJSON)
	if len(x.Outgoing.Body) > 0 {
		mediaType := x.Request.Header.Get("Content-Type")
		if len(mediaType) == 0 {
			mediaType = typeJSON
		}
		out.Add(nameType, mediaType)
	}
	out.Add(nameAgent, p.agent)
	out.Add(nameAPI, p.api)
	x.AddTrace(out)
}

// restAnswer makes the client's response of the back end's.
func (p *httpProxy) restAnswer(ctx context.Context, x *exchange.Exchange, length int64) error {
	if p.stream == nil {
		answers := content.Rules{Types: p.content.Types} // the handling is for requests
		if _, fault := answers.Response(ctx, x, false); fault != nil {
			x.Integration.Error = fault.Error()
			x.Response = exchange.Response{Header: x.Response.Header}
			x.Response.Header.Reset()
			return fault
		}
	}
	remapLength(x, length)
	return nil
}

// remapLength tells the length that the back end declared (recorded: fact 17).
func remapLength(x *exchange.Exchange, length int64) {
	if length >= 0 {
		const digits = 20
		x.Response.Header.Add(nameRemappedLength, strconv.AppendInt(x.Alloc(digits)[:0], length, 10))
	}
}
