package apigateway

import (
	"context"
	"errors"
	"maps"
	"strings"
	"unicode/utf8"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

func (r reader) apiKey(id string) (gateway.APIKey, error) {
	key, err := state.APIKeys().Get(r, r.key("", id))
	return key, orNotFound(err, notFound("Invalid API Key identifier specified"))
}

// CreateApiKey makes a key. Without a value it gets one of 40 characters.
func (s *Service) CreateApiKey(ctx context.Context, call *wire.Call, in *gen.CreateApiKeyInput) (*gen.ApiKey, error) {
	key := gateway.APIKey{
		ID: gateway.NewID(gateway.APIKeyIDLength), Name: text(in.Name), Description: text(in.Description), Value: or(in.Value, newKeyValue()),
		CustomerID: text(in.CustomerId), Enabled: isTrue(in.Enabled), Tags: maps.Clone(in.Tags),
	}
	if in.GenerateDistinctId != nil && !*in.GenerateDistinctId {
		key.ID = key.Value
	}
	if err := checkAPIKey(key); err != nil {
		return nil, err
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	err := s.update(ctx, call, func(w writer) error {
		for _, stage := range in.StageKeys {
			pair := text(stage.RestApiId) + "/" + text(stage.StageName)
			if err := w.checkStageKey(pair); err != nil {
				return err
			}
			key.StageKeys = append(key.StageKeys, pair)
		}
		key.Order = s.Now().UnixNano()
		left, err := w.apiKeysLeft()
		if err != nil {
			return err
		}
		return w.createAPIKey(&key, left)
	})
	if err != nil {
		return nil, err
	}
	out := apiKeyOutput(key)
	out.Value = &key.Value
	return out, nil
}

func newKeyValue() string { return gateway.NewID(40) }

// apiKeysLeft returns how many keys AWS's quota lets an account have still.
func (r reader) apiKeysLeft() (int, error) {
	const maxAPIKeys = 10_000
	n, err := r.Count(store.Range{Tenant: r.tenant.String(), Kind: state.KindAPIKey})
	return maxAPIKeys - n, err
}

// createAPIKey stores a new key, if there is one left.
func (w writer) createAPIKey(key *gateway.APIKey, left int) error {
	if left <= 0 {
		return &gen.LimitExceededException{Message: "Maximum number of API keys for this account has been reached."}
	}
	key.CreatedAt, key.UpdatedAt = w.now, w.now
	err := state.APIKeys().Create(w.tx, w.key("", key.ID), *key)
	if errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrConflict) {
		return conflict("API Key already exists")
	}
	return err
}

// checkStageKey wants a stage, "API/STAGE". The text is that of amazon-rekognition-video-analyzer issue 30.
func (r reader) checkStageKey(pair string) error {
	apiID, name, _ := strings.Cut(pair, "/")
	_, err := state.RestStages().Get(r, r.key(apiID, name))
	return orNotFound(err, badRequest("Invalid stage identifier specified"))
}

// checkAPIKey has recorded texts (test_create_api_key_with_invalid_name, test_create_api_key_with_invalid_value,
// test_update_api_key_invalid_description_length).
func checkAPIKey(key gateway.APIKey) error {
	switch {
	case utf8.RuneCountInString(key.Name) > 1024:
		return badRequest("Invalid API Key name, can be at most 1024 characters.")
	case utf8.RuneCountInString(key.Description) > 125_000:
		return badRequest("Invalid API Key description specified.")
	case utf8.RuneCountInString(key.Value) < 20:
		return badRequest("API Key value should be at least 20 characters")
	case utf8.RuneCountInString(key.Value) > 128:
		return badRequest("API Key value exceeds maximum size of 128 characters")
	}
	return nil
}

// GetApiKey returns a key, and its value when that is asked for.
func (s *Service) GetApiKey(ctx context.Context, call *wire.Call, in *gen.GetApiKeyInput) (*gen.ApiKey, error) {
	var key gateway.APIKey
	err := s.view(ctx, call, func(r reader) (err error) {
		key, err = r.apiKey(in.ApiKey)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := apiKeyOutput(key)
	out.Tags = orEmpty(key.Tags)
	if isTrue(in.IncludeValue) {
		out.Value = &key.Value
	}
	return out, nil
}

// GetApiKeys lists keys: those whose name begins with a query, or those of a customer (recorded: test_get_api_keys).
func (s *Service) GetApiKeys(ctx context.Context, call *wire.Call, in *gen.GetApiKeysInput) (*gen.GetApiKeysOutput, error) {
	var found []ordered[gen.ApiKey]
	err := s.view(ctx, call, func(r reader) error {
		all, err := values(state.APIKeys().List(r, r.children("")))
		for _, key := range all {
			if c := text(in.CustomerId); !strings.HasPrefix(key.Name, text(in.NameQuery)) || c != "" && c != key.CustomerID {
				continue
			}
			out := apiKeyOutput(key)
			if isTrue(in.IncludeValues) {
				out.Value = &key.Value
			}
			found = append(found, ordered[gen.ApiKey]{*out, key.Order})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var out gen.GetApiKeysOutput
	out.Items, out.Position, err = newestFirst(found, in.Limit, in.Position)
	return &out, err
}

// UpdateApiKey changes a key by patch operations.
func (s *Service) UpdateApiKey(ctx context.Context, call *wire.Call, in *gen.UpdateApiKeyInput) (*gen.ApiKey, error) {
	var key gateway.APIKey
	err := s.update(ctx, call, func(w writer) (err error) {
		if key, err = w.apiKey(in.ApiKey); err != nil {
			return err
		}
		change := apiKeyChange{APIKey: &key, reader: w.reader}
		if err := apiKeyPatches().Apply(&change, in.PatchOperations); err != nil {
			return err
		}
		if err := checkAPIKey(key); err != nil {
			return err
		}
		key.UpdatedAt = w.now
		return state.APIKeys().Put(w.tx, w.key("", key.ID), key)
	})
	if err != nil {
		return nil, err
	}
	out := apiKeyOutput(key)
	out.Tags = orEmpty(key.Tags)
	return out, nil
}

// apiKeyChange is a key being patched, with a view of the stages that it names.
type apiKeyChange struct {
	*gateway.APIKey
	reader reader
}

// apiKeyPatches are UpdateApiKey's (recorded: test_update_api_key_immutable_field).
func apiKeyPatches() patch.Table[apiKeyChange] {
	type k = apiKeyChange
	stages := patch.List("/stages", patch.Add|patch.Remove, func(x *k) *[]string { return &x.StageKeys })
	return patch.Table[k]{Refuse: patch.ListPaths, Rows: []patch.Row[k]{
		patch.Field("/description", patch.Replace, patch.Text(), func(x *k) *string { return &x.Description }),
		patch.Field("/enabled", patch.Replace, patch.Flag(), func(x *k) *bool { return &x.Enabled }),
		patch.Field("/name", patch.Replace, patch.Text(), func(x *k) *string { return &x.Name }),
		patch.Field("/customerId", patch.Replace, patch.Text(), func(x *k) *string { return &x.CustomerID }),
		patch.Do("/stages", patch.Add|patch.Remove, "string", func(x *k, c patch.Change) error {
			if c.Op == patch.Add {
				if err := x.reader.checkStageKey(c.Value); err != nil {
					return err
				}
			}
			return stages.Apply(x, c)
		}),
	}}
}

// DeleteApiKey removes a key, from its plans too (recorded: test_get_usage_plan_api_keys).
func (s *Service) DeleteApiKey(ctx context.Context, call *wire.Call, in *gen.DeleteApiKeyInput) (*gen.DeleteApiKeyOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.apiKey(in.ApiKey); err != nil {
			return err
		}
		plans, err := w.plansOfKey(in.ApiKey)
		if err != nil {
			return err
		}
		for _, planID := range plans {
			if err := w.deletePlanKey(planID, in.ApiKey); err != nil {
				return err
			}
		}
		return state.APIKeys().Delete(w.tx, w.key("", in.ApiKey))
	})
	return &gen.DeleteApiKeyOutput{}, err
}

// apiKeyOutput is a key as lists show it, without its value.
func apiKeyOutput(key gateway.APIKey) *gen.ApiKey {
	stages := key.StageKeys
	if stages == nil {
		stages = []string{}
	}
	return &gen.ApiKey{
		CreatedDate: &key.CreatedAt, CustomerId: optional(key.CustomerID), Description: optional(key.Description), Enabled: &key.Enabled,
		Id: &key.ID, LastUpdatedDate: &key.UpdatedAt, Name: optional(key.Name), StageKeys: stages, Tags: filled(key.Tags),
	}
}
