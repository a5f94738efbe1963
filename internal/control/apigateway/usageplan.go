package apigateway

import (
	"context"
	"maps"
	"slices"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// plan returns a usage plan (recorded: test_usage_plan_crud).
func (r reader) plan(id string) (gateway.UsagePlan, error) {
	plan, err := state.UsagePlans().Get(r, r.key("", id))
	return plan, orNotFound(err, notFound("Invalid Usage Plan ID specified"))
}

// savePlan checks a plan as it will be and stores it. A quota whose period or offset is new begins now.
func (w writer) savePlan(plan gateway.UsagePlan, old *gateway.Quota) error {
	if q := plan.Quota; q != nil && (old == nil || q.Period != old.Period || q.Offset != old.Offset) {
		q.Since = w.now
	}
	if err := checkPlan(plan); err != nil {
		return err
	}
	if err := w.checkKeysApart(plan); err != nil {
		return err
	}
	return state.UsagePlans().Put(w.tx, w.key("", plan.ID), plan)
}

// CreateUsagePlan makes a usage plan.
func (s *Service) CreateUsagePlan(ctx context.Context, call *wire.Call, in *gen.CreateUsagePlanInput) (*gen.UsagePlan, error) {
	plan := gateway.UsagePlan{
		ID: newID(), Name: text(in.Name), Description: text(in.Description), Throttle: throttleOf(in.Throttle), Quota: quotaOf(in.Quota),
		Tags: maps.Clone(in.Tags),
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	err := s.update(ctx, call, func(w writer) error {
		for _, stage := range in.ApiStages {
			made, err := w.planStage(stage)
			if err != nil {
				return err
			}
			plan.Stages = append(plan.Stages, made)
		}
		if err := w.checkPlanQuota(); err != nil {
			return err
		}
		plan.CreatedAt = w.now
		return w.savePlan(plan, nil)
	})
	if err != nil {
		return nil, err
	}
	return planOutput(plan), nil
}

// checkPlanQuota holds to AWS's quota of usage plans in an account.
func (w writer) checkPlanQuota() error {
	const maxUsagePlans = 300
	n, err := w.Count(store.Range{Tenant: w.tenant.String(), Kind: state.KindUsagePlan})
	if err == nil && n >= maxUsagePlans {
		return &gen.LimitExceededException{Message: "Maximum number of usage plans for this account has been reached."}
	}
	return err
}

// planStage reads a stage of a plan. The texts are those of aws-sdk issue 354, filled in, and of boto3 issue 825.
func (r reader) planStage(in gen.ApiStage) (gateway.PlanStage, error) {
	made := gateway.PlanStage{APIID: text(in.ApiId), Stage: text(in.Stage)}
	if made.APIID == "" || made.Stage == "" {
		return made, badRequest("Invalid API Stage {api: %s, stage: %s} specified for usageplan", made.APIID, made.Stage)
	}
	for key, throttle := range in.Throttle {
		if made.Throttle == nil {
			made.Throttle = map[string]gateway.Throttle{}
		}
		made.Throttle[key] = *throttleOf(&throttle)
	}
	return made, r.checkPlanStage(made)
}

func (r reader) checkPlanStage(stage gateway.PlanStage) error {
	_, err := state.RestStages().Get(r, r.key(stage.APIID, stage.Stage))
	return orNotFound(err, notFound("API Stage not found: %s:%s", stage.APIID, stage.Stage))
}

// leavePlans takes a stage that is deleted, or with an empty name all stages of an API, out of all usage plans, as AWS does
// (hashicorp/terraform-provider-aws issue 14100).
func (w writer) leavePlans(apiID, name string) error {
	plans, err := values(state.UsagePlans().List(w, w.children("")))
	if err != nil {
		return err
	}
	for _, plan := range plans {
		left := slices.DeleteFunc(slices.Clone(plan.Stages), func(s gateway.PlanStage) bool {
			return s.APIID == apiID && (name == "" || s.Stage == name)
		})
		if len(left) == len(plan.Stages) {
			continue
		}
		plan.Stages = left
		if err := state.UsagePlans().Put(w.tx, w.key("", plan.ID), plan); err != nil {
			return err
		}
	}
	return nil
}

// GetUsagePlan returns a usage plan.
func (s *Service) GetUsagePlan(ctx context.Context, call *wire.Call, in *gen.GetUsagePlanInput) (*gen.UsagePlan, error) {
	var plan gateway.UsagePlan
	err := s.view(ctx, call, func(r reader) (err error) {
		plan, err = r.plan(in.UsagePlanId)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := planOutput(plan)
	out.Tags = orEmpty(plan.Tags)
	return out, nil
}

// GetUsagePlans lists usage plans, or those of a key.
func (s *Service) GetUsagePlans(ctx context.Context, call *wire.Call, in *gen.GetUsagePlansInput) (*gen.GetUsagePlansOutput, error) {
	rng, err := page(in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	keyID := text(in.KeyId)
	out := gen.GetUsagePlansOutput{Items: []gen.UsagePlan{}}
	err = s.view(ctx, call, func(r reader) error {
		rng.Tenant = r.tenant.String()
		if keyID != "" {
			rng.Limit, rng.After = 0, ""
		}
		list, err := state.UsagePlans().List(r, rng)
		if err != nil {
			return err
		}
		out.Position = position(list.Next)
		for _, item := range list.Items {
			if keyID != "" {
				has, err := r.hasKey(item.ID, keyID)
				if err != nil {
					return err
				}
				if !has {
					continue
				}
			}
			out.Items = append(out.Items, *planOutput(item.Value))
		}
		return nil
	})
	return &out, err
}

// UpdateUsagePlan changes a usage plan by patch operations.
func (s *Service) UpdateUsagePlan(ctx context.Context, call *wire.Call, in *gen.UpdateUsagePlanInput) (*gen.UsagePlan, error) {
	var plan gateway.UsagePlan
	err := s.update(ctx, call, func(w writer) (err error) {
		if plan, err = w.plan(in.UsagePlanId); err != nil {
			return err
		}
		var old *gateway.Quota
		if plan.Quota != nil {
			old = new(*plan.Quota)
		}
		change := planChange{UsagePlan: &plan, reader: w.reader}
		if err := planPatches().Apply(&change, in.PatchOperations); err != nil {
			return err
		}
		return w.savePlan(plan, old)
	})
	if err != nil {
		return nil, err
	}
	out := planOutput(plan)
	out.Tags = orEmpty(plan.Tags)
	return out, nil
}

// DeleteUsagePlan removes a plan that has no stages. The text is that of aws-sdk-js issue 3841.
func (s *Service) DeleteUsagePlan(ctx context.Context, call *wire.Call, in *gen.DeleteUsagePlanInput) (*gen.DeleteUsagePlanOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		plan, err := w.plan(in.UsagePlanId)
		if err != nil {
			return err
		}
		if len(plan.Stages) > 0 {
			return badRequest("Cannot delete Usage Plan %s because there are API Stages associated with it, including %s:%s",
				plan.ID, plan.Stages[0].APIID, plan.Stages[0].Stage)
		}
		if _, err := state.UsagePlanKeys().DeleteChildren(w.tx, w.tenant.String(), plan.ID); err != nil {
			return err
		}
		if _, err := state.UsageExtensions().DeleteChildren(w.tx, w.tenant.String(), plan.ID); err != nil {
			return err
		}
		return state.UsagePlans().Delete(w.tx, w.key("", plan.ID))
	})
	return &gen.DeleteUsagePlanOutput{}, err
}

// checkPlan checks a plan as it would be stored. Texts are our own. An offset is a number of calls (decision 37), so the
// bounds that the Terraform provider has for one do not hold here.
func checkPlan(plan gateway.UsagePlan) error {
	if plan.Name == "" {
		return badRequest("Usage Plan name cannot be empty")
	}
	if err := checkThrottle(plan.Throttle); err != nil {
		return err
	}
	for _, stage := range plan.Stages {
		for _, throttle := range stage.Throttle {
			if err := checkThrottle(&throttle); err != nil {
				return err
			}
		}
	}
	q := plan.Quota
	if q == nil {
		return nil
	}
	if q.Limit < 0 {
		return badRequest("Usage Plan quota limit cannot be negative")
	}
	switch {
	case !slices.Contains([]string{gateway.PeriodDay, gateway.PeriodWeek, gateway.PeriodMonth}, q.Period):
		return badRequest("Usage Plan quota period must be one of [DAY, WEEK, MONTH]")
	case q.Offset < 0:
		return badRequest("Usage Plan quota offset cannot be negative")
	}
	return nil
}

func checkThrottle(t *gateway.Throttle) error {
	if t != nil && (t.Rate != nil && *t.Rate < 0 || t.Burst != nil && *t.Burst < 0) {
		return badRequest("Usage Plan throttle limits cannot be negative")
	}
	return nil
}

func throttleOf(in *gen.ThrottleSettings) *gateway.Throttle {
	if in == nil {
		return nil
	}
	t := gateway.Throttle{Rate: in.RateLimit}
	if in.BurstLimit != nil {
		t.Burst = new(int(*in.BurstLimit))
	}
	return &t
}

func quotaOf(in *gen.QuotaSettings) *gateway.Quota {
	if in == nil {
		return nil
	}
	return &gateway.Quota{Limit: int(or0(in.Limit)), Offset: int(or0(in.Offset)), Period: text(in.Period)}
}

// planOutput is a plan as CreateUsagePlan and lists show it.
func planOutput(plan gateway.UsagePlan) *gen.UsagePlan {
	out := gen.UsagePlan{
		ApiStages: []gen.ApiStage{}, Description: optional(plan.Description), Id: &plan.ID, Name: &plan.Name,
		ProductCode: optional(plan.ProductCode), Tags: filled(plan.Tags), Throttle: throttleOutput(plan.Throttle),
	}
	for _, stage := range plan.Stages {
		shown := gen.ApiStage{ApiId: &stage.APIID, Stage: &stage.Stage}
		for key, throttle := range stage.Throttle {
			if shown.Throttle == nil {
				shown.Throttle = map[string]gen.ThrottleSettings{}
			}
			shown.Throttle[key] = *throttleOutput(&throttle)
		}
		out.ApiStages = append(out.ApiStages, shown)
	}
	if q := plan.Quota; q != nil {
		out.Quota = &gen.QuotaSettings{Limit: number(q.Limit), Offset: number(q.Offset), Period: new(gen.QuotaPeriodType(q.Period))}
	}
	return &out
}

func throttleOutput(t *gateway.Throttle) *gen.ThrottleSettings {
	if t == nil {
		return nil
	}
	out := gen.ThrottleSettings{RateLimit: t.Rate}
	if t.Burst != nil {
		out.BurstLimit = number(*t.Burst)
	}
	return &out
}
