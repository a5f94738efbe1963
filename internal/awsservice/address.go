package awsservice

import (
	"errors"
	"strings"
)

// Address is what the URI of a REST API's integration names: arn:aws:apigateway:REGION:SUBDOMAIN.SERVICE:path/PATH, or
// :action/ACTION (API reference, Integration, uri). The subdomain may be missing.
type Address struct {
	Region, Subdomain, Service string
	// Path begins with a slash and may have variables in it; it is a lone slash for an action.
	Path, Action string
}

// errAddress has the text that AWS refuses such URIs with (recorded: LocalStack's validated test_put_integration_validation).
var errAddress = errors.New("AWS ARN for integration must contain path or action")

// ParseAddress reads a URI.
func ParseAddress(uri string) (Address, error) {
	const fields = 6
	parts := strings.SplitN(uri, ":", fields)
	if len(parts) < fields || parts[0] != "arn" || parts[2] != "apigateway" {
		return Address{}, errors.New("Invalid ARN specified in the request") //nolint:staticcheck // AWS's text
	}
	a := Address{Region: parts[3], Service: parts[4], Path: "/"}
	dot := strings.LastIndexByte(a.Service, '.')
	if dot > 0 {
		a.Subdomain, a.Service = a.Service[:dot], a.Service[dot+1:]
	}
	switch path, isPath := strings.CutPrefix(parts[5], "path/"); {
	case isPath:
		a.Path += strings.TrimPrefix(path, "/") // the guide writes both
	case strings.HasPrefix(parts[5], "action/"):
		a.Action = strings.TrimPrefix(parts[5], "action/")
	default:
		return Address{}, errAddress
	}
	if !validRegion(a.Region) || !validRegion(a.Service) || !validSubdomain(a.Subdomain) {
		return Address{}, errors.New("the URI names no region and service")
	}
	if parts[5] == "action/" || !validAction(a.Action) {
		return Address{}, errAddress
	}
	return a, nil
}

// validSubdomain keeps a name from becoming another host.
func validSubdomain(name string) bool {
	for i := range len(name) {
		if c := name[i]; !isLetterOrDigit(c) && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return !strings.HasPrefix(name, ".") && !strings.Contains(name, "..")
}

func validAction(action string) bool {
	for i := range len(action) {
		if !isLetterOrDigit(action[i]) {
			return false
		}
	}
	return true
}

func isLetterOrDigit(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// signingName is the service's name in signatures and in the configuration of endpoints, where that is not its name in
// URIs.
func signingName(service string) string {
	switch service {
	case "appconfigdata":
		return "appconfig"
	case "appsync-api":
		return "appsync"
	case "bedrock-agent-runtime", "bedrock-runtime":
		return "bedrock"
	case "email":
		return "ses"
	case "marketplace":
		return "aws-marketplace"
	case "pinpoint":
		return "mobiletargeting"
	}
	return service
}

// host returns the service's own host name at AWS, and the region that signatures name there.
func (a *Address) host() (host, region string) {
	service := a.Service
	switch service {
	case "cloudfront", "iam", "route53": // which are everywhere
		return service + ".amazonaws.com", "us-east-1"
	case "iotdata":
		service = "iot"
		if a.Subdomain == "" {
			service = "data-ats.iot"
		}
	}
	if a.Subdomain != "" {
		service = a.Subdomain + "." + service
	}
	return service + "." + a.Region + suffix(a.Region), a.Region
}

// target returns what X-Amz-Target begins with, and the content type that goes with it, for a service whose actions are
// named in that header. API Gateway sets it by itself for these (recorded for dynamodb, kinesis and states: LocalStack's
// validated tests of the same names, and a log of a test call, public code index, document 28661298047); for events the
// API's mapping has to (validated test_apigateway_to_eventbridge), and SSM is called by query (test_ssm_aws_integration).
func target(service string) (prefix, contentType string) {
	switch service {
	case "dynamodb":
		return "DynamoDB_20120810.", "application/x-amz-json-1.0"
	case "states":
		return "AWSStepFunctions.", "application/x-amz-json-1.0"
	case "kinesis":
		return "Kinesis_20131202.", "application/x-amz-json-1.1"
	case "firehose":
		return "Firehose_20150804.", "application/x-amz-json-1.1"
	}
	return "", ""
}
