package app

import (
	"path/filepath"

	"github.com/dipylon/dipylon/internal/compile"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/lambda/remote"
	"github.com/dipylon/dipylon/internal/telemetry"
)

// openFunctions makes the directory of functions. None runs before Start.
func (a *App) openFunctions() error {
	cfg := &a.cfg.Lambda
	meters := functionMeters{a.metrics}
	keyID, secret, token, _ := a.cfg.AWSCredential("*")
	elsewhere, err := remote.New(remote.Options{
		Endpoints: cfg.Endpoints, Client: a.client, KeyID: keyID, Secret: secret, Token: token, Meters: meters,
	})
	if err != nil {
		return err
	}
	a.functions, err = lambda.New(lambda.Options{
		Host: nowhere{}, Remote: elsewhere, Concurrency: cfg.Concurrency, Meters: meters, Log: a.log,
		Spool: filepath.Join(a.cfg.DataDir, "lambda", "events"), DeadLetters: filepath.Join(a.cfg.DataDir, "dead-letters"),
	})
	a.world.Functions = func(ref gateway.FunctionRef, caller lambda.Caller) compile.Function {
		return a.functions.Target(ref, caller)
	}
	return err
}

// functionMeters count calls of functions among the other series.
type functionMeters struct{ metrics *telemetry.Metrics }

// Meter implements [lambda.Meters].
func (m functionMeters) Meter(t gateway.Tenant, function string) lambda.Meter {
	return m.metrics.Function(t.Account, t.Region, function)
}

// Forget implements [lambda.Meters].
func (m functionMeters) Forget(t gateway.Tenant, function string) {
	m.metrics.ForgetFunction(t.Account, t.Region, function)
}
