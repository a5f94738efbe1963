package lambda

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// refusalCase is a bad request and how AWS answers it. Without a source it is LocalStack's recording of AWS
// (tests/aws/services/lambda_/test_lambda_api.snapshot.json); "ours" marks texts that are Dipylon's.
type refusalCase struct {
	name, source       string
	method, path, body string
	want               string
}

const (
	notThere      = "404 ResourceNotFoundException: "
	badValue      = "400 InvalidParameterValueException: "
	validation    = "400 ValidationException: 1 validation error detected: "
	unbuilt       = "501 NotImplementedException: Dipylon does not build "
	later         = " yet; see COMPATIBILITY.md."
	mismatch      = badValue + "The derived qualifier from the function name does not match the specified qualifier."
	staleFunction = "412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id"
	noFunction    = notThere + "Function not found: " + arn + "nothing"
)

// create is a request that would make a function, with something replaced.
func create(old, with string) string { return strings.Replace(createBody("new", ""), old, with, 1) }

func createMore(more string) string { return createBody("new", more) }

// codeBody is CreateFunction's code, to be replaced.
func codeBody() string { return `{"ZipFile":"` + zipped("new") + `"}` }

func functionRefusals() []refusalCase {
	const runtimesText = "[nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, nodejs24.x, nodejs22.x, java25, python3.10, python3.11, java21, ruby3.3, ruby3.4, ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet10, dotnet8, java11, dotnet6, nodejs18.x, provided.al2, java8.al2] or be a valid ARN"
	long := strings.Repeat("x", 4096)
	return []refusalCase{
		{"exists", "", "POST", functionsPath, createBody("f", ""), "409 ResourceConflictException: Function already exist: f"},
		{"unknown runtime", "", "POST", functionsPath, create("nodejs22.x", "non-existent-runtime"), badValue + "Value non-existent-runtime at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: " + runtimesText},
		{"runtime in capitals", "", "PUT", functionsPath + "/f/configuration", `{"Runtime":"PYTHON3.9"}`, badValue + "Value PYTHON3.9 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: " + runtimesText},
		{"retired runtime", "", "POST", functionsPath, create("nodejs22.x", "nodejs14.x"), badValue + "The runtime parameter of nodejs14.x is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions."},
		{"no runtime", "aws/aws-cli issue 5911", "POST", functionsPath, create(`"Runtime":"nodejs22.x",`, ""), badValue + "Runtime and Handler are mandatory parameters for functions created with deployment packages."},
		{"no handler", "aws/aws-cli issue 5911", "POST", functionsPath, create(`"Handler":"index.handler",`, ""), badValue + "Runtime and Handler are mandatory parameters for functions created with deployment packages."},
		{"no code", "clients' reports", "POST", functionsPath, create(codeBody(), "{}"), badValue + "Please provide a source for function code."},
		{"code from two sources", "clients' reports", "POST", functionsPath, create(codeBody(), `{"ZipFile":"UEs=","S3Bucket":"bucket"}`), badValue + "Please do not provide other FunctionCode parameters when providing a ZipFile."},
		{"no zip", "", "POST", functionsPath, create(codeBody(), `{"ZipFile":"bm8gemlw"}`), badValue + "Could not unzip uploaded file. Please check your file, then try to upload again."},
		{"no bucket", "", "POST", functionsPath, create(codeBody(), `{"S3Bucket":"nothing","S3Key":"key"}`), badValue + "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist"},
		{"no object", "", "PUT", functionsPath + "/f/code", `{"S3Bucket":"bucket","S3Key":"nothing"}`, badValue + "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist."},
		{"bucket's name", "the model's pattern", "POST", functionsPath, create(codeBody(), `{"S3Bucket":"a.b.","S3Key":"key"}`), validation + `Value 'a.b.' at 's3Bucket' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[0-9A-Za-z\.\-_]*(?<!\.)$`},
		{"relative directory", "ours", "POST", functionsPath, create(codeBody(), `{"S3Bucket":"hot-reload","S3Key":"src"}`), badValue + `With S3Bucket hot-reload S3Key is an absolute path: "src" is none`},
		{"no directory", "ours", "POST", functionsPath, create(codeBody(), `{"S3Bucket":"hot-reload","S3Key":"/nothing/here"}`), badValue + `With S3Bucket hot-reload S3Key is a directory of this machine: "/nothing/here" is none`},
		{"image", "ours", "POST", functionsPath, create(codeBody(), `{"ImageUri":"123.dkr.ecr/x"}`), unbuilt + "functions from container images" + later},
		{"image for a zip", "", "PUT", functionsPath + "/f/code", `{"ImageUri":"x"}`, badValue + "Please don't provide ImageUri when updating a function with packageType Zip."},
		{"role", "", "POST", functionsPath, create(role, "r1"), validation + `Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`},
		{"two architectures", "", "POST", functionsPath, createMore(`,"Architectures":["x86_64","arm64"]`), validation + "Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1"},
		{"long name", "", "POST", functionsPath, create(`"new"`, `"`+strings.Repeat("a", 65)+`"`), badValue + "1 validation error detected: Value '" + strings.Repeat("a", 65) + "' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64"},
		{"much memory", "clients' reports", "PUT", functionsPath + "/f/configuration", `{"MemorySize":10241}`, badValue + "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 10240"},
		{"little memory", "the model", "PUT", functionsPath + "/f/configuration", `{"MemorySize":127}`, validation + "Value '127' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128"},
		{"long timeout", "clients' reports", "PUT", functionsPath + "/f/configuration", `{"Timeout":901}`, badValue + "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900"},
		{"large environment", "", "POST", functionsPath, createMore(`,"Environment":{"Variables":{"SMALL_VAR":"ok","LARGE_VAR":"` + long + `"}}`), badValue + `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: {"LARGE_VAR":"` + long + `","SMALL_VAR":"ok"}`},
		{"reserved variables", "serverless/serverless issue 5433", "POST", functionsPath, createMore(`,"Environment":{"Variables":{"AWS_REGION":"x","LAMBDA_TASK_ROOT":"y","OK":"z"}}`), badValue + "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION, LAMBDA_TASK_ROOT"},
		{"level of text logs", "LocalStack's provider", "POST", functionsPath, createMore(`,"LoggingConfig":{"LogFormat":"Text","ApplicationLogLevel":"INFO"}`), badValue + `LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "JSON" and try again.`},
		{"SnapStart", "ours", "POST", functionsPath, createMore(`,"SnapStart":{"ApplyOn":"PublishedVersions"}`), unbuilt + "SnapStart" + later},
		{"file systems", "ours", "POST", functionsPath, createMore(`,"FileSystemConfigs":[{"Arn":"arn:aws:elasticfilesystem:eu-west-1:000000000000:access-point/fsap-00000000000000000","LocalMountPath":"/mnt/x"}]`), unbuilt + "file systems of functions" + later},
		{"too many tags", "", "POST", functionsPath, createMore(`,"Tags":{` + manyTags(51) + `}`), badValue + "Number of tags exceeds resource tag limit."},
		{"unknown function", "", "GET", functionsPath + "/nothing", "", noFunction},
		{"unknown function's configuration", "", "GET", functionsPath + "/nothing/configuration", "", noFunction},
		{"unknown version", "", "GET", functionsPath + "/f?Qualifier=1221", "", notThere + "Function not found: " + arn + "f:1221"},
		{"unknown alias", "", "GET", functionsPath + "/f?Qualifier=aliasdoesnotexist", "", notThere + "Function not found: " + arn + "f:aliasdoesnotexist"},
		{"two qualifiers", "", "GET", functionsPath + "/f:1?Qualifier=2", "", mismatch},
		{"other region", "", "GET", functionsPath + "/" + url.PathEscape("arn:aws:lambda:ap-southeast-1:"+account+":function:f"), "", notThere + "Functions from 'ap-southeast-1' are not reachable in this region ('eu-west-1')"},
		{"other account", "ours", "GET", functionsPath + "/" + url.PathEscape("arn:aws:lambda:eu-west-1:123400000000:function:f"), "", "403 AccessDeniedException: User: arn:aws:iam::000000000000:user/test is not authorized to perform: lambda:GetFunction on resource: arn:aws:lambda:eu-west-1:123400000000:function:f"},
		{"delete an unknown function", "", "DELETE", functionsPath + "/nothing", "", noFunction},
		{"delete a version of an unknown function", "", "DELETE", functionsPath + "/nothing?Qualifier=1", "", noFunction},
		{"delete $LATEST", "", "DELETE", functionsPath + "/f?Qualifier=$LATEST", "", badValue + "$LATEST version cannot be deleted without deleting the function."},
		{"delete an alias", "LocalStack's provider", "DELETE", functionsPath + "/f?Qualifier=live", "", badValue + "Deletion of aliases is not currently supported."},
		{"list versions of nothing", "the model", "GET", functionsPath + "?FunctionVersion=invalid", "", validation + "Value 'invalid' at 'functionVersion' failed to satisfy constraint: Member must satisfy enum value set: [ALL]"},
		{"marker", "ours", "GET", functionsPath + "?Marker=***", "", badValue + "Invalid Marker"},
		{"stale code", "", "PUT", functionsPath + "/f/code", `{"RevisionId":"wrong","ZipFile":"` + zipped("x") + `"}`, staleFunction},
		{"stale configuration", "", "PUT", functionsPath + "/f/configuration", `{"RevisionId":"wrong"}`, staleFunction},
		{"stale version", "", "POST", functionsPath + "/f/versions", `{"RevisionId":"wrong"}`, staleFunction},
	}
}

