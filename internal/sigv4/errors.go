package sigv4

import (
	"fmt"
	"net/http"
)

// Kind says why a request was refused.
type Kind int

// The kinds of refusal.
const (
	MissingToken       Kind = iota // nothing on the request is meant as a signature
	Incomplete                     // a signature that cannot be read
	InvalidSignature               // wrong signature, scope or date
	UnknownClient                  // unknown access key or session token
	ExpiredToken                   // a temporary credential past its end
	UnsignedHeaders                // x-amz-* headers that the signature does not cover
	MalformedQuery                 // a query string with a broken escape
	UnsupportedPayload             // a payload form that is not verified, such as STREAMING-*
)

// Family is a group of protocols that report refusals alike.
type Family int

// The families. Clients of rpc-v2-cbor are answered as those of JSON.
const (
	RESTJSON Family = iota // rest-json, and API Gateway's data plane
	JSON                   // json 1.0 and 1.1
	Query                  // query with XML answers
)

// Error is a refused request. Its texts hold nothing that the caller did not send, but they can hold the whole
// canonical request and so belong in the answer rather than in a log.
type Error struct {
	Kind    Kind
	Message string
}

// Error returns the message.
func (e *Error) Error() string { return "sigv4: " + e.Message }

// Answer is how a refusal goes to the caller.
type Answer struct {
	Code    string // the error code or type, without a namespace
	Message string
	Status  int // the HTTP status
}

// Answer words e as services of family f do.
func (e *Error) Answer(f Family) Answer {
	row := answers[e.Kind]
	a := Answer{Code: row.exception, Message: e.Message, Status: row.restJSON}
	switch f {
	case RESTJSON:
	case JSON:
		a.Status = row.json
	case Query:
		a.Code, a.Status = row.query, row.queryStatus
	}
	if e.Kind == MissingToken && f != RESTJSON {
		a.Message = "Request is missing Authentication Token"
	}
	return a
}

// answers follows the "Common Errors" pages of IAM and STS for query, and for the others recordings of Kinesis,
// DynamoDB, CloudWatch Logs (400) and API Gateway (403).
var answers = [...]struct {
	query       string
	queryStatus int
	exception   string
	json        int
	restJSON    int
}{
	MissingToken:       {"MissingAuthenticationToken", 403, "MissingAuthenticationTokenException", 400, 403},
	Incomplete:         {"IncompleteSignature", 400, "IncompleteSignatureException", 400, 403},
	InvalidSignature:   {"SignatureDoesNotMatch", 403, "InvalidSignatureException", 400, 403},
	UnknownClient:      {"InvalidClientTokenId", 403, "UnrecognizedClientException", 400, 403},
	ExpiredToken:       {"ExpiredToken", 403, "ExpiredTokenException", 400, 403},
	UnsignedHeaders:    {"AccessDenied", 403, "AccessDeniedException", 400, 403},
	MalformedQuery:     {"MalformedQueryString", 404, "MalformedQueryString", 400, 400},
	UnsupportedPayload: {"NotImplemented", http.StatusNotImplemented, "NotImplemented", 501, 501},
}

func refuse(k Kind, message string) error { return &Error{Kind: k, Message: message} }

func refusef(k Kind, format string, args ...any) error {
	return refuse(k, fmt.Sprintf(format, args...))
}
