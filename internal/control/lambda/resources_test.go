package lambda

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestVersions is LocalStack's recording test_version_lifecycle.
func TestVersions(t *testing.T) {
	f := newFixture(t)
	f.function("f")
	before := f.do("GET", functionsPath+"/f/configuration", "")
	first := f.do("POST", functionsPath+"/f/versions", `{"Description":"First version","CodeSha256":"`+before.text("CodeSha256")+`","RevisionId":"`+before.text("RevisionId")+`"}`)
	got := []string{first.text("Version"), first.text("FunctionArn"), first.text("Description"), first.text("State"), first.text("LastUpdateStatus")}
	if want := []string{"1", arn + "f:1", "First version", "Active", "Successful"}; !slices.Equal(got, want) {
		t.Errorf("first: %v, want %v", got, want)
	}
	again := f.do("POST", functionsPath+"/f/versions", "{}")
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("published again (-want +got):\n%s", diff)
	}
	f.do("PUT", functionsPath+"/f/configuration", `{"Description":"Second version"}`)
	f.settled("f")
	if second := f.do("POST", functionsPath+"/f/versions", "{}"); second.text("Version") != "2" || second.text("Description") != "Second version" {
		t.Errorf("second: %v", second)
	}
	f.do("PUT", functionsPath+"/f/configuration", `{"Description":"Second version"}`)
	f.settled("f")
	if second := f.do("POST", functionsPath+"/f/versions", "{}"); second.text("Version") != "2" {
		t.Errorf("published after an update that changed nothing: version %s", second.text("Version"))
	}
	if after := f.do("GET", functionsPath+"/f:1", "").text("Configuration.Description"); after != "First version" {
		t.Errorf("the first version became %q", after)
	}
	f.do("PUT", functionsPath+"/f/code", `{"ZipFile":"`+zipped("third")+`","Publish":true}`)
	f.settled("f")
	if third := f.do("GET", functionsPath+"/f:3/configuration", ""); third.text("State") != "Active" || third.text("CodeSha256") == before.text("CodeSha256") {
		t.Errorf("third: %v", third)
	}
	if got, want := f.refused("POST", functionsPath+"/f/versions", `{"CodeSha256":"x"}`), badValue+"CodeSHA256 (x) is different from current CodeSHA256 in $LATEST ("; !strings.HasPrefix(got, want) {
		t.Errorf("%s", got)
	}
	f.checkPages(functionsPath+"/f/versions", "Versions", "Version", []string{"$LATEST", "1", "2", "3"})
}

// checkPages lists in pages of every size and compares a member of what comes.
func (f *fixture) checkPages(path, list, member string, want []string) {
	f.Helper()
	for size := 1; size <= len(want)+1; size++ {
		var got []string
		marker := ""
		for {
			page := f.do("GET", path+query(path)+"MaxItems="+fmt.Sprint(size)+marker, "")
			items := page[list].([]any)
			if len(items) > size {
				f.Errorf("%d items on a page of %d", len(items), size)
			}
			for _, item := range items {
				got = append(got, answer(item.(map[string]any)).text(member))
			}
			next := page.text("NextMarker")
			if next == "" {
				break
			}
			marker = "&Marker=" + url.QueryEscape(next)
		}
		if !slices.Equal(got, want) {
			f.Errorf("%s in pages of %d: %v, want %v", path, size, got, want)
		}
	}
}

func query(path string) string {
	if strings.Contains(path, "?") {
		return "&"
	}
	return "?"
}

func TestCreateWithPublish(t *testing.T) {
	f := newFixture(t)
	created := f.do("POST", functionsPath, createBody("f", `,"Publish":true`))
	if created.text("Version") != "1" || created.text("FunctionArn") != arn+"f" || created.text("State") != "Pending" {
		t.Errorf("%v", created)
	}
	f.settled("f")
	if v := f.do("GET", functionsPath+"/f:1/configuration", ""); v.text("State") != "Active" {
		t.Errorf("version 1: %v", v)
	}
	if again := f.do("POST", functionsPath+"/f/versions", "{}"); again.text("Version") != "1" {
		t.Errorf("published again: version %s", again.text("Version"))
	}
}

