package iam

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

// awsPolicies are those of AWS's managed policies that roles of functions and APIs are given, with their default versions:
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html. Ids are derived from names.
func awsPolicies() []gateway.ManagedPolicy {
	all := []struct {
		path, name       string
		version          int
		created, updated string
		document         string
	}{
		{
			"/service-role/", "AWSLambdaBasicExecutionRole", 1, "2015-04-09T15:03:43Z", "2015-04-09T15:03:43Z",
			`{"Statement":[{"Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`,
		},
		{
			"/service-role/", "AWSLambdaDynamoDBExecutionRole", 1, "2015-04-09T15:09:29Z", "2015-04-09T15:09:29Z",
			`{"Statement":[{"Action":["dynamodb:DescribeStream","dynamodb:GetRecords","dynamodb:GetShardIterator","dynamodb:ListStreams","logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`,
		},
		{
			"/", "AWSLambdaExecute", 1, "2015-02-06T18:40:46Z", "2015-02-06T18:40:46Z",
			`{"Statement":[{"Action":["logs:*"],"Effect":"Allow","Resource":"arn:aws:logs:*:*:*"},{"Action":["s3:GetObject","s3:PutObject"],"Effect":"Allow","Resource":"arn:aws:s3:::*"}],"Version":"2012-10-17"}`,
		},
		{
			"/service-role/", "AWSLambdaKinesisExecutionRole", 2, "2015-04-09T15:14:16Z", "2018-11-19T20:09:24Z",
			`{"Statement":[{"Action":["kinesis:DescribeStream","kinesis:DescribeStreamSummary","kinesis:GetRecords","kinesis:GetShardIterator","kinesis:ListShards","kinesis:ListStreams","kinesis:SubscribeToShard","logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`,
		},
		{
			"/service-role/", "AWSLambdaRole", 1, "2015-02-06T18:41:28Z", "2015-02-06T18:41:28Z",
			`{"Statement":[{"Action":["lambda:InvokeFunction"],"Effect":"Allow","Resource":["*"]}],"Version":"2012-10-17"}`,
		},
		{
			"/service-role/", "AWSLambdaSQSQueueExecutionRole", 1, "2018-06-14T21:50:45Z", "2018-06-14T21:50:45Z",
			`{"Statement":[{"Action":["sqs:ReceiveMessage","sqs:DeleteMessage","sqs:GetQueueAttributes","logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`,
		},
		{
			"/service-role/", "AWSLambdaVPCAccessExecutionRole", 3, "2016-02-11T23:15:26Z", "2024-01-05T22:38:26Z",
			`{"Statement":[{"Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents","ec2:CreateNetworkInterface","ec2:DescribeNetworkInterfaces","ec2:DescribeSubnets","ec2:DeleteNetworkInterface","ec2:AssignPrivateIpAddresses","ec2:UnassignPrivateIpAddresses"],"Effect":"Allow","Resource":"*","Sid":"AWSLambdaVPCAccessExecutionPermissions"}],"Version":"2012-10-17"}`,
		},
		{
			"/", "AWSXRayDaemonWriteAccess", 2, "2018-08-28T23:00:33Z", "2024-02-13T21:58:30Z",
			`{"Statement":[{"Action":["xray:PutTraceSegments","xray:PutTelemetryRecords","xray:GetSamplingRules","xray:GetSamplingTargets","xray:GetSamplingStatisticSummaries"],"Effect":"Allow","Resource":["*"],"Sid":"AWSXRayDaemonWriteAccess"}],"Version":"2012-10-17"}`,
		},
		{
			"/", "AdministratorAccess", 1, "2015-02-06T18:39:46Z", "2015-02-06T18:39:46Z",
			`{"Statement":[{"Action":"*","Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`,
		},
		{
			"/", "AmazonAPIGatewayAdministrator", 1, "2015-07-09T17:34:45Z", "2015-07-09T17:34:45Z",
			`{"Statement":[{"Action":["apigateway:*"],"Effect":"Allow","Resource":"arn:aws:apigateway:*::/*"}],"Version":"2012-10-17"}`,
		},
		{
			"/", "AmazonAPIGatewayInvokeFullAccess", 2, "2015-07-09T17:36:12Z", "2018-12-18T18:25:10Z",
			`{"Statement":[{"Action":["execute-api:Invoke","execute-api:ManageConnections"],"Effect":"Allow","Resource":"arn:aws:execute-api:*:*:*"}],"Version":"2012-10-17"}`,
		},
		{
			"/service-role/", "AmazonAPIGatewayPushToCloudWatchLogs", 1, "2015-11-11T23:41:46Z", "2015-11-11T23:41:46Z",
			`{"Statement":[{"Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:DescribeLogGroups","logs:DescribeLogStreams","logs:PutLogEvents","logs:GetLogEvents","logs:FilterLogEvents"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`,
		},
	}
	out := make([]gateway.ManagedPolicy, len(all))
	for i, p := range all {
		sum := sha256.Sum256([]byte(p.name))
		created, updated := mustTime(p.created), mustTime(p.updated)
		version := "v" + strconv.Itoa(p.version)
		out[i] = gateway.ManagedPolicy{
			ID: policyIDs + base32.StdEncoding.EncodeToString(sum[:])[:17], Path: p.path, Name: p.name, CreatedAt: created, UpdatedAt: updated,
			Default: version, LastVersion: p.version, Versions: []gateway.PolicyVersion{{ID: version, Document: p.document, CreatedAt: updated}},
		}
	}
	return out
}

// mustTime reads a time of the table, all of which the tests read.
func mustTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

// AWSPolicy returns the document of one of AWS's managed policies.
func AWSPolicy(arn string) (document string, ok bool) {
	name, ok := parsePolicyARN(arn)
	if !ok || name.account != awsAccount {
		return "", false
	}
	p, ok := awsPolicy(name)
	if !ok {
		return "", false
	}
	return p.Versions[0].Document, true
}

// awsPolicy finds one of them.
func awsPolicy(name policyName) (gateway.ManagedPolicy, bool) {
	for _, p := range awsPolicies() {
		if p.Name == name.name && p.Path == name.path {
			return p, true
		}
	}
	return gateway.ManagedPolicy{}, false
}
