package policy

import (
	"encoding/json"
	"fmt"
	"testing"
)

// operatorCase asks whether a condition on the key x:k holds; request values nil means that the key is absent.
type operatorCase struct {
	operator string
	policy   any
	request  []string
	want     bool
}

// The sources are pages of the IAM user guide: ops is reference_policies_elements_condition_operators, multi is
// reference_policies_multi-value-conditions.
var operatorCases = map[string][]operatorCase{
	"ops, string": {
		{"StringEquals", "Ann", []string{"Ann"}, true},
		{"StringEquals", "Ann", []string{"ann"}, false},
		{"StringEquals", "A*", []string{"A*"}, true},
		{"StringEquals", "A*", []string{"Ann"}, false},
		{"StringEquals", 7, []string{"7"}, true},
		{"StringEquals", true, []string{"true"}, true},
		{"StringNotEquals", []string{"a", "b"}, []string{"b"}, false},
		{"StringNotEquals", []string{"a", "b"}, []string{"c"}, true},
		{"StringEqualsIgnoreCase", "aNN", []string{"Ann"}, true},
		{"StringNotEqualsIgnoreCase", "aNN", []string{"Ann"}, false},
		{"StringLike", "home/*/x?", []string{"home//x1"}, true},
		{"StringLike", "home/*/x?", []string{"home/1/2/x"}, false},
		{"StringLike", "", []string{""}, true},
		{"StringNotLike", "h*", []string{"home"}, false},
		{"StringLike", "arn:aws:someservice:*:111122223333:finance/*", []string{"arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"}, true},
	},
	"ops, numeric": {
		{"NumericEquals", "10", []string{"10.0"}, true},
		{"NumericEquals", 10, []string{"1e1"}, true},
		{"NumericEquals", "9007199254740993", []string{"9007199254740992"}, false},
		{"NumericNotEquals", "10", []string{"11"}, true},
		{"NumericLessThan", "10", []string{"9.99"}, true},
		{"NumericLessThan", "10", []string{"10"}, false},
		{"NumericLessThanEquals", "10", []string{"10"}, true},
		{"NumericGreaterThan", "-3", []string{"-2"}, true},
		{"NumericGreaterThan", "9", []string{"10"}, true},
		{"NumericGreaterThanEquals", "10", []string{"9"}, false},
		{"NumericEquals", "10", []string{"ten"}, false},
		{"NumericEquals", "10", []string{"NaN"}, false},
		{"NumericNotEquals", "10", []string{"ten"}, true}, // ours: what is no number is not equal to one
	},
	"ops, date: ISO 8601 of W3C's note, or epoch time": {
		{"DateEquals", "2020-01-01T00:00:01Z", []string{"1577836801"}, true},
		{"DateEquals", "2020-01-01T01:00:01+01:00", []string{"2020-01-01T00:00:01Z"}, true},
		{"DateEquals", "2020-01-01T00:00:01.25Z", []string{"2020-01-01T00:00:01.250Z"}, true},
		{"DateEquals", "2020-01-01", []string{"2020-01-01T00:00Z"}, true},
		{"DateEquals", "2020-01", []string{"2020-01-01"}, true},
		{"DateEquals", "2020", []string{"1970-01-01T00:33:40Z"}, true}, // seconds, not a year
		{"DateEquals", 1577836801, []string{"2020-01-01T00:00:01"}, true},
		{"DateNotEquals", "2020-01-01", []string{"2020-01-02"}, true},
		{"DateLessThan", "2020-01-01T00:00:01.5Z", []string{"2020-01-01T00:00:01.4Z"}, true},
		{"DateLessThanEquals", "2020-01-01T00:00:01Z", []string{"1577836801"}, true},
		{"DateGreaterThan", "2020-01-01T00:00:01Z", []string{"1577836801"}, false},
		{"DateGreaterThanEquals", "9223372036854775807", []string{"9999-12-31"}, false},
		{"DateEquals", "2020-01-01", []string{"yesterday"}, false},
		{"DateEquals", "2020-01-01", []string{""}, false},
	},
	"ops, bool and binary": {
		{"Bool", "true", []string{"true"}, true},
		{"Bool", false, []string{"False"}, true},
		{"Bool", "false", []string{"true"}, false},
		{"Bool", "${aws:securetransport}", []string{"true"}, true},
		{"BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", []string{"BinaryValueInBase64"}, true},
		{"BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", []string{"QmluYXJ5VmFsdWVJbkJhc2U2NA=="}, false},
	},
	"ops, IP address": {
		{"IpAddress", "203.0.113.0/24", []string{"203.0.113.255"}, true},
		{"IpAddress", "203.0.113.7", []string{"203.0.113.7"}, true},
		{"IpAddress", "203.0.113.7", []string{"203.0.113.8"}, false},
		{"IpAddress", []string{"203.0.113.0/24", "2001:DB8:1234:5678::/64"}, []string{"2001:db8:1234:5678:9::1"}, true},
		{"IpAddress", "2001:DB8:1234:5678::/64", []string{"2001:db8:1234:5679::1"}, false},
		{"IpAddress", "2001:db8::1", []string{"2001:db8::1"}, true},
		{"IpAddress", "fe80::/10", []string{"fe80::1%eth0"}, true},
		{"IpAddress", "::ffff:203.0.113.0/120", []string{"203.0.113.9"}, true},
		{"IpAddress", "0.0.0.0/0", []string{"2001:db8::1"}, false},
		{"IpAddress", "::/0", []string{"203.0.113.9"}, false},
		{"NotIpAddress", "203.0.113.0/24", []string{"203.0.113.1"}, false},
		{"NotIpAddress", "203.0.113.0/24", []string{"2001:db8::1"}, true},
	},
	"ops, ARN: six fields, each for itself; Equals and Like are the same": {
		{"ArnLike", "arn:aws:someservice:*:111122223333:finance/*", []string{"arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"}, false},
		{"ArnLike", "arn:aws:someservice:*:111122223333:finance/*", []string{"arn:aws:someservice:us-east-2:111122223333:finance/a:b/c"}, true},
		{"ArnEquals", "arn:aws:sns:*:111122223333:t?", []string{"arn:aws:sns:eu-west-1:111122223333:t1"}, true},
		{"ArnEquals", "arn:aws:sns:*:111122223333:t?", []string{"arn:aws:SNS:eu-west-1:111122223333:t1"}, false},
		{"ArnEquals", "*", []string{"arn:aws:sns:eu-west-1:111122223333:t1"}, true},
		{"ArnEquals", "*:*:*:*:*:*", []string{"no ARN"}, false},
		{"ArnNotEquals", "arn:aws:sns:*:*:t", []string{"arn:aws:sns:a:b:t"}, false},
		{"ArnNotLike", "arn:aws:sns:*:*:t", []string{"arn:aws:sns:a:b:u"}, true},
		{"ArnLike", "arn:aws:iam::*:user/${aws:username}", []string{"arn:aws:iam::111122223333:user/ann"}, true},
		{"ArnLike", "${aws:principalarn}", []string{"arn:aws:iam::1:user/ann"}, true},
		{"ArnLike", "arn:aws:iam::${aws:none, 'a:b'}:user/ann", []string{"arn:aws:iam::a:b:user/ann"}, false},
	},
	"ops: a key that is absent matches nothing, so negated operators hold": {
		{"StringEquals", "", nil, false},
		{"StringLike", "*", nil, false},
		{"StringNotEquals", "a", nil, true},
		{"StringNotLike", "*", nil, true},
		{"StringNotEqualsIgnoreCase", "a", nil, true},
		{"NumericEquals", "0", nil, false},
		{"NumericNotEquals", "0", nil, true},
		{"NumericLessThan", "1", nil, false},
		{"DateLessThan", "2020-01-01", nil, false},
		{"DateNotEquals", "2020-01-01", nil, true},
		{"Bool", "false", nil, false},
		{"BinaryEquals", "", nil, false},
		{"IpAddress", "0.0.0.0/0", nil, false},
		{"NotIpAddress", "0.0.0.0/0", nil, true},
		{"ArnLike", "*", nil, false},
		{"ArnNotLike", "*", nil, true},
	},
	"ops, IfExists": {
		{"StringEqualsIfExists", "a", nil, true},
		{"StringEqualsIfExists", "a", []string{"b"}, false},
		{"StringEqualsIfExists", "a", []string{""}, false},
		{"StringNotEqualsIfExists", "a", nil, true},
		{"StringNotEqualsIfExists", "a", []string{"a"}, false},
		{"BoolIfExists", "true", nil, true},
		{"IpAddressIfExists", "10.0.0.0/8", nil, true},
		{"ForAnyValue:StringEqualsIfExists", "a", nil, true},
		{"ForAllValues:StringEqualsIfExists", "a", []string{"a", "b"}, false},
	},
	"ops, Null": {
		{"Null", "true", nil, true},
		{"Null", true, []string{"a"}, false},
		{"Null", "false", nil, false},
		{"Null", "False", []string{"a"}, true},
		{"Null", "false", []string{""}, true},
		{"Null", []string{"true", "false"}, nil, true},
	},
	"multi, ForAllValues: holds for nothing, too": {
		{"ForAllValues:StringEquals", []string{"PostDateTime", "Message", "Tags"}, []string{"PostDateTime", "UserName"}, false},
		{"ForAllValues:StringEquals", []string{"ID", "Message", "Tags"}, []string{"Message", "Tags"}, true},
		{"ForAllValues:StringEquals", "a", nil, true},
		{"ForAllValues:StringEquals", "a", []string{""}, true},
		{"ForAllValues:StringEquals", "a", []string{"", "b"}, false},
		{"ForAllValues:StringNotLike", "key1*", []string{"key2", "key3"}, true},
		{"ForAllValues:StringNotLike", "key1*", []string{"key2", "key1:x"}, false},
		{"ForAllValues:StringNotLike", "key1*", nil, true},
	},
	"multi, ForAnyValue: does not hold for nothing": {
		{"ForAnyValue:StringEquals", []string{"ID", "PostDateTime"}, []string{"PostDateTime", "Message"}, true},
		{"ForAnyValue:StringEquals", []string{"ID", "PostDateTime"}, []string{"UserName"}, false},
		{"ForAnyValue:StringEquals", "a", nil, false},
		{"ForAnyValue:StringEquals", "", []string{""}, false},
		{"ForAnyValue:StringNotEquals", "a", nil, false},
		{"ForAnyValue:StringNotEquals", "a", []string{"a", "b"}, true},
		{"ForAnyValue:StringNotEquals", "a", []string{"a"}, false},
		{"ForAnyValue:IpAddress", "10.0.0.0/8", []string{"192.0.2.1", "10.0.0.1"}, true},
	},
	"ours: several values without a set operator match as one of them does": {
		{"StringEquals", "a", []string{"a", "b"}, true},
		{"StringNotEquals", "a", []string{"a", "b"}, false},
	},
}

