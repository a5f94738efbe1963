package awsservice

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/sigv4"
)

// signCases are calls of every kind of request.
var signCases = []struct {
	name     string
	config   Config
	endpoint string
	token    string
}{
	{"JSON", config("Kinesis-PutRecord", "StreamName", "s", "Data", "$request.body", "PartitionKey", "k"), "", ""},
	{"form", config("SQS-SendMessage", "QueueUrl", "https://sqs/1/q", "MessageBody", "$request.body"), "", "a/token+="},
	{"form at a path", config("SQS-SendMessage", "QueueUrl", "https://sqs/1/q", "MessageBody", "$request.body"), "http://127.0.0.1:4566/base%20path", ""},
	{"path and query", config("AppConfig-GetConfiguration", "Application", "a b/é%2F", "Environment", "~e+(1)", "Configuration", "$request.body",
		"ClientId", "a b&c=d*", "ClientConfigurationVersion", "1"), "", "token"},
	{"host prefix", config("StepFunctions-StartSyncExecution", "StateMachineArn", "m", "Input", "$request.body", "Region", "us-east-2"), "", ""},
}

// TestSignaturesAreTheSDKs compares with the Go SDK's signer, and lets our own verifier, which is tested against it and
// AWS's recorded refusals, check.
func TestSignaturesAreTheSDKs(t *testing.T) {
	for _, c := range signCases {
		t.Run(c.name, func(t *testing.T) {
			c.config.Credentials = func(string) (string, string, string, bool) { return "AKID", "a/secret+key", c.token, true }
			if c.endpoint != "" {
				c.config.Endpoints = map[string]string{"sqs": c.endpoint}
			}
			k := compile(t, c.config)
			x := call("body \"1\"")
			for range 2 { // the second time with the remembered key
				r, err := k.Prepare(x)
				if err != nil {
					t.Fatal(err)
				}
				if got, want := string(x.Integration.Header.Get("Authorization")), sdkAuthorization(t, r, x, c.token); got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
				verify(t, r, x, c.token)
				r.Release()
			}
		})
	}
}

// sdkAuthorization signs the same request with the SDK, which signs Content-Length too if it is told of it.
func sdkAuthorization(t *testing.T, r *Request, x *exchange.Exchange, token string) string {
	t.Helper()
	u := "http://" + string(r.Host) + string(r.Target)
	req, err := http.NewRequest(string(r.Method), u, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Content-Type", "X-Amz-Target"} {
		if v := x.Integration.Header.Get(name); v != nil {
			req.Header.Set(name, string(v))
		}
	}
	cred := aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "a/secret+key", SessionToken: token}
	sum := sha256.Sum256(r.Body.Bytes)
	if err := v4.NewSigner().SignHTTP(context.Background(), cred, req, hex.EncodeToString(sum[:]), r.call.op.service, r.endpoint.region, now); err != nil {
		t.Fatal(err)
	}
	return req.Header.Get("Authorization")
}

