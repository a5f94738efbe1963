package lambda

import (
	"context"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/lambda"
)

// AddLayerVersionPermission adds a statement to the policy of a layer's version. The policy is kept and told; other
// accounts have no layers here to ask it for (https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html).
func (s *Service) AddLayerVersionPermission(ctx context.Context, call *wire.Call, in *gen.AddLayerVersionPermissionInput) (*gen.AddLayerVersionPermissionOutput, error) {
	at, err := layerAt(call, in.LayerName, in.VersionNumber)
	if err != nil {
		return nil, err
	}
	principal, err := principalOf(*in.Principal)
	if err != nil {
		return nil, err
	}
	add := statement{
		Sid: *in.StatementId, Effect: "Allow", Principal: principal, Action: *in.Action,
		Resource: gateway.LayerVersionARN(call.Tenant, at.name, at.version),
	}
	if org := text(in.OrganizationId); org != "" {
		add.Condition = &condition{StringEquals: &stringEquals{OrgID: org}}
	}
	added, err := encoded(add)
	if err != nil {
		return nil, err
	}
	revision, err := s.changeLayerPolicy(ctx, call, at, func(p *gateway.FunctionPolicy) error {
		if err := checkLayerRevision(in.RevisionId, *p); err != nil {
			return err
		}
		return addStatement(p, added)
	})
	return &gen.AddLayerVersionPermissionOutput{RevisionId: &revision, Statement: &added.JSON}, err
}

func checkLayerRevision(given *string, p gateway.FunctionPolicy) error {
	if id := text(given); id != "" && id != p.RevisionID {
		return stale("GetLayerPolicy")
	}
	return nil
}

func (s *Service) changeLayerPolicy(ctx context.Context, call *wire.Call, at atLayer, change func(*gateway.FunctionPolicy) error) (revision string, err error) {
	err = s.update(ctx, call, func(w writer) error {
		v, err := w.layerVersion(at, noLayer(call, at))
		if err != nil {
			return err
		}
		if err := change(&v.Policy); err != nil {
			return err
		}
		v.Policy.RevisionID = gateway.NewUUID()
		revision = v.Policy.RevisionID
		return w.putLayerVersion(v)
	})
	return revision, err
}

func noLayer(call *wire.Call, at atLayer) error {
	return notFound("Layer version %s does not exist.", gateway.LayerVersionARN(call.Tenant, at.name, at.version))
}

// RemoveLayerVersionPermission takes a statement out of a policy.
func (s *Service) RemoveLayerVersionPermission(ctx context.Context, call *wire.Call, in *gen.RemoveLayerVersionPermissionInput) (*gen.RemoveLayerVersionPermissionOutput, error) {
	at, err := layerAt(call, in.LayerName, in.VersionNumber)
	if err != nil {
		return nil, err
	}
	_, err = s.changeLayerPolicy(ctx, call, at, func(p *gateway.FunctionPolicy) error {
		if err := checkLayerRevision(in.RevisionId, *p); err != nil {
			return err
		}
		return removeStatement(p, in.StatementId)
	})
	return &gen.RemoveLayerVersionPermissionOutput{}, err
}

// GetLayerVersionPolicy returns the policy of a layer's version.
func (s *Service) GetLayerVersionPolicy(ctx context.Context, call *wire.Call, in *gen.GetLayerVersionPolicyInput) (*gen.GetLayerVersionPolicyOutput, error) {
	at, err := layerAt(call, in.LayerName, in.VersionNumber)
	if err != nil {
		return nil, err
	}
	var v gateway.LayerVersion
	err = s.view(ctx, call, func(r reader) (err error) {
		v, err = r.layerVersion(at, noLayer(call, at))
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(v.Policy.Statements) == 0 {
		return nil, notFound("No policy is associated with the given resource.")
	}
	return &gen.GetLayerVersionPolicyOutput{Policy: new(policyText(v.Policy)), RevisionId: &v.Policy.RevisionID}, nil
}
