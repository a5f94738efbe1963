package awsservice

// protocol is how a service takes requests. It is a closed set.
type protocol uint8

const (
	// json10 and json11 are POST / with a JSON document and X-Amz-Target.
	json10 protocol = iota
	json11
	// query is POST / with a form that has Action and Version.
	query
	// rest is GET with the parameters in path and query string.
	rest
)

// place is where and how a parameter goes into the request. It is a closed set.
type place uint8

const (
	// text is a JSON string, a form field or a query parameter.
	text place = iota
	// blob is text in Base64.
	blob
	// timestamp is a JSON number: seconds since 1970.
	timestamp
	// list is a JSON array of strings, or numbered form fields.
	list
	// attributes are SQS's: name, type and value in numbered form fields.
	attributes
	// segment is a segment of the path; its wire name is the path before it.
	segment
	// region is where the service is called. It is not sent.
	region
)

// parameter is one of an operation's: name as request parameters call it, and wire as the service does.
type parameter struct {
	name, wire string
	place      place
	required   bool
}

// operation is what an integration subtype calls.
type operation struct {
	subtype string
	// service is its name in signatures, in host names and in the configuration of endpoints.
	service  string
	protocol protocol
	// action is X-Amz-Target, or what the form begins with.
	action string
	// before and after enclose the parameters of a JSON document.
	before, after string
	// hostPrefix stands before the service's name in AWS's own host name.
	hostPrefix string
	// parameters stand in the order in which they are written: for forms and query strings that of their wire names,
	// which is also the order that signatures need.
	parameters []parameter
}

