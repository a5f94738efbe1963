package config

import (
	"net/netip"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestValidateDefault(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", "/var/data")
	c := Default()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	if c.DataDir != filepath.FromSlash("/var/data/dipylon") {
		t.Errorf("data dir %s", c.DataDir)
	}
	want := Credential{Name: "test", AccessKeyID: "test", SecretAccessKey: "test", Role: RoleAdmin}
	if len(c.Credentials) != 1 || !reflect.DeepEqual(c.Credentials[0], want) {
		t.Errorf("credentials %+v", c.Credentials)
	}
}

func TestValidate(t *testing.T) {
	real := []Credential{{Name: "ci", AccessKeyID: "AKID", SecretAccessKey: "long secret"}}
	cases := []struct {
		name   string
		change func(*Config)
		want   string // part of the error; empty for none
	}{
		{"listeners off", func(c *Config) { c.HTTPAddr, c.HTTPSAddr = Off, "" }, ""},
		{"IPv6 loopback", func(c *Config) { c.ControlAddr = "[::1]:4566" }, ""},
		{"localhost", func(c *Config) { c.ControlAddr = "localhost:4566" }, ""},
		{"open with real credentials", func(c *Config) { c.ControlAddr, c.Credentials = "0.0.0.0:4566", real }, ""},
		{"any on loopback", func(c *Config) { c.Auth = AuthAny }, ""},

		{"open with the default pair", func(c *Config) { c.ControlAddr = "0.0.0.0:4566" }, "set --credentials"},
		{"open on all addresses", func(c *Config) { c.ControlAddr = ":4566" }, "set --credentials"},
		{"open by name", func(c *Config) { c.ControlAddr = "gateway.example:4566" }, "set --credentials"},
		{"open with the well-known secret", func(c *Config) {
			c.ControlAddr = "0.0.0.0:1"
			c.Credentials = []Credential{{Name: "a", AccessKeyID: "b", SecretAccessKey: "test"}}
		}, "well-known"},
		{"any on an open address", func(c *Config) { c.ControlAddr, c.Auth, c.Credentials = "0.0.0.0:1", AuthAny, real }, "--auth any"},
		{"development issuer for others", func(c *Config) { c.ControlAddr, c.DevIssuer, c.Credentials = "0.0.0.0:1", true, real }, "--dev-issuer"},
		{"auth", func(c *Config) { c.Auth = "none" }, "--auth"},
		{"no port", func(c *Config) { c.ControlAddr = "127.0.0.1" }, "--control-addr"},
		{"URL for an address", func(c *Config) { c.HTTPAddr = "http://127.0.0.1:8080" }, "--http-addr"},
		{"account", func(c *Config) { c.AccountID = "12345" }, "--account-id"},
		{"account with letters", func(c *Config) { c.AccountID = "12345678901x" }, "--account-id"},
		{"certificate without key", func(c *Config) { c.TLSCert = "cert.pem" }, "--tls-key"},
		{"role", func(c *Config) {
			c.Credentials = []Credential{{Name: "a", AccessKeyID: "b", SecretAccessKey: "c", Role: "root"}}
		}, "want admin, read-only or invoke"},
		{"credential without secret", func(c *Config) { c.Credentials = []Credential{{Name: "a", AccessKeyID: "b"}} }, "needs a name"},
		{"routes", func(c *Config) { c.Limits.RoutesPerAPI = 0 }, "--limits-routes-per-api"},
		{"payload", func(c *Config) { c.Limits.Payload = 0 }, "--limits-payload"},
		{"issuer", func(c *Config) { c.Issuers = map[string]string{"https://issuer.example/pool": "http://127.0.0.1:1"} }, ""},
		{"issuer without scheme", func(c *Config) { c.Issuers = map[string]string{"issuer.example": "http://127.0.0.1:1"} }, "--issuers"},
		{"issuer elsewhere", func(c *Config) { c.Issuers = map[string]string{"https://a.example": "ftp://127.0.0.1"} }, "--issuers"},
		{"service", func(c *Config) { c.AWSEndpoints = map[string]string{"sqs": "http://127.0.0.1:1"} }, ""},
		{"no service", func(c *Config) { c.AWSEndpoints = map[string]string{"SQS": "http://127.0.0.1:1"} }, "no service's name"},
		{"service elsewhere", func(c *Config) { c.AWSEndpoints = map[string]string{"sqs": "127.0.0.1:1"} }, "--aws-endpoints: sqs"},
		{"role", func(c *Config) { c.AWSCredentials = map[string]string{"arn:aws:iam::1:role/a": "b:c:d", "*": "b:c"} }, ""},
		{"role by name", func(c *Config) { c.AWSCredentials = map[string]string{"a": "b:c"} }, "neither a role's ARN"},
		{"no metrics", func(c *Config) { c.MetricsMaxSeries = 0 }, "--metrics-max-series"},
		{"mappable header", func(c *Config) { c.MappableHeaders = []string{"x-forwarded-for", "X-Forwarded-Host"} }, ""},
		{"header that nobody may map", func(c *Config) { c.MappableHeaders = []string{"Connection"} }, "--mappable-headers"},
		{"role without secret", func(c *Config) { c.AWSCredentials = map[string]string{"*": "b"} }, "want KEY-ID:SECRET"},
		{"timeout", func(c *Config) { c.Limits.Timeout = 1 }, "--limits-timeout"},
		{"functions elsewhere", func(c *Config) {
			c.AWSCredentials = map[string]string{"*": "a:b"}
			c.Lambda.Endpoints = map[string]string{"f": "http://rie:9000/x", "*": "https://lambda.eu-west-1.amazonaws.com", "arn:aws:lambda:r:1:function:g": "http://h/"}
		}, ""},
		{"function's ARN", func(c *Config) { c.Lambda.Endpoints = map[string]string{"arn:aws:sqs:r:1:f": "http://rie/x"} }, "neither a function's name"},
		{"function elsewhere", func(c *Config) { c.Lambda.Endpoints = map[string]string{"f": "rie:9000/x"} }, "--lambda-endpoints: f"},
		{"function that nobody may call", func(c *Config) { c.Lambda.Endpoints = map[string]string{"f": "http://h/"} }, "set --aws-credentials"},
		{"runtime", func(c *Config) { c.Lambda.Runtimes = map[string]string{"nodejs": ""} }, "--lambda-runtimes"},
		{"functions' AWS", func(c *Config) { c.Lambda.AWSEndpoint = "http://127.0.0.1:9000" }, ""},
		{"functions' AWS without scheme", func(c *Config) { c.Lambda.AWSEndpoint = "127.0.0.1:9000" }, "--lambda-aws-endpoint"},
		{"idle", func(c *Config) { c.Lambda.Idle = 0 }, "--lambda-idle"},
		{"concurrency", func(c *Config) { c.Lambda.Concurrency = 0 }, "--lambda-concurrency"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cfg := Default()
			cfg.DataDir = t.TempDir()
			c.change(&cfg)
			err := cfg.Validate()
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestCredentialText(t *testing.T) {
	for text, want := range map[string]Credential{
		"ci:AKID:secret":           {Name: "ci", AccessKeyID: "AKID", SecretAccessKey: "secret"},
		"ci:AKID:secret:read-only": {Name: "ci", AccessKeyID: "AKID", SecretAccessKey: "secret", Role: RoleReadOnly},
		`{"name":"ci","access-key-id":"A","secret-access-key":"s:s","session-token":"t","role":"admin"}`: {
			Name: "ci", AccessKeyID: "A", SecretAccessKey: "s:s", SessionToken: "t", Role: RoleAdmin},
		`{"name":"app","access-key-id":"B","secret-access-key":"s","role":"invoke","policy":{"Statement":[]}}`: {
			Name: "app", AccessKeyID: "B", SecretAccessKey: "s", Role: RoleInvoke, Policy: []byte(`{"Statement":[]}`)},
	} {
		var got Credential
		if err := got.UnmarshalText([]byte(text)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "ci", "ci:AKID", "{", `{"name":1}`, `{"name":"a","rolle":"invoke"}`, `{"name":"a"} {}`} {
		if new(Credential).UnmarshalText([]byte(text)) == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func TestCallerARN(t *testing.T) {
	for arn, account := range map[string]string{
		"": "", "arn:aws:iam::444455556666:user/me": "444455556666", "arn:aws:iam::444455556666:user/team/me": "444455556666",
		"arn:aws:sts::444455556666:assumed-role/developer/me": "444455556666", "arn:aws-us-gov:iam::444455556666:user/me": "444455556666",
		"arn:aws:iam::444455556666:role/developer": "-", "arn:aws:iam::444455556666:root": "-", "arn:aws:sts::4444:assumed-role/a/b": "-",
		"arn:aws:sts::444455556666:assumed-role/developer": "-", "arn:aws:iam::444455556666:user/*": "-", "me": "-",
	} {
		c := Default()
		c.DataDir, c.Credentials = "x", []Credential{{Name: "a", AccessKeyID: "b", SecretAccessKey: "c", ARN: arn}}
		if err := c.Validate(); (err == nil) != (account != "-") || err == nil && c.Credentials[0].Account() != account {
			t.Errorf("%s: %v, %s", arn, err, c.Credentials[0].Account())
		}
	}
}

func TestVPCEndpoints(t *testing.T) {
	for _, c := range []struct {
		text, name string
		ok         bool
	}{
		{"vpc-1@10.0.0.0/16,fd00::/8", "vpce-a", true},
		{`{"vpc":"vpc-1","addresses":["10.0.0.0/16"]}`, "vpce-a", true},
		{"vpc-1@10.0.0.0/8", "vpce-a", true}, // a wider range than the other's
		{"vpc-1@10.0.0.1/24", "vpce-a", false},
		{"vpc-1@10.0.0.0/16", "endpoint", false},
		{"cloud@10.0.0.0/16", "vpce-a", false},
		{"vpc-1@10.0.0.0", "vpce-a", false},
		{"vpc-1@::ffff:10.0.0.0/112", "vpce-a", false},
		{"vpc-1@", "vpce-a", false},
		{"10.0.0.0/16", "vpce-a", false},
		{`{"vpc":"vpc-1"}`, "vpce-a", false},
		{`{"vpc":"vpc-1","address":["10.0.0.0/16"]}`, "vpce-a", false},
	} {
		var e VPCEndpoint
		err := e.UnmarshalText([]byte(c.text))
		if err == nil {
			config := Default()
			config.DataDir = "x"
			config.VPCEndpoints = map[string]VPCEndpoint{c.name: e, "vpce-other": {VPC: "vpc-2", Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}}}
			err = config.Validate()
		}
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.text, err)
		}
	}
}

func TestBackendText(t *testing.T) {
	for text, ok := range map[string]bool{
		"a:1,b:2": true, `{"addresses":["a:1"],"health":{"path":"/","interval":"1s"}}`: true,
		`{"addresses":["a:1"],"helth":{}}`: false, `{"addresses":["a:1"],"health":{"pth":"/"}}`: false, `{`: false,
	} {
		if err := new(Backend).UnmarshalText([]byte(text)); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
}
