package integrate

import (
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
)

// TestMockStatus: names may lack their quotes (recorded: aws-behaviour.md, fact 26), texts are no status (aws/aws-cdk issue
// 5997), any integer is one (localstack/localstack pull request 11148).
func TestMockStatus(t *testing.T) {
	for body, want := range map[string]string{
		`{"statusCode": 200}`: "200", `{statusCode: 200}`: "200", `{'statusCode': 404, "more": {"a": [1]}}`: "404", "\n{\n  \"statusCode\" : 500\n}\n": "500",
		`{"statusCode": -7}`: "-7", `{"statusCode": 0}`: "0", `{"statusCode": 99999999999}`: "99999999999", `{"other": 1, statusCode: 201}`: "201",
		`{"statusCode": "200"}`: "", `{"statusCode": 200.5}`: "", `{"statusCode": null}`: "", `{}`: "", ``: "", `200`: "", `[200]`: "", `{"statusCode": 200`: "",
		`{"a": {"statusCode": 200}}`: "", `{"statusCode": {}}`: "", `plain text`: "",
	} {
		x := &exchange.Exchange{REST: true}
		x.Outgoing.Body = []byte(body)
		err := Mock().Run(t.Context(), x)
		if got := string(x.Integration.Selector); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %q, %v", body, got, err)
		}
	}
}

func FuzzMockStatus(f *testing.F) {
	f.Add([]byte(`{statusCode: 200}`))
	f.Add([]byte(`{"statusCode":{"a":['b',c]}}`))
	f.Fuzz(func(_ *testing.T, body []byte) { mockStatus(body) })
}