func manyTags(n int) string {
	tags := make([]string, n)
	for i := range tags {
		tags[i] = fmt.Sprintf(`"%d_key":"v"`, i)
	}
	return strings.Join(tags, ",")
}

var aliasRefusals = []refusalCase{
	{"exists", "", "POST", functionsPath + "/f/aliases", `{"Name":"live","FunctionVersion":"1"}`, "409 ResourceConflictException: Alias already exists: " + arn + "f:live"},
	{"number", "", "POST", functionsPath + "/f/aliases", `{"Name":"2024","FunctionVersion":"1"}`, validation + "Value '2024' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)"},
	{"name", "", "POST", functionsPath + "/f/aliases", `{"Name":"a b","FunctionVersion":"1"}`, validation + "Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)"},
	{"unknown version", "", "POST", functionsPath + "/f/aliases", `{"Name":"a","FunctionVersion":"10"}`, notThere + "Function not found: " + arn + "f:10"},
	{"unknown function", "", "POST", functionsPath + "/nothing/aliases", `{"Name":"a","FunctionVersion":"1"}`, noFunction + ":1"},
	{"unknown weighted version", "", "POST", functionsPath + "/f/aliases", `{"Name":"a","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"10":0.5}}}`, notThere + "Function not found: " + arn + "f:10"},
	{"two weights", "", "POST", functionsPath + "/f/aliases", `{"Name":"a","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"1":0.5,"2":0.5}}}`, badValue + "Number of items in AdditionalVersionWeights cannot be greater than 1"},
	{"weight of itself", "", "POST", functionsPath + "/f/aliases", `{"Name":"a","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"1":0.5}}}`, badValue + "Invalid function version 1. Function version 1 is already included in routing configuration."},
	{"weights with $LATEST", "", "POST", functionsPath + "/f/aliases", `{"Name":"a","FunctionVersion":"$LATEST","RoutingConfig":{"AdditionalVersionWeights":{"1":0.5}}}`, badValue + "$LATEST is not supported for an alias pointing to more than 1 version"},
	{"get an unknown one", "", "GET", functionsPath + "/f/aliases/non-existent", "", notThere + "Cannot find alias arn: " + arn + "f:non-existent"},
	{"update an unknown one", "", "PUT", functionsPath + "/f/aliases/non-existent", `{"FunctionVersion":"1"}`, notThere + "Alias not found: " + arn + "f:non-existent"},
	{"stale", "", "PUT", functionsPath + "/f/aliases/live", `{"RevisionId":"wrong"}`, staleFunction},
	{"list those of an unknown function", "ours", "GET", functionsPath + "/nothing/aliases", "", noFunction},
}

