package terraform

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/dipylon/dipylon/test/harness"
)

var keys = credentials.NewStaticCredentialsProvider("test", "test", "")

// TestLife is the article's life by the AWS SDK, in the order in which Terraform's AWS provider 5.46 called (recorded):
// apply, plan, changes, each with a plan behind it, and destroy.
func TestLife(t *testing.T) {
	l := newLife(newWorld(t))
	l.shared()
	l.functions()
	l.httpAPI()
	l.alarms(60, 3)
	l.restAPI()
	l.plans()
	l.privateIntegration()
	one := edition{release: "one", kind: `"id"`, variable: `"release": "one"`}
	l.traffic(l.deployed(), one)
	l.plan("after apply")

	two := edition{release: "two", kind: `"kind": "import"`, variable: `"release": "two"`}
	l.change(two)
	l.traffic(l.deployed(), two)
	l.plan("after a change")
	l.quota("1")
	l.exhausted(l.deployed())
	l.quota("10000")
	l.throttle("1", "0.001")
	l.limits(l.deployed())
	l.plan("after a change of the plan")
	l.alarms(10, 1)
	l.plan("after a change of the alarms")
	l.alert(l.deployed(), 2*time.Minute)

	l.destroy()
	l.leftovers()
}

// life is what there is of the configuration, and what the provider read of it.
type life struct {
	*world
	v1     *apigateway.Client
	v2     *apigatewayv2.Client
	lambda *lambda.Client
	iam    *iam.Client
	logs   *cloudwatchlogs.Client
	watch  *cloudwatch.Client

	tags                                                          map[string]string
	key, value, role, topic, subscription, group                  *string
	http, httpIntegration, jwt, getUsers, createUser, link        *string
	private, proxy                                                *string
	rest, root, imports, me, token, deployment, standard, premium *string
	stage                                                         *apigatewayv2.CreateStageInput
	reads                                                         []read
}

// read is one of the provider's reads: plans repeat all of them.
type read struct {
	name string
	do   func() (any, error)
	got  any
}

func newLife(w *world) *life {
	at := aws.String(w.endpoint())
	return &life{
		world: w, tags: map[string]string{"Project": "orders"},
		v1:     apigateway.New(apigateway.Options{Region: region, BaseEndpoint: at, Credentials: keys, RetryMaxAttempts: 1}),
		v2:     apigatewayv2.New(apigatewayv2.Options{Region: region, BaseEndpoint: at, Credentials: keys, RetryMaxAttempts: 1}),
		lambda: lambda.New(lambda.Options{Region: region, BaseEndpoint: at, Credentials: keys, RetryMaxAttempts: 1}),
		iam:    iam.New(iam.Options{Region: region, BaseEndpoint: at, Credentials: keys, RetryMaxAttempts: 1}),
		watch:  cloudwatch.New(cloudwatch.Options{Region: region, BaseEndpoint: at, Credentials: keys, RetryMaxAttempts: 1}),
		logs:   cloudwatchlogs.New(cloudwatchlogs.Options{Region: region, BaseEndpoint: at, Credentials: keys, RetryMaxAttempts: 1}),
	}
}

func (l *life) deployed() deployed {
	return deployed{http: *l.http, rest: *l.rest, key: *l.value, topic: *l.topic}
}

// read reads something that was made or changed, and keeps the answer in the place of an earlier one of that name.
func (l *life) read(name string, do func() (any, error)) any {
	l.Helper()
	got, err := do()
	if err != nil {
		l.Fatalf("%s: %v", name, err)
	}
	for i := range l.reads {
		if l.reads[i].name == name {
			l.reads[i] = read{name, do, got}
			return got
		}
	}
	l.reads = append(l.reads, read{name, do, got})
	return got
}

// reread reads by an earlier read again.
func (l *life) reread(name string) {
	l.Helper()
	for _, r := range l.reads {
		if r.name == name {
			l.read(name, r.do)
			return
		}
	}
	l.Fatalf("no read %q", name)
}

// plan reads everything again: what differs from what was read behind the last change, Terraform would want to change.
func (l *life) plan(when string) {
	l.Helper()
	for _, r := range l.reads {
		got, err := r.do()
		if err != nil {
			l.Errorf("plan %s: %s: %v", when, r.name, err)
			continue
		}
		if a, b := plain(r.got), plain(got); !reflect.DeepEqual(a, b) {
			l.Errorf("plan %s: %s is not empty:\n%s\n%s", when, r.name, show(a), show(b))
		}
	}
}

// plain is an answer without what belongs to the call: its metadata, and links that expire.
func plain(v any) any {
	var out any
	text := must(json.Marshal(v))
	if err := json.Unmarshal(text, &out); err != nil {
		panic(err)
	}
	if m, ok := out.(map[string]any); ok {
		delete(m, "ResultMetadata")
		if code, ok := m["Code"].(map[string]any); ok {
			delete(code, "Location")
		}
	}
	return out
}

func show(v any) string { return string(must(json.Marshal(v))) }

// query calls a service of the Query protocol that no SDK of the tests speaks: SNS.
func (l *life) query(action string, parameters ...string) (string, error) {
	body := url.Values{"Action": {action}, "Version": {"2010-03-31"}}
	for i := 0; i < len(parameters); i += 2 {
		body.Set(parameters[i], parameters[i+1])
	}
	call := harness.Call{Method: "POST", URL: l.endpoint() + "/", Body: []byte(body.Encode())}
	headers, err := harness.Signer{KeyID: "test", Secret: "test", Service: "sns", Region: region}.Headers(call.Method, call.URL, call.Body)
	if err != nil {
		return "", err
	}
	call.Headers = headers
	got, err := call.Do(l.Context())
	if err == nil && got.Status != 200 {
		err = fmt.Errorf("%s: %d %s", action, got.Status, got.Body)
	}
	if err != nil {
		return "", err
	}
	return string(requestID.ReplaceAll(got.Body, nil)), nil
}

var requestID = regexp.MustCompile(`<RequestId>[^<]*</RequestId>`)

// element is the text of an XML element.
func element(t testing.TB, text, name string) *string {
	t.Helper()
	_, rest, ok := strings.Cut(text, "<"+name+">")
	value, _, closed := strings.Cut(rest, "</"+name+">")
	if !ok || !closed {
		t.Fatalf("no %s in %s", name, text)
	}
	return &value
}

// definition is the article's OpenAPI definition, as templatefile makes it.
func (l *life) definition() []byte {
	text := must(os.ReadFile("article/openapi.yaml"))
	return bytes.ReplaceAll(text, []byte("${lambda_arn}"), []byte(functionARN("orders-api-function")))
}

func functionARN(name string) string {
	return "arn:aws:lambda:" + region + ":" + account + ":function:" + name
}

// invokeARN is the attribute invoke_arn of Terraform's functions.
func invokeARN(name string) *string {
	return aws.String("arn:aws:apigateway:" + region + ":lambda:path/2015-03-31/functions/" + functionARN(name) + "/invocations")
}
