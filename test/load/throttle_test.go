package load

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dipylon/dipylon/test/harness"
)

// TestThrottleUnderLoad calls a limited route from several clients at once, while the API is deployed again and again:
// the route lets through its burst and then its rate, and no deployment refills it. What is over the limit is 429 and
// reaches no back end.
func TestThrottleUnderLoad(t *testing.T) {
	const rate, burst, callers, lasting = 200, 50, 6, 2 * time.Second
	s, backend := harness.Start(t, nil), harness.NewBackend(t, "limited")
	api := s.Client()
	made := must(api.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{
		Name: aws.String("limited"), ProtocolType: types.ProtocolTypeHttp, Target: aws.String("http://" + backend.Addr()), RouteKey: aws.String("GET /limited"),
	}))
	must(api.UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{
		ApiId: made.ApiId, StageName: aws.String("$default"), RouteSettings: map[string]types.RouteSettings{
			"GET /limited": {ThrottlingRateLimit: aws.Float64(rate), ThrottlingBurstLimit: aws.Int32(burst)},
		},
	}))
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), lasting)
	defer cancel()
	var passed, throttled, others atomic.Int64
	var calling sync.WaitGroup
	for range callers {
		calling.Go(func() {
			client, _ := harness.HTTPClient(s.HTTPAddr())
			defer client.CloseIdleConnections()
			for ctx.Err() == nil {
				switch status := statusOf(t, client, *made.ApiEndpoint+"/limited"); status {
				case http.StatusOK:
					passed.Add(1)
				case http.StatusTooManyRequests:
					throttled.Add(1)
				default:
					others.Add(1)
				}
			}
		})
	}
	deployments := 0
	for ; ctx.Err() == nil; deployments++ {
		must(api.UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{
			ApiId: made.ApiId, StageName: aws.String("$default"), StageVariables: map[string]string{"v": time.Now().Format("150405000")},
		}))
	}
	calling.Wait()
	elapsed := time.Since(began).Seconds()
	most := burst + rate*elapsed
	t.Logf("%d passed of at most %.0f, %d throttled, %d deployments", passed.Load(), most, throttled.Load(), deployments)
	if n := float64(passed.Load()); n > most+1 || n < 0.8*most {
		t.Errorf("%.0f calls passed in %.2f s, want about %.0f", n, elapsed, most)
	}
	if throttled.Load() == 0 || others.Load() > 0 || deployments < 2 {
		t.Errorf("%d throttled, %d answered otherwise, %d deployments", throttled.Load(), others.Load(), deployments)
	}
	if backend.Calls() != passed.Load() {
		t.Errorf("%d calls reached the back end, %d were answered with 200", backend.Calls(), passed.Load())
	}
}

func statusOf(t *testing.T, client *http.Client, url string) int {
	req := must(http.NewRequest(http.MethodGet, url, nil))
	resp, err := client.Do(req)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}
