package compile

import (
	"fmt"
	"math"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/step/apikey"
	"github.com/dipylon/dipylon/internal/step/throttle"
	"github.com/dipylon/dipylon/internal/usage"
)

// limit compiles what bounds the calls of a method: the plan of their API key, the stage, the account
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html).
func (c *restCompiler) limit(steps *restSteps, m methodOf) {
	settings, own := c.settingsOf(m.resource.Path, m.verb)
	at := usage.Place{
		API: c.API.ID, Stage: c.Stage.Stage.Name, ResourceID: m.resource.ID, Verb: m.verb, Method: m.resource.Path + "/" + m.verb,
	}
	steps.throttle = c.throttleMethod(settings, own, &at)
	cfg := apikey.Config{
		Place: at, Method: m.key, Required: m.method.APIKeyRequired,
		FromAuthorizer: c.rest.Snapshot.API.APIKeySource == gateway.APIKeyFromAuthorizer,
	}
	// A method that wants no key has these steps for what they say in the journal.
	if logs := c.journals != nil && journalLevel(settings) != 0; cfg.Required || logs {
		if cfg.Required {
			cfg.Keys = c.world.Usage.Tenant(c.Tenant)
		}
		steps.apiKey, steps.spend = apikey.Steps(cfg)
	}
}

// throttleMethod limits a method by the stage's settings and by the account's limit.
func (c *restCompiler) throttleMethod(settings gateway.MethodSettings, set bool, at *usage.Place) exchange.Step {
	var gates []throttle.Gate
	account := throttle.Key{Account: c.Tenant.Account, Region: c.Tenant.Region}
	if set && (settings.Rate >= 0 || settings.Burst >= 0) {
		limit := throttle.Limit{Rate: math.Inf(1), Burst: math.MaxInt}
		if c.world.AccountLimit != nil {
			limit = *c.world.AccountLimit
		}
		if settings.Rate >= 0 {
			limit.Rate = settings.Rate
		}
		if settings.Burst >= 0 {
			limit.Burst = settings.Burst
		}
		own := account
		own.API, own.Stage, own.Route = at.API, at.Stage, at.Method
		gates = append(gates, throttle.Gate{Limit: limit, Bucket: c.world.Buckets.Get(own), Scope: "method", Entry: throttled(at, limit)})
	}
	if c.world.AccountLimit != nil {
		gates = append(gates, throttle.Gate{Limit: *c.world.AccountLimit, Bucket: c.world.Buckets.Get(account), Scope: "account"})
	}
	if len(gates) == 0 {
		return exchange.Step{}
	}
	return throttle.Step(c.world.Buckets, gates...)
}

// throttled is what execution logs say (recorded: aws-behaviour-auth-websocket-logs.md, fact 48).
func throttled(at *usage.Place, limit throttle.Limit) string {
	return fmt.Sprintf("Key throttle limit exceeded for RestApi %s, Stage %s, Resource %s, HttpMethod %s. Limit: %.2f Burst: %d",
		at.API, at.Stage, at.ResourceID, at.Verb, limit.Rate, limit.Burst)
}
