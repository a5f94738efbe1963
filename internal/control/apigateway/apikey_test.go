package apigateway

import (
	"fmt"
	"strings"
	"testing"
	"time"

	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// apiKey makes a key a second after the one before.
func (f *fixture) apiKey(name string) *gen.ApiKey {
	f.Helper()
	f.now = f.now.Add(time.Second)
	return do(f, f.CreateApiKey, gen.CreateApiKeyInput{Name: &name})
}

func listed[T any](list []T, name func(T) *string) string {
	var all []string
	for _, item := range list {
		all = append(all, text(name(item)))
	}
	return strings.Join(all, " ")
}

// TestAPIKeys: what answers hold is recorded (test_get_api_keys, test_create_api_key_with_invalid_name,
// test_update_api_key_invalid_enabled_type).
func TestAPIKeys(t *testing.T) {
	f := newFixture(t)
	list := func(in gen.GetApiKeysInput) string {
		return listed(do(f, f.GetApiKeys, in).Items, func(k gen.ApiKey) *string { return k.Name })
	}
	if got := do(f, f.GetApiKeys, gen.GetApiKeysInput{Limit: new(int32(-1))}); got.Items == nil || len(got.Items) != 0 {
		t.Errorf("an empty list: %+v", got)
	}
	one := f.apiKey("test-key-1")
	if *one.Enabled || len(*one.Value) != 40 || len(*one.Id) != 10 || one.StageKeys == nil || one.Tags != nil || !one.CreatedDate.Equal(*one.LastUpdatedDate) {
		t.Errorf("made %+v", one)
	}
	empty := do(f, f.CreateApiKey, gen.CreateApiKeyInput{Name: new(""), Value: new(""), Description: new(""), Enabled: new(true), CustomerId: new("c1")})
	if empty.Name != nil || empty.Description != nil || len(*empty.Value) != 40 || !*empty.Enabled {
		t.Errorf("made of empty strings: %+v", empty)
	}
	do(f, f.DeleteApiKey, gen.DeleteApiKeyInput{ApiKey: *empty.Id})
	f.apiKey("test-key-2")
	for query, want := range map[string]string{
		"": "test-key-2 test-key-1", "test-key": "test-key-2 test-key-1", "test-key-1": "test-key-1", "Test": "", "key-1": "", "wrong": "",
	} {
		if got := list(gen.GetApiKeysInput{NameQuery: &query}); got != want {
			t.Errorf("names that begin with %q: %s, want %s", query, got, want)
		}
	}
	first := do(f, f.GetApiKeys, gen.GetApiKeysInput{Limit: new(int32(1))})
	second := do(f, f.GetApiKeys, gen.GetApiKeysInput{Limit: new(int32(1)), Position: first.Position, IncludeValues: new(true)})
	if *first.Items[0].Name != "test-key-2" || first.Items[0].Value != nil || *second.Items[0].Value != *one.Value || second.Position != nil {
		t.Errorf("pages %+v and %+v", first, second)
	}
	if got := do(f, f.GetApiKey, gen.GetApiKeyInput{ApiKey: *one.Id}); got.Value != nil || got.Tags == nil {
		t.Errorf("got %+v", got)
	}
	if got := do(f, f.GetApiKey, gen.GetApiKeyInput{ApiKey: *one.Id, IncludeValue: new(true)}); *got.Value != *one.Value {
		t.Errorf("got %+v", got)
	}
	got := do(f, f.UpdateApiKey, gen.UpdateApiKeyInput{ApiKey: *one.Id, PatchOperations: ops("replace /enabled true", "replace /enabled not-a-boolean", "replace /name n", "replace /customerId c", "replace /description d")})
	if *got.Enabled || *got.Name != "n" || *got.CustomerId != "c" || *got.Description != "d" || got.Value != nil || got.Tags == nil || got.StageKeys == nil {
		t.Errorf("updated %+v", got)
	}
	if got := list(gen.GetApiKeysInput{CustomerId: new("c")}); got != "n" {
		t.Errorf("keys of a customer: %s", got)
	}
	own := do(f, f.CreateApiKey, gen.CreateApiKeyInput{Value: new("my-own-value-of-20-chars"), GenerateDistinctId: new(false)})
	if *own.Id != "my-own-value-of-20-chars" {
		t.Errorf("made %+v", own)
	}
}

func TestAPIKeyRefusals(t *testing.T) {
	tr, _ := newStage(t)
	f := tr.fixture
	const bad, missing = "BadRequestException: ", "NotFoundException: Invalid API Key identifier specified"
	taken := do(f, f.CreateApiKey, gen.CreateApiKeyInput{StageKeys: []gen.StageKey{{RestApiId: &tr.api, StageName: new("dev")}}})
	if !has(taken.StageKeys, tr.api+"/dev") {
		t.Errorf("made %+v", taken)
	}
	for name, tt := range map[string]struct {
		in   gen.CreateApiKeyInput
		want string
	}{
		// recorded: test_create_api_key_with_invalid_name, test_create_api_key_with_invalid_value, test_update_api_key_invalid_description_length
		"long name":        {gen.CreateApiKeyInput{Name: new(strings.Repeat("n", 1025))}, bad + "Invalid API Key name, can be at most 1024 characters."},
		"short value":      {gen.CreateApiKeyInput{Value: new(strings.Repeat("v", 19))}, bad + "API Key value should be at least 20 characters"},
		"long value":       {gen.CreateApiKeyInput{Value: new(strings.Repeat("v", 129))}, bad + "API Key value exceeds maximum size of 128 characters"},
		"long description": {gen.CreateApiKeyInput{Description: new(strings.Repeat("d", 125_001))}, bad + "Invalid API Key description specified."},
		"taken value":      {gen.CreateApiKeyInput{Value: taken.Value}, "ConflictException: API Key already exists"},
		"unknown stage":    {gen.CreateApiKeyInput{StageKeys: []gen.StageKey{{RestApiId: &tr.api, StageName: new("other")}}}, bad + "Invalid stage identifier specified"},
		"empty stage":      {gen.CreateApiKeyInput{StageKeys: []gen.StageKey{{}}}, bad + "Invalid stage identifier specified"},
		"tag":              {gen.CreateApiKeyInput{Tags: map[string]string{"": "x"}}, bad + "Invalid tag..."},
		"control":          {gen.CreateApiKeyInput{Value: new(strings.Repeat("\x00", 20))}, bad + "..."},
	} {
		t.Run(name, func(t *testing.T) { refused(t, attempt(f, f.CreateApiKey, tt.in), tt.want) })
	}
	for op, want := range map[string]string{
		"replace /id x": bad + "Invalid patch path  '/id' specified for op 'replace'. Must be one of: [/description, /enabled, /name, /customerId]", // recorded: test_update_api_key_immutable_field
		"add /stages x": bad + "Invalid stage identifier specified",
		"add /name x":   bad + "Invalid patch path  '/name' specified for op 'add'. Must be one of: [/stages]",
		"replace /description " + strings.Repeat("d", 125_001): bad + "Invalid API Key description specified.",
	} {
		refused(t, attempt(f, f.UpdateApiKey, gen.UpdateApiKeyInput{ApiKey: *taken.Id, PatchOperations: ops(op)}), want)
	}
	if got := do(f, f.UpdateApiKey, gen.UpdateApiKeyInput{ApiKey: *taken.Id, PatchOperations: ops("remove /stages "+tr.api+"/dev", "add /stages "+tr.api+"/dev")}); !has(got.StageKeys, tr.api+"/dev") {
		t.Errorf("updated %+v", got)
	}
	refused(t, attempt(f, f.GetApiKey, gen.GetApiKeyInput{ApiKey: "other"}), missing)
	refused(t, attempt(f, f.UpdateApiKey, gen.UpdateApiKeyInput{ApiKey: "other"}), missing)
	refused(t, attempt(f, f.DeleteApiKey, gen.DeleteApiKeyInput{ApiKey: "other"}), missing)
	refused(t, attempt(f, f.GetApiKeys, gen.GetApiKeysInput{Position: new("!")}), bad+"Invalid position parameter specified")
	refused(t, attempt(f, f.GetApiKeys, gen.GetApiKeysInput{Position: position("x")}), bad+"Invalid position parameter specified")
}

// TestImportAPIKeys: the files are in the forms of the developer guide's page "API key file format".
func TestImportAPIKeys(t *testing.T) {
	f := newFixture(t)
	plan := func(name string) string {
		return *do(f, f.CreateUsagePlan, gen.CreateUsagePlanInput{Name: &name}).Id
	}
	a, b := plan("a"), plan("b")
	const key = "apikey1234abcdefghij0123456789"
	importKeys := func(file string) *gen.ImportApiKeysOutput {
		f.now = f.now.Add(time.Second)
		return do(f, f.ImportApiKeys, gen.ImportApiKeysInput{Body: []byte(file), Format: new(gen.ApiKeysFormatCsv)})
	}
	out := importKeys("Key,name\n" + key + ",MyFirstApiKey\n")
	if len(out.Ids) != 1 || out.Warnings != nil {
		t.Fatalf("imported %+v", out)
	}
	id := out.Ids[0]
	get := func() *gen.ApiKey { return do(f, f.GetApiKey, gen.GetApiKeyInput{ApiKey: id, IncludeValue: new(true)}) }
	if k := get(); *k.Value != key || !*k.Enabled || *k.Name != "MyFirstApiKey" {
		t.Errorf("imported %+v", k)
	}
	out = importKeys(fmt.Sprintf("\ufeffEnabled,Name,key,UsageplanIds,Description,other\r\nFALSE,Again,%s,\"%s,%s\",An imported key,x\r\ntrue,Second,%s2,'%s',,\r\n", key, a, b, key, a))
	if len(out.Ids) != 2 || out.Ids[0] != id || out.Warnings != nil {
		t.Fatalf("imported again: %+v", out)
	}
	if k := get(); *k.Enabled || *k.Name != "Again" || *k.Description != "An imported key" {
		t.Errorf("imported again: %+v", k)
	}
	keys := func(plan string) string {
		return listed(do(f, f.GetUsagePlanKeys, gen.GetUsagePlanKeysInput{UsagePlanId: plan}).Items, func(k gen.UsagePlanKey) *string { return k.Name })
	}
	if keys(a) != "Second Again" || keys(b) != "Again" {
		t.Errorf("the plans have %q and %q", keys(a), keys(b))
	}
	const broken = "Name,key,UsagePlanIds\nshort,abc,\ngood,apikey1234abcdefghij0000000000,nothing\n"
	refused(t, attempt(f, f.ImportApiKeys, gen.ImportApiKeysInput{Body: []byte(broken), Format: new(gen.ApiKeysFormatCsv), FailOnWarnings: new(true)}), "BadRequestException: Warnings found during import: Line 2:...")
	if list := do(f, f.GetApiKeys, gen.GetApiKeysInput{}); len(list.Items) != 2 {
		t.Errorf("a refused file left %d keys", len(list.Items))
	}
	if out := importKeys(broken); len(out.Ids) != 1 || len(out.Warnings) != 2 {
		t.Errorf("with warnings: %+v", out)
	}
	for name, file := range map[string]string{"empty": "", "no key column": "name,value\n", "no name column": "key\n", "unclosed quote": "name,key\n\"a", "binary": "\xff\x00"} {
		t.Run(name, func(t *testing.T) {
			err := attempt(f, f.ImportApiKeys, gen.ImportApiKeysInput{Body: []byte(file), Format: new(gen.ApiKeysFormatCsv), FailOnWarnings: new(true)})
			refused(t, err, "BadRequestException: ...")
		})
	}
}

// FuzzReadKeyFile: a file gives keys that can be stored, or an error that AWS has.
func FuzzReadKeyFile(f *testing.F) {
	f.Add([]byte("Key,name\napikey1234abcdefghij0123456789,MyFirstApiKey\n"))
	f.Add([]byte("Enabled,Name,key,UsageplanIds\ntrue,a,apikey1234abcdefghij0123456789,\"c7y23b,glvrsr\"\n"))
	f.Add([]byte("\ufeffname,key\n\"\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		rows, _, err := readKeyFile(file)
		if err != nil {
			refused(t, err, "BadRequestException: ...")
		}
		for _, row := range rows {
			if err := checkAPIKey(row.key); err != nil {
				t.Errorf("%+v: %v", row, err)
			}
		}
	})
}

func TestAccount(t *testing.T) {
	f := newFixture(t)
	got := do(f, f.GetAccount, gen.GetAccountInput{})
	if got.CloudwatchRoleArn != nil || !has(got.Features, "UsagePlans") || *got.ThrottleSettings.BurstLimit != 5000 || *got.ThrottleSettings.RateLimit != 10000 || *got.ApiKeyVersion != "4" {
		t.Errorf("got %+v", got)
	}
	update := func(lines ...string) gen.UpdateAccountInput {
		return gen.UpdateAccountInput{PatchOperations: ops(lines...)}
	}
	if got := do(f, f.UpdateAccount, update("replace /cloudwatchRoleArn "+roleARN, "add /features UsagePlans")); *got.CloudwatchRoleArn != roleARN || !has(got.Features, "UsagePlans") {
		t.Errorf("updated %+v", got)
	}
	if got := do(f, f.UpdateAccount, update("replace /cloudwatchRoleArn ")); got.CloudwatchRoleArn != nil { // Terraform's destroy
		t.Errorf("cleared %+v", got)
	}
	const bad = "BadRequestException: "
	for op, want := range map[string]string{
		"replace /cloudWatchRoleArn x": bad + "Invalid patch path  '/cloudWatchRoleArn' specified for op 'replace'. Must be one of: [/cloudwatchRoleArn]",
		"replace /cloudwatchRoleArn x": bad + "Invalid patch value 'x'...",
		"remove /features UsagePlans":  bad + "The feature UsagePlans cannot be removed",
		"add /features foobar":         bad + "Invalid feature specified: 'foobar'...",
		"add /features/- foobar":       bad + "Invalid patch path  '/features/-' specified for op 'add'. Must be one of: [/features]",
		"copy /features < /x":          bad + "Invalid patch path  '/features' specified for op 'copy'. Please choose supported operations",
	} {
		refused(t, attempt(f, f.UpdateAccount, update(op)), want)
	}
}

// TestLogLevelWithRole: logging is turned on once the account has a role (Miserlou/Zappa issue 1946).
func TestLogLevelWithRole(t *testing.T) {
	tr, _ := newStage(t)
	do(tr.fixture, tr.UpdateAccount, gen.UpdateAccountInput{PatchOperations: ops("replace /cloudwatchRoleArn " + roleARN)})
	if got := tr.patchStage("replace /*/*/logging/loglevel INFO"); *got.MethodSettings["*/*"].LoggingLevel != "INFO" {
		t.Errorf("have %+v", got.MethodSettings)
	}
}
