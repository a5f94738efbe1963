// Package config holds the server's own settings: one struct with its defaults and its checks. The tags name the flag,
// the environment variable and the key of the YAML file, which are the same word in three spellings; cmd/dipylon reads
// them.
//
// It may import the standard library only.
package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Config are the settings of `dipylon serve`. Addresses are host:port; "off" opens no listener.
type Config struct {
	DataDir     string `name:"data-dir" env:"DIPYLON_DATA_DIR" help:"Directory of all state (default: ~/.local/share/dipylon)." placeholder:"DIR"`
	ControlAddr string `name:"control-addr" env:"DIPYLON_CONTROL_ADDR" default:"127.0.0.1:4566" help:"Address of the AWS APIs."`
	HTTPAddr    string `name:"http-addr" env:"DIPYLON_HTTP_ADDR" default:"127.0.0.1:8080" help:"Address of the gateway for HTTP, or off."`
	HTTPSAddr   string `name:"https-addr" env:"DIPYLON_HTTPS_ADDR" default:"127.0.0.1:8443" help:"Address of the gateway for HTTPS, or off."`
	TLSCert     string `name:"tls-cert" env:"DIPYLON_TLS_CERT" help:"PEM file of the gateway's certificate chain (default: one of its own making)." placeholder:"FILE"`
	TLSKey      string `name:"tls-key" env:"DIPYLON_TLS_KEY" help:"PEM file of the certificate's key." placeholder:"FILE"`

	Domain          string                 `name:"domain" env:"DIPYLON_DOMAIN" default:"localhost" help:"Domain of the URLs that APIs get: ID.execute-api.REGION.DOMAIN."`
	AccountID       string                 `name:"account-id" env:"DIPYLON_ACCOUNT_ID" default:"000000000000" help:"AWS account that resources belong to."`
	Auth            string                 `name:"auth" env:"DIPYLON_AUTH" enum:"verify,any" default:"verify" help:"verify signatures, or accept any key id (on loopback only)."`
	Credentials     []Credential           `name:"credentials" env:"DIPYLON_CREDENTIALS" sep:";" help:"Key pairs as NAME:KEY-ID:SECRET[:admin|read-only|invoke], separated by semicolons (default: test:test:test, on loopback only)."`
	Issuers         map[string]string      `name:"issuers" env:"DIPYLON_ISSUERS" mapsep:";" help:"Where OpenID issuers are really to be found, as ISSUER=URL, separated by semicolons." placeholder:"ISSUER=URL"`
	DevIssuer       bool                   `name:"dev-issuer" env:"DIPYLON_DEV_ISSUER" help:"Offer an OpenID issuer at /_dipylon/issuer on the control plane's address (on loopback only)."`
	Backends        map[string]Backend     `name:"backends" env:"DIPYLON_BACKENDS" mapsep:";" help:"Back ends of private integrations, as ARN=HOST:PORT,HOST:PORT, separated by semicolons." placeholder:"ARN=ADDRESSES"`
	VPCEndpoints    map[string]VPCEndpoint `name:"vpc-endpoints" env:"DIPYLON_VPC_ENDPOINTS" mapsep:";" help:"Addresses of clients whose calls of private APIs count as coming through a VPC endpoint, as VPCE-ID=VPC-ID@CIDR,CIDR, separated by semicolons." placeholder:"VPCE=VPC@CIDRS"`
	AWSEndpoints    map[string]string      `name:"aws-endpoints" env:"DIPYLON_AWS_ENDPOINTS" mapsep:";" help:"Where AWS services are called instead of AWS, as SERVICE=URL, separated by semicolons: those of integrations, by their names in signatures (sqs, states, dynamodb), sqs for topics too, and s3 for the zips of functions." placeholder:"SERVICE=URL"`
	AWSCredentials  map[string]string      `name:"aws-credentials" env:"DIPYLON_AWS_CREDENTIALS" mapsep:";" help:"Key pairs that stand for the roles of integrations and functions, as ROLE-ARN=KEY-ID:SECRET[:TOKEN], separated by semicolons; the role * stands for all others." placeholder:"ROLE=KEY"`
	AccessLog       string                 `name:"access-log" env:"DIPYLON_ACCESS_LOG" help:"Where the lines of all access logs go besides their log groups: stdout, or a file." placeholder:"stdout|FILE"`
	MappableHeaders []string               `name:"mappable-headers" env:"DIPYLON_MAPPABLE_HEADERS" sep:"," help:"Headers that parameter mappings of HTTP APIs may set although AWS reserves them, separated by commas: X-Forwarded-For, X-Forwarded-Host, X-Forwarded-Proto." placeholder:"NAME"`
	AllowReset      bool                   `name:"allow-reset" env:"DIPYLON_ALLOW_RESET" help:"Let POST /_dipylon/reset and /moto-api/reset wipe all state."`

	LogsMaxSize int64 `name:"logs-max-size" env:"DIPYLON_LOGS_MAX_SIZE" default:"2147483648" help:"Bytes that the events of all log groups may take in the data directory; the oldest go first."`

	MetricsMaxSeries int `name:"metrics-max-series" env:"DIPYLON_METRICS_MAX_SERIES" default:"100000" help:"How many series CloudWatch's metrics have at most, of all accounts and regions; data of further ones are refused and counted."`

	LogsStdout  bool    `name:"logs-stdout" env:"DIPYLON_LOGS_STDOUT" help:"Write the events of all log groups to the standard output too, as lines of JSON."`
	OTLP        string  `name:"otlp-endpoint" env:"DIPYLON_OTLP_ENDPOINT" help:"URL of an OpenTelemetry collector that gets traces of calls, and the events of log groups, over OTLP/HTTP." placeholder:"URL"`
	TraceSample float64 `name:"trace-sample" env:"DIPYLON_TRACE_SAMPLE" default:"1" help:"Share of calls that are traced if their callers do not say, from 0 to 1."`

	DrainTimeout time.Duration `name:"drain-timeout" env:"DIPYLON_DRAIN_TIMEOUT" default:"30s" help:"How long calls in flight may take to finish at shutdown."`
	LogFormat    string        `name:"log-format" env:"DIPYLON_LOG_FORMAT" enum:"text,json" default:"text" help:"text or json."`
	LogLevel     string        `name:"log-level" env:"DIPYLON_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" help:"debug, info, warn or error."`

	Lambda Lambda `embed:"" prefix:"lambda-" envprefix:"DIPYLON_LAMBDA_"`
	Limits Limits `embed:"" prefix:"limits-" envprefix:"DIPYLON_LIMITS_"`
}

