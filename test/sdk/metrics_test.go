package sdk

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/dipylon/dipylon/test/harness"
)

// TestMetrics puts and reads metrics as users of the SDK do, which speaks rpc-v2-cbor.
func TestMetrics(t *testing.T) {
	s, ctx := harness.Start(t, nil), t.Context()
	api := cloudwatch.New(cloudwatch.Options{
		Region: harness.Region, BaseEndpoint: aws.String("http://" + s.ControlAddr()), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	at := time.Now().Truncate(time.Hour)
	dimensions := []types.Dimension{{Name: aws.String("shop"), Value: aws.String("a")}}
	var data []types.MetricDatum
	for i := range 100 {
		data = append(data, types.MetricDatum{
			MetricName: aws.String("orders"), Dimensions: dimensions, Unit: types.StandardUnitCount,
			Timestamp: aws.Time(at.Add(-time.Duration(i%3) * time.Minute)), Value: aws.Float64(float64(i + 1)),
		})
	}
	must(api.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: aws.String("test"), MetricData: data}))

	statistics := must(api.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{
		Namespace: aws.String("test"), MetricName: aws.String("orders"), Dimensions: dimensions, Period: aws.Int32(3600),
		StartTime: aws.Time(at.Add(-30 * time.Minute)), EndTime: aws.Time(at.Add(30 * time.Minute)),
		Statistics: []types.Statistic{types.StatisticSum, types.StatisticSampleCount}, ExtendedStatistics: []string{"p100"},
	}))
	equal(t, "points", len(statistics.Datapoints), 1)
	equal(t, "sum", *statistics.Datapoints[0].Sum, 5050.)
	equal(t, "count", *statistics.Datapoints[0].SampleCount, 100.)
	equal(t, "p100", statistics.Datapoints[0].ExtendedStatistics["p100"], 100.)
	equal(t, "unit", statistics.Datapoints[0].Unit, types.StandardUnitCount)

	metric := &types.Metric{Namespace: aws.String("test"), MetricName: aws.String("orders"), Dimensions: dimensions}
	pages := cloudwatch.NewGetMetricDataPaginator(api, &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(at.Add(-10 * time.Minute)), EndTime: aws.Time(at.Add(10 * time.Minute)), MaxDatapoints: aws.Int32(2),
		ScanBy: types.ScanByTimestampAscending,
		MetricDataQueries: []types.MetricDataQuery{
			{Id: aws.String("m1"), ReturnData: aws.Bool(false), MetricStat: &types.MetricStat{Metric: metric, Period: aws.Int32(60), Stat: aws.String("SampleCount")}},
			{Id: aws.String("e1"), Expression: aws.String("m1 * 2")},
		},
	})
	var values []float64
	for pages.HasMorePages() {
		for _, r := range must(pages.NextPage(ctx)).MetricDataResults {
			values = append(values, r.Values...)
		}
	}
	equal(t, "values", len(values), 3)
	equal(t, "sum of values", values[0]+values[1]+values[2], 200.)

	listed := must(api.ListMetrics(ctx, &cloudwatch.ListMetricsInput{Namespace: aws.String("test")})).Metrics
	equal(t, "listed", len(listed), 1)
	equal(t, "dimension", *listed[0].Dimensions[0].Value, "a")

	var invalid *types.InvalidParameterValueException
	if _, err := api.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: aws.String("AWS/X"), MetricData: data[:1]}); !errors.As(err, &invalid) {
		t.Errorf("got %v", err)
	}
	var body *types.DashboardInvalidInputError
	if _, err := api.PutDashboard(ctx, &cloudwatch.PutDashboardInput{DashboardName: aws.String("d"), DashboardBody: aws.String("{")}); !errors.As(err, &body) ||
		len(body.DashboardValidationMessages) != 1 {
		t.Errorf("got %v", err)
	}
}