var permissionRefusals = []refusalCase{
	{"statement id", "", "POST", functionsPath + "/f/policy", permission("example.com", "s3.amazonaws.com", ""), validation + "Value 'example.com' at 'statementId' failed to satisfy constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)"},
	{"two qualifiers", "", "POST", functionsPath + "/f:1/policy?Qualifier=2", permission("s", "s3.amazonaws.com", ""), mismatch},
	{"$LATEST", "", "POST", functionsPath + "/f/policy?Qualifier=$LATEST", permission("s", "s3.amazonaws.com", ""), badValue + "We currently do not support adding policies for $LATEST."},
	{"principal", "", "POST", functionsPath + "/f/policy", permission("s", "invalid.nonaws.com", ""), badValue + "The provided principal was invalid. Please check the principal and try again."},
	{"principal's ARN", "ours", "POST", functionsPath + "/f/policy", permission("s", "arn:aws:s3:::b", ""), badValue + "The provided principal was invalid. Please check the principal and try again."},
	{"unknown function", "", "POST", functionsPath + "/nothing/policy", permission("s", "s3.amazonaws.com", ""), noFunction},
	{"unknown alias", "", "POST", functionsPath + "/f/policy?Qualifier=alias-doesnotexist", permission("s", "s3.amazonaws.com", ""), notThere + "Cannot find alias arn: " + arn + "f:alias-doesnotexist"},
	{"unknown version", "", "POST", functionsPath + "/f/policy?Qualifier=42", permission("s", "s3.amazonaws.com", ""), notThere + "Function not found: " + arn + "f:42"},
	{"neither", "", "POST", functionsPath + "/f/policy?Qualifier=valid-with-$-but-doesnotexist", permission("s", "s3.amazonaws.com", ""), notThere + "Function not found: " + arn + "f:valid-with-$-but-doesnotexist"},
	{"exists", "", "POST", functionsPath + "/f/policy", permission("first", "s3.amazonaws.com", ""), "409 ResourceConflictException: The statement id (first) provided already exists. Please provide a new statement id, or remove the existing statement."},
	{"stale", "", "POST", functionsPath + "/f/policy", permission("s", "s3.amazonaws.com", `,"RevisionId":"wrong"`), "412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id"},
	{"no policy", "", "GET", functionsPath + "/f/policy?Qualifier=1", "", notThere + "The resource you requested does not exist."},
	{"no function's policy", "", "GET", functionsPath + "/nothing/policy", "", notThere + "The resource you requested does not exist."},
	{"remove of no function", "", "DELETE", functionsPath + "/nothing/policy/s", "", notThere + "No policy found for: " + arn + "nothing"},
	{"remove of no policy", "", "DELETE", functionsPath + "/f/policy/s?Qualifier=1", "", notThere + "No policy is associated with the given resource."},
	{"remove of no alias", "", "DELETE", functionsPath + "/f/policy/s?Qualifier=alias-doesnotexist", "", notThere + "Cannot find alias arn: " + arn + "f:alias-doesnotexist"},
	{"remove of no statement", "", "DELETE", functionsPath + "/f/policy/non-existent", "", notThere + "Statement non-existent is not found in resource policy."},
}

