package gateway

import (
	"strings"
	"testing"
)

func TestTopicARNs(t *testing.T) {
	tenant := Tenant{Account: "123456789012", Region: "eu-west-1"}
	arn := SubscriptionARN(tenant, "pets", "0d1a")
	if got, topic, id, ok := ParseSubscriptionARN(arn); !ok || got != tenant || topic != "pets" || id != "0d1a" {
		t.Error(got, topic, id, ok)
	}
	if got, topic, ok := ParseTopicARN(TopicARN(tenant, "pets")); !ok || got != tenant || topic != "pets" {
		t.Error(got, topic, ok)
	}
	for _, bad := range []string{"", ":", "arn:aws:sns:eu-west-1:1:a:", "arn:aws:sqs:eu-west-1:1:a", "arn:aws:sns::1:a", "arn:aws:sns:r:1:a b", arn + ":x"} {
		if _, _, ok := ParseTopicARN(bad); ok {
			t.Errorf("%q is a topic's", bad)
		}
		if _, _, _, ok := ParseSubscriptionARN(bad); ok {
			t.Errorf("%q is a subscription's", bad)
		}
	}
}

// TestTopicNames has the names that AWS refuses in localstack's test_create_topic_name_constraints (recorded in 2026).
func TestTopicNames(t *testing.T) {
	for _, name := range []string{"a", "A-_9", "a.fifo", strings.Repeat("a", 256)} {
		if !ValidTopicName(name) {
			t.Errorf("%q is refused", name)
		}
	}
	for _, name := range []string{"", ".fifo", "a.b", "a/b", "a b", "a\\b", "ä", strings.Repeat("a", 257)} {
		if ValidTopicName(name) {
			t.Errorf("%q is taken", name)
		}
	}
}
