// Package sts answers AWS's Security Token Service as far as clients of a gateway need it: who am I.
//
// It may import wire and its generated types.
package sts

import (
	"context"

	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/sts"
)

// Service implements the operations.
type Service struct{}

var _ gen.Handler = Service{}

// GetCallerIdentity names the account and the configured identity behind the key that signed
// (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html).
func (Service) GetCallerIdentity(_ context.Context, call *wire.Call, _ *gen.GetCallerIdentityInput) (*gen.GetCallerIdentityOutput, error) {
	return &gen.GetCallerIdentityOutput{
		Account: &call.Tenant.Account,
		Arn:     new("arn:aws:iam::" + call.Tenant.Account + ":user/" + call.Identity),
		UserId:  &call.AccessKeyID,
	}, nil
}
