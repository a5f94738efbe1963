package integrate

import (
	"context"
	"fmt"

	"github.com/dipylon/dipylon/internal/backend"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
)

// Groups finds the back ends behind the ARN of a load balancer's listener or of a Cloud Map service;
// [backend.Registry] does.
type Groups interface {
	Find(arn string) (*backend.Group, bool)
}

// Private returns the step of a private integration, an HTTP_PROXY integration behind a VPC link
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-private.html): the call
// goes on with its own path, before which stands the stage's name, to a back end of the group that the ARN names. The
// back end is told the client's host, as in a capture of a Cloud Map integration (public code index, document
// 7917721530). An ARN that names no group is AWS's 503.
func Private(cfg HTTPProxyConfig, groups Groups, stage string) exchange.Step {
	group, ok := groups.Find(cfg.Integration.URI)
	if !ok {
		return unresolved(cfg.Integration.URI)
	}
	if cfg.Integration.ServerNameToVerify != "" {
		group = group.OverTLS(cfg.Integration.ServerNameToVerify)
	}
	prefix := "/" + stage
	if stage == gateway.DefaultStage {
		prefix = ""
	}
	p := newHTTPProxy(cfg, &template{path: []piece{{literal: prefix}}})
	p.group, p.wholePath = group, true
	return p.step(cfg.Integration.URI + " (" + group.String() + ")")
}

func unresolved(arn string) exchange.Step {
	cause := noGroup(arn)
	return exchange.Step{Name: Name, Detail: "refuse: " + cause.Error(), Run: func(_ context.Context, x *exchange.Exchange) error {
		x.Integration.Error = cause.Error()
		return exchange.Refuse(exchange.KindIntegrationFailure, cause)
	}}
}

func noGroup(arn string) error {
	return fmt.Errorf("no entry of the setting backends has the ARN %s", arn)
}
