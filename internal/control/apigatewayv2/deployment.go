package apigatewayv2

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// noRoutes is AWS's refusal to deploy an empty HTTP API, as clients report it; behind failedPrefix it is the status of
// a stage that deploys itself.
const (
	noRoutes     = "Unable to deploy API because no routes exist in this API"
	failedPrefix = "Deployment attempt failed: "
)

// CreateDeployment freezes the API as it is and, with a stage, serves it there.
func (s *Service) CreateDeployment(ctx context.Context, call *wire.Call, in *gen.CreateDeploymentInput) (*gen.CreateDeploymentOutput, error) {
	var made gateway.Deployment
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.api(in.ApiId); err != nil {
			return err
		}
		snapshot, err := w.freeze(in.ApiId)
		if err != nil {
			return err
		}
		if len(snapshot.Routes) == 0 {
			return badRequest(noRoutes)
		}
		made = gateway.Deployment{Description: text(in.Description)}
		if err := w.keepDeployment(in.ApiId, &made, snapshot); err != nil {
			return err
		}
		name := text(in.StageName)
		if name == "" {
			return nil
		}
		stage, err := w.stage(in.ApiId, name)
		if err != nil {
			return err
		}
		if stage.AutoDeploy { // fact 64
			return badRequest("Deployment ID cannot be set on this stage %s:%s because AutoDeploy is enabled.", w.tenant.Account, in.ApiId)
		}
		stage.DeploymentID, stage.UpdatedAt = made.ID, w.now
		return w.putStage(in.ApiId, stage)
	})
	if err != nil {
		return nil, err
	}
	return new(gen.CreateDeploymentOutput(deploymentOutput(made))), nil
}

// freeze reads what a deployment takes.
func (r reader) freeze(apiID string) (snapshot gateway.Snapshot, err error) {
	if snapshot.Routes, err = r.routes(apiID); err != nil {
		return snapshot, err
	}
	if snapshot.Integrations, err = r.integrations(apiID); err != nil {
		return snapshot, err
	}
	snapshot.Authorizers, err = r.authorizers(apiID)
	return snapshot, err
}

// keepDeployment writes a deployment with its snapshot under an id of its own.
func (w writer) keepDeployment(apiID string, d *gateway.Deployment, snapshot gateway.Snapshot) error {
	d.ID, d.CreatedAt = gateway.NewID(gateway.DeploymentIDLength), w.exactly
	if err := state.Deployments().Create(w.tx, w.key(apiID, d.ID), *d); err != nil {
		return err
	}
	return state.Snapshots().Create(w.tx, w.key(apiID, d.ID), snapshot)
}

// deployAutomatically gives every stage of the API that deploys itself the API as it is now.
func (w writer) deployAutomatically(apiID string) error {
	all, err := w.stages(apiID)
	if err != nil {
		return err
	}
	var stages []*gateway.Stage
	for i := range all {
		if all[i].AutoDeploy {
			stages = append(stages, &all[i])
		}
	}
	if len(stages) == 0 {
		return nil
	}
	return w.deployTo(apiID, stages)
}

// deployTo makes an automatic deployment for the stages and keeps them. Where there is nothing to deploy, the stages go
// on with what they have and say why.
func (w writer) deployTo(apiID string, stages []*gateway.Stage) error {
	snapshot, err := w.freeze(apiID)
	if err != nil {
		return err
	}
	status, deployment := failedPrefix+noRoutes, gateway.Deployment{Automatic: true, Description: gateway.AutomaticDescription}
	if len(snapshot.Routes) > 0 {
		if err := w.keepDeployment(apiID, &deployment, snapshot); err != nil {
			return err
		}
		status = "Successfully deployed stage with deployment ID '" + deployment.ID + "'" // fact 65
	}
	for _, stage := range stages {
		stage.LastStatus, stage.UpdatedAt = status, w.now
		if deployment.ID != "" {
			stage.DeploymentID = deployment.ID
		}
		if err := w.putStage(apiID, *stage); err != nil {
			return err
		}
	}
	return w.pruneAutomatic(apiID)
}

// keptAutomatic bounds the automatic deployments of an API that no stage uses; a snapshot of every change would
// otherwise grow with the square of the number of changes.
const keptAutomatic = 20

func (w writer) pruneAutomatic(apiID string) error {
	all, err := w.deployments(apiID)
	if err != nil || len(all) <= keptAutomatic {
		return err
	}
	used, err := w.deploymentsInUse(apiID)
	if err != nil {
		return err
	}
	newestFirst(all)
	kept := 0
	for _, d := range all {
		if !d.Automatic || used[d.ID] {
			continue
		}
		if kept++; kept <= keptAutomatic {
			continue
		}
		if err := w.dropDeployment(apiID, d.ID); err != nil {
			return err
		}
	}
	return nil
}