func permission(id, principal, more string) string {
	return fmt.Sprintf(`{"StatementId":%q,"Action":"lambda:InvokeFunction","Principal":%q%s}`, id, principal, more)
}

const (
	provisionedPath = "/2019-09-30/functions/"
	eventsPath      = "/2019-09-25/functions/"
	concurrencyPath = "/2017-10-31/functions/"
)

var concurrencyRefusals = []refusalCase{
	{"unknown function", "", "PUT", concurrencyPath + "nothing/concurrency", `{"ReservedConcurrentExecutions":1}`, noFunction + ":$LATEST"},
	{"qualifier", "", "PUT", concurrencyPath + "f:1/concurrency", `{"ReservedConcurrentExecutions":1}`, badValue + "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN."},
	{"too much", "", "PUT", concurrencyPath + "f/concurrency", `{"ReservedConcurrentExecutions":901}`, badValue + "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100]."},
	{"negative", "the model", "PUT", concurrencyPath + "f/concurrency", `{"ReservedConcurrentExecutions":-1}`, validation + "Value '-1' at 'reservedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 0"},
	{"get of an unknown function", "", "GET", provisionedPath + "nothing/concurrency", "", noFunction},
	{"delete of an unknown function", "ours", "DELETE", concurrencyPath + "nothing/concurrency", "", noFunction},
	{"no provisioned", "", "GET", provisionedPath + "f/provisioned-concurrency?Qualifier=1", "", "404 ProvisionedConcurrencyConfigNotFoundException: No Provisioned Concurrency Config found for this function"},
	{"provisioned of an unknown alias", "", "GET", provisionedPath + "f/provisioned-concurrency?Qualifier=noalias", "", notThere + "Cannot find alias arn: " + arn + "f:noalias"},
	{"provisioned of an unknown version", "", "GET", provisionedPath + "f/provisioned-concurrency?Qualifier=10", "", notThere + "Function not found: " + arn + "f:10"},
	{"provisioned of $LATEST", "", "GET", provisionedPath + "f/provisioned-concurrency?Qualifier=$LATEST", "", badValue + "The function resource provided must be an alias or a published version."},
	{"list provisioned of an unknown function", "", "GET", provisionedPath + "nothing/provisioned-concurrency?List=ALL", "", noFunction},
	{"delete provisioned of an unknown function", "", "DELETE", provisionedPath + "nothing/provisioned-concurrency?Qualifier=1", "", noFunction + ":1"},
	{"provision none", "", "PUT", provisionedPath + "f/provisioned-concurrency?Qualifier=1", `{"ProvisionedConcurrentExecutions":0}`, validation + "Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1"},
	{"provision $LATEST", "", "PUT", provisionedPath + "f/provisioned-concurrency?Qualifier=$LATEST", `{"ProvisionedConcurrentExecutions":1}`, badValue + "Provisioned Concurrency Configs cannot be applied to unpublished function versions."},
	{"provision an unknown version", "", "PUT", provisionedPath + "f/provisioned-concurrency?Qualifier=10", `{"ProvisionedConcurrentExecutions":1}`, notThere + "Function not found: " + arn + "f:10"},
	{"provision beyond the account", "", "PUT", provisionedPath + "f/provisioned-concurrency?Qualifier=1", `{"ProvisionedConcurrentExecutions":1001}`, badValue + "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000]."},
	{"provision what must stay", "", "PUT", provisionedPath + "f/provisioned-concurrency?Qualifier=1", `{"ProvisionedConcurrentExecutions":901}`, badValue + "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100]."},
}

