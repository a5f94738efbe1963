package sigv4

import (
	"strings"
	"time"
)

// scope is a credential scope with its access key id: keyid/date/region/service/aws4_request. Signature Version 4A has no
// region in it.
type scope struct {
	keyID, date, region, service, terminator string
	asymmetric                               bool
}

func parseScope(credential, algorithm string) (scope, error) {
	parts := strings.Split(strings.TrimRight(credential, "/"), "/")
	if algorithm == asymmetric {
		if len(parts) != 4 || parts[0] == "" {
			return scope{}, refusef(Incomplete,
				"Credential must have exactly 4 slash-delimited elements, e.g. keyid/date/service/term, got '%s'", credential)
		}
		return scope{keyID: parts[0], date: parts[1], service: parts[2], terminator: parts[3], asymmetric: true}, nil
	}
	if len(parts) != 5 || parts[0] == "" {
		return scope{}, refusef(Incomplete,
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%s'", credential)
	}
	return scope{keyID: parts[0], date: parts[1], region: parts[2], service: parts[3], terminator: parts[4]}, nil
}

// String is the scope as the string to sign has it, without the access key id.
func (s scope) String() string {
	if s.asymmetric {
		return s.date + "/" + s.service + "/" + s.terminator
	}
	return s.date + "/" + s.region + "/" + s.service + "/" + s.terminator
}

// check complains of everything at once, as AWS does, each complaint with a space after it. A zero signing time leaves
// the date unchecked.
func (s scope) check(r *Request, signedAt time.Time) error {
	var b strings.Builder
	if !validRegion(s.region) || r.Region != "" && s.region != r.Region {
		b.WriteString("Credential should be scoped to a valid region. ")
	}
	if s.service == "" || r.Service != "" && s.service != r.Service {
		b.WriteString("Credential should be scoped to correct service: '" + r.Service + "'. ")
	}
	if s.terminator != terminator {
		b.WriteString("Credential should be scoped with a valid terminator: 'aws4_request', not '" + s.terminator + "'. ")
	}
	if day := signedAt.Format(dayFormat); !signedAt.IsZero() && s.date != day {
		b.WriteString("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" +
			s.date + "' != '" + day + "', from '" + signedAt.Format(basicFormat) + "'. ")
	}
	if b.Len() > 0 {
		return refuse(InvalidSignature, b.String())
	}
	return nil
}

// validRegion accepts what a region name can look like, such as "eu-west-1"; regions become part of ARNs and store keys.
func validRegion(s string) bool {
	if s == "" || len(s) > 32 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
