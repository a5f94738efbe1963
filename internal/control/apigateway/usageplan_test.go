package apigateway

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	gen "github.com/dipylon/dipylon/internal/wire/gen/apigateway"
)

// TestUsagePlans follows test_usage_plan_crud and test_create_usage_plan_with_throttle, recorded on AWS.
func TestUsagePlans(t *testing.T) {
	tr, _ := newStage(t)
	f := tr.fixture
	stage := gen.ApiStage{ApiId: &tr.api, Stage: new("dev")}
	made := do(f, f.CreateUsagePlan, gen.CreateUsagePlanInput{Name: new("p"), Description: new("d"), ApiStages: []gen.ApiStage{stage}})
	if len(made.ApiStages) != 1 || *made.ApiStages[0].Stage != "dev" || made.Tags != nil || made.Quota != nil || made.Throttle != nil || *made.Name != "p" || *made.Description != "d" {
		t.Errorf("made %+v", made)
	}
	if got := do(f, f.GetUsagePlan, gen.GetUsagePlanInput{UsagePlanId: *made.Id}); got.Tags == nil {
		t.Errorf("got %+v", got)
	}
	update := func(lines ...string) *gen.UsagePlan {
		t.Helper()
		return do(f, f.UpdateUsagePlan, gen.UpdateUsagePlanInput{UsagePlanId: *made.Id, PatchOperations: ops(lines...)})
	}
	got := update("replace /throttle/burstLimit 100", "replace /throttle/rateLimit 200", "replace /quota/limit 5000", "replace /quota/period MONTH")
	if *got.Throttle.BurstLimit != 100 || *got.Throttle.RateLimit != 200 || *got.Quota.Limit != 5000 || *got.Quota.Offset != 0 || *got.Quota.Period != "MONTH" || got.Tags == nil {
		t.Errorf("updated %+v", got)
	}
	got = update("remove /quota", "remove /throttle", "replace /productCode c", "replace /name n", "replace /description -")
	if got.Quota != nil || got.Throttle != nil || *got.ProductCode != "c" || *got.Name != "n" || got.Description != nil {
		t.Errorf("updated %+v", got)
	}
	got = update("remove /apiStages "+tr.api+":dev", "remove /productCode")
	if got.ApiStages == nil || len(got.ApiStages) != 0 || got.ProductCode != nil {
		t.Errorf("updated %+v", got)
	}
	got = update("add /apiStages "+tr.api+":dev", "add /apiStages "+tr.api+":dev")
	if len(got.ApiStages) != 1 {
		t.Errorf("updated %+v", got)
	}
	// as in the recording the burst may be above the rate, and no stages are an empty list
	other := do(f, f.CreateUsagePlan, gen.CreateUsagePlanInput{Name: new("q"), Throttle: &gen.ThrottleSettings{BurstLimit: new(int32(20)), RateLimit: new(10.0)}, Tags: map[string]string{"k": "v"}})
	if other.ApiStages == nil || *other.Throttle.BurstLimit != 20 || other.Tags["k"] != "v" {
		t.Errorf("made %+v", other)
	}
	if list := do(f, f.GetUsagePlans, gen.GetUsagePlansInput{}); len(list.Items) != 2 {
		t.Errorf("listed %+v", list)
	}
	refused(t, attempt(f, f.DeleteUsagePlan, gen.DeleteUsagePlanInput{UsagePlanId: *made.Id}), // aws-sdk-js issue 3841
		"BadRequestException: Cannot delete Usage Plan "+*made.Id+" because there are API Stages associated with it, including "+tr.api+":dev")
	do(f, f.DeleteUsagePlan, gen.DeleteUsagePlanInput{UsagePlanId: *other.Id})
	const missing = "NotFoundException: Invalid Usage Plan ID specified"
	refused(t, attempt(f, f.GetUsagePlan, gen.GetUsagePlanInput{UsagePlanId: *other.Id}), missing)
	refused(t, attempt(f, f.UpdateUsagePlan, gen.UpdateUsagePlanInput{UsagePlanId: *other.Id}), missing)
	refused(t, attempt(f, f.DeleteUsagePlan, gen.DeleteUsagePlanInput{UsagePlanId: *other.Id}), missing)
}

