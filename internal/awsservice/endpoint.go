package awsservice

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// endpoint is where a service is called.
type endpoint struct {
	// region is what the signature names.
	region string
	// addr is host and port; host is the Host field.
	addr string
	host []byte
	tls  bool
	// base is the path before the service's own; without a slash at its end.
	base string
}

// parseEndpoint reads a URL that the configuration gives for a service.
func parseEndpoint(text string) (*endpoint, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("the endpoint: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("an endpoint is an http or https URL with no more than host, port and path")
	}
	e := &endpoint{host: []byte(u.Host), tls: u.Scheme == "https", base: strings.TrimRight(u.EscapedPath(), "/")}
	port := u.Port()
	switch {
	case port != "":
	case e.tls:
		port = "443"
	default:
		port = "80"
	}
	e.addr = net.JoinHostPort(u.Hostname(), port)
	return e, nil
}

// in returns where the operation is called in a region: at the configured endpoint, else at AWS's own
// (https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html).
func (o *operation) in(region string, configured *endpoint) *endpoint {
	if configured != nil {
		e := *configured
		e.region = region
		return &e
	}
	host := o.hostPrefix + o.service + "." + region + suffix(region)
	return &endpoint{region: region, host: []byte(host), addr: host + ":443", tls: true}
}

// suffix ends AWS's host names in a region.
func suffix(region string) string {
	if strings.HasPrefix(region, "cn-") {
		return ".amazonaws.com.cn"
	}
	return ".amazonaws.com"
}

// validRegion keeps what a caller may choose from becoming another host.
func validRegion[T string | []byte](region T) bool {
	const longest = 32
	if len(region) == 0 || len(region) > longest || region[0] == '-' || region[len(region)-1] == '-' {
		return false
	}
	for i := range len(region) {
		if c := region[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
