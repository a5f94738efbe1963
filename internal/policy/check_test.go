package policy

import (
	"errors"
	"strings"
	"testing"
)

// managed returns a document of one statement that is good but for what is given: members in place of Resource and
// Action, after an Effect.
func managed(members string) string { return statementWith(`"Effect":"Allow",` + members) }

func onResource(r string) string { return managed(`"Action":"s3:List","Resource":` + r) }

func onCondition(c string) string {
	return managed(`"Action":"s3:List","Resource":"arn:aws:s3:::b","Condition":` + c)
}

const (
	bucket  = `"Resource":"arn:aws:s3:::b"`
	version = `"Version":"2012-10-17",`
)

// managedFaults are documents for CreatePolicy and IAM's answer; the comments number the recordings, as
// test_create_policy_invalid_document of localstack's tests/aws/services/iam/test_iam_policies.snapshot.json does.
var managedFaults = []struct{ doc, aws string }{
	{"no JSON", awsSyntax},                                                                                             // 0
	{`{"Statement":{` + allow + `}}`, awsOldVersion},                                                                   // 1
	{`{"Version":"2008-10-17","Statement":{` + allow + `}}`, awsOldVersion},                                            // 2
	{`{"Version":"2013-10-17","Statement":{` + allow + `}}`, awsSyntax},                                                // 3
	{`{"Version":"2012-10-17"}`, awsSyntax},                                                                            // 4
	{`{` + version + `"Statement":["s"]}`, awsSyntax},                                                                  // 5
	{`{` + version + `"Statement":{` + allow + `},"More":1}`, awsSyntax},                                               // 6
	{statementWith(allow + `,"More":"x"`), awsSyntax},                                                                  // 7
	{`{` + version + `"Id":["x"],"Statement":{` + allow + `}}`, awsSyntax},                                             // 8
	{`{` + version + `"Id":{},"Statement":{` + allow + `}}`, awsSyntax},                                                // 9
	{statementWith(`"Effect":"Maybe","Action":"s3:List",` + bucket), awsSyntax},                                        // 10
	{managed(`"Action":"List",` + bucket), awsNoVendor},                                                                // 11
	{managed(`"NotAction":"",` + bucket), awsNoVendor},                                                                 // 12
	{managed(`"Action":"s 3:List",` + bucket), "Vendor s 3 is not valid"},                                              // 13
	{managed(`"Action":"s3:List:All",` + bucket), awsColons},                                                           // 14
	{`{` + version + `"Statement":[{` + allow + `},{"Effect":"Deny","Action":"s:3:List",` + bucket + `}]}`, awsColons}, // 15
	{onResource(`"no arn"`), `Resource no arn must be in ARN format or "*".`},                                          // 16
	{`{` + version + `"Statement":[{"Sid":"a","Effect":"Allow","Action":["s3:List"],"Resource":""},{` + allow + `}]}`, `Resource  must be in ARN format or "*".`}, // 17
	{managed(`"Action":"s:3:List","Resource":"none"`), `Resource none must be in ARN format or "*".`},                                                             // 18
	{onResource(`["none"]`), `Resource none must be in ARN format or "*".`},                                                                                       // 19
	{onResource(`""`), `Resource  must be in ARN format or "*".`},                                                                                                 // 20
	{managed(`"NotAction":"s3:List","Resource":"a:p"`), `Partition "p" is not valid for resource "arn:p:*:*:*:*".`},                                               // 21
	{managed(`"NotAction":"s3:List","Resource":"a:p:q"`), `Partition "p" is not valid for resource "arn:p:q:*:*:*".`},                                             // 22
	{managed(`"NotAction":"s3:List","Resource":"a:p:q:r:s:t:u:v"`), `Partition "p" is not valid for resource "arn:p:q:r:s:t:u:v".`},                               // 23
	{onResource(`"aws:s3:::b"`), `Partition "s3" is not valid for resource "arn:s3:::b:*".`},                                                                      // 24
	{onResource(`["arn:p:s3:::b","arn:p:s3::b"]`), `Partition "p" is not valid for resource "arn:p:s3:::b".`},                                                     // 25
	{`{` + version + `"Statement":[]}`, awsSyntax},                                                                                                                // 26
	{managed(`"Action":"s3:List"`), awsNoResources},                                                                                                               // 27
	{onResource(`[]`), awsNoResources},                                                                                                        // 28
	{managed(`"Action":"List"`), awsNoResources},                                                                                              // 29
	{managed(bucket), awsNoActions},                                                                                                           // 30
	{statementWith(`"Action":"s3:List",` + bucket), awsSyntax},                                                                                // 31
	{statementWith(`"Effect":"Allow"`), awsNoActions},                                                                                         // 32
	{managed(`"Action":[],` + bucket), awsNoActions},                                                                                          // 33
	{`{` + version + `"Statement":[{"Effect":"Deny"},{` + allow + `}]}`, awsNoActions},                                                        // 34
	{onResource(`"arn:aws:iam:::thing"`), awsIAMPath},                                                                                         // 35
	{onResource(`"arn:aws:s3::b"`), awsLegacy},                                                                                                // 36
	{managed(`"Resource":"arn:aws:s3::b"`), awsLegacy},                                                                                        // 37
	{onResource(`"arn:aws"`), awsVendorRegex},                                                                                                 // 38
	{onResource(`{"a":"arn:aws:s3:::b"}`), awsSyntax},                                                                                         // 39
	{onResource(`["x",{}]`), awsSyntax},                                                                                                       // 40
	{managed(`"NotAction":"s3:List",` + bucket + `,"NotResource":[]`), awsSyntax},                                                             // 41
	{managed(`"Action":[[]],` + bucket), awsSyntax},                                                                                           // 42
	{managed(`"NotAction":"s3:List","Action":[],` + bucket), awsSyntax},                                                                       // 43
	{managed(`"Action":{},` + bucket), awsSyntax},                                                                                             // 44
	{onCondition(`[]`), awsSyntax},                                                                                                            // 45
	{onCondition(`"a"`), awsSyntax},                                                                                                           // 46
	{onCondition(`{"a":"b"}`), awsSyntax},                                                                                                     // 47
	{onCondition(`{"DateGreaterThan":"b"}`), awsSyntax},                                                                                       // 48
	{onCondition(`{"DateGreaterThan":[]}`), awsSyntax},                                                                                        // 49
	{onCondition(`{"DateGreaterThan":{"a":{}}}`), awsSyntax},                                                                                  // 50
	{managed(bucket + `,"Condition":{"DateGreaterThan":{"a":{}}}`), awsSyntax},                                                                // 51
	{onCondition(`{"x":{"a":"1"}}`), awsSyntax},                                                                                               // 52
	{onCondition(`{"ForAnyValue::StringEqualsIfExists":{"a":"1"}}`), awsSyntax},                                                               // 53
	{onCondition(`[{"StringEquals":{"a":"1"}}]`), awsSyntax},                                                                                  // 54
	{onResource(`"arn:aws:iam:eu-west-1::b"`), "IAM resource arn:aws:iam:eu-west-1::b cannot contain region information."},                    // 55
	{onResource(`"arn:aws:s3:eu-west-1::b"`), "Resource arn:aws:s3:eu-west-1::b can not contain region information."},                         // 56
	{statementWith(allow + `,"Sid":{}`), awsSyntax},                                                                                           // 57
	{statementWith(allow + `,"Sid":[]`), awsSyntax},                                                                                           // 58
	{`{` + version + `"Statement":[{"Sid":"a",` + allow + `},{"Sid":"a","Effect":"Allow"}]}`, awsSidTwice},                                    // 59
	{`{"Statement":[{"Sid":"a",` + allow + `},{"Sid":"a","Effect":"Allow"}]}`, awsOldVersion},                                                 // 60
	{managed(`"NotAction":"s3:List","Action":"s3:Get",` + bucket), awsSyntax},                                                                 // 61
	{managed(`"Action":"s3:List",` + bucket + `,"NotResource":"*"`), awsSyntax},                                                               // 62
	{statementWith(`"Effect":"denY","Action":"s3:List",` + bucket), awsLegacy},                                                                // 63
	{onCondition(`{"DateGreaterThan":{"a":"soon"}}`), awsLegacy},                                                                              // 64
	{strings.Replace(onCondition(`{"DateGreaterThan":{"a":"soon"}}`), version, "", 1), awsOldVersion},                                         // 65
	{`{"Statement":{"Effect":"denY","Action":"s3:List",` + bucket + `}}`, awsOldVersion},                                                      // 66
	{managed(`"Condition":{"DateGreaterThan":{"a":"soon"}}`), awsLegacy},                                                                      // 67
	{managed(`"NotAction":"s3:List","Resource":"arn:aws::::b"`), awsLegacy},                                                                   // 68
	{statementWith(`"Effect":"allow","Resource":"arn:aws:s3:eu-west-1::b"`), awsLegacy},                                                       // 69
	{`{` + version + `"Statement":[{"Sid":"a","Effect":"aLLow","Action":"s3:List",` + bucket + `},{"Sid":"a","Effect":"Allow"}]}`, awsLegacy}, // 70
	{managed(`"Action":"s3:List","NotResource":"arn:aws:s3::b"`), awsLegacy},                                                                  // 71
	{onCondition(`{"DateLessThanEquals":{"a":"234-13"}}`), awsLegacy},                                                                         // 72
	{onCondition(`{"DateLessThanEquals":{"a":"2016-12-13t2:00:00.593194+1"}}`), awsLegacy},                                                    // 73
	{onCondition(`{"DateLessThanEquals":{"a":"2016-12-13t2:00:00.1999999999+10:59"}}`), awsLegacy},                                            // 74
	{onCondition(`{"DateLessThan":{"a":"9223372036854775808"}}`), awsLegacy},                                                                  // 75
	{managed(`"Action":"s3:List","Resource":"arn:p:s3:::b","Condition":{"DateGreaterThan":{"a":"soon"}}`), awsLegacy},                         // 76
	{onResource(`"arn:aws::b"`), awsLegacy},                                                                                                   // 77
	{statementWith(allow + `,"Principal":"*"`), awsHasPrincipal},                                                                              // public reports
	{statementWith(allow + `,"Sid":"a b"`), awsSidForm},                                                                                       // public reports
	{statementWith(allow) + strings.Repeat("}", 3), awsSyntax},                                                                                // ours
	{`{` + version + strings.Repeat(`"Statement":[`, 9999), awsSyntax},                                                                        // ours
}

