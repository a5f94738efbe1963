package backend

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Config is one group of the configuration's backends, which map the name of a group to it. The name is what an
// integration has as its URI: the ARN of a load balancer's listener, the ARN of a Cloud Map service, with the attributes
// that the integration asks for as a query or without, or any other name. For REST APIs it is the ARN of the load balancer
// that the VPC link or the integration names.
type Config struct {
	// Addresses are host:port, at least one. A host that is a name is resolved each time a connection is made.
	Addresses []string
	// TLS encrypts, also where the integration has no TLS configuration of its own. ServerName is the name to ask for
	// and to verify; empty for each address's host.
	TLS        bool
	ServerName string
	// Health are the active checks; nil for none.
	Health *Health
}

// Health says how each address is checked. The zero value of a field stands for its default, which is that of an
// Application Load Balancer (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html).
type Health struct {
	// Path is asked for with GET ("/"); a status from 200 to 399 is a pass.
	Path string
	// Interval is the time between two checks of an address (30 s), Timeout the longest that one takes (5 s, or the
	// interval if that is shorter).
	Interval time.Duration
	Timeout  time.Duration
	// Healthy is how many checks in a row an unhealthy address must pass to get calls again (5), Unhealthy how many a
	// healthy one must fail to get none (2).
	Healthy   int
	Unhealthy int
}

// minInterval keeps checks from becoming a load.
const minInterval = 100 * time.Millisecond

// Validate says all that is wrong with the groups, naming group and field.
func Validate(groups map[string]Config) error {
	_, err := index(groups)
	return err
}

// index returns the names of valid groups by their canonical form.
func index(groups map[string]Config) (map[name]string, error) {
	names := make(map[name]string, len(groups))
	var errs []error
	for _, text := range slices.Sorted(maps.Keys(groups)) {
		n, err := configured(text)
		switch other, twice := names[n]; {
		case err != nil:
			errs = append(errs, fmt.Errorf("backends: %q: %w", text, err))
		case twice:
			errs = append(errs, fmt.Errorf("backends: %q asks for the same attributes as %q", text, other))
		default:
			names[n] = text
		}
		if err := groups[text].validate(); err != nil {
			errs = append(errs, fmt.Errorf("backends: %q: %w", text, err))
		}
	}
	return names, errors.Join(errs...)
}

func (c Config) validate() error {
	if len(c.Addresses) == 0 {
		return errors.New("addresses: at least one is needed")
	}
	seen := make(map[string]bool, len(c.Addresses))
	for _, addr := range c.Addresses {
		if err := checkAddress(addr); err != nil {
			return fmt.Errorf("addresses: %w", err)
		}
		folded := strings.ToLower(addr)
		if seen[folded] {
			return fmt.Errorf("addresses: %q stands twice", addr)
		}
		seen[folded] = true
	}
	switch {
	case c.ServerName != "" && !c.TLS:
		return errors.New("server_name needs tls: true")
	case !isHost(c.ServerName) && c.ServerName != "":
		return fmt.Errorf("server_name: %q is no host name", c.ServerName)
	case c.Health == nil:
		return nil
	}
	if err := c.Health.withDefaults().validate(); err != nil {
		return fmt.Errorf("health: %w", err)
	}
	return nil
}

func checkAddress(addr string) error {
	if strings.Contains(addr, "://") {
		return fmt.Errorf("%q: want host:port without a scheme; tls: true encrypts", addr)
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%q: want host:port, such as 10.0.0.1:8080 or [fd00::1]:8080", addr)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("%q: the port must be a number from 1 to 65535", addr)
	}
	if _, err := netip.ParseAddr(host); err != nil && !isHost(host) {
		return fmt.Errorf("%q: the host is neither a name nor an IP address", addr)
	}
	return nil
}

// isHost accepts what a resolver may know, which is more than a domain name: underscores too.
func isHost(host string) bool {
	return host != "" && !strings.ContainsFunc(host, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.' && r != '_'
	})
}

func (h Health) withDefaults() Health {
	setDefault(&h.Path, "/")
	setDefault(&h.Interval, 30*time.Second)
	setDefault(&h.Timeout, min(5*time.Second, h.Interval))
	setDefault(&h.Healthy, 5)
	setDefault(&h.Unhealthy, 2)
	return h
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func (h Health) validate() error {
	switch {
	case h.Path[0] != '/' || strings.ContainsFunc(h.Path, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '#' }):
		return fmt.Errorf("path: %q: want /PATH[?QUERY] of ASCII characters, escaped where needed", h.Path)
	case h.Interval < minInterval:
		return fmt.Errorf("interval: %v is shorter than %v", h.Interval, minInterval)
	case h.Timeout < 0 || h.Timeout > h.Interval:
		return fmt.Errorf("timeout: %v is not between 0 and the interval, %v", h.Timeout, h.Interval)
	case h.Healthy < 0 || h.Unhealthy < 0:
		return errors.New("healthy and unhealthy: want 1 or more")
	}
	return nil
}
