package apigateway

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/policy"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// endpointOf completes what was given (recorded: test_create_rest_api_verify_defaults).
func endpointOf(in *gen.EndpointConfiguration) gateway.RestEndpoint {
	e := gateway.RestEndpoint{Types: []string{gateway.EndpointEdge}, IPAddressType: gateway.IPv4}
	if in == nil {
		return e
	}
	if len(in.Types) > 0 {
		e.Types = as[string](in.Types)
	}
	if slices.Contains(e.Types, gateway.EndpointPrivate) {
		e.IPAddressType = gateway.DualStack
	}
	e.IPAddressType, e.VPCEndpointIDs = or(in.IpAddressType, e.IPAddressType), in.VpcEndpointIds
	return e
}

// Recorded: test_update_rest_api_compression, test_update_rest_api_ip_address_type.
const (
	compressionSizes = "Invalid minimum compression size, must be between 0 and 10485760"
	ipAddressTypes   = "ipAddressType must be either ipv4 or dualstack."
)

// checkAPI checks an API as it would be stored. The texts are recorded (test_update_rest_api_compression,
// test_update_rest_api_ip_address_type), but for those of the name and the policy: terraform-provider-aws issue 14269 has
// that of VPC endpoints, chalice issue 2065 that of the policy.
func checkAPI(api *gateway.RestAPI, tenant gateway.Tenant) error {
	if strings.TrimSpace(api.Name) == "" {
		return badRequest("API Name cannot be empty")
	}
	if size := api.MinimumCompressionSize; size != nil && (*size < 0 || *size > gateway.MaxCompressionSize) {
		return badRequest(compressionSizes)
	}
	if err := checkEndpoint(api.Endpoint); err != nil {
		return err
	}
	return checkPolicy(api, tenant)
}

func checkEndpoint(e gateway.RestEndpoint) error {
	private := slices.Contains(e.Types, gateway.EndpointPrivate)
	switch {
	case e.IPAddressType != gateway.IPv4 && e.IPAddressType != gateway.DualStack:
		return badRequest(ipAddressTypes)
	case private && e.IPAddressType == gateway.IPv4:
		return badRequest("Only dualstack ipAddressType is supported for Private APIs.")
	case !private && len(e.VPCEndpointIDs) > 0:
		return badRequest("VPCEndpoints can only be specified with PRIVATE apis.")
	}
	return nil
}

// checkPolicy checks the resource policy and completes it, as AWS does when it saves one.
func checkPolicy(api *gateway.RestAPI, tenant gateway.Tenant) error {
	if api.Policy == "" {
		return nil
	}
	named := policy.API{Region: tenant.Region, Account: tenant.Account, ID: api.ID}
	expanded, err := named.ExpandPolicy([]byte(api.Policy))
	if err == nil {
		_, err = policy.Compile(expanded, policy.Options{Kind: policy.Resource})
	}
	if err != nil {
		return badRequest("%s (%v)", policy.InvalidResourcePolicy, err)
	}
	api.Policy = string(expanded)
	return nil
}

// checkTags follows https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html.
func checkTags(tags map[string]string) error {
	if len(tags) > gateway.MaxTags {
		return badRequest("A resource can have at most %d tags", gateway.MaxTags)
	}
	for key, value := range tags {
		if key == "" || utf8.RuneCountInString(key) > 128 || utf8.RuneCountInString(value) > 256 {
			return badRequest("Invalid tag %q: keys have 1 to 128 characters, values at most 256", key)
		}
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			return badRequest("Invalid tag key %q: the prefix aws: is reserved", key)
		}
	}
	return nil
}

// apiOutput is an API as CreateRestApi and lists show it: without tags when it has none (fact 43).
func apiOutput(api gateway.RestAPI) *gen.RestApi {
	out := gen.RestApi{
		ApiKeySource:              optional(gen.ApiKeySourceType(api.APIKeySource)),
		BinaryMediaTypes:          some(api.BinaryMediaTypes),
		CreatedDate:               &api.CreatedAt,
		Description:               optional(api.Description),
		DisableExecuteApiEndpoint: &api.DisableDefaultEndpoint,
		EndpointAccessMode:        optional(gen.EndpointAccessMode(api.EndpointAccessMode)),
		EndpointConfiguration:     endpointOutput(api.Endpoint),
		Id:                        &api.ID,
		Name:                      &api.Name,
		Policy:                    escaped(api.Policy),
		RootResourceId:            &api.RootResourceID,
		SecurityPolicy:            optional(gen.SecurityPolicy(api.SecurityPolicy)),
		Tags:                      filled(api.Tags),
		Version:                   optional(api.Version),
		Warnings:                  some(api.Warnings),
	}
	if size := api.MinimumCompressionSize; size != nil {
		out.MinimumCompressionSize = number(*size)
	}
	return &out
}

// withTags shows tags even when there are none, as GetRestApi, UpdateRestApi and PutRestApi do (fact 43).
func withTags(out *gen.RestApi) *gen.RestApi {
	out.Tags = orEmpty(out.Tags)
	return out
}

func endpointOutput(e gateway.RestEndpoint) *gen.EndpointConfiguration {
	return &gen.EndpointConfiguration{
		IpAddressType: optional(gen.IpAddressType(e.IPAddressType)), Types: as[gen.EndpointType](e.Types),
		VpcEndpointIds: some(e.VPCEndpointIDs),
	}
}
