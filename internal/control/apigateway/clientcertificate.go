package apigateway

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"maps"
	"math/big"
	"time"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

func (r reader) certificate(id string) (gateway.ClientCertificate, error) {
	c, err := state.ClientCertificates().Get(r, r.key("", id))
	return c, orNotFound(err, notFound("Invalid Client Certificate identifier specified"))
}

func (w writer) putCertificate(c gateway.ClientCertificate) error {
	return state.ClientCertificates().Put(w.tx, w.key("", c.ID), c)
}

// GenerateClientCertificate makes a key pair with a certificate that holds for a year, as AWS's do
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/getting-started-client-side-ssl-authentication.html).
func (s *Service) GenerateClientCertificate(ctx context.Context, call *wire.Call, in *gen.GenerateClientCertificateInput) (*gen.ClientCertificate, error) {
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	now := s.Now().UTC().Truncate(time.Second)
	c := gateway.ClientCertificate{
		ID: newID(), Description: text(in.Description), Tags: maps.Clone(in.Tags), CreatedAt: now, ExpiresAt: now.AddDate(1, 0, 0),
	}
	var err error
	if c.Certificate, c.PrivateKey, err = newKeyPair(c.CreatedAt, c.ExpiresAt); err != nil {
		return nil, err
	}
	err = s.update(ctx, call, func(w writer) error {
		const maxCertificates = 60
		all, err := w.List(store.Range{Tenant: w.tenant.String(), Kind: state.ClientCertificates().Kind})
		if err == nil && len(all) >= maxCertificates {
			return &gen.LimitExceededException{Message: "Maximum number of client certificates for this account has been reached."}
		}
		if err != nil {
			return err
		}
		return w.putCertificate(c)
	})
	if err != nil {
		return nil, err
	}
	return certificateOutput(c), nil
}

// newKeyPair makes an RSA key and a certificate that it signs itself, both in PEM. The subject is that of the certificates in
// AWS's documentation.
func newKeyPair(from, to time.Time) (certificate, private string, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", "", err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return "", "", err
	}
	template := x509.Certificate{
		SerialNumber: serial, NotBefore: from, NotAfter: to, SignatureAlgorithm: x509.SHA256WithRSA,
		Subject:  pkix.Name{Country: []string{"US"}, Locality: []string{"Seattle"}, CommonName: "ApiGateway"},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		return "", "", err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})), err
}

// GetClientCertificate returns a client certificate.
func (s *Service) GetClientCertificate(ctx context.Context, call *wire.Call, in *gen.GetClientCertificateInput) (*gen.ClientCertificate, error) {
	var c gateway.ClientCertificate
	err := s.view(ctx, call, func(r reader) (err error) {
		c, err = r.certificate(in.ClientCertificateId)
		return err
	})
	if err != nil {
		return nil, err
	}
	return certificateOutput(c), nil
}

// GetClientCertificates lists the client certificates of the caller's account and region.
func (s *Service) GetClientCertificates(ctx context.Context, call *wire.Call, in *gen.GetClientCertificatesInput) (*gen.GetClientCertificatesOutput, error) {
	var out gen.GetClientCertificatesOutput
	err := s.listOwn(ctx, call, listing{limit: in.Limit, position: in.Position}, func(r reader, rng store.Range) error {
		page, err := state.ClientCertificates().List(r, rng)
		out.Position = position(page.Next)
		out.Items = convert(page.Items, func(c gateway.ClientCertificate) gen.ClientCertificate { return *certificateOutput(c) })
		return err
	})
	return &out, err
}

// UpdateClientCertificate changes a client certificate's description.
func (s *Service) UpdateClientCertificate(ctx context.Context, call *wire.Call, in *gen.UpdateClientCertificateInput) (*gen.ClientCertificate, error) {
	var c gateway.ClientCertificate
	err := s.update(ctx, call, func(w writer) (err error) {
		if c, err = w.certificate(in.ClientCertificateId); err != nil {
			return err
		}
		if err := certificatePatches().Apply(&c, in.PatchOperations); err != nil {
			return err
		}
		return w.putCertificate(c)
	})
	if err != nil {
		return nil, err
	}
	return certificateOutput(c), nil
}

// certificatePatches are UpdateClientCertificate's.
func certificatePatches() patch.Table[gateway.ClientCertificate] {
	return patch.Table[gateway.ClientCertificate]{Refuse: patch.ListPaths, Rows: []patch.Row[gateway.ClientCertificate]{
		patch.Field("/description", patch.Replace, patch.Text(), func(c *gateway.ClientCertificate) *string { return &c.Description }),
	}}
}

// DeleteClientCertificate removes a client certificate that no stage shows.
func (s *Service) DeleteClientCertificate(ctx context.Context, call *wire.Call, in *gen.DeleteClientCertificateInput) (*gen.DeleteClientCertificateOutput, error) {
	err := s.update(ctx, call, func(w writer) error {
		if _, err := w.certificate(in.ClientCertificateId); err != nil {
			return err
		}
		stages, err := state.RestStages().List(w, store.Range{Tenant: w.tenant.String(), AnyParent: true})
		if err != nil {
			return err
		}
		for _, stage := range stages.Items {
			if stage.Value.ClientCertificateID == in.ClientCertificateId {
				return badRequest("Client certificate %s is used by stage %s of API %s", in.ClientCertificateId, stage.ID, stage.Parent)
			}
		}
		return state.ClientCertificates().Delete(w.tx, w.key("", in.ClientCertificateId))
	})
	return &gen.DeleteClientCertificateOutput{}, err
}

func certificateOutput(c gateway.ClientCertificate) *gen.ClientCertificate {
	return &gen.ClientCertificate{
		ClientCertificateId: &c.ID, CreatedDate: &c.CreatedAt, Description: optional(c.Description), ExpirationDate: &c.ExpiresAt,
		PemEncodedCertificate: &c.Certificate, Tags: filled(c.Tags),
	}
}
