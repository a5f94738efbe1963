package integrate

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/dipylon/dipylon/internal/awsservice"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/upstream"
)

// RESTServiceConfig is what an AWS integration of a REST API with another service than Lambda is compiled from.
type RESTServiceConfig struct {
	RESTHTTPConfig
	// Endpoints are URLs by the name of the service in signatures; without one AWS is called.
	Endpoints map[string]string
	// Keys returns the key pair that signs a call.
	Keys func(x *exchange.Exchange) (awsservice.Keys, error)
}

// RESTService returns the step of an AWS integration with any service
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-request-basic-setup.html): what has been mapped
// and transformed goes to the path that the integration's URI has, or to the action that it names, signed.
//
// An action is the query parameter Action, in front of those that are mapped (a log of a test call, public code index,
// document 33322620605), and for services that are told it in X-Amz-Target this header too, unless it is mapped.
func RESTService(cfg RESTServiceConfig) (exchange.Step, error) {
	in := &cfg.Integration
	uri, err := Interpolate(in.URI, cfg.StageVariables)
	if err != nil {
		return exchange.Step{}, err
	}
	address, err := awsservice.ParseAddress(uri)
	if err != nil {
		return exchange.Step{}, err
	}
	s := &restService{keys: cfg.Keys}
	if s.service, err = awsservice.NewService(address, cfg.Endpoints, nil); err != nil {
		return exchange.Step{}, err
	}
	t, err := s.template(&address)
	if err != nil {
		return exchange.Step{}, err
	}
	if err := t.checkVariables(cfg.Mapped); err != nil {
		return exchange.Step{}, err
	}
	p := newHTTPProxy(HTTPProxyConfig{
		Integration: gateway.Integration{Method: in.Method, TimeoutMillis: in.TimeoutMillis}, Backends: cfg.Backends,
	}, t)
	p.rest, p.plain, p.service, p.host = true, true, s, s.service.Host
	p.api, p.agent = []byte(cfg.APIID), []byte("AmazonAPIGateway_"+cfg.APIID)
	p.target = &upstream.Target{Addr: s.service.Addr, TLS: s.service.TLS}
	return p.step(in.URI + " (" + s.service.Describe() + ")"), nil
}

// restService is what a call to a service has besides one to any HTTP back end.
type restService struct {
	service *awsservice.Service
	keys    func(x *exchange.Exchange) (awsservice.Keys, error)
}

// template is the service's URL with the address's path and query.
func (s *restService) template(a *awsservice.Address) (*template, error) {
	t := &template{scheme: "http", authority: string(s.service.Host)}
	if s.service.TLS {
		t.scheme = "https"
	}
	path, query, _ := strings.Cut(a.Path, "?")
	if a.Action != "" {
		query = "Action=" + a.Action
	}
	var err error
	if t.path, err = split(s.service.Base + path); err != nil {
		return nil, err
	}
	t.query, err = split(query)
	return t, err
}

// head completes the head before parameter mapping does.
func (s *restService) head(h *exchange.Header) {
	target, contentType := s.service.Action()
	if target != nil {
		h.Set(nameTarget, target)
		h.Set(nameType, contentType)
	}
}

var nameTarget = []byte("X-Amz-Target")

// sign signs a request that is complete.
func (s *restService) sign(x *exchange.Exchange, req *upstream.Request) error {
	keys, err := s.keys(x)
	if err != nil {
		return err
	}
	path, query, asked := bytes.Cut(req.RequestTarget, questionMark)
	path = s.service.Path(path)
	if req.RequestTarget = path; asked {
		req.RequestTarget = bytes.Join([][]byte{path, query}, questionMark)
	}
	err = s.service.Sign(x, awsservice.Outgoing{Method: req.Method, Path: path, Query: query, Host: req.Host, Body: req.Body.Bytes}, keys)
	if err != nil {
		return fmt.Errorf("URI/URL syntax error encountered in signing process: %w", err)
	}
	return nil
}

var questionMark = []byte{'?'}
