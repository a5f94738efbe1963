package wiretest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cwsdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	logssdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	stssdk "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/dipylon/dipylon/internal/wire"
	"github.com/dipylon/dipylon/internal/wire/gen/cloudwatch"
	"github.com/dipylon/dipylon/internal/wire/gen/logs"
	"github.com/dipylon/dipylon/internal/wire/gen/sts"
)

type identity struct{}

func (identity) GetCallerIdentity(_ context.Context, call *wire.Call, _ *sts.GetCallerIdentityInput) (*sts.GetCallerIdentityOutput, error) {
	return &sts.GetCallerIdentityOutput{
		Account: ptr(call.Tenant.Account), Arn: ptr("arn:aws:iam::000000000000:user/<a&b>"), UserId: ptr(call.AccessKeyID),
	}, nil
}

func TestQuery(t *testing.T) {
	srv := serve(t, sts.New(identity{}))
	client := stssdk.NewFromConfig(awsConfig(srv))
	got, err := client.GetCallerIdentity(t.Context(), &stssdk.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	if aws.ToString(got.Arn) != "arn:aws:iam::000000000000:user/<a&b>" || aws.ToString(got.UserId) != "test" {
		t.Errorf("got %+v", got)
	}
	_, err = client.GetSessionToken(t.Context(), &stssdk.GetSessionTokenInput{})
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "NotImplementedException" || !strings.Contains(api.ErrorMessage(), "sts:GetSessionToken") {
		t.Errorf("an operation that is not built gives %v", err)
	}
}

func TestQueryPresigned(t *testing.T) {
	srv := serve(t, sts.New(identity{}))
	signed, err := stssdk.NewPresignClient(stssdk.NewFromConfig(awsConfig(srv))).PresignGetCallerIdentity(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	status, body := send(t, srv, signed.Method, signed.URL, nil, "")
	if status != 200 || !strings.Contains(body, "<UserId>test</UserId>") || !strings.Contains(body, "<ResponseMetadata><RequestId>") {
		t.Errorf("got %d %s", status, body)
	}
}

// metrics keeps what it is given. Names that start with "bad" are refused.
type metrics struct {
	cloudwatch.Handler
	put *cloudwatch.PutMetricDataInput
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 250_000_000, time.UTC)

func (m *metrics) PutMetricData(_ context.Context, _ *wire.Call, in *cloudwatch.PutMetricDataInput) (*cloudwatch.PutMetricDataOutput, error) {
	m.put = in
	if strings.HasPrefix(*in.Namespace, "bad") {
		return nil, &cloudwatch.InvalidParameterValueException{Message: "no such namespace"}
	}
	return nil, nil
}

func (m *metrics) GetMetricData(_ context.Context, _ *wire.Call, in *cloudwatch.GetMetricDataInput) (*cloudwatch.GetMetricDataOutput, error) {
	return &cloudwatch.GetMetricDataOutput{MetricDataResults: []cloudwatch.MetricDataResult{{
		Id: in.MetricDataQueries[0].Id, Timestamps: []time.Time{*in.StartTime, *in.EndTime}, Values: []float64{1, 2.5},
	}}}, nil
}

func TestCBOR(t *testing.T) {
	m := new(metrics)
	client := cwsdk.NewFromConfig(awsConfig(serve(t, cloudwatch.New(m))))
	put := &cwsdk.PutMetricDataInput{Namespace: aws.String("Dipylon"), MetricData: []cwtypes.MetricDatum{{
		MetricName: aws.String("Count"), Value: aws.Float64(3), Timestamp: &noon, Unit: cwtypes.StandardUnitCount,
		Dimensions: []cwtypes.Dimension{{Name: aws.String("ApiId"), Value: aws.String("x")}}, StorageResolution: aws.Int32(1),
	}}}
	if _, err := client.PutMetricData(t.Context(), put); err != nil {
		t.Fatal(err)
	}
	want := &cloudwatch.PutMetricDataInput{Namespace: ptr("Dipylon"), MetricData: []cloudwatch.MetricDatum{{
		MetricName: ptr("Count"), Value: ptr(3.0), Timestamp: &noon, Unit: ptr(cloudwatch.StandardUnitCount),
		Dimensions: []cloudwatch.Dimension{{Name: ptr("ApiId"), Value: ptr("x")}}, StorageResolution: ptr(int32(1)),
	}}}
	if diff := cmp.Diff(want, m.put); diff != "" {
		t.Errorf("input (-want +got):\n%s", diff)
	}

	start := noon.Add(-time.Hour)
	got, err := client.GetMetricData(t.Context(), &cwsdk.GetMetricDataInput{
		StartTime: &start, EndTime: &noon, MetricDataQueries: []cwtypes.MetricDataQuery{{Id: aws.String("m1")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	results := []cwtypes.MetricDataResult{{Id: aws.String("m1"), Timestamps: []time.Time{start, noon}, Values: []float64{1, 2.5}}}
	if diff := cmp.Diff(fmt.Sprint(results[0].Timestamps, results[0].Values), fmt.Sprint(got.MetricDataResults[0].Timestamps, got.MetricDataResults[0].Values)); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}

	put.Namespace = aws.String("bad")
	_, err = client.PutMetricData(t.Context(), put)
	var invalid *cwtypes.InvalidParameterValueException
	if !errors.As(err, &invalid) || invalid.ErrorMessage() != "no such namespace" {
		t.Errorf("got %v", err)
	}
}

// TestCompressedRequest relies on the SDK compressing metric data of 10 KiB and more.
func TestCompressedRequest(t *testing.T) {
	m := new(metrics)
	client := cwsdk.NewFromConfig(awsConfig(serve(t, cloudwatch.New(m))))
	data := make([]cwtypes.MetricDatum, 500)
	for i := range data {
		data[i] = cwtypes.MetricDatum{MetricName: aws.String("a metric with a long name"), Value: aws.Float64(1)}
	}
	if _, err := client.PutMetricData(t.Context(), &cwsdk.PutMetricDataInput{Namespace: aws.String("n"), MetricData: data}); err != nil {
		t.Fatal(err)
	}
	if len(m.put.MetricData) != len(data) {
		t.Errorf("got %d of %d", len(m.put.MetricData), len(data))
	}
}

// groups is a log group of each name but "gone".
type groups struct {
	logs.Handler
	put *logs.PutLogEventsInput
}

func (g *groups) CreateLogGroup(_ context.Context, _ *wire.Call, in *logs.CreateLogGroupInput) (*logs.CreateLogGroupOutput, error) {
	if *in.LogGroupName == "taken" {
		return nil, &logs.ResourceAlreadyExistsException{Message: "The specified log group already exists"}
	}
	return nil, nil
}

func (g *groups) PutLogEvents(_ context.Context, _ *wire.Call, in *logs.PutLogEventsInput) (*logs.PutLogEventsOutput, error) {
	g.put = in
	if *in.LogGroupName == "gone" {
		return nil, &logs.InvalidSequenceTokenException{Message: "expected another", ExpectedSequenceToken: ptr("42")}
	}
	return &logs.PutLogEventsOutput{NextSequenceToken: ptr("7")}, nil
}

func TestJSON11(t *testing.T) {
	g := new(groups)
	client := logssdk.NewFromConfig(awsConfig(serve(t, logs.New(g))))
	if _, err := client.CreateLogGroup(t.Context(), &logssdk.CreateLogGroupInput{LogGroupName: aws.String("a")}); err != nil {
		t.Fatal(err)
	}
	_, err := client.CreateLogGroup(t.Context(), &logssdk.CreateLogGroupInput{LogGroupName: aws.String("taken")})
	var exists *logstypes.ResourceAlreadyExistsException
	if !errors.As(err, &exists) || exists.ErrorMessage() != "The specified log group already exists" {
		t.Errorf("got %v", err)
	}

	put := &logssdk.PutLogEventsInput{
		LogGroupName: aws.String("a"), LogStreamName: aws.String("s"),
		LogEvents: []logstypes.InputLogEvent{{Message: aws.String("line\n"), Timestamp: aws.Int64(1763812800250)}},
	}
	out, err := client.PutLogEvents(t.Context(), put)
	if err != nil {
		t.Fatal(err)
	}
	if aws.ToString(out.NextSequenceToken) != "7" || *g.put.LogEvents[0].Timestamp != 1763812800250 || *g.put.LogEvents[0].Message != "line\n" {
		t.Errorf("got %+v of %+v", out, g.put)
	}
	put.LogGroupName = aws.String("gone")
	_, err = client.PutLogEvents(t.Context(), put)
	var token *logstypes.InvalidSequenceTokenException
	if !errors.As(err, &token) || aws.ToString(token.ExpectedSequenceToken) != "42" {
		t.Errorf("got %v", err)
	}
}

// TestCloudWatchProtocols sends one operation in the three protocols that CloudWatch's clients have spoken; the json
// form is that of the AWS CLI.
func TestCloudWatchProtocols(t *testing.T) {
	srv := serve(t, cloudwatch.New(new(metrics)))
	tests := map[string]struct {
		header map[string]string
		path   string
		body   string
		status int
		want   string
	}{
		"json 1.0": {
			map[string]string{"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "GraniteServiceVersion20100801.GetMetricData", "X-Amzn-Query-Mode": "true"},
			"/", `{"StartTime":1763812800,"EndTime":1763812800.25,"MetricDataQueries":[{"Id":"m1"}]}`,
			200, `{"MetricDataResults":[{"Id":"m1","Timestamps":[1763812800,1763812800.25],"Values":[1.0,2.5]}]}`,
		},
		"json 1.0 error": {
			map[string]string{"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "GraniteServiceVersion20100801.PutMetricData", "X-Amzn-Query-Mode": "true"},
			"/", `{"Namespace":"bad"}`,
			400, `{"__type":"com.amazonaws.cloudwatch#InvalidParameterValueException","message":"no such namespace"}`,
		},
		"query": {
			map[string]string{"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
			"/", "Action=GetMetricData&Version=2010-08-01&StartTime=2025-11-22T12%3A00%3A00Z&EndTime=2025-11-22T12%3A00%3A00.25Z&MetricDataQueries.member.1.Id=m1",
			200, "<MetricDataResults><member><Id>m1</Id><Timestamps><member>2025-11-22T12:00:00Z</member><member>2025-11-22T12:00:00.25Z</member></Timestamps><Values><member>1</member><member>2.5</member></Values></member></MetricDataResults></GetMetricDataResult>",
		},
		"query error": {
			map[string]string{"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
			"/", "Action=PutMetricData&Version=2010-08-01&Namespace=bad",
			400, "<Error><Type>Sender</Type><Code>InvalidParameterValue</Code><Message>no such namespace</Message></Error>",
		},
		"query unknown action": {
			map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
			"/", "Action=Fly&Version=2010-08-01",
			400, "<Code>InvalidAction</Code><Message>Could not find operation Fly for version 2010-08-01</Message>",
		},
		"json unknown operation": {
			map[string]string{"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "GraniteServiceVersion20100801.Fly"},
			"/", "{}", 400, `"UnknownOperationException"`,
		},
		"json not built": {
			map[string]string{"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "GraniteServiceVersion20100801.PutInsightRule"},
			"/", "{}", 501, `The operation cloudwatch:PutInsightRule is not built in Dipylon yet.`,
		},
		"cbor unknown operation": {
			map[string]string{"Smithy-Protocol": "rpc-v2-cbor"}, "/service/GraniteServiceVersion20100801/operation/Fly", "",
			404, "UnknownOperationException",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.header["Authorization"] = "AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=0"
			status, body := send(t, srv, http.MethodPost, srv.URL+tt.path, tt.header, tt.body)
			if status != tt.status || !strings.Contains(body, tt.want) {
				t.Errorf("got %d %s", status, body)
			}
		})
	}
}

func send(t *testing.T, srv *httptest.Server, method, url string, header map[string]string, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.Header.Get("X-Amzn-Requestid") == "" {
		t.Error("no request id")
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}
