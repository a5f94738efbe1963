// Package exchange holds one call in flight, typed, from the moment its head was read to the moment its response was
// written. It knows nothing of the HTTP engine in front, of the store or of AWS's wire formats: listeners fill an
// [Exchange], steps read and change it, and the listener writes what it finds in Response.
//
// It may use the standard library only.
package exchange

import (
	"net/netip"
	"time"
)

// Exchange is one call. It is pooled: every slice reachable from it, headers and bodies included, is valid until the
// listener has written the response, and not a moment longer. Who keeps one longer copies it.
//
// One goroutine at a time works on an exchange.
type Exchange struct {
	Request  Request
	Response Response

	// ID is AWS's request id: what the caller gets back and what every log line carries.
	ID []byte
	// ExtendedID is a REST API's second id of the call, x-amz-apigw-id.
	ExtendedID []byte
	// REST says that a REST API takes the call.
	REST bool
	// Received is when the head of the request had been read.
	Received time.Time

	// Route is filled by the program: where the call was matched.
	Route Matched
	// Fault is why the call was refused; nil while it is not.
	Fault *Fault
	// Identity is who calls, as far as authorization has found out.
	Identity Identity
	// Usage is the usage plan that the call counts for; nil without one.
	Usage Usage
	// Phases tell how a REST API's authorization went.
	Phases Phases
	// Outgoing is what parameter mapping changes on the way to the back end.
	Outgoing Outgoing
	// Cache tells what the cache of a REST API's stage has to do with the call.
	Cache Cache
	// Integration tells what the back end did.
	Integration Integration
	// Templates is what the mapping templates of the call share; internal/template's, nil before one needs it.
	Templates any
	// Journal takes what an execution log says of the call; nil without one.
	Journal *Journal
	// Trial says that TestInvokeMethod or TestInvokeAuthorizer makes the call; nil for a client's.
	Trial *Trial

	arena, trace, traceparent []byte
}

// Request is what the client sent.
type Request struct {
	Method []byte
	// Path is the target's path as sent, escapes and all, beginning with a slash; for a call under a stage's prefix,
	// with the prefix. Query is what stands behind the question mark, without it.
	Path, Query []byte
	// Host is the authority the client named, with its port if it gave one.
	Host   []byte
	Proto  Proto
	TLS    bool
	Header Header
	Body   Body
	// Decoded says that the coding that Content-Encoding names has been taken off the body. The field is as it was sent.
	Decoded bool
	// Remote is the client's address as the listener saw it, Local the listener's own.
	Remote, Local netip.AddrPort
}

// Response is what the client gets. Status 0 means that no step has answered yet.
//
// Header holds neither Content-Length, Transfer-Encoding, Connection nor Date unless a back end's Date is to be kept:
// framing and date are the listener's.
type Response struct {
	Status int
	Header Header
	Body   Body
}

// Matched is where a call was routed.
type Matched struct {
	// APIID, Stage and Key are the API's id, the stage's name and the route key, such as "GET /pets/{id}".
	APIID, Stage, Key string
	// ResourceID and Resource are the id and the path of a REST API's resource.
	ResourceID, Resource string
	// Release tells which of a stage's deployments takes the call.
	Release Release
	// Path is the request's path without the stage, as sent.
	Path []byte
	// BasePath is the path of the custom domain's API mapping that the call matched, without slashes at its ends; empty
	// without one.
	BasePath string
	// Vars are the path variables in the order of the route's template; Names in the compiled route belong to them.
	Vars []PathVar
}

// Release is a closed set: what a stage with a canary serves beside its own deployment.
type Release uint8

// The releases. Only a stage without a canary has but one.
const (
	OnlyRelease Release = iota
	ProductionRelease
	CanaryRelease
)

// PathVar is one path variable: its name in the template (without braces and plus) and its value as sent, escaped.
type PathVar struct {
	Name  string
	Value []byte
}

// Identity is a caller. What it refers to is shared between calls and never changed.
type Identity struct {
	// Claims are those of a verified JWT; nil without one.
	Claims Claims
	// Scopes are all that the token has, if the route asks for some.
	Scopes []string
	// Error is why an authorizer refused: $context.authorizer.error.
	Error string
	// Principal and Context are what a Lambda authorizer said: principalId, and its context with all values as strings.
	// ContextJSON is the context as events have it, a JSON object or null; nil without a Lambda authorizer.
	Principal   string
	Context     map[string]string
	ContextJSON []byte
	// Latency is how long a REST API's authorizer's function took; 0 if its answer was remembered.
	Latency time.Duration
	// UsageKey is the API key that a REST API's authorizer named: usageIdentifierKey.
	UsageKey string
	// APIKey and APIKeyID are of the API key that the call counts for; empty without one.
	APIKey, APIKeyID string
	// MayInvalidate says that the caller may have a cached response replaced.
	MayInvalidate bool
	// AccountID, Caller, User, UserARN and AccessKey are of a caller who signed (AWS_IAM).
	AccountID, Caller, User, UserARN, AccessKey string
	// VPCEndpoint and VPC are what the call of a private API came through; empty for any other.
	VPCEndpoint, VPC string
}

