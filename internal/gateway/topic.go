package gateway

import (
	"strings"
	"time"
)

// Topic is an SNS topic.
type Topic struct {
	Name string
	// Attributes are those that were set, as they were given: DisplayName, Policy, DeliveryPolicy and the like.
	Attributes map[string]string
	Tags       map[string]string
	// Deleted is how many confirmed subscriptions were ended.
	Deleted   int
	CreatedAt time.Time
}

// Subscription is an endpoint's to a topic. What its protocol needs confirmed is pending until then.
type Subscription struct {
	// ID is the last part of the ARN.
	ID, Topic string
	// Protocol is such as http; Endpoint is a URL or an ARN.
	Protocol, Endpoint string
	// Attributes are those that were set, as they were given.
	Attributes map[string]string
	Pending    bool
	// Authenticated tells that somebody with credentials confirmed it; AuthenticateUnsubscribe that only such a one may end it.
	Authenticated, AuthenticateUnsubscribe bool
	// Token confirms the subscription.
	Token string
	// Principal is the ARN of who subscribed.
	Principal string
	CreatedAt time.Time
}

// TopicARN returns the ARN of a topic.
func TopicARN(t Tenant, name string) string {
	return "arn:aws:sns:" + t.Region + ":" + t.Account + ":" + name
}

// SubscriptionARN returns the ARN of a subscription.
func SubscriptionARN(t Tenant, topic, id string) string { return TopicARN(t, topic) + ":" + id }

// ParseTopicARN reads what [TopicARN] wrote. The partition may be any.
func ParseTopicARN(arn string) (t Tenant, name string, ok bool) {
	const fields = 6
	parts := strings.Split(arn, ":")
	if len(parts) != fields || parts[0] != "arn" || parts[2] != "sns" || parts[3] == "" || parts[4] == "" || !ValidTopicName(parts[5]) {
		return Tenant{}, "", false
	}
	return Tenant{Account: parts[4], Region: parts[3]}, parts[5], true
}

// ParseSubscriptionARN reads what [SubscriptionARN] wrote.
func ParseSubscriptionARN(arn string) (t Tenant, topic, id string, ok bool) {
	at := strings.LastIndexByte(arn, ':')
	if at < 0 || at == len(arn)-1 {
		return Tenant{}, "", "", false
	}
	t, topic, ok = ParseTopicARN(arn[:at])
	return t, topic, arn[at+1:], ok
}

// ValidTopicName tells whether a name can be a topic's: up to 256 letters, digits, hyphens and underscores, and .fifo at the end
// for a FIFO topic (https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html).
func ValidTopicName(name string) bool {
	const longest = 256
	base := strings.TrimSuffix(name, ".fifo")
	if base == "" || len(name) > longest {
		return false
	}
	for i := range len(base) {
		c := base[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}
