package backend

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// name is a group's name in canonical form: two names that mean the same are equal.
type name struct {
	// base is all of it, but for a Cloud Map service's ARN what stands before the query.
	base string
	// attributes are the query's, sorted and escaped.
	attributes string
}

var (
	errNoName     = errors.New("the name is empty, or has spaces or control characters")
	errNotARN     = errors.New("want arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE")
	errNoBalancer = errors.New("want the ARN of a listener, …:listener/app/NAME/ID/ID or …:listener/net/NAME/ID/ID, or of a load balancer, …:loadbalancer/app/NAME/ID or …:loadbalancer/net/NAME/ID, as the integration or its VPC link has it")
	errNoService  = errors.New("want the ARN of a Cloud Map service, …:service/ID, with ?ATTRIBUTE=VALUE&… or without")
	errAttributes = errors.New("want ?ATTRIBUTE=VALUE&…, each attribute once and neither empty")
)

// parse reads a name. Only what can have a query, a Cloud Map service's ARN, can be wrong.
func parse(text string) (name, error) {
	base, query, found := strings.Cut(text, "?")
	if !found || service(text) != "servicediscovery" {
		return name{base: text}, nil
	}
	attributes, err := url.ParseQuery(query)
	if err != nil {
		return name{}, fmt.Errorf("%w: %w", errAttributes, err)
	}
	for attribute, values := range attributes {
		if attribute == "" || len(values) != 1 || values[0] == "" {
			return name{}, fmt.Errorf("%w: %q", errAttributes, attribute)
		}
	}
	return name{base: base, attributes: attributes.Encode()}, nil
}

// configured reads a name that stands in the configuration. Of ARNs, it wants those that an integration or a VPC link can
// name.
func configured(text string) (name, error) {
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return name{}, errNoName
	}
	n, err := parse(text)
	if err != nil {
		return name{}, err
	}
	if !strings.HasPrefix(text, "arn:") {
		return n, nil
	}
	fields := strings.SplitN(n.base, ":", 6)
	if len(fields) < 6 || fields[1] == "" || fields[2] == "" || fields[5] == "" {
		return name{}, errNotARN
	}
	resource := strings.Split(fields[5], "/")
	switch regional := fields[3] != "" && fields[4] != ""; fields[2] {
	case "elasticloadbalancing":
		if !regional || !isBalancer(resource) {
			return name{}, errNoBalancer
		}
	case "servicediscovery":
		if !regional || len(resource) != 2 || resource[0] != "service" || resource[1] == "" {
			return name{}, errNoService
		}
	}
	return n, nil
}

// isBalancer reports whether the parts are those of listener/app/NAME/ID/ID or of loadbalancer/app/NAME/ID.
func isBalancer(parts []string) bool {
	n := len(parts)
	isListener, isItself := n == 5 && parts[0] == "listener", n == 4 && parts[0] == "loadbalancer"
	if !isListener && !isItself || parts[1] != "app" && parts[1] != "net" || strings.Contains(parts[n-1], "?") {
		return false
	}
	return !slices.Contains(parts, "")
}

// service returns the service of an ARN, or nothing.
func service(text string) string {
	rest, ok := strings.CutPrefix(text, "arn:")
	if !ok {
		return ""
	}
	_, rest, _ = strings.Cut(rest, ":")
	service, _, _ := strings.Cut(rest, ":")
	return service
}