// Limits are AWS's quotas; raising one is a deliberate departure from AWS
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html).
type Limits struct {
	RoutesPerAPI       int           `name:"routes-per-api" env:"ROUTES_PER_API" default:"300" help:"Routes of an HTTP API."`
	IntegrationsPerAPI int           `name:"integrations-per-api" env:"INTEGRATIONS_PER_API" default:"300" help:"Integrations of an HTTP API."`
	StagesPerAPI       int           `name:"stages-per-api" env:"STAGES_PER_API" default:"10" help:"Stages of an HTTP API."`
	AuthorizersPerAPI  int           `name:"authorizers-per-api" env:"AUTHORIZERS_PER_API" default:"10" help:"Authorizers of an HTTP API."`
	ResourcesPerAPI    int           `name:"resources-per-api" env:"RESOURCES_PER_API" default:"300" help:"Resources of a REST API."`
	RestStagesPerAPI   int           `name:"rest-stages-per-api" env:"REST_STAGES_PER_API" default:"10" help:"Stages of a REST API."`
	RestTimeout        time.Duration `name:"rest-timeout" env:"REST_TIMEOUT" default:"29s" help:"Longest timeout of an integration of a REST API."`
	Payload            int64         `name:"payload" env:"PAYLOAD" default:"10485760" help:"Bytes of a request's body."`
	Head               int           `name:"head" env:"HEAD" default:"10240" help:"Bytes of a request's line and header values together."`
	Timeout            time.Duration `name:"timeout" env:"TIMEOUT" default:"30s" help:"Longest timeout of an integration."`
	AccountRate        float64       `name:"account-rate" env:"ACCOUNT_RATE" default:"10000" help:"Calls per second to all APIs of an account and region together; 0 means no limit."`
	AccountBurst       int           `name:"account-burst" env:"ACCOUNT_BURST" default:"5000" help:"Calls of an account and region that may come at once."`
	Cache              int64         `name:"cache" env:"CACHE" default:"268435456" help:"Bytes of cached responses of all REST APIs' stages together; 0 caches nothing."`
	StreamRate         int64         `name:"stream-rate" env:"STREAM_RATE" default:"2097152" help:"Bytes per second of a REST API's streamed response beyond its first 10 MB; 0 means no limit."`
	Connections        int           `name:"connections" env:"CONNECTIONS" default:"0" help:"Client connections of the gateway; 0 means no limit."`
}

