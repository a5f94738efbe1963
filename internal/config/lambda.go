package config

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Lambda says how functions are run, here and elsewhere.
type Lambda struct {
	Endpoints   map[string]string `name:"endpoints" env:"ENDPOINTS" mapsep:";" help:"Functions that run elsewhere, as NAME=URL or ARN=URL, separated by semicolons; * stands for all that are not defined here. A URL without a path is a Lambda API's, called by the key pair that --aws-credentials has for *; one with a path is a runtime interface emulator's." placeholder:"FUNCTION=URL"`
	Runtimes    map[string]string `name:"runtimes" env:"RUNTIMES" mapsep:";" help:"Interpreters that are not to be looked for on the PATH, as RUNTIME=FILE (python3.12, or nodejs for all of its versions), separated by semicolons." placeholder:"RUNTIME=FILE"`
	AWSEndpoint string            `name:"aws-endpoint" env:"AWS_ENDPOINT" help:"URL that functions get as AWS_ENDPOINT_URL, so that their SDKs call it instead of AWS, or self for this Dipylon (default: none)." placeholder:"URL|self"`
	User        string            `name:"user" env:"USER" help:"Whom functions run as: a user's name, or UID:GID (default: whom Dipylon runs as)." placeholder:"USER"`
	Idle        time.Duration     `name:"idle" env:"IDLE" default:"10m" help:"After how long without a call a function's worker ends."`
	Concurrency int               `name:"concurrency" env:"CONCURRENCY" default:"1000" help:"Calls of all functions of an account and region that may run at once."`
}

// Self is the control plane of this Dipylon as functions' AWS endpoint.
const Self = "self"

func defaultLambda() Lambda { return Lambda{Idle: 10 * time.Minute, Concurrency: 1000} }

func (c *Config) validateLambda() error {
	l := &c.Lambda
	for _, name := range slices.Sorted(maps.Keys(l.Endpoints)) {
		if err := c.validateEndpoint(name, l.Endpoints[name]); err != nil {
			return fmt.Errorf("--lambda-endpoints: %s: %w", name, err)
		}
	}
	if l.AWSEndpoint != "" && l.AWSEndpoint != Self {
		if err := checkURL(l.AWSEndpoint); err != nil {
			return fmt.Errorf("--lambda-aws-endpoint: %w", err)
		}
	}
	for _, runtime := range slices.Sorted(maps.Keys(l.Runtimes)) {
		if runtime == "" || l.Runtimes[runtime] == "" {
			return errors.New("--lambda-runtimes: want RUNTIME=FILE")
		}
	}
	if l.Idle < time.Second {
		return errors.New("--lambda-idle must be 1s or more")
	}
	if l.Concurrency < 1 {
		return errors.New("--lambda-concurrency must be 1 or more")
	}
	return nil
}

func (c *Config) validateEndpoint(function, endpoint string) error {
	arn := strings.Split(function, ":")
	isARN := arn[0] == "arn" && len(arn) >= 7 && arn[2] == "lambda" && arn[5] == "function"
	if function != "*" && !isARN && (function == "" || len(arn) > 1) {
		return errors.New("it is neither a function's name or ARN nor *")
	}
	if err := checkURL(endpoint); err != nil {
		return err
	}
	u, _ := url.Parse(endpoint) // which checkURL could parse
	if _, _, _, ok := c.AWSCredential("*"); !ok && strings.Trim(u.Path, "/") == "" {
		return errors.New("the calls of a Lambda API are signed: set --aws-credentials *=KEY-ID:SECRET")
	}
	return nil
}
