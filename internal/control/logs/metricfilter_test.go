package logs

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/logs"
	"github.com/dipylon/dipylon/internal/metrics"
)

const filterOf = `"logGroupName":"g","filterName":"f",`

// measured shows all series with their counts and sums.
func (f *fixture) measured() string {
	f.Helper()
	var lines []string
	for _, info := range f.points.List(gateway.Tenant{Account: "123456789012", Region: "eu-west-1"}, func(*metrics.Info) bool { return true }) {
		points, err := f.points.Points(f.Context(), metrics.Query{Series: info.Series, Period: time.Hour, From: f.now.Add(-time.Hour), To: f.now.Add(time.Hour)})
		if err != nil || len(points) == 0 {
			f.Fatalf("%v, %v", points, err)
		}
		lines = append(lines, fmt.Sprintf("%s %v %v: %v/%v", info.Name, info.Dimensions, info.Units, points[0].Count, points[0].Sum))
	}
	slices.Sort(lines)
	return strings.Join(lines, "; ")
}

// TestMetricFilters: the form of a filter was recorded by LocalStack (tests/aws/services/logs/test_logs_metric_filters.snapshot.json).
func TestMetricFilters(t *testing.T) {
	f := newFixture(t)
	f.do("CreateLogGroup", `{"logGroupName":"g"}`)
	f.do("CreateLogStream", `{"logGroupName":"g","logStreamName":"s"}`)
	put := func(name, pattern, transformation string) {
		f.Helper()
		f.do("PutMetricFilter", fmt.Sprintf(`{"logGroupName":"g","filterName":%q,"filterPattern":%q,"metricTransformations":[{"metricNamespace":"shop",%s}]}`, name, pattern, transformation))
	}
	put("bytes", "{ $.status = 200 }", `"metricName":"bytes","metricValue":"$.bytes","unit":"Bytes"`)
	put("byRoute", "{ $.status >= 500 }", `"metricName":"failed","metricValue":"1","dimensions":{"route":"$.route"}`)
	put("fields", "[ip, status = 4*, size]", `"metricName":"sizes","metricValue":"$size"`)
	put("rare", "panic", `"metricName":"panics","metricValue":"1","defaultValue":0`)
	f.want("DescribeMetricFilters", `{"logGroupName":"g","filterNamePrefix":"r"}`,
		`{"metricFilters":[{"applyOnTransformedLogs":false,"creationTime":1700000000000,"filterName":"rare","filterPattern":"panic","logGroupName":"g",`+
			`"metricTransformations":[{"defaultValue":0.0,"metricName":"panics","metricNamespace":"shop","metricValue":"1"}]}]}`)
	if body := f.do("DescribeMetricFilters", `{"metricName":"failed","metricNamespace":"shop"}`); strings.Count(body, "filterName") != 1 ||
		!strings.Contains(body, `"dimensions":{"route":"$.route"}`) {
		t.Error(body)
	}
	if body := f.do("DescribeMetricFilters", `{"limit":2}`); strings.Count(body, "filterName") != 2 || !strings.Contains(body, "nextToken") {
		t.Error(body)
	}
	if body := f.do("DescribeLogGroups", `{}`); !strings.Contains(body, `"metricFilterCount":4`) {
		t.Error(body)
	}

	f.do("PutLogEvents", `{"logGroupName":"g","logStreamName":"s","logEvents":[
		{"timestamp":1700000000000,"message":"{\"status\":200,\"bytes\":10}"},{"timestamp":1700000000000,"message":"{\"status\":200,\"bytes\":30}"},
		{"timestamp":1700000000000,"message":"{\"status\":200,\"bytes\":\"many\"}"},
		{"timestamp":1700000000000,"message":"{\"status\":502,\"route\":\"GET /\"}"},{"timestamp":1700000000000,"message":"{\"status\":502}"},
		{"timestamp":1700000000000,"message":"127.0.0.1 404 77"}]}`)
	want := "bytes [] [Bytes]: 2/40; failed [{route GET /}] [None]: 1/1; panics [] [None]: 1/0; sizes [] [None]: 1/77"
	if got := f.measured(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	f.service.Measure(gateway.LogGroupID{Region: "eu-west-1", Account: "123456789012", Name: "g"},
		[]logs.Event{{Time: f.now.UnixMilli(), Message: []byte("panic")}, {Time: f.now.UnixMilli(), Message: []byte("fine")}})
	if got := f.measured(); !strings.Contains(got, "panics [] [None]: 2/1;") {
		t.Errorf("got %s", got)
	}

	if err := f.service.ReloadMeters(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.do("DeleteMetricFilter", `{"logGroupName":"g","filterName":"rare"}`)
	if n := len(f.service.meters.of(gateway.LogGroupID{Region: "eu-west-1", Account: "123456789012", Name: "g"})); n != 3 {
		t.Errorf("%d filters are left", n)
	}
	f.refused("DeleteMetricFilter", `{"logGroupName":"g","filterName":"rare"}`, "ResourceNotFoundException", "The specified metric filter does not exist.")
	f.do("DeleteLogGroup", `{"logGroupName":"g"}`)
	f.want("DescribeMetricFilters", `{}`, `{"metricFilters":[]}`)
	if n := len(f.service.meters.groups); n != 0 {
		t.Errorf("filters of %d groups are left", n)
	}
}

func TestMetricFilterRefusals(t *testing.T) {
	f := newFixture(t)
	f.do("CreateLogGroup", `{"logGroupName":"g"}`)
	for _, c := range []struct{ pattern, transformation, want string }{
		{"{ $.a = ", `"metricValue":"1"`, "Invalid filter pattern"},
		{"a", `"metricValue":"one"`, "must be a number"},
		{"{ $.a = 1 }", `"metricValue":"1","defaultValue":0,"dimensions":{"a":"$.a"}`, "Invalid metric transformation: dimensions and default value are mutually exclusive properties"},
		{"ERROR", `"metricValue":"1","dimensions":{"a":"$.a"}`, "The specified filter pattern does not support dimensions"},
		{"{ $.a = 1 }", `"metricValue":"1","dimensions":{"a":"$.a","b":"$.a","c":"$.a","d":"$.a"}`, "at most 3 dimensions"},
	} {
		f.refused("PutMetricFilter", fmt.Sprintf(`{%s"filterPattern":%q,"metricTransformations":[{"metricNamespace":"n","metricName":"m",%s}]}`,
			filterOf, c.pattern, c.transformation), "InvalidParameterException", c.want)
	}
	f.refused("PutMetricFilter", `{`+filterOf+`"filterPattern":"","metricTransformations":[{"metricNamespace":"AWS/x","metricName":"m","metricValue":"1"}]}`, "InvalidParameterException", "reserved")
	f.refused("PutMetricFilter", `{`+filterOf+`"filterPattern":"","applyOnTransformedLogs":true,"metricTransformations":[{"metricNamespace":"n","metricName":"m","metricValue":"1"}]}`, "InvalidParameterException", "not built")
	f.refused("PutMetricFilter", `{"logGroupName":"none","filterName":"f","filterPattern":"","metricTransformations":[{"metricNamespace":"n","metricName":"m","metricValue":"1"}]}`,
		"ResourceNotFoundException", "The specified log group does not exist.")
	f.refused("DescribeMetricFilters", `{"metricName":"m"}`, "InvalidParameterException", "metricNamespace")
	for i := range maxMetricFilters {
		f.do("PutMetricFilter", fmt.Sprintf(`{"logGroupName":"g","filterName":"f%d","filterPattern":"","metricTransformations":[{"metricNamespace":"n","metricName":"m","metricValue":"1"}]}`, i))
	}
	f.refused("PutMetricFilter", `{`+filterOf+`"filterPattern":"","metricTransformations":[{"metricNamespace":"n","metricName":"m","metricValue":"1"}]}`, "LimitExceededException", "")
}
