package apigateway

import (
	"context"
	"slices"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// usagePlansFeature is the one feature that AWS has; every account has it, and cannot do without.
const usagePlansFeature = "UsagePlans"

// account returns what the tenant has set, which is nothing at first.
func (r reader) account() (gateway.RestAccount, error) {
	account, err := state.RestAccounts().Get(r, r.key("", state.RestAccountID))
	if len(account.Features) == 0 {
		account.Features = []string{usagePlansFeature}
	}
	return account, orNotFound(err, nil)
}

// GetAccount returns what the caller's account has set for all of its REST APIs.
func (s *Service) GetAccount(ctx context.Context, call *wire.Call, _ *gen.GetAccountInput) (*gen.Account, error) {
	var account gateway.RestAccount
	err := s.view(ctx, call, func(r reader) (err error) {
		account, err = r.account()
		return err
	})
	if err != nil {
		return nil, err
	}
	return accountOutput(account), nil
}

// UpdateAccount changes it by patch operations.
func (s *Service) UpdateAccount(ctx context.Context, call *wire.Call, in *gen.UpdateAccountInput) (*gen.Account, error) {
	var account gateway.RestAccount
	err := s.update(ctx, call, func(w writer) (err error) {
		if account, err = w.account(); err != nil {
			return err
		}
		if err := accountPatches().Apply(&account, in.PatchOperations); err != nil {
			return err
		}
		if !slices.Contains(account.Features, usagePlansFeature) {
			return badRequest("The feature %s cannot be removed", usagePlansFeature)
		}
		return state.RestAccounts().Put(w.tx, w.key("", state.RestAccountID), account)
	})
	if err != nil {
		return nil, err
	}
	return accountOutput(account), nil
}

// accountPatches are UpdateAccount's.
func accountPatches() patch.Table[gateway.RestAccount] {
	type a = gateway.RestAccount
	features := patch.List("/features", patch.Add|patch.Remove, func(x *a) *[]string { return &x.Features })
	return patch.Table[a]{Refuse: patch.ListPaths, Rows: []patch.Row[a]{
		patch.Field("/cloudwatchRoleArn", patch.Replace, patch.ARN(), func(x *a) *string { return &x.CloudWatchRoleARN }),
		patch.Do("/features", patch.Add|patch.Remove, "string", func(x *a, c patch.Change) error {
			if c.Value != usagePlansFeature {
				return badRequest("Invalid feature specified: '%s'. Must be one of: [%s]", c.Value, usagePlansFeature)
			}
			return features.Apply(x, c)
		}),
	}}
}

// accountOutput shows the throttle that AWS gives every account, and the version of its API keys (AWS CLI, example of get-account).
func accountOutput(account gateway.RestAccount) *gen.Account {
	return &gen.Account{
		ApiKeyVersion: new("4"), CloudwatchRoleArn: optional(account.CloudWatchRoleARN), Features: account.Features,
		ThrottleSettings: &gen.ThrottleSettings{BurstLimit: new(int32(5000)), RateLimit: new(10000.0)},
	}
}
