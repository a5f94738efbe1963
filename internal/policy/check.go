package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Stored is what IAM keeps a document as.
type Stored uint8

// What documents are stored as.
const (
	Managed Stored = iota // a managed policy
	Inline                // a role's own policy
	Trust                 // who may assume a role
)

// Check asks of a document what IAM asks before it stores it. That is less than [Compile] asks, since IAM takes documents
// that no call is decided by; and it comes in IAM's order, so that of several faults the one is told that IAM tells. The
// error is an *[Error].
//
// The order and the texts are recordings of CreatePolicy and UpdateAssumeRolePolicy (localstack, tests/aws/services/iam:
// test_iam_policies and test_iam_roles of February 2026), which the tests hold in full.
func Check(doc []byte, as Stored) error {
	raw, err := read(doc)
	switch {
	case err != nil && as == Trust && !json.Valid(doc):
		err = faultf(0, awsNotJSON, "not JSON")
	case err == nil && as == Trust:
		err = checkTrust(raw)
	case err == nil:
		err = checkIdentity(raw, as)
	}
	if f, ok := errors.AsType[*fault](err); ok {
		return f.locate(doc)
	}
	return err
}

func checkIdentity(raw *rawDocument, as Stored) error {
	if err := checkGrammar(raw); err != nil {
		return err
	}
	if as == Managed && raw.version.text != versionWithVariables {
		return faultf(raw.version.at, awsOldVersion, "want the version %s", versionWithVariables)
	}
	// The form of resources is told last but one, unless a resource before it fails the legacy parser.
	var form error
	resources := func(s *rawStatement) error {
		for _, v := range append(s.resource.values, s.notResource.values...) {
			if form == nil {
				form = checkResource(v)
			}
			if form == nil && !legacyResource(v.text) {
				return faultf(v.at, awsLegacy, "%q is no ARN", shorten(v.text))
			}
		}
		return nil
	}
	sids := map[string]bool{}
	for _, pass := range []func(*rawStatement) error{
		noPrincipal, legacy, resources,
		func(s *rawStatement) error { return checkSid(s.sid, sids) },
		func(s *rawStatement) error { return one(s.at, s.action, s.notAction, awsNoActions) },
		func(s *rawStatement) error { return one(s.at, s.resource, s.notResource, awsNoResources) },
		func(*rawStatement) error { return form },
		func(s *rawStatement) error { return checkActions(append(s.action.values, s.notAction.values...)) },
	} {
		if err := raw.each(pass); err != nil {
			return err
		}
	}
	return nil
}

func checkTrust(raw *rawDocument) error {
	if err := checkGrammar(raw); err != nil {
		return err
	}
	for _, pass := range []func(*rawStatement) error{prohibited, legacy, trusted, trustActions} {
		if err := raw.each(pass); err != nil {
			return err
		}
	}
	return nil
}

func (d *rawDocument) each(check func(*rawStatement) error) error {
	for i := range d.statements {
		if err := check(&d.statements[i]); err != nil {
			return err
		}
	}
	return nil
}

// checkGrammar is what IAM counts as syntax besides what the reader does.
func checkGrammar(raw *rawDocument) error {
	if v := raw.version; v.at > 0 && v.text != versionWithVariables && v.text != versionWithout {
		return faultf(v.at, awsSyntax, "there is no version %q", shorten(v.text))
	}
	if len(raw.statements) == 0 {
		return faultf(raw.at, awsSyntax, "want a Statement")
	}
	return raw.each(func(s *rawStatement) error {
		switch {
		case !strings.EqualFold(s.effect.text, "Allow") && !strings.EqualFold(s.effect.text, "Deny"):
			return faultf(max(s.effect.at, s.at), awsSyntax, "want an Effect that is Allow or Deny")
		case s.action.at > 0 && s.notAction.at > 0:
			return faultf(s.notAction.at, awsSyntax, "NotAction and Action exclude each other")
		case s.resource.at > 0 && s.notResource.at > 0:
			return faultf(s.notResource.at, awsSyntax, "NotResource and Resource exclude each other")
		}
		for i := range s.conditions {
			if operator := s.conditions[i].operator; !knownOperator(operator.text) {
				return faultf(operator.at, awsSyntax, "%q is no condition operator", shorten(operator.text))
			}
		}
		return nil
	})
}