var eventRefusals = []refusalCase{
	{"unknown function", "", "PUT", eventsPath + "nothing/event-invoke-config", `{"MaximumRetryAttempts":1}`, notThere + "The function doesn't exist."},
	{"unknown alias", "", "PUT", eventsPath + "f/event-invoke-config?Qualifier=nothing", `{"MaximumRetryAttempts":1}`, notThere + "The function doesn't exist."},
	{"nothing said", "", "PUT", eventsPath + "f/event-invoke-config", `{}`, badValue + "You must specify at least one of error handling or destination setting."},
	{"destination", "ours", "PUT", eventsPath + "f/event-invoke-config", `{"DestinationConfig":{"OnFailure":{"Destination":"arn:aws:sqs:eu-west-1:000000000000:q"}}}`, unbuilt + "destinations of asynchronous calls" + later},
	{"many retries", "the model", "PUT", eventsPath + "f/event-invoke-config", `{"MaximumRetryAttempts":3}`, validation + "Value '3' at 'maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 2"},
	{"short age", "the model", "PUT", eventsPath + "f/event-invoke-config", `{"MaximumEventAgeInSeconds":59}`, validation + "Value '59' at 'maximumEventAgeInSeconds' failed to satisfy constraint: Member must have value greater than or equal to 60"},
	{"two qualifiers", "", "PUT", eventsPath + "f:live/event-invoke-config?Qualifier=1", `{"MaximumRetryAttempts":1}`, mismatch},
	{"get of none", "", "GET", eventsPath + "f/event-invoke-config", "", notThere + "The function " + arn + "f:$LATEST doesn't have an EventInvokeConfig"},
	{"get of an unknown function", "", "GET", eventsPath + "nothing/event-invoke-config", "", notThere + "The function " + arn + "nothing:$LATEST doesn't have an EventInvokeConfig"},
	{"update of none", "", "POST", eventsPath + "f/event-invoke-config?Qualifier=live", `{"MaximumRetryAttempts":1}`, notThere + "The function " + arn + "f:live doesn't have an EventInvokeConfig"},
	{"delete of none", "", "DELETE", eventsPath + "f/event-invoke-config", "", notThere + "The function " + arn + "f:$LATEST doesn't have an EventInvokeConfig"},
	{"list those of an unknown function", "", "GET", eventsPath + "nothing/event-invoke-config/list", "", notThere + "The function doesn't exist."},
}

// TestRefusals sends each bad request to a function f with version 1, the alias live and one permission, and to a layer
// l with one version.
func TestRefusals(t *testing.T) {
	f := newFixture(t)
	f.function("f")
	f.do("POST", functionsPath+"/f/versions", "{}")
	f.do("POST", functionsPath+"/f/aliases", `{"Name":"live","FunctionVersion":"1"}`)
	f.do("POST", functionsPath+"/f/policy", permission("first", "s3.amazonaws.com", ""))
	f.do("POST", layersPath+"/l/versions", layerBody(""))
	for family, cases := range map[string][]refusalCase{
		"function": functionRefusals(), "alias": aliasRefusals, "permission": permissionRefusals, "concurrency": concurrencyRefusals,
		"events": eventRefusals, "layer": layerRefusals(), "tags": tagRefusals, "settings": settingRefusals, "invoke": invokeRefusals(),
	} {
		for _, c := range cases {
			t.Run(family+"/"+c.name, func(t *testing.T) {
				if got := f.refused(c.method, c.path, c.body); got != c.want {
					t.Errorf("%s %s\n got %s\nwant %s", c.method, c.path, got, c.want)
				}
			})
		}
	}
}