// Claims are a token's claims as AWS writes them into contexts: all strings.
type Claims interface {
	// Claim returns the value of a claim, and whether the token has it.
	Claim(name string) (value string, ok bool)
	// Len is the number of claims, and At returns each of them in the order of their names.
	Len() int
	At(i int) (name, value string)
}

// Cache is how a call meets the cache of its stage.
type Cache struct {
	// Hit says that the response comes from the cache.
	Hit bool
	// Warn says that the client asked in vain for a response of the back end, and is to be told.
	Warn bool
	// Key is under what the response is to be kept; nil if it is not. Epoch is the cache's when it was looked up.
	Key   []byte
	Epoch uint64
}

// Usage is what an API key has of a usage plan.
type Usage interface {
	// Spend counts a call, or returns an error, in AWS's words, when the plan's quota is used up.
	Spend(now time.Time) error
}

// Integration is what is known of the call to the back end.
type Integration struct {
	// Status is the back end's own status, 0 when there was none. A function's is what it answered; ServiceStatus is then
	// Lambda's.
	Status, ServiceStatus int
	// Selector is what a REST API chooses its integration response by, where that is not Status: a function's error message,
	// empty but not nil if it had none.
	Selector []byte
	// Latency is the time from sending the request to having read the response's head; 0 when nothing was sent.
	Latency time.Duration
	// Streamed says that the answer is passed on as it comes, because the integration wants that.
	Streamed bool
	// Error is why the back end could not be called, for logs; empty when it answered.
	Error string
	// RequestID and RequestID2 are AWS services' own ids of the call: x-amzn-requestid (or x-amz-request-id) and x-amz-id-2.
	RequestID, RequestID2 []byte
	// Header is the head that goes to the back end, end-to-end fields only.
	Header Header
}

// Proto is an HTTP version.
type Proto uint8

// The versions that listeners accept.
const (
	HTTP11 Proto = iota
	HTTP10
	HTTP2
)

// String returns the version as AWS's $context.protocol names it; HTTP APIs say HTTP/1.1 for HTTP/2 clients too
// (recorded: aws-behaviour-http-api.md, fact 30), which is the log's business, not this method's.
func (p Proto) String() string {
	switch p {
	case HTTP10:
		return "HTTP/1.0"
	case HTTP2:
		return "HTTP/2.0"
	default:
		return "HTTP/1.1"
	}
}

// Answered reports whether a step has produced a response.
func (x *Exchange) Answered() bool { return x.Response.Status != 0 }

// Alloc returns n bytes that stay valid as long as the exchange, taken from memory that the exchange reuses from call
// to call. The bytes are not zeroed.
func (x *Exchange) Alloc(n int) []byte {
	if len(x.arena)+n > cap(x.arena) {
		x.arena = make([]byte, 0, max(2*cap(x.arena), n, arenaSize))
	}
	start := len(x.arena)
	x.arena = x.arena[:start+n]
	return x.arena[start : start+n : start+n]
}

// Copy returns a copy of b that stays valid as long as the exchange.
func (x *Exchange) Copy(b []byte) []byte {
	c := x.Alloc(len(b))
	copy(c, b)
	return c
}

// arenaSize holds the heads of a usual call. An exchange whose arena has grown past arenaKeep gives it back.
const (
	arenaSize = 4 << 10
	arenaKeep = 64 << 10
)

// Reset empties the exchange for the next call and keeps its memory.
func (x *Exchange) Reset() {
	reqFields, outFields, respFields := x.Request.Header, x.Integration.Header, x.Response.Header
	vars, edits, mapped, arena := x.Route.Vars, x.Outgoing.Edits, x.Outgoing.Vars, x.arena
	reqFields.Reset()
	outFields.Reset()
	respFields.Reset()
	clear(vars)
	clear(edits)
	clear(mapped)
	if cap(arena) > arenaKeep {
		arena = nil
	}
	*x = Exchange{}
	x.Request.Header, x.Integration.Header, x.Response.Header = reqFields, outFields, respFields
	x.Route.Vars, x.Outgoing.Edits, x.Outgoing.Vars, x.arena = vars[:0], edits[:0], mapped[:0], arena[:0]
}
