package hostile

import (
	"strings"
	"testing"

	"github.com/dipylon/dipylon/test/harness"
)

const functions = "/2015-03-31/functions"

// lambdaRequests are requests to Lambda that are signed well and hostile otherwise.
var lambdaRequests = []struct {
	name, method, path, body string
	statuses                 []int
}{
	{"no JSON", "POST", functions, `{"FunctionName":`, []int{400}},
	{"a list", "POST", functions, `[]`, []int{400}},
	{"nothing", "POST", functions, ``, []int{400}},
	{"zip that is no base64", "POST", functions, create(`"ZipFile":"%%%"`), []int{400}},
	{"zip that is an object", "POST", functions, create(`"ZipFile":{}`), []int{400}},
	{"zip that is none", "POST", functions, create(`"ZipFile":"AAAA"`), []int{400}},
	{"no code", "POST", functions, create(``), []int{400}},
	{"code from everywhere", "POST", functions, create(`"ZipFile":"AAAA","S3Bucket":"abc","S3Key":"x"`), []int{400}},
	{"image", "POST", functions, create(`"ImageUri":"../../etc"`), []int{400, 501}},
	{"hot reload of a path that climbs", "POST", functions, create(`"S3Bucket":"hot-reload","S3Key":"../../etc"`), []int{400}},
	{"hot reload of no directory", "POST", functions, create(`"S3Bucket":"hot-reload","S3Key":"/dev/null"`), []int{400}},
	{"bucket without a server", "POST", functions, create(`"S3Bucket":"bucket","S3Key":"../../etc/passwd"`), []int{400, 403, 404}},
	{"name that climbs", "POST", functions, strings.ReplaceAll(create(`"ZipFile":"AAAA"`), `"hostile"`, `"../../x"`), []int{400}},
	{"name with a newline", "POST", functions, strings.ReplaceAll(create(`"ZipFile":"AAAA"`), `"hostile"`, `"a\nb"`), []int{400}},
	{"huge body", "POST", functions, create(`"ZipFile":"` + strings.Repeat("A", 80<<20) + `"`), []int{400, 413}},
	{"huge body to another operation", "POST", functions + "/x/policy", strings.Repeat(" ", 10<<20+1), []int{400, 404, 413}},
	{"function that is not", "GET", functions + "/nobody", "", []int{404}},
	{"function with escaped slashes", "GET", functions + "/a%2F..%2Fb", "", []int{400, 404}},
	{"function with NUL", "GET", functions + "/a%00", "", []int{400, 404}},
	{"function with a long name", "GET", functions + "/" + strings.Repeat("n", 5000), "", []int{400, 404}},
	{"function of half an ARN", "GET", functions + "/arn:aws:lambda:::function:", "", []int{400, 404}},
	{"qualifier of nonsense", "GET", functions + "/nobody?Qualifier=%24%7Bx%7D", "", []int{400, 404}},
	{"marker of nonsense", "GET", functions + "/?Marker=%FF%FE", "", []int{200, 400}},
	{"many items", "GET", functions + "/?MaxItems=99999999999999999999", "", []int{400}},
	{"call that is no JSON", "POST", functions + "/nobody/invocations", `{`, []int{400, 404}},
	{"huge call", "POST", functions + "/nobody/invocations", `"` + strings.Repeat("x", 20<<20) + `"`, []int{400, 404, 413}},
	{"layer that is no zip", "POST", "/2018-10-31/layers/l/versions", `{"Content":{"ZipFile":"AAAA"}}`, []int{400}},
	{"tags of nobody", "POST", "/2017-03-31/tags/arn:aws:lambda:us-east-1:000000000000:function:nobody", `{"Tags":{"a":"b"}}`, []int{404}},
}

// create is a request that makes a function of that code.
func create(code string) string {
	return `{"FunctionName":"hostile","Runtime":"provided.al2023","Handler":"bootstrap","Role":"arn:aws:iam::000000000000:role/r","Code":{` + code + `}}`
}

func TestSignedRequestsToLambda(t *testing.T) {
	g := newGuarded(t)
	for _, c := range lambdaRequests {
		t.Run(c.name, func(t *testing.T) {
			url := "http://" + g.ControlAddr() + c.path
			signed, err := harness.Signer{KeyID: "test", Secret: "test", Service: "lambda", Region: harness.Region}.Headers(c.method, url, []byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			answer, err := harness.Call{Method: c.method, URL: url, Headers: signed, Body: []byte(c.body)}.Do(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			expect(t, answer, c.statuses)
		})
	}
}
