package lambda

import (
	"context"
	"errors"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/lambda"
)

// PutProvisionedConcurrencyConfig asks for workers of a version or alias that are kept initialised
// (https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html).
func (s *Service) PutProvisionedConcurrencyConfig(ctx context.Context, call *wire.Call, in *gen.PutProvisionedConcurrencyConfigInput) (*gen.PutProvisionedConcurrencyConfigOutput, error) {
	ref, err := locate(call, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	if ref.Qualifier == gateway.LatestVersion {
		return nil, invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
	}
	p := gateway.FunctionProvisioned{Requested: int(*in.ProvisionedConcurrentExecutions)}
	err = s.update(ctx, call, func(w writer) error {
		if err := w.provisionable(ref); err != nil {
			return err
		}
		if err := w.checkProvisioned(ref, p.Requested, s.Concurrency); err != nil {
			return err
		}
		p.ModifiedAt = w.now
		return state.FunctionsProvisioned().Put(w.tx, w.key(ref.Name, ref.Qualifier), p)
	})
	if err != nil {
		return nil, err
	}
	return &gen.PutProvisionedConcurrencyConfigOutput{
		AllocatedProvisionedConcurrentExecutions: small(0), AvailableProvisionedConcurrentExecutions: small(0),
		LastModified: provisionedAt(p), RequestedProvisionedConcurrentExecutions: in.ProvisionedConcurrentExecutions,
		Status: new(gen.ProvisionedConcurrencyStatusEnumInProgress),
	}, nil
}

// provisionedAt has no fraction of a second that counts, as on AWS.
func provisionedAt(p gateway.FunctionProvisioned) *string {
	return new(p.ModifiedAt.UTC().Format("2006-01-02T15:04:05+0000"))
}

// provisionable looks for the version or alias.
func (r reader) provisionable(ref gateway.FunctionRef) error {
	if isVersion(ref.Qualifier) {
		_, err := r.published(ref)
		return err
	}
	_, err := r.alias(ref)
	return err
}

// checkProvisioned holds a wish to what is left, and lets a version be provisioned by itself or by an alias but not by
// both.
func (w writer) checkProvisioned(ref gateway.FunctionRef, wanted, limit int) error {
	fn, err := w.function(ref)
	if err != nil {
		return err
	}
	if err := w.provisionedOnce(ref); err != nil {
		return err
	}
	others, err := w.provisioned(ref.Name, ref.Qualifier)
	if err != nil {
		return err
	}
	if fn.Reserved != nil {
		if wanted+others > *fn.Reserved {
			return invalid("Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function")
		}
		return nil
	}
	free, err := w.unreserved(limit, ref.Name)
	switch {
	case err != nil:
		return err
	case wanted > limit:
		return plain("Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [%d].", free-others)
	case free-others-wanted < minUnreserved:
		return plain("Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [%d].", minUnreserved)
	}
	return nil
}

func (r reader) provisionedOnce(ref gateway.FunctionRef) error {
	aliases, err := r.aliases(ref.Name)
	if err != nil {
		return err
	}
	for _, alias := range aliases {
		switch {
		case isVersion(ref.Qualifier) && alias.Version == ref.Qualifier:
			_, err := state.FunctionsProvisioned().Get(r, r.key(ref.Name, alias.Name))
			if err == nil {
				return conflict("Version is pointed by a Provisioned Concurrency alias")
			}
			if !errors.Is(err, store.ErrNotFound) {
				return err
			}
		case alias.Name == ref.Qualifier:
			_, err := state.FunctionsProvisioned().Get(r, r.key(ref.Name, alias.Version))
			if err == nil {
				return conflict("Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version")
			}
			if !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
	}
	return nil
}

// GetProvisionedConcurrencyConfig tells how many of the workers are there.
func (s *Service) GetProvisionedConcurrencyConfig(ctx context.Context, call *wire.Call, in *gen.GetProvisionedConcurrencyConfigInput) (*gen.GetProvisionedConcurrencyConfigOutput, error) {
	ref, err := provisionedRef(call, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	var out gen.GetProvisionedConcurrencyConfigOutput
	err = s.view(ctx, call, func(r reader) error {
		if err := r.provisionable(ref); err != nil {
			return err
		}
		p, err := state.FunctionsProvisioned().Get(r, r.key(ref.Name, ref.Qualifier))
		if err != nil {
			return orNotFound(err, noProvisioned())
		}
		item := s.provisionedItem(ref, p)
		out = gen.GetProvisionedConcurrencyConfigOutput{
			AllocatedProvisionedConcurrentExecutions: item.AllocatedProvisionedConcurrentExecutions,
			AvailableProvisionedConcurrentExecutions: item.AvailableProvisionedConcurrentExecutions,
			LastModified:                             item.LastModified, Status: item.Status,
			RequestedProvisionedConcurrentExecutions: item.RequestedProvisionedConcurrentExecutions,
		}
		return nil
	})
	return &out, err
}

func provisionedRef(call *wire.Call, name string, qualifier *string) (gateway.FunctionRef, error) {
	ref, err := locate(call, name, qualifier)
	if err == nil && (ref.Qualifier == "" || ref.Qualifier == gateway.LatestVersion) {
		err = invalid("The function resource provided must be an alias or a published version.")
	}
	return ref, err
}

func noProvisioned() error {
	return &gen.ProvisionedConcurrencyConfigNotFoundException{
		Message: "No Provisioned Concurrency Config found for this function", Type: user(),
	}
}

// provisionedItem is READY once all workers are initialised.
func (s *Service) provisionedItem(ref gateway.FunctionRef, p gateway.FunctionProvisioned) gen.ProvisionedConcurrencyConfigListItem {
	ready := min(s.Functions.Warmed(ref), p.Requested)
	status := gen.ProvisionedConcurrencyStatusEnumInProgress
	if ready == p.Requested {
		status = gen.ProvisionedConcurrencyStatusEnumReady
	}
	return gen.ProvisionedConcurrencyConfigListItem{
		AllocatedProvisionedConcurrentExecutions: small(ready), AvailableProvisionedConcurrentExecutions: small(ready),
		RequestedProvisionedConcurrentExecutions: small(p.Requested), FunctionArn: new(ref.ARN()),
		LastModified: provisionedAt(p), Status: &status,
	}
}

// ListProvisionedConcurrencyConfigs lists those of a function.
func (s *Service) ListProvisionedConcurrencyConfigs(ctx context.Context, call *wire.Call, in *gen.ListProvisionedConcurrencyConfigsInput) (*gen.ListProvisionedConcurrencyConfigsOutput, error) {
	ref, err := unqualified(call, in.FunctionName)
	if err != nil {
		return nil, err
	}
	rng, err := page(in.MaxItems, in.Marker)
	if err != nil {
		return nil, err
	}
	out := gen.ListProvisionedConcurrencyConfigsOutput{ProvisionedConcurrencyConfigs: []gen.ProvisionedConcurrencyConfigListItem{}}
	err = s.view(ctx, call, func(r reader) error {
		if _, err := r.function(ref); err != nil {
			return err
		}
		rng.Tenant, rng.Parent = r.tenant.String(), ref.Name
		list, err := state.FunctionsProvisioned().List(r, rng)
		for _, item := range list.Items {
			out.ProvisionedConcurrencyConfigs = append(out.ProvisionedConcurrencyConfigs, s.provisionedItem(r.ref(ref.Name, item.ID), item.Value))
		}
		out.NextMarker = nextMarker(list.Next)
		return err
	})
	return &out, err
}

// DeleteProvisionedConcurrencyConfig lets the workers go; a configuration that is not there is no error.
func (s *Service) DeleteProvisionedConcurrencyConfig(ctx context.Context, call *wire.Call, in *gen.DeleteProvisionedConcurrencyConfigInput) (*gen.DeleteProvisionedConcurrencyConfigOutput, error) {
	ref, err := provisionedRef(call, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	err = s.update(ctx, call, func(w writer) error {
		if err := w.provisionable(ref); err != nil {
			return err
		}
		return orNotFound(state.FunctionsProvisioned().Delete(w.tx, w.key(ref.Name, ref.Qualifier)), nil)
	})
	return &gen.DeleteProvisionedConcurrencyConfigOutput{}, err
}
