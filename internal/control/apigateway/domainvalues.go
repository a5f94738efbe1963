package apigateway

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/control/apigateway/patch"
	"github.com/dipylon/dipylon/internal/gateway"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// checkDomain checks a domain name as it would be stored. The text of certificates is that of terraform issue 3276, that of
// access modes of terraform-provider-aws issue 47552; others are our own.
func (r reader) checkDomain(d gateway.DomainName) error {
	if d.Name == "" {
		return badRequest("No Domain Name specified")
	}
	if !isHost(d.Name) {
		return badRequest("Invalid domain name specified: %s", d.Name)
	}
	if err := checkEndpoint(d.Endpoint); err != nil {
		return err
	}
	if len(d.Endpoint.Types) == 0 {
		return badRequest("A domain name needs an endpoint type")
	}
	private := slices.Contains(d.Endpoint.Types, gateway.EndpointPrivate)
	for _, kind := range d.Endpoint.Types {
		given := d.CertificateARN != "" || d.CertificateName != ""
		if kind == gateway.EndpointRegional {
			given = d.RegionalCertificateARN != "" || d.RegionalCertificateName != ""
		}
		if !given {
			return badRequest("A certificate was not provided for the endpoint type %s.", kind)
		}
	}
	switch {
	case private && len(d.Endpoint.Types) > 1:
		return badRequest("A private domain name has no other endpoint type")
	case !private && (d.Policy != "" || d.ManagementPolicy != ""):
		return badRequest("Policies can only be specified for private domain names")
	case d.MutualTLS != nil && (d.EndpointAccessMode != "" || private):
		return badRequest("/endpointAccessMode Invalid request input")
	case d.MutualTLS != nil && !strings.HasPrefix(d.MutualTLS.TruststoreURI, "s3://"):
		return badRequest("Invalid truststore URI specified: %s", d.MutualTLS.TruststoreURI)
	}
	for _, arn := range []string{d.CertificateARN, d.RegionalCertificateARN, d.OwnershipVerificationCertificateARN} {
		if arn != "" && !strings.HasPrefix(arn, "arn:") {
			return badRequest("Invalid certificate ARN specified: %s", arn)
		}
	}
	for _, policy := range []string{d.Policy, d.ManagementPolicy} {
		if policy != "" && !json.Valid([]byte(policy)) {
			return badRequest("Invalid policy document. Please check the policy syntax and ensure that Principals are valid.")
		}
	}
	return nil
}

// isHost reports whether s can be a domain name, whose first label may be a wildcard.
func isHost(s string) bool {
	labels := strings.Split(strings.TrimPrefix(s, "*."), ".")
	for _, label := range labels {
		if label == "" || !consistsOf(label, "-", 63) || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
	}
	return len(labels) > 1 && len(s) <= 253
}

// domainPatches are UpdateDomainName's. What no row takes is refused as in terraform-provider-aws issues 28059 and 40692.
func domainPatches() patch.Table[gateway.DomainName] {
	type d = gateway.DomainName
	const all = patch.Add | patch.Replace | patch.Remove
	mutual := func(x *d) *gateway.MutualTLS {
		if x.MutualTLS == nil {
			x.MutualTLS = &gateway.MutualTLS{}
		}
		return x.MutualTLS
	}
	types := patch.List("/endpointConfiguration/types", patch.Add|patch.Remove, func(x *d) *[]string { return &x.Endpoint.Types })
	refuse := func(_ []patch.Spec, _ *patch.Spec, c patch.Change) error { return invalidInput(c) }
	return patch.Table[d]{Refuse: refuse, Rows: []patch.Row[d]{
		patch.Field("/certificateName", all, patch.Text(), func(x *d) *string { return &x.CertificateName }),
		patch.Field("/certificateArn", all, patch.ARN(), func(x *d) *string { return &x.CertificateARN }),
		patch.Do("/endpointConfiguration/types", patch.Add|patch.Remove, "enum", func(x *d, c patch.Change) error {
			if c.Value != gateway.EndpointEdge && c.Value != gateway.EndpointRegional || slices.Contains(x.Endpoint.Types, gateway.EndpointPrivate) {
				return invalidInput(c)
			}
			return types.Apply(x, c)
		}),
		patch.Field("/endpointConfiguration/ipAddressType", patch.Replace, patch.Enum(gateway.IPv4, gateway.DualStack), func(x *d) *string { return &x.Endpoint.IPAddressType }),
		patch.Field("/endpointAccessMode", patch.Replace, patch.Enum("BASIC", "STRICT"), func(x *d) *string { return &x.EndpointAccessMode }),
		patch.Field("/managementPolicy", patch.Replace, patch.JSON(), func(x *d) *string { return &x.ManagementPolicy }),
		patch.Field("/mutualTlsAuthentication/truststoreUri", all, patch.Text(), func(x *d) *string { return &mutual(x).TruststoreURI }),
		patch.Field("/mutualTlsAuthentication/truststoreVersion", all, patch.Text(), func(x *d) *string { return &mutual(x).TruststoreVersion }),
		patch.Field("/policy", patch.Replace, patch.JSON(), func(x *d) *string { return &x.Policy }),
		patch.Field("/regionalCertificateName", all, patch.Text(), func(x *d) *string { return &x.RegionalCertificateName }),
		patch.Field("/regionalCertificateArn", all, patch.ARN(), func(x *d) *string { return &x.RegionalCertificateARN }),
		patch.Field("/routingMode", patch.Replace, patch.Enum("BASE_PATH_MAPPING_ONLY", "ROUTING_RULE_ONLY", "ROUTING_RULE_THEN_BASE_PATH_MAPPING"),
			func(x *d) *string { return &x.RoutingMode }),
		patch.Field("/securityPolicy", patch.Replace, patch.Enum(gateway.SecurityPolicies()...), func(x *d) *string { return &x.SecurityPolicy }),
		patch.Field("/ownershipVerificationCertificateArn", all, patch.ARN(), func(x *d) *string { return &x.OwnershipVerificationCertificateARN }),
	}}
}

