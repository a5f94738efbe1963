package compile

import (
	"context"
	"fmt"
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
)

// What a stage asks for and is not built refuses the calls that it is for, where they would be answered in another way or
// by another right than on AWS. The rest is said once, when the stage is compiled.

// notBuilt is a step that refuses every call.
func notBuilt(what string) exchange.Step {
	err := fmt.Errorf("%s is not built", what)
	return exchange.Step{Name: "unbuilt", Detail: "refuse: " + err.Error(), Run: func(context.Context, *exchange.Exchange) error {
		return exchange.Refuse(exchange.KindInternal, err)
	}}
}

// unbuilt refuses the calls of a method that asks for what is not built.
func (c *restCompiler) unbuilt(m *gateway.Method) exchange.Step {
	stage, in := &c.rest.Stage, m.Integration
	for _, what := range []struct {
		name  string
		asked bool
	}{
		{"a web ACL", stage.WebACLARN != ""},
		{"a function that is called with the caller's credentials", in != nil && in.Credentials == callersOwn && callsFunction(in)},
		{"an action of S3 by its name", in != nil && in.Type == gateway.RestAWS && strings.Contains(in.URI, ":s3:action/")},
	} {
		if what.asked {
			return notBuilt(what.name)
		}
	}
	return exchange.Step{}
}

func callsFunction(in *gateway.RestIntegration) bool {
	return strings.Contains(in.URI, ":lambda:path/")
}

// sayUnbuilt logs what the stage asks for that changes no answer.
func (c *restCompiler) sayUnbuilt() {
	var asked []string
	if c.rest.Stage.Tracing {
		asked = append(asked, "X-Ray tracing")
	}
	if len(asked) > 0 {
		c.world.Log.Warn("the stage asks for what is not built; calls are served without it",
			"api", c.API.ID, "stage", c.Stage.Stage.Name, "notBuilt", strings.Join(asked, ", "))
	}
}