func TestDryRun(t *testing.T) {
	f := newFixture(t)
	f.function("f")
	before := f.settled("f")
	dry := f.do("PUT", functionsPath+"/f/code", `{"ZipFile":"`+zipped("x")+`","DryRun":true}`)
	if dry.text("CodeSha256") == before.text("CodeSha256") {
		t.Error("the outcome has the old code")
	}
	if diff := cmp.Diff(before, f.settled("f")); diff != "" {
		t.Errorf("a dry run changed something:\n%s", diff)
	}
}

func TestAliases(t *testing.T) {
	f := newFixture(t)
	f.function("f")
	f.do("POST", functionsPath+"/f/versions", "{}")
	f.do("PUT", functionsPath+"/f/configuration", `{"Description":"2"}`)
	f.settled("f")
	f.do("POST", functionsPath+"/f/versions", "{}")
	created := f.do("POST", functionsPath+"/f/aliases", `{"Name":"a-1","FunctionVersion":"1","Description":"custom","RoutingConfig":{"AdditionalVersionWeights":{"2":0.2}}}`)
	want := answer{
		"AliasArn": arn + "f:a-1", "Description": "custom", "FunctionVersion": "1", "Name": "a-1", "RevisionId": created["RevisionId"],
		"RoutingConfig": map[string]any{"AdditionalVersionWeights": map[string]any{"2": 0.2}},
	}
	if diff := cmp.Diff(want, created); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, f.do("GET", functionsPath+"/f/aliases/a-1", "")); diff != "" {
		t.Errorf("got (-want +got):\n%s", diff)
	}
	f.do("POST", functionsPath+"/f/aliases", `{"Name":"b","FunctionVersion":"2"}`)
	f.do("POST", functionsPath+"/f/aliases", `{"Name":"c","FunctionVersion":"$LATEST","RoutingConfig":{}}`)
	f.checkPages(functionsPath+"/f/aliases", "Aliases", "Name", []string{"a-1", "b", "c"})
	f.checkPages(functionsPath+"/f/aliases?FunctionVersion=2", "Aliases", "Name", []string{"a-1", "b"})
	updated := f.do("PUT", functionsPath+"/f/aliases/a-1", `{"RoutingConfig":{"AdditionalVersionWeights":{}},"RevisionId":"`+created.text("RevisionId")+`"}`)
	if updated["RoutingConfig"] != nil || updated["RevisionId"] == created["RevisionId"] || updated.text("Description") != "custom" {
		t.Errorf("updated: %v", updated)
	}
	for range 2 { // recorded: test_non_existent_alias_deletion
		if status, _, _ := f.send("DELETE", functionsPath+"/f/aliases/a-1", ""); status != 204 {
			t.Errorf("delete: %d", status)
		}
	}
}

