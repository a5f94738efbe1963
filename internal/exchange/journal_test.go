package exchange

import (
	"strings"
	"testing"
	"time"
)

func TestJournal(t *testing.T) {
	var none *Journal
	none.Sayf(JournalError, "nobody listens")
	j := &Journal{Level: JournalInfo}
	j.Sayf(JournalError, "a %d", 1)
	j.Sayf(JournalInfo, "b")
	j.Sayf(JournalData, "c")
	if len(j.Entries) != 2 || j.Entries[0].Text != "a 1" || j.Entries[1].Text != "b" || j.Entries[0].At.IsZero() {
		t.Errorf("got %+v", j.Entries)
	}
	if none.On(JournalError) || j.On(JournalData) || !j.On(JournalError) {
		t.Error("levels")
	}
}

// The lines are those of recorded logs (aws-behaviour-auth-websocket-logs.md, facts 45 and 52, and TestApigatewayTestInvoke).
func TestTranscript(t *testing.T) {
	at := time.Date(2019, 4, 8, 19, 25, 29, 0, time.UTC)
	j := &Journal{Entries: []JournalEntry{
		{at, "Starting execution for request: R"},
		{at, "Endpoint request headers: " + strings.Repeat("x", 998)},
		{at, "Endpoint request headers: " + strings.Repeat("é", 999)},
	}}
	want := "Execution log for request R\n" +
		"Mon Apr 08 19:25:29 UTC 2019 : Starting execution for request: R\n" +
		"Mon Apr 08 19:25:29 UTC 2019 : Endpoint request headers: " + strings.Repeat("x", 998) + "\n" +
		"Mon Apr 08 19:25:29 UTC 2019 : Endpoint request headers: " + strings.Repeat("é", 998) + " [TRUNCATED]\n"
	if got := j.Transcript("R"); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// The orders are recorded (aws-behaviour-auth-websocket-logs.md, fact 45: source L17).
func TestMapsAreJavas(t *testing.T) {
	fields := func(pairs ...string) (out []Field) {
		for _, pair := range pairs {
			name, value, _ := strings.Cut(pair, "=")
			out = append(out, Field{[]byte(name), []byte(value)})
		}
		return out
	}
	for want, got := range map[string]interface{ String() string }{
		"{}":                              Hashed(nil),
		"{X-Amz-Security-Token=**123456}": Hashed(fields("X-Amz-Security-Token=ab123456")), // not as on AWS: see isSecret
		"{A=1, B=2,3}":                    Listed(fields("A=1", "B=2", "b=3")),
		"{z=1, Authorization=}":           Listed(fields("z=1", "Authorization=")),
		"{Accept=application/json, Debug-Log-Enabled=false, User-Agent=p, X-Forwarded-Proto=https, x-correlation-id=f, X-Forwarded-For=18.130.162.42, Host=h, X-Forwarded-Port=443, X-Amzn-Trace-Id=R, Content-Type=c, x-correlation-span-id=L}": Hashed(fields(
			"Accept=application/json", "Content-Type=c", "Debug-Log-Enabled=false", "Host=h", "User-Agent=p", "X-Amzn-Trace-Id=R",
			"x-correlation-id=f", "x-correlation-span-id=L", "X-Forwarded-For=18.130.162.42", "X-Forwarded-Port=443", "X-Forwarded-Proto=https")),
		"{Accept=a, CloudFront-Viewer-Country=GB, CloudFront-Forwarded-Proto=https, CloudFront-Is-Tablet-Viewer=false, CloudFront-Is-Mobile-Viewer=false, User-Agent=Paw, X-Forwarded-Proto=https, CloudFront-Is-SmartTV-Viewer=false, Host=h, X-Forwarded-Port=443, X-Amzn-Trace-Id=R, Via=1.1, X-Amz-Cf-Id=H, X-Forwarded-For=62.254.81.74, CloudFront-Is-Desktop-Viewer=true}": Hashed(fields(
			"Accept=a", "CloudFront-Forwarded-Proto=https", "CloudFront-Is-Desktop-Viewer=true", "CloudFront-Is-Mobile-Viewer=false",
			"CloudFront-Is-SmartTV-Viewer=false", "CloudFront-Is-Tablet-Viewer=false", "CloudFront-Viewer-Country=GB", "Host=h", "User-Agent=Paw",
			"Via=1.1", "X-Amz-Cf-Id=H", "X-Amzn-Trace-Id=R", "X-Forwarded-For=62.254.81.74", "X-Forwarded-Port=443", "X-Forwarded-Proto=https")),
		"{x-amzn-lambda-integration-tag=R, Authorization=**37c4d7, X-Amz-Date=D, x-amzn-apigateway-api-id=A, X-Amz-Source-Arn=S, Accept=application/json, User-Agent=U}": Hashed(fields(
			"x-amzn-lambda-integration-tag=R", "Accept=application/json", "Authorization=ab37c4d7", "User-Agent=U", "X-Amz-Date=D", "x-amzn-apigateway-api-id=A", "X-Amz-Source-Arn=S")),
		"text":          Payload("text"),
		"[Binary Data]": Payload{0xff, 0xd8},
	} {
		if got.String() != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if got := Payload(strings.Repeat("é", 10000)).String(); len(got) > 5000 || got[:2] != "é" {
		t.Errorf("%d bytes of a long body", len(got))
	}
	if got := Masked("abc"); got != "***" {
		t.Errorf("a short secret is shown as %q", got)
	}
}
