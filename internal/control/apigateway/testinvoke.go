package apigateway

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/trial"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// Trials make calls that no client makes; [trial.Runner] does.
type Trials interface {
	Method(ctx context.Context, m *trial.Method) (*trial.Result, error)
	Authorizer(ctx context.Context, a *trial.Authorizer) (*trial.Judgment, error)
}

// TestInvokeMethod calls a method of the API as it is now, whoever may call it
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-test-method.html).
func (s *Service) TestInvokeMethod(ctx context.Context, call *wire.Call, in *gen.TestInvokeMethodInput) (*gen.TestInvokeMethodOutput, error) {
	m := &trial.Method{
		Tenant: call.Tenant, ResourceID: in.ResourceId, Verb: in.HttpMethod,
		StageVariables: in.StageVariables,
		Request:        trial.Request{Target: text(in.PathWithQueryString), Header: trialHeader(in.Headers, in.MultiValueHeaders), Body: text(in.Body)},
		Caller:         callerOf(call),
	}
	err := s.view(ctx, call, func(r reader) error {
		if err := r.checkTrial(in); err != nil {
			return err
		}
		if err := r.readPrivate(m, text(in.ClientCertificateId)); err != nil {
			return err
		}
		var err error
		m.API, err = r.freeze(in.RestApiId)
		return err
	})
	if err != nil {
		return nil, err
	}
	result, err := s.Trials.Method(ctx, m)
	if errors.Is(err, trial.ErrRequest) || errors.Is(err, trial.ErrResponse) {
		return nil, badRequest("%s", err)
	}
	if err != nil {
		return nil, err
	}
	out := &gen.TestInvokeMethodOutput{
		Status: new(int32(result.Status)), Body: &result.Body, Log: &result.Log, Latency: new(result.Latency.Milliseconds()), //nolint:gosec // a status has three digits
		Headers: map[string]string{}, MultiValueHeaders: map[string][]string{},
	}
	for _, f := range result.Header {
		out.Headers[f.Name] = f.Value
		out.MultiValueHeaders[f.Name] = append(out.MultiValueHeaders[f.Name], f.Value)
	}
	return out, nil
}

func callerOf(call *wire.Call) trial.Caller {
	return trial.Caller{
		AccessKeyID: call.AccessKeyID, UserAgent: call.UserAgent,
		ARN: "arn:aws:iam::" + call.Tenant.Account + ":user/" + call.Identity,
	}
}

// checkTrial wants the method, or one of its resource that takes every verb (recorded: test_failed_invoke_test_method).
func (r reader) checkTrial(in *gen.TestInvokeMethodInput) error {
	_, _, err := r.method(methodRef{in.RestApiId, in.ResourceId, in.HttpMethod})
	if err == nil {
		return nil
	}
	if _, _, anyErr := r.method(methodRef{in.RestApiId, in.ResourceId, gateway.MethodAny}); anyErr == nil {
		return nil
	}
	return err
}

// readPrivate reads what a method's back end may be reached with.
func (r reader) readPrivate(m *trial.Method, certificateID string) error {
	if certificateID != "" {
		certificate, err := r.certificate(certificateID)
		if err != nil {
			return err
		}
		m.Certificate = &certificate
	}
	links, err := values(state.RestVPCLinks().List(r, store.Range{Tenant: r.tenant.String()}))
	m.Links = make(map[string]gateway.RestVPCLink, len(links))
	for _, link := range links {
		m.Links[link.ID] = link
	}
	return err
}

// trialHeader makes one list of both maps. A name that has several values has no other.
func trialHeader(single map[string]string, multi map[string][]string) (header []trial.Field) {
	names := maps.Clone(single)
	if names == nil {
		names = map[string]string{}
	}
	for name := range multi {
		names[name] = ""
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		values, ok := multi[name]
		if !ok {
			values = []string{single[name]}
		}
		for _, value := range values {
			header = append(header, trial.Field{Name: name, Value: value})
		}
	}
	return header
}