// odd are documents that IAM takes, as test_create_policy_valid_document there, and that Compile need not take.
var odd = []string{
	managed(`"Action":"iam: with spaces ",` + bucket),
	managed(`"Action":"*",` + bucket),
	onResource(`["arn:aws:s3:::b","*"]`),
	onResource(`"arn:aws:short"`),
	onResource(`"arn:aws:s33:::b"`),
	onResource(`"arn:aws:iam:::user/u"`),
	onResource(`"arn:aws:iam::*:mfa/${aws:username}"`),
	onResource(`"arn:aws:cloudwatch:eu-west-1::x"`),
	onResource(`"arn:aws:s3:eu-west-1:123456789012:accesspoint/p/object/*"`),
	onCondition(`{}`), onCondition(`{"DateGreaterThan":{}}`), onCondition(`{"DateGreaterThan":{"a":[]}}`), onCondition(`{"x":{},"y":{}}`),
	onCondition(`{"ForAllValues:StringEquals":{"aws:TagKeys":"d"}}`),
	onCondition(`{"ForAnyValue:StringEqualsIfExists":{"a":"1"}}`),
	onCondition(`{"DateGreaterThan":{"a":"01T"}}`),
	onCondition(`{"DateLessThanEquals":{"a":"2019-07-01T13:20:15Z"}}`),
	onCondition(`{"DateLessThanEquals":{"a":"2016-12-13T21:20:37.593194+00:00"}}`),
	onCondition(`{"DateLessThanEquals":{"a":"2016-12-13t2:00:00.593194+23"}}`),
	onCondition(`{"DateLessThan":{"a":"-292275054"}}`),
	onCondition(`{"Bool":{"aws:SecureTransport":true}}`),
	managed(`"Action":"a.b-c:List",` + bucket),
	managed(`"NotAction":"s3:List","NotResource":"*"`),
	`{` + version + `"Statement":[{"Sid":"",` + allow + `},{"Sid":"",` + allow + `}]}`,
}

