package lambda

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/lambda"
)

// CreateFunction makes a function. It is Pending when the call returns, and Active when its code is unpacked
// (https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html).
func (s *Service) CreateFunction(ctx context.Context, call *wire.Call, in *gen.CreateFunctionInput) (*gen.FunctionConfiguration, error) {
	ref, err := locate(call, *in.FunctionName, nil)
	if err != nil {
		return nil, err
	}
	if err := checkCreate(in); err != nil {
		return nil, err
	}
	settings := settingsOf(in)
	fn := gateway.Function{
		Name: ref.Name, Latest: newVersion(ref.Name), RecursiveLoop: string(gen.RecursiveLoopTerminate),
		UpdateRuntimeOn: string(gen.UpdateRuntimeOnAuto), Tags: maps.Clone(in.Tags),
	}
	// AWS too refuses what it can before it reads the code.
	err = s.view(ctx, call, func(r reader) error {
		draft := fn.Latest
		if err := (writer{reader: r}).configure(&draft, settings); err != nil {
			return err
		}
		return r.checkFree(ref.Name)
	})
	if err != nil {
		return nil, err
	}
	code, err := s.fetch(ctx, call, sourceOf(in))
	if err != nil {
		return nil, err
	}
	var created gateway.FunctionVersion
	err = s.update(ctx, call, func(w writer) error {
		if err := w.checkFree(ref.Name); err != nil {
			return err
		}
		if len(in.Architectures) > 0 {
			fn.Latest.Architecture = string(in.Architectures[0])
		}
		if err := w.configure(&fn.Latest, settings); err != nil {
			return err
		}
		fn.Latest.Code, fn.CreatedAt = code, w.now
		w.pend(&fn.Latest)
		if created = fn.Latest; flag(in.Publish) {
			if created, err = w.publish(&fn, nil); err != nil {
				return err
			}
		}
		return w.putFunction(fn)
	})
	if err != nil {
		return nil, err
	}
	s.prepare(call.Tenant, ref.Name)
	ref.Qualifier = "" // recorded: the answer names the version, its ARN does not
	return new(configuration(ref, created)), nil
}

func (r reader) checkFree(name string) error {
	_, err := state.Functions().Get(r, r.key("", name))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return conflict("Function already exist: %s", name)
}

func checkCreate(in *gen.CreateFunctionInput) error {
	switch {
	case text(in.PackageType) == string(gen.PackageTypeImage) || text(in.Code.ImageUri) != "":
		return notBuilt("functions from container images")
	case text(in.CodeSigningConfigArn) != "":
		return notBuilt("code signing")
	case in.TenancyConfig != nil:
		return notBuilt("tenant isolation")
	case in.PublishTo != nil:
		return notBuilt("publishing to $LATEST.PUBLISHED")
	case text(in.Code.SourceKMSKeyArn) != "":
		return notBuilt("encryption of zips with keys of one's own")
	case text(in.Handler) == "" || text(in.Runtime) == "": // the text is that of clients' reports, such as aws/aws-cli issue 5911
		return invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
	}
	return checkTags(in.Tags)
}

// settingsOf are those that CreateFunction and UpdateFunctionConfiguration have in common.
func settingsOf(in *gen.CreateFunctionInput) *gen.UpdateFunctionConfigurationInput {
	return &gen.UpdateFunctionConfigurationInput{
		CapacityProviderConfig: in.CapacityProviderConfig, DeadLetterConfig: in.DeadLetterConfig, Description: in.Description,
		DurableConfig: in.DurableConfig, Environment: in.Environment, EphemeralStorage: in.EphemeralStorage,
		FileSystemConfigs: in.FileSystemConfigs, Handler: in.Handler, ImageConfig: in.ImageConfig, KMSKeyArn: in.KMSKeyArn,
		Layers: in.Layers, LoggingConfig: in.LoggingConfig, MemorySize: in.MemorySize, Role: in.Role, Runtime: in.Runtime,
		SnapStart: in.SnapStart, Timeout: in.Timeout, TracingConfig: in.TracingConfig, VpcConfig: in.VpcConfig,
	}
}

