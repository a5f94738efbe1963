package wire

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"reflect"
)

// inbound is a request whose body has been read.
type inbound struct {
	http *http.Request
	body []byte
}

// outbound is an answer before it is written. A stream, when there is one, is the body.
type outbound struct {
	status int
	header map[string]string
	body   []byte
	stream io.Reader
}

// codec speaks one protocol. Codecs have no state.
type codec interface {
	// find returns the operation that the request names.
	find(s *Service, in *inbound) (match, error)
	// decode fills the operation's generated input.
	decode(s *Service, m match, in *inbound, input any) error
	// encode renders a generated output; the request id goes into bodies that hold one.
	encode(s *Service, op *Operation, output any, requestID string) (outbound, error)
	// fail renders a refusal; s is nil when the service is not known.
	fail(s *Service, e *Error, requestID string) outbound
}

func codecOf(p Protocol) codec {
	switch p {
	case JSON10:
		return awsJSON{contentType: "application/x-amz-json-1.0", qualified: true}
	case JSON11:
		return awsJSON{contentType: "application/x-amz-json-1.1"}
	case Query:
		return awsQuery{}
	case RPCv2CBOR:
		return rpcv2CBOR{}
	case RestJSON:
		return restJSON{}
	}
	return restJSON{}
}

// guess tells the protocol of a request from its headers, before the service is known.
func guess(in *inbound) Protocol {
	h := in.http.Header
	// Of a malformed Content-Type nothing is left, which is as good as none.
	contentType, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	switch {
	case h.Get("Smithy-Protocol") == "rpc-v2-cbor":
		return RPCv2CBOR
	case contentType == "application/x-amz-json-1.0":
		return JSON10
	case contentType == "application/x-amz-json-1.1", h.Get("X-Amz-Target") != "":
		return JSON11
	case in.http.URL.Query().Has("Action"):
		return Query
	case contentType == "application/x-www-form-urlencoded" && bytes.Contains(in.body, []byte("Action=")):
		return Query
	default:
		return RestJSON
	}
}

// protocolFor returns the guess when the service speaks it, or else what the service prefers.
func (s *Service) protocolFor(guessed Protocol) Protocol {
	if s.speaks(guessed) {
		return guessed
	}
	return s.model.Protocols[0]
}

// errorBody returns the members of a modelled error besides its message.
func (e *Error) errorBody() object {
	if e.Details == nil {
		return nil
	}
	return newEncoder(e.Shapes).structure(&e.Shapes[e.Shape], reflect.ValueOf(e.Details).Elem())
}

// messageName is what the message is called on the wire.
func (e *Error) messageName() string {
	if e.Details == nil {
		return "message"
	}
	return e.Shapes[e.Shape].MessageName
}

// shapeOf returns the table's entry, or an empty structure for NoShape.
func (s *Service) shapeOf(id ShapeID) *Shape {
	if id == NoShape {
		return &Shape{Kind: Structure}
	}
	return &s.model.Shapes[id]
}

// operation finds a built or known operation by name.
func (s *Service) operation(name string) (match, bool) {
	op, ok := s.operations[name]
	return match{op: op}, ok
}
