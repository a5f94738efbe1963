package gateway

import (
	"strings"
	"testing"
)

func TestParseLogGroupARN(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:logs:us-east-2:123456789012:log-group:my-log-group":     "us-east-2 123456789012 my-log-group",
		"arn:aws:logs:us-east-2:123456789012:log-group:my-log-group:*":   "us-east-2 123456789012 my-log-group",
		"arn:aws-cn:logs:cn-north-1:123456789012:log-group:/aws/a_b#C.d": "cn-north-1 123456789012 /aws/a_b#C.d",
		"arn:aws:logs:r:1:log-group:" + strings.Repeat("a", 512):         "r 1 " + strings.Repeat("a", 512),
		"arn:aws:logs:r:1:log-group:" + strings.Repeat("a", 513):         "",
		"": "", "my-log-group": "", "arn:aws:logs:r:1:log-group:": "", "arn:aws:logs:r:1:log-group:a:log-stream:b": "",
		"arn:aws:logs:../..:1:log-group:a": "", "arn:aws:logs:r:..:log-group:a": "", "arn:aws:logs:r:1:log-group:a b": "",
	} {
		g, ok := ParseLogGroupARN(arn)
		if got := g.Region + " " + g.Account + " " + g.Name; ok != (want != "") || ok && got != want {
			t.Errorf("%s: got %q %t", arn, got, ok)
		}
		if ok && !strings.HasPrefix(arn, "arn:aws-cn") && LogGroupARN(g) != strings.TrimSuffix(arn, ":*") {
			t.Errorf("%s: written as %s", arn, LogGroupARN(g))
		}
	}
}
