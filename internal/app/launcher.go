package app

import (
	"context"
	"errors"

	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/lambda/code"
	"github.com/dipylon/dipylon/internal/lambda/host"
	"github.com/dipylon/dipylon/internal/lambda/runtimes"
)

// launcher tells the host of functions how their workers are started: what is unpacked where, and by which interpreter.
type launcher struct {
	code     *code.Store
	runtimes *runtimes.Runtimes
	watcher  *code.Watcher
}

// Launch implements [host.Launcher].
func (l *launcher) Launch(ctx context.Context, w *host.Worker) (host.Launch, error) {
	v := w.Version
	spec := runtimes.Spec{
		Version: v, Tmp: w.Tmp, Socket: w.Socket, LogStream: w.LogStream, Provisioned: w.Provisioned,
	}
	var out host.Launch
	if v.Code.Dir != "" {
		out.Stale = l.watcher.Watch(v.Code.Dir)
	}
	var err error
	if spec.Code, err = l.code.Unpack(ctx, v.Code); err != nil {
		return out, unusable(err)
	}
	if spec.Layers, err = l.code.Layers(ctx, v.Layers); err != nil {
		return out, unusable(err)
	}
	// Our own clients use the socket; AWS's, wrappers and code that asks where it runs look for the address.
	if spec.API, err = w.Listen(); err != nil {
		return out, err
	}
	command, err := l.runtimes.Command(ctx, spec)
	out.Argv, out.Env, out.Dir = command.Argv, command.Env, command.Dir
	return out, err
}

// unusable words code that this machine cannot run.
func unusable(err error) error {
	if bad, ok := errors.AsType[*lambda.BadCode](err); ok {
		return &lambda.Error{Kind: lambda.NoRuntime, Message: bad.Message}
	}
	return err
}
