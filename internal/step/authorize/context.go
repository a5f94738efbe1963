package authorize

import (
	"fmt"
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/policy"
)

// callContext gives policies the context keys of a call
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-aws-condition-keys.html). A
// call through a VPC endpoint, which private APIs have, has aws:VpcSourceIp in the place of aws:SourceIp
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html).
type callContext struct{ x *exchange.Exchange }

// Values implements [policy.Context].
func (c callContext) Values(key string) policy.Values {
	switch key {
	case policy.KeySourceIP, policy.KeyVPCSourceIP:
		if (key == policy.KeyVPCSourceIP) != (c.x.Identity.VPCEndpoint != "") {
			return policy.Values{}
		}
		return policy.One(c.x.Request.Remote.Addr().Unmap().String())
	case policy.KeyUserAgent:
		return c.header("User-Agent")
	case policy.KeyReferer:
		return c.header("Referer")
	case policy.KeySecureTransport:
		return policy.One(fmt.Sprint(c.x.Request.TLS))
	case policy.KeyCurrentTime:
		return policy.One(c.x.Received.UTC().Format("2006-01-02T15:04:05Z"))
	case policy.KeyEpochTime:
		return policy.One(fmt.Sprint(c.x.Received.Unix()))
	}
	switch {
	case c.x.Identity.VPCEndpoint != "" && key == policy.KeySourceVPCE:
		return policy.One(c.x.Identity.VPCEndpoint)
	case c.x.Identity.VPCEndpoint != "" && key == policy.KeySourceVPC:
		return policy.One(c.x.Identity.VPC)
	case c.x.Identity.UserARN != "":
		return c.signer(key)
	}
	return policy.Values{}
}

// signer gives the keys of a caller who signed.
func (c callContext) signer(key string) policy.Values {
	role, isRole := roleOf(c.x.Identity.UserARN)
	switch key {
	case policy.KeyPrincipalARN:
		if isRole {
			return policy.One(role)
		}
		return policy.One(c.x.Identity.UserARN)
	case policy.KeyPrincipalAccount:
		return policy.One(c.x.Identity.AccountID)
	case policy.KeyPrincipalType:
		if isRole {
			return policy.One("AssumedRole")
		}
		return policy.One("User")
	case policy.KeyUserName:
		if !isRole {
			return policy.One(c.x.Identity.UserARN[strings.LastIndexByte(c.x.Identity.UserARN, '/')+1:])
		}
	}
	return policy.Values{}
}

func (c callContext) header(name string) policy.Values {
	if v := c.x.Request.Header.Get(name); v != nil {
		return policy.One(string(v))
	}
	return policy.Values{}
}

// roleOf returns the ARN of the role of a session's ARN; false for a user's.
func roleOf(arn string) (string, bool) {
	head, session, ok := strings.Cut(arn, ":assumed-role/")
	if !ok {
		return "", false
	}
	name, _, _ := strings.Cut(session, "/")
	return strings.Replace(head, ":sts:", ":iam:", 1) + ":role/" + name, true
}