func verify(t testing.TB, r *Request, x *exchange.Exchange, token string) {
	t.Helper()
	v, err := sigv4.NewVerifier(sigv4.Options{
		Credentials: []sigv4.Credential{{AccessKeyID: "AKID", SecretAccessKey: "a/secret+key", SessionToken: token}},
		Now:         func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	path, query, _ := strings.Cut(string(r.Target), "?")
	sum := sha256.Sum256(r.Body.Bytes)
	_, err = v.VerifyRequest(sigv4.Request{
		Method: string(r.Method), Path: path, RawQuery: query, Host: string(r.Host), PayloadHash: hex.EncodeToString(sum[:]),
		Header: func(yield func(string, string) bool) {
			for _, f := range x.Integration.Header.Fields() {
				if !yield(string(f.Name), string(f.Value)) {
					return
				}
			}
		},
		Service: r.call.op.service, Region: r.endpoint.region,
	})
	if err != nil {
		t.Error(err)
	}
}

// TestKeysFollowCredentials: another secret, region or day is another key, at once.
func TestKeysFollowCredentials(t *testing.T) {
	secret, at := "one", now
	c := config("SQS-PurgeQueue", "QueueUrl", "q", "Region", "$request.header.r")
	c.Credentials = func(string) (string, string, string, bool) { return "AKID", secret, "", true }
	c.Now = func() time.Time { return at }
	k := compile(t, c)
	seen := map[string]bool{}
	signature := func(region string) {
		x := call("", "R: "+region)
		r, err := k.Prepare(x)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Release()
		seen[string(x.Integration.Header.Get("Authorization"))] = true
	}
	signature("eu-west-1")
	secret = "two"
	signature("eu-west-1")
	signature("eu-west-2")
	at = at.Add(24 * time.Hour)
	signature("eu-west-2")
	if len(seen) != 4 {
		t.Errorf("%d signatures, want 4", len(seen))
	}
}

// FuzzValues: whatever a call brings, the request has the parameters that the definition has, with just these values, and
// a signature that holds.
func FuzzValues(f *testing.F) {
	for _, s := range []string{"a", `","x":"`, "&Action=DeleteMessage", "%26", "é\xff\x00\u2028", "../..", "?x=1#", "\r\nHost: evil", `\`, "=+ ;"} {
		f.Add(s)
	}
	compiled := func(subtype string, parameters ...string) *Call { return compile(f, config(subtype, parameters...)) }
	calls := map[protocol]*Call{
		json10: compiled("StepFunctions-StartExecution", "StateMachineArn", "m", "Input", "$request.body"),
		json11: compiled("EventBridge-PutEvents", "Detail", "$request.body", "DetailType", "t", "Source", "s"),
		query: compiled("SQS-SendMessage", "QueueUrl", "q", "MessageBody", "$request.body",
			"MessageAttributes", `{"a":{"DataType":"String","StringValue":"${request.body}"}}`),
		rest: compiled("AppConfig-GetConfiguration", "Application", "$request.body", "Environment", "e", "Configuration", "c", "ClientId", "$request.body"),
	}
	f.Fuzz(func(t *testing.T, value string) {
		for p, k := range calls {
			x := call(value)
			r, err := k.Prepare(x)
			if err != nil {
				if value == "" || p == rest && (value == "." || value == "..") {
					continue
				}
				t.Fatal(err)
			}
			readBack[p](t, r, value)
			verify(t, r, x, "")
			r.Release()
		}
	})
}

// readBack reads a request as a service does.
var readBack = map[protocol]func(t *testing.T, r *Request, value string){
	json10: func(t *testing.T, r *Request, value string) {
		same(t, r.Body.Bytes, map[string]any{"stateMachineArn": "m", "input": value})
	},
	json11: func(t *testing.T, r *Request, value string) {
		same(t, r.Body.Bytes, map[string]any{"Entries": []any{map[string]any{"Detail": value, "DetailType": "t", "Source": "s"}}})
	},
	query: func(t *testing.T, r *Request, value string) {
		form, err := url.ParseQuery(string(r.Body.Bytes))
		if err != nil || len(form) != 7 || form.Get("MessageBody") != value || form.Get("MessageAttribute.1.Value.StringValue") != value ||
			form.Get("Action") != "SendMessage" || bytes.Count(r.Body.Bytes, []byte("&")) != 7-1 {
			t.Errorf("%q: %s, %v", value, r.Body.Bytes, err)
		}
	},
	rest: func(t *testing.T, r *Request, value string) {
		u, err := url.ParseRequestURI(string(r.Target))
		if err != nil || u.Path != "/applications/"+value+"/environments/e/configurations/c" || strings.Count(u.EscapedPath(), "/") != 6 ||
			len(u.Query()) != 1 || u.Query().Get("client_id") != value {
			t.Errorf("%q: %s, %v", value, r.Target, err)
		}
	},
}

// same compares a document with what it should hold; what is no UTF-8 is replaced, byte by byte, as encoding/json does.
func same(t *testing.T, document []byte, want map[string]any) {
	t.Helper()
	expected, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var a, b any
	if err := json.Unmarshal(document, &a); err != nil {
		t.Fatalf("%s: %v", document, err)
	}
	if err := json.Unmarshal(expected, &b); err != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("%s, want %s", document, expected)
	}
}