// operations is the integration subtype reference
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html),
// all of version 1.0. SQS is called by the query protocol, because callers of SQS integrations on AWS get XML.
var operations = [...]operation{
	{
		subtype: "EventBridge-PutEvents", service: "events", protocol: json11, action: "AWSEvents.PutEvents",
		before: `{"Entries":[{`, after: `}]}`,
		parameters: []parameter{
			{name: "Detail", wire: "Detail", required: true},
			{name: "DetailType", wire: "DetailType", required: true},
			{name: "EventBusName", wire: "EventBusName"},
			{name: "Resources", wire: "Resources", place: list},
			{name: "Source", wire: "Source", required: true},
			{name: "Time", wire: "Time", place: timestamp},
			{name: "TraceHeader", wire: "TraceHeader"},
			{name: "Region", place: region},
		},
	},
	{
		subtype: "SQS-SendMessage", service: "sqs", protocol: query, action: "Action=SendMessage&Version=2012-11-05",
		parameters: []parameter{
			{name: "DelaySeconds", wire: "DelaySeconds"},
			{name: "MessageAttributes", wire: "MessageAttribute", place: attributes},
			{name: "MessageBody", wire: "MessageBody", required: true},
			{name: "MessageDeduplicationId", wire: "MessageDeduplicationId"},
			{name: "MessageGroupId", wire: "MessageGroupId"},
			{name: "MessageSystemAttributes", wire: "MessageSystemAttribute", place: attributes},
			{name: "QueueUrl", wire: "QueueUrl", required: true},
			{name: "Region", place: region},
		},
	},
	{
		subtype: "SQS-ReceiveMessage", service: "sqs", protocol: query, action: "Action=ReceiveMessage&Version=2012-11-05",
		parameters: []parameter{
			{name: "AttributeNames", wire: "AttributeName", place: list},
			{name: "MaxNumberOfMessages", wire: "MaxNumberOfMessages"},
			{name: "MessageAttributeNames", wire: "MessageAttributeName", place: list},
			{name: "QueueUrl", wire: "QueueUrl", required: true},
			{name: "ReceiveRequestAttemptId", wire: "ReceiveRequestAttemptId"},
			{name: "VisibilityTimeout", wire: "VisibilityTimeout"},
			{name: "WaitTimeSeconds", wire: "WaitTimeSeconds"},
			{name: "Region", place: region},
		},
	},
	{
		subtype: "SQS-DeleteMessage", service: "sqs", protocol: query, action: "Action=DeleteMessage&Version=2012-11-05",
		parameters: []parameter{
			{name: "QueueUrl", wire: "QueueUrl", required: true},
			{name: "ReceiptHandle", wire: "ReceiptHandle", required: true},
			{name: "Region", place: region},
		},
	},
	{
		subtype: "SQS-PurgeQueue", service: "sqs", protocol: query, action: "Action=PurgeQueue&Version=2012-11-05",
		parameters: []parameter{
			{name: "QueueUrl", wire: "QueueUrl", required: true},
			{name: "Region", place: region},
		},
	},
	{
		subtype: "AppConfig-GetConfiguration", service: "appconfig", protocol: rest,
		parameters: []parameter{
			{name: "Application", wire: "/applications/", place: segment, required: true},
			{name: "Environment", wire: "/environments/", place: segment, required: true},
			{name: "Configuration", wire: "/configurations/", place: segment, required: true},
			{name: "ClientConfigurationVersion", wire: "client_configuration_version"},
			{name: "ClientId", wire: "client_id", required: true},
			{name: "Region", place: region},
		},
	},
	{
		// Data is what the record holds, as $request.body gives it; JSON carries it in Base64.
		subtype: "Kinesis-PutRecord", service: "kinesis", protocol: json11, action: "Kinesis_20131202.PutRecord",
		before: "{", after: "}",
		parameters: []parameter{
			{name: "Data", wire: "Data", place: blob, required: true},
			{name: "ExplicitHashKey", wire: "ExplicitHashKey"},
			{name: "PartitionKey", wire: "PartitionKey", required: true},
			{name: "SequenceNumberForOrdering", wire: "SequenceNumberForOrdering"},
			{name: "StreamName", wire: "StreamName", required: true},
			{name: "Region", place: region},
		},
	},
	{
		subtype: "StepFunctions-StartExecution", service: "states", protocol: json10, action: "AWSStepFunctions.StartExecution",
		before: "{", after: "}",
		parameters: []parameter{
			{name: "Input", wire: "input"},
			{name: "Name", wire: "name"},
			{name: "StateMachineArn", wire: "stateMachineArn", required: true},
			{name: "Region", place: region},
		},
	},
	{
		subtype: "StepFunctions-StartSyncExecution", service: "states", protocol: json10,
		action: "AWSStepFunctions.StartSyncExecution", before: "{", after: "}", hostPrefix: "sync-",
		parameters: []parameter{
			{name: "Input", wire: "input"},
			{name: "Name", wire: "name"},
			{name: "StateMachineArn", wire: "stateMachineArn", required: true},
			{name: "TraceHeader", wire: "traceHeader"},
			{name: "Region", place: region},
		},
	},
	{
		subtype: "StepFunctions-StopExecution", service: "states", protocol: json10, action: "AWSStepFunctions.StopExecution",
		before: "{", after: "}",
		parameters: []parameter{
			{name: "Cause", wire: "cause"},
			{name: "Error", wire: "error"},
			{name: "ExecutionArn", wire: "executionArn", required: true},
			{name: "Region", place: region},
		},
	},
}

// find returns the operation of a subtype, nil if there is none.
func find(subtype string) *operation {
	for i := range operations {
		if operations[i].subtype == subtype {
			return &operations[i]
		}
	}
	return nil
}

// header returns the request's content type and target; nil for none.
func (o *operation) header() (contentType, target []byte) {
	switch o.protocol {
	case json10:
		return []byte("application/x-amz-json-1.0"), []byte(o.action)
	case json11:
		return []byte("application/x-amz-json-1.1"), []byte(o.action)
	case query:
		return []byte("application/x-www-form-urlencoded"), nil
	case rest:
	}
	return nil, nil
}
