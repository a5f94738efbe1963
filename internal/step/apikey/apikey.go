// Package apikey asks callers of a REST API for an API key, holds them to the limits of its usage plan, and counts their
// calls (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html).
//
// It is two steps. The first stands behind authorization, which may name the key, and takes the key and the plan's
// limits of calls per second. The second stands behind the limits of stage and account, so that only calls that go
// through count for the quota. It may import exchange and usage.
package apikey

import (
	"context"
	"errors"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/usage"
)

// Name is the steps' name.
const Name = "apikey"

const header = "x-api-key"

// Config is a method's.
type Config struct {
	// Keys are the tenant's, for a method that requires a key.
	Keys     *usage.Keys
	Required bool
	// FromAuthorizer takes the key that the authorizer names in the place of the header's.
	FromAuthorizer bool
	Place          usage.Place
	// Method is the method in AWS's logs: "GET /pets".
	Method string
}

// Steps returns the steps for a method: take the key, and count the call.
func Steps(cfg Config) (take, spend exchange.Step) {
	s := &step{Config: cfg, stage: cfg.Place.API + "/" + cfg.Place.Stage}
	if !cfg.Required {
		return exchange.Step{Name: Name, Detail: "none required", Run: s.begin}, exchange.Step{Name: Name, Detail: "none required", Run: s.end}
	}
	from := header
	if cfg.FromAuthorizer {
		from = "the authorizer"
	}
	return exchange.Step{Name: Name, Detail: "from " + from, Run: s.take},
		exchange.Step{Name: Name, Detail: "count for the plan's quota", Run: s.spend}
}

type step struct {
	Config
	stage string
}

var (
	errNoKey  = errors.New("the call has no API key")
	errNoPlan = errors.New("no enabled API key that a usage plan of the stage has")
)

// take finds the key. Whatever is wrong with it is answered in one way (fact 26 of aws-behaviour-auth-websocket-logs.md;
// the other facts named in this file stand there too).
func (s *step) take(_ context.Context, x *exchange.Exchange) error {
	if x.Journal.On(exchange.JournalInfo) {
		s.verifying(x, s.sent(x))
	}
	var key *usage.Key
	if s.FromAuthorizer {
		key = s.Keys.Named(x.Identity.UsageKey)
	} else {
		key = s.Keys.Find(x.Request.Header.Get(header))
	}
	var member *usage.Member
	if key != nil {
		member = key.Member(s.Place.API, s.Place.Stage)
	}
	if member == nil {
		return s.refuse(x)
	}
	x.Identity.APIKey, x.Identity.APIKeyID = key.Value, key.ID
	x.Usage = member
	if err := member.Admit(&s.Place, x.Received); err != nil {
		s.sayExceeded(x, "throttle", err)
		return exchange.Refuse(exchange.KindThrottled, err)
	}
	return nil
}

// sent is the key that the call has or its authorizer named.
func (s *step) sent(x *exchange.Exchange) string {
	if s.FromAuthorizer {
		return x.Identity.UsageKey
	}
	return string(x.Request.Header.Get(header))
}

// refuse has fact 49's words.
func (s *step) refuse(x *exchange.Exchange) error {
	sent := s.sent(x)
	if x.Journal.On(exchange.JournalError) {
		x.Journal.Sayf(exchange.JournalError, "API Key %s not authorized because method '%s' requires API Key and API Key is not associated with a Usage Plan for API Stage %s: No Usage Plan found for key and API Stage",
			exchange.Masked(sent), s.Method, s.stage)
	}
	if sent == "" {
		return exchange.Refuse(exchange.KindInvalidAPIKey, errNoKey)
	}
	return exchange.Refuse(exchange.KindInvalidAPIKey, errNoPlan)
}

// spend counts the call for the plan's quota (fact 30).
func (s *step) spend(_ context.Context, x *exchange.Exchange) error {
	if err := x.Usage.Spend(x.Received); err != nil {
		s.sayExceeded(x, "quota", err)
		return exchange.Refuse(exchange.KindQuotaExceeded, err)
	}
	s.succeeded(x)
	return nil
}

// sayExceeded has the words of https://repost.aws/knowledge-center/api-gateway-429-limit.
func (s *step) sayExceeded(x *exchange.Exchange, what string, err error) {
	if x.Journal.On(exchange.JournalError) {
		x.Journal.Sayf(exchange.JournalError, "API Key %s exceeded %s limit for API Stage %s: %v", exchange.Masked(x.Identity.APIKey), what, s.stage, err)
	}
}

// begin and end say what AWS says of methods that require no key; one that is sent does not matter (facts 29 and 42).
func (s *step) begin(_ context.Context, x *exchange.Exchange) error {
	s.verifying(x, "")
	return nil
}

func (s *step) end(_ context.Context, x *exchange.Exchange) error {
	if x.Journal.On(exchange.JournalInfo) {
		x.Journal.Sayf(exchange.JournalInfo, "API Key  authorized because method '%s' does not require API Key. Request will not contribute to throttle or quota limits", s.Method)
	}
	s.succeeded(x)
	return nil
}

func (s *step) verifying(x *exchange.Exchange, key string) {
	if x.Journal.On(exchange.JournalInfo) {
		x.Journal.Sayf(exchange.JournalInfo, "Verifying Usage Plan for request: %s. API Key: %s API Stage: %s", x.ID, exchange.Masked(key), s.stage)
	}
}

func (s *step) succeeded(x *exchange.Exchange) {
	if x.Journal.On(exchange.JournalInfo) {
		x.Journal.Sayf(exchange.JournalInfo, "Usage Plan check succeeded for API Key %s and API Stage %s", exchange.Masked(x.Identity.APIKey), s.stage)
	}
}
