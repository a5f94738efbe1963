package compile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/draft4"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/policy"
	"github.com/dipylon/dipylon/internal/program"
	"github.com/dipylon/dipylon/internal/selection"
	"github.com/dipylon/dipylon/internal/step/authorize"
	"github.com/dipylon/dipylon/internal/step/executionlog"
	"github.com/dipylon/dipylon/internal/step/respond"
	"github.com/dipylon/dipylon/internal/telemetry"
	"github.com/dipylon/dipylon/internal/template"
)

// RestStage is what the program of a REST API's stage is made of. API is as it is now, the snapshot's as it was deployed.
type RestStage struct {
	Tenant   gateway.Tenant
	API      gateway.RestAPI
	Stage    gateway.RestStage
	Snapshot gateway.RestSnapshot
	// CanarySnapshot is what the deployment of the stage's canary froze; nil where there is none or both have one.
	CanarySnapshot *gateway.RestSnapshot
	// Certificate is what the stage shows to back ends; nil for none.
	Certificate *gateway.ClientCertificate
	// Links are the tenant's VPC links of version 1 by their ids.
	Links map[string]gateway.RestVPCLink

	// release tells which of the stage's deployments this is, trial that it is none but the API as it is.
	release exchange.Release
	trial   bool
}

// RestAPI compiles a stage of a REST API. What cannot be called as it is configured, or asks for what is not built, refuses
// its calls with AWS's 500 and says why in the log; the rest serves.
func RestAPI(in RestStage, world World) (*program.Program, error) {
	p, err := compileRelease(in, world)
	if err != nil {
		return nil, err
	}
	return p, addCanary(p, &in, world)
}

// compileRelease compiles a stage with one of its deployments.
func compileRelease(in RestStage, world World) (*program.Program, error) {
	c := newRestCompiler(in, world)
	var err error
	if c.policy, err = c.resourcePolicy(); err != nil {
		return nil, err
	}
	if c.accessLog, err = c.logCalls(); err != nil {
		return nil, err
	}
	if c.journals, err = c.journalWriter(); err != nil {
		return nil, err
	}
	world.Metrics.Own(in.API.ID, telemetry.Owner{Account: in.Tenant.Account, Region: in.Tenant.Region, Name: in.API.Name, REST: true})
	p := &program.Program{
		APIID: in.API.ID, Stage: in.Stage.Name, REST: true,
		NoRoute: restRoute("", restSteps{authorize: authorize.NoMethod(world.Identities.Verifier, c.api()), respond: c.respond, accessLog: c.accessLog}, world),
		Metrics: world.Metrics.Stage(in.API.ID, in.Stage.Name),
		Log:     world.Log, Tracer: world.Tracer,
	}
	p.Router.Strict = true
	for i := range in.Snapshot.Resources {
		resource := &in.Snapshot.Resources[i]
		for _, verb := range slices.Sorted(maps.Keys(resource.Methods)) {
			key, err := restKey(verb, resource.Path)
			if err != nil {
				return nil, err
			}
			if err := p.Router.Add(key, c.method(resource, verb)); err != nil {
				return nil, err
			}
		}
	}
	if in.release != exchange.CanaryRelease {
		c.sayUnbuilt()
	}
	return p, nil
}

// RestAnswering is [Answering] for a REST API.
func RestAnswering(kind exchange.Kind, apiID string, world World) *program.Program {
	return &program.Program{
		APIID: apiID, REST: true,
		NoRoute: restRoute("", restSteps{integrate: fault(kind), respond: respond.REST(respond.RESTConfig{})}, world),
		Metrics: world.Metrics.Stage(apiID, ""),
		Log:     world.Log, Tracer: world.Tracer,
	}
}

// restCompiler holds what the methods of a stage share. Its compiler knows the stage as one of an HTTP API, as far as both
// are the same.
type restCompiler struct {
	compiler
	rest     RestStage
	settings map[string]gateway.MethodSettings
	// models are made when the first method asks for one.
	models *draft4.Set
	policy *policy.Policy // the resource policy; nil without one
	// journals takes execution logs; nil where no method has one.
	journals executionlog.Writer
	// templates is what mapping templates may refer to.
	templates *template.Scope
}