// TestMethodThrottles: paths are those of the reference, of Terraform and of boto3.
func TestMethodThrottles(t *testing.T) {
	tr, _ := newStage(t)
	f := tr.fixture
	stage := gen.ApiStage{ApiId: &tr.api, Stage: new("dev"), Throttle: map[string]gen.ThrottleSettings{"//GET": {RateLimit: new(1.0)}}}
	plan := *do(f, f.CreateUsagePlan, gen.CreateUsagePlanInput{Name: new("p"), ApiStages: []gen.ApiStage{stage}}).Id
	at := "/apiStages/" + tr.api + ":dev/throttle"
	throttles := func(lines ...string) map[string]gen.ThrottleSettings {
		t.Helper()
		return do(f, f.UpdateUsagePlan, gen.UpdateUsagePlanInput{UsagePlanId: plan, PatchOperations: ops(lines...)}).ApiStages[0].Throttle
	}
	got := throttles("replace "+at+"//pets/GET/rateLimit 2.5", "add "+at+"/~1pets/GET/burstLimit 3", "replace "+at+"//a/{b}/POST/burstLimit 4")
	if len(got) != 3 || *got["/pets/GET"].RateLimit != 2.5 || *got["/pets/GET"].BurstLimit != 3 || *got["/a/{b}/POST"].BurstLimit != 4 || got["/a/{b}/POST"].RateLimit != nil || *got["//GET"].RateLimit != 1 {
		t.Errorf("have %+v", got)
	}
	if got = throttles("remove " + at + "/~1pets/GET"); len(got) != 2 {
		t.Errorf("have %+v", got)
	}
	if got = throttles("replace " + at + ` {"/pets/GET":{"rateLimit":1.0,"burstLimit":1}}`); len(got) != 1 || *got["/pets/GET"].BurstLimit != 1 {
		t.Errorf("have %+v", got)
	}
	if got = throttles("remove " + at); got != nil {
		t.Errorf("have %+v", got)
	}
}

func TestUsagePlanRefusals(t *testing.T) {
	tr, _ := newStage(t)
	f := tr.fixture
	id := *do(f, f.CreateUsagePlan, gen.CreateUsagePlanInput{Name: new("p")}).Id
	const bad, gone, none = "BadRequestException: ", "NotFoundException: ", "BadRequestException: Invalid API Stage specified"
	for op, want := range map[string]string{
		// recorded: test_usage_plan_crud
		"remove /apiStages -":                none,
		"remove /apiStages fakevalue":        none,
		"remove /apiStages abc123b:dev":      gone + "Invalid API Stage {api: abc123b, stage: dev} specified for usageplan " + id,
		"remove /apiStages " + tr.api + ":x": gone + "Invalid API Stage {api: " + tr.api + ", stage: x} specified for usageplan " + id,
		// boto3 issues 2629 and 825
		"remove /apiStages/REDACTED:dev":                     bad + "Invalid patch path  '/apiStages/REDACTED:dev' specified for op 'remove'. Must be one of: [/apiStages, /quota, /throttle, /productCode, /apiStages/<apidId:stageName>/throttle/<resourcePath>/<httpMethod>, /apiStages/<apidId:stageName>/throttle]",
		"add /apiStages abc:dev":                             gone + "API Stage not found: abc:dev",
		"add /apiStages abc":                                 none,
		"replace /id x":                                      bad + "Invalid patch path  '/id' specified for op 'replace'. Must be one of: [/name, ...",
		"replace /name ":                                     bad + "Usage Plan name cannot be empty",
		"replace /quota/limit many":                          bad + "Invalid patch value 'many'...",
		"replace /quota/limit 5":                             bad + "Usage Plan quota period must be one of [DAY, WEEK, MONTH]",
		"replace /quota/period YEAR":                         bad + "Invalid patch value 'YEAR'...",
		"replace /throttle/rateLimit -1":                     bad + "Usage Plan throttle limits cannot be negative",
		"replace /throttle/burstLimit 99999999999":           bad + "Invalid patch value '99999999999'...",
		"replace /apiStages/a:b/throttle/~1/GET/rateLimit 1": gone + "Invalid API Stage {api: a, stage: b}...",
		"replace /apiStages/a:b/throttle []":                 bad + "Invalid patch value '[]'...",
		"copy /quota < /throttle":                            bad + "Invalid patch path  '/quota' specified for op 'copy'. Please choose supported operations",
	} {
		t.Run(op, func(t *testing.T) {
			refused(t, attempt(f, f.UpdateUsagePlan, gen.UpdateUsagePlanInput{UsagePlanId: id, PatchOperations: ops(op)}), want)
		})
	}
	quota := func(period gen.QuotaPeriodType, limit, offset int32) gen.CreateUsagePlanInput {
		return gen.CreateUsagePlanInput{Name: new("q"), Quota: &gen.QuotaSettings{Limit: &limit, Offset: &offset, Period: &period}}
	}
	for name, tt := range map[string]struct {
		in   gen.CreateUsagePlanInput
		want string
	}{
		"no name":       {gen.CreateUsagePlanInput{Name: new("")}, bad + "Usage Plan name cannot be empty"},
		"unknown stage": {gen.CreateUsagePlanInput{Name: new("q"), ApiStages: []gen.ApiStage{{ApiId: &tr.api, Stage: new("x")}}}, gone + "API Stage not found: " + tr.api + ":x"},
		"empty stage":   {gen.CreateUsagePlanInput{Name: new("q"), ApiStages: []gen.ApiStage{{ApiId: &tr.api}}}, bad + "Invalid API Stage {api: " + tr.api + ", stage: } specified for usageplan"},
		"negative":      {quota("DAY", -1, 0), bad + "Usage Plan quota limit cannot be negative"},
		"offset":        {quota("DAY", 1, -1), bad + "Usage Plan quota offset cannot be negative"},
		"tag":           {gen.CreateUsagePlanInput{Name: new("q"), Tags: map[string]string{"aws:a": "b"}}, bad + "Invalid tag..."},
	} {
		t.Run(name, func(t *testing.T) { refused(t, attempt(f, f.CreateUsagePlan, tt.in), tt.want) })
	}
}

