// Package trial runs a method or an authorizer of a REST API as it is now, deployed or not, for TestInvokeMethod and
// TestInvokeAuthorizer: it makes the call that no client made, has it compiled and run, and tells what came of it with the
// log.
//
// It stands beside rollout: it may import compile, exchange, gateway, program and step/authorize.
package trial

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/compile"
	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
)

// Runner runs trials.
type Runner struct {
	world compile.World
}

// New returns a runner for the world that programs use.
func New(world compile.World) *Runner { return &Runner{world} }

// Method is a method of an API, and the call that is to be made to it.
type Method struct {
	Tenant           gateway.Tenant
	API              gateway.RestSnapshot
	ResourceID, Verb string
	StageVariables   map[string]string
	// Certificate is shown to the back end; nil for none. Links are the tenant's VPC links.
	Certificate *gateway.ClientCertificate
	Links       map[string]gateway.RestVPCLink
	Request
	Caller
}

// Request is what the call has.
type Request struct {
	// Target is the path with the query; empty for the resource's own path.
	Target string
	Header []Field
	Body   string
}

// Field is a header field.
type Field struct{ Name, Value string }

// Caller is who asks for the trial.
type Caller struct{ AccessKeyID, ARN, UserAgent string }

// Result is what came of it.
type Result struct {
	Status  int
	Header  []Field
	Body    string
	Latency time.Duration
	Log     string
}

// Why a trial cannot be made or told.
var (
	// ErrRequest is a request that no client could make.
	ErrRequest = errors.New("Invalid request input") //nolint:staticcheck // AWS's words
	// ErrResponse is a response over the payload quota.
	ErrResponse = errors.New("The response is larger than 10 MB") //nolint:staticcheck // it is told to callers
)

// Method makes the call. The error is [ErrRequest], [ErrResponse], the context's, or a method's that is not there.
func (r *Runner) Method(ctx context.Context, m *Method) (*Result, error) {
	resource, verb, err := m.find()
	if err != nil {
		return nil, err
	}
	p, err := compile.RestTrial(compile.RestStage{
		Tenant: m.Tenant, API: m.API.API, Snapshot: m.API, Certificate: m.Certificate, Links: m.Links,
		Stage: gateway.RestStage{Variables: m.StageVariables},
	}, resource.ID, verb, r.world)
	if err != nil {
		return nil, err
	}
	x, err := m.exchange(resource.Path)
	if err != nil {
		return nil, err
	}
	p.Run(ctx, x, x.Request.Path)
	defer func() { _ = x.Response.Body.Close() }()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return m.result(x)
}

// find returns the resource, and the verb of its method that takes the call.
func (m *Method) find() (*gateway.Resource, string, error) {
	i := slices.IndexFunc(m.API.Resources, func(r gateway.Resource) bool { return r.ID == m.ResourceID })
	if i < 0 {
		return nil, "", fmt.Errorf("there is no resource %s", m.ResourceID)
	}
	resource := &m.API.Resources[i]
	for _, verb := range []string{m.Verb, gateway.MethodAny} {
		if resource.Methods[verb] != nil {
			return resource, verb, nil
		}
	}
	return nil, "", fmt.Errorf("resource %s has no method %s", m.ResourceID, m.Verb)
}

// exchange makes the call.
func (m *Method) exchange(path string) (*exchange.Exchange, error) {
	x := &exchange.Exchange{
		ID: []byte(gateway.NewUUID()), Received: time.Now(), Trial: &exchange.Trial{UserAgent: m.UserAgent},
		Journal: &exchange.Journal{Level: exchange.JournalData},
		Identity: exchange.Identity{
			APIKey: exchange.TrialAPIKey, APIKeyID: exchange.TrialAPIKeyID,
			AccountID: m.Tenant.Account, AccessKey: m.AccessKeyID, Caller: m.AccessKeyID, User: m.AccessKeyID, UserARN: m.ARN,
		},
	}
	x.ExtendedID = base64.URLEncoding.AppendEncode(nil, []byte(gateway.NewUUID())[:11])
	target := m.Target
	if target == "" {
		target = path
	}
	if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	target, query, _ := strings.Cut(target, "?")
	x.Request.Method, x.Request.Path, x.Request.Query = []byte(m.Verb), escaped(target), escaped(query)
	x.Request.Host, x.Request.TLS = []byte(exchange.TrialHost), true
	x.Request.Body.Bytes = []byte(m.Body)
	for _, f := range m.Header {
		if !isToken(f.Name) || !isValue(f.Value) {
			return nil, ErrRequest
		}
		x.Request.Header.Add([]byte(f.Name), []byte(f.Value))
	}
	return x, nil
}

// escaped escapes what could not stand in a request's target.
func escaped(target string) []byte {
	const digits = "0123456789ABCDEF"
	var out []byte
	for i := range len(target) {
		if c := target[i]; c <= ' ' || c >= 0x7f || c == '#' {
			out = append(out, '%', digits[c>>4], digits[c&15])
		} else {
			out = append(out, c)
		}
	}
	return out
}

// isToken reports whether a text can be a header field's name (RFC 9110, section 5.6.2).
func isToken(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return name != ""
}

func isValue(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// maxResponse is the payload quota of REST APIs, and maxStreamed what is shown of a stream
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html).
const (
	maxResponse = 10 << 20
	maxStreamed = 1 << 20
)

// result reads the response. What is no text in it is lost, as the operation answers JSON. The ids that clients get are not
// part of it, nor is the type of a gateway response that is AWS's own (recorded: test_failed_invoke_test_method).
func (m *Method) result(x *exchange.Exchange) (*Result, error) {
	body := x.Response.Body.Bytes
	switch {
	case x.Response.Body.Stream == nil:
	case x.Integration.Streamed: // what has come until it ends, or is too much or too late
		body, _ = io.ReadAll(io.LimitReader(x.Response.Body.Stream, maxStreamed))
	default:
		var err error
		if body, err = io.ReadAll(io.LimitReader(x.Response.Body.Stream, maxResponse+1)); err != nil {
			return nil, fmt.Errorf("read the response: %w", err)
		}
		if len(body) > maxResponse {
			return nil, ErrResponse
		}
	}
	out := &Result{
		Status: x.Response.Status, Body: strings.ToValidUTF8(string(body), "\uFFFD"),
		Latency: time.Since(x.Received), Log: x.Journal.Transcript(string(x.ID)),
	}
	if x.Integration.Streamed { // AWS keeps no log of it (response-streaming-troubleshoot)
		out.Log = ""
	}
	for _, f := range x.Response.Header.Fields() {
		switch {
		case exchange.IsID(f.Name):
		case x.Fault != nil && len(m.API.GatewayResponses) == 0 && exchange.EqualFold(f.Name, "Content-Type"):
		default:
			out.Header = append(out.Header, Field{string(f.Name), strings.ToValidUTF8(string(f.Value), "\uFFFD")})
		}
	}
	return out, nil
}
