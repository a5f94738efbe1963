package lambda

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/dipylon/dipylon/internal/lambda"
)

const (
	layersPath = "/2018-10-31/layers"
	layerARN   = "arn:aws:lambda:" + region + ":" + account + ":layer:"
	tagsPath   = "/2017-03-31/tags/"
)

func layerBody(more string) string {
	return fmt.Sprintf(`{"Content":{"ZipFile":%q}%s}`, zipped("layer"), more)
}

func withLayers(arns ...string) string {
	return createMore(`,"Layers":["` + strings.Join(arns, `","`) + `"]`)
}

func layerRefusals() []refusalCase {
	const gone = notThere + "The resource you requested does not exist."
	const noVersion = notThere + "Layer version " + layerARN + "l:2 does not exist."
	const add = `{"StatementId":"s1","Action":"lambda:GetLayerVersion","Principal":"*"}`
	l1 := layerARN + "l:1"
	return []refusalCase{
		{"unknown", "", "GET", layersPath + "/nothing/versions/1", "", gone},
		{"unknown version", "", "GET", layersPath + "/l/versions/2", "", gone},
		{"huge version", "ours", "GET", layersPath + "/l/versions/9223372036854775807", "", gone},
		{"version 0", "", "GET", layersPath + "/l/versions/0", "", badValue + "Layer Version Cannot be less than 1"},
		{"negative version", "", "DELETE", layersPath + "/l/versions/-1", "", badValue + "Layer Version Cannot be less than 1"},
		{"unknown by ARN", "", "GET", layersPath + "?find=LayerVersion&Arn=" + url.QueryEscape(layerARN+"l:9"), "", gone},
		{"no zip", "", "POST", layersPath + "/x/versions", `{"Content":{"ZipFile":"bm8gemlw"}}`, badValue + "Could not unzip uploaded file. Please check your file, then try to upload again."},
		{"no content", "clients' reports", "POST", layersPath + "/x/versions", `{"Content":{}}`, badValue + "Please provide a source for function code."},
		{"architecture", "", "GET", layersPath + "?CompatibleArchitecture=archdoesnotexist", "", validation + "Value 'archdoesnotexist' at 'compatibleArchitecture' failed to satisfy constraint: Member must satisfy enum value set: [x86_64, arm64]"},
		{"other account's", "ours", "GET", layersPath + "/" + url.PathEscape("arn:aws:lambda:eu-west-1:017000801446:layer:x") + "/versions/1", "", "403 AccessDeniedException: User: arn:aws:iam::000000000000:user/test is not authorized to perform: lambda:GetLayerVersion on resource: arn:aws:lambda:eu-west-1:017000801446:layer:x because no resource-based policy allows the lambda:GetLayerVersion action"},
		{"no policy", "", "GET", layersPath + "/l/versions/1/policy", "", notThere + "No policy is associated with the given resource."},
		{"policy of an unknown version", "", "GET", layersPath + "/l/versions/2/policy", "", noVersion},
		{"action", "", "POST", layersPath + "/l/versions/1/policy", strings.Replace(add, "lambda:GetLayerVersion", "*", 1), validation + "Value '*' at 'action' failed to satisfy constraint: Member must satisfy regular expression pattern: lambda:GetLayerVersion"},
		{"permission for an unknown version", "", "POST", layersPath + "/l/versions/2/policy", add, noVersion},
		{"stale permission", "", "POST", layersPath + "/l/versions/1/policy?RevisionId=wrong", add, "412 PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id"},
		{"remove of an unknown version", "", "DELETE", layersPath + "/l/versions/2/policy/s1", "", noVersion},
		{"remove of no statement", "", "DELETE", layersPath + "/l/versions/1/policy/doesnotexist", "", notThere + "Statement doesnotexist is not found in resource policy."},
		{"function with an unknown layer", "", "POST", functionsPath, withLayers(layerARN + "doesnotexist:1"), badValue + "Layer version " + layerARN + "doesnotexist:1 does not exist."},
		{"function with an unknown version", "", "POST", functionsPath, withLayers(layerARN + "l:9"), badValue + "Layer version " + layerARN + "l:9 does not exist."},
		{"function with one layer twice", "", "POST", functionsPath, withLayers(l1, l1), badValue + "Two different versions of the same layer are not allowed to be referenced in the same function. " + l1 + " and " + l1 + " are versions of the same layer."},
		{"function with six layers", "", "POST", functionsPath, withLayers(l1, l1, l1, l1, l1, l1), badValue + "Cannot reference more than 5 layers."},
		{"function with a layer of another region", "", "POST", functionsPath, withLayers("arn:aws:lambda:us-east-1:" + account + ":layer:l:1"), badValue + "Layers are not in the same region as the function. Layers are expected to be in region eu-west-1."},
	}
}

