package sns

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/sns"
)

// TestPublish has TestSNSPublishCrud, recorded of AWS.
func TestPublish(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTopic", "Name", "pets")
	f.subscribe("sqs", queue, "Attributes.entry.1.key", "FilterPolicy", "Attributes.entry.1.value", `{"store":["a"]}`)
	f.subscribe("lambda", "arn:aws:lambda:eu-west-1:"+account+":function:f", "Attributes.entry.1.key", "FilterPolicyScope", "Attributes.entry.1.value", "MessageBody",
		"Attributes.entry.2.key", "FilterPolicy", "Attributes.entry.2.value", `{"x":[1]}`)
	publish := func(more ...string) []string { return append([]string{"TopicArn", petsARN, "Message", "m"}, more...) }
	for want, parameters := range map[string][]string{
		"TopicArn Reason: An ARN must have at least 6 elements, not 1": {"TopicArn", "randomstring", "Message", "m"},
		"TopicArn":         {"TopicArn", strings.Replace(petsARN, region, "us-east-1", 1), "Message", "m"},
		"Empty message":    {"TopicArn", petsARN, "Message", ""},
		"Subject":          publish("Subject", ""),
		"Message too long": {"TopicArn", petsARN, "Message", strings.Repeat("a", 256<<10+1)},
		"Message Structure - No default entry in JSON message body":                                                                  {"TopicArn", petsARN, "MessageStructure", "json", "Message", `{"sqs":"x"}`},
		"Message Structure - JSON message body failed to parse":                                                                      {"TopicArn", petsARN, "MessageStructure", "json", "Message", `{`},
		"MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type": publish("MessageDeduplicationId", "x"),
	} {
		f.refused(invalidParameter+want, "Publish", parameters...)
	}
	f.refused("404 NotFound Topic does not exist", "Publish", "TopicArn", petsARN+"x", "Message", "m")
	sent := func(parameters ...string) string {
		f.messages, f.to = nil, nil
		f.do("Publish", parameters...)
		var protocols []string
		for _, r := range f.to[0] {
			protocols = append(protocols, r.Protocol)
		}
		return strings.Join(protocols, " ")
	}
	f.equal("neither", sent(publish()...), "")
	f.equal("by attribute", sent(publish("MessageAttributes.entry.1.Name", "store", "MessageAttributes.entry.1.Value.DataType", "String", "MessageAttributes.entry.1.Value.StringValue", "a")...), "sqs")
	f.equal("by body", sent("TargetArn", petsARN, "MessageStructure", "json", "Message", `{"default":"d","lambda":"{\"x\":1}"}`), "lambda")
	f.equal("body", f.messages[0].Body+f.messages[0].Bodies["lambda"], `d{"x":1}`)
	f.full = sns.ErrFull
	f.refused("429 Throttled Rate exceeded", "Publish", publish()...)
}

// TestMessageAttributes has test_empty_or_wrong_message_attributes, recorded of AWS.
func TestMessageAttributes(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTopic", "Name", "pets")
	long := strings.Repeat("a", 257)
	for _, c := range []struct{ name, kind, field, value, want string }{
		{"attr1", "String", "StringValue", "", "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'String'."},
		{"attr1", "Binary", "BinaryValue", "", "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'Binary'."},
		{"attr1", "String", "BinaryValue", "AgME", "The message attribute 'attr1' with type 'String' must use field 'String'."},
		{"attr1", "Number", "BinaryValue", "AgME", "The message attribute 'attr1' with type 'Number' must use field 'String'."},
		{"attr1", "Binary", "StringValue", "a", "The message attribute 'attr1' with type 'Binary' must use field 'Binary'."},
		{"attr1", "InvalidType", "StringValue", "a", "The message attribute 'attr1' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."},
		{long, "String", "StringValue", "a", "Length of message attribute name must be less than 256 bytes."},
		{"a^b", "String", "StringValue", "a", "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots."},
		{".a", "String", "StringValue", "a", "Invalid message attribute name starting with character '.' was found."},
		{"a.", "String", "StringValue", "a", "Invalid message attribute name ending with character '.' was found."},
		{"a..b", "String", "StringValue", "a", "Message attribute name can not have successive '.' character."},
	} {
		f.refused("400 ParameterValueInvalid "+c.want, "Publish", "TopicArn", petsARN, "Message", "m", "MessageAttributes.entry.1.Name", c.name,
			"MessageAttributes.entry.1.Value.DataType", c.kind, "MessageAttributes.entry.1.Value."+c.field, c.value)
	}
}