func knownOperator(name string) bool {
	name = strings.TrimPrefix(strings.TrimPrefix(name, "ForAnyValue:"), "ForAllValues:")
	op, ok := operators[strings.TrimSuffix(name, "IfExists")]
	return ok && (op.family != null || name == "Null")
}

// legacy is what IAM's older parser asks of effects and dates.
func legacy(s *rawStatement) error {
	if s.effect.text != "Allow" && s.effect.text != "Deny" {
		return faultf(s.effect.at, awsLegacy, "want the Effect Allow or Deny, not %q", shorten(s.effect.text))
	}
	for _, c := range s.conditions {
		if !strings.Contains(c.operator.text, "Date") {
			continue
		}
		for _, v := range c.values.values {
			if !legacyDate(v.text) {
				return faultf(v.at, awsLegacy, "%q is no date", shorten(v.text))
			}
		}
	}
	return nil
}

func noPrincipal(s *rawStatement) error {
	if at := max(s.principal.at, s.notPrincipal.at); at > 0 {
		return faultf(at, awsHasPrincipal, "the policy belongs to a caller, so it names no principal")
	}
	return nil
}

func checkSid(sid text, seen map[string]bool) error {
	switch {
	case sid.text == "":
		return nil
	case seen[sid.text]:
		return faultf(sid.at, awsSidTwice, "the Sid %q stands twice", shorten(sid.text))
	case !alphanumeric(sid.text):
		return faultf(sid.at, awsSidForm, "the Sid %q has other characters than letters and digits", shorten(sid.text))
	}
	seen[sid.text] = true
	return nil
}

// one wants values in an element or in its negation.
func one(at int, is, not list, aws string) error {
	if len(is.values)+len(not.values) == 0 {
		return faultf(max(is.at, not.at, at), aws, "want at least one value")
	}
	return nil
}

func checkActions(actions []text) error {
	for _, v := range actions {
		vendor, name, ok := strings.Cut(v.text, ":")
		switch {
		case v.text == "*":
		case !ok:
			return faultf(v.at, awsNoVendor, "%q is no action", shorten(v.text))
		case strings.Contains(name, ":"):
			return faultf(v.at, awsColons, "the action %q has two colons", shorten(v.text))
		case !isVendor(vendor):
			return faultf(v.at, fmt.Sprintf(awsVendor, shorten(vendor)), "%q is no service", shorten(vendor))
		}
	}
	return nil
}

// checkResource reads a resource as IAM does: what stands before the first colon may be anything, and what is missing
// behind the service is "*".
func checkResource(v text) error {
	s := v.text
	if s == "*" {
		return nil
	}
	fields, _ := arnFields(s, true)
	switch colons := strings.Count(s, ":"); {
	case colons == 0:
		return faultf(v.at, fmt.Sprintf(awsNoARN, shorten(s)), `%q is neither an ARN nor "*"`, shorten(s))
	case !isPartition(fields[1]) && fields[1] != "*":
		for i := range fields {
			if i > colons {
				fields[i] = "*"
			}
		}
		arn := shorten("arn:" + strings.Join(fields[1:], ":"))
		return faultf(v.at, fmt.Sprintf(awsPartition, shorten(fields[1]), arn), "%q is no partition", shorten(fields[1]))
	case colons == 1 || strings.ContainsAny(fields[2], "*?"):
		return faultf(v.at, awsVendorRegex, "%q names no service", shorten(s))
	case fields[2] == "iam" && fields[3] != "":
		return faultf(v.at, fmt.Sprintf("IAM resource %s cannot contain region information.", shorten(s)), "IAM has no regions")
	case fields[2] == "s3" && fields[3] != "" && fields[4] == "" && colons > 4:
		return faultf(v.at, fmt.Sprintf("Resource %s can not contain region information.", shorten(s)), "buckets have no region")
	case fields[2] == "iam" && colons > 4 && !isIAMPath(fields[5]):
		return faultf(v.at, awsIAMPath, "%q is nothing of IAM's", shorten(fields[5]))
	}
	return nil
}

