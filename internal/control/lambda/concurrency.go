package lambda

import (
	"context"
	"fmt"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/lambda"
)

// minUnreserved is what must stay for functions that reserve nothing
// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html).
const minUnreserved = 100

// PutFunctionConcurrency reserves concurrency for a function, which is its limit as well.
func (s *Service) PutFunctionConcurrency(ctx context.Context, call *wire.Call, in *gen.PutFunctionConcurrencyInput) (*gen.Concurrency, error) {
	ref, err := wholeFunction(call, in.FunctionName)
	if err != nil {
		return nil, err
	}
	wanted := int(*in.ReservedConcurrentExecutions)
	err = s.update(ctx, call, func(w writer) error {
		fn, err := w.function(w.ref(ref.Name, gateway.LatestVersion)) // recorded: the text names $LATEST
		if err != nil {
			return err
		}
		free, err := w.unreserved(s.Concurrency, ref.Name)
		if err != nil {
			return err
		}
		if wanted > 0 && free-wanted < minUnreserved {
			return plain("Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [%d].", minUnreserved)
		}
		provisioned, err := w.provisioned(ref.Name, "")
		if err != nil {
			return err
		}
		if wanted < provisioned {
			return plain(" ReservedConcurrentExecutions  %d should not be lower than function's total provisioned concurrency [%d].", wanted, provisioned)
		}
		fn.Reserved = &wanted
		return w.putFunction(fn)
	})
	if err != nil {
		return nil, err
	}
	return &gen.Concurrency{ReservedConcurrentExecutions: in.ReservedConcurrentExecutions}, nil
}

// plain is an invalid value that AWS answers without saying who made the mistake (recorded).
func plain(format string, args ...any) error {
	return &gen.InvalidParameterValueException{Message: fmt.Sprintf(format, args...)}
}

// wholeFunction refuses qualifiers.
func wholeFunction(call *wire.Call, name string) (gateway.FunctionRef, error) {
	ref, err := locate(call, name, nil)
	if err == nil && ref.Qualifier != "" {
		err = invalid("This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.")
	}
	return ref, err
}

// unreserved is the account's concurrency that no function but one has reserved or provisioned.
func (r reader) unreserved(limit int, but string) (int, error) {
	all, err := r.functions()
	for _, fn := range all {
		switch {
		case fn.Name == but || err != nil:
		case fn.Reserved != nil:
			limit -= *fn.Reserved
		default:
			var n int
			n, err = r.provisioned(fn.Name, "")
			limit -= n
		}
	}
	return limit, err
}

// provisioned is what is provisioned of a function, without one of its qualifiers.
func (r reader) provisioned(name, but string) (int, error) {
	list, err := state.FunctionsProvisioned().List(r, r.children(name))
	sum := 0
	for _, item := range list.Items {
		if item.ID != but {
			sum += item.Value.Requested
		}
	}
	return sum, err
}

// GetFunctionConcurrency returns what is reserved for a function; nothing if nothing is.
func (s *Service) GetFunctionConcurrency(ctx context.Context, call *wire.Call, in *gen.GetFunctionConcurrencyInput) (*gen.GetFunctionConcurrencyOutput, error) {
	ref, err := unqualified(call, in.FunctionName)
	if err != nil {
		return nil, err
	}
	var out gen.GetFunctionConcurrencyOutput
	err = s.view(ctx, call, func(r reader) error {
		fn, err := r.function(ref)
		if fn.Reserved != nil {
			out.ReservedConcurrentExecutions = small(*fn.Reserved)
		}
		return err
	})
	return &out, err
}

// DeleteFunctionConcurrency gives a function back to the account's common concurrency.
func (s *Service) DeleteFunctionConcurrency(ctx context.Context, call *wire.Call, in *gen.DeleteFunctionConcurrencyInput) (*gen.DeleteFunctionConcurrencyOutput, error) {
	ref, err := wholeFunction(call, in.FunctionName)
	if err != nil {
		return nil, err
	}
	err = s.update(ctx, call, func(w writer) error {
		fn, err := w.function(ref)
		if err != nil {
			return err
		}
		fn.Reserved = nil
		return w.putFunction(fn)
	})
	return &gen.DeleteFunctionConcurrencyOutput{}, err
}

// GetAccountSettings tells the account's limits and what it uses of them
// (https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html).
func (s *Service) GetAccountSettings(ctx context.Context, call *wire.Call, _ *gen.GetAccountSettingsInput) (*gen.GetAccountSettingsOutput, error) {
	const totalCode = 75 << 30
	var functions, size int64
	var free int
	err := s.view(ctx, call, func(r reader) error {
		all, err := r.functions()
		if err != nil {
			return err
		}
		functions = int64(len(all))
		if size, err = r.codeSize(all); err != nil {
			return err
		}
		free, err = r.unreserved(s.Concurrency, "")
		return err
	})
	if err != nil {
		return nil, err
	}
	return &gen.GetAccountSettingsOutput{
		AccountLimit: &gen.AccountLimit{
			CodeSizeUnzipped: new(int64(maxUnzipped)), CodeSizeZipped: new(int64(maxZip)), TotalCodeSize: new(int64(totalCode)),
			ConcurrentExecutions: small(s.Concurrency), UnreservedConcurrentExecutions: small(free),
		},
		AccountUsage: &gen.AccountUsage{FunctionCount: &functions, TotalCodeSize: &size},
	}, nil
}

// codeSize sums up the zips of all versions of functions and layers.
func (r reader) codeSize(functions []gateway.Function) (int64, error) {
	var size int64
	for _, fn := range functions {
		size += fn.Latest.Code.Size
	}
	everything := store.Range{Tenant: r.tenant.String(), AnyParent: true}
	versions, err := state.FunctionVersions().List(r, everything)
	if err != nil {
		return 0, err
	}
	for _, item := range versions.Items {
		size += item.Value.Code.Size
	}
	layers, err := state.LayerVersions().List(r, everything)
	for _, item := range layers.Items {
		size += item.Value.Code.Size
	}
	return size, err
}
