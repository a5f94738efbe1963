package apigateway

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// planChange is a usage plan being patched, with a view of the stages that it names.
type planChange struct {
	*gateway.UsagePlan
	reader reader
}

// planPatches are UpdateUsagePlan's. Remove's paths are AWS's list with AWS's spelling (boto3 issue 2629).
func planPatches() patch.Table[planChange] {
	type p = planChange
	const set, at, shown = patch.Add | patch.Replace, "/apiStages/{stage}/throttle", "/apiStages/<apidId:stageName>/throttle"
	const method, shownMethod = at + "/{path+}/{method}", shown + "/<resourcePath>/<httpMethod>"
	quota := func(x *p) *gateway.Quota {
		if x.Quota == nil {
			x.Quota = &gateway.Quota{}
		}
		return x.Quota
	}
	throttle := func(x *p) *gateway.Throttle {
		if x.Throttle == nil {
			x.Throttle = &gateway.Throttle{}
		}
		return x.Throttle
	}
	return patch.Table[p]{Refuse: patch.ListPaths, Rows: []patch.Row[p]{
		patch.Field("/name", patch.Replace, patch.Text(), func(x *p) *string { return &x.Name }),
		patch.Field("/description", patch.Replace, patch.Text(), func(x *p) *string { return &x.Description }),
		patch.Do("/apiStages", patch.Add|patch.Remove, "string", changePlanStages),
		patch.Do("/quota", patch.Remove, "-", func(x *p, _ patch.Change) error { x.Quota = nil; return nil }),
		patch.Field("/quota/limit", set, patch.Integer(), func(x *p) *int { return &quota(x).Limit }),
		patch.Field("/quota/offset", set, patch.Integer(), func(x *p) *int { return &quota(x).Offset }),
		patch.Field("/quota/period", set, patch.Enum(gateway.PeriodDay, gateway.PeriodWeek, gateway.PeriodMonth),
			func(x *p) *string { return &quota(x).Period }),
		patch.Do("/throttle", patch.Remove, "-", func(x *p, _ patch.Change) error { x.Throttle = nil; return nil }),
		patch.Field("/throttle/burstLimit", set, pointer(patch.Integer()), func(x *p) **int { return &throttle(x).Burst }),
		patch.Field("/throttle/rateLimit", set, pointer(patch.Double()), func(x *p) **float64 { return &throttle(x).Rate }),
		patch.Field("/productCode", patch.Add|patch.Replace|patch.Remove, patch.Text(), func(x *p) *string { return &x.ProductCode }),
		patch.Do(method, patch.Remove, "-", func(x *p, c patch.Change) error {
			return x.changeThrottles(c, func(all map[string]gateway.Throttle) { delete(all, methodKey(c)) })
		}).Wording(shownMethod, ""),
		patch.Do(method+"/rateLimit", set, "double", func(x *p, c patch.Change) error {
			rate, err := patch.Double().Parse(c)
			if err != nil {
				return err
			}
			return x.changeThrottle(c, func(t *gateway.Throttle) { t.Rate = &rate })
		}).Wording(shownMethod+"/rateLimit", ""),
		patch.Do(method+"/burstLimit", set, "integer", func(x *p, c patch.Change) error {
			burst, err := patch.Integer().Parse(c)
			if err != nil {
				return err
			}
			return x.changeThrottle(c, func(t *gateway.Throttle) { t.Burst = &burst })
		}).Wording(shownMethod+"/burstLimit", ""),
		patch.Do(at, patch.Add|patch.Replace|patch.Remove, "string", setThrottles).Wording(shown, ""),
	}}
}

// pointer is a kind whose absence is told from zero.
func pointer[V any](kind patch.Kind[V]) patch.Kind[*V] {
	return patch.Kind[*V]{Name: kind.Name, Parse: func(c patch.Change) (*V, error) {
		v, err := kind.Parse(c)
		return &v, err
	}}
}

// changePlanStages adds or removes the stage that the value names (recorded: test_usage_plan_crud).
func changePlanStages(x *planChange, c patch.Change) error {
	apiID, name, ok := strings.Cut(c.Value, ":")
	if !ok {
		return badRequest("Invalid API Stage specified")
	}
	i := x.find(apiID, name)
	switch {
	case c.Op == patch.Remove && i < 0:
		return x.noStage(apiID, name)
	case c.Op == patch.Remove:
		x.Stages = slices.Delete(slices.Clone(x.Stages), i, i+1)
	case i < 0:
		stage := gateway.PlanStage{APIID: apiID, Stage: name}
		if err := x.reader.checkPlanStage(stage); err != nil {
			return err
		}
		x.Stages = append(slices.Clip(x.Stages), stage)
	}
	return nil
}

func (x *planChange) find(apiID, name string) int {
	return slices.IndexFunc(x.Stages, func(s gateway.PlanStage) bool { return s.APIID == apiID && s.Stage == name })
}

func (x *planChange) noStage(apiID, name string) error {
	return notFound("Invalid API Stage {api: %s, stage: %s} specified for usageplan %s", apiID, name, x.ID)
}

// methodKey is how plans name a method: "/pets/GET", the root's "//GET".
func methodKey(c patch.Change) string { return c.Key(1) + "/" + c.Key(2) }

// changeThrottles changes the limits of a stage's methods.
func (x *planChange) changeThrottles(c patch.Change, change func(map[string]gateway.Throttle)) error {
	apiID, name, _ := strings.Cut(c.Key(0), ":")
	i := x.find(apiID, name)
	if i < 0 {
		return x.noStage(apiID, name)
	}
	x.Stages = slices.Clone(x.Stages)
	all := orEmpty(maps.Clone(x.Stages[i].Throttle))
	change(all)
	x.Stages[i].Throttle = filled(all)
	return nil
}

func (x *planChange) changeThrottle(c patch.Change, change func(*gateway.Throttle)) error {
	return x.changeThrottles(c, func(all map[string]gateway.Throttle) {
		t := all[methodKey(c)]
		change(&t)
		all[methodKey(c)] = t
	})
}

// setThrottles puts a JSON document's limits in the place of all, or removes them.
func setThrottles(x *planChange, c patch.Change) error {
	var given map[string]gen.ThrottleSettings
	if c.Op != patch.Remove {
		if err := json.Unmarshal([]byte(c.Value), &given); err != nil {
			return badRequest("Invalid patch value '%s' specified for path %s: must be a JSON object of throttles by path and method", c.Value, c.Path)
		}
	}
	return x.changeThrottles(c, func(all map[string]gateway.Throttle) {
		clear(all)
		for key, throttle := range given {
			all[key] = *throttleOf(&throttle)
		}
	})
}
