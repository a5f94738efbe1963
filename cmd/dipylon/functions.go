package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/dipylon/dipylon/internal/bundle"
	"github.com/dipylon/dipylon/internal/gateway"
)

// functions brings the functions of an API to a Dipylon as any AWS client would, from where their sources are.
type functions struct {
	client  *lambda.Client
	bundler bundle.Bundler
	seed    bundle.Seed
	// file is the API's definition, id the API, role what functions are given as a role.
	file, id, role string
	// given are those of the command line.
	given map[string]bundle.Source
	env   map[string]map[string]string
	live  map[string]*liveFunction
}

// liveFunction is what was made of a source last.
type liveFunction struct {
	source bundle.Source
	bundle bundle.Bundle
	stamp  uint64
	// ok tells that the last attempt succeeded.
	ok bool
	// ref is empty until the function has been made once.
	ref gateway.FunctionRef
}

// Functions of `dipylon up` may take as long as the longest integration, and have room for a language's tools.
const (
	functionTimeout = 30
	functionMemory  = 512
)

func newFunctions(c *upCmd, endpoint string) (*functions, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = c.DataDir
	}
	key := c.Credentials[0]
	f := &functions{
		bundler: bundle.Bundler{Cache: filepath.Join(cache, "dipylon", "functions")}, seed: bundle.NewSeed(),
		file: c.File, id: c.ID, role: gateway.RoleARN(c.AccountID, "/", "dipylon-up"),
		given: map[string]bundle.Source{}, env: map[string]map[string]string{}, live: map[string]*liveFunction{},
	}
	f.client = lambda.New(lambda.Options{
		Region: c.Region, BaseEndpoint: &endpoint,
		Credentials: credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, key.SessionToken),
	})
	for name, place := range c.Functions {
		dir, handler := place, ""
		if i := strings.LastIndexByte(place, ':'); i > 0 && strings.Contains(place[i:], ".") {
			dir, handler = place[:i], place[i+1:]
		}
		f.given[name] = bundle.Source{Name: name, Dir: dir, Handler: handler}
	}
	for name, value := range c.FunctionEnv {
		function, key, ok := strings.Cut(name, ".")
		if !ok || key == "" {
			return nil, fmt.Errorf("--function-env %s=%s: want NAME.KEY=VALUE", name, value)
		}
		if f.env[function] == nil {
			f.env[function] = map[string]string{}
		}
		f.env[function][key] = value
	}
	return f, nil
}

// deploy sees to the functions of the command line and to those that a definition calls. What cannot be made keeps its
// last good version; the error tells of all of them.
func (f *functions) deploy(ctx context.Context, called []calledFunction) error {
	sources := maps.Clone(f.given)
	for _, ref := range called {
		if _, ok := sources[ref.Name]; ok {
			continue
		}
		if dir := f.find(ref.Name); dir != "" {
			sources[ref.Name] = bundle.Source{Name: ref.Name, Dir: dir}
		}
	}
	maps.DeleteFunc(f.live, func(name string, _ *liveFunction) bool {
		_, ok := sources[name]
		return !ok
	})
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		errs = append(errs, f.see(ctx, sources[name]))
	}
	return errors.Join(append(errs, f.check(ctx, called))...)
}

// find returns the directory of a function: one of its name beside the definition, or in its directory functions.
func (f *functions) find(name string) string {
	for _, dir := range []string{name, filepath.Join("functions", name)} {
		dir = filepath.Join(filepath.Dir(f.file), dir)
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir
		}
	}
	return ""
}

// changed reports whether a source is no longer what was made of it.
func (f *functions) changed() bool {
	for _, l := range f.live {
		if f.seed.Stamp(l.bundle.Watched) != l.stamp {
			return true
		}
	}
	return false
}

// see makes a function's bundle anew if its sources changed, and deploys it if the bundle did.
func (f *functions) see(ctx context.Context, src bundle.Source) error {
	old := f.live[src.Name]
	if old != nil && old.ok && old.source == src && f.seed.Stamp(old.bundle.Watched) == old.stamp {
		return nil
	}
	began := time.Now()
	late := time.AfterFunc(time.Second, func() { fmt.Printf("function %s: compiling %s...\n", src.Name, fromHere(src.Dir)) })
	made, err := f.bundler.Make(ctx, src)
	late.Stop()
	now := &liveFunction{source: src, bundle: made, stamp: f.seed.Stamp(made.Watched)}
	f.live[src.Name] = now
	if old != nil {
		now.ref = old.ref
	}
	if err != nil {
		return err
	}
	if old != nil && old.ok && old.bundle.Dir == made.Dir && old.bundle.Handler == made.Handler {
		now.ok = true
		return nil
	}
	if made.Note != "" {
		fmt.Printf("note: function %s: %s\n", src.Name, made.Note)
	}
	ref, err := f.put(ctx, src.Name, made)
	if err != nil {
		return fmt.Errorf("function %s: %w", src.Name, plain(err))
	}
	now.ref, now.ok = ref, true
	fmt.Printf("function %s: %s from %s, handler %s, in %.1f s\n", src.Name, made.Language, fromHere(src.Dir), made.Handler, time.Since(began).Seconds())
	return nil
}