func invalidInput(c patch.Change) error { return badRequest("%s Invalid request input", c.Path) }

func domainOutput(d gateway.DomainName, tenant gateway.Tenant) *gen.DomainName {
	out := gen.DomainName{
		CertificateArn: optional(d.CertificateARN), CertificateName: optional(d.CertificateName), CertificateUploadDate: d.CertificateUploadedAt,
		DomainName: &d.Name, DomainNameArn: new(gateway.DomainNameARN(tenant, d.Name, d.ID)), DomainNameId: optional(d.ID),
		DomainNameStatus: new(gen.DomainNameStatusAvailable), EndpointAccessMode: optional(gen.EndpointAccessMode(d.EndpointAccessMode)),
		EndpointConfiguration: endpointOutput(d.Endpoint), ManagementPolicy: escaped(d.ManagementPolicy), Policy: escaped(d.Policy),
		OwnershipVerificationCertificateArn: optional(d.OwnershipVerificationCertificateARN),
		RegionalCertificateArn:              optional(d.RegionalCertificateARN), RegionalCertificateName: optional(d.RegionalCertificateName),
		RoutingMode: optional(gen.RoutingMode(d.RoutingMode)), SecurityPolicy: optional(gen.SecurityPolicy(d.SecurityPolicy)), Tags: filled(d.Tags),
	}
	if slices.Contains(d.Endpoint.Types, gateway.EndpointRegional) {
		out.RegionalDomainName, out.RegionalHostedZoneId = &d.RegionalHost, optional(hostedZone(tenant.Region))
	}
	if slices.Contains(d.Endpoint.Types, gateway.EndpointEdge) {
		out.DistributionDomainName, out.DistributionHostedZoneId = &d.EdgeHost, new("Z2FDTNDATAQYW2")
	}
	if m := d.MutualTLS; m != nil {
		out.MutualTlsAuthentication = &gen.MutualTlsAuthentication{
			TruststoreUri: &m.TruststoreURI, TruststoreVersion: optional(m.TruststoreVersion), TruststoreWarnings: some(m.Warnings),
		}
	}
	return &out
}

// hostedZone is the DNS zone of a region's endpoints (https://docs.aws.amazon.com/general/latest/gr/apigateway.html); empty for
// regions whose zone is not known.
func hostedZone(region string) string {
	return map[string]string{
		"us-east-1": "Z1UJRXOUMOOFQ8", "us-east-2": "ZOJJZC49E0EPZ", "us-west-1": "Z2MUQ32089INYE", "us-west-2": "Z2OJLYMUO9EFXC",
		"af-south-1": "Z2DHW2332DAMTN", "ap-east-1": "Z3FD1VL90ND7K5", "ap-south-1": "Z3VO1THU9YC4UR", "ap-northeast-1": "Z1YSHQZHG15GKL",
		"ap-northeast-2": "Z20JF4UZKIW1U8", "ap-northeast-3": "Z2YQB5RD63NC85", "ap-southeast-1": "ZL327KTPIQFUL", "ap-southeast-2": "Z2RPCDW04V8134",
		"ca-central-1": "Z19DQILCV0OWEC", "eu-central-1": "Z1U9ULNL0V5AJ3", "eu-west-1": "ZLY8HYME6SFDD", "eu-west-2": "ZJ5UAJN8Y3Z2Q",
		"eu-west-3": "Z3KY65QIEKYHQQ", "eu-north-1": "Z3UWIKFBOOGXPP", "eu-south-1": "Z3BT4WSQ9TDYZV", "eu-south-2": "Z02499852UI5HEQ5JVWX3",
		"me-south-1": "Z20ZBPC0SS8806", "me-central-1": "Z08780021BKYYY8U0YHTV", "sa-east-1": "ZCMLWB8V5SYIT",
	}[region]
}