// TestStatements has the statements of LocalStack's recordings test_add_lambda_permission_aws and _fields.
func TestStatements(t *testing.T) {
	f := newFixture(t)
	f.function("f")
	const head = `"Action":"lambda:InvokeFunction","Resource":"` + arn + `f"`
	cases := []struct{ in, want string }{
		{`"StatementId":"s3","Principal":"s3.amazonaws.com","SourceArn":"arn:aws:s3:::b"`, `{"Sid":"s3","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},` + head + `,"Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::b"}}}`},
		{`"StatementId":"any","Principal":"*","SourceAccount":"111111111111"`, `{"Sid":"any","Effect":"Allow","Principal":"*",` + head + `,"Condition":{"StringEquals":{"AWS:SourceAccount":"111111111111"}}}`},
		{`"StatementId":"account","Principal":"111111111111"`, `{"Sid":"account","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},` + head + `}`},
		{`"StatementId":"user","Principal":"arn:aws:iam::111111111111:user/u"`, `{"Sid":"user","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:user/u"},` + head + `}`},
		{`"StatementId":"alexa","Principal":"alexa-appkit.amazon.com","EventSourceToken":"amzn1.ask.skill.x"`, `{"Sid":"alexa","Effect":"Allow","Principal":{"Service":"alexa-appkit.amazon.com"},` + head + `,"Condition":{"StringEquals":{"lambda:EventSourceToken":"amzn1.ask.skill.x"}}}`},
		{
			`"StatementId":"all","Principal":"*","SourceAccount":"111111111111","FunctionUrlAuthType":"NONE","PrincipalOrgID":"o-1234567890","SourceArn":"arn:aws:s3:::b"`,
			`{"Sid":"all","Effect":"Allow","Principal":"*",` + head + `,"Condition":{"StringEquals":{"AWS:SourceAccount":"111111111111","lambda:FunctionUrlAuthType":"NONE","aws:PrincipalOrgID":"o-1234567890"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::b"}}}`,
		},
		{`"StatementId":"api","Principal":"apigateway.amazonaws.com","SourceArn":"arn:aws:execute-api:eu-west-1::abc/*/*"`, `{"Sid":"api","Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},` + head + `,"Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:execute-api:eu-west-1::abc/*/*"}}}`},
	}
	var all []string
	for _, c := range cases {
		status, _, body := f.send("POST", functionsPath+"/f/policy", `{"Action":"lambda:InvokeFunction",`+c.in+`}`)
		if got := parse(t, body).text("Statement"); status != 201 || got != c.want {
			t.Errorf("%s: %d\n got %s\nwant %s", c.in, status, got, c.want)
		}
		all = append(all, c.want)
	}
	policy := f.do("GET", functionsPath+"/f/policy", "")
	if got, want := policy.text("Policy"), `{"Version":"2012-10-17","Id":"default","Statement":[`+strings.Join(all, ",")+`]}`; got != want {
		t.Errorf("GetPolicy:\n got %s\nwant %s", got, want)
	}
	if fn := f.settled("f"); fn.text("RevisionId") != policy.text("RevisionId") {
		t.Errorf("function and policy have the revisions %s and %s", fn.text("RevisionId"), policy.text("RevisionId"))
	}
	f.do("DELETE", functionsPath+"/f/policy/s3?RevisionId="+policy.text("RevisionId"), "")
	for _, id := range []string{"any", "account", "user", "alexa", "all", "api"} {
		f.do("DELETE", functionsPath+"/f/policy/"+id, "")
	}
	if got, want := f.refused("GET", functionsPath+"/f/policy", ""), notThere+"The resource you requested does not exist."; got != want {
		t.Errorf("%s", got)
	}
	f.do("POST", functionsPath+"/f/versions", "{}")
	f.do("POST", functionsPath+"/f/policy?Qualifier=1", permission("v", "s3.amazonaws.com", ""))
	if got := f.do("GET", functionsPath+"/f/policy?Qualifier=1", "").text("Policy"); !strings.Contains(got, `"Resource":"`+arn+`f:1"`) {
		t.Errorf("policy of version 1: %s", got)
	}
	long := strings.Repeat("x", 3000)
	for i := range 10 {
		status, _, body := f.send("POST", functionsPath+"/f/policy", permission(fmt.Sprint("l", i), "s3.amazonaws.com", `,"SourceArn":"arn:aws:s3:::`+long+`"`))
		if status >= 300 {
			if want := "is bigger than the limit (20480)."; status != 400 || !strings.Contains(body, want) || i < 6 {
				t.Errorf("statement %d: %d %s", i, status, body)
			}
			return
		}
	}
	t.Error("the policy has no limit")
}