// TestUsagePlanKeys follows test_get_usage_plan_api_keys, recorded on AWS.
func TestUsagePlanKeys(t *testing.T) {
	tr, _ := newStage(t)
	f := tr.fixture
	one, two := f.apiKey("test-key-1"), f.apiKey("test-key-2")
	stage := gen.ApiStage{ApiId: &tr.api, Stage: new("dev")}
	plan := *do(f, f.CreateUsagePlan, gen.CreateUsagePlanInput{Name: new("p"), ApiStages: []gen.ApiStage{stage}}).Id
	add := func(plan string, key *gen.ApiKey) gen.CreateUsagePlanKeyInput {
		f.now = f.now.Add(time.Second)
		return gen.CreateUsagePlanKeyInput{UsagePlanId: plan, KeyId: key.Id, KeyType: new("API_KEY")}
	}
	if got := do(f, f.CreateUsagePlanKey, add(plan, one)); *got.Id != *one.Id || *got.Name != "test-key-1" || *got.Type != "API_KEY" || *got.Value != *one.Value {
		t.Errorf("made %+v", got)
	}
	do(f, f.CreateUsagePlanKey, add(plan, two))
	list := func(plan, query string) string {
		in := gen.GetUsagePlanKeysInput{UsagePlanId: plan, NameQuery: &query}
		return listed(do(f, f.GetUsagePlanKeys, in).Items, func(k gen.UsagePlanKey) *string { return k.Name })
	}
	for query, want := range map[string]string{"": "test-key-2 test-key-1", "test-key": "test-key-2 test-key-1", "TEST-key": "", "test-key-1": "test-key-1", "nothing": ""} {
		if got := list(plan, query); got != want {
			t.Errorf("names that begin with %q: %s, want %s", query, got, want)
		}
	}
	if got := list("bad-id", ""); got != "" {
		t.Errorf("a plan that does not exist has %s", got)
	}
	if got := do(f, f.GetUsagePlans, gen.GetUsagePlansInput{KeyId: one.Id}); len(got.Items) != 1 {
		t.Errorf("plans of a key: %+v", got)
	}
	do(f, f.DeleteApiKey, gen.DeleteApiKeyInput{ApiKey: *one.Id})
	do(f, f.DeleteUsagePlanKey, gen.DeleteUsagePlanKeyInput{UsagePlanId: plan, KeyId: *two.Id})
	if got := list(plan, ""); got != "" {
		t.Errorf("left: %s", got)
	}
	other := *do(f, f.CreateUsagePlan, gen.CreateUsagePlanInput{Name: new("q"), ApiStages: []gen.ApiStage{stage}}).Id
	do(f, f.CreateUsagePlanKey, add(plan, two))
	refused(t, attempt(f, f.CreateUsagePlanKey, add(other, two)), "ConflictException: API Key "+*two.Id+" cannot be in Usage Plan "+other+"...")
	do(f, f.UpdateUsagePlan, gen.UpdateUsagePlanInput{UsagePlanId: other, PatchOperations: ops("remove /apiStages " + tr.api + ":dev")})
	do(f, f.CreateUsagePlanKey, add(other, two))
	refused(t, attempt(f, f.UpdateUsagePlan, gen.UpdateUsagePlanInput{UsagePlanId: other, PatchOperations: ops("add /apiStages " + tr.api + ":dev")}), "ConflictException: API Key...")
	const noPlan, noKey = "NotFoundException: Invalid Usage Plan ID specified", "NotFoundException: Invalid API Key identifier specified"
	refused(t, attempt(f, f.CreateUsagePlanKey, add("other", two)), noPlan)
	refused(t, attempt(f, f.CreateUsagePlanKey, add(plan, one)), noKey)
	refused(t, attempt(f, f.CreateUsagePlanKey, gen.CreateUsagePlanKeyInput{UsagePlanId: plan, KeyId: two.Id, KeyType: new("KEY")}), "BadRequestException: Invalid key type specified...")
	refused(t, attempt(f, f.GetUsagePlanKey, gen.GetUsagePlanKeyInput{UsagePlanId: plan, KeyId: *one.Id}), noKey)
	refused(t, attempt(f, f.GetUsagePlanKey, gen.GetUsagePlanKeyInput{UsagePlanId: "other", KeyId: *two.Id}), noPlan)
	refused(t, attempt(f, f.DeleteUsagePlanKey, gen.DeleteUsagePlanKeyInput{UsagePlanId: "other", KeyId: *two.Id}), noPlan)
	if got := do(f, f.GetUsagePlanKey, gen.GetUsagePlanKeyInput{UsagePlanId: plan, KeyId: *two.Id}); *got.Value != *two.Value {
		t.Errorf("got %+v", got)
	}
}

