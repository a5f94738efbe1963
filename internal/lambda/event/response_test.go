package event

import (
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
)

// describe writes a response as "STATUS name: value|...|| body".
func describe(x *exchange.Exchange, err error) string {
	if err != nil {
		return "error " + err.Error()
	}
	var out []string
	for _, f := range x.Response.Header.Fields() {
		out = append(out, string(f.Name)+": "+string(f.Value))
	}
	return string(rune('0'+x.Response.Status/100)) + string(rune('0'+x.Response.Status/10%10)) + string(rune('0'+x.Response.Status%10)) +
		" " + strings.Join(out, "|") + "|| " + string(x.Response.Body.Bytes)
}

const (
	jsonType = "Content-Type: application/json"
	textType = "Content-Type: text/plain; charset=utf-8"
)

// SNAP is aws-lambda-dotnet's Tools/LambdaTestTool-v2 snapshots, recorded at AWS; facts are those of
// aws-behaviour-http-api.md.
func TestReadResponse(t *testing.T) {
	for _, c := range []struct{ name, version, payload, want string }{
		// Facts 33 and 34, SNAP ToApiGatewayProxyResponse_ValidResponse_*.
		{"an object", "2.0", `{"name": "John Doe", "age": 30}`, "200 " + jsonType + `|| {"name": "John Doe", "age": 30}`},
		{"broken JSON", "2.0", `{"name": "John Doe", "age":`, "200 " + jsonType + `|| {"name": "John Doe", "age":`},
		{"broken JSON with a status", "2.0", `{"statusCode": 201, "body":"\n"`, "200 " + jsonType + `|| {"statusCode": 201, "body":"\n"`},
		{"bare text", "2.0", `Hello`, "200 " + jsonType + `|| Hello`},
		{"a string", "2.0", `"Hello, World!"`, "200 " + jsonType + `|| Hello, World!`},
		{"a string with escapes", "2.0", ` "a\"b\u00e9" `, "200 " + jsonType + `|| a"bé`},
		{"an empty string", "2.0", `""`, "200 " + jsonType + `|| `},
		{"a boolean", "2.0", `true`, "200 " + jsonType + `|| true`},
		{"a list", "2.0", `[1, 2]`, "200 " + jsonType + `|| [1, 2]`},
		{"null", "2.0", `null`, "200 " + jsonType + `|| null`},
		{"nothing", "2.0", ``, "200 " + jsonType + `|| `},
		{"a status that is null", "2.0", `{"statusCode":null}`, "200 " + jsonType + `|| {"statusCode":null}`},
		// Fact 35, SNAP V2_DefaultsToTextPlainContentType, V1_DefaultsToCorrectContentTYpeHttpV1.
		{"no type", "2.0", `{"statusCode":200,"body":"Hello, World!"}`, "200 " + textType + `|| Hello, World!`},
		{"no type in 1.0", "1.0", `{"statusCode":201,"body":"{\"message\":\"Created\"}"}`, "201 " + textType + `|| {"message":"Created"}`},
		// SNAP V2_HandlesHeadersCorrectly, fact 37.
		{"headers", "2.0", `{"statusCode":200,"headers":{"content-type":"application/json","myheader":"test,shouldhavesecondvalue","anotherheader":"secondvalue"},"body":"{}"}`,
			"200 Content-Type: application/json|Myheader: test,shouldhavesecondvalue|Anotherheader: secondvalue|| {}"},
		// SNAP V1_CombinesSingleAndMultiValueHeadersHttpV1, fact 38.
		{"headers and their like", "1.0", `{"statusCode":200,"headers":{"Content-Type":"application/json","Combined-Header":"single-value"},` +
			`"multiValueHeaders":{"Combined-Header":["multi-value1","multi-value2"],"X":[]},"body":"{}"}`,
			"200 Content-Type: application/json|Combined-Header: single-value|Combined-Header: multi-value1|Combined-Header: multi-value2|| {}"},
		{"values that are no strings", "2.0", `{"statusCode":200,"headers":{"a":true,"b":1.50,"c":null},"body":null}`, "200 A: true|B: 1.50|" + textType + "|| "},
		{"cookies", "2.0", `{"cookies":["a=1; Secure","b=2"],"isBase64Encoded":false,"statusCode":200,"body":"x"}`,
			"200 Set-Cookie: a=1; Secure|Set-Cookie: b=2|" + textType + "|| x"},
		{"what the other format has", "1.0", `{"statusCode":200,"cookies":["a=1"]}`, "200 " + textType + "|| "},
		{"what 1.0 has", "2.0", `{"statusCode":200,"multiValueHeaders":{"a":["1"]}}`, "200 " + textType + "|| "},
		// SNAP V2_SetsBodyBase64, BinaryContentHttpV1.
		{"base64", "2.0", `{"statusCode":200,"body":"eyJhIjoxfQ==","isBase64Encoded":true}`, "200 " + textType + `|| {"a":1}`},
		{"base64 in 1.0", "1.0", `{"statusCode":200,"body":"AQI=","isBase64Encoded":true,"headers":{"Content-Type":"image/png"}}`, "200 Content-Type: image/png|| \x01\x02"},
		// Fact 39.
		{"no content", "2.0", `{"statusCode":204,"body":""}`, "204 || "},
		{"no content with something", "1.0", `{"statusCode":204,"headers":{"x":"1"},"body":"ignored"}`, "204 X: 1|| "},
		{"a status as a string", "2.0", `{"statusCode":"404","body":"x"}`, "404 " + textType + "|| x"},
		{"names twice", "2.0", `{"statusCode":500,"body":"a","statusCode":200,"body":"b"}`, "200 " + textType + "|| b"},
		{"escaped names", "2.0", `{"status\u0043ode":200,"b\u006fdy":"b"}`, "200 " + textType + "|| b"},
		{"the connection's fields", "2.0", `{"statusCode":200,"headers":{"content-length":"7","transfer-encoding":"chunked","connection":"close","x":"1"}}`, "200 X: 1|" + textType + "|| "},
		// Fact 36, SNAP V2_HandlesZeroStatusCode, ..._StatusCodeAsFloat_ReturnsInternalServerError.
		{"status 0", "2.0", `{"statusCode":0}`, "The statusCode is 0."},
		{"status 200.5", "2.0", `{"statusCode":200.5}`, "The statusCode is 200.5."},
		{"status 99", "1.0", `{"statusCode":99}`, "The statusCode is 99."},
		{"status 600", "1.0", `{"statusCode":600}`, "The statusCode is 600."},
		{"status 1000", "1.0", `{"statusCode":1000}`, "The statusCode is 1000."},
		{"a status of another kind", "1.0", `{"statusCode":{"a":1}}`, `The statusCode is {"a":1}.`},
		{"an empty status", "1.0", `{"statusCode":""}`, `The statusCode is "".`},
		{"1.0 without status", "1.0", `{"body":"x"}`, "It has no statusCode."},
		{"1.0 that is a string", "1.0", `"x"`, "It is no JSON object."},
		{"1.0 that is broken", "1.0", `{"statusCode":200`, "It is no JSON object."},
		{"a body that is an object", "2.0", `{"statusCode":200,"body":{}}`, "The body is not a string."},
		{"a flag that is none", "2.0", `{"statusCode":200,"isBase64Encoded":"true"}`, "isBase64Encoded is neither true nor false."},
		{"base64 that is none", "2.0", `{"statusCode":200,"body":"*","isBase64Encoded":true}`, "The body is not base64: illegal base64 data at input byte 0."},
		{"headers that are a list", "2.0", `{"statusCode":200,"headers":[]}`, "headers is not an object."},
		{"a header that is a list", "2.0", `{"statusCode":200,"headers":{"a":["1"]}}`, "The header a is no text."},
		{"a value that ends the head", "2.0", `{"statusCode":200,"headers":{"a":"1\r\nb: 2"}}`, `The header "A" cannot be sent.`},
		{"a name that is none", "2.0", `{"statusCode":200,"headers":{"a b":"1"}}`, `The header "A b" cannot be sent.`},
		{"multi values that are none", "1.0", `{"statusCode":200,"multiValueHeaders":{"a":"1"}}`, "A value of multiValueHeaders is not a list."},
		{"cookies that are none", "2.0", `{"statusCode":200,"cookies":"a"}`, "cookies is not a list."},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := c.want
			if want[0] < '0' || want[0] > '9' {
				want = "error " + errFormat.Error() + " " + want
			}
			x := &exchange.Exchange{}
			if got := describe(x, New(c.version, Config{}).ReadResponse([]byte(c.payload), x)); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if strings.HasPrefix(want, "error") && (x.Answered() || x.Response.Header.Len() > 0) {
				t.Error("there is a response nevertheless")
			}
		})
	}
}

