package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Error says what is wrong with a document, and where.
type Error struct {
	Place        string // such as "Statement[0].Condition.StringEquals.aws:SourceIp[1]"; "" is the document itself
	Line, Column int    // from 1; the column counts bytes
	Detail       string // what is wrong
	AWS          string // the message of IAM's MalformedPolicyDocument for it, never empty
}

// Error returns the place and the detail.
func (e *Error) Error() string {
	place := e.Place
	if place == "" {
		place = "the document"
	}
	return fmt.Sprintf("policy: %s, line %d, column %d: %s", place, e.Line, e.Column, e.Detail)
}

// InvalidResourcePolicy is all that API Gateway says, with BadRequestException, of a resource policy that it does not
// take (aws/chalice issue 2065).
const InvalidResourcePolicy = "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."

// IAM's messages, as seen in public reports of MalformedPolicyDocument. Where no message is known for a fault, the first
// one stands.
const (
	awsSyntax       = "Syntax errors in policy."
	awsNoActions    = "Policy statement must contain actions."
	awsNoResources  = "Policy statement must contain resources."
	awsHasPrincipal = "Policy document should not specify a principal."
	awsNoPrincipal  = "Missing required field Principal"
	awsBadPrincipal = "Invalid principal in policy."
	awsSidTwice     = "Statement IDs (SID) in a single policy must be unique."
	awsSidForm      = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
	awsNoVendor     = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
	awsColons       = "Actions/Condition can contain only one colon."
	awsVendor       = "Vendor %s is not valid"
	awsNoARN        = `Resource %s must be in ARN format or "*".`
	awsVendorRegex  = "Resource vendor must be fully qualified and cannot contain regexes."
	awsCondition    = "Invalid Condition type : %s"
	awsSize         = "Cannot exceed quota for PolicySize: %d"
	awsLegacy       = "The policy failed legacy parsing"
	awsOldVersion   = "Policy document must be version 2012-10-17 or greater."
	awsPartition    = `Partition "%s" is not valid for resource "%s".`
	awsIAMPath      = `IAM resource path must either be "*", root, or start with ` + iamPaths + "."
	awsNotJSON      = "This policy contains invalid Json"
	awsProhibited   = "Has prohibited field "
	awsTrustActions = "AssumeRole policy may only specify STS AssumeRole actions."
)

// iamPaths begin the resources of IAM.
const iamPaths = "user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/"

// fault is an Error before its place is looked up.
type fault struct {
	at     int // offset in the document
	aws    string
	detail string
}

func (f *fault) Error() string { return f.detail }

func faultf(at int, aws, format string, args ...any) error {
	return &fault{at: at, aws: aws, detail: fmt.Sprintf(format, args...)}
}

// locate turns a fault into an Error.
func (f *fault) locate(doc []byte) *Error {
	before := doc[:min(f.at, len(doc))]
	line := bytes.LastIndexByte(before, '\n')
	return &Error{
		Place: placeOf(doc, f.at), Line: bytes.Count(before, []byte("\n")) + 1, Column: len(before) - line,
		Detail: f.detail, AWS: f.aws,
	}
}

// placeOf walks the document to the token at an offset and returns the path to it.
func placeOf(doc []byte, at int) string {
	type level struct {
		list  bool
		key   string
		index int
		value bool // the next token of an object is a value
	}
	var stack []level
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	for {
		start := tokenStart(doc, dec.InputOffset())
		tok, err := dec.Token()
		key, isString := tok.(string)
		if top := len(stack) - 1; top >= 0 && !stack[top].list && !stack[top].value && isString && err == nil {
			stack[top].key, stack[top].value = key, true
			if start < at {
				continue
			}
		}
		if start >= at || err != nil || len(stack) > maxDepth {
			break
		}
		delim, _ := tok.(json.Delim)
		switch {
		case delim == '{' || delim == '[':
			stack = append(stack, level{list: delim == '['})
			continue
		case delim != 0:
			stack = stack[:len(stack)-1]
		}
		if top := len(stack) - 1; top >= 0 {
			stack[top].index++
			stack[top].value = false
		}
	}
	var place []byte
	for _, l := range stack {
		switch {
		case l.list:
			place = strconv.AppendInt(append(place, '['), int64(l.index), 10)
			place = append(place, ']')
		case l.value:
			if len(place) > 0 {
				place = append(place, '.')
			}
			place = append(place, shorten(l.key)...)
		}
	}
	return string(place)
}

// maxDepth is deeper than any place in a document can be: a document that the reader walked into is no deeper.
const maxDepth = 16

// shorten keeps what others wrote from filling logs.
func shorten(s string) string {
	const most = 128
	if len(s) <= most {
		return s
	}
	cut := most
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