func TestConcurrency(t *testing.T) {
	f := newFixture(t)
	f.function("f")
	f.function("g")
	settings := func() string {
		return f.do("GET", "/2016-08-19/account-settings", "").text("AccountLimit.UnreservedConcurrentExecutions")
	}
	for _, n := range []string{"0", "900"} {
		f.do("PUT", concurrencyPath+"f/concurrency", `{"ReservedConcurrentExecutions":`+n+`}`)
		if got := f.do("GET", provisionedPath+"f/concurrency", "").text("ReservedConcurrentExecutions"); got != n {
			t.Errorf("reserved %s, got %s", n, got)
		}
	}
	if got := f.do("GET", functionsPath+"/f", "").text("Concurrency.ReservedConcurrentExecutions"); got != "900" {
		t.Errorf("GetFunction: %s", got)
	}
	if got := settings(); got != "100" {
		t.Errorf("unreserved: %s", got)
	}
	if got := f.refused("PUT", concurrencyPath+"g/concurrency", `{"ReservedConcurrentExecutions":1}`); !strings.Contains(got, "below its minimum value of [100]") {
		t.Errorf("%s", got)
	}
	f.do("DELETE", concurrencyPath+"f/concurrency", "")
	if got := f.do("GET", provisionedPath+"f/concurrency", ""); len(got) != 0 || settings() != "1000" {
		t.Errorf("after delete: %v, %s unreserved", got, settings())
	}
}

// TestProvisionedConcurrency follows LocalStack's recordings test_lambda_provisioned_lifecycle and
// test_reserved_provisioned_overlap.
func TestProvisionedConcurrency(t *testing.T) {
	f := newFixture(t)
	f.function("f")
	f.do("POST", functionsPath+"/f/versions", "{}")
	f.do("POST", functionsPath+"/f/aliases", `{"Name":"live","FunctionVersion":"1"}`)
	const path = provisionedPath + "f/provisioned-concurrency"
	status, _, body := f.send("PUT", path+"?Qualifier=1", `{"ProvisionedConcurrentExecutions":2}`)
	if got := parse(t, body); status != 202 || got.text("Status") != "IN_PROGRESS" || got.text("AllocatedProvisionedConcurrentExecutions") != "0" {
		t.Errorf("%d %s", status, body)
	}
	if got, want := f.refused("PUT", path+"?Qualifier=live", `{"ProvisionedConcurrentExecutions":1}`), "409 ResourceConflictException: Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"; got != want {
		t.Errorf("%s", got)
	}
	if got := f.do("GET", path+"?Qualifier=1", ""); got.text("Status") != "IN_PROGRESS" || got.text("RequestedProvisionedConcurrentExecutions") != "2" {
		t.Errorf("%v", got)
	}
	f.fns.warmed["1"] = 3
	got := f.do("GET", path+"?Qualifier=1", "")
	if got.text("Status") != "READY" || got.text("AvailableProvisionedConcurrentExecutions") != "2" || got.text("LastModified") == "" {
		t.Errorf("%v", got)
	}
	if got, want := f.refused("PUT", concurrencyPath+"f/concurrency", `{"ReservedConcurrentExecutions":1}`), badValue+" ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2]."; got != want {
		t.Errorf("%s", got)
	}
	f.do("PUT", concurrencyPath+"f/concurrency", `{"ReservedConcurrentExecutions":2}`)
	if got, want := f.refused("PUT", path+"?Qualifier=1", `{"ProvisionedConcurrentExecutions":3}`), badValue+"Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"; got != want {
		t.Errorf("%s", got)
	}
	for range 2 {
		f.do("DELETE", path+"?Qualifier=1", "")
	}
	f.do("PUT", path+"?Qualifier=live", `{"ProvisionedConcurrentExecutions":1}`)
	if got, want := f.refused("PUT", path+"?Qualifier=1", `{"ProvisionedConcurrentExecutions":1}`), "409 ResourceConflictException: Version is pointed by a Provisioned Concurrency alias"; got != want {
		t.Errorf("%s", got)
	}
	f.checkPages(path+"?List=ALL", "ProvisionedConcurrencyConfigs", "FunctionArn", []string{arn + "f:live"})
	f.do("DELETE", functionsPath+"/f/aliases/live", "")
	if got := f.do("GET", path+"?List=ALL", "").text("ProvisionedConcurrencyConfigs"); got != "[]" {
		t.Errorf("after the alias: %s", got)
	}
}