// Off disables a listener.
const Off = "off"

// What the control plane asks of a signature.
const (
	AuthVerify = "verify"
	AuthAny    = "any"
)

// Default returns the settings that hold when none are given.
func Default() Config {
	return Config{
		ControlAddr: "127.0.0.1:4566", HTTPAddr: "127.0.0.1:8080", HTTPSAddr: "127.0.0.1:8443",
		Domain: "localhost", AccountID: "000000000000", Auth: AuthVerify,
		LogsMaxSize: 2 << 30, TraceSample: 1, MetricsMaxSeries: 100_000,
		DrainTimeout: 30 * time.Second, LogFormat: "text", LogLevel: "info",
		Lambda: defaultLambda(),
		Limits: Limits{
			RoutesPerAPI: 300, IntegrationsPerAPI: 300, StagesPerAPI: 10, AuthorizersPerAPI: 10,
			ResourcesPerAPI: 300, RestStagesPerAPI: 10, RestTimeout: 29 * time.Second,
			Payload: 10 << 20, Head: 10240, Timeout: 30 * time.Second, AccountRate: 10_000, AccountBurst: 5_000, Cache: 256 << 20, StreamRate: 2 << 20,
		},
	}
}

// Validate completes the settings and says what is wrong with them, naming what to set. The command line's library calls
// it before a command runs.
func (c *Config) Validate() error {
	if c.DataDir == "" {
		dir, err := defaultDataDir()
		if err != nil {
			return fmt.Errorf("no home directory for the state, set --data-dir: %w", err)
		}
		c.DataDir = dir
	}
	for name, addr := range map[string]*string{"http-addr": &c.HTTPAddr, "https-addr": &c.HTTPSAddr} {
		if *addr == "" {
			*addr = Off
		}
		if err := checkAddr(*addr); *addr != Off && err != nil {
			return fmt.Errorf("--%s: %w", name, err)
		}
	}
	if err := checkAddr(c.ControlAddr); err != nil {
		return fmt.Errorf("--control-addr: %w", err)
	}
	if len(c.AccountID) != 12 || strings.Trim(c.AccountID, "0123456789") != "" {
		return fmt.Errorf("--account-id: %q is not a number of 12 digits", c.AccountID)
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("--tls-cert and --tls-key go together")
	}
	if c.Auth != AuthVerify && c.Auth != AuthAny {
		return fmt.Errorf("--auth: %q is neither verify nor any", c.Auth)
	}
	if c.MetricsMaxSeries < 1 {
		return fmt.Errorf("--metrics-max-series: %d is not positive", c.MetricsMaxSeries)
	}
	if err := c.validateTelemetry(); err != nil {
		return err
	}
	for _, name := range c.MappableHeaders {
		if !slices.Contains([]string{"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"}, strings.ToLower(name)) {
			return fmt.Errorf("--mappable-headers: %q is neither X-Forwarded-For, X-Forwarded-Host nor X-Forwarded-Proto", name)
		}
	}
	if err := c.Limits.validate(); err != nil {
		return err
	}
	if err := c.validateOutside(); err != nil {
		return err
	}
	if err := c.validateLambda(); err != nil {
		return err
	}
	return c.validateCredentials()
}

