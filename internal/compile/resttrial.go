package compile

import (
	"fmt"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/program"
)

// RestTrial compiles one method of a REST API for TestInvokeMethod: as a stage would run it, without who may call, how
// often, caches and logs. Every path leads to it; one that is not its resource's has no variables (recorded:
// aws-behaviour.md, fact 36).
func RestTrial(in RestStage, resourceID, verb string, world World) (*program.Program, error) {
	in.trial, in.Stage.Name, world.Observe = true, exchange.TrialStage, nil
	c := newRestCompiler(in, world)
	for i := range in.Snapshot.Resources {
		resource := &in.Snapshot.Resources[i]
		if resource.ID != resourceID || resource.Methods[verb] == nil {
			continue
		}
		key, err := restKey(verb, resource.Path)
		if err != nil {
			return nil, err
		}
		route := c.method(resource, verb)
		bare := *route
		p := &program.Program{APIID: in.API.ID, Stage: in.Stage.Name, REST: true, NoRoute: &bare, Log: world.Log}
		p.Router.Strict = true
		return p, p.Router.Add(key, route)
	}
	return nil, fmt.Errorf("there is no method %s of a resource %s", verb, resourceID)
}