// TestUsage: what is used and what is left, day by day, and what UpdateUsage gives for a period.
func TestUsage(t *testing.T) {
	f := newFixture(t) // 2 January 2026 is a Friday
	key := f.apiKey("k")
	plan := *do(f, f.CreateUsagePlan, gen.CreateUsagePlanInput{Name: new("p"), Quota: &gen.QuotaSettings{Limit: new(int32(100)), Period: new(gen.QuotaPeriodTypeWeek)}}).Id
	do(f, f.CreateUsagePlanKey, gen.CreateUsagePlanKeyInput{UsagePlanId: plan, KeyId: key.Id, KeyType: new("API_KEY")})
	get := gen.GetUsageInput{UsagePlanId: plan, StartDate: new("2026-01-02"), EndDate: new("2026-01-05")}
	want := func(got *gen.Usage, left ...int64) {
		t.Helper()
		pairs := got.Items[*key.Id]
		for i, n := range left {
			if len(pairs) != len(left) || !slices.Equal(pairs[i], []int64{0, n}) {
				t.Errorf("have %v, want %v left", pairs, left)
				return
			}
		}
	}
	pairs := func(got *gen.Usage, want string) {
		t.Helper()
		if s := fmt.Sprint(got.Items[*key.Id]); s != want {
			t.Errorf("have %s, want %s", s, want)
		}
	}
	want(do(f, f.GetUsage, get), 100, 100, 100, 100)
	update := func(lines ...string) gen.UpdateUsageInput {
		return gen.UpdateUsageInput{UsagePlanId: plan, KeyId: *key.Id, PatchOperations: ops(lines...)}
	}
	got := do(f, f.UpdateUsage, update("replace /remaining 250"))
	want(got, 250)
	if *got.StartDate != "2026-01-02" || *got.EndDate != "2026-01-02" || *got.UsagePlanId != plan {
		t.Errorf("answered %+v", got)
	}
	want(do(f, f.GetUsage, get), 250, 250, 100, 100) // the week ends on Saturday
	f.calls[plan+" "+*key.Id+" 2026-01-01"], f.calls[plan+" "+*key.Id+" 2026-01-02"] = 2, 30
	pairs(do(f, f.GetUsage, get), "[[30 218] [0 218] [0 100] [0 100]]")
	pairs(do(f, f.UpdateUsage, update("replace /remaining 7")), "[[30 7]]")
	get.StartDate = new("2026-01-01")
	pairs(do(f, f.GetUsage, get), "[[2 98] [30 7] [0 7] [0 100] [0 100]]")
	get.StartDate = new("2026-01-02")
	f.calls = map[string]int{}
	do(f, f.UpdateUsage, update("replace /remaining 250"))
	get.KeyId = key.Id
	want(do(f, f.GetUsage, get), 250, 250, 100, 100)
	const bad = "BadRequestException: "
	refused(t, attempt(f, f.UpdateUsage, update("add /extension 1")), bad+"Invalid patch path  '/extension' specified for op 'add'. Please choose supported operations") // boto3 issue 2504
	refused(t, attempt(f, f.UpdateUsage, update("replace /extension 1")), bad+"Invalid patch path  '/extension' specified for op 'replace'. Must be one of: [/remaining]")
	refused(t, attempt(f, f.UpdateUsage, update("replace /remaining -1")), bad+"Invalid remaining quota specified...")
	refused(t, attempt(f, f.UpdateUsage, update("replace /remaining -")), bad+"Invalid patch value ''...")
	refused(t, attempt(f, f.UpdateUsage, gen.UpdateUsageInput{UsagePlanId: plan, KeyId: "other"}), "NotFoundException: Invalid Key identifier specified") // aws-cli issue 5344
	refused(t, attempt(f, f.UpdateUsage, gen.UpdateUsageInput{UsagePlanId: "other", KeyId: *key.Id}), "NotFoundException: Invalid Usage Plan ID specified")
	for name, in := range map[string]gen.GetUsageInput{
		"no date":   {UsagePlanId: plan, StartDate: new("yesterday"), EndDate: new("2026-01-05")},
		"backwards": {UsagePlanId: plan, StartDate: new("2026-01-06"), EndDate: new("2026-01-05")},
		"too long":  {UsagePlanId: plan, StartDate: new("2026-01-01"), EndDate: new("2026-04-01")},
	} {
		t.Run(name, func(t *testing.T) { refused(t, attempt(f, f.GetUsage, in), bad+"Invalid...") })
	}
	get.KeyId = new("other")
	refused(t, attempt(f, f.GetUsage, get), "NotFoundException: Invalid Key identifier specified")
	do(f, f.UpdateUsagePlan, gen.UpdateUsagePlanInput{UsagePlanId: plan, PatchOperations: ops("remove /quota")})
	get.KeyId = nil
	if got := do(f, f.GetUsage, get); len(got.Items) != 0 {
		t.Errorf("without a quota: %+v", got)
	}
	refused(t, attempt(f, f.UpdateUsage, update("replace /remaining 1")), bad+"Usage Plan "+plan+" has no quota")
}

