package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/control/lambda"
	"github.com/dipylon/dipylon/internal/lambda/code"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
)

// sweepEvery is how often the code that no function uses any more is looked for.
const sweepEvery = time.Hour

// sweepCode removes unused code now and then, until ctx ends.
func (a *App) sweepCode(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		var used code.Used
		err := a.store.View(ctx, func(r store.Reader) error { return usedCode(r, &used) })
		if err == nil {
			err = a.functions.code.Sweep(&used)
		}
		if err != nil && ctx.Err() == nil {
			a.log.Error("code that no function uses could not be removed", "error", err)
		}
	}
}

// usedCode collects what the documents of all functions and layers refer to.
func usedCode(r store.Reader, used *code.Used) error {
	everywhere := store.Range{AnyTenant: true, AnyParent: true}
	functions, err := state.Functions().List(r, everywhere)
	if err != nil {
		return err
	}
	for _, f := range functions.Items {
		used.Version(f.Value.Latest)
	}
	versions, err := state.FunctionVersions().List(r, everywhere)
	if err != nil {
		return err
	}
	for _, v := range versions.Items {
		used.Version(v.Value)
	}
	layers, err := state.LayerVersions().List(r, everywhere)
	for _, l := range layers.Items {
		used.Code(l.Value.Code)
	}
	return err
}

// giveCode answers a link to a zip, which GetFunction and GetLayerVersion give.
func (a *App) giveCode(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	name := strings.TrimPrefix(r.URL.Path, lambda.LinkPath)
	zip, size, err := a.functions.control.OpenLink(name, query.Get("expires"), query.Get("signature"))
	switch {
	case errors.Is(err, lambda.ErrBadLink):
		writeJSON(w, http.StatusForbidden, map[string]string{"message": "The link is not valid, or not any more."})
		return
	case err != nil:
		a.log.Error("code not sent", "error", err)
		writeJSON(w, http.StatusNotFound, map[string]string{"message": "There is no such code."})
		return
	}
	defer func() { _ = zip.Close() }()
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	_, _ = io.Copy(w, zip)
}
