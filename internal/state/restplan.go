package state

import (
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
)

// The kinds that say who may call which stages of REST APIs how often, and under which names. Rollout watches them.
const (
	KindAPIKey          = "api-key"
	KindUsagePlan       = "usage-plan"
	KindUsagePlanKey    = "usage-plan-key"
	KindUsageExtension  = "usage-extension"
	KindDomainName      = "domain-name"
	KindBasePathMapping = "base-path-mapping"
)

// APIKeys are the API keys of a tenant. Their values are unique.
func APIKeys() store.Collection[gateway.APIKey] {
	return store.Collection[gateway.APIKey]{Kind: KindAPIKey, Unique: []store.Index[gateway.APIKey]{
		{Name: APIKeyValueIndex, Scope: store.PerTenant, Value: func(k gateway.APIKey) string { return k.Value }},
	}}
}

// APIKeyValueIndex finds a key by its value.
const APIKeyValueIndex = "value"

// UsagePlans are the usage plans of a tenant.
func UsagePlans() store.Collection[gateway.UsagePlan] {
	return store.Collection[gateway.UsagePlan]{Kind: KindUsagePlan}
}

// UsagePlanKeys are a plan's keys by the key's id; the parent is the plan's id.
func UsagePlanKeys() store.Collection[gateway.UsagePlanKey] {
	return store.Collection[gateway.UsagePlanKey]{Kind: KindUsagePlanKey}
}

// UsageExtensions are those of a plan's keys by the key's id; the parent is the plan's id.
func UsageExtensions() store.Collection[gateway.UsageExtension] {
	return store.Collection[gateway.UsageExtension]{Kind: KindUsageExtension}
}

// RestAccounts hold what a tenant has set for all of its REST APIs, under [RestAccountID].
func RestAccounts() store.Collection[gateway.RestAccount] {
	return store.Collection[gateway.RestAccount]{Kind: "rest-account"}
}

// RestAccountID is the one id of [RestAccounts].
const RestAccountID = "account"

// DomainNames are the custom domain names of a tenant, by [DomainNameKey].
func DomainNames() store.Collection[gateway.DomainName] {
	return store.Collection[gateway.DomainName]{Kind: KindDomainName, Unique: []store.Index[gateway.DomainName]{
		{Name: PublicDomainIndex, Scope: store.Global, Value: func(d gateway.DomainName) string {
			if d.ID != "" {
				return ""
			}
			return d.Name
		}},
	}}
}

// PublicDomainIndex finds a public domain name, which nobody else can have.
const PublicDomainIndex = "public"

// DomainNameKey is the document id of a domain name. Private ones have an id beside the name, public ones none.
func DomainNameKey(name, id string) string {
	if id == "" {
		return name
	}
	return name + "+" + id
}

// BasePathMappings are a domain name's mappings by [BasePathKey]; the parent is the domain name's [DomainNameKey].
func BasePathMappings() store.Collection[gateway.BasePathMapping] {
	return store.Collection[gateway.BasePathMapping]{Kind: KindBasePathMapping}
}

// BasePathKey is the document id of a mapping: "(none)" for the empty base path, as AWS spells it in URLs.
func BasePathKey(basePath string) string {
	if basePath == "" {
		return "(none)"
	}
	return basePath
}

// DomainNameAccessAssociations are the access associations of a tenant.
func DomainNameAccessAssociations() store.Collection[gateway.DomainNameAccessAssociation] {
	return store.Collection[gateway.DomainNameAccessAssociation]{Kind: "domain-name-access"}
}

// ClientCertificates are the client certificates of a tenant.
func ClientCertificates() store.Collection[gateway.ClientCertificate] {
	return store.Collection[gateway.ClientCertificate]{Kind: "client-certificate"}
}

// RestVPCLinks are the VPC links of REST APIs of a tenant.
func RestVPCLinks() store.Collection[gateway.RestVPCLink] {
	return store.Collection[gateway.RestVPCLink]{Kind: "rest-vpclink"}
}
