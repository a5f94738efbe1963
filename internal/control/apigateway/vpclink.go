package apigateway

import (
	"context"
	"maps"
	"strings"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// vpcLink returns a VPC link (recorded: test_get_vpc_link_invalid_id).
func (r reader) vpcLink(id string) (gateway.RestVPCLink, error) {
	link, err := state.RestVPCLinks().Get(r, r.key("", id))
	return link, orNotFound(err, notFound("Invalid Vpc Link identifier specified"))
}

func (w writer) putVPCLink(link gateway.RestVPCLink) error {
	return state.RestVPCLinks().Put(w.tx, w.key("", link.ID), link)
}

// CreateVpcLink makes a VPC link. It answers PENDING as AWS does, and from then on the link is available: there is no network
// to set up (recorded: test_vpc_link_lifecycle, test_create_vpc_link_invalid_parameters).
func (s *Service) CreateVpcLink(ctx context.Context, call *wire.Call, in *gen.CreateVpcLinkInput) (*gen.VpcLink, error) {
	link := gateway.RestVPCLink{ID: newID(), Name: *in.Name, Description: text(in.Description), TargetARNs: in.TargetArns, Tags: maps.Clone(in.Tags)}
	if err := checkVPCLink(link); err != nil {
		return nil, err
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	err := s.update(ctx, call, func(w writer) error {
		const maxVPCLinks = 20
		all, err := w.List(store.Range{Tenant: w.tenant.String(), Kind: state.RestVPCLinks().Kind})
		if err == nil && len(all) >= maxVPCLinks {
			return &gen.LimitExceededException{Message: "Maximum number of VPC links for this account has been reached."}
		}
		if err != nil {
			return err
		}
		link.CreatedAt = w.now
		return w.putVPCLink(link)
	})
	if err != nil {
		return nil, err
	}
	out := vpcLinkOutput(link)
	out.Status, out.StatusMessage = new(gen.VpcLinkStatusPending), nil
	return out, nil
}

func checkVPCLink(link gateway.RestVPCLink) error {
	if link.Name == "" {
		return badRequest("Name cannot be empty")
	}
	if len(link.TargetARNs) == 0 {
		return badRequest("At least one target ARN must be specified")
	}
	for _, arn := range link.TargetARNs {
		if !strings.HasPrefix(arn, "arn:") || strings.Count(arn, ":") < 5 {
			return badRequest("Invalid ARN. ARN is not well formed %s", arn)
		}
	}
	return nil
}

// GetVpcLink returns a VPC link.
func (s *Service) GetVpcLink(ctx context.Context, call *wire.Call, in *gen.GetVpcLinkInput) (*gen.VpcLink, error) {
	var link gateway.RestVPCLink
	err := s.view(ctx, call, func(r reader) (err error) {
		link, err = r.vpcLink(in.VpcLinkId)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := vpcLinkOutput(link)
	out.Tags = orEmpty(link.Tags)
	return out, nil
}

// GetVpcLinks lists the VPC links of the caller's account and region.
func (s *Service) GetVpcLinks(ctx context.Context, call *wire.Call, in *gen.GetVpcLinksInput) (*gen.GetVpcLinksOutput, error) {
	var out gen.GetVpcLinksOutput
	err := s.listOwn(ctx, call, listing{limit: in.Limit, position: in.Position}, func(r reader, rng store.Range) error {
		page, err := state.RestVPCLinks().List(r, rng)
		out.Position = position(page.Next)
		out.Items = convert(page.Items, func(link gateway.RestVPCLink) gen.VpcLink { return *vpcLinkOutput(link) })
		return err
	})
	return &out, err
}

// UpdateVpcLink changes a VPC link by patch operations.
func (s *Service) UpdateVpcLink(ctx context.Context, call *wire.Call, in *gen.UpdateVpcLinkInput) (*gen.VpcLink, error) {
	var link gateway.RestVPCLink
	err := s.update(ctx, call, func(w writer) (err error) {
		if link, err = w.vpcLink(in.VpcLinkId); err != nil {
			return err
		}
		if err := vpcLinkPatches().Apply(&link, in.PatchOperations); err != nil {
			return err
		}
		if err := checkVPCLink(link); err != nil {
			return err
		}
		return w.putVPCLink(link)
	})
	if err != nil {
		return nil, err
	}
	out := vpcLinkOutput(link)
	out.Tags = orEmpty(link.Tags)
	return out, nil
}

// vpcLinkPatches are UpdateVpcLink's.
func vpcLinkPatches() patch.Table[gateway.RestVPCLink] {
	type l = gateway.RestVPCLink
	return patch.Table[l]{Refuse: patch.ListPaths, Rows: []patch.Row[l]{
		patch.Field("/name", patch.Replace, patch.Text(), func(x *l) *string { return &x.Name }),
		patch.Field("/description", patch.Replace, patch.Text(), func(x *l) *string { return &x.Description }),
	}}
}

// DeleteVpcLink removes a VPC link that no integration goes through.
func (s *Service) DeleteVpcLink(ctx context.Context, call *wire.Call, in *gen.DeleteVpcLinkInput) (*gen.DeleteVpcLinkOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.vpcLink(in.VpcLinkId); err != nil {
			return err
		}
		if err := w.checkLinkUnused(in.VpcLinkId); err != nil {
			return err
		}
		return state.RestVPCLinks().Delete(w.tx, w.key("", in.VpcLinkId))
	})
	return &gen.DeleteVpcLinkOutput{}, err
}

func (r reader) checkLinkUnused(id string) error {
	all, err := state.Resources().List(r, store.Range{Tenant: r.tenant.String(), AnyParent: true})
	for _, resource := range all.Items {
		for verb, method := range resource.Value.Methods {
			if method.Integration != nil && method.Integration.ConnectionID == id {
				return badRequest("Cannot delete vpc link. Vpc link '%s', is referenced in [%s:%s] in format of [Method:Resource].", id, verb, resource.ID)
			}
		}
	}
	return err
}

func vpcLinkOutput(link gateway.RestVPCLink) *gen.VpcLink {
	return &gen.VpcLink{
		Id: &link.ID, Name: &link.Name, Description: optional(link.Description), TargetArns: link.TargetARNs, Tags: filled(link.Tags),
		Status: new(gen.VpcLinkStatusAvailable), StatusMessage: new("Your vpc link is ready for use"),
	}
}
