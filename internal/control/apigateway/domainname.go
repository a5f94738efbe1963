package apigateway

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// domainName returns a domain name; id is that of a private one. The text is that of LocalStack.
func (r reader) domainName(name, id string) (gateway.DomainName, error) {
	d, err := state.DomainNames().Get(r, r.key("", state.DomainNameKey(name, id)))
	return d, orNotFound(err, notFound("Invalid domain name identifier specified"))
}

// saveDomain checks a domain name as it will be and stores it.
func (w writer) saveDomain(d *gateway.DomainName) error {
	if err := w.checkDomain(*d); err != nil {
		return err
	}
	if slices.Contains(d.Endpoint.Types, gateway.EndpointRegional) && d.RegionalHost == "" {
		d.RegionalHost = "d-" + gateway.NewID(10) + ".execute-api." + w.tenant.Region + ".amazonaws.com"
	}
	if slices.Contains(d.Endpoint.Types, gateway.EndpointEdge) && d.EdgeHost == "" {
		d.EdgeHost = "d" + gateway.NewID(13) + ".cloudfront.net"
	}
	err := state.DomainNames().Put(w.tx, w.key("", state.DomainNameKey(d.Name, d.ID)), *d)
	if errors.Is(err, store.ErrConflict) {
		return domainTaken()
	}
	return err
}

func domainTaken() error { return badRequest("The domain name you provided already exists.") }

// CreateDomainName makes a custom domain name. Certificates are taken as they are named.
func (s *Service) CreateDomainName(ctx context.Context, call *wire.Call, in *gen.CreateDomainNameInput) (*gen.DomainName, error) {
	d := gateway.DomainName{
		Name: *in.DomainName, CertificateName: text(in.CertificateName), CertificateARN: text(in.CertificateArn),
		RegionalCertificateName: text(in.RegionalCertificateName), RegionalCertificateARN: text(in.RegionalCertificateArn),
		OwnershipVerificationCertificateARN: text(in.OwnershipVerificationCertificateArn), Endpoint: endpointOf(in.EndpointConfiguration),
		SecurityPolicy: or(in.SecurityPolicy, "TLS_1_2"), EndpointAccessMode: text(in.EndpointAccessMode),
		RoutingMode: or(in.RoutingMode, "BASE_PATH_MAPPING_ONLY"), Policy: text(in.Policy), Tags: maps.Clone(in.Tags),
	}
	if m := in.MutualTlsAuthentication; m != nil && text(m.TruststoreUri) != "" {
		d.MutualTLS = &gateway.MutualTLS{TruststoreURI: text(m.TruststoreUri), TruststoreVersion: text(m.TruststoreVersion)}
	}
	if slices.Contains(d.Endpoint.Types, gateway.EndpointPrivate) {
		d.ID = gateway.NewID(gateway.APIIDLength)
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	err := s.update(ctx, call, func(w writer) error {
		const maxDomainNames = 120
		all, err := w.List(store.Range{Tenant: w.tenant.String(), Kind: state.KindDomainName})
		if err != nil {
			return err
		}
		if len(all) >= maxDomainNames {
			return &gen.LimitExceededException{Message: "Maximum number of domain names for this account has been reached."}
		}
		if _, err := w.domainName(d.Name, d.ID); err == nil {
			return domainTaken()
		}
		d.CreatedAt = w.now
		if d.CertificateARN != "" || d.CertificateName != "" {
			d.CertificateUploadedAt = &w.now
		}
		return w.saveDomain(&d)
	})
	if err != nil {
		return nil, err
	}
	return domainOutput(d, call.Tenant), nil
}

// GetDomainName returns a domain name.
func (s *Service) GetDomainName(ctx context.Context, call *wire.Call, in *gen.GetDomainNameInput) (*gen.DomainName, error) {
	var d gateway.DomainName
	err := s.view(ctx, call, func(r reader) (err error) {
		d, err = r.domainName(in.DomainName, text(in.DomainNameId))
		return err
	})
	if err != nil {
		return nil, err
	}
	return domainOutput(d, call.Tenant), nil
}

// GetDomainNames lists the domain names of the caller's account and region. Other accounts share none with it.
func (s *Service) GetDomainNames(ctx context.Context, call *wire.Call, in *gen.GetDomainNamesInput) (*gen.GetDomainNamesOutput, error) {
	out := gen.GetDomainNamesOutput{Items: []gen.DomainName{}}
	if text(in.ResourceOwner) == string(gen.ResourceOwnerOtherAccounts) {
		return &out, nil
	}
	err := s.listOwn(ctx, call, listing{limit: in.Limit, position: in.Position}, func(r reader, rng store.Range) error {
		page, err := state.DomainNames().List(r, rng)
		out.Position = position(page.Next)
		out.Items = convert(page.Items, func(d gateway.DomainName) gen.DomainName { return *domainOutput(d, r.tenant) })
		return err
	})
	return &out, err
}

// UpdateDomainName changes a domain name by patch operations; what changed is there at once.
func (s *Service) UpdateDomainName(ctx context.Context, call *wire.Call, in *gen.UpdateDomainNameInput) (*gen.DomainName, error) {
	var d gateway.DomainName
	err := s.update(ctx, call, func(w writer) (err error) {
		if d, err = w.domainName(in.DomainName, text(in.DomainNameId)); err != nil {
			return err
		}
		before := d.CertificateARN + d.CertificateName
		if err := domainPatches().Apply(&d, in.PatchOperations); err != nil {
			return err
		}
		if d.MutualTLS != nil && d.MutualTLS.TruststoreURI == "" {
			d.MutualTLS = nil
		}
		if now := d.CertificateARN + d.CertificateName; now != before && now != "" {
			d.CertificateUploadedAt = &w.now
		}
		return w.saveDomain(&d)
	})
	if err != nil {
		return nil, err
	}
	return domainOutput(d, call.Tenant), nil
}

// DeleteDomainName removes a domain name with its mappings and access associations.
func (s *Service) DeleteDomainName(ctx context.Context, call *wire.Call, in *gen.DeleteDomainNameInput) (*gen.DeleteDomainNameOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		d, err := w.domainName(in.DomainName, text(in.DomainNameId))
		if err != nil {
			return err
		}
		key := state.DomainNameKey(d.Name, d.ID)
		if _, err := state.BasePathMappings().DeleteChildren(w.tx, w.tenant.String(), key); err != nil {
			return err
		}
		all, err := state.DomainNameAccessAssociations().List(w, w.children(""))
		if err != nil {
			return err
		}
		for _, a := range all.Items {
			if a.Value.DomainNameARN != gateway.DomainNameARN(w.tenant, d.Name, d.ID) {
				continue
			}
			if err := state.DomainNameAccessAssociations().Delete(w.tx, a.Key); err != nil {
				return err
			}
		}
		return state.DomainNames().Delete(w.tx, w.key("", key))
	})
	return &gen.DeleteDomainNameOutput{}, err
}
