package awsservice

import (
	"errors"
	"testing"
)

func TestValidate(t *testing.T) {
	cases := []struct {
		name    string
		subtype string
		change  func(d *Definition)
		want    string
	}{
		{"right", "", nil, ""},
		// aws-behaviour-http-api.md, fact 54.
		{"unknown", "DynamoDB-PutItem", nil, "Operation: DynamoDB-PutItem is not supported."},
		{"no role", "", func(d *Definition) { d.RoleARN = "" },
			"Role ARN must be specified for AWS integration configuration with Subtype: EventBridge-PutEvents"},
		// cdk-preflight, pf-apigwv2-integration-subtype-payload-version, deployed on 2026-09-08.
		{"version", "", func(d *Definition) { d.PayloadVersion = "2.0" }, "Operation: EventBridge-PutEvents is not supported."},
		// cdk-preflight, pf-apigwv2-integration-subtype-required-parameters, deployed on 2026-09-08.
		{"required", "", func(d *Definition) { delete(d.Parameters, "Source") },
			"Operation: EventBridge-PutEvents requires enabling passthrough, or defining all of the following parameters in the parameter mapping: [Detail, DetailType, Source]"},
		{"none at all", "", func(d *Definition) { d.Parameters = nil },
			"Operation: EventBridge-PutEvents requires enabling passthrough, or defining all of the following parameters in the parameter mapping: [Detail, DetailType, Source]"},
		// No record was found: worded like the ones above.
		{"not a parameter", "", func(d *Definition) { d.Parameters["Region2"], d.Parameters["Bus"] = "a", "b" },
			"Operation: EventBridge-PutEvents does not support the following parameters: [Bus, Region2]"},
		// hashicorp/terraform-provider-aws issue 17348.
		{"an expression", "", func(d *Definition) {
			d.Parameters["Detail"], d.Parameters["Source"] = "$request.cookie.x", "$request.body..a"
		},
			"Invalid selection expression specified: Validation Result: warnings : [], errors : [Invalid source: $request.cookie.x specified for destination: Detail, Invalid source: $request.body..a specified for destination: Source]"},
		{"a region", "", func(d *Definition) { d.Parameters["Region"] = "eu-west-1.evil.example/" },
			"Invalid selection expression specified: Validation Result: warnings : [], errors : [Invalid source: eu-west-1.evil.example/ specified for destination: Region]"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := config("EventBridge-PutEvents", "Detail", "$request.body", "DetailType", "t", "Source", "$context.apiId").Definition
			if c.subtype != "" {
				d.Subtype = c.subtype
			}
			if c.change != nil {
				c.change(&d)
			}
			got := ""
			if err := Validate(d, compiler); err != nil {
				var refused *DefinitionError
				if !errors.As(err, &refused) {
					t.Fatal(err)
				}
				got = refused.Message
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestMessageAttributes: forms that are in use on AWS, and what SQS would not understand.
func TestMessageAttributes(t *testing.T) {
	for attributes, right := range map[string]bool{
		`{"UserAgent": {"DataType": "String", "StringValue": "${request.header.user-agent}"}}`: true,
		`{"a":{"DataType":"Binary","BinaryValue":"AA=="}}`:                                     true,
		`{"a":{"DataType":"String","StringValue":"$request.header.a"}}`:                        true,
		`$request.body.attributes`:                                                             true,
		`{"a": ${request.body.a}}`:                                                             true,
		`{"a":{"DataType":"String","Value":"x"}}`:                                              false,
		`{"a":{}}`: false,
		`{"a":{"StringValue":"${request.cookie.user}"}}`: false,
		`$request.cookie.x`: false,
	} {
		err := Validate(config("SQS-SendMessage", "QueueUrl", "q", "MessageBody", "b", "MessageAttributes", attributes).Definition, compiler)
		if (err == nil) != right {
			t.Errorf("%s: %v", attributes, err)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	for name, change := range map[string]func(c *Config){
		"no region":           func(c *Config) { c.Region = "" },
		"a region that is no": func(c *Config) { c.Region = "EU" },
		"a definition":        func(c *Config) { c.RoleARN = "" },
		"scheme":              func(c *Config) { c.Endpoints = map[string]string{"sqs": "ftp://a"} },
		"no host":             func(c *Config) { c.Endpoints = map[string]string{"sqs": "http://"} },
		"user":                func(c *Config) { c.Endpoints = map[string]string{"sqs": "http://u:p@a"} },
		"query":               func(c *Config) { c.Endpoints = map[string]string{"sqs": "http://a?b"} },
		"no URL":              func(c *Config) { c.Endpoints = map[string]string{"sqs": "http://a b"} },
	} {
		c := config("SQS-PurgeQueue", "QueueUrl", "q")
		change(&c)
		if _, err := Compile(c); err == nil {
			t.Errorf("%s: compiled", name)
		}
	}
}

// TestReference holds the table to the rules that the code counts on.
func TestReference(t *testing.T) {
	for _, op := range operations {
		last := ""
		for i, p := range op.parameters {
			if p.place == region {
				if i != len(op.parameters)-1 || p.name != "Region" {
					t.Errorf("%s: Region does not stand last", op.subtype)
				}
				continue
			}
			if p.place == segment {
				continue
			}
			if p.wire <= last {
				t.Errorf("%s: %s does not stand in order", op.subtype, p.wire)
			}
			if p.place == attributes && op.protocol != query || p.place == timestamp && op.protocol == query {
				t.Errorf("%s: %s cannot stand there", op.subtype, p.name)
			}
			last = p.wire
		}
	}
}
