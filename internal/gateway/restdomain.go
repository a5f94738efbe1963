package gateway

import "time"

// DomainName is a custom domain name.
type DomainName struct {
	Name string
	// ID tells private domain names of one name apart; empty for public ones.
	ID string
	// CertificateName and CertificateARN are those of an edge endpoint.
	CertificateName, CertificateARN                 string
	RegionalCertificateName, RegionalCertificateARN string
	OwnershipVerificationCertificateARN             string
	CertificateUploadedAt                           *time.Time
	Endpoint                                        RestEndpoint
	SecurityPolicy, EndpointAccessMode, RoutingMode string
	// MutualTLS is nil without.
	MutualTLS *MutualTLS
	// Policy and ManagementPolicy are documents of private domain names.
	Policy, ManagementPolicy string
	Tags                     map[string]string
	CreatedAt                time.Time
	// RegionalHost and EdgeHost are the names that the domain's owner points it to; empty without such an endpoint.
	RegionalHost, EdgeHost string
}

// DomainNameARN returns the ARN of a domain name. Private ones have an id and name their account.
func DomainNameARN(t Tenant, name, id string) string {
	if id == "" {
		return "arn:aws:apigateway:" + t.Region + "::/domainnames/" + name
	}
	return "arn:aws:apigateway:" + t.Region + ":" + t.Account + ":/domainnames/" + name + "+" + id
}

// MutualTLS asks clients for certificates of the authorities in a trust store.
type MutualTLS struct {
	TruststoreURI, TruststoreVersion string
	Warnings                         []string
}

// BasePathMapping serves a stage of an API under a path of a domain name.
type BasePathMapping struct {
	// BasePath is empty for all paths that no other mapping has, which AWS calls (none).
	BasePath, APIID, Stage string
}

// DomainNameAccessAssociation lets a VPC endpoint reach a private domain name.
type DomainNameAccessAssociation struct {
	ID, ARN, DomainNameARN string
	Source, SourceType     string
	Tags                   map[string]string
}

// ClientCertificate is what stages show to back ends.
type ClientCertificate struct {
	ID, Description      string
	Certificate          string // PEM
	PrivateKey           string // PEM; never shown
	Tags                 map[string]string
	CreatedAt, ExpiresAt time.Time
}

// RestVPCLink stands for the way to the load balancers of a private network.
type RestVPCLink struct {
	ID, Name, Description string
	TargetARNs            []string
	Tags                  map[string]string
	CreatedAt             time.Time
}