func isIAMPath(s string) bool {
	if s == "*" || s == "root" {
		return true
	}
	for kind := range strings.SplitSeq(iamPaths, ", ") {
		if strings.HasPrefix(s, kind) {
			return true
		}
	}
	return false
}

// legacyResource is what IAM's older parser asks of a resource: a service, and all fields if one of them is empty.
func legacyResource(s string) bool {
	fields, complete := arnFields(s, true)
	return s == "*" || fields[2] != "" && (complete || !strings.Contains(s, "::"))
}

// legacyDate reports whether IAM's older parser reads a date: a day with a time, of which the end may be missing, or
// seconds since 1970.
func legacyDate(s string) bool {
	s = strings.ToLower(s)
	if !strings.ContainsAny(s, "t-") {
		_, err := strconv.ParseUint(s, 10, 63)
		return err == nil
	}
	day, clock, _ := strings.Cut(s, "t")
	parts := strings.Split(strings.TrimPrefix(day, "-"), "-")
	if len(parts) > 3 || !within(parts[0], 0, 292278993) || len(parts) > 1 && !within(parts[1], 1, 12) || len(parts) > 2 && !within(parts[2], 1, 31) {
		return false
	}
	at := strings.IndexAny(clock, "z+-")
	if at >= 0 {
		if zone := clock[at:]; zone != "z" && !legacyZone(zone[1:]) {
			return false
		}
		clock = clock[:at]
	}
	if clock == "" {
		return at < 0
	}
	parts = strings.Split(clock, ":")
	if len(parts) > 3 || !within(parts[0], 0, 23) || len(parts) > 1 && !within(parts[1], 0, 59) {
		return false
	}
	if len(parts) < 3 {
		return true
	}
	seconds, fraction, hasFraction := strings.Cut(parts[2], ".")
	return within(seconds, 0, 59) && (!hasFraction || within(fraction, 0, 999999999))
}

func legacyZone(s string) bool {
	hours, minutes, hasMinutes := strings.Cut(s, ":")
	return len(hours) == 2 && within(hours, 0, 23) && (!hasMinutes || len(minutes) == 2 && within(minutes, 0, 59))
}

func within(s string, least, most uint64) bool {
	n, err := strconv.ParseUint(s, 10, 64)
	return err == nil && least <= n && n <= most
}

func prohibited(s *rawStatement) error {
	for _, element := range []struct {
		at   int
		name string
	}{{s.resource.at, "Resource"}, {s.notResource.at, "NotResource"}, {s.notPrincipal.at, "NotPrincipal"}} {
		if element.at > 0 {
			return faultf(element.at, awsProhibited+element.name, "a trust policy has no %s", element.name)
		}
	}
	return nil
}

// trusted checks whom a trust policy names; whether they exist is not asked.
func trusted(s *rawStatement) error {
	if s.principal.at == 0 {
		return faultf(s.at, awsNoPrincipal, "want a Principal")
	}
	if !s.principal.all && len(s.principal.entries) == 0 {
		return faultf(s.principal.at, awsBadPrincipal, "want a principal")
	}
	for _, e := range s.principal.entries {
		if len(e.ids.values) == 0 {
			return faultf(e.ids.at, awsBadPrincipal, "want a principal")
		}
		for _, id := range e.ids.values {
			if err := new(principals).add(e.kind, id); err != nil {
				said := fmt.Sprintf("Invalid principal in policy: %q:%q", strings.ToUpper(shorten(e.kind.text)), shorten(id.text))
				return faultf(id.at, said, "%v", err)
			}
		}
	}
	return nil
}

func trustActions(s *rawStatement) error {
	if err := one(s.at, s.action, s.notAction, awsNoActions); err != nil {
		return err
	}
	for _, v := range append(s.action.values, s.notAction.values...) {
		pattern, err := parsePattern(v, dialect{wildcards: true, fold: true})
		if err != nil {
			return err
		}
		fits := false
		for name := range strings.FieldsSeq("AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity TagSession SetSourceIdentity SetContext") {
			fits = fits || pattern.match("sts:"+name, nil) == matches
		}
		if !fits || v.text == "*" {
			return faultf(v.at, awsTrustActions, "%q assumes no role", shorten(v.text))
		}
	}
	return nil
}