var tagRefusals = []refusalCase{
	{"unknown function", "", "GET", tagsPath + url.PathEscape(arn+"nothing"), "", noFunction},
	{"tag an unknown function", "", "POST", tagsPath + url.PathEscape(arn+"nothing"), `{"Tags":{"a":"b"}}`, noFunction},
	{"untag an unknown function", "", "DELETE", tagsPath + url.PathEscape(arn+"nothing") + "?tagKeys=a", "", noFunction},
	{"version", "", "POST", tagsPath + url.PathEscape(arn+"f:1"), `{"Tags":{"a":"b"}}`, badValue + "Tags on function aliases and versions are not supported. Please specify a function ARN."},
	{"$LATEST", "", "GET", tagsPath + url.PathEscape(arn+"f:$LATEST"), "", badValue + "Tags on function aliases and versions are not supported. Please specify a function ARN."},
	{"no tags", "", "POST", tagsPath + url.PathEscape(arn+"f"), `{"Tags":{}}`, badValue + "An error occurred and the request cannot be processed."},
	{"no keys", "", "DELETE", tagsPath + url.PathEscape(arn+"f"), "", validation + "Value null at 'tagKeys' failed to satisfy constraint: Member must not be null"},
	{"too many", "", "POST", tagsPath + url.PathEscape(arn+"f"), `{"Tags":{` + manyTags(51) + `}}`, badValue + "Number of tags exceeds resource tag limit."},
	{"reserved", "ours", "POST", tagsPath + url.PathEscape(arn+"f"), `{"Tags":{"aws:x":"b"}}`, badValue + `Invalid tag key "aws:x": the prefix aws: is reserved`},
	{"other region", "ours", "GET", tagsPath + url.PathEscape("arn:aws:lambda:us-east-1:"+account+":function:f"), "", notThere + "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')"},
	{"event source mapping", "ours", "GET", tagsPath + url.PathEscape("arn:aws:lambda:eu-west-1:"+account+":event-source-mapping:00000000-0000-0000-0000-000000000000"), "", unbuilt + "tags of resources other than functions" + later},
}

var settingRefusals = []refusalCase{
	{"recursion of an unknown function", "ours", "GET", "/2024-08-31/functions/nothing/recursion-config", "", noFunction},
	{"recursion", "", "PUT", "/2024-08-31/functions/f/recursion-config", `{"RecursiveLoop":"InvalidValue"}`, validation + "Value 'InvalidValue' at 'recursiveLoop' failed to satisfy constraint: Member must satisfy enum value set: [Allow, Terminate]"},
	{"runtime management of an unknown function", "ours", "GET", "/2021-07-20/functions/nothing/runtime-management-config", "", noFunction},
	{"runtime of a certain version", "ours", "PUT", "/2021-07-20/functions/f/runtime-management-config", `{"UpdateRuntimeOn":"Manual"}`, unbuilt + "runtimes of a certain version" + later},
	{"code signing of an unknown function", "", "GET", "/2020-06-30/functions/nothing/code-signing-config", "", noFunction},
	{"operation that is not built", "ours", "GET", "/2021-10-31/functions/f/url", "", "501 NotImplementedException: The operation lambda:GetFunctionUrlConfig is not built in Dipylon yet."},
}

func invokeRefusals() []refusalCase {
	const source = "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: "
	const unparsed = "400 InvalidRequestContentException: Could not parse request body into json: Could not parse payload into json: "
	const path = functionsPath + "/f/invocations"
	return []refusalCase{
		{"no JSON", "", "POST", path, "?", unparsed + "Unexpected character ('?' (code 63)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')" + source + "1, column: 1]"},
		{"no JSON in the second line", "ours", "POST", path, "{\n x}", unparsed + "Unexpected character ('x' (code 120)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')" + source + "2, column: 2]"},
		{"not UTF-8", "LocalStack's test_lambda_invoke_payload_encoding_error; it has the text of a body", "POST", path, "\"\x87\"", unparsed + "Invalid UTF-8 start byte 0x87" + source + "1, column: 2]"},
		{"no end", "ours", "POST", path, `{"a":`, unparsed + "Unexpected end-of-input" + source + "1, column: 6]"},
		{"too large", "clients' reports", "POST", path, `"` + strings.Repeat("x", lambda.MaxRequest) + `"`, "413 RequestEntityTooLargeException: 6291458 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)"},
		{"two qualifiers", "", "POST", functionsPath + "/f:1/invocations?Qualifier=2", "{}", mismatch},
		{"other region", "", "POST", functionsPath + "/" + url.PathEscape("arn:aws:lambda:us-east-1:"+account+":function:f") + "/invocations", "{}", notThere + "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')"},
		{"name", "", "POST", functionsPath + "/" + url.PathEscape("arn:aws:lambda:eu-west-1:123400000000@function:myfn") + "/invocations", "{}", validation + `Value 'arn:aws:lambda:eu-west-1:123400000000@function:myfn' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`},
		{"no JSON to a stream", "ours", "POST", "/2021-11-15/functions/f/response-streaming-invocations", "?", unparsed + "Unexpected character ('?' (code 63)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')" + source + "1, column: 1]"},
		{"no JSON in the old form", "ours", "POST", "/2014-11-13/functions/f/invoke-async/", "?", unparsed + "Unexpected character ('?' (code 63)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')" + source + "1, column: 1]"},
	}
}
