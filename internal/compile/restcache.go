package compile

import (
	"slices"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/content"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/selection"
	"github.com/dipylon/dipylon/internal/step/cache"
	"github.com/dipylon/dipylon/internal/step/integrate"
)

// cache fills in the steps that keep a method's responses, if the stage and the method's settings ask for it
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html). It comes last, for what
// changes a response does not change one from the cache.
func (c *restCompiler) cache(steps *restSteps, m methodOf, settings gateway.MethodSettings) {
	verb, _, _ := strings.Cut(m.key, " ")
	in := m.method.Integration
	if in == nil || in.TransferMode == gateway.TransferStream || !c.isCached(m.resource.Path, verb, settings) {
		return
	}
	cfg := cache.Config{
		Space: c.world.Cache.Space(c.Tenant.Region, c.API.ID, c.Stage.Stage.Name, c.rest.Stage.CacheSize),
		Scope: c.cacheScope(m),
		TTL:   time.Duration(min(settings.CacheTTLSeconds, gateway.MaxCacheTTL)) * time.Second,
		Get:   verb == gateway.MethodAny, Authorized: settings.RequireAuthorizationForCacheControl,
		Counter: c.world.Metrics.Cache(c.API.ID, c.Stage.Stage.Name, ""),
	}
	if settings.Metrics {
		cfg.Counter = c.world.Metrics.Cache(c.API.ID, c.Stage.Stage.Name, m.key)
	}
	switch settings.UnauthorizedCacheControl {
	case "FAIL_WITH_403":
		cfg.Unauthorized = cache.Fail
	case "SUCCEED_WITHOUT_RESPONSE_HEADER":
		cfg.Unauthorized = cache.Ignore
	}
	if types := content.MediaTypes(c.rest.Snapshot.API.BinaryMediaTypes); len(types) > 0 {
		cfg.Variant = func(x *exchange.Exchange) bool { return types.Accepted(x.Request.Header.Get("Accept")) }
	}
	if err := c.cacheKey(&cfg, in); err != nil {
		steps.integrate = integrate.Broken(err)
		return
	}
	steps.lookUp, steps.keep = cache.Steps(cfg)
	steps.mapResponse = cache.UnlessHit(steps.mapResponse)
}

// isCached reports whether a method with these settings is cached. Those of all methods cache GET only, which ANY has too,
// and a canary is cached if it says so (the pages on caching and on canaries).
func (c *restCompiler) isCached(path, verb string, settings gateway.MethodSettings) bool {
	if c.world.Cache == nil || !c.rest.Stage.CacheEnabled || !settings.Caching || settings.CacheTTLSeconds <= 0 {
		return false
	}
	if c.rest.release == exchange.CanaryRelease && !c.rest.Stage.Canary.UseStageCache {
		return false
	}
	_, own := c.ownSettings(path, verb)
	return own || verb == "GET" || verb == gateway.MethodAny
}

// cacheScope is what keys of a method's calls begin with. Responses of another deployment are others (the page on
// canaries), those of resources with one namespace are not (API reference, Integration).
func (c *restCompiler) cacheScope(m methodOf) string {
	parts := append([]string{c.rest.Stage.DeploymentID, m.method.Integration.CacheNamespace}, m.method.Integration.CacheKeyParameters...)
	if parts[1] == "" {
		parts[1] = m.resource.ID
	}
	slices.Sort(parts[2:])
	return strings.Join(parts, "\x00")
}

// cacheKey compiles the parameters that are marked: those of the method, or of the integration with what they map.
func (c *restCompiler) cacheKey(cfg *cache.Config, in *gateway.RestIntegration) error {
	for _, name := range slices.Sorted(slices.Values(in.CacheKeyParameters)) {
		p := cache.Parameter{}
		if of, ok := strings.CutPrefix(name, "method.request.header."); ok {
			p.Header = of
		} else if of, ok := strings.CutPrefix(name, "method.request.querystring."); ok {
			p.Query = of
		} else if of, ok := strings.CutPrefix(name, "method.request.path."); ok {
			p.Path = of
		} else if mapped := in.RequestParameters[name]; mapped != "" {
			expression, err := selection.Mapping(mapped, c.options)
			if err != nil {
				return err
			}
			p.Mapped = expression
		} else {
			continue
		}
		cfg.Parameters = append(cfg.Parameters, p)
	}
	return nil
}
