package iam

import (
	"context"

	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/iam"
)

// GetUser names the configured identity behind the key that signed, as sts:GetCallerIdentity does. There are no other
// users.
func (s *Service) GetUser(_ context.Context, call *wire.Call, in *gen.GetUserInput) (*gen.GetUserOutput, error) {
	if name := or(in.UserName, call.Identity); name != call.Identity {
		return nil, noSuchEntity("The user with name %s cannot be found.", name)
	}
	return &gen.GetUserOutput{User: &gen.User{
		Arn: new("arn:aws:iam::" + call.Tenant.Account + ":user/" + call.Identity), CreateDate: &s.started, Path: new("/"),
		UserId: &call.AccessKeyID, UserName: &call.Identity,
	}}, nil
}
