package apigateway

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// apiKeyType is the one type of a plan's keys.
const apiKeyType = "API_KEY"

// planKey returns a key of a plan. A key that is not of the plan has the text that getmoto/moto pull request 2927 gives.
func (r reader) planKey(planID, keyID string) (gateway.APIKey, error) {
	key, err := r.apiKey(keyID)
	if err != nil {
		return key, err
	}
	_, err = state.UsagePlanKeys().Get(r, r.key(planID, keyID))
	return key, orNotFound(err, notFound("Invalid Usage Plan ID specified"))
}

func (r reader) hasKey(planID, keyID string) (bool, error) {
	_, err := state.UsagePlanKeys().Get(r, r.key(planID, keyID))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// plansOfKey returns the ids of a key's plans.
func (r reader) plansOfKey(keyID string) (plans []string, err error) {
	all, err := values(state.UsagePlans().List(r, r.children("")))
	for i := 0; i < len(all) && err == nil; i++ {
		var has bool
		if has, err = r.hasKey(all[i].ID, keyID); has {
			plans = append(plans, all[i].ID)
		}
	}
	return plans, err
}

// addPlanKey makes a key one of a plan's.
func (w writer) addPlanKey(to joinable, key gateway.UsagePlanKey) error {
	if has, err := w.hasKey(to.plan.ID, key.KeyID); has || err != nil {
		return err
	}
	if err := w.checkKeyApart(to, key.KeyID); err != nil {
		return err
	}
	return state.UsagePlanKeys().Put(w.tx, w.key(to.plan.ID, key.KeyID), key)
}

func (w writer) deletePlanKey(planID, keyID string) error {
	if err := orNotFound(state.UsageExtensions().Delete(w.tx, w.key(planID, keyID)), nil); err != nil {
		return err
	}
	return state.UsagePlanKeys().Delete(w.tx, w.key(planID, keyID))
}

// joinable is a plan that keys may join, with the other plans that have one of its stages.
type joinable struct {
	plan   gateway.UsagePlan
	rivals []rival
}

// rival is a plan that has the stage too.
type rival struct {
	id    string
	stage gateway.PlanStage
}

func (r reader) joinable(planID string) (joinable, error) {
	plan, err := r.plan(planID)
	if err != nil {
		return joinable{}, err
	}
	return r.withRivals(plan)
}

func (r reader) withRivals(plan gateway.UsagePlan) (joinable, error) {
	j := joinable{plan: plan}
	others, err := values(state.UsagePlans().List(r, r.children("")))
	for _, other := range others {
		if other.ID == plan.ID {
			continue
		}
		if i := slices.IndexFunc(other.Stages, func(s gateway.PlanStage) bool { return plan.Has(s.APIID, s.Stage) }); i >= 0 {
			j.rivals = append(j.rivals, rival{other.ID, other.Stages[i]})
		}
	}
	return j, err
}

// checkKeysApart wants each key of a plan to be in one plan alone for any stage.
func (r reader) checkKeysApart(plan gateway.UsagePlan) error {
	j, err := r.withRivals(plan)
	if err != nil || len(j.rivals) == 0 {
		return err
	}
	keys, err := values(state.UsagePlanKeys().List(r, r.children(plan.ID)))
	for i := 0; i < len(keys) && err == nil; i++ {
		err = r.checkKeyApart(j, keys[i].KeyID)
	}
	return err
}

// checkKeyApart has a text of our own: AWS's is not known. The rule is that of
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html.
func (r reader) checkKeyApart(to joinable, keyID string) error {
	for _, other := range to.rivals {
		has, err := r.hasKey(other.id, keyID)
		if err != nil {
			return err
		}
		if has {
			return conflict("API Key %s cannot be in Usage Plan %s, as it is in Usage Plan %s for API Stage %s:%s",
				keyID, to.plan.ID, other.id, other.stage.APIID, other.stage.Stage)
		}
	}
	return nil
}

// CreateUsagePlanKey makes a key one of a plan's.
func (s *Service) CreateUsagePlanKey(ctx context.Context, call *wire.Call, in *gen.CreateUsagePlanKeyInput) (*gen.UsagePlanKey, error) {
	if *in.KeyType != apiKeyType {
		return nil, badRequest("Invalid key type specified: must be %s", apiKeyType)
	}
	var key gateway.APIKey
	err := s.update(ctx, call, func(w writer) (err error) {
		to, err := w.joinable(in.UsagePlanId)
		if err != nil {
			return err
		}
		if key, err = w.apiKey(*in.KeyId); err != nil {
			return err
		}
		return w.addPlanKey(to, gateway.UsagePlanKey{KeyID: key.ID, Type: apiKeyType, Order: s.Now().UnixNano()})
	})
	if err != nil {
		return nil, err
	}
	return planKeyOutput(key), nil
}

// GetUsagePlanKey returns a key of a plan.
func (s *Service) GetUsagePlanKey(ctx context.Context, call *wire.Call, in *gen.GetUsagePlanKeyInput) (*gen.UsagePlanKey, error) {
	key, err := readPart(ctx, s, call, part{in.UsagePlanId, in.KeyId}, reader.planKey)
	if err != nil {
		return nil, err
	}
	return planKeyOutput(key), nil
}

// GetUsagePlanKeys lists a plan's keys whose name begins with a query. A plan that does not exist has none (recorded:
// test_get_usage_plan_api_keys).
func (s *Service) GetUsagePlanKeys(ctx context.Context, call *wire.Call, in *gen.GetUsagePlanKeysInput) (*gen.GetUsagePlanKeysOutput, error) {
	var found []ordered[gen.UsagePlanKey]
	err := s.view(ctx, call, func(r reader) error {
		all, err := values(state.UsagePlanKeys().List(r, r.children(in.UsagePlanId)))
		if err != nil {
			return err
		}
		for _, member := range all {
			key, err := r.apiKey(member.KeyID)
			if err != nil {
				return err
			}
			if strings.HasPrefix(key.Name, text(in.NameQuery)) {
				found = append(found, ordered[gen.UsagePlanKey]{*planKeyOutput(key), member.Order})
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out gen.GetUsagePlanKeysOutput
	out.Items, out.Position, err = newestFirst(found, in.Limit, in.Position)
	return &out, err
}

// DeleteUsagePlanKey takes a key out of a plan.
func (s *Service) DeleteUsagePlanKey(ctx context.Context, call *wire.Call, in *gen.DeleteUsagePlanKeyInput) (*gen.DeleteUsagePlanKeyOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.planKey(in.UsagePlanId, in.KeyId); err != nil {
			return err
		}
		return w.deletePlanKey(in.UsagePlanId, in.KeyId)
	})
	return &gen.DeleteUsagePlanKeyOutput{}, err
}

func planKeyOutput(key gateway.APIKey) *gen.UsagePlanKey {
	return &gen.UsagePlanKey{Id: &key.ID, Name: optional(key.Name), Type: new(apiKeyType), Value: &key.Value}
}
