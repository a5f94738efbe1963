package cloudwatch

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/metrics"
	"github.com/dipylon/dipylon/internal/store/sqlite"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/cloudwatch"
)

// began is the start of an hour; tests put and ask around it.
const began = 1_800_000_000

// fixture is the service behind the wire, on an empty store, five minutes later.
type fixture struct {
	*testing.T
	server *wire.Server
	now    time.Time
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	st, err := sqlite.Open(t.Context(), sqlite.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	f := &fixture{T: t, now: time.Unix(began+300, 0)}
	now := func() time.Time { return f.now }
	points, err := metrics.Open(t.Context(), metrics.Options{Storage: st, Now: now, MaxSeries: 1000})
	if err != nil {
		t.Fatal(err)
	}
	service := New(Options{Store: st, Points: points, Alarms: f, Now: now})
	f.server = wire.NewServer(wire.Options{Services: []*wire.Service{gen.New(service)}, Authenticator: f, Account: "123456789012"})
	return f
}

// Authenticate implements wire.Authenticator: everybody is admitted.
func (f *fixture) Authenticate(*http.Request, []byte) (wire.Principal, error) {
	return wire.Principal{AccessKeyID: "AKIATEST", Name: "ann", Service: "monitoring", Region: "eu-west-1"}, nil
}

func (f *fixture) send(operation, input string) (int, string) {
	input = strings.NewReplacer("BEGAN", fmt.Sprint(began), "LATER", fmt.Sprint(began+300), "'", `"`).Replace(input)
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(input))
	req.Header.Set("Content-Type", "application/x-amz-json-1.0")
	req.Header.Set("X-Amz-Target", "GraniteServiceVersion20100801."+operation)
	answer := httptest.NewRecorder()
	f.server.ServeHTTP(answer, req)
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		f.Fatal(err)
	}
	return answer.Code, string(body)
}

// want compares an answer; that of an error is its code and message.
func (f *fixture) want(operation, input, want string) {
	f.Helper()
	status, body := f.send(operation, input)
	want = strings.NewReplacer("'", `"`, "?", "'").Replace(want) // a question mark stands for an apostrophe
	if status == http.StatusOK && body != want || status != http.StatusOK && !strings.Contains(body, want) {
		f.Errorf("%s %s: %d\n got %s\nwant %s", operation, input, status, body, want)
	}
}

func (f *fixture) put(data string) {
	f.Helper()
	if status, body := f.send("PutMetricData", `{'Namespace':'test','MetricData':[`+data+`]}`); status != http.StatusOK {
		f.Fatalf("%s: %d %s", data, status, body)
	}
}

