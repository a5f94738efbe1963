// Package remote calls functions that run elsewhere: at AWS, at another Dipylon, or in a runtime interface emulator, as
// container images of functions have one. The configuration maps names to URLs.
//
// It stands beside the host of package lambda's directory and behind its Runner interface. It may import exchange,
// gateway, lambda, sigv4 and upstream.
package remote

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/sigv4"
	"github.com/dipylon/dipylon/internal/upstream"
)

// Options configure [Functions].
type Options struct {
	// Endpoints are URLs by a function's name or ARN; "*" stands for all functions that are not defined here. A URL without a
	// path is that of a Lambda API; one with a path is called as it is.
	Endpoints map[string]string
	Client    *upstream.Client
	// KeyID, Secret and Token sign the calls of Lambda APIs.
	KeyID, Secret, Token string
	// Meters counts calls, by the words of Endpoints. Nil counts nothing.
	Meters lambda.Meters
	// Now is the clock; nil stands for time.Now.
	Now func() time.Time
}

// Functions are those that run elsewhere.
type Functions struct {
	opts      Options
	endpoints map[string]*endpoint
}

// endpoint is where functions are called.
type endpoint struct {
	target *upstream.Target
	host   []byte
	// path is that of an emulator; empty for a Lambda API.
	path   []byte
	region string // that the host names; empty for none
	meter  lambda.Meter
}

// all stands for the functions that are not defined here.
const all = "*"

// New reads the URLs.
func New(o Options) (*Functions, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	f := &Functions{opts: o, endpoints: make(map[string]*endpoint, len(o.Endpoints))}
	for name, text := range o.Endpoints {
		e, err := parseEndpoint(text)
		if err != nil {
			return nil, fmt.Errorf("the endpoint of %s: %w", name, err)
		}
		if e.path == nil && (o.KeyID == "" || o.Secret == "") {
			return nil, fmt.Errorf("the endpoint of %s is a Lambda API, and there is no key pair to sign its calls", name)
		}
		if o.Meters != nil {
			e.meter = o.Meters.Meter(gateway.Tenant{}, name)
		}
		f.endpoints[name] = e
	}
	return f, nil
}

func parseEndpoint(text string) (*endpoint, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("want an http or https URL with no more than host, port and path")
	}
	e := &endpoint{target: &upstream.Target{TLS: u.Scheme == "https"}, host: []byte(u.Host), region: regionOf(u.Hostname())}
	port := u.Port()
	switch {
	case port != "":
	case e.target.TLS:
		port = "443"
	default:
		port = "80"
	}
	e.target.Addr = net.JoinHostPort(u.Hostname(), port)
	if path := u.EscapedPath(); strings.Trim(path, "/") != "" {
		e.path = []byte(path)
	}
	return e, nil
}

// regionOf reads the region from AWS's own host name, lambda.REGION.amazonaws.com.
func regionOf(host string) string {
	service, rest, _ := strings.Cut(host, ".")
	region, domain, _ := strings.Cut(rest, ".")
	if (service == "lambda" || service == "lambda-fips") && strings.HasPrefix(domain, "amazonaws.com") {
		return region
	}
	return ""
}

// Runner implements [lambda.Remote]. The ARN with the qualifier goes before the one without, that before the name, and what
// is named goes before a definition here; "*" goes behind it.
func (f *Functions) Runner(ref gateway.FunctionRef) (lambda.Runner, bool) {
	plain := ref
	plain.Qualifier = ""
	for _, arn := range []string{ref.ARN(), plain.ARN()} {
		if e := f.endpoints[arn]; e != nil {
			return f.runner(e, ref, plain.ARN()), true
		}
	}
	if e := f.endpoints[ref.Name]; e != nil && ref.Name != all {
		return f.runner(e, ref, ref.Name), true
	}
	if e := f.endpoints[all]; e != nil {
		return f.runner(e, ref, ref.Name), false
	}
	return nil, false
}

// runner calls a function at an endpoint. A function that is mapped by its ARN is called by it, others by their name, which
// is that of a function of the key pair's account.
func (f *Functions) runner(e *endpoint, ref gateway.FunctionRef, name string) *runner {
	r := &runner{endpoint: e, client: f.opts.Client, now: f.opts.Now, token: f.opts.Token, path: e.path}
	if e.path != nil {
		return r
	}
	region := e.region
	if region == "" {
		region = ref.Tenant.Region
	}
	r.signer = &sigv4.Signer{KeyID: f.opts.KeyID, Secret: f.opts.Secret, Service: "lambda", Region: region}
	r.path = []byte("/2015-03-31/functions/" + escape(name) + "/invocations")
	if ref.Qualifier != "" {
		r.query = []byte("Qualifier=" + escape(ref.Qualifier))
	}
	return r
}

// escape writes what a signature leaves alone, and escapes all else.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