func (c *Config) validateTelemetry() error {
	if c.OTLP != "" && !strings.HasPrefix(c.OTLP, "http://") && !strings.HasPrefix(c.OTLP, "https://") {
		return fmt.Errorf("--otlp-endpoint: %q is no URL of HTTP", c.OTLP)
	}
	c.OTLP = strings.TrimSuffix(c.OTLP, "/")
	if c.TraceSample < 0 || c.TraceSample > 1 || math.IsNaN(c.TraceSample) {
		return fmt.Errorf("--trace-sample: %v is not between 0 and 1", c.TraceSample)
	}
	return nil
}

// validateCredentials keeps the well-known pair, and --auth any, from being reachable by others.
func (c *Config) validateCredentials() error {
	loopback := isLoopback(c.ControlAddr)
	if c.Auth == AuthAny && !loopback {
		return fmt.Errorf("--auth any lets everyone in who reaches %s: bind --control-addr to loopback, or use --auth verify", c.ControlAddr)
	}
	if c.DevIssuer && !loopback {
		return fmt.Errorf("--dev-issuer gives tokens to everyone who reaches %s: bind --control-addr to loopback", c.ControlAddr)
	}
	if len(c.Credentials) == 0 {
		if !loopback {
			return fmt.Errorf("--control-addr %s can be reached by others, and the well-known key pair test/test is not safe there: set --credentials NAME:KEY-ID:SECRET", c.ControlAddr)
		}
		c.Credentials = []Credential{wellKnown()}
		return nil
	}
	for i := range c.Credentials {
		cred := &c.Credentials[i]
		if cred.Role == "" {
			cred.Role = RoleAdmin
		}
		if err := cred.validate(); err != nil {
			return fmt.Errorf("--credentials: %w", err)
		}
		if !loopback && cred.SecretAccessKey == "test" {
			return fmt.Errorf("--credentials: the secret of %q is the well-known one, which is not safe on %s", cred.Name, c.ControlAddr)
		}
	}
	return nil
}

// wellKnown is the key pair that is valid when none is configured.
func wellKnown() Credential {
	return Credential{Name: "test", AccessKeyID: "test", SecretAccessKey: "test", Role: RoleAdmin}
}

// WellKnown returns the well-known key pair if it is valid.
func (c *Config) WellKnown() (keyID, secret string, ok bool) {
	well := wellKnown()
	ok = slices.ContainsFunc(c.Credentials, func(cred Credential) bool {
		return cred.AccessKeyID == well.AccessKeyID && cred.SecretAccessKey == well.SecretAccessKey
	})
	return well.AccessKeyID, well.SecretAccessKey, ok
}

func (l *Limits) validate() error {
	if l.RoutesPerAPI < 1 || l.IntegrationsPerAPI < 1 || l.StagesPerAPI < 1 || l.AuthorizersPerAPI < 1 {
		return errors.New("--limits-routes-per-api, -integrations-per-api, -stages-per-api and -authorizers-per-api must be 1 or more")
	}
	if l.ResourcesPerAPI < 1 || l.RestStagesPerAPI < 1 {
		return errors.New("--limits-resources-per-api and -rest-stages-per-api must be 1 or more")
	}
	if l.Payload < 1 || l.Head < 256 || l.Connections < 0 || l.Cache < 0 || l.StreamRate < 0 {
		return errors.New("--limits-payload must be 1 or more, --limits-head 256 or more, --limits-connections, -cache and -stream-rate 0 or more")
	}
	if l.AccountRate < 0 || l.AccountRate > 0 && l.AccountBurst < 1 {
		return errors.New("--limits-account-rate must be 0 or more, --limits-account-burst 1 or more")
	}
	if l.Timeout < 50*time.Millisecond || l.RestTimeout < 50*time.Millisecond {
		return errors.New("--limits-timeout and --limits-rest-timeout must be 50ms or more")
	}
	return nil
}