// TestPutRefusals: texts without another source were recorded by LocalStack
// (tests/aws/services/cloudwatch/test_cloudwatch.snapshot.json, test_put_metric_data_validation).
func TestPutRefusals(t *testing.T) {
	f := newFixture(t)
	for _, c := range []struct{ datum, want string }{
		{`'Value':1,'Values':[1]`, "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both."},
		{`'Value':1,'StatisticValues':{'Sum':1,'Minimum':1,'Maximum':1,'SampleCount':1}`, "The parameters MetricData.member.1.Value and MetricData.member.1.StatisticValues are mutually exclusive"},
		{`'Values':[1,2],'Counts':[1]`, "The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same size."},
		// https://github.com/AdRoll/goamz/pull/301
		{`'Unit':'Count'`, "At least one of the parameters MetricData.member.1.Value and MetricData.member.1.StatisticValues must be specified."},
		// https://github.com/cloud-custodian/cloud-custodian/issues/2559
		{`'Value':1,'Timestamp':1700000000`, "The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks."},
		{`'Value':1,'Timestamp':1800010000`, "The parameter MetricData.member.1.Timestamp must specify a time no more than two hours in the future."},
		// https://github.com/awslabs/collectd-cloudwatch/pull/46
		{`'Value':1,'Unit':'Counter'`, "The parameter MetricData.member.1.Unit must be a value in the set [ Seconds, Microseconds, Milliseconds, Bytes, "},
		{`'Value':1e200`, "The value 1e+200 for parameter MetricData.member.1.Value is invalid."},
		{`'Value':1,'StorageResolution':5`, "The parameter MetricData.member.1.StorageResolution must be 1 or 60."},
		{`'Values':[1],'Counts':[-1]`, "The value -1 for parameter MetricData.member.1.Counts.member.1 is invalid."},
		{`'StatisticValues':{'Sum':1,'Minimum':2,'Maximum':1,'SampleCount':1}`, "must be less than or equal to"},
		{`'Values':[` + strings.Repeat("1,", 150) + `1]`, "The collection MetricData.member.1.Values must not have a size greater than 150."},
		{`'Value':1,'Dimensions':[{'Name':'a','Value':'\u0000'}]`, "control characters"},
	} {
		f.want("PutMetricData", `{'Namespace':'test','MetricData':[{'MetricName':'m',`+c.datum+`}]}`, c.want)
	}
	f.want("PutMetricData", `{'Namespace':'AWS/ApiGateway','MetricData':[{'MetricName':'m','Value':1}]}`, "The value AWS/ApiGateway for parameter Namespace is invalid.")
	f.want("PutMetricData", `{'Namespace':'test'}`, "The parameter MetricData is required.")
	f.want("PutMetricData", `{'Namespace':'test','EntityMetricData':[{}]}`, "NotImplementedException")
	f.want("PutMetricData", `{'Namespace':'test','MetricData':[`+strings.Repeat(`{'MetricName':'m','Value':1},`, 1000)+`{'MetricName':'m','Value':1}]}`,
		"The collection MetricData must not have a size greater than 1000.")
	var many []string
	for i := range 1000 {
		many = append(many, fmt.Sprintf(`{'MetricName':'m%d','Value':1}`, i))
	}
	f.put(strings.Join(many, ","))
	f.want("PutMetricData", `{'Namespace':'other','MetricData':[{'MetricName':'m','Value':1}]}`, "metrics-max-series")
}

// TestStatistics: answers as recorded by LocalStack (test_put_metric_data_values_list, test_handle_different_units,
// test_invalid_amount_of_datapoints).
func TestStatistics(t *testing.T) {
	f := newFixture(t)
	f.put(`{'MetricName':'m','Timestamp':BEGAN,'Unit':'Count','Values':[1,10],'Counts':[2,4]},
		{'MetricName':'units','Timestamp':BEGAN,'Value':10},{'MetricName':'units','Timestamp':BEGAN,'Value':5,'Unit':'Count'},
		{'MetricName':'set','Timestamp':BEGAN,'StatisticValues':{'Sum':6,'Minimum':1,'Maximum':4,'SampleCount':3}},
		{'MetricName':'fine','Timestamp':1800000007,'Value':1,'StorageResolution':1},{'MetricName':'fine','Timestamp':1800000019,'Value':2,'StorageResolution':1}`)
	ask := func(metric, more, want string) {
		f.Helper()
		f.want("GetMetricStatistics", `{'Namespace':'test','MetricName':'`+metric+`','StartTime':BEGAN,'EndTime':LATER,`+more+`}`, want)
	}
	ask("m", `'Period':60,'Statistics':['SampleCount','Sum','Maximum']`,
		`{'Datapoints':[{'Maximum':10.0,'SampleCount':6.0,'Sum':42.0,'Timestamp':1800000000,'Unit':'Count'}],'Label':'m'}`)
	ask("m", `'Period':300,'Statistics':['Average','Minimum'],'Unit':'Count'`,
		`{'Datapoints':[{'Average':7.0,'Minimum':1.0,'Timestamp':1800000000,'Unit':'Count'}],'Label':'m'}`)
	ask("m", `'Period':60,'ExtendedStatistics':['p25','PR(:5)','tc50']`,
		`{'Datapoints':[{'ExtendedStatistics':{'PR(:5)':33.333333333333336,'p25':1.0,'tc50':3.0},'Timestamp':1800000000,'Unit':'Count'}],'Label':'m'}`)
	ask("m", `'Period':60,'Statistics':['Sum'],'Unit':'Bytes'`, `{'Datapoints':[],'Label':'m'}`)
	ask("none", `'Period':60,'Statistics':['Sum']`, `{'Datapoints':[],'Label':'none'}`)
	ask("units", `'Period':60,'Statistics':['Average']`,
		`{'Datapoints':[{'Average':5.0,'Timestamp':1800000000,'Unit':'Count'},{'Average':10.0,'Timestamp':1800000000,'Unit':'None'}],'Label':'units'}`)
	ask("set", `'Period':60,'ExtendedStatistics':['p50']`, `{'Datapoints':[],'Label':'set'}`)
	ask("fine", `'Period':10,'Statistics':['Sum']`,
		`{'Datapoints':[{'Sum':1.0,'Timestamp':1800000000,'Unit':'None'},{'Sum':2.0,'Timestamp':1800000010,'Unit':'None'}],'Label':'fine'}`)
	ask("m", `'Period':60,'Statistics':['Sum'],'Unit':'Counter'`, "The parameter Unit must be a value in the set [ Seconds, ")
	ask("m", `'Period':61,'Statistics':['Sum']`, "a multiple of 60")
	ask("m", `'Period':60`, "Must specify either Statistics or ExtendedStatistics")
	ask("m", `'Period':60,'ExtendedStatistics':['p101']`, "p101")
	f.want("GetMetricStatistics", `{'Namespace':'test','MetricName':'m','StartTime':BEGAN,'EndTime':1800086400,'Period':1,'Statistics':['Sum']}`,
		"You have requested up to 86400 datapoints, which exceeds the limit of 1440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.")
	f.want("GetMetricStatistics", `{'Namespace':'test','MetricName':'m','StartTime':LATER,'EndTime':BEGAN,'Period':60,'Statistics':['Sum']}`,
		"The parameter StartTime must be less than the parameter EndTime.")
}