func TestQuotaPeriods(t *testing.T) {
	for _, tt := range []struct {
		quota    gateway.Quota
		at, want string
	}{
		{gateway.Quota{Period: "DAY"}, "2026-01-02", "2026-01-02"},
		{gateway.Quota{Period: "WEEK"}, "2026-01-02", "2025-12-28"},
		{gateway.Quota{Period: "WEEK", Offset: 1}, "2026-01-04", "2026-01-04"},
		{gateway.Quota{Period: "MONTH"}, "2026-01-31", "2026-01-01"},
		{gateway.Quota{Period: "MONTH", Offset: 27}, "2026-03-01", "2026-03-01"},
	} {
		at, _ := time.Parse(time.DateOnly, tt.at)
		if got := tt.quota.Start(at.Add(13 * time.Hour)).Format(time.DateOnly); got != tt.want {
			t.Errorf("%+v at %s began at %s, want %s", tt.quota, tt.at, got, tt.want)
		}
	}
}

// TestTwentyClientsPatchOnePlan: nothing is lost.
func TestTwentyClientsPatchOnePlan(t *testing.T) {
	tr, _ := newStage(t)
	f := tr.fixture
	stage := gen.ApiStage{ApiId: &tr.api, Stage: new("dev")}
	plan := *do(f, f.CreateUsagePlan, gen.CreateUsagePlanInput{Name: new("p"), ApiStages: []gen.ApiStage{stage}}).Id
	const clients = 20
	var all sync.WaitGroup
	errs := make([]error, clients)
	for i := range clients {
		all.Go(func() {
			in := gen.UpdateUsagePlanInput{UsagePlanId: plan, PatchOperations: ops(fmt.Sprintf("replace /apiStages/%s:dev/throttle/~1m%d/GET/burstLimit %d", tr.api, i, i))}
			_, errs[i] = f.UpdateUsagePlan(f.Context(), f.call, &in)
		})
	}
	all.Wait()
	got := do(f, f.GetUsagePlan, gen.GetUsagePlanInput{UsagePlanId: plan}).ApiStages[0].Throttle
	for i := range clients {
		if errs[i] != nil || *got[fmt.Sprintf("/m%d/GET", i)].BurstLimit != int32(i) {
			t.Errorf("client %d: %v", i, errs[i])
		}
	}
}