// Credential is a key pair that may call the control plane.
type Credential struct {
	Name            string `json:"name"`
	AccessKeyID     string `json:"access-key-id"`
	SecretAccessKey string `json:"secret-access-key"`
	SessionToken    string `json:"session-token"`
	Role            string `json:"role"`
	// Policy is an IAM policy document: what the holder may call of routes with AWS_IAM. Without one an administrator may
	// call all of them and others none. Only a YAML file can hold it.
	Policy json.RawMessage `json:"policy"`
	// ARN is who the holder is to resource policies, and in whose account: a user or a session of a role. Empty is the user
	// with the holder's name in the server's account. Only a YAML file can hold it.
	ARN string `json:"arn"`
}

// Account is the one in the holder's ARN; empty is the server's.
func (c *Credential) Account() string {
	if fields := strings.SplitN(c.ARN, ":", 6); len(fields) == 6 {
		return fields[4]
	}
	return ""
}

// The roles of a credential.
const (
	RoleAdmin    = "admin"
	RoleReadOnly = "read-only"
	// RoleInvoke may call APIs and nothing of the control plane.
	RoleInvoke = "invoke"
)

// UnmarshalText reads NAME:KEY-ID:SECRET[:ROLE], or a JSON object with the names of the YAML file.
func (c *Credential) UnmarshalText(text []byte) error {
	if strings.HasPrefix(string(text), "{") {
		type object Credential // without this method
		return decode(text, (*object)(c))
	}
	parts := strings.SplitN(string(text), ":", 4)
	if len(parts) < 3 {
		return errors.New("want NAME:KEY-ID:SECRET[:ROLE]")
	}
	c.Name, c.AccessKeyID, c.SecretAccessKey = parts[0], parts[1], parts[2]
	if len(parts) == 4 {
		c.Role = parts[3]
	}
	return nil
}

func (c *Credential) validate() error {
	if c.Name == "" || c.AccessKeyID == "" || c.SecretAccessKey == "" {
		return errors.New("a key pair needs a name, a key id and a secret")
	}
	switch c.Role {
	case RoleAdmin, RoleReadOnly, RoleInvoke:
	default:
		return fmt.Errorf("the role of %q is %q: want admin, read-only or invoke", c.Name, c.Role)
	}
	if c.ARN != "" && !callerARN.MatchString(c.ARN) {
		return fmt.Errorf("the arn of %q is %q: want arn:aws:iam::ACCOUNT:user/NAME or arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION", c.Name, c.ARN)
	}
	return nil
}

var callerARN = regexp.MustCompile(`^arn:aws(-[a-z-]+)?:(iam::[0-9]{12}:user(/[\w+=,.@-]+)+|sts::[0-9]{12}:assumed-role/[\w+=,.@-]+/[\w+=,.@-]+)$`)

func checkAddr(addr string) error {
	host, port, found := cutLast(addr, ":")
	if !found || port == "" || strings.ContainsAny(host, "/ ") {
		return fmt.Errorf("%q is not host:port", addr)
	}
	return nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func isLoopback(addr string) bool {
	host, _, _ := cutLast(addr, ":")
	host = strings.Trim(host, "[]")
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func defaultDataDir() (string, error) {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "dipylon"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".local", "share", "dipylon"), nil
}
