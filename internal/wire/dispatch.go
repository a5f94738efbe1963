package wire

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/google/uuid"

	"github.com/dipylon/dipylon/internal/gateway"
)

// Principal is who signed a request, and for what.
type Principal struct {
	// AccessKeyID is the key's public part, Name the configured name behind it.
	AccessKeyID, Name string
	// Account owns the resources; empty means the server's own.
	Account string
	// Service and Region come from the credential scope.
	Service, Region string
	// ReadOnly principals may call only what changes nothing.
	ReadOnly bool
}

// Authenticator tells who sent a request; payload is the body as it was sent. Errors that are an [AuthError] are answered as such, all others as internal
// failures.
type Authenticator interface {
	Authenticate(r *http.Request, payload []byte) (Principal, error)
}

// DefaultMaxBody is the limit of a request's body in bytes, before and after decompression.
const DefaultMaxBody = 10 << 20

// Options is what a [Server] is made of. Services, Authenticator and Account are required.
type Options struct {
	Services      []*Service
	Authenticator Authenticator
	// Account is the account of principals that have none of their own.
	Account string
	// MaxBody limits request bodies, in bytes; 0 means [DefaultMaxBody].
	MaxBody int64
	// Log gets internal failures, and refusals at debug level; nil discards them.
	Log *slog.Logger
}

// Server is the control plane's HTTP handler: it authenticates, picks service and operation, decodes, validates,
// invokes and encodes.
type Server struct{ Options }

// NewServer returns a server for the options.
func NewServer(o Options) *Server {
	if o.MaxBody == 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Server{o}
}

// turn is one request on its way through the server. What is not known yet when it fails is nil or empty.
type turn struct {
	inbound
	call      Call
	principal Principal
	service   *Service
	protocol  Protocol
	match     match
}

// ServeHTTP answers an AWS request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t := &turn{inbound: inbound{http: r}}
	t.call.RequestID = uuid.NewString()
	t.call.BaseURL = baseURL(r)
	t.call.TraceID = r.Header.Get("X-Amzn-Trace-Id")
	t.call.UserAgent = r.UserAgent()
	out, err := s.serve(t)
	if err != nil {
		refusal := s.refusal(t, err)
		out = codecOf(t.protocol).fail(t.service, refusal, t.call.RequestID)
	}
	s.write(w, t, out)
}

func (s *Server) serve(t *turn) (outbound, error) {
	if err := s.admit(t); err != nil {
		return outbound{}, err
	}
	if err := s.choose(t); err != nil {
		return outbound{}, err
	}
	if err := t.permit(); err != nil {
		return outbound{}, err
	}
	method := t.service.methods[t.match.op.Name]
	input := method.newInput()
	c := codecOf(t.protocol)
	if err := c.decode(t.service, t.match, &t.inbound, input); err != nil {
		return outbound{}, err
	}
	if err := t.service.validate(t.match.op, input); err != nil {
		return outbound{}, err
	}
	output, err := invoke(t.http.Context(), method, &t.call, input)
	if err != nil {
		return outbound{}, err
	}
	return c.encode(t.service, t.match.op, output, t.call.RequestID)
}

// admit reads the body, tells the protocol and authenticates.
func (s *Server) admit(t *turn) error {
	limit := s.limit(t.http)
	body, err := readLimited(t.http.Body, limit)
	t.body = body
	t.protocol = guess(&t.inbound)
	if err != nil {
		return err
	}
	principal, err := s.Authenticator.Authenticate(t.http, t.body)
	var refused AuthError
	if errors.As(err, &refused) {
		return refused.Refusal(t.protocol)
	}
	if err != nil {
		return fmt.Errorf("authenticate: %w", err)
	}
	if principal.Account == "" {
		principal.Account = s.Account
	}
	t.principal = principal
	t.call.Tenant = gateway.Tenant{Account: principal.Account, Region: principal.Region}
	t.call.AccessKeyID, t.call.Identity = principal.AccessKeyID, principal.Name
	if t.http.Header.Get("Content-Encoding") == "gzip" {
		t.body, err = gunzip(t.body, limit)
	}
	return err
}

