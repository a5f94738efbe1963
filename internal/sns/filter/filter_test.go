package filter

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestRefused has what AWS answers to policies (recorded: localstack's test_sns_filter_policy of 2026): its words, and the column that its
// reader had reached.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		policy, message string
		column          int
	}{
		{`{"key":[["value"]]}`, `Match value must be String, number, true, false, or null`, 10},
		{`{"key":[{"wrong-operator":true}]}`, `Unrecognized match type wrong-operator`, 31},
		{`{"key":[{"suffix":"value","prefix":"value2"}]}`, `Only one key allowed in match expression`, 37},
		{`{"key":[]}`, `Empty arrays are not allowed`, 10},
		{`{"key":[{"suffix":100}]}`, `suffix match pattern must be a string`, 22},
		{`{"key":[{"suffix":null}]}`, `suffix match pattern must be a string`, 23},
		{`{"key":{"suffix":"value"}}`, `"suffix" must be an object or an array`, 19},
		{`{"key":[{"suffix":[]}]}`, `suffix match pattern must be a string`, 20},
		{`{"key":[{"suffix":["test","test2"]}]}`, `suffix match pattern must be a string`, 20},
		{`{"key":{"suffix":"value","prefix":"value"}}`, `"suffix" must be an object or an array`, 19},
		{`{"key":{"not-an-operator":"value"}}`, `"not-an-operator" must be an object or an array`, 28},
		{`{"key":[{"cidr":["bad-filter"]}]}`, `prefix match pattern must be a string`, 18},
		{`{"key":[{"numeric":[]}]}`, `Invalid member in numeric match: ]`, 22},
		{`{"key":[{"numeric":["operator"]}]}`, `Unrecognized numeric range operator: operator`, 32},
		{`{"key":[{"numeric":[1,"<="]}]}`, `Invalid member in numeric match: 1`, 22},
		{`{"key":[{"numeric":["=","000"]}]}`, `Value of equals must be numeric`, 26},
		{`{"key":[{"numeric":[">="]}]}`, `Value of >= must be numeric`, 26},
		{`{"key":[{"numeric":["<",100,">",10]}]}`, `Too many elements in numeric expression`, 30},
		{`{"key":[{"numeric":[">=",1,">",2]}]}`, `Bad numeric range operator: >`, 31},
		{`{"key":[{"numeric":[">",3,"<",1]}]}`, `Bottom must be less than top`, 33},
		{`{"key":[{"numeric":[">",20,"<="]}]}`, `Value of <= must be numeric`, 33},
		{`{"key":[{"numeric":[">",20,30]}]}`, `Bad value in numeric range: 30`, 30},
		{`{"key":[{"numeric":[">",20,"test"]}]}`, `Bad numeric range operator: test`, 34},
		{`{"key":[{"numeric":[">","20","<","30"]}]}`, `Value of > must be numeric`, 26},
		{`{"key":[{"numeric":[">",20,"<","30"]}]}`, `Value of < must be numeric`, 33},
		{`{"key":[{"numeric":[">",20,"<",30,"<",50]}]}`, `Too many terms in numeric range expression`, 36},
		{`{"key":[{"exists":null}]}`, `exists match pattern must be either true or false.`, 23},
		{`{"key":[{"exists":"no"}]}`, `exists match pattern must be either true or false.`, 20},
		{`{"key_a":"value_one"}`, `"key_a" must be an object or an array`, 11},
		{`{"key":[{"anything-but":{"wrong-operator":null}}]}`, `Unsupported anything-but pattern: wrong-operator`, 47},
		{`{"key":[{"anything-but":{"suffix":"test"}}]}`, `Unsupported anything-but pattern: suffix`, 36},
		{`{"key":[{"anything-but":{"exists":false}}]}`, `Unsupported anything-but pattern: exists`, 40},
		{`{"key":[{"anything-but":{"prefix":false}}]}`, `prefix match pattern must be a string`, 40},
	} {
		want := fmt.Sprintf("FilterPolicy: %s\n at [Source: (String)\"%s\"; line: 1, column: %d]", c.message, c.policy, c.column)
		refused(t, c.policy, true, want)
	}
	const jackson = "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: "
	for policy, want := range map[string]string{
		`{invalid}`:                                                     "FilterPolicy: failed to parse JSON. Unexpected character ('i' (code 105)): was expecting double-quote to start field name" + jackson + "2]",
		`invalid-json`:                                                  "FilterPolicy: failed to parse JSON. Unrecognized token 'invalid': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')" + jackson + "8]",
		`{"key":[{"cidr":"bad-filter"}]}`:                               "FilterPolicy: Malformed CIDR, one '/' required",
		`{"key":[{"cidr":"bad-filter/64"}]}`:                            "FilterPolicy: Nonstandard IP address: bad-filter",
		`{"key":[{"cidr":"bad-/64filter"}]}`:                            "FilterPolicy: Malformed CIDR, mask bits must be an integer",
		`{"key":[{"cidr":"xx.11.xx/8"}]}`:                               "FilterPolicy: Nonstandard IP address: xx.11.xx",
		`{"key":[` + list(151) + `]}`:                                   "FilterPolicy: Filter policy is too complex",
		`{"k1":[` + list(100) + `],"k2":[` + list(51) + `]}`:            "FilterPolicy: Filter policy is too complex",
		`{"a":["1"],"b":["2"],"c":["3"],"d":["4"],"e":["5"],"f":["6"]}`: "FilterPolicy: Filter policy can not have more than 5 keys",
		// (3 x 4) x (2 x 3) x (1 x 3)
		`{"a":{"b":{"c":[` + list(4) + `]}},"d":{"e":[` + list(3) + `]},"f":[` + list(3) + `]}`: "FilterPolicy: Filter policy is too complex",
		// (4 x 6) + (4 x 4 x 4) + (4 x 4 x 4) = 152
		`{"s":[` + list(4) + `],"$or":[{"m":[` + list(6) + `]},{"t":[` + list(4) + `],"$or":[{"i":[1,2,3,4]},{"p":[1,2,3,4]}]}]}`: "FilterPolicy: Filter policy is too complex",
	} {
		refused(t, policy, true, want)
	}
	refused(t, `{"object":{"key":[{"prefix":"auto-"}]}}`, false, "Filter policy scope MessageAttributes does not support nested filter policy")
	// (3 x 6) + (3 x 4 x 4) + (3 x 4 x 7) = 150
	if _, err := Compile(`{"s":[`+list(3)+`],"$or":[{"m":[`+list(6)+`]},{"t":[`+list(4)+`],"$or":[{"i":[1,2,3,4]},{"p":[1,2,3,4,5,6,7]}]}]}`, false); err != nil {
		t.Error(err)
	}
}

