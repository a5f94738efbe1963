package cloudwatch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/cloudwatch"
)

const (
	maxDashboardName    = 255
	dashboardCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	dashboardsPerPage   = 1000
)

// PutDashboard keeps a dashboard, or takes another in its place.
func (s *Service) PutDashboard(ctx context.Context, call *wire.Call, in *gen.PutDashboardInput) (*gen.PutDashboardOutput, error) {
	name := *in.DashboardName
	if name == "" || strings.Trim(name, dashboardCharacters) != "" {
		return nil, invalidValue("The value for field DashboardName contains invalid characters. " +
			"It can only contain alphanumerics, dash (-) and underscore (_).\n")
	}
	if len(name) > maxDashboardName {
		return nil, invalidValue("The value for field DashboardName is longer than %d characters.\n", maxDashboardName)
	}
	messages := checkDashboard(*in.DashboardBody)
	if len(messages) > 0 {
		return nil, &gen.DashboardInvalidInputError{
			Message:                     "The field DashboardBody must be a valid JSON object",
			DashboardValidationMessages: messages,
		}
	}
	key := state.DashboardKey(call.Tenant, name)
	_, err := s.Store.Update(ctx, func(tx store.Tx) error {
		d, err := state.Dashboards().Get(tx, key)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		d.Name, d.Body, d.ModifiedAt = name, *in.DashboardBody, s.Now().UTC()
		if in.Tags != nil && d.Tags == nil { // only of new ones, as the API reference says
			d.Tags = tagMap(in.Tags)
		}
		return state.Dashboards().Put(tx, key, d)
	})
	if err != nil {
		return nil, modelled(err)
	}
	return &gen.PutDashboardOutput{DashboardValidationMessages: []gen.DashboardValidationMessage{}}, nil
}

// checkDashboard wants an object with widgets that have a type. What widgets show is their owner's business.
func checkDashboard(body string) []gen.DashboardValidationMessage {
	var d struct {
		Widgets []map[string]json.RawMessage `json:"widgets"`
	}
	say := func(path, text string) gen.DashboardValidationMessage {
		return gen.DashboardValidationMessage{DataPath: &path, Message: &text}
	}
	if err := json.Unmarshal([]byte(body), &d); err != nil {
		return []gen.DashboardValidationMessage{say("", fmt.Sprintf("The dashboard body is invalid: %v", err))}
	}
	var messages []gen.DashboardValidationMessage
	for i, w := range d.Widgets {
		if _, ok := w["type"]; !ok {
			messages = append(messages, say(fmt.Sprintf("/widgets/%d", i), "Should have required property 'type'"))
		}
	}
	return messages
}

func dashboardARN(account, name string) string {
	return "arn:aws:cloudwatch::" + account + ":dashboard/" + name
}

func noDashboard(name string) error {
	return &gen.DashboardNotFoundError{Message: "Dashboard " + name + " does not exist"}
}

// GetDashboard returns a dashboard.
func (s *Service) GetDashboard(ctx context.Context, call *wire.Call, in *gen.GetDashboardInput) (*gen.GetDashboardOutput, error) {
	var d gateway.Dashboard
	err := s.Store.View(ctx, func(r store.Reader) error {
		var err error
		d, err = state.Dashboards().Get(r, state.DashboardKey(call.Tenant, *in.DashboardName))
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, noDashboard(*in.DashboardName)
	}
	if err != nil {
		return nil, err
	}
	return &gen.GetDashboardOutput{DashboardArn: new(dashboardARN(call.Tenant.Account, d.Name)), DashboardBody: &d.Body, DashboardName: &d.Name}, nil
}

// ListDashboards lists an account's dashboards in the order of their names.
func (s *Service) ListDashboards(ctx context.Context, call *wire.Call, in *gen.ListDashboardsInput) (*gen.ListDashboardsOutput, error) {
	skip, err := readOffset(in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &gen.ListDashboardsOutput{DashboardEntries: []gen.DashboardEntry{}}
	err = s.Store.View(ctx, func(r store.Reader) error {
		all, err := state.Dashboards().List(r, store.Range{Tenant: state.DashboardKey(call.Tenant, "").Tenant})
		for _, item := range all.Items {
			if d := item.Value; strings.HasPrefix(d.Name, text(in.DashboardNamePrefix)) {
				out.DashboardEntries = append(out.DashboardEntries, gen.DashboardEntry{
					DashboardArn: new(dashboardARN(call.Tenant.Account, d.Name)), DashboardName: &d.Name,
					LastModified: &d.ModifiedAt, Size: new(int64(len(d.Body))),
				})
			}
		}
		return err
	})
	out.DashboardEntries = out.DashboardEntries[min(skip, len(out.DashboardEntries)):]
	if len(out.DashboardEntries) > dashboardsPerPage {
		out.DashboardEntries = out.DashboardEntries[:dashboardsPerPage]
		out.NextToken = new(newOffset(skip + dashboardsPerPage))
	}
	return out, err
}

// DeleteDashboards deletes dashboards, all of them or none.
func (s *Service) DeleteDashboards(ctx context.Context, call *wire.Call, in *gen.DeleteDashboardsInput) (*gen.DeleteDashboardsOutput, error) {
	names := slices.Compact(slices.Sorted(slices.Values(in.DashboardNames)))
	if len(names) == 0 {
		return nil, invalidValue("Need at least 1 dashboard")
	}
	_, err := s.Store.Update(ctx, func(tx store.Tx) error {
		for _, name := range names {
			err := state.Dashboards().Delete(tx, state.DashboardKey(call.Tenant, name))
			if errors.Is(err, store.ErrNotFound) {
				return noDashboard(name)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return &gen.DeleteDashboardsOutput{}, modelled(err)
}