// fromHere shortens a path below the working directory.
func fromHere(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	rel, err := filepath.Rel(here, path)
	if err != nil || !filepath.IsLocal(rel) {
		return path
	}
	return rel
}

// put creates or changes a function and lets the API call it. It returns when the function is ready.
func (f *functions) put(ctx context.Context, name string, made bundle.Bundle) (gateway.FunctionRef, error) {
	var ref gateway.FunctionRef
	bucket := aws.String("hot-reload")
	runtime, env := types.Runtime(made.Runtime), &types.Environment{Variables: f.env[name]}
	created, err := f.client.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: &name, Runtime: runtime, Handler: &made.Handler, Role: &f.role, Environment: env,
		Code:    &types.FunctionCode{S3Bucket: bucket, S3Key: &made.Dir},
		Timeout: aws.Int32(functionTimeout), MemorySize: aws.Int32(functionMemory),
	})
	var exists *types.ResourceConflictException
	switch {
	case errors.As(err, &exists):
		ref, err = f.update(ctx, name, made, env)
	case err == nil:
		ref, _ = gateway.ParseFunctionARN(aws.ToString(created.FunctionArn))
		err = f.ready(ctx, name)
	}
	if err != nil {
		return ref, err
	}
	return ref, f.permit(ctx, ref)
}

func (f *functions) update(ctx context.Context, name string, made bundle.Bundle, env *types.Environment) (gateway.FunctionRef, error) {
	var ref gateway.FunctionRef
	// An update that is going on would refuse this one.
	if _, err := f.settled(ctx, name); err != nil {
		return ref, err
	}
	changed, err := f.client.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{
		FunctionName: &name, Runtime: types.Runtime(made.Runtime), Handler: &made.Handler, Environment: env,
		Timeout: aws.Int32(functionTimeout), MemorySize: aws.Int32(functionMemory),
	})
	if err != nil {
		return ref, err
	}
	ref, _ = gateway.ParseFunctionARN(aws.ToString(changed.FunctionArn))
	// It may fail for the code that was: its directory may be gone.
	if _, err := f.settled(ctx, name); err != nil {
		return ref, err
	}
	_, err = f.client.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{
		FunctionName: &name, S3Bucket: aws.String("hot-reload"), S3Key: &made.Dir,
	})
	if err != nil {
		return ref, err
	}
	return ref, f.ready(ctx, name)
}

// ready waits until a function is active and its last update has succeeded.
func (f *functions) ready(ctx context.Context, name string) error {
	got, err := f.settled(ctx, name)
	switch {
	case err != nil:
		return err
	case got.State == types.StateFailed:
		return errors.New(aws.ToString(got.StateReason))
	case got.LastUpdateStatus == types.LastUpdateStatusFailed:
		return errors.New(aws.ToString(got.LastUpdateStatusReason))
	}
	return nil
}

// settled waits until a function is neither being made nor being changed.
func (f *functions) settled(ctx context.Context, name string) (*lambda.GetFunctionConfigurationOutput, error) {
	const lookEvery = 20 * time.Millisecond
	for {
		got, err := f.client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
		if err != nil || got.State != types.StatePending && got.LastUpdateStatus != types.LastUpdateStatusInProgress {
			return got, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(lookEvery):
		}
	}
}

// permit lets the API call the function, from its routes and as an authorizer.
func (f *functions) permit(ctx context.Context, ref gateway.FunctionRef) error {
	_, err := f.client.AddPermission(ctx, &lambda.AddPermissionInput{
		FunctionName: &ref.Name, StatementId: aws.String("dipylon-up-" + f.id), Action: aws.String("lambda:InvokeFunction"),
		Principal: aws.String("apigateway.amazonaws.com"),
		SourceArn: aws.String("arn:aws:execute-api:" + ref.Tenant.Region + ":" + ref.Tenant.Account + ":" + f.id + "/*"),
	})
	var exists *types.ResourceConflictException
	if errors.As(err, &exists) {
		return nil
	}
	return err
}