// trustFaults are documents for CreateRole and UpdateAssumeRolePolicy. The first three are recorded in
// test_iam_roles.snapshot.json there; the principals are from public reports.
var trustFaults = []struct{ doc, aws string }{
	{"no JSON", awsNotJSON},
	{trust(`"Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:InvalidAction"`), awsTrustActions},
	{trust(`"Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole",` + bucket), "Has prohibited field Resource"},
	{trust(`"Action":"sts:AssumeRole"`), awsNoPrincipal},
	{trust(`"Principal":{"AWS":"arn:aws:sts::123456789012:assumed-role/r/*"},"Action":"sts:AssumeRole"`), `Invalid principal in policy: "AWS":"arn:aws:sts::123456789012:assumed-role/r/*"`},
	{trust(`"Principal":{"Service":"no service"},"Action":"sts:AssumeRole"`), `Invalid principal in policy: "SERVICE":"no service"`},
	{trust(`"Principal":{},"Action":"sts:AssumeRole"`), awsBadPrincipal},
	{trust(`"Principal":{"AWS":[]},"Action":"sts:AssumeRole"`), awsBadPrincipal},
	{trust(`"Principal":"me","Action":"sts:AssumeRole"`), awsBadPrincipal},
	{trust(`"NotPrincipal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"`), "Has prohibited field NotPrincipal"},
	{trust(`"Principal":"*","Action":"sts:AssumeRole","NotResource":"*"`), "Has prohibited field NotResource"},
	{trust(`"Principal":"*"`), awsNoActions},
	{trust(`"Principal":"*","Action":"*"`), awsTrustActions},
	{trust(`"Principal":"*","Action":["sts:AssumeRole","s3:Get"]`), awsTrustActions},
	{trust(`"Principal":"*","Action":"sts:AssumeRole","More":1`), awsSyntax},
	{`{"Statement":{"Effect":"allow","Principal":"*","Action":"sts:AssumeRole"}}`, awsLegacy},
	{`{}`, awsSyntax},
}

