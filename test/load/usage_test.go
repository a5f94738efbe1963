package load

import (
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/dipylon/dipylon/test/harness"
)

// TestKillKeepsUsage kills the server with SIGKILL while clients call with an API key. What was counted a second before is
// known after the restart (two are forgiven: the machine may be slow), and then exactly the rest of the quota goes
// through, however many call at once.
func TestKillKeepsUsage(t *testing.T) {
	const callers, quota = 20, 1_000_000
	const lasting, forgiven = 3 * time.Second, 2 * time.Second
	backend, dir := harness.NewBackend(t, "metered"), t.TempDir()
	p := serve(t, dir)
	plan := newPlan(t, p, backend.Addr(), quota)

	began := time.Now()
	var early, answered atomic.Int64
	time.AfterFunc(lasting, p.Kill)
	plan.call(p.HTTP, callers, func(status int) bool {
		if status == http.StatusOK {
			answered.Add(1)
			if time.Since(began) < lasting-forgiven {
				early.Add(1)
			}
		}
		return true
	})

	p = serve(t, dir)
	used, _ := plan.usage(t, p, "")
	t.Logf("%d calls were answered, %d of them a second before the end, and %d are known", answered.Load(), early.Load(), used)
	if used < early.Load() || used > answered.Load()+callers {
		t.Errorf("%d calls are known, of %d to %d", used, early.Load(), answered.Load()+callers)
	}
	const left = 300
	if _, remaining := plan.usage(t, p, "300"); remaining != left {
		t.Fatalf("%d calls remain", remaining)
	}
	var passed, refused atomic.Int64
	plan.call(p.HTTP, callers, func(status int) bool {
		if status == http.StatusOK {
			passed.Add(1)
			return true
		}
		return status == http.StatusTooManyRequests && refused.Add(1) < 2*callers
	})
	if passed.Load() != left {
		t.Errorf("%d calls went through, want %d", passed.Load(), left)
	}
	if now, remaining := plan.usage(t, p, ""); now != used+left || remaining != 0 {
		t.Errorf("used %d, %d remain", now, remaining)
	}
}

// plan is a usage plan with one key and one stage.
type plan struct{ id, key, value, api *string }

func newPlan(t *testing.T, p *harness.Process, backend string, quota int32) plan {
	t.Helper()
	c, ctx := restClient(p), t.Context()
	api := must(c.CreateRestApi(ctx, &apigateway.CreateRestApiInput{Name: aws.String("metered")})).Id
	root := must(c.GetResources(ctx, &apigateway.GetResourcesInput{RestApiId: api})).Items[0].Id
	must(c.PutMethod(ctx, &apigateway.PutMethodInput{
		RestApiId: api, ResourceId: root, HttpMethod: aws.String("GET"), AuthorizationType: aws.String("NONE"), ApiKeyRequired: true,
	}))
	must(c.PutIntegration(ctx, &apigateway.PutIntegrationInput{
		RestApiId: api, ResourceId: root, HttpMethod: aws.String("GET"), Type: types.IntegrationTypeHttpProxy,
		IntegrationHttpMethod: aws.String("GET"), Uri: aws.String("http://" + backend + "/"),
	}))
	must(c.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: api, StageName: aws.String("prod")}))
	key := must(c.CreateApiKey(ctx, &apigateway.CreateApiKeyInput{Enabled: true}))
	made := must(c.CreateUsagePlan(ctx, &apigateway.CreateUsagePlanInput{
		Name: aws.String("metered"), ApiStages: []types.ApiStage{{ApiId: api, Stage: aws.String("prod")}},
		Quota: &types.QuotaSettings{Limit: quota, Period: types.QuotaPeriodTypeMonth},
	}))
	must(c.CreateUsagePlanKey(ctx, &apigateway.CreateUsagePlanKeyInput{UsagePlanId: made.Id, KeyId: key.Id, KeyType: aws.String("API_KEY")}))
	return plan{made.Id, key.Id, key.Value, api}
}

func restClient(p *harness.Process) *apigateway.Client {
	return apigateway.New(apigateway.Options{
		BaseEndpoint: aws.String("http://" + p.Control), Region: harness.Region, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
}

// usage returns what the key has used today and what remains, after setting that if it is not empty.
func (p plan) usage(t *testing.T, on *harness.Process, remaining string) (used, left int64) {
	t.Helper()
	in := apigateway.UpdateUsageInput{UsagePlanId: p.id, KeyId: p.key}
	if remaining != "" {
		in.PatchOperations = []types.PatchOperation{{Op: types.OpReplace, Path: aws.String("/remaining"), Value: &remaining}}
	}
	pair := must(restClient(on).UpdateUsage(t.Context(), &in)).Items[*p.key][0]
	return pair[0], pair[1]
}

// call calls from many clients at once, each until its call fails or more says no to its status.
func (p plan) call(addr string, callers int, more func(status int) bool) {
	var calling sync.WaitGroup
	for range callers {
		calling.Go(func() {
			client, _ := harness.HTTPClient(addr)
			defer client.CloseIdleConnections()
			for {
				req := must(http.NewRequest(http.MethodGet, "http://"+*p.api+".execute-api."+harness.Region+".localhost/prod", nil))
				req.Header.Set("X-Api-Key", *p.value)
				resp, err := client.Do(req)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
				if !more(resp.StatusCode) {
					return
				}
			}
		})
	}
	calling.Wait()
}
