package apigateway

import (
	"context"
	"maps"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// association returns an access association by its ARN.
func (r reader) association(arn string) (gateway.DomainNameAccessAssociation, error) {
	id := arn[strings.LastIndex(arn, "/")+1:]
	a, err := state.DomainNameAccessAssociations().Get(r, r.key("", id))
	if err == nil && a.ARN != arn {
		err = store.ErrNotFound
	}
	return a, orNotFound(err, notFound("Invalid domain name access association identifier specified"))
}

// privateDomain returns the private domain name of an ARN.
func (r reader) privateDomain(arn string) (gateway.DomainName, error) {
	name, id, _ := strings.Cut(arn[strings.LastIndex(arn, "/")+1:], "+")
	if id == "" || arn != gateway.DomainNameARN(r.tenant, name, id) {
		return gateway.DomainName{}, notFound("Invalid domain name identifier specified")
	}
	return r.domainName(name, id)
}

// CreateDomainNameAccessAssociation lets a VPC endpoint reach a private domain name.
func (s *Service) CreateDomainNameAccessAssociation(ctx context.Context, call *wire.Call, in *gen.CreateDomainNameAccessAssociationInput) (*gen.DomainNameAccessAssociation, error) {
	a := gateway.DomainNameAccessAssociation{
		ID: gateway.NewID(gateway.APIIDLength), DomainNameARN: *in.DomainNameArn, Source: *in.AccessAssociationSource,
		SourceType: text(in.AccessAssociationSourceType), Tags: maps.Clone(in.Tags),
	}
	if !strings.HasPrefix(a.Source, "vpce-") {
		return nil, badRequest("Invalid access association source specified: %s", a.Source)
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	err := s.update(ctx, call, func(w writer) error {
		d, err := w.privateDomain(a.DomainNameARN)
		if err != nil {
			return err
		}
		all, err := values(state.DomainNameAccessAssociations().List(w, w.children("")))
		if err != nil {
			return err
		}
		for _, other := range all {
			if other.DomainNameARN == a.DomainNameARN && other.Source == a.Source {
				return conflict("A domain name access association for %s and %s already exists", a.DomainNameARN, a.Source)
			}
		}
		a.ARN = "arn:aws:apigateway:" + w.tenant.Region + ":" + w.tenant.Account + ":/domainnameaccessassociations/domainname/" + d.Name + "/vpcesource/" + a.ID
		return state.DomainNameAccessAssociations().Put(w.tx, w.key("", a.ID), a)
	})
	if err != nil {
		return nil, err
	}
	return associationOutput(a), nil
}

// GetDomainNameAccessAssociations lists the access associations of the caller's account and region.
func (s *Service) GetDomainNameAccessAssociations(ctx context.Context, call *wire.Call, in *gen.GetDomainNameAccessAssociationsInput) (*gen.GetDomainNameAccessAssociationsOutput, error) {
	out := gen.GetDomainNameAccessAssociationsOutput{Items: []gen.DomainNameAccessAssociation{}}
	if text(in.ResourceOwner) == string(gen.ResourceOwnerOtherAccounts) {
		return &out, nil
	}
	err := s.listOwn(ctx, call, listing{limit: in.Limit, position: in.Position}, func(r reader, rng store.Range) error {
		page, err := state.DomainNameAccessAssociations().List(r, rng)
		out.Position = position(page.Next)
		out.Items = convert(page.Items, func(a gateway.DomainNameAccessAssociation) gen.DomainNameAccessAssociation {
			return *associationOutput(a)
		})
		return err
	})
	return &out, err
}

// DeleteDomainNameAccessAssociation removes an access association.
func (s *Service) DeleteDomainNameAccessAssociation(ctx context.Context, call *wire.Call, in *gen.DeleteDomainNameAccessAssociationInput) (*gen.DeleteDomainNameAccessAssociationOutput, error) {
	err := s.update(ctx, call, func(w writer) error { return w.deleteAssociation(in.DomainNameAccessAssociationArn, "") })
	return &gen.DeleteDomainNameAccessAssociationOutput{}, err
}

// RejectDomainNameAccessAssociation is the domain owner's way to end an access association.
func (s *Service) RejectDomainNameAccessAssociation(ctx context.Context, call *wire.Call, in *gen.RejectDomainNameAccessAssociationInput) (*gen.RejectDomainNameAccessAssociationOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.privateDomain(*in.DomainNameArn); err != nil {
			return err
		}
		return w.deleteAssociation(*in.DomainNameAccessAssociationArn, *in.DomainNameArn)
	})
	return &gen.RejectDomainNameAccessAssociationOutput{}, err
}

// deleteAssociation removes an access association, of a domain name if one is given.
func (w writer) deleteAssociation(arn, domainARN string) error {
	a, err := w.association(arn)
	if err != nil {
		return err
	}
	if domainARN != "" && a.DomainNameARN != domainARN {
		return notFound("Invalid domain name access association identifier specified")
	}
	return state.DomainNameAccessAssociations().Delete(w.tx, w.key("", a.ID))
}

func associationOutput(a gateway.DomainNameAccessAssociation) *gen.DomainNameAccessAssociation {
	return &gen.DomainNameAccessAssociation{
		AccessAssociationSource: &a.Source, AccessAssociationSourceType: new(gen.AccessAssociationSourceType(a.SourceType)),
		DomainNameAccessAssociationArn: &a.ARN, DomainNameArn: &a.DomainNameARN, Tags: filled(a.Tags),
	}
}
