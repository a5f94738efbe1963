package lambda

import (
	"context"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/lambda"
)

// GetFunctionCodeSigningConfig answers as AWS does for a function without code signing: none has it here.
func (s *Service) GetFunctionCodeSigningConfig(ctx context.Context, call *wire.Call, in *gen.GetFunctionCodeSigningConfigInput) (*gen.GetFunctionCodeSigningConfigOutput, error) {
	_, err := s.get(ctx, call, in.FunctionName)
	return &gen.GetFunctionCodeSigningConfigOutput{}, err
}

// get returns a function as a whole.
func (s *Service) get(ctx context.Context, call *wire.Call, name string) (fn gateway.Function, err error) {
	ref, err := unqualified(call, name)
	if err != nil {
		return fn, err
	}
	err = s.view(ctx, call, func(r reader) (err error) {
		fn, err = r.function(ref)
		return err
	})
	return fn, err
}

// alter changes a function as a whole.
func (s *Service) alter(ctx context.Context, call *wire.Call, name string, change func(*gateway.Function)) error {
	ref, err := unqualified(call, name)
	if err != nil {
		return err
	}
	return s.update(ctx, call, func(w writer) error {
		fn, err := w.function(ref)
		if err != nil {
			return err
		}
		change(&fn)
		return w.putFunction(fn)
	})
}

// GetFunctionRecursionConfig returns what happens to a function that calls itself through SQS, SNS or S3. It never does
// here, so the setting is kept and has no effect.
func (s *Service) GetFunctionRecursionConfig(ctx context.Context, call *wire.Call, in *gen.GetFunctionRecursionConfigInput) (*gen.GetFunctionRecursionConfigOutput, error) {
	fn, err := s.get(ctx, call, in.FunctionName)
	return &gen.GetFunctionRecursionConfigOutput{RecursiveLoop: new(gen.RecursiveLoop(fn.RecursiveLoop))}, err
}

// PutFunctionRecursionConfig keeps the setting.
func (s *Service) PutFunctionRecursionConfig(ctx context.Context, call *wire.Call, in *gen.PutFunctionRecursionConfigInput) (*gen.PutFunctionRecursionConfigOutput, error) {
	err := s.alter(ctx, call, in.FunctionName, func(fn *gateway.Function) { fn.RecursiveLoop = string(*in.RecursiveLoop) })
	return &gen.PutFunctionRecursionConfigOutput{RecursiveLoop: in.RecursiveLoop}, err
}

// GetRuntimeManagementConfig returns when a function gets a newer runtime.
func (s *Service) GetRuntimeManagementConfig(ctx context.Context, call *wire.Call, in *gen.GetRuntimeManagementConfigInput) (*gen.GetRuntimeManagementConfigOutput, error) {
	ref, err := locate(call, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	fn, err := s.get(ctx, call, in.FunctionName)
	return &gen.GetRuntimeManagementConfigOutput{
		FunctionArn: new(ref.ARN()), UpdateRuntimeOn: new(gen.UpdateRuntimeOn(fn.UpdateRuntimeOn)),
	}, err
}

// PutRuntimeManagementConfig keeps Auto and FunctionUpdate, which are the same here: a runtime is what the machine has.
// Manual asks for a certain one, which nobody can promise.
func (s *Service) PutRuntimeManagementConfig(ctx context.Context, call *wire.Call, in *gen.PutRuntimeManagementConfigInput) (*gen.PutRuntimeManagementConfigOutput, error) {
	ref, err := locate(call, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	if *in.UpdateRuntimeOn == gen.UpdateRuntimeOnManual || text(in.RuntimeVersionArn) != "" {
		return nil, notBuilt("runtimes of a certain version")
	}
	err = s.alter(ctx, call, in.FunctionName, func(fn *gateway.Function) { fn.UpdateRuntimeOn = string(*in.UpdateRuntimeOn) })
	return &gen.PutRuntimeManagementConfigOutput{FunctionArn: new(ref.ARN()), UpdateRuntimeOn: in.UpdateRuntimeOn}, err
}