// TestEventInvokeConfig follows LocalStack's recording test_lambda_eventinvokeconfig_lifecycle.
func TestEventInvokeConfig(t *testing.T) {
	f := newFixture(t)
	f.function("f")
	f.do("POST", functionsPath+"/f/versions", "{}")
	const path = eventsPath + "f/event-invoke-config"
	put := f.do("PUT", path, `{"MaximumRetryAttempts":0}`)
	want := answer{
		"DestinationConfig": map[string]any{"OnFailure": map[string]any{}, "OnSuccess": map[string]any{}},
		"FunctionArn":       arn + "f:$LATEST", "LastModified": put["LastModified"], "MaximumRetryAttempts": 0.0,
	}
	if diff := cmp.Diff(want, put); diff != "" {
		t.Errorf("put (-want +got):\n%s", diff)
	}
	if got := f.do("PUT", path, `{"MaximumEventAgeInSeconds":60}`); got["MaximumRetryAttempts"] != nil || got.text("MaximumEventAgeInSeconds") != "60" {
		t.Errorf("put again: %v", got)
	}
	if got := f.do("POST", path, `{"MaximumRetryAttempts":1}`); got.text("MaximumRetryAttempts") != "1" || got.text("MaximumEventAgeInSeconds") != "60" {
		t.Errorf("update: %v", got)
	}
	f.do("PUT", path+"?Qualifier=1", `{"DestinationConfig":{"OnSuccess":{}}}`)
	f.checkPages(path+"/list", "FunctionEventInvokeConfigs", "FunctionArn", []string{arn + "f:$LATEST", arn + "f:1"})
	if got := f.do("GET", path+"?Qualifier=$LATEST", ""); got.text("MaximumRetryAttempts") != "1" {
		t.Errorf("get: %v", got)
	}
	f.do("DELETE", path, "")
	f.do("DELETE", path+"?Qualifier=1", "")
	if got := f.do("GET", path+"/list", "").text("FunctionEventInvokeConfigs"); got != "[]" {
		t.Errorf("%s", got)
	}
}

// TestLayers follows LocalStack's recordings test_layer_lifecycle and test_layer_policy_lifecycle.
func TestLayers(t *testing.T) {
	f := newFixture(t)
	published := f.do("POST", layersPath+"/l/versions", layerBody(`,"CompatibleRuntimes":["python3.12"],"CompatibleArchitectures":["x86_64"],"LicenseInfo":"MIT","Description":"d"`))
	content := published.at("Content").(map[string]any)
	want := answer{
		"CompatibleArchitectures": []any{"x86_64"}, "CompatibleRuntimes": []any{"python3.12"},
		"Content":     map[string]any{"CodeSha256": content["CodeSha256"], "CodeSize": float64(len(zipOf("layer"))), "Location": content["Location"]},
		"CreatedDate": published["CreatedDate"], "Description": "d", "LayerArn": layerARN + "l", "LayerVersionArn": layerARN + "l:1",
		"LicenseInfo": "MIT", "Version": 1.0,
	}
	if diff := cmp.Diff(want, published); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
	f.do("POST", layersPath+"/"+url.PathEscape(layerARN+"l")+"/versions", layerBody(`,"CompatibleRuntimes":["nodejs22.x","python3.12"]`))
	f.do("POST", layersPath+"/m/versions", layerBody(""))
	f.checkPages(layersPath+"/l/versions", "LayerVersions", "Version", []string{"2", "1"})
	f.checkPages(layersPath+"/l/versions?CompatibleRuntime=nodejs22.x", "LayerVersions", "Version", []string{"2"})
	f.checkPages(layersPath, "Layers", "LayerName", []string{"l", "m"})
	f.checkPages(layersPath+"?CompatibleArchitecture=x86_64", "Layers", "LatestMatchingVersion.LayerVersionArn", []string{layerARN + "l:1"})
	if got := f.do("GET", layersPath+"?find=LayerVersion&Arn="+url.QueryEscape(layerARN+"l:2"), "").text("Version"); got != "2" {
		t.Errorf("by ARN: %s", got)
	}
	f.function("f")
	updated := f.do("PUT", functionsPath+"/f/configuration", `{"Layers":["`+layerARN+`l:1","`+layerARN+`m:1"]}`)
	size := fmt.Sprint(len(zipOf("layer")))
	if got, want := updated.text("Layers"), `[{"Arn":"`+layerARN+`l:1","CodeSize":`+size+`},{"Arn":"`+layerARN+`m:1","CodeSize":`+size+`}]`; got != want {
		t.Errorf("Layers = %s", got)
	}
	f.settled("f")
	for range 2 {
		f.do("DELETE", layersPath+"/l/versions/1", "")
	}
	f.do("DELETE", layersPath+"/l/versions/2", "")
	if got := f.settled("f").text("Layers"); !strings.Contains(got, "l:1") {
		t.Errorf("a function's layers went: %s", got)
	}
	if got := f.do("POST", layersPath+"/l/versions", layerBody("")).text("Version"); got != "3" {
		t.Errorf("a number came twice: %s", got)
	}
	f.do("PUT", functionsPath+"/f/configuration", `{"Layers":[]}`)
	if got := f.settled("f").text("Layers"); got != "" {
		t.Errorf("Layers = %s", got)
	}
	const policy = layersPath + "/l/versions/3/policy"
	added := f.do("POST", policy, `{"StatementId":"s1","Action":"lambda:GetLayerVersion","Principal":"*","OrganizationId":"o-1234567890"}`)
	statement := `{"Sid":"s1","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion","Resource":"` + layerARN + `l:3","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1234567890"}}}`
	if got := added.text("Statement"); got != statement {
		t.Errorf("Statement = %s", got)
	}
	if got := f.do("GET", policy, ""); got.text("Policy") != `{"Version":"2012-10-17","Id":"default","Statement":[`+statement+`]}` || got["RevisionId"] != added["RevisionId"] {
		t.Errorf("%v", got)
	}
	if got, want := f.refused("POST", policy, `{"StatementId":"s1","Action":"lambda:GetLayerVersion","Principal":"*"}`), "409 ResourceConflictException: The statement id (s1) provided already exists. Please provide a new statement id, or remove the existing statement."; got != want {
		t.Errorf("%s", got)
	}
	f.do("DELETE", policy+"/s1?RevisionId="+added.text("RevisionId"), "")
}

