package wire

import "errors"

// Error is a refusal in AWS's terms. Codecs render it in the protocol that the caller speaks.
type Error struct {
	// Code is the error's shape or protocol-level name, such as "NotFoundException".
	Code string
	// QueryCode is the code in the query protocol where it differs.
	QueryCode string
	Message   string
	// Status is the HTTP status; 500 and above make it the service's fault, the rest the sender's.
	Status int

	// Details is the modelled error, whose members besides the message go along; Shape describes it in Shapes. Errors
	// of the protocol itself have none.
	Details any
	Shape   ShapeID
	Shapes  Shapes
}

// Error returns code and message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// WireError returns e itself.
func (e *Error) WireError() *Error { return e }

// Modelled is an error that AWS has a shape for; generated error types satisfy it.
type Modelled interface {
	error
	WireError() *Error
}

// AuthError is how an [Authenticator] says why it refuses a request. Codes, statuses and texts differ between protocols.
type AuthError interface {
	error
	// Refusal words the error for the protocol that the request speaks.
	Refusal(p Protocol) *Error
}

// asError finds the wire error in err, or returns false for an error that callers must not see.
func asError(err error) (*Error, bool) {
	var m Modelled
	if errors.As(err, &m) {
		return m.WireError(), true
	}
	return nil, false
}
