package backend

import (
	"strings"
	"testing"
	"time"
)

const (
	listener = "arn:aws:elasticloadbalancing:us-east-2:123456789012:listener/app/my-load-balancer/50dc6c495c0c9188/0467ef3c8400ae65"
	cloudMap = "arn:aws:servicediscovery:us-east-2:123456789012:service/srv-id"
)

// valid is a group that each case of a table changes.
func valid() Config { return Config{Addresses: []string{"10.0.0.1:80"}} }

func withAddresses(addrs ...string) Config { return Config{Addresses: addrs} }

func withHealth(h Health) Config { return Config{Addresses: []string{"10.0.0.1:80"}, Health: &h} }

func TestValidate(t *testing.T) {
	cases := []struct {
		name   string
		groups map[string]Config
		want   string // a part of the error, or nothing
	}{
		{"none", nil, ""},
		{"listener", map[string]Config{listener: valid()}, ""},
		{"network load balancer", map[string]Config{strings.Replace(listener, "/app/", "/net/", 1): valid()}, ""},
		{"other partition", map[string]Config{strings.Replace(listener, "arn:aws:", "arn:aws-cn:", 1): valid()}, ""},
		{"service with and without attributes", map[string]Config{cloudMap: valid(), cloudMap + "?stage=prod&deployment=green": valid()}, ""},
		{"any name", map[string]Config{"orders": valid(), "a?b=c": valid(), "arn:x:y:::z": valid()}, ""},
		{"hosts", map[string]Config{"a": withAddresses("localhost:1", "a_b.example.com:65535", "[::1]:80", "[fe80::1%eth0]:80", "127.0.0.1:80")}, ""},
		{"everything", map[string]Config{"a": {
			Addresses: []string{"a:1"}, TLS: true, ServerName: "api.example.com",
			Health: &Health{Path: "/health?x=%20", Interval: time.Second, Timeout: time.Second, Healthy: 1, Unhealthy: 1},
		}}, ""},
		{"health by default", map[string]Config{"a": withHealth(Health{})}, ""},
		{"timeout follows a short interval", map[string]Config{"a": withHealth(Health{Interval: time.Second})}, ""},

		{"no name", map[string]Config{"": valid()}, `backends: "": the name is empty`},
		{"name with a space", map[string]Config{"a b": valid()}, "has spaces"},
		{"cut ARN", map[string]Config{"arn:aws:elasticloadbalancing": valid()}, "want arn:PARTITION:"},
		{"load balancer", map[string]Config{strings.Replace(strings.TrimSuffix(listener, "/0467ef3c8400ae65"), ":listener/", ":loadbalancer/", 1): valid()}, ""},
		{"load balancer with a listener's id", map[string]Config{strings.Replace(listener, ":listener/", ":loadbalancer/", 1): valid()}, "want the ARN of a listener"},
		{"classic load balancer", map[string]Config{"arn:aws:elasticloadbalancing:us-east-2:123456789012:loadbalancer/my-load-balancer": valid()}, "want the ARN of a listener"},
		{"listener without its id", map[string]Config{strings.TrimSuffix(listener, "/0467ef3c8400ae65"): valid()}, "want the ARN of a listener"},
		{"listener with a query", map[string]Config{listener + "?a=b": valid()}, "want the ARN of a listener"},
		{"listener without a region", map[string]Config{strings.Replace(listener, "us-east-2", "", 1): valid()}, "want the ARN of a listener"},
		{"namespace instead of service", map[string]Config{strings.Replace(cloudMap, ":service/", ":namespace/", 1): valid()}, "want the ARN of a Cloud Map service"},
		{"attribute without value", map[string]Config{cloudMap + "?stage": valid()}, `neither empty: "stage"`},
		{"attribute twice", map[string]Config{cloudMap + "?a=1&a=2": valid()}, `each attribute once and neither empty: "a"`},
		{"broken escape", map[string]Config{cloudMap + "?a=%zz": valid()}, "want ?ATTRIBUTE=VALUE"},
		{"same attributes", map[string]Config{cloudMap + "?a=1&b=2": valid(), cloudMap + "?b=2&a=1": valid()}, "asks for the same attributes as"},

		{"no addresses", map[string]Config{"orders": {}}, `backends: "orders": addresses: at least one is needed`},
		{"URL", map[string]Config{"a": withAddresses("http://10.0.0.1:80")}, "without a scheme"},
		{"no port", map[string]Config{"a": withAddresses("10.0.0.1")}, "want host:port"},
		{"named port", map[string]Config{"a": withAddresses("10.0.0.1:http")}, "from 1 to 65535"},
		{"port 0", map[string]Config{"a": withAddresses("10.0.0.1:0")}, "from 1 to 65535"},
		{"port 65536", map[string]Config{"a": withAddresses("10.0.0.1:65536")}, "from 1 to 65535"},
		{"no host", map[string]Config{"a": withAddresses(":80")}, "neither a name nor an IP"},
		{"path", map[string]Config{"a": withAddresses("a/b:80")}, "neither a name nor an IP"},
		{"address twice", map[string]Config{"a": withAddresses("Host:80", "b:80", "host:80")}, `"host:80" stands twice`},
		{"server name without TLS", map[string]Config{"a": {Addresses: []string{"a:1"}, ServerName: "b"}}, "server_name needs tls"},
		{"server name with port", map[string]Config{"a": {Addresses: []string{"a:1"}, TLS: true, ServerName: "b:1"}}, "no host name"},

		{"relative path", map[string]Config{"a": withHealth(Health{Path: "health"})}, "health: path"},
		{"path with a line break", map[string]Config{"a": withHealth(Health{Path: "/a\r\nX: y"})}, "health: path"},
		{"hasty", map[string]Config{"a": withHealth(Health{Interval: time.Millisecond})}, "shorter than 100ms"},
		{"timeout over interval", map[string]Config{"a": withHealth(Health{Interval: time.Second, Timeout: 2 * time.Second})}, "timeout: 2s"},
		{"negative timeout", map[string]Config{"a": withHealth(Health{Timeout: -1})}, "timeout: -1ns"},
		{"negative threshold", map[string]Config{"a": withHealth(Health{Healthy: -1})}, "healthy and unhealthy"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := Validate(c.groups)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got error %v, want %q in it", err, c.want)
			}
			if _, newErr := New(Options{Groups: c.groups}); c.want != "" && newErr == nil {
				t.Error("New takes what Validate refuses")
			}
		})
	}
}

// All errors are said at once.
func TestValidateSaysAll(t *testing.T) {
	err := Validate(map[string]Config{"a": {}, "b": withAddresses("b"), "c d": valid()})
	for _, part := range []string{`"a": addresses`, `"b": addresses`, `"c d": the name`} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in %v", part, err)
		}
	}
}

func TestChecksNeedAClient(t *testing.T) {
	if _, err := New(Options{Groups: map[string]Config{"a": withHealth(Health{})}}); err == nil {
		t.Error("no error")
	}
}