func list(n int) string {
	values := make([]string, n)
	for i := range values {
		values[i] = fmt.Sprintf(`"v%d"`, i)
	}
	return strings.Join(values, ",")
}

func refused(t *testing.T, policy string, onBody bool, want string) {
	t.Helper()
	_, err := Compile(policy, onBody)
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Message != want {
		t.Errorf("%s:\n got  %v\n want %s", policy, err, want)
	}
}

func compile(t *testing.T, policy string, onBody bool) *Policy {
	t.Helper()
	p, err := Compile(policy, onBody)
	if err != nil {
		t.Fatalf("%s: %v", policy, err)
	}
	return p
}

// TestBody has the messages of localstack's TestSNSFilterPolicyBody, recorded of AWS, and of the developer guide's pages on filter policies.
func TestBody(t *testing.T) {
	const (
		auto  = `{"object":{"key":[{"prefix":"auto-"},"hardcodedvalue"],"nested_key":[{"exists":false}]},"test":[{"exists":false}]}`
		dots  = `{"object.nested.test":["string.value"]}`
		route = `{"headers":{"route-to":["queue1"]}}`
		s3    = `{"Records":{"s3":{"object":{"key":[{"prefix":"auto-"}]}},"eventName":[{"prefix":"ObjectCreated:"}]}}`
		or    = `{"$or":[{"metricName":["CPUUtilization","ReadLatency"]},{"namespace":["AWS/EC2","AWS/ES"]}],"detail":{"scope":["Service"],"$or":[{"source":["aws.cloudwatch"]},{"type":["CloudWatch Alarm State Change"]}]}}`
		cidrs = `{"detail":{"$or":[{"ip":[{"cidr":"10.0.0.0/24"}]},{"v6":[{"cidr":"2001:db8:1234:1a00::/64"}]}]}}`
	)
	for _, c := range []struct {
		policy, body string
		want         bool
	}{
		{auto, `{"object":{"key":"auto-test"}}`, true},
		{auto, `{"object":{"key":"hardcodedvalue"}}`, true},
		{auto, `{"object":{"key":"test-auto"}}`, false},
		{auto, `{"object":{"key":"auto-test"},"test":"just-exists"}`, false},
		{auto, `{"object":{"key":"auto-test","nested_key":"just-exists"}}`, false},
		{auto, `{"object":{"test":"auto-test"}}`, false},
		{auto, `Regular string message`, false},
		{auto, `"Regular string message"`, false},
		{auto, `null`, false},
		{auto, `{"object":{"key":"auto-test"}} {}`, false},
		{dots, `{"object":{"nested":{"test":"string.value"}}}`, true},
		{dots, `{"object.nested.test":"string.value"}`, true},
		{dots, `{"object.nested":{"test":"string.value"}}`, true},
		{dots, `{"object":{"nested.test":"string.value"}}`, true},
		{dots, `{"object":{"nested":{"test":"string.notvalue"}}}`, false},
		{route, `{"headers":{"route-to":["queue3"]}}`, false},
		{route, `{"headers":{"route-to":["queue1","queue2"]}}`, true},
		{s3, `{"Records":[{"eventName":"ObjectCreated:Put","s3":{"object":{"key":"auto-2314.xml"}}}]}`, true},
		{s3, `{"Records":[{"eventName":"ObjectRemoved:Delete","s3":{"object":{"key":"auto-2314.xml"}}}]}`, false},
		{s3, `{"Records":[{"eventName":"ObjectCreated:Put","s3":{"object":[[{"key":"auto-2314.xml"}]]}},{"eventName":"ObjectRemoved:Delete","s3":{"object":{"key":"home"}}}]}`, true},
		{s3, `{"Records":[{"eventName":"ObjectCreated:Put","s3":{"object":{"key":"home"}}},{"eventName":"ObjectRemoved:Delete","s3":{"object":{"key":"auto-"}}}]}`, false},
		{or, `{"metricName":"CPUUtilization","detail":{"scope":"Service","source":"aws.cloudwatch"}}`, true},
		{or, `{"namespace":"AWS/ES","detail":{"scope":"Service","type":"CloudWatch Alarm State Change"}}`, true},
		{or, `{"metricName":"CPUUtilization","detail":{"scope":"Service"}}`, false},
		{or, `{"metricName":"AWS/EC2","detail":{"scope":"Service","source":"aws.cloudwatch"}}`, false},
		{cidrs, `{"detail":{"ip":"10.0.0.255"}}`, true},
		{cidrs, `{"detail":{"ip":"10.0.0.256"}}`, false},
		{cidrs, `{"detail":{"v6":"2001:0db8:1234:1a00:0000:0000:0000:0000"}}`, true},
		{cidrs, `{"detail":{"v6":"2001:0db8:123f:1a01:0000:0000:0000:0000"}}`, false},
		{`{"detail":{"eventVersion":[""]}}`, `{"resources":[],"detail":{"eventVersion":"","responseElements":null}}`, true},
		{`{"a":[{"exists":true}]}`, `{"a":[]}`, false},
		{`{"a":[{"exists":true}]}`, `{"a":{"b":1}}`, false},
		{`{"a":[{"exists":false}]}`, `{"b":1}`, true},
		{`{"a":[null,{"anything-but":"x"}]}`, `{"a":null}`, true},
		{`{"a":[null,{"anything-but":"x"}]}`, `{}`, false},
		{`{"a":[{"anything-but":["rugby","tennis"]}]}`, `{"a":["rugby","baseball"]}`, true},
		{`{"a":[{"anything-but":["rugby","tennis"]}]}`, `{"a":["rugby"]}`, false},
		{`{"a":[{"anything-but":{"prefix":"order-"}}]}`, `{"a":"data-entry"}`, true},
		{`{"a":[{"anything-but":{"prefix":"order-"}}]}`, `{"a":"order-1"}`, false},
		{`{"a":[{"anything-but":[100,500]}]}`, `{"a":500.0}`, false},
		{`{"a":[{"suffix":"ball"}]}`, `{"a":"baseball"}`, true},
		{`{"a":[{"equals-ignore-case":"tennis"}]}`, `{"a":"TENNIS"}`, true},
		{`{"a":[{"numeric":[">",0,"<=",150]}]}`, `{"a":150}`, true},
		{`{"a":[{"numeric":[">",0,"<=",150]}]}`, `{"a":0}`, false},
		{`{"a":[{"numeric":["=",301.5]}]}`, `{"a":3.015e2}`, true},
		{`{"a":[{"numeric":["<",10]}]}`, `{"a":"9"}`, false},
		{`{"a":[true,100]}`, `{"a":true}`, true},
		{`{"a":[true,100]}`, `{"a":"100"}`, false},
	} {
		if got := compile(t, c.policy, true).MatchBody(c.body); got != c.want {
			t.Errorf("%s of %s: %v", c.policy, c.body, got)
		}
	}
}

