package app

import (
	"context"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda/code"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
)

// readyCode makes functions ready: their code is unpacked and their interpreter known before the first call.
type readyCode struct {
	*code.Store
	find func(ctx context.Context, runtime string)
}

// Prepare implements the control plane's Code.
func (c readyCode) Prepare(ctx context.Context, v gateway.FunctionVersion) error {
	if err := c.Store.Prepare(ctx, v); err != nil {
		return err
	}
	c.find(ctx, v.Runtime)
	return nil
}

// findRuntimes looks for what runs the functions that there are.
func (a *App) findRuntimes(ctx context.Context) {
	wanted := map[string]bool{}
	err := a.store.View(ctx, func(r store.Reader) error {
		functions, err := state.Functions().List(r, store.Range{AnyTenant: true, AnyParent: true})
		for _, f := range functions.Items {
			wanted[f.Value.Latest.Runtime] = true
		}
		return err
	})
	if err != nil {
		return // who reads the store next says why
	}
	for runtime := range wanted {
		a.functions.find(ctx, runtime)
	}
}