func newRestCompiler(in RestStage, world World) *restCompiler {
	c := &restCompiler{rest: in}
	c.Stage = Stage{
		Tenant: in.Tenant, API: gateway.API{ID: in.API.ID},
		Stage: gateway.Stage{Name: in.Stage.Name, Variables: in.Stage.Variables, AccessLog: in.Stage.AccessLog},
	}
	c.world = world
	c.templates = &template.Scope{
		AccountID: in.Tenant.Account, DeploymentID: in.Stage.DeploymentID, StageVariables: in.Stage.Variables,
	}
	c.options = selection.Options{
		StageVariables: in.Stage.Variables, AccountID: in.Tenant.Account, DeploymentID: in.Stage.DeploymentID, Traced: in.Stage.Tracing,
	}
	c.settings = make(map[string]gateway.MethodSettings, len(in.Stage.MethodSettings))
	for key, settings := range in.Stage.MethodSettings {
		c.settings[settingsKey(key)] = settings
	}
	c.respond = respond.REST(respond.RESTConfig{
		Responses:  in.Snapshot.GatewayResponses,
		Template:   func(text string) respond.Text { return selection.CompileTemplate(text, c.options) },
		Expression: func(text string) (respond.Text, error) { return selection.Mapping(text, c.options) },
	})
	return c
}

// settingsKey spells the key of a method's settings, which stands as it was sent, as "/path/METHOD"; "*/*" is for all.
func settingsKey(key string) string {
	i := strings.LastIndexByte(key, '/')
	if i < 0 || key == "*/*" {
		return key
	}
	path := strings.ReplaceAll(strings.ReplaceAll(key[:i], "~1", "/"), "~0", "~")
	return "/" + strings.Trim(path, "/") + key[i:]
}

// settingsOf returns a method's settings: its own, or those of all methods.
func (c *restCompiler) settingsOf(path, verb string) (settings gateway.MethodSettings, own bool) {
	if settings, own = c.ownSettings(path, verb); own {
		return settings, true
	}
	settings, own = c.settings["*/*"]
	return settings, own
}

func (c *restCompiler) ownSettings(path, verb string) (settings gateway.MethodSettings, ok bool) {
	settings, ok = c.settings["/"+strings.Trim(path, "/")+"/"+verb]
	return settings, ok
}

// restKey is the route key of a method.
func restKey(verb, path string) (gateway.RouteKey, error) {
	key := gateway.RouteKey{Method: verb}
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		if part == "" && path == "/" {
			key.Segments = append(key.Segments, gateway.Segment{})
			break
		}
		parsed, ok := gateway.ParsePathPart(part)
		segment := gateway.Segment{Text: cmp.Or(parsed.Variable, part)}
		switch {
		case !ok:
			return key, fmt.Errorf("resource %s: %q is no path part", path, part)
		case parsed.Greedy:
			segment.Kind = gateway.Greedy
		case parsed.Variable != "":
			segment.Kind = gateway.Variable
		}
		key.Segments = append(key.Segments, segment)
	}
	return key, nil
}

// method compiles one method of a resource.
func (c *restCompiler) method(resource *gateway.Resource, verb string) *program.Route {
	m := resource.Methods[verb]
	key := verb + " " + resource.Path
	in := methodOf{resource: resource, method: m, verb: verb, key: key}
	steps := restSteps{
		unbuilt:   c.unbuilt(m),
		authorize: c.authorizeMethod(in),
		validate:  c.validateMethod(m, key),
		respond:   c.respond, accessLog: c.accessLog,
	}
	c.limit(&steps, in)
	c.integrate(&steps, in)
	settings, _ := c.settingsOf(resource.Path, verb)
	c.cache(&steps, in, settings)
	c.compress(&steps, m)
	c.keepJournal(&steps, settings)
	r := restRoute(key, steps, c.world)
	r.ResourceID, r.Resource = resource.ID, resource.Path
	if settings.Metrics {
		r.Metrics = c.world.Metrics.Route(c.API.ID, c.Stage.Stage.Name, key)
	}
	return r
}

// methodOf is a method in its place.
type methodOf struct {
	resource *gateway.Resource
	method   *gateway.Method
	// key is its verb and its resource's path.
	verb, key string
}
