package lambda

import (
	"context"
	"errors"
	"reflect"
	"strconv"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/lambda"
)

// PublishVersion freezes $LATEST as a version. If nothing has changed since the last version, that one is the answer
// (https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html).
func (s *Service) PublishVersion(ctx context.Context, call *wire.Call, in *gen.PublishVersionInput) (*gen.FunctionConfiguration, error) {
	ref, err := unqualified(call, in.FunctionName)
	if err != nil {
		return nil, err
	}
	if in.PublishTo != nil {
		return nil, notBuilt("publishing to $LATEST.PUBLISHED")
	}
	var v gateway.FunctionVersion
	err = s.update(ctx, call, func(w writer) error {
		fn, err := w.function(ref)
		if err != nil {
			return err
		}
		if err := checkRevision(in.RevisionId, fn.Latest.RevisionID); err != nil {
			return err
		}
		if sha := text(in.CodeSha256); sha != "" && sha != fn.Latest.Code.SHA256 {
			return invalid("CodeSHA256 (%s) is different from current CodeSHA256 in $LATEST (%s). Please try again with the CodeSHA256 in $LATEST.", sha, fn.Latest.Code.SHA256)
		}
		if err := checkSettled(ref, fn.Latest); err != nil {
			return err
		}
		if v, err = w.publish(&fn, in.Description); err != nil {
			return err
		}
		return w.putFunction(fn)
	})
	if err != nil {
		return nil, err
	}
	ref.Qualifier = v.Version
	return new(configuration(ref, v)), nil
}

func checkRevision(given *string, latest string) error {
	if id := text(given); id != "" && id != latest {
		return stale("GetFunction/GetAlias")
	}
	return nil
}

// checkSettled refuses changes while another is under way.
func checkSettled(ref gateway.FunctionRef, v gateway.FunctionVersion) error {
	switch {
	case v.UpdateStatus == string(gen.LastUpdateStatusInProgress):
		return conflict("The operation cannot be performed at this time. An update is in progress for resource: %s", ref.ARN())
	case v.State == string(gen.StatePending):
		return conflict("The operation cannot be performed at this time. The function is currently in the following state: %s", v.State)
	}
	return nil
}

// publish makes a version of $LATEST, or returns the last one if it is the same. The function is not written yet.
func (w writer) publish(fn *gateway.Function, description *string) (gateway.FunctionVersion, error) {
	if fn.LastVersion > 0 {
		last, err := state.FunctionVersions().Get(w, w.key(fn.Name, state.VersionID(fn.LastVersion)))
		if err == nil && unchanged(last, fn.Latest) {
			return last, nil
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return last, err
		}
	}
	fn.LastVersion++
	v := fn.Latest
	v.Version, v.RevisionID = strconv.Itoa(fn.LastVersion), gateway.NewUUID()
	if v.UpdateStatus == string(gen.LastUpdateStatusInProgress) { // the version is new where $LATEST has changed
		v.State, v.StateReason, v.StateReasonCode = pending()
		v.UpdateStatus, v.UpdateReason, v.UpdateReasonCode = "", "", ""
	}
	set(&v.Description, description)
	fn.Latest.RevisionID = gateway.NewUUID()
	return v, w.putVersion(fn.Name, v)
}

// unchanged compares the last version with $LATEST. A description that was given to the version alone is no change.
func unchanged(last, latest gateway.FunctionVersion) bool {
	return last.ModifiedAt.Equal(latest.ModifiedAt) || reflect.DeepEqual(content(last), content(latest))
}

func content(v gateway.FunctionVersion) gateway.FunctionVersion {
	v.Version, v.RevisionID, v.ModifiedAt = "", "", time.Time{}
	v.State, v.StateReason, v.StateReasonCode = "", "", ""
	v.UpdateStatus, v.UpdateReason, v.UpdateReasonCode = "", "", ""
	return v
}

// ListVersionsByFunction lists $LATEST and the published versions.
func (s *Service) ListVersionsByFunction(ctx context.Context, call *wire.Call, in *gen.ListVersionsByFunctionInput) (*gen.ListVersionsByFunctionOutput, error) {
	ref, err := unqualified(call, in.FunctionName)
	if err != nil {
		return nil, err
	}
	rng, err := page(in.MaxItems, in.Marker)
	if err != nil {
		return nil, err
	}
	var out gen.ListVersionsByFunctionOutput
	err = s.view(ctx, call, func(r reader) error {
		fn, err := r.function(ref)
		if err != nil {
			return err
		}
		var next string
		out.Versions, next, err = r.listVersions(fn, rng.After, rng.Limit)
		out.NextMarker = nextMarker(next)
		return err
	})
	return &out, err
}

// listVersions lists $LATEST and the published versions that come after one of them; next is the last one if there are
// more. Limit is at least 1.
func (r reader) listVersions(fn gateway.Function, after string, limit int) (list []gen.FunctionConfiguration, next string, err error) {
	list = []gen.FunctionConfiguration{}
	if after == "" {
		list, after = append(list, listed(r.ref(fn.Name, gateway.LatestVersion), fn.Latest)), gateway.LatestVersion
	}
	rng := r.children(fn.Name)
	if after != gateway.LatestVersion {
		rng.After = versionID(after)
	}
	rng.Limit = limit - len(list)
	if rng.Limit == 0 { // one more tells whether there is any
		rng.Limit = 1
		page, err := state.FunctionVersions().List(r, rng)
		if len(page.Items) > 0 {
			next = after
		}
		return list, next, err
	}
	page, err := state.FunctionVersions().List(r, rng)
	if err != nil {
		return nil, "", err
	}
	for _, item := range page.Items {
		list = append(list, listed(r.ref(fn.Name, item.Value.Version), item.Value))
	}
	if page.Next != "" {
		next = *list[len(list)-1].Version
	}
	return list, next, nil
}

// versionID is the document id of a version's number as text.
func versionID(number string) string {
	n, _ := strconv.Atoi(number) // what is no number has no document
	return state.VersionID(n)
}
