package lambda

import (
	"context"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/lambda"
)

// UpdateFunctionCode replaces the code of $LATEST. The update is InProgress when the call returns
// (https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html).
func (s *Service) UpdateFunctionCode(ctx context.Context, call *wire.Call, in *gen.UpdateFunctionCodeInput) (*gen.FunctionConfiguration, error) {
	ref, err := unqualified(call, in.FunctionName)
	if err != nil {
		return nil, err
	}
	switch {
	case text(in.ImageUri) != "":
		return nil, invalid("Please don't provide ImageUri when updating a function with packageType Zip.")
	case in.PublishTo != nil:
		return nil, notBuilt("publishing to $LATEST.PUBLISHED")
	case text(in.SourceKMSKeyArn) != "":
		return nil, notBuilt("encryption of zips with keys of one's own")
	}
	from := source{zip: in.ZipFile, bucket: text(in.S3Bucket), key: text(in.S3Key), version: text(in.S3ObjectVersion)}
	err = s.view(ctx, call, func(r reader) error {
		fn, err := r.changeable(ref, in.RevisionId)
		from.role = fn.Latest.Role
		return err
	})
	if err != nil {
		return nil, err
	}
	code, err := s.fetch(ctx, call, from)
	if err != nil {
		return nil, err
	}
	change := func(_ writer, v *gateway.FunctionVersion) error {
		v.Code = code
		if len(in.Architectures) > 0 {
			v.Architecture = string(in.Architectures[0])
		}
		return nil
	}
	return s.change(ctx, call, ref, changing{change, in.RevisionId, flag(in.Publish), flag(in.DryRun)})
}

// UpdateFunctionConfiguration changes the settings of $LATEST that are given. The update is InProgress when the call
// returns.
func (s *Service) UpdateFunctionConfiguration(ctx context.Context, call *wire.Call, in *gen.UpdateFunctionConfigurationInput) (*gen.FunctionConfiguration, error) {
	ref, err := unqualified(call, in.FunctionName)
	if err != nil {
		return nil, err
	}
	change := func(w writer, v *gateway.FunctionVersion) error { return w.configure(v, in) }
	return s.change(ctx, call, ref, changing{change: change, revision: in.RevisionId})
}

// changing is a change of $LATEST.
type changing struct {
	change func(writer, *gateway.FunctionVersion) error
	// revision is the one that the client has seen, if it says so.
	revision *string
	// publish makes a version of the outcome; dryRun only tells the outcome.
	publish, dryRun bool
}

func (s *Service) change(ctx context.Context, call *wire.Call, ref gateway.FunctionRef, c changing) (*gen.FunctionConfiguration, error) {
	var outcome gateway.FunctionVersion
	at := ref
	err := s.update(ctx, call, func(w writer) error {
		fn, err := w.changeable(ref, c.revision)
		if err != nil {
			return err
		}
		if err := c.change(w, &fn.Latest); err != nil {
			return err
		}
		if outcome = fn.Latest; c.dryRun {
			return nil
		}
		w.revise(&fn.Latest)
		if outcome = fn.Latest; c.publish {
			if outcome, err = w.publish(&fn, nil); err != nil {
				return err
			}
			at.Qualifier = outcome.Version
		}
		return w.putFunction(fn)
	})
	if err != nil {
		return nil, err
	}
	s.prepare(call.Tenant, ref.Name)
	return new(configuration(at, outcome)), nil
}

// changeable returns a function whose $LATEST can be changed now, by a client that has seen a revision of it.
func (r reader) changeable(ref gateway.FunctionRef, revision *string) (gateway.Function, error) {
	fn, err := r.function(ref)
	if err == nil {
		err = checkRevision(revision, fn.Latest.RevisionID)
	}
	if err == nil {
		err = checkSettled(ref, fn.Latest)
	}
	return fn, err
}
