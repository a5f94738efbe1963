package gateway

import (
	"strings"
	"testing"
)

func TestParseFunctionURI(t *testing.T) {
	const arn, start = "arn:aws:lambda:eu-west-1:123456789012:function:f:live", "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/"
	for _, uri := range []string{arn, start + arn + "/invocations", strings.Replace(start, "path/", "path//", 1) + arn + "/invocations", "arn:aws-cn:apigateway:cn-north-1:lambda:path/2015-03-31/functions/" + arn + "/invocations"} {
		if ref, ok := ParseFunctionURI(uri); !ok || ref.ARN() != arn {
			t.Errorf("%s: %+v, %v", uri, ref, ok)
		}
	}
	for _, uri := range []string{
		"", "f", start, start + arn, start + "f/invocations", start + "/invocations", "arn:aws:apigateway:eu-west-1:sqs:path/2015-03-31/functions/" + arn + "/invocations",
		"arn:aws:apigateway:eu-west-1:lambda:action/Invoke", "arn:aws:apigateway:eu-west-1:lambda:path/2014-11-13/functions/" + arn + "/invocations",
	} {
		if ref, ok := ParseFunctionURI(uri); ok {
			t.Errorf("%q is taken for %+v", uri, ref)
		}
	}
}

func TestParseFunctionARN(t *testing.T) {
	tenant := Tenant{Account: "123456789012", Region: "eu-west-1"}
	for _, want := range []FunctionRef{
		{tenant, "pets", ""},
		{tenant, "pets", "live"},
		{tenant, "pets", LatestVersion},
		{tenant, "pets", "7"},
	} {
		if got, ok := ParseFunctionARN(want.ARN()); !ok || got != want {
			t.Errorf("%s: %+v, %v", want.ARN(), got, ok)
		}
	}
	if ref, ok := ParseFunctionARN("arn:aws-cn:lambda:cn-north-1:123456789012:function:f"); !ok || ref.Tenant.Region != "cn-north-1" {
		t.Error("another partition is refused")
	}
	for _, arn := range []string{
		"", "pets", "arn:aws:lambda:eu-west-1:123456789012:layer:pets", "arn:aws:lambda:eu-west-1:123456789012:function",
		"arn:aws:lambda:eu-west-1:123456789012:function:", "arn:aws:lambda:eu-west-1:123456789012:function:pets:",
		"arn:aws:lambda::123456789012:function:pets", "arn:aws:sqs:eu-west-1:123456789012:function:pets",
		"arn:aws:lambda:eu-west-1:123456789012:function:pets:a:b", "urn:aws:lambda:eu-west-1:123456789012:function:pets",
	} {
		if ref, ok := ParseFunctionARN(arn); ok {
			t.Errorf("%q is taken for %+v", arn, ref)
		}
	}
}
