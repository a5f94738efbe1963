package policy

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// statementWith returns a document of one statement with these members.
func statementWith(members string) string {
	return `{"Version":"2012-10-17","Statement":[{` + members + `}]}`
}

const (
	allow = `"Effect":"Allow","Action":"a:b","Resource":"*"`
	first = "Statement[0]"
)

// refusals are documents that are refused: where, why, and what IAM says. moto's policy_validation holds most of IAM's
// messages as they were recorded.
var refusals = []struct {
	doc           string
	kind          Kind
	place, detail string
	aws           string
}{
	{``, Identity, "", "ends too early", awsSyntax},
	{`{`, Identity, "", "ends too early", awsSyntax},
	{`null`, Identity, "", "want an object", awsSyntax},
	{`[]`, Identity, "", "want an object", awsSyntax},
	{"{\"Version\":\"\xff\"}", Identity, "", "not UTF-8", awsSyntax},
	{`{"Version":"2012-10-17",}`, Identity, "", "not JSON", awsSyntax},
	{statementWith(allow) + ` {}`, Identity, "", "behind the document", awsSyntax},
	{`{"Version":"2012-10-17"}`, Identity, "", "want a Statement", awsSyntax},
	{`{"Version":"2012-10-17","Statement":[]}`, Identity, "Statement", "want a Statement", awsSyntax},
	{`{"Version":"2012-10-18","Statement":{` + allow + `}}`, Identity, "Version", "2012-10-18", awsSyntax},
	{`{"Version":20121017,"Statement":{` + allow + `}}`, Identity, "Version", "want a string", awsSyntax},
	{`{"Statement":{` + allow + `},"Extra":1}`, Identity, "Extra", `no element "Extra"`, awsSyntax},
	{`{"statement":{` + allow + `}}`, Identity, "statement", `no element "statement"`, awsSyntax},
	{`{"Statement":{` + allow + `},"Statement":{` + allow + `}}`, Identity, "Statement", "stands twice", awsSyntax},
	{`{"Statement":[[{` + allow + `}]]}`, Identity, first, "want an object", awsSyntax},
	{statementWith(allow + `,"Effect":"Deny"`), Identity, first + ".Effect", "stands twice", awsSyntax},
	{statementWith(`"Action":"a:b","Resource":"*"`), Identity, first, "want an Effect", awsSyntax},
	{statementWith(`"Effect":"allow","Action":"a:b","Resource":"*"`), Identity, first + ".Effect", `not "allow"`, awsSyntax},
	{statementWith(`"Effect":"Allow","Resource":"*"`), Identity, first, "want Action", awsNoActions},
	{statementWith(`"Effect":"Allow","Action":[],"Resource":"*"`), Identity, first + ".Action", "want Action", awsNoActions},
	{statementWith(allow + `,"NotAction":"a:b"`), Identity, first + ".NotAction", "exclude each other", awsSyntax},
	{statementWith(`"Effect":"Allow","Action":["a:b",["a:c"]],"Resource":"*"`), Identity, first + ".Action[1]", "want a string", awsSyntax},
	{statementWith(`"Effect":"Allow","Action":["a:b",7],"Resource":"*"`), Identity, first + ".Action[1]", "want a string", awsSyntax},
	{statementWith(`"Effect":"Allow","Action":["a:b","Invoke"],"Resource":"*"`), Identity, first + ".Action[1]", "no action", awsNoVendor},
	{statementWith(`"Effect":"Allow","Action":"a:b:c","Resource":"*"`), Identity, first + ".Action", "two colons", awsColons},
	{statementWith(`"Effect":"Allow","Action":"a_:b","Resource":"*"`), Identity, first + ".Action", "no service", "Vendor a_ is not valid"},
	{statementWith(`"Effect":"Allow","Action":"*:b","Resource":"*"`), Identity, first + ".Action", "no service", "Vendor * is not valid"},
	{statementWith(`"Effect":"Allow","Action":"a:b"`), Identity, first, "want Resource", awsNoResources},
	{statementWith(`"Effect":"Allow","Action":"a:b","Resource":"pets"`), Identity, first + ".Resource", "neither an ARN", `Resource pets must be in ARN format or "*".`},
	{statementWith(`"Effect":"Allow","Action":"a:b","Resource":"execute-api:/*"`), Identity, first + ".Resource", "neither an ARN", `Resource execute-api:/* must be in ARN format or "*".`},
	{statementWith(`"Effect":"Allow","Action":"a:b","Resource":"arn:aws:*:::x"`), Identity, first + ".Resource", "in place of a service", awsVendorRegex},
	{statementWith(`"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:${aws:x}::x"`), Identity, first + ".Resource", "before the fifth colon", awsSyntax},
	{statementWith(`"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:::${aws:x"`), Identity, first + ".Resource", "without an end", awsSyntax},
	{statementWith(`"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:::${}"`), Identity, first + ".Resource", "no policy variable", awsSyntax},
	{statementWith(`"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:::${name}"`), Identity, first + ".Resource", "no policy variable", awsSyntax},
	{statementWith(`"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:::${aws:x, y}"`), Identity, first + ".Resource", "no policy variable", awsSyntax},
	{statementWith(`"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:::` + strings.Repeat("${aws:x}", 9) + `"`), Identity, first + ".Resource", "more than 8", awsSyntax},
	{statementWith(allow + `,"Sid":"a-b"`), Identity, first + ".Sid", "other characters", awsSidForm},
	{`{"Statement":[{` + allow + `,"Sid":"a"},{` + allow + `,"Sid":"a"}]}`, Identity, "Statement[1].Sid", "stands twice", awsSidTwice},
	{statementWith(allow + `,"Principal":"*"`), Identity, first + ".Principal", "names no principal", awsHasPrincipal},
	{statementWith(allow + `,"Principal":"*"`), Authorizer, first + ".Principal", "names no principal", awsHasPrincipal},
	{statementWith(`"Effect":"Allow","Action":"a:b","Resource":"arn:` + strings.Repeat("a", 509) + `"`), Authorizer, first + ".Resource", "over 512", awsSyntax},

	{statementWith(allow), Resource, first, "want a Principal", awsNoPrincipal},
	{statementWith(allow + `,"Principal":"111122223333"`), Resource, first + ".Principal", `want "*"`, awsBadPrincipal},
	{statementWith(allow + `,"Principal":{}`), Resource, first + ".Principal", "want a principal", awsBadPrincipal},
	{statementWith(allow + `,"Principal":null`), Resource, first + ".Principal", "want an object", awsSyntax},
	{statementWith(allow + `,"Principal":{"AWS":[]}`), Resource, first + ".Principal.AWS", "want a principal", awsBadPrincipal},
	{statementWith(allow + `,"Principal":{"AWS":["*","1111"]}`), Resource, first + ".Principal.AWS[1]", "is no principal", awsBadPrincipal},
	{statementWith(allow + `,"Principal":{"AWS":"arn:aws:iam::111122223333:user/*"}`), Resource, first + ".Principal.AWS", "is no principal", awsBadPrincipal},
	{statementWith(allow + `,"Principal":{"AWS":"arn:aws:iam::111122223333:group/g"}`), Resource, first + ".Principal.AWS", "is no principal", awsBadPrincipal},
	{statementWith(allow + `,"Principal":{"Service":"Amazon S3"}`), Resource, first + ".Principal.Service", "is no service", awsBadPrincipal},
	{statementWith(allow + `,"Principal":{"Federated":"*.google.com"}`), Resource, first + ".Principal.Federated", "names nobody", awsBadPrincipal},
	{statementWith(allow + `,"Principal":{"aws":"*"}`), Resource, first + ".Principal.aws", `not of "aws"`, awsBadPrincipal},
	{statementWith(allow + `,"Principal":"*","NotPrincipal":"*"`), Resource, first + ".NotPrincipal", "exclude each other", awsSyntax},
	{statementWith(allow + `,"NotPrincipal":{"AWS":"111122223333"}`), Resource, first + ".NotPrincipal", "with Deny only", awsBadPrincipal},
	{statementWith(`"Effect":"Deny","Action":"a:b","Resource":"*","NotPrincipal":"*"`), Resource, first + ".NotPrincipal", "means nobody", awsBadPrincipal},

	{statementWith(allow + `,"Condition":[]`), Identity, first + ".Condition", "want an object", awsSyntax},
	{statementWith(allow + `,"Condition":{"StringEquals":"a"}`), Identity, first + ".Condition.StringEquals", "want an object", awsSyntax},
	{statementWith(allow + `,"Condition":{"StringEqual":{"a:b":"c"}}`), Identity, first + ".Condition.StringEqual", "no condition operator", "Invalid Condition type : StringEqual"},
	{statementWith(allow + `,"Condition":{"stringEquals":{"a:b":"c"}}`), Identity, first + ".Condition.stringEquals", "no condition operator", "Invalid Condition type : stringEquals"},
	{statementWith(allow + `,"Condition":{"NullIfExists":{"a:b":"true"}}`), Identity, first + ".Condition.NullIfExists", "no condition operator", "Invalid Condition type : NullIfExists"},
	{statementWith(allow + `,"Condition":{"StringEquals":{"b":"c"}}`), Identity, first + ".Condition.StringEquals.b", "no condition key", awsNoVendor},
	{statementWith(allow + `,"Condition":{"StringEquals":{"a:b":"c","a:b":"d"}}`), Identity, first + ".Condition.StringEquals.a:b", "stands twice", awsSyntax},
	{statementWith(allow + `,"Condition":{"StringEquals":{"a:b":[]}}`), Identity, first + ".Condition.StringEquals.a:b", "want a value", awsSyntax},
	{statementWith(allow + `,"Condition":{"StringEquals":{"a:b":["c",null]}}`), Identity, first + ".Condition.StringEquals.a:b[1]", "want a string", awsSyntax},
	{statementWith(allow + `,"Condition":{"StringEquals":{"a:b":["c",{"d":"e"}]}}`), Identity, first + ".Condition.StringEquals.a:b[1]", "want a string", awsSyntax},
	{statementWith(allow + `,"Condition":{"NumericEquals":{"a:b":"0x10"}}`), Identity, first + ".Condition.NumericEquals.a:b", "is no number", awsSyntax},
	{statementWith(allow + `,"Condition":{"NumericEquals":{"a:b":"${aws:x}"}}`), Identity, first + ".Condition.NumericEquals.a:b", "is no number", awsSyntax},
	{statementWith(allow + `,"Condition":{"DateEquals":{"a:b":"2020-13-01"}}`), Identity, first + ".Condition.DateEquals.a:b", "is no date", awsLegacy},
	{statementWith(allow + `,"Condition":{"DateEquals":{"a:b":"-1"}}`), Identity, first + ".Condition.DateEquals.a:b", "is no date", awsLegacy},
	{statementWith(allow + `,"Condition":{"Bool":{"a:b":"yes"}}`), Identity, first + ".Condition.Bool.a:b", "true or false", awsSyntax},
	{statementWith(allow + `,"Condition":{"Null":{"a:b":"yes"}}`), Identity, first + ".Condition.Null.a:b", "true or false", awsSyntax},
	{statementWith(allow + `,"Condition":{"BinaryEquals":{"a:b":"?"}}`), Identity, first + ".Condition.BinaryEquals.a:b", "not base64", awsSyntax},
	{statementWith(allow + `,"Condition":{"IpAddress":{"a:b":"10.0.0.0/33"}}`), Identity, first + ".Condition.IpAddress.a:b", "no IP address", awsSyntax},
	{statementWith(allow + `,"Condition":{"ArnLike":{"a:b":"arn:aws:s3"}}`), Identity, first + ".Condition.ArnLike.a:b", "is no ARN", awsLegacy},
}