func TestTags(t *testing.T) {
	f := newFixture(t)
	f.function("f")
	path := tagsPath + url.PathEscape(arn+"f")
	before := f.settled("f").text("RevisionId")
	f.do("POST", path, `{"Tags":{"a":"1","b":"2","c":"3"}}`)
	f.do("POST", path, `{"Tags":{"b":"x"}}`)
	f.do("DELETE", path+"?tagKeys=c&tagKeys=d", "")
	if got := f.do("GET", path, "").text("Tags"); got != `{"a":"1","b":"x"}` {
		t.Errorf("ListTags: %s", got)
	}
	if got := f.do("GET", functionsPath+"/f", "").text("Tags"); got != `{"a":"1","b":"x"}` {
		t.Errorf("GetFunction: %s", got)
	}
	if f.settled("f").text("RevisionId") == before {
		t.Error("the revision stayed")
	}
	f.do("DELETE", path+"?tagKeys=a&tagKeys=b", "")
	if got := f.do("GET", path, "").text("Tags"); got != `{}` {
		t.Errorf("ListTags: %s", got)
	}
}

func TestSettings(t *testing.T) {
	f := newFixture(t)
	f.function("f")
	if got := f.do("GET", "/2020-06-30/functions/f/code-signing-config", ""); len(got) != 0 {
		t.Errorf("code signing: %v", got)
	}
	const recursion = "/2024-08-31/functions/f/recursion-config"
	if got := f.do("GET", recursion, "").text("RecursiveLoop"); got != "Terminate" {
		t.Errorf("RecursiveLoop = %s", got)
	}
	f.do("PUT", recursion, `{"RecursiveLoop":"Allow"}`)
	if got := f.do("GET", recursion, "").text("RecursiveLoop"); got != "Allow" {
		t.Errorf("RecursiveLoop = %s", got)
	}
	const management = "/2021-07-20/functions/f/runtime-management-config"
	if got := f.do("GET", management, "").text("UpdateRuntimeOn"); got != "Auto" {
		t.Errorf("UpdateRuntimeOn = %s", got)
	}
	f.do("PUT", management, `{"UpdateRuntimeOn":"FunctionUpdate"}`)
	if got := f.do("GET", management, ""); got.text("UpdateRuntimeOn") != "FunctionUpdate" || got.text("FunctionArn") != arn+"f" {
		t.Errorf("%v", got)
	}
	usage := f.do("GET", "/2016-08-19/account-settings", "")
	size := fmt.Sprint(len(zipOf("f")))
	if got, want := usage.text("AccountUsage"), `{"FunctionCount":1,"TotalCodeSize":`+size+`}`; got != want {
		t.Errorf("AccountUsage = %s, want %s", got, want)
	}
}

