package apigatewayv2

import (
	"context"
	"maps"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
)

// CreateVpcLink makes a VPC link, which is available at once: there is no network to set up
// (https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/vpclinks.html).
func (s *Service) CreateVpcLink(ctx context.Context, call *wire.Call, in *gen.CreateVpcLinkInput) (*gen.CreateVpcLinkOutput, error) {
	link := gateway.VPCLink{
		ID: gateway.NewID(gateway.AuthorizerIDLength), Name: *in.Name, SecurityGroupIDs: in.SecurityGroupIds,
		SubnetIDs: in.SubnetIds, Tags: maps.Clone(in.Tags), CreatedAt: s.now(),
	}
	if len(link.SubnetIDs) == 0 {
		return nil, badRequest("At least one subnet must be specified")
	}
	if err := checkTags(link.Tags); err != nil {
		return nil, err
	}
	err := s.update(ctx, call, func(w writer) error { return w.putVPCLink(link) })
	if err != nil {
		return nil, err
	}
	return new(gen.CreateVpcLinkOutput(vpcLinkOutput(link))), nil
}

func (w writer) putVPCLink(link gateway.VPCLink) error {
	return state.VPCLinks().Put(w.tx, w.key("", link.ID), link)
}

// GetVpcLink returns a VPC link.
func (s *Service) GetVpcLink(ctx context.Context, call *wire.Call, in *gen.GetVpcLinkInput) (*gen.GetVpcLinkOutput, error) {
	var link gateway.VPCLink
	err := s.view(ctx, call, func(r reader) (err error) {
		link, err = r.vpcLink(in.VpcLinkId)
		return err
	})
	if err != nil {
		return nil, err
	}
	return new(gen.GetVpcLinkOutput(vpcLinkOutput(link))), nil
}

// GetVpcLinks lists the VPC links of the caller's account and region.
func (s *Service) GetVpcLinks(ctx context.Context, call *wire.Call, in *gen.GetVpcLinksInput) (*gen.GetVpcLinksOutput, error) {
	var out gen.GetVpcLinksOutput
	rng, err := page(in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	err = s.view(ctx, call, func(r reader) error {
		rng.Tenant = r.tenant.String()
		list, err := state.VPCLinks().List(r, rng)
		out.Items, out.NextToken = convert(list.Items, vpcLinkOutput), nextToken(list.Next)
		return err
	})
	return &out, err
}

// UpdateVpcLink changes the name.
func (s *Service) UpdateVpcLink(ctx context.Context, call *wire.Call, in *gen.UpdateVpcLinkInput) (*gen.UpdateVpcLinkOutput, error) {
	var link gateway.VPCLink
	err := s.update(ctx, call, func(w writer) (err error) {
		if link, err = w.vpcLink(in.VpcLinkId); err != nil {
			return err
		}
		replace(&link.Name, in.Name)
		return w.putVPCLink(link)
	})
	if err != nil {
		return nil, err
	}
	return new(gen.UpdateVpcLinkOutput(vpcLinkOutput(link))), nil
}

// DeleteVpcLink removes a VPC link that no integration of a route refers to; the text is fact 58's.
func (s *Service) DeleteVpcLink(ctx context.Context, call *wire.Call, in *gen.DeleteVpcLinkInput) (*gen.DeleteVpcLinkOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.vpcLink(in.VpcLinkId); err != nil {
			return err
		}
		if err := w.checkUnused(in.VpcLinkId); err != nil {
			return err
		}
		return state.VPCLinks().Delete(w.tx, w.key("", in.VpcLinkId))
	})
	return &gen.DeleteVpcLinkOutput{}, err
}

func (w writer) checkUnused(link string) error {
	all, err := state.Integrations().List(w, store.Range{Tenant: w.tenant.String(), AnyParent: true})
	if err != nil {
		return err
	}
	for _, item := range all.Items {
		if item.Value.VPCLinkID != link {
			continue
		}
		resource := item.Value.ID
		routes, err := w.routes(item.Parent)
		if err != nil {
			return err
		}
		for _, route := range routes {
			if route.IntegrationID == item.Value.ID {
				resource = route.ID
			}
		}
		return badRequest("Cannot delete vpc link. Vpc link '%s', is referenced in [%s:%s] in format of [Method:Resource].",
			link, item.Value.Method, resource)
	}
	return nil
}

func vpcLinkOutput(link gateway.VPCLink) gen.VpcLink {
	groups := link.SecurityGroupIDs
	if groups == nil {
		groups = []string{}
	}
	return gen.VpcLink{
		CreatedDate: &link.CreatedAt, Name: &link.Name, SecurityGroupIds: groups, SubnetIds: link.SubnetIDs,
		Tags: orEmpty(link.Tags), VpcLinkId: &link.ID, VpcLinkStatus: new(gen.VpcLinkStatusAvailable),
		VpcLinkStatusMessage: new("VPC link is ready to route traffic"), VpcLinkVersion: new(gen.VpcLinkVersionV2),
	}
}