func TestRefusals(t *testing.T) {
	for _, c := range refusals {
		_, err := Compile([]byte(c.doc), Options{Kind: c.kind})
		e, ok := errors.AsType[*Error](err)
		if !ok {
			t.Errorf("%s: %v, want an *Error", c.doc, err)
			continue
		}
		if e.Place != c.place || !strings.Contains(e.Detail, c.detail) || e.AWS != c.aws {
			t.Errorf("%s:\n got  %s: %s (%s)\n want %s: …%s… (%s)", c.doc, e.Place, e.Detail, e.AWS, c.place, c.detail, c.aws)
		}
	}
}

func TestErrorPosition(t *testing.T) {
	doc := "{\n \"Version\": \"2012-10-17\",\n \"Statement\": [\n  {\"Effect\": \"Allow\",\n   \"Action\": [\"a:b\", \"c\"]}]}"
	_, err := Compile([]byte(doc), Options{})
	const want = `policy: Statement[0].Action[1], line 5, column 22: "c" is no action: want one such as execute-api:Invoke`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestAccepted are documents that look odd and are taken.
func TestAccepted(t *testing.T) {
	for _, c := range []struct {
		doc  string
		kind Kind
	}{
		{`{"Statement":{` + allow + `},"Id":"x","Version":"2008-10-17"}`, Identity},
		{statementWith(allow+`,"Sid":""`) + "\n", Identity},
		{statementWith(allow + `,"Condition":{}`), Identity},
		{statementWith(allow + `,"Condition":{"Bool":{}}`), Identity},
		{statementWith(`"Effect":"Allow","Action":["*","A.b-9:*"],"Resource":["arn:aws:codebuild:*"]`), Identity},
		{statementWith(allow + `,"Sid":"with space","Principal":{"AWS":"arn:aws-cn:iam::111122223333:role/path/r"}`), Resource},
		{statementWith(`"Effect":"Allow","Action":"a:b","Resource":"arn:aws:*"`), Authorizer},
		{`{"Version":"2012-10-17","Statement":[]}`, Authorizer},
	} {
		if _, err := Compile([]byte(c.doc), Options{Kind: c.kind}); err != nil {
			t.Errorf("%s: %v", c.doc, err)
		}
	}
}

// TestSize: white space does not count in identity policies (reference_iam-quotas), and does in resource policies.
func TestSize(t *testing.T) {
	doc := statementWith(allow)
	padded := doc + strings.Repeat(" \n", 100)
	for _, c := range []struct {
		doc  string
		o    Options
		over bool
	}{
		{doc, Options{MaxSize: len(doc)}, false},
		{doc, Options{MaxSize: len(doc) - 1}, true},
		{padded, Options{MaxSize: len(doc)}, false},
		{padded, Options{Kind: Authorizer, MaxSize: len(doc)}, true},
		{statementWith(allow + `,"Sid":"` + strings.Repeat("a", MaxIdentitySize) + `"`), Options{}, true},
		{statementWith(allow + `,"Sid":"` + strings.Repeat("a", MaxIdentitySize) + `"`), Options{Kind: Authorizer}, false},
		{statementWith(allow + `,"Principal":"*","Sid":"` + strings.Repeat("é", MaxResourceSize-200) + `"`), Options{Kind: Resource}, false},
	} {
		_, err := Compile([]byte(c.doc), c.o)
		if e, ok := errors.AsType[*Error](err); ok != c.over || ok && !strings.HasPrefix(e.AWS, "Cannot exceed quota for PolicySize: ") {
			t.Errorf("%.60s… of %d bytes with %+v: %v", c.doc, len(c.doc), c.o, err)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, c := range refusals {
		f.Add([]byte(c.doc), uint8(c.kind))
	}
	for _, g := range readGroups(f) {
		f.Add([]byte(g.Policy), uint8(Resource))
		f.Add([]byte(g.Policy), uint8(Identity))
	}
	f.Fuzz(func(t *testing.T, doc []byte, kind uint8) {
		o := Options{Kind: Kind(kind % 3)}
		p, err := Compile(doc, o)
		expanded, expandErr := documented.ExpandPolicy(doc)
		if err != nil {
			if e, ok := errors.AsType[*Error](err); !ok || e.AWS == "" || e.Detail == "" || e.Line < 1 || e.Column < 1 {
				t.Fatalf("%#v", err)
			}
			return
		}
		if !json.Valid(doc) {
			t.Fatal("taken, but not JSON")
		}
		req := &Request{Action: "a:b", Resource: "arn:aws:s3:::x", Context: Map{"aws:username": {"ann"}, "aws:sourceip": {"::1", "x"}}}
		d := p.Evaluate(req)
		if again := EvaluateAll(req, p, p); again != d {
			t.Fatalf("%v, then %v", d, again)
		}
		if expandErr != nil {
			t.Fatalf("taken, but not expanded: %v", expandErr)
		}
		if _, err := Compile(expanded, Options{Kind: o.Kind, MaxSize: 1 << 30}); err != nil {
			t.Fatalf("taken, but not when expanded: %v", err)
		}
	})
}