func (w writer) deploymentsInUse(apiID string) (map[string]bool, error) {
	stages, err := w.stages(apiID)
	used := map[string]bool{}
	for _, stage := range stages {
		used[stage.DeploymentID] = true
	}
	return used, err
}

func (w writer) dropDeployment(apiID, id string) error {
	if err := state.Snapshots().Delete(w.tx, w.key(apiID, id)); err != nil {
		return err
	}
	return state.Deployments().Delete(w.tx, w.key(apiID, id))
}

// GetDeployment returns a deployment.
func (s *Service) GetDeployment(ctx context.Context, call *wire.Call, in *gen.GetDeploymentInput) (*gen.GetDeploymentOutput, error) {
	d, err := readPart(ctx, s, call, part{in.ApiId, in.DeploymentId}, reader.deployment)
	if err != nil {
		return nil, err
	}
	return new(gen.GetDeploymentOutput(deploymentOutput(d))), nil
}

// GetDeployments lists an API's deployments, the newest first (fact 65).
func (s *Service) GetDeployments(ctx context.Context, call *wire.Call, in *gen.GetDeploymentsInput) (*gen.GetDeploymentsOutput, error) {
	rng, err := page(in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	var all []gateway.Deployment
	err = s.view(ctx, call, func(r reader) (err error) {
		if _, err = r.api(in.ApiId); err != nil {
			return err
		}
		all, err = r.deployments(in.ApiId)
		return err
	})
	if err != nil {
		return nil, err
	}
	newestFirst(all)
	if rng.After != "" {
		all = slices.DeleteFunc(all, func(d gateway.Deployment) bool { return place(d) <= rng.After })
	}
	var out gen.GetDeploymentsOutput
	if len(all) > rng.Limit {
		all = all[:rng.Limit]
		out.NextToken = nextToken(place(all[len(all)-1]))
	}
	for _, d := range all {
		out.Items = append(out.Items, deploymentOutput(d))
	}
	return &out, nil
}

func newestFirst(all []gateway.Deployment) {
	slices.SortFunc(all, func(a, b gateway.Deployment) int { return strings.Compare(place(a), place(b)) })
}

// place is where a deployment stands in a listing. It holds good when other deployments come and go between two pages.
func place(d gateway.Deployment) string {
	return fmt.Sprintf("%019d.%s", math.MaxInt64-d.CreatedAt.UnixNano(), d.ID)
}

// UpdateDeployment changes the description; all else is frozen.
func (s *Service) UpdateDeployment(ctx context.Context, call *wire.Call, in *gen.UpdateDeploymentInput) (*gen.UpdateDeploymentOutput, error) {
	var d gateway.Deployment
	err := s.update(ctx, call, func(w writer) (err error) {
		if _, err = w.api(in.ApiId); err != nil {
			return err
		}
		if d, err = w.deployment(in.ApiId, in.DeploymentId); err != nil {
			return err
		}
		set(&d.Description, in.Description)
		return state.Deployments().Put(w.tx, w.key(in.ApiId, d.ID), d)
	})
	if err != nil {
		return nil, err
	}
	return new(gen.UpdateDeploymentOutput(deploymentOutput(d))), nil
}

// DeleteDeployment removes a deployment that no stage uses; the text is AWS's, as Terraform's users see it.
func (s *Service) DeleteDeployment(ctx context.Context, call *wire.Call, in *gen.DeleteDeploymentInput) (*gen.DeleteDeploymentOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.api(in.ApiId); err != nil {
			return err
		}
		if _, err := w.deployment(in.ApiId, in.DeploymentId); err != nil {
			return err
		}
		used, err := w.deploymentsInUse(in.ApiId)
		if err != nil {
			return err
		}
		if used[in.DeploymentId] {
			return badRequest("Active stages pointing to this deployment must be moved or deleted")
		}
		return w.dropDeployment(in.ApiId, in.DeploymentId)
	})
	return &gen.DeleteDeploymentOutput{}, err
}

func deploymentOutput(d gateway.Deployment) gen.Deployment {
	return gen.Deployment{
		AutoDeployed:     &d.Automatic,
		CreatedDate:      new(d.CreatedAt.Truncate(time.Second)),
		DeploymentId:     &d.ID,
		DeploymentStatus: new(gen.DeploymentStatusDeployed),
		Description:      optional(d.Description),
	}
}
