package lambda

import (
	"context"
	"errors"
	"maps"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/lambda"
)

// CreateAlias gives a version a name (https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html).
func (s *Service) CreateAlias(ctx context.Context, call *wire.Call, in *gen.CreateAliasInput) (*gen.AliasConfiguration, error) {
	ref, err := unqualified(call, in.FunctionName)
	if err != nil {
		return nil, err
	}
	ref.Qualifier = *in.Name
	if isNumber(ref.Qualifier) || !consistsOf(ref.Qualifier, "-_") {
		return nil, malformed(ref.Qualifier, "name", "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)")
	}
	alias := gateway.FunctionAlias{
		Name: ref.Qualifier, Version: *in.FunctionVersion, Description: text(in.Description), RevisionID: gateway.NewUUID(),
		Additional: weightsOf(in.RoutingConfig),
	}
	err = s.update(ctx, call, func(w writer) error {
		if err := w.checkAlias(ref, alias); err != nil {
			return err
		}
		err := state.FunctionAliases().Create(w.tx, w.key(ref.Name, alias.Name), alias)
		if errors.Is(err, store.ErrExists) {
			return conflict("Alias already exists: %s", ref.ARN())
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return new(aliasOutput(ref, alias)), nil
}

// weightsOf returns nil for an alias of one version.
func weightsOf(in *gen.AliasRoutingConfiguration) map[string]float64 {
	if in == nil || len(in.AdditionalVersionWeights) == 0 {
		return nil
	}
	return maps.Clone(in.AdditionalVersionWeights)
}

// checkAlias looks whether what an alias names exists and goes together.
func (r reader) checkAlias(ref gateway.FunctionRef, alias gateway.FunctionAlias) error {
	if len(alias.Additional) > 1 {
		return invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
	}
	if err := r.checkVersion(ref.Name, alias.Version); err != nil {
		return err
	}
	for version := range alias.Additional {
		switch version {
		case alias.Version:
			return invalid("Invalid function version %s. Function version %s is already included in routing configuration.", version, version)
		default:
			if alias.Version == gateway.LatestVersion {
				return &gen.InvalidParameterValueException{Message: "$LATEST is not supported for an alias pointing to more than 1 version"}
			}
		}
		if err := r.checkVersion(ref.Name, version); err != nil {
			return err
		}
	}
	return nil
}

func (r reader) checkVersion(name, version string) error {
	if version == gateway.LatestVersion+".PUBLISHED" {
		return notBuilt("publishing to $LATEST.PUBLISHED")
	}
	ref := r.ref(name, version)
	if _, err := r.function(ref); err != nil || version == gateway.LatestVersion {
		return err
	}
	_, err := r.published(ref)
	return err
}

// GetAlias returns an alias.
func (s *Service) GetAlias(ctx context.Context, call *wire.Call, in *gen.GetAliasInput) (*gen.AliasConfiguration, error) {
	ref, err := unqualified(call, in.FunctionName)
	if err != nil {
		return nil, err
	}
	ref.Qualifier = in.Name
	var alias gateway.FunctionAlias
	err = s.view(ctx, call, func(r reader) (err error) {
		alias, err = r.alias(ref)
		return err
	})
	if err != nil {
		return nil, err
	}
	return new(aliasOutput(ref, alias)), nil
}

// UpdateAlias changes what is given. A routing configuration without weights ends the sharing.
func (s *Service) UpdateAlias(ctx context.Context, call *wire.Call, in *gen.UpdateAliasInput) (*gen.AliasConfiguration, error) {
	ref, err := unqualified(call, in.FunctionName)
	if err != nil {
		return nil, err
	}
	ref.Qualifier = in.Name
	var alias gateway.FunctionAlias
	err = s.update(ctx, call, func(w writer) (err error) {
		alias, err = state.FunctionAliases().Get(w, w.key(ref.Name, ref.Qualifier))
		if err != nil {
			return orNotFound(err, notFound("Alias not found: %s", ref.ARN()))
		}
		if err := checkRevision(in.RevisionId, alias.RevisionID); err != nil {
			return err
		}
		set(&alias.Description, in.Description)
		replace(&alias.Version, in.FunctionVersion)
		if in.RoutingConfig != nil {
			alias.Additional = weightsOf(in.RoutingConfig)
		}
		if err := w.checkAlias(ref, alias); err != nil {
			return err
		}
		alias.RevisionID = gateway.NewUUID()
		return state.FunctionAliases().Put(w.tx, w.key(ref.Name, alias.Name), alias)
	})
	if err != nil {
		return nil, err
	}
	return new(aliasOutput(ref, alias)), nil
}

// DeleteAlias removes an alias with all that belongs to it; one that is not there is no error.
func (s *Service) DeleteAlias(ctx context.Context, call *wire.Call, in *gen.DeleteAliasInput) (*gen.DeleteAliasOutput, error) {
	ref, err := unqualified(call, in.FunctionName)
	if err != nil {
		return nil, err
	}
	err = s.update(ctx, call, func(w writer) error {
		err := state.FunctionAliases().Delete(w.tx, w.key(ref.Name, in.Name))
		if err != nil {
			return orNotFound(err, nil)
		}
		return w.forget(ref.Name, in.Name)
	})
	return &gen.DeleteAliasOutput{}, err
}

// ListAliases lists a function's aliases, or those that name a version.
func (s *Service) ListAliases(ctx context.Context, call *wire.Call, in *gen.ListAliasesInput) (*gen.ListAliasesOutput, error) {
	ref, err := unqualified(call, in.FunctionName)
	if err != nil {
		return nil, err
	}
	rng, err := page(in.MaxItems, in.Marker)
	if err != nil {
		return nil, err
	}
	out := gen.ListAliasesOutput{Aliases: []gen.AliasConfiguration{}}
	err = s.view(ctx, call, func(r reader) error {
		if _, err := r.function(ref); err != nil {
			return err
		}
		version, limit := text(in.FunctionVersion), rng.Limit
		rng.Tenant, rng.Parent, rng.Limit = r.tenant.String(), ref.Name, 0
		list, err := state.FunctionAliases().List(r, rng)
		for _, item := range list.Items {
			if _, weighted := item.Value.Additional[version]; version != "" && !weighted && item.Value.Version != version {
				continue
			}
			if len(out.Aliases) == limit {
				out.NextMarker = nextMarker(*out.Aliases[limit-1].Name)
				return nil
			}
			out.Aliases = append(out.Aliases, aliasOutput(r.ref(ref.Name, item.Value.Name), item.Value))
		}
		return err
	})
	return &out, err
}

func aliasOutput(ref gateway.FunctionRef, alias gateway.FunctionAlias) gen.AliasConfiguration {
	out := gen.AliasConfiguration{
		AliasArn: new(ref.ARN()), Description: &alias.Description, FunctionVersion: &alias.Version, Name: &alias.Name,
		RevisionId: &alias.RevisionID,
	}
	if len(alias.Additional) > 0 {
		out.RoutingConfig = &gen.AliasRoutingConfiguration{AdditionalVersionWeights: alias.Additional}
	}
	return out
}
