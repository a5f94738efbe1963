package compile

import (
	"testing"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/program"
	"github.com/dipylon/dipylon/internal/step/cache"
)

// TestRestCache: which calls are answered from a stage's cache (developer guide, api-gateway-caching and canary-release).
func TestRestCache(t *testing.T) {
	type settings = map[string]gateway.MethodSettings
	on := gateway.MethodSettings{Rate: -1, Burst: -1, Caching: true, CacheTTLSeconds: 300}
	noTTL, off := on, on
	noTTL.CacheTTLSeconds, off.Caching = 0, false
	for name, c := range map[string]struct {
		change     func(*RestStage)
		settings   settings
		verb, call string
		cached     bool
	}{
		"GET by the settings of all":      {nil, settings{"*/*": on}, "GET", "GET", true},
		"GET by its own":                  {nil, settings{"~1x/GET": on}, "GET", "GET", true},
		"not by another's":                {nil, settings{"~1y/GET": on}, "GET", "GET", false},
		"turned off for the method":       {nil, settings{"*/*": on, "~1x/GET": off}, "GET", "GET", false},
		"without TTL":                     {nil, settings{"*/*": noTTL}, "GET", "GET", false},
		"POST by the settings of all":     {nil, settings{"*/*": on}, "POST", "POST", false},
		"POST by its own":                 {nil, settings{"~1x/POST": on}, "POST", "POST", true},
		"ANY has GET":                     {nil, settings{"*/*": on}, "ANY", "GET", true},
		"and other methods":               {nil, settings{"*/*": on}, "ANY", "PUT", false},
		"no cluster":                      {func(s *RestStage) { s.Stage.CacheEnabled = false }, settings{"*/*": on}, "GET", "GET", false},
		"streamed":                        {func(s *RestStage) { integration(s, "GET").TransferMode = gateway.TransferStream }, settings{"*/*": on}, "GET", "GET", false},
		"a canary":                        {func(s *RestStage) { s.Stage.Canary = &gateway.CanarySettings{Percent: 100} }, settings{"*/*": on}, "GET", "GET", false},
		"a canary with the stage's":       {func(s *RestStage) { s.Stage.Canary = &gateway.CanarySettings{Percent: 100, UseStageCache: true} }, settings{"*/*": on}, "GET", "GET", true},
		"what cannot be called is no hit": {func(s *RestStage) { integration(s, "GET").URI = "http://${stageVariables.none}/" }, settings{"*/*": on}, "GET", "GET", false},
	} {
		t.Run(name, func(t *testing.T) {
			p, b := cached(t, c.verb, c.settings, c.change)
			run(p, c.call, "/x")
			b.target = ""
			x := run(p, c.call, "/x")
			if hit := x.Cache.Hit; hit != c.cached || hit && (b.target != "" || x.Response.Status != 200) {
				t.Errorf("hit: %v, called %q, status %d", hit, b.target, x.Response.Status)
			}
		})
	}
}

func integration(s *RestStage, verb string) *gateway.RestIntegration {
	return s.Snapshot.Resources[0].Methods[verb].Integration
}

// cached is a stage with a cache and the resource /x.
func cached(t *testing.T, verb string, settings map[string]gateway.MethodSettings, change func(*RestStage)) (*program.Program, *backends) {
	t.Helper()
	var b backends
	in := restStage(resource("/x", map[string]*gateway.Method{verb: {
		Authorization: gateway.AuthorizationNone, Integration: proxyTo("http://one.example/", nil),
	}}))
	in.Stage.CacheEnabled, in.Stage.MethodSettings = true, settings
	if change != nil {
		change(&in)
	}
	w := world(&b)
	w.Cache = cache.NewStore(1 << 20)
	p, err := RestAPI(in, w)
	if err != nil {
		t.Fatal(err)
	}
	return p, &b
}

// TestRestCacheOfReleases: production and canary share responses if they have one deployment, and not else (developer
// guide, canary-release).
func TestRestCacheOfReleases(t *testing.T) {
	for deployment, shared := range map[string]bool{"d1": true, "d2": false} {
		p, b := cached(t, "GET", map[string]gateway.MethodSettings{
			"*/*": {Rate: -1, Burst: -1, Caching: true, CacheTTLSeconds: 300},
		}, func(s *RestStage) {
			s.Stage.DeploymentID = "d1"
			s.Stage.Canary = &gateway.CanarySettings{UseStageCache: true, DeploymentID: deployment}
		})
		run(p, "GET", "/x")
		b.target = ""
		if x := run(p.Canary.Program, "GET", "/x"); x.Cache.Hit != shared {
			t.Errorf("the canary's deployment is %s: hit %v", deployment, x.Cache.Hit)
		}
	}
}

// TestRestCacheKey: parameters of the method and of the integration; those that map nothing do not count.
func TestRestCacheKey(t *testing.T) {
	c := newRestCompiler(restStage(), World{})
	var cfg cache.Config
	err := c.cacheKey(&cfg, &gateway.RestIntegration{
		CacheKeyParameters: []string{
			"method.request.querystring.q", "method.request.header.H", "method.request.path.p",
			"integration.request.header.X", "integration.request.header.none",
		},
		RequestParameters: map[string]string{"integration.request.header.X": "method.request.body"},
	})
	if err != nil || len(cfg.Parameters) != 4 || cfg.Parameters[0].Mapped == nil || cfg.Parameters[0].Mapped.NeedsRequestBody() == 0 ||
		cfg.Parameters[1].Header != "H" || cfg.Parameters[2].Path != "p" || cfg.Parameters[3].Query != "q" {
		t.Errorf("got %+v, %v", cfg.Parameters, err)
	}
}