// TestQueryProtocol asks as older clients do.
func TestQueryProtocol(t *testing.T) {
	f := newFixture(t)
	form := func(text string) string {
		f.Helper()
		req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("Version=2010-08-01&"+text))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		answer := httptest.NewRecorder()
		f.server.ServeHTTP(answer, req)
		return answer.Body.String()
	}
	const times = "&StartTime=2027-01-15T08:00:00Z&EndTime=2027-01-15T08:05:00Z"
	for text, want := range map[string]string{
		"Action=PutMetricData&Namespace=test&MetricData.member.1.MetricName=m&MetricData.member.1.Values.member.1=5&MetricData.member.1.Counts.member.1=2" +
			"&MetricData.member.1.Timestamp=2027-01-15T08:01:00Z&MetricData.member.1.Dimensions.member.1.Name=a&MetricData.member.1.Dimensions.member.1.Value=b": "<PutMetricDataResponse ",
		"Action=PutMetricData&Namespace=test&MetricData.member.1.MetricName=m": "<Code>InvalidParameterCombination</Code>",
	} {
		if got := form(text); !strings.Contains(got, want) {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"Action=GetMetricStatistics&Namespace=test&MetricName=m&Dimensions.member.1.Name=a&Dimensions.member.1.Value=b&Period=60&Statistics.member.1=Sum" +
			"&ExtendedStatistics.member.1=p95" + times: "<Datapoints><member><ExtendedStatistics><entry><key>p95</key><value>5</value></entry></ExtendedStatistics><Sum>10</Sum>" +
			"<Timestamp>2027-01-15T08:01:00Z</Timestamp><Unit>None</Unit></member></Datapoints><Label>m</Label>",
		"Action=GetMetricData&MetricDataQueries.member.1.Id=e&MetricDataQueries.member.1.Expression=SEARCH(%27%7Btest,a%7D%27,%27Sum%27,60)" + times: "<Values><member>10</member></Values>",
		"Action=GetMetricData&MetricDataQueries.member.1.Id=e&MetricDataQueries.member.1.Expression=1" + times:                                       "<Code>ValidationError</Code>",
		"Action=ListMetrics":                  "<Metrics><member><Dimensions><member><Name>a</Name><Value>b</Value></member></Dimensions><MetricName>m</MetricName><Namespace>test</Namespace></member></Metrics>",
		"Action=GetDashboard&DashboardName=d": "<Code>ResourceNotFound</Code>",
	} {
		if got := form(text); !strings.Contains(got, want) {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

func stat(id, metric, statistic, more string) string {
	return `{'Id':'` + id + `',` + more + `'MetricStat':{'Metric':{'Namespace':'test','MetricName':'` + metric + `'},'Period':60,'Stat':'` + statistic + `'}}`
}

// TestData: forms, labels and the message for several units as recorded by LocalStack (test_get_metric_data_stats,
// test_label_generation, test_get_metric_data_different_units_no_unit_in_query).
func TestData(t *testing.T) {
	f := newFixture(t)
	f.put(`{'MetricName':'m','Timestamp':BEGAN,'Values':[1,2,3]},{'MetricName':'m','Timestamp':1800000060,'Values':[5]},
		{'MetricName':'n','Timestamp':1800000060,'Value':10},
		{'MetricName':'units','Timestamp':BEGAN,'Value':60000,'Unit':'Milliseconds'},{'MetricName':'units','Timestamp':BEGAN,'Value':60,'Unit':'Seconds'}`)
	ask := func(more, queries, want string) {
		f.Helper()
		f.want("GetMetricData", `{'StartTime':BEGAN,'EndTime':LATER,`+more+`'MetricDataQueries':[`+queries+`]}`, want)
	}
	ask("", stat("a", "m", "Sum", ""),
		`{'Messages':[],'MetricDataResults':[{'Id':'a','Label':'m','StatusCode':'Complete','Timestamps':[1800000060,1800000000],'Values':[5.0,6.0]}]}`)
	ask("'ScanBy':'TimestampAscending',", stat("a", "m", "Sum", "")+","+stat("b", "m", "p100", ""),
		`{'Messages':[],'MetricDataResults':[{'Id':'a','Label':'m Sum','StatusCode':'Complete','Timestamps':[1800000000,1800000060],'Values':[6.0,5.0]},`+
			`{'Id':'b','Label':'m p100','StatusCode':'Complete','Timestamps':[1800000000,1800000060],'Values':[3.0,5.0]}]}`)
	ask("", stat("a", "none", "Sum", "'Label':'mine',"),
		`{'Messages':[],'MetricDataResults':[{'Id':'a','Label':'mine','StatusCode':'Complete','Timestamps':[],'Values':[]}]}`)
	ask("", stat("a", "units", "Sum", ""),
		`{'Messages':[],'MetricDataResults':[{'Id':'a','Label':'units','Messages':[{'Code':'MultipleUnits','Value':'Multiple units returned: ?[Milliseconds, Seconds]?'}],'StatusCode':'Complete','Timestamps':[1800000000],'Values':[60000.0]}]}`)
	hidden := stat("a", "m", "Sum", "'ReturnData':false,") + "," + stat("b", "n", "Sum", "'ReturnData':false,")
	ask("'ScanBy':'TimestampAscending',", hidden+`,{'Id':'e','Expression':'a + b * 2'},{'Id':'f','Label':'half','Expression':'e / 2'}`,
		`{'Messages':[],'MetricDataResults':[{'Id':'e','Label':'e','StatusCode':'Complete','Timestamps':[1800000000,1800000060],'Values':[6.0,25.0]},`+
			`{'Id':'f','Label':'half','StatusCode':'Complete','Timestamps':[1800000000,1800000060],'Values':[3.0,12.5]}]}`)
	ask("", hidden+`,{'Id':'e','Expression':'METRICS() * 10'}`,
		`{'Messages':[],'MetricDataResults':[{'Id':'e','Label':'m','StatusCode':'Complete','Timestamps':[1800000060,1800000000],'Values':[50.0,60.0]},`+
			`{'Id':'e','Label':'n','StatusCode':'Complete','Timestamps':[1800000060],'Values':[100.0]}]}`)
	ask("", `{'Id':'e','Expression':"SEARCH(\u0027{test} MetricName=\"n\"\u0027, \u0027Sum\u0027, 300)"}`,
		`{'Messages':[],'MetricDataResults':[{'Id':'e','Label':'n','StatusCode':'Complete','Timestamps':[1800000000],'Values':[10.0]}]}`)
	for _, c := range []struct{ queries, want string }{
		{stat("a", "m", "Sum", "") + "," + stat("a", "m", "Sum", ""), "The values for parameter id in MetricDataQueries are not unique."},
		{stat("A", "m", "Sum", ""), "must start with a lowercase letter"},
		{stat("a", "m", "Most", ""), "Most"},
		{`{'Id':'a'}`, "The parameter MetricDataQueries.member.1.MetricStat is required."},
		{`{'Id':'a','Expression':'b'}`, "there is no query with the id b"},
		{`{'Id':'a','Expression':'b'},{'Id':'b','Expression':'a'}`, "refers to itself"},
		{`{'Id':'a','Expression':'1 +'}`, "syntax error"},
		{`{'Id':'a','Expression':'1 + 1'}`, "must be a time series"},
		{`{'Id':'a','Expression':'TIME_SERIES(1)','Period':7}`, "a multiple of 60"},
	} {
		ask("", c.queries, c.want)
	}
	f.want("GetMetricData", `{'StartTime':LATER,'EndTime':BEGAN,'MetricDataQueries':[]}`, "The parameter EndTime must be greater than StartTime.")
	f.want("GetMetricData", `{'StartTime':BEGAN,'EndTime':BEGAN,'MetricDataQueries':[]}`, "The parameter StartTime must not equal parameter EndTime.")
}

func TestDataPages(t *testing.T) {
	f := newFixture(t)
	f.put(`{'MetricName':'m','Timestamp':BEGAN,'Value':1},{'MetricName':'m','Timestamp':1800000060,'Value':2},{'MetricName':'n','Timestamp':BEGAN,'Value':3}`)
	ask := func(token, want string) {
		f.Helper()
		f.want("GetMetricData", `{'StartTime':BEGAN,'EndTime':LATER,'MaxDatapoints':1,`+token+`'MetricDataQueries':[`+stat("a", "m", "Sum", "")+","+stat("b", "n", "Sum", "")+`]}`, want)
	}
	ask("", `{'Messages':[],'MetricDataResults':[{'Id':'a','Label':'m','StatusCode':'PartialData','Timestamps':[1800000060],'Values':[2.0]},`+
		`{'Id':'b','Label':'n','StatusCode':'PartialData','Timestamps':[],'Values':[]}],'NextToken':'1'}`)
	ask("'NextToken':'1',", `{'Messages':[],'MetricDataResults':[{'Id':'a','Label':'m','StatusCode':'Complete','Timestamps':[1800000000],'Values':[1.0]}],'NextToken':'2'}`)
	ask("'NextToken':'2',", `{'Messages':[],'MetricDataResults':[{'Id':'b','Label':'n','StatusCode':'Complete','Timestamps':[1800000000],'Values':[3.0]}]}`)
	ask("'NextToken':'x',", "InvalidNextToken")
}

func TestListMetrics(t *testing.T) {
	f := newFixture(t)
	f.put(`{'MetricName':'cpu','Value':1},{'MetricName':'mem','Value':1,'Dimensions':[{'Name':'B','Value':'2'},{'Name':'A','Value':'1'}]},
		{'MetricName':'mem','Value':1,'Dimensions':[{'Name':'A','Value':'2'}]}`)
	cpu := `{'Dimensions':[],'MetricName':'cpu','Namespace':'test'}`
	mem := `{'Dimensions':[{'Name':'A','Value':'1'},{'Name':'B','Value':'2'}],'MetricName':'mem','Namespace':'test'}`
	other := `{'Dimensions':[{'Name':'A','Value':'2'}],'MetricName':'mem','Namespace':'test'}`
	for _, c := range []struct{ filter, want string }{
		{``, cpu + "," + mem + "," + other},
		{`'MetricName':'cpu'`, cpu}, {`'Namespace':'none'`, ``}, {`'Dimensions':[{'Name':'A'}]`, mem + "," + other}, {`'Dimensions':[{'Name':'A','Value':'2'}]`, other},
		{`'RecentlyActive':'PT3H'`, cpu + "," + mem + "," + other},
	} {
		f.want("ListMetrics", `{`+c.filter+`}`, `{'Metrics':[`+c.want+`]}`)
	}
	f.now = f.now.Add(4 * time.Hour)
	f.want("ListMetrics", `{'RecentlyActive':'PT3H'}`, `{'Metrics':[]}`)
	f.now = f.now.Add(15 * 24 * time.Hour)
	f.want("ListMetrics", `{}`, `{'Metrics':[]}`)
	var many []string
	for i := range 501 {
		many = append(many, fmt.Sprintf(`{'MetricName':'m%03d','Value':1}`, i))
	}
	f.put(strings.Join(many, ","))
	if _, body := f.send("ListMetrics", `{}`); strings.Count(body, "MetricName") != 500 || !strings.Contains(body, `"NextToken":"500"`) {
		t.Errorf("the first page has %d metrics", strings.Count(body, "MetricName"))
	}
	f.want("ListMetrics", `{'NextToken':'500'}`, `{'Metrics':[{'Dimensions':[],'MetricName':'m500','Namespace':'test'}]}`)
}

// TestDashboards: as recorded by LocalStack (test_dashboard_lifecycle, test_invalid_dashboard_name).
func TestDashboards(t *testing.T) {
	f := newFixture(t)
	const body = `{\"widgets\":[{\"type\":\"text\"}]}`
	f.want("PutDashboard", `{'DashboardName':'d-1','DashboardBody':'`+body+`'}`, `{'DashboardValidationMessages':[]}`)
	f.want("PutDashboard", `{'DashboardName':'e','DashboardBody':'{}'}`, `{'DashboardValidationMessages':[]}`)
	f.want("GetDashboard", `{'DashboardName':'d-1'}`,
		`{'DashboardArn':'arn:aws:cloudwatch::123456789012:dashboard/d-1','DashboardBody':'`+body+`','DashboardName':'d-1'}`)
	entry := `{'DashboardArn':'arn:aws:cloudwatch::123456789012:dashboard/d-1','DashboardName':'d-1','LastModified':1800000300,'Size':29}`
	f.want("ListDashboards", `{'DashboardNamePrefix':'d'}`, `{'DashboardEntries':[`+entry+`]}`)
	f.want("ListDashboards", `{'DashboardNamePrefix':'x'}`, `{'DashboardEntries':[]}`)
	f.want("PutDashboard", `{'DashboardName':'a:b','DashboardBody':'{}'}`,
		`The value for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).\n`)
	f.want("PutDashboard", `{'DashboardName':'a','DashboardBody':'{'}`, "DashboardInvalidInputError")
	f.want("PutDashboard", `{'DashboardName':'a','DashboardBody':'{\"widgets\":[{}]}'}`, "Should have required property")
	const tags = `'ResourceARN':'arn:aws:cloudwatch::123456789012:dashboard/d-1'`
	f.want("TagResource", `{`+tags+`,'Tags':[{'Key':'a','Value':'1'},{'Key':'b','Value':'2'}]}`, `{}`)
	f.want("UntagResource", `{`+tags+`,'TagKeys':['a']}`, `{}`)
	f.want("ListTagsForResource", `{`+tags+`}`, `{'Tags':[{'Key':'b','Value':'2'}]}`)
	f.want("TagResource", `{'ResourceARN':'arn:aws:cloudwatch::123456789012:dashboard/none','Tags':[]}`, "ResourceNotFoundException")
	f.want("DeleteDashboards", `{'DashboardNames':['d-1','none']}`, "Dashboard none does not exist")
	f.want("DeleteDashboards", `{'DashboardNames':['d-1','e','e']}`, `{}`)
	f.want("GetDashboard", `{'DashboardName':'d-1'}`, "Dashboard d-1 does not exist")
}
