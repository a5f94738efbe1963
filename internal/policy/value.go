package policy

import (
	"cmp"
	"encoding/base64"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// holds matches a string operator.
func (p *pattern) holds(value string, c Context) bool { return p.match(value, c) == matches }

// arnTest compares the six fields of an ARN one by one, so that a wildcard does not reach over a colon, but in the last.
type arnTest struct {
	fields [6]*pattern
}

func (t *arnTest) holds(value string, c Context) bool {
	for i, p := range t.fields {
		field := value
		if i < len(t.fields)-1 {
			var ok bool
			if field, value, ok = strings.Cut(value, ":"); !ok {
				return false
			}
		}
		if p.match(field, c) != matches {
			return false
		}
	}
	return true
}

// arn compiles an ARN, or "*" or one variable that stand for a whole ARN.
func (c *compiler) arn(v text) (test, error) {
	d := dialect{wildcards: true, variables: c.variables}
	fields, ok := arnFields(v.text, c.variables)
	if !ok {
		whole := v.text == "*" || c.variables && strings.HasPrefix(v.text, "${") && variableLen(v.text) == len(v.text)
		if !whole {
			return nil, faultf(v.at, awsLegacy, "%q is no ARN: want six fields with colons between them, which may be *", shorten(v.text))
		}
		return parsePattern(v, d)
	}
	if c.options.Account != "" && fields[2] == "execute-api" && fields[4] == "" {
		fields[4] = c.options.Account
	}
	out := &arnTest{}
	for i, f := range fields {
		p, err := parsePattern(text{text: f, at: v.at}, d)
		if err != nil {
			return nil, err
		}
		out.fields[i] = p
	}
	return out, nil
}

// boolean compiles true or false, or a variable that stands for it.
func (c *compiler) boolean(v text) (test, error) {
	if _, ok := parseBool(v.text); !ok && (!c.variables || !strings.HasPrefix(v.text, "${")) {
		return nil, faultf(v.at, awsSyntax, "Bool takes true or false, not %q", shorten(v.text))
	}
	return parsePattern(v, dialect{variables: c.variables, fold: true})
}

func parseBool(s string) (value, ok bool) {
	return strings.EqualFold(s, "true"), strings.EqualFold(s, "true") || strings.EqualFold(s, "false")
}

// number is an integer, which is compared exactly, or a decimal.
type number struct {
	integer int64
	decimal float64
	exact   bool
}

func parseNumber(s string) (number, bool) {
	if len(s) > 64 || strings.Trim(s, "0123456789+-.eE") != "" {
		return number{}, false // no names, no hexadecimals
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) {
		return number{}, false
	}
	i, err := strconv.ParseInt(s, 10, 64)
	return number{integer: i, decimal: f, exact: err == nil}, true
}

func (n number) compare(to number) int {
	if n.exact && to.exact {
		return cmp.Compare(n.integer, to.integer)
	}
	return cmp.Compare(n.decimal, to.decimal)
}

type numberTest struct {
	relation relation
	number   number
}

func newNumberTest(r relation, v text) (test, error) {
	n, ok := parseNumber(v.text)
	if !ok {
		return nil, faultf(v.at, awsSyntax, "%q is no number", shorten(v.text))
	}
	return &numberTest{relation: r, number: n}, nil
}

func (t *numberTest) holds(value string, _ Context) bool {
	n, ok := parseNumber(value)
	return ok && t.relation.holds(n.compare(t.number))
}

// instant is a time that may be far from now.
type instant struct {
	seconds int64 // since 1970
	nanos   int
}

// dateForms are those of https://www.w3.org/TR/NOTE-datetime, to which a date operator's value must keep; a time
// without a zone is UTC. A year alone cannot be told from epoch time, and is that.
var dateForms = [...]string{
	time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02", "2006-01",
}

func parseInstant(s string) (instant, bool) {
	if len(s) > 64 {
		return instant{}, false
	}
	if !strings.ContainsAny(s, "-T") {
		seconds, err := strconv.ParseInt(s, 10, 64)
		return instant{seconds: seconds}, err == nil && seconds >= 0 && s[0] != '+'
	}
	for _, form := range dateForms {
		if t, err := time.Parse(form, s); err == nil {
			return instant{seconds: t.Unix(), nanos: t.Nanosecond()}, true
		}
	}
	return instant{}, false
}

func (i instant) compare(to instant) int {
	return cmp.Or(cmp.Compare(i.seconds, to.seconds), cmp.Compare(i.nanos, to.nanos))
}

type dateTest struct {
	relation relation
	instant  instant
}

func newDateTest(r relation, v text) (test, error) {
	i, ok := parseInstant(v.text)
	if !ok {
		return nil, faultf(v.at, awsLegacy, "%q is no date: want ISO 8601 such as 2026-01-31T12:00:00Z, or seconds since 1970", shorten(v.text))
	}
	return &dateTest{relation: r, instant: i}, nil
}

func (t *dateTest) holds(value string, _ Context) bool {
	i, ok := parseInstant(value)
	return ok && t.relation.holds(i.compare(t.instant))
}

// bytesTest compares bytes with what the policy holds in base64.
type bytesTest string

func newBytesTest(v text) (test, error) {
	b, err := base64.StdEncoding.DecodeString(v.text)
	if err != nil {
		return nil, faultf(v.at, awsSyntax, "%q is not base64", shorten(v.text))
	}
	return bytesTest(b), nil
}

func (t bytesTest) holds(value string, _ Context) bool { return value == string(t) }

// addressTest is a range of addresses; bits of the address behind the prefix do not count, as on AWS
// (apigateway-control-access-policy-language-overview has 123.4.5.6/24).
type addressTest netip.Prefix

func newAddressTest(v text) (test, error) {
	prefix, err := netip.ParsePrefix(v.text)
	if err != nil {
		addr, err := netip.ParseAddr(v.text)
		if err != nil || addr.Zone() != "" {
			return nil, faultf(v.at, awsSyntax, "%q is no IP address and no range such as 203.0.113.0/24", shorten(v.text))
		}
		prefix = netip.PrefixFrom(addr, addr.BitLen())
	}
	if addr := prefix.Addr(); addr.Is4In6() && prefix.Bits() >= 96 {
		prefix = netip.PrefixFrom(addr.Unmap(), prefix.Bits()-96)
	}
	return addressTest(prefix), nil
}

func (t addressTest) holds(value string, _ Context) bool {
	addr, err := netip.ParseAddr(value)
	return err == nil && netip.Prefix(t).Contains(addr.Unmap().WithZone(""))
}
