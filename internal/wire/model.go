package wire

// Model describes a service: what it is called, which protocols its clients speak, its shapes and its operations. Models
// are generated constant tables; nothing changes them.
type Model struct {
	// Name is the short name that selects the package under gen, such as "apigatewayv2"; Title is the name for people.
	Name, Title string
	// SigningName is the service's name in a credential scope. Several services may share it; PathPrefix then tells them
	// apart, the longest prefix winning.
	SigningName, PathPrefix string
	// Version is the API's date, such as "2018-11-29".
	Version string
	// Protocols lists what the service speaks, the preferred one first.
	Protocols []Protocol
	// Namespace qualifies shape ids in rpc-v2-cbor errors, such as "com.amazonaws.cloudwatch".
	Namespace string
	// TargetPrefix is the part of X-Amz-Target before the dot and the service's name in the paths of rpc-v2-cbor.
	TargetPrefix string
	// XMLNamespace is the namespace of the query protocol's answers.
	XMLNamespace string
	// ValidationCode is the error code of a request that breaks the model's constraints; empty means ValidationException.
	ValidationCode string
	// ValidationRoot starts the paths in validation messages with the operation's input, as in "updateRestApiInput.name".
	// What does not travel in the body stands there without it. It also leaves out of an element's constraints that it may
	// not be null: API Gateway words both so.
	ValidationRoot bool
	// HidesValues leaves the caller's values out of validation messages.
	HidesValues bool
	// EmptyClears lets an empty string in an Update operation pass a minimum length: it clears the member.
	EmptyClears bool
	// TrailingSlash lets paths of rest-json end with a slash that no operation has, as older models of a service have it.
	TrailingSlash bool
	// MaxBody is the limit of a request's body in bytes where it is greater than the server's.
	MaxBody int64

	Shapes     Shapes
	Operations []Operation
}

// ShapeID is the index of a shape in its model's table. Zero is no shape.
type ShapeID int

// NoShape stands for an absent shape, such as the output of an operation that has none.
const NoShape ShapeID = 0

// Shapes is a table of shapes; the entry at [NoShape] is empty.
type Shapes []Shape

// Kind is what a shape is made of.
type Kind int

// The kinds of shapes.
const (
	Structure Kind = iota
	List
	Map
	String
	Integer
	Long
	Double
	Boolean
	Timestamp
	Blob
)

// Shape is a type of the model together with its constraints.
type Shape struct {
	Name string
	Kind Kind
	// Members are those of a structure; Payload names the Go field that is the whole body of a rest-json message.
	Members []Member
	Payload string
	// PayloadType is the media type of a payload that is a blob; empty means application/octet-stream.
	PayloadType string
	// Key and Elem are the shapes of a map's keys and of the elements of a map or list.
	Key, Elem ShapeID
	// ElemName, KeyName and ValueName are the query protocol's names; empty means member, key and value.
	ElemName, KeyName, ValueName string
	// Flattened lists and maps have no element of their own in the query protocol.
	Flattened bool
	// Format is the shape's own form of a timestamp.
	Format TimeFormat
	// Min and Max bound the length of strings, blobs, lists and maps, and the value of numbers.
	Min, Max Bound
	// Pattern is a regular expression that the whole of a string matches; empty means any.
	Pattern string
	// Enum lists the values that a string may have; empty means any.
	Enum []string
	// Streaming blobs are an io.Reader in Go.
	Streaming bool
	// Sensitive values are never shown in messages.
	Sensitive bool
	// MessageName is how an error shape calls its message on the wire.
	MessageName string
}

// Bound is a limit that may be absent.
type Bound struct {
	Set   bool
	Value int64
}

// Location says where in an HTTP message a member travels.
type Location int

// The locations. All but InBody are known to rest-json only.
const (
	InBody Location = iota
	InPath
	InQuery
	InHeader
	InHeaderPrefix
	InStatus
)

// Member is a field of a structure.
type Member struct {
	// Field is the Go field; Wire the name on the wire, or the prefix of an InHeaderPrefix member.
	Field, Wire string
	Shape       ShapeID
	Location    Location
	Format      TimeFormat
	Required    bool
	// Exempt members are validated by the handler and by nothing here.
	Exempt bool
	// EmptyNull maps of strings have null on the wire where an entry is empty.
	EmptyNull bool
}

// Operation is one call of a service.
type Operation struct {
	Name string
	// Method and Path are the HTTP binding; the path may hold labels, a greedy label and query literals.
	Method, Path string
	// Status is the HTTP status of success.
	Status        int
	Input, Output ShapeID
	// ResultWrapper is the element around the query protocol's answer.
	ResultWrapper string
	// Built is false for operations that the service knows and refuses.
	Built bool
}

// Protocol is one of AWS's wire protocols.
type Protocol int

// The protocols.
const (
	RestJSON Protocol = iota
	JSON10
	JSON11
	Query
	RPCv2CBOR
)

// TimeFormat is how a timestamp is written.
type TimeFormat int

// The forms of timestamps. DefaultTime is epoch seconds in JSON and CBOR bodies, ISO 8601 in the query protocol and in
// query strings, and an HTTP date in headers.
const (
	DefaultTime TimeFormat = iota
	EpochSeconds
	ISO8601
	HTTPDate
)
