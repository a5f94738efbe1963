package gateway

import (
	"strconv"
	"strings"
	"time"
)

// Function is a Lambda function: what belongs to its name, with the version that can still be changed.
type Function struct {
	Name string
	// Latest is $LATEST.
	Latest FunctionVersion
	// LastVersion is the number of the version that was published last, 0 before the first. Numbers are never used again.
	LastVersion int
	// Reserved is the reserved concurrency: calls that may run at once; nil leaves the function to the account's limit.
	Reserved *int
	// RecursiveLoop is Terminate or Allow; UpdateRuntimeOn is Auto, FunctionUpdate or Manual.
	RecursiveLoop, UpdateRuntimeOn string
	Tags                           map[string]string
	CreatedAt                      time.Time
}

// FunctionVersion is a function's code and configuration: $LATEST, or a published version, which never changes again.
type FunctionVersion struct {
	// Version is "$LATEST" or a number.
	Version, Description          string
	Runtime, Handler, Role        string
	MemoryMB, EphemeralMB         int
	Timeout                       time.Duration
	Environment                   map[string]string
	Layers                        []FunctionLayer
	Architecture                  string
	Code                          FunctionCode
	LogFormat, LogGroup           string
	ApplicationLevel, SystemLevel string
	TracingMode, KMSKeyARN        string
	DeadLetterARN                 string
	// Network is the VPC that the function asks for; nil for none. It is told and joined by nothing.
	Network                    *FunctionNetwork
	State, StateReason         string
	StateReasonCode            string
	UpdateStatus, UpdateReason string
	UpdateReasonCode           string
	// RevisionID changes with every change of this version; ModifiedAt is when that was.
	RevisionID string
	ModifiedAt time.Time
}

// FunctionNetwork is a function's place in a VPC.
type FunctionNetwork struct {
	Subnets, SecurityGroups []string
	// DualStack lets the function use IPv6.
	DualStack bool
}

// FunctionCode is where a version's code is.
type FunctionCode struct {
	// SHA256 is the zip's digest in base64, as AWS shows it, and Size its length in bytes.
	SHA256 string
	Size   int64
	// Dir is the directory of a hot-reload function, which is run from where it stands; empty for a zip.
	Dir string
}

// FunctionLayer is a layer version that a function uses.
type FunctionLayer struct {
	// ARN is the layer version's; Code its zip.
	ARN  string
	Code FunctionCode
}

// FunctionAlias is a name for one version, or for two with weights.
type FunctionAlias struct {
	Name, Version, Description string
	// Additional are other versions with their share of the calls, from 0 to 1.
	Additional map[string]float64
	RevisionID string
}

// FunctionPolicy is the resource policy of a function, or of one of its versions or aliases.
type FunctionPolicy struct {
	// Statements are in the order of their making, each a statement of a policy document (JSON).
	Statements []FunctionStatement
	RevisionID string
}

// FunctionStatement is one AddPermission.
type FunctionStatement struct {
	ID   string
	JSON string
}

// FunctionEventConfig is how a function's asynchronous calls are treated. Nil members are AWS's defaults.
type FunctionEventConfig struct {
	MaxRetries *int
	MaxAge     *time.Duration
	ModifiedAt time.Time
}

// FunctionProvisioned asks for workers that are kept initialised.
type FunctionProvisioned struct {
	Requested  int
	ModifiedAt time.Time
}

// Layer is what belongs to a layer's name.
type Layer struct {
	Name string
	// LastVersion is the number of the newest version; numbers are never used again.
	LastVersion int
}

// LayerVersion is one version of a layer. It never changes but for its policy.
type LayerVersion struct {
	Name          string
	Version       int
	Description   string
	Runtimes      []string
	Architectures []string
	License       string
	Code          FunctionCode
	Policy        FunctionPolicy
	CreatedAt     time.Time
}

// LatestVersion is the version that a function's changes go to.
const LatestVersion = "$LATEST"

// FunctionARN returns the ARN of a function, or with a qualifier of one of its versions or aliases
// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html).
func FunctionARN(t Tenant, name, qualifier string) string {
	arn := "arn:aws:lambda:" + t.Region + ":" + t.Account + ":function:" + name
	if qualifier != "" {
		arn += ":" + qualifier
	}
	return arn
}

// LayerARN returns the ARN of a layer.
func LayerARN(t Tenant, name string) string {
	return "arn:aws:lambda:" + t.Region + ":" + t.Account + ":layer:" + name
}

// LayerVersionARN returns the ARN of a version of a layer.
func LayerVersionARN(t Tenant, name string, version int) string {
	return LayerARN(t, name) + ":" + strconv.Itoa(version)
}

// FunctionRef names a function, and perhaps one of its versions or aliases.
type FunctionRef struct {
	Tenant          Tenant
	Name, Qualifier string
}

// ARN returns the reference as an ARN.
func (r FunctionRef) ARN() string { return FunctionARN(r.Tenant, r.Name, r.Qualifier) }

// ParseFunctionARN reads what [FunctionARN] wrote. The partition may be any.
func ParseFunctionARN(arn string) (FunctionRef, bool) {
	const fields = 7
	parts := strings.Split(arn, ":")
	if len(parts) != fields && len(parts) != fields+1 || parts[0] != "arn" || parts[2] != "lambda" || parts[5] != "function" {
		return FunctionRef{}, false
	}
	ref := FunctionRef{Tenant: Tenant{Account: parts[4], Region: parts[3]}, Name: parts[6]}
	if len(parts) > fields {
		ref.Qualifier = parts[7]
	}
	complete := ref.Name != "" && ref.Tenant.Region != "" && (len(parts) == fields || ref.Qualifier != "")
	return ref, complete
}

// ParseFunctionURI reads how integrations and authorizers name a function: by its ARN, or by the ARN of its invocation,
// arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION-ARN/invocations.
func ParseFunctionURI(uri string) (FunctionRef, bool) {
	const fields, start, end = 6, "2015-03-31/functions/", "/invocations"
	parts := strings.SplitN(uri, ":", fields)
	if len(parts) < fields || parts[0] != "arn" || parts[2] != "apigateway" || parts[4] != "lambda" {
		return ParseFunctionARN(uri)
	}
	path, ok := strings.CutPrefix(parts[5], "path/")
	if !ok {
		return FunctionRef{}, false
	}
	arn, ok := strings.CutPrefix(strings.TrimPrefix(path, "/"), start) // the developer guide writes it with two slashes, too
	if !ok {
		return FunctionRef{}, false
	}
	if arn, ok = strings.CutSuffix(arn, end); !ok {
		return FunctionRef{}, false
	}
	return ParseFunctionARN(arn)
}