// TestPublishBatch has test_publish_batch_exceptions and its neighbours, recorded of AWS.
func TestPublishBatch(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTopic", "Name", "pets")
	batch := func(messages ...string) []string {
		out := []string{"TopicArn", petsARN}
		for i := 0; i < len(messages); i += 2 {
			prefix := fmt.Sprintf("PublishBatchRequestEntries.member.%d.", i/2+1)
			out = append(out, prefix+"Id", messages[i], prefix+"Message", messages[i+1])
		}
		return out
	}
	eleven := make([]string, 22)
	for i := range eleven {
		eleven[i] = fmt.Sprint(i)
	}
	half := strings.Repeat("a", 128<<10+1)
	for want, parameters := range map[string][]string{
		"TooManyEntriesInBatchRequest The batch request contains more entries than permissible.":                           batch(eleven...),
		"BatchEntryIdsNotDistinct Two or more batch entries in the request have the same Id.":                              batch("1", "m", "1", "m"),
		"InvalidBatchEntryId The Id of a batch entry in the batch request contains an impermissible character: message.id": batch("message.id", "m"),
		"InvalidBatchEntryId The Id of a batch entry in the batch request is too long: " + strings.Repeat("a", 81):         batch(strings.Repeat("a", 81), "m"),
		"BatchRequestTooLong The length of all the messages put together is more than the limit.":                          batch("1", half, "2", half),
	} {
		f.refused("400 "+want, "PublishBatch", parameters...)
	}
	body := f.do("PublishBatch", batch("1", "one", "2", "two")...)
	if len(f.messages) != 2 || f.messages[1].Body != "two" || !strings.Contains(body, "<Id>2</Id><MessageId>"+f.messages[1].ID) {
		t.Errorf("%s", body)
	}
}

// TestNotify lets services publish that the topic's policy lets, as alarms do.
func TestNotify(t *testing.T) {
	f := newFixture(t)
	f.do("CreateTopic", "Name", "pets")
	notice := Notice{Topic: petsARN, Subject: "s", Body: "b", Service: "cloudwatch.amazonaws.com", Source: "arn:aws:cloudwatch:eu-west-1:" + account + ":alarm:a"}
	notify := func() string {
		if err := f.service.Notify(t.Context(), notice); err != nil {
			return err.Error()
		}
		return ""
	}
	policy := func(principal, condition string) string {
		doc := map[string]any{"Version": "2012-10-17", "Statement": map[string]any{
			"Effect": "Allow", "Principal": json.RawMessage(principal), "Action": "sns:Publish", "Resource": petsARN, "Condition": json.RawMessage(condition),
		}}
		return document(doc)
	}
	for _, c := range []struct {
		policy string
		want   bool
	}{
		{"", true},
		{policy(`{"Service":"cloudwatch.amazonaws.com"}`, `{"ArnLike":{"aws:SourceArn":"`+notice.Source+`"}}`), true},
		{policy(`{"Service":"cloudwatch.amazonaws.com"}`, `{"ArnLike":{"aws:SourceArn":"arn:aws:cloudwatch:eu-west-1:`+account+`:alarm:b"}}`), false},
		{policy(`{"AWS":"*"}`, `{"StringEquals":{"AWS:SourceOwner":"`+account+`"}}`), true},
		{policy(`{"Service":"events.amazonaws.com"}`, `{}`), false},
	} {
		f.do("SetTopicAttributes", "TopicArn", petsARN, "AttributeName", "Policy", "AttributeValue", c.policy)
		if got := notify(); (got == "") != c.want {
			t.Errorf("%s: %s", c.policy, got)
		}
	}
	notice.Topic += "x"
	f.equal("no topic", notify(), "NotFoundException: Topic does not exist")
	if m := f.messages[0]; m.Subject != "s" || m.Body != "b" || m.Topic != petsARN {
		t.Errorf("%+v", m)
	}
}
