package awsservice

import (
	"strings"
	"testing"
)

// TestParseAddress: forms of the API reference (Integration, uri) and of the developer guide, with the host that is called
// at AWS and the service and region that are signed for.
func TestParseAddress(t *testing.T) {
	for uri, want := range map[string]string{
		"arn:aws:apigateway:us-west-2:s3:path/{bucket}/{key}":                          "s3 us-west-2 s3.us-west-2.amazonaws.com /{bucket}/{key} ",
		"arn:aws:apigateway:us-west-2:s3:path//":                                       "s3 us-west-2 s3.us-west-2.amazonaws.com / ",
		"arn:aws:apigateway:us-east-1:kinesis:action/PutRecord":                        "kinesis us-east-1 kinesis.us-east-1.amazonaws.com / PutRecord",
		"arn:aws:apigateway:eu-west-1:sqs:path/111122223333/q":                         "sqs eu-west-1 sqs.eu-west-1.amazonaws.com /111122223333/q ",
		"arn:aws:apigateway:eu-west-1:abc.appsync-api:path/graphql":                    "appsync eu-west-1 abc.appsync-api.eu-west-1.amazonaws.com /graphql ",
		"arn:aws:apigateway:eu-west-1:runtime.sagemaker:path//endpoints/e/invocations": "sagemaker eu-west-1 runtime.sagemaker.eu-west-1.amazonaws.com /endpoints/e/invocations ",
		"arn:aws:apigateway:eu-west-1:a1b2-ats.iotdata:path/topics/t":                  "iotdata eu-west-1 a1b2-ats.iot.eu-west-1.amazonaws.com /topics/t ",
		"arn:aws:apigateway:eu-west-1:iotdata:path/topics/t":                           "iotdata eu-west-1 data-ats.iot.eu-west-1.amazonaws.com /topics/t ",
		"arn:aws:apigateway:eu-west-1:email:action/SendEmail":                          "ses eu-west-1 email.eu-west-1.amazonaws.com / SendEmail",
		"arn:aws:apigateway:eu-west-1:iam:action/ListUsers":                            "iam us-east-1 iam.amazonaws.com / ListUsers",
		"arn:aws-cn:apigateway:cn-north-1:sns:action/Publish":                          "sns cn-north-1 sns.cn-north-1.amazonaws.com.cn / Publish",
		"arn:aws:apigateway:eu-west-1:s3:bucket":                                       "AWS ARN for integration must contain path or action",
		"arn:aws:apigateway:eu-west-1:s3:action/":                                      "AWS ARN for integration must contain path or action",
		"arn:aws:apigateway:eu-west-1:dynamodb:action/ GetItem":                        "AWS ARN for integration must contain path or action",
		"arn:aws:sqs:eu-west-1:111122223333:q":                                         "Invalid ARN specified in the request",
		"https://example.com":                                                          "Invalid ARN specified in the request",
		"arn:aws:apigateway:evil.example/:s3:path/a":                                   "the URI names no region and service",
		"arn:aws:apigateway:eu-west-1:evil.example/x.s3:path/a":                        "the URI names no region and service",
		"arn:aws:apigateway:eu-west-1:.s3:path/a":                                      "the URI names no region and service",
		"arn:aws:apigateway:eu-west-1::path/a":                                         "the URI names no region and service",
	} {
		a, err := ParseAddress(uri)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			s, err := NewService(a, nil, nil)
			if err != nil {
				t.Errorf("%s: %v", uri, err)
				continue
			}
			got = strings.Join([]string{s.name, s.region, string(s.Host), a.Path, a.Action}, " ")
			if s.Addr != string(s.Host)+":443" || !s.TLS {
				t.Errorf("%s: called at %s", uri, s.Addr)
			}
		}
		if got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", uri, got, want)
		}
	}
}

// TestServiceEndpoints: a configured endpoint takes the place of AWS, and a subdomain goes in front of its host.
func TestServiceEndpoints(t *testing.T) {
	endpoints := map[string]string{"s3": "http://127.0.0.1:9000/base/", "ses": "https://mail.example"}
	for uri, want := range map[string]string{
		"arn:aws:apigateway:us-west-2:s3:path/b":        "127.0.0.1:9000 127.0.0.1:9000 /base",
		"arn:aws:apigateway:us-west-2:bucket.s3:path/b": "127.0.0.1:9000 bucket.127.0.0.1:9000 /base",
		"arn:aws:apigateway:us-west-2:email:action/X":   "mail.example:443 mail.example ",
	} {
		a, err := ParseAddress(uri)
		if err != nil {
			t.Fatal(err)
		}
		s, err := NewService(a, endpoints, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Addr + " " + string(s.Host) + " " + s.Base; got != want {
			t.Errorf("%s: %s, want %s", uri, got, want)
		}
	}
	if _, err := NewService(Address{Region: "eu-west-1", Service: "s3", Path: "/"}, map[string]string{"s3": "ftp://a"}, nil); err == nil {
		t.Error("an endpoint that is none was taken")
	}
}

// FuzzParseAddress: no URI leads to a host that is not AWS's.
func FuzzParseAddress(f *testing.F) {
	for _, seed := range []string{"arn:aws:apigateway:us-west-2:s3:path/{bucket}", "arn:aws:apigateway:a:b.c:action/D", "arn:::::", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		a, err := ParseAddress(uri)
		if err != nil {
			return
		}
		s, err := NewService(a, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		host := string(s.Host)
		if !strings.HasSuffix(host, ".amazonaws.com") && !strings.HasSuffix(host, ".amazonaws.com.cn") || strings.ContainsAny(host, "/?#@: ") {
			t.Errorf("%q is called at %q", uri, host)
		}
	})
}