// limit is how long the body may be: it is read before the signature, which names the service, can be verified. So a
// service with long bodies has them for the paths of its own operations.
func (s *Server) limit(r *http.Request) int64 {
	limit := s.MaxBody
	for _, svc := range s.Services {
		if svc.model.MaxBody <= limit {
			continue
		}
		if _, ok := svc.router.find(r); ok {
			limit = svc.model.MaxBody
		}
	}
	return limit
}

// choose finds service and operation.
func (s *Server) choose(t *turn) error {
	t.service = s.find(t.principal.Service, t.http.URL.EscapedPath())
	if t.service == nil {
		return notBuilt("The service " + t.principal.Service + " is not built in Dipylon.")
	}
	t.protocol = t.service.protocolFor(t.protocol)
	found, err := codecOf(t.protocol).find(t.service, &t.inbound)
	if err != nil {
		return err
	}
	t.match = found
	t.call.Service, t.call.Operation = t.service.model.Name, found.op.Name
	if !found.op.Built {
		return notBuilt("The operation " + t.call.Service + ":" + t.call.Operation + " is not built in Dipylon yet.")
	}
	return nil
}

func notBuilt(message string) *Error {
	return &Error{Code: "NotImplementedException", Message: message, Status: http.StatusNotImplemented}
}

// find returns the service of a credential scope's name with the longest prefix of the path.
func (s *Server) find(signingName, path string) *Service {
	var best *Service
	for _, svc := range s.Services {
		m := svc.model
		if m.SigningName != signingName || !strings.HasPrefix(path, m.PathPrefix) {
			continue
		}
		if best == nil || len(m.PathPrefix) > len(best.model.PathPrefix) {
			best = svc
		}
	}
	return best
}

// invoke calls the handler. A panic of it is an error that callers see as an internal failure.
func invoke(ctx context.Context, m Method, call *Call, input any) (output any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{value: p, stack: debug.Stack()}
		}
	}()
	return m.invoke(ctx, call, input)
}

type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// refusal turns any error into what the caller may see, and logs the rest.
func (s *Server) refusal(t *turn, err error) *Error {
	log := s.Log.With("request", t.call.RequestID, "service", t.call.Service, "operation", t.call.Operation)
	if e, ok := asError(err); ok {
		log.Debug("control call refused", "code", e.Code)
		return e
	}
	var p *panicError
	if errors.As(err, &p) {
		log = log.With("stack", string(p.stack))
	}
	log.Error("control call failed", "error", err)
	return &Error{
		Code:    "InternalFailure",
		Message: "The request processing has failed because of an unknown error, exception or failure.",
		Status:  http.StatusInternalServerError,
	}
}

func (s *Server) write(w http.ResponseWriter, t *turn, out outbound) {
	header := w.Header()
	for name, value := range out.header {
		header[name] = []string{value} // not Set, which would change AWS's case
	}
	header["x-amzn-RequestId"] = []string{t.call.RequestID}
	if out.status == http.StatusNoContent {
		w.WriteHeader(out.status)
		return
	}
	var body io.Reader = bytes.NewReader(out.body)
	if out.stream != nil {
		body = out.stream
	} else {
		header.Set("Content-Length", fmt.Sprint(len(out.body)))
	}
	w.WriteHeader(out.status)
	if out.stream != nil {
		w = flushing{w}
	}
	if _, err := io.Copy(struct{ io.Writer }{w}, body); err != nil {
		s.Log.Debug("answer not sent", "request", t.call.RequestID, "error", err)
	}
	if closer, ok := out.stream.(io.Closer); ok {
		_ = closer.Close()
	}
}

// flushing sends each piece of a stream on as it comes.
type flushing struct{ http.ResponseWriter }

// Write implements io.Writer.
func (w flushing) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	if err == nil {
		err = http.NewResponseController(w.ResponseWriter).Flush()
	}
	return n, err
}

var errTooLarge = &Error{Code: "RequestEntityTooLargeException", Message: "Request Entity Too Large", Status: http.StatusRequestEntityTooLarge}

func readLimited(r io.Reader, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, serializationError("The request body could not be read.")
	}
	if int64(len(body)) > limit {
		return nil, errTooLarge
	}
	return body, nil
}

func gunzip(body []byte, limit int64) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, serializationError("The request body is not valid gzip.")
	}
	return readLimited(r, limit)
}

func baseURL(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