// TestAttributes has the cases of localstack's test_filter_policy and test_exists_filter_policy_attributes_array, recorded of AWS.
func TestAttributes(t *testing.T) {
	for _, c := range []struct {
		policy, kind, value string
		want                bool
	}{
		{`{"a":[{"numeric":[">",0,"<=",100]}]}`, "Number", "99", true},
		{`{"a":[{"numeric":[">",0,"<=",100]}]}`, "Number", "111", false},
		{`{"a":[{"numeric":[">",0,"<=",100]}]}`, "String", "99", false},
		{`{"a":["value1"]}`, "String", "value1", true},
		{`{"a":["value1"]}`, "String.Array", `["value1","value2"]`, true},
		{`{"a":["value1"]}`, "String.Array", `["value2","value3"]`, false},
		{`{"a":["value1"]}`, "String.Array", `no list`, false},
		{`{"a":[{"exists":true}]}`, "Binary", "AAA=", false},
		{`{"a.b":[{"exists":true}]}`, "String", "x", false},
		{`{"b":[{"exists":false}]}`, "String", "x", true},
	} {
		got := compile(t, c.policy, false).MatchAttributes(map[string]Attribute{"a": {c.kind, c.value}})
		if got != c.want {
			t.Errorf("%s of %s %s: %v", c.policy, c.kind, c.value, got)
		}
	}
}

func FuzzPolicy(f *testing.F) {
	f.Add(`{"a":[{"numeric":[">",0]}],"$or":[{"b":[1]},{"c.d":[{"anything-but":["x"]}]}]}`, `{"a":[1],"c":{"d":[[]]}}`)
	f.Add(`{"a":{"b":[null,{"cidr":"10.0.0.0/8"}]}}`, `{"a.b":1,"a":{"b":2},"a.b.c":3}`)
	f.Add(`{"\"\u00e9`, `[`)
	f.Fuzz(func(t *testing.T, policy, body string) {
		for _, onBody := range []bool{true, false} {
			p, err := Compile(policy, onBody)
			if err == nil {
				p.MatchBody(body)
				p.MatchAttributes(map[string]Attribute{"a": {"String.Array", body}, "a.b": {"Number", body}})
				if !json.Valid([]byte(policy)) {
					t.Error("a policy that is no JSON")
				}
			} else if _, ok := errors.AsType[*Error](err); !ok {
				t.Error(err)
			}
		}
	})
}