// TestQuotaOffset: an offset is a number of requests taken off the first period, whatever the period (API reference,
// QuotaSettings; AWS::ApiGateway::UsagePlan QuotaSettings).
func TestQuotaOffset(t *testing.T) {
	f := newFixture(t)
	key := f.apiKey("k")
	plan := *do(f, f.CreateUsagePlan, gen.CreateUsagePlanInput{Name: new("p"), Quota: &gen.QuotaSettings{Limit: new(int32(100)), Offset: new(int32(60)), Period: new(gen.QuotaPeriodTypeDay)}}).Id
	do(f, f.CreateUsagePlanKey, gen.CreateUsagePlanKeyInput{UsagePlanId: plan, KeyId: key.Id, KeyType: new("API_KEY")})
	left := func(want string) {
		t.Helper()
		got := do(f, f.GetUsage, gen.GetUsageInput{UsagePlanId: plan, StartDate: new("2026-01-02"), EndDate: new("2026-01-04")})
		if s := fmt.Sprint(got.Items[*key.Id]); s != want {
			t.Errorf("have %s, want %s", s, want)
		}
	}
	left("[[0 40] [0 100] [0 100]]")
	f.now = f.now.AddDate(0, 0, 1)
	patch := func(lines ...string) {
		t.Helper()
		do(f, f.UpdateUsagePlan, gen.UpdateUsagePlanInput{UsagePlanId: plan, PatchOperations: ops(lines...)})
	}
	patch("replace /quota/limit 70") // it is still the same quota
	left("[[0 10] [0 70] [0 70]]")
	patch("replace /quota/offset 90") // and this is another
	left("[[0 70] [0 0] [0 70]]")
	patch("replace /quota/period MONTH")
	left("[[0 0] [0 0] [0 0]]")
}

// TestStagesLeavePlans: a plan loses the stages that are deleted, with their limits; a stage of the same name does not come
// back into it (hashicorp/terraform-provider-aws issue 14100).
func TestStagesLeavePlans(t *testing.T) {
	tr, deployment := newStage(t)
	f := tr.fixture
	do(f, f.CreateStage, gen.CreateStageInput{RestApiId: tr.api, StageName: new("other"), DeploymentId: &deployment})
	stage := func(name string) gen.ApiStage { return gen.ApiStage{ApiId: &tr.api, Stage: &name} }
	plan := *do(f, f.CreateUsagePlan, gen.CreateUsagePlanInput{Name: new("p"), ApiStages: []gen.ApiStage{stage("dev"), stage("other")}}).Id
	stages := func() (names []string) {
		for _, s := range do(f, f.GetUsagePlan, gen.GetUsagePlanInput{UsagePlanId: plan}).ApiStages {
			names = append(names, *s.Stage)
		}
		return names
	}
	do(f, f.DeleteStage, gen.DeleteStageInput{RestApiId: tr.api, StageName: "dev"})
	do(f, f.CreateStage, gen.CreateStageInput{RestApiId: tr.api, StageName: new("dev"), DeploymentId: &deployment})
	if got := stages(); !slices.Equal(got, []string{"other"}) {
		t.Errorf("the plan has %v", got)
	}
	do(f, f.DeleteRestApi, gen.DeleteRestApiInput{RestApiId: tr.api})
	if got := stages(); got != nil {
		t.Errorf("the plan has %v", got)
	}
	do(f, f.DeleteUsagePlan, gen.DeleteUsagePlanInput{UsagePlanId: plan})
}