// GetFunction returns a function's configuration, and a link to its code.
func (s *Service) GetFunction(ctx context.Context, call *wire.Call, in *gen.GetFunctionInput) (*gen.GetFunctionOutput, error) {
	ref, err := locate(call, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	var out gen.GetFunctionOutput
	err = s.view(ctx, call, func(r reader) error {
		fn, v, err := r.resolve(ref)
		if err != nil {
			return err
		}
		out.Configuration = new(configuration(ref, v))
		out.Code = &gen.FunctionCodeLocation{Location: new(s.link(call, v.Code)), RepositoryType: new("S3")}
		if fn.Reserved != nil && ref.Qualifier == "" {
			out.Concurrency = &gen.Concurrency{ReservedConcurrentExecutions: small(*fn.Reserved)}
		}
		if len(fn.Tags) > 0 && ref.Qualifier == "" {
			out.Tags = fn.Tags
		}
		return nil
	})
	return &out, err
}

// GetFunctionConfiguration returns a function's configuration.
func (s *Service) GetFunctionConfiguration(ctx context.Context, call *wire.Call, in *gen.GetFunctionConfigurationInput) (*gen.FunctionConfiguration, error) {
	ref, err := locate(call, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	var out gen.FunctionConfiguration
	err = s.view(ctx, call, func(r reader) error {
		_, v, err := r.resolve(ref)
		out = configuration(ref, v)
		return err
	})
	return &out, err
}

// ListFunctions lists the caller's functions, with FunctionVersion=ALL all of their versions.
func (s *Service) ListFunctions(ctx context.Context, call *wire.Call, in *gen.ListFunctionsInput) (*gen.ListFunctionsOutput, error) {
	if text(in.MasterRegion) != "" {
		return nil, notBuilt("replicated functions")
	}
	rng, err := page(in.MaxItems, in.Marker)
	if err != nil {
		return nil, err
	}
	var out gen.ListFunctionsOutput
	err = s.view(ctx, call, func(r reader) error {
		rng.Tenant = r.tenant.String()
		if in.FunctionVersion != nil {
			return r.listAll(rng, &out)
		}
		list, err := state.Functions().List(r, rng)
		out.NextMarker = nextMarker(list.Next)
		out.Functions = convert(list.Items, func(fn gateway.Function) gen.FunctionConfiguration {
			return listed(r.ref(fn.Name, ""), fn.Latest)
		})
		return err
	})
	return &out, err
}

// listAll lists versions. The marker is a function's name and the version after which to go on.
func (r reader) listAll(rng store.Range, out *gen.ListFunctionsOutput) error {
	name, version, _ := strings.Cut(rng.After, ":")
	all, err := r.functions()
	if err != nil {
		return err
	}
	out.Functions = []gen.FunctionConfiguration{}
	for _, fn := range all {
		if fn.Name < name {
			continue
		}
		after := ""
		if fn.Name == name {
			after = version
		}
		versions, next, err := r.listVersions(fn, after, rng.Limit-len(out.Functions))
		if err != nil {
			return err
		}
		out.Functions = append(out.Functions, versions...)
		if len(out.Functions) == rng.Limit && (next != "" || fn.Name != all[len(all)-1].Name) {
			last := versions[len(versions)-1]
			out.NextMarker = nextMarker(fn.Name + ":" + *last.Version)
			return nil
		}
	}
	return nil
}

// DeleteFunction removes a function, or one published version that no alias needs. A version that is not there is no
// error (measured: floci-io/floci pull request 2824).
func (s *Service) DeleteFunction(ctx context.Context, call *wire.Call, in *gen.DeleteFunctionInput) (*gen.DeleteFunctionOutput, error) {
	ref, err := locate(call, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	switch {
	case ref.Qualifier == gateway.LatestVersion:
		return nil, invalid("$LATEST version cannot be deleted without deleting the function.")
	case ref.Qualifier != "" && !isVersion(ref.Qualifier):
		return nil, invalid("Deletion of aliases is not currently supported.")
	}
	err = s.update(ctx, call, func(w writer) error {
		if _, err := w.function(w.ref(ref.Name, "")); err != nil {
			return err
		}
		if ref.Qualifier == "" {
			return w.deleteFunction(ref.Name)
		}
		return w.deleteVersion(ref)
	})
	return &gen.DeleteFunctionOutput{StatusCode: new(int32(204))}, err
}

// deleteVersion has its text from karl-cardenas-coding/go-lambda-cleanup issue 45.
func (w writer) deleteVersion(ref gateway.FunctionRef) error {
	v, err := w.published(ref)
	if err != nil {
		if isMissing(err) {
			return nil
		}
		return err
	}
	aliases, err := w.aliases(ref.Name)
	if err != nil {
		return err
	}
	var users []string
	for _, a := range aliases {
		if _, weighted := a.Additional[v.Version]; weighted || a.Version == v.Version {
			users = append(users, a.Name)
		}
	}
	if len(users) > 0 {
		slices.Sort(users)
		return conflict("Unable to delete version because the following aliases reference it: [%s]", strings.Join(users, ", "))
	}
	if err := w.forget(ref.Name, v.Version); err != nil {
		return err
	}
	return state.FunctionVersions().Delete(w.tx, w.key(ref.Name, versionID(v.Version)))
}