func TestReadAuthorization(t *testing.T) {
	const allow = `"policyDocument":{"Version":"2012-10-17","Statement":[]}`
	for _, c := range []struct {
		name, version string
		simple        bool
		payload       string
		// want is "allowed|policy|principal|context", or what stands behind AWS's text.
		want string
	}{
		{"simple", "2.0", true, `{"isAuthorized":true,"context":{"b":"x","a":1}}`, `true|||{"a":1,"b":"x"}`},
		{"simple and not", "2.0", true, `{"isAuthorized":false}`, `false|||null`},
		// The developer guide's example.
		{"all kinds of context", "2.0", true, `{"isAuthorized":true,"context":{"stringKey":"value","numberKey":1,"booleanKey":true,"arrayKey":["value1", "value2"],"mapKey":{"value1":"value2"}}}`,
			`true|||{"arrayKey":["value1","value2"],"booleanKey":true,"mapKey":{"value1":"value2"},"numberKey":1,"stringKey":"value"}`},
		{"a policy", "2.0", false, `{"principalId":"me",` + allow + `,"context":null}`, `false|` + allow[len(`"policyDocument":`):] + `|me|null`},
		{"a policy in 1.0", "1.0", false, `{"principalId":7,` + allow + `,"context":{"a":true}}`, `false|` + allow[len(`"policyDocument":`):] + `|7|{"a":true}`},
		// Recorded: classmethod's tsnote-api-gateway-lambda-authorizer-internal-server-error-troubleshooting.
		{"a policy where a simple response is asked for", "2.0", true, `{` + allow + `}`, "Simple response did not include 'isAuthorized'"},
		{"a simple response where a policy is", "2.0", false, `{"isAuthorized":true}`, "Policy response did not include 'policyDocument'"},
		{"a flag that is none", "2.0", true, `{"isAuthorized":"true"}`, "'isAuthorized' is neither true nor false"},
		{"nothing", "2.0", true, `null`, "It is no JSON object"},
		{"no JSON", "1.0", false, `{`, "It is no JSON object"},
		{"a context that is a list", "2.0", true, `{"isAuthorized":true,"context":[]}`, "'context' is not an object"},
		{"a context of 1.0 with a list", "1.0", false, `{` + allow + `,"context":{"a":[]}}`, "'context' has a value that is neither a string, a number nor a boolean"},
		{"a principal that is an object", "1.0", false, `{` + allow + `,"principalId":{}}`, "'principalId' is not a string"},
	} {
		a, err := ReadAuthorization([]byte(c.payload), c.version, c.simple)
		var got string
		if err != nil {
			got = strings.TrimPrefix(err.Error(), errAuthorization.Error()+" ")
		} else {
			allowed := map[bool]string{true: "true", false: "false"}[a.Allowed]
			got = strings.Join([]string{allowed, string(a.Policy), a.Principal, string(a.ContextJSON)}, "|")
		}
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	a, err := ReadAuthorization([]byte(`{"isAuthorized":true,"context":{"s":"a\"b","n":1.0,"t":true,"l":[1, 2],"z":null}}`), "2.0", true)
	if err != nil || len(a.Context) != 4 || a.Context["s"] != `a"b` || a.Context["n"] != "1.0" || a.Context["t"] != "true" || a.Context["l"] != "[1,2]" {
		t.Errorf("got %v, %v", a, err)
	}
}
