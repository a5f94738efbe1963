package lambda

import (
	"context"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/lambda"
)

// PutFunctionEventInvokeConfig says how asynchronous calls are treated, and forgets what was said before
// (https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html).
func (s *Service) PutFunctionEventInvokeConfig(ctx context.Context, call *wire.Call, in *gen.PutFunctionEventInvokeConfigInput) (*gen.FunctionEventInvokeConfig, error) {
	return s.saveEvents(ctx, call, in, true)
}

// UpdateFunctionEventInvokeConfig changes what is given.
func (s *Service) UpdateFunctionEventInvokeConfig(ctx context.Context, call *wire.Call, in *gen.UpdateFunctionEventInvokeConfigInput) (*gen.FunctionEventInvokeConfig, error) {
	return s.saveEvents(ctx, call, new(gen.PutFunctionEventInvokeConfigInput(*in)), false)
}

func (s *Service) saveEvents(ctx context.Context, call *wire.Call, in *gen.PutFunctionEventInvokeConfigInput, anew bool) (*gen.FunctionEventInvokeConfig, error) {
	ref, err := eventsRef(call, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	if in.DestinationConfig == nil && in.MaximumEventAgeInSeconds == nil && in.MaximumRetryAttempts == nil {
		return nil, invalid("You must specify at least one of error handling or destination setting.")
	}
	if d := in.DestinationConfig; d != nil &&
		(d.OnFailure != nil && text(d.OnFailure.Destination) != "" || d.OnSuccess != nil && text(d.OnSuccess.Destination) != "") {
		return nil, notBuilt("destinations of asynchronous calls")
	}
	var c gateway.FunctionEventConfig
	err = s.update(ctx, call, func(w writer) error {
		if err := w.hasQualifier(ref); err != nil {
			return err
		}
		if !anew {
			if c, err = w.events(ref); err != nil {
				return err
			}
		}
		if in.MaximumRetryAttempts != nil {
			c.MaxRetries = new(int(*in.MaximumRetryAttempts))
		}
		if in.MaximumEventAgeInSeconds != nil {
			c.MaxAge = new(time.Duration(*in.MaximumEventAgeInSeconds) * time.Second)
		}
		c.ModifiedAt = w.now
		return state.FunctionEvents().Put(w.tx, w.key(ref.Name, ref.Qualifier), c)
	})
	if err != nil {
		return nil, err
	}
	return new(eventsOutput(ref, c)), nil
}

// eventsRef has a qualifier always: the ARN in answers ends with it.
func eventsRef(call *wire.Call, name string, qualifier *string) (gateway.FunctionRef, error) {
	ref, err := locate(call, name, qualifier)
	if ref.Qualifier == "" {
		ref.Qualifier = gateway.LatestVersion
	}
	return ref, err
}

// hasQualifier looks for a function and its version or alias; AWS has one text for all that may be missing.
func (r reader) hasQualifier(ref gateway.FunctionRef) error {
	_, _, err := r.resolve(ref)
	if isMissing(err) {
		return notFound("The function doesn't exist.")
	}
	return err
}

func (r reader) events(ref gateway.FunctionRef) (gateway.FunctionEventConfig, error) {
	c, err := state.FunctionEvents().Get(r, r.key(ref.Name, ref.Qualifier))
	return c, orNotFound(err, notFound("The function %s doesn't have an EventInvokeConfig", ref.ARN()))
}

// GetFunctionEventInvokeConfig returns what was said.
func (s *Service) GetFunctionEventInvokeConfig(ctx context.Context, call *wire.Call, in *gen.GetFunctionEventInvokeConfigInput) (*gen.FunctionEventInvokeConfig, error) {
	ref, err := eventsRef(call, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	var c gateway.FunctionEventConfig
	err = s.view(ctx, call, func(r reader) (err error) {
		c, err = r.events(ref)
		return err
	})
	return new(eventsOutput(ref, c)), err
}

// DeleteFunctionEventInvokeConfig brings AWS's defaults back.
func (s *Service) DeleteFunctionEventInvokeConfig(ctx context.Context, call *wire.Call, in *gen.DeleteFunctionEventInvokeConfigInput) (*gen.DeleteFunctionEventInvokeConfigOutput, error) {
	ref, err := eventsRef(call, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	err = s.update(ctx, call, func(w writer) error {
		if _, err := w.events(ref); err != nil {
			return err
		}
		return state.FunctionEvents().Delete(w.tx, w.key(ref.Name, ref.Qualifier))
	})
	return &gen.DeleteFunctionEventInvokeConfigOutput{}, err
}

// ListFunctionEventInvokeConfigs lists those of a function.
func (s *Service) ListFunctionEventInvokeConfigs(ctx context.Context, call *wire.Call, in *gen.ListFunctionEventInvokeConfigsInput) (*gen.ListFunctionEventInvokeConfigsOutput, error) {
	ref, err := unqualified(call, in.FunctionName)
	if err != nil {
		return nil, err
	}
	rng, err := page(in.MaxItems, in.Marker)
	if err != nil {
		return nil, err
	}
	out := gen.ListFunctionEventInvokeConfigsOutput{FunctionEventInvokeConfigs: []gen.FunctionEventInvokeConfig{}}
	err = s.view(ctx, call, func(r reader) error {
		if err := r.hasQualifier(ref); err != nil {
			return err
		}
		rng.Tenant, rng.Parent = r.tenant.String(), ref.Name
		list, err := state.FunctionEvents().List(r, rng)
		for _, item := range list.Items {
			out.FunctionEventInvokeConfigs = append(out.FunctionEventInvokeConfigs, eventsOutput(r.ref(ref.Name, item.ID), item.Value))
		}
		out.NextMarker = nextMarker(list.Next)
		return err
	})
	return &out, err
}

func eventsOutput(ref gateway.FunctionRef, c gateway.FunctionEventConfig) gen.FunctionEventInvokeConfig {
	out := gen.FunctionEventInvokeConfig{
		DestinationConfig: &gen.DestinationConfig{OnFailure: &gen.OnFailure{}, OnSuccess: &gen.OnSuccess{}},
		FunctionArn:       new(ref.ARN()), LastModified: &c.ModifiedAt,
	}
	if c.MaxRetries != nil {
		out.MaximumRetryAttempts = small(*c.MaxRetries)
	}
	if c.MaxAge != nil {
		out.MaximumEventAgeInSeconds = small(int(*c.MaxAge / time.Second))
	}
	return out
}