// TestConfiguration gives every setting and takes it back as Terraform does.
func TestConfiguration(t *testing.T) {
	f := newFixture(t)
	f.function("f")
	f.do("PUT", functionsPath+"/f/configuration", `{"Description":"d","Handler":"h.x","Runtime":"python3.12","MemorySize":256,"Timeout":900,
		"EphemeralStorage":{"Size":1024},"Environment":{"Variables":{"AB":"b"}},"TracingConfig":{"Mode":"Active"},
		"DeadLetterConfig":{"TargetArn":"arn:aws:sqs:eu-west-1:000000000000:q"},"KMSKeyArn":"arn:aws:kms:eu-west-1:000000000000:key/k",
		"LoggingConfig":{"LogFormat":"JSON","ApplicationLogLevel":"DEBUG","LogGroup":"/my/group"},
		"VpcConfig":{"SubnetIds":["subnet-1"],"SecurityGroupIds":["sg-1"],"Ipv6AllowedForDualStack":true}}`)
	got := f.settled("f")
	for path, want := range map[string]string{
		"Description": "d", "Handler": "h.x", "Runtime": "python3.12", "MemorySize": "256", "Timeout": "900", "EphemeralStorage.Size": "1024",
		"Environment.Variables": `{"AB":"b"}`, "TracingConfig.Mode": "Active", "DeadLetterConfig.TargetArn": "arn:aws:sqs:eu-west-1:000000000000:q",
		"KMSKeyArn":           "arn:aws:kms:eu-west-1:000000000000:key/k",
		"LoggingConfig":       `{"ApplicationLogLevel":"DEBUG","LogFormat":"JSON","LogGroup":"/my/group","SystemLogLevel":"INFO"}`,
		"VpcConfig.SubnetIds": `["subnet-1"]`, "VpcConfig.SecurityGroupIds": `["sg-1"]`, "VpcConfig.Ipv6AllowedForDualStack": "true",
	} {
		if got.text(path) != want {
			t.Errorf("%s = %s, want %s", path, got.text(path), want)
		}
	}
	if vpc := got.text("VpcConfig.VpcId"); !strings.HasPrefix(vpc, "vpc-") {
		t.Errorf("VpcId = %s", vpc)
	}
	f.do("PUT", functionsPath+"/f/configuration", `{"Description":"","Environment":{"Variables":{}},"DeadLetterConfig":{"TargetArn":""},"KMSKeyArn":"",
		"LoggingConfig":{"LogFormat":"Text"},"SnapStart":{"ApplyOn":"None"},"FileSystemConfigs":[],"ImageConfig":{},
		"VpcConfig":{"SubnetIds":[],"SecurityGroupIds":[],"Ipv6AllowedForDualStack":false}}`)
	got = f.settled("f")
	for path, want := range map[string]string{
		"Description": "", "Environment.Variables": "{}", "DeadLetterConfig": "", "KMSKeyArn": "", "VpcConfig": "",
		"LoggingConfig": `{"LogFormat":"Text","LogGroup":"/my/group"}`, "Handler": "h.x", "Timeout": "900",
	} {
		if got.text(path) != want {
			t.Errorf("cleared: %s = %s, want %s", path, got.text(path), want)
		}
	}
}