func TestOperators(t *testing.T) {
	for source, cases := range operatorCases {
		t.Run(source, func(t *testing.T) {
			for _, c := range cases {
				value, err := json.Marshal(c.policy)
				if err != nil {
					t.Fatal(err)
				}
				p := compileText(t, fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{%q:{"X:k":%s}}}}`, c.operator, value))
				ctx := Map{"x:k": c.request, KeyUserName: {"ann"}, KeySecureTransport: {"TRUE"}, KeyPrincipalARN: {"arn:aws:iam::1:user/ann"}}
				got := p.Evaluate(&Request{Action: "a:b", Resource: "*", Context: ctx}).Allowed()
				if got != c.want {
					t.Errorf("%s %s of %q: %v, want %v", c.operator, value, c.request, got, c.want)
				}
			}
		})
	}
}

// TestEveryOperator holds that each operator has a family that compiles and a case above.
func TestEveryOperator(t *testing.T) {
	seen := map[string]bool{}
	for _, cases := range operatorCases {
		for _, c := range cases {
			seen[c.operator] = true
		}
	}
	for name := range operators {
		if !seen[name] {
			t.Errorf("%s has no case", name)
		}
	}
}

func TestNoContext(t *testing.T) {
	p := compileText(t, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"x:k":"${aws:username}"}}}}`)
	if !p.Evaluate(&Request{Action: "a:b", Resource: "*"}).Allowed() {
		t.Error("a nil context must be one without keys")
	}
}