func trust(members string) string { return managed(members) }

var trusts = []string{
	trust(`"Principal":{"Service":["lambda.amazonaws.com","apigateway.amazonaws.com"]},"Action":["sts:AssumeRole","sts:TagSession"]`),
	`{"Version":"2008-10-17","Statement":[{"Sid":"","Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:assumerole"}]}`,
	trust(`"Principal":{"Federated":"cognito-identity.amazonaws.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"a:aud":"x"}}`),
	trust(`"Principal":{"AWS":"*"},"Action":"sts:*"`),
}

func TestCheck(t *testing.T) {
	for i, c := range managedFaults {
		checkSays(t, i, c.doc, Managed, c.aws)
		if c.aws != awsOldVersion {
			checkSays(t, i, c.doc, Inline, c.aws)
		}
	}
	for i, c := range trustFaults {
		checkSays(t, i, c.doc, Trust, c.aws)
	}
	for i, doc := range odd {
		checkSays(t, i, doc, Managed, "")
	}
	for i, doc := range trusts {
		checkSays(t, i, doc, Trust, "")
	}
	checkSays(t, 0, `{"Statement":{`+allow+`}}`, Inline, "")
}

func checkSays(t *testing.T, i int, doc string, as Stored, want string) {
	t.Helper()
	said := ""
	if e, ok := errors.AsType[*Error](Check([]byte(doc), as)); ok {
		said = e.AWS
	}
	if said != want {
		t.Errorf("%d: %.200s as %d:\n got  %s\n want %s", i, doc, as, said, want)
	}
}

func FuzzCheck(f *testing.F) {
	for _, list := range [][]struct{ doc, aws string }{managedFaults, trustFaults} {
		for _, c := range list {
			f.Add([]byte(c.doc))
		}
	}
	for _, doc := range append(odd, trusts...) {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		for _, as := range []Stored{Managed, Inline, Trust} {
			if err := Check(doc, as); err != nil {
				if e, ok := errors.AsType[*Error](err); !ok || e.AWS == "" || e.Detail == "" {
					t.Fatalf("%#v", err)
				}
			}
		}
	})
}
