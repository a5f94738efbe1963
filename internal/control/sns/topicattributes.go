package sns

import (
	"context"
	"regexp"
	"slices"
	"strconv"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/policy"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/sns"
)

// The attributes that decide something.
const (
	attrDisplayName      = "DisplayName"
	attrPolicy           = "Policy"
	attrDeliveryPolicy   = "DeliveryPolicy"
	attrSignatureVersion = "SignatureVersion"
	attrFilterPolicy     = "FilterPolicy"
	attrFilterScope      = "FilterPolicyScope"
	attrRaw              = "RawMessageDelivery"
	attrRedrive          = "RedrivePolicy"
)

// attribute is one that is set; where begins what is said against it.
type attribute struct{ name, value, where string }

func (a attribute) refuse(format string, args ...any) error {
	return invalid(a.where+a.name+": "+format, args...)
}

// in returns attributes with this one set, or taken away if it is empty.
func (a attribute) in(all map[string]string) map[string]string {
	if all == nil {
		all = map[string]string{}
	}
	if a.value == "" {
		delete(all, a.name)
	} else {
		all[a.name] = a.value
	}
	return all
}

// feedback are the attributes that ask for logs of deliveries.
var feedback = regexp.MustCompile(`^(Application|HTTP|Firehose|Lambda|SQS)(SuccessFeedbackRoleArn|FailureFeedbackRoleArn|SuccessFeedbackSampleRate)$`)

// maxPolicy is how long a topic's policy is at most, in characters.
const maxPolicy = 30720

// setTopicAttribute checks an attribute and sets it; an empty value takes it away.
func setTopicAttribute(t *gateway.Topic, p place, a attribute) error {
	switch a.name {
	case "FifoTopic":
		if a.where != "" && a.value == "false" { // CreateTopic
			return nil
		}
		return invalid("AttributeName")
	case "ContentBasedDeduplication", "ArchivePolicy", "FifoThroughputScope":
		return invalid("%sAttributeName", a.where) // of FIFO topics alone
	case attrPolicy:
		if err := checkPolicy(a, p); err != nil {
			return err
		}
	case attrDeliveryPolicy:
		if _, err := readTopicDelivery(a.value); err != nil {
			return a.refuse("%v", err)
		}
	case attrSignatureVersion:
		if a.value != "1" && a.value != "2" && a.value != "" {
			return a.refuse("Invalid value [%s]. Must be 1 or 2.", a.value)
		}
	case "TracingConfig":
		if a.value != "PassThrough" && a.value != "Active" && a.value != "" {
			return a.refuse("Invalid value [%s]. Please use either Active or PassThrough", a.value)
		}
	case attrDisplayName, "KmsMasterKeyId":
	default:
		if !feedback.MatchString(a.name) {
			return invalid("%sAttributeName", a.where)
		}
	}
	t.Attributes = a.in(t.Attributes)
	return nil
}

func checkPolicy(a attribute, p place) error {
	if a.value == "" {
		return nil
	}
	_, err := policy.Compile([]byte(a.value), policy.Options{Kind: policy.Resource, MaxSize: maxPolicy, Account: p.tenant.Account})
	if err != nil {
		return invalid("%sPolicy Error: %v", a.where, err)
	}
	return nil
}

// GetTopicAttributes shows all that is known of a topic.
func (s *Service) GetTopicAttributes(ctx context.Context, call *wire.Call, in *gen.GetTopicAttributesInput) (*gen.GetTopicAttributesOutput, error) {
	p, err := topicAt(call, "TopicArn", *in.TopicArn)
	if err != nil {
		return nil, err
	}
	out := &gen.GetTopicAttributesOutput{}
	err = s.Store.View(ctx, func(r store.Reader) error {
		t, err := topic(r, p)
		if err != nil {
			return err
		}
		subs, err := subscriptions(r, p)
		out.Attributes = shownTopic(&t, p, subs)
		return err
	})
	return out, modelled(err)
}

func shownTopic(t *gateway.Topic, p place, subs []gateway.Subscription) map[string]string {
	pending := 0
	for i := range subs {
		if subs[i].Pending {
			pending++
		}
	}
	out := map[string]string{
		"TopicArn": p.arn(), "Owner": p.tenant.Account, attrDisplayName: "", attrPolicy: defaultPolicy(p),
		"SubscriptionsConfirmed": strconv.Itoa(len(subs) - pending), "SubscriptionsPending": strconv.Itoa(pending),
		"SubscriptionsDeleted": strconv.Itoa(t.Deleted),
	}
	for name, value := range t.Attributes {
		out[name] = value
	}
	d, _ := readTopicDelivery(t.Attributes[attrDeliveryPolicy]) // which was checked
	if t.Attributes[attrDeliveryPolicy] != "" {
		out[attrDeliveryPolicy] = d.shown()
	}
	out["EffectiveDeliveryPolicy"] = d.effective()
	return out
}

// defaultPolicy lets the account's own use the topic.
func defaultPolicy(p place) string {
	return `{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow","Principal":{"AWS":"*"},` +
		`"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe",` +
		`"SNS:ListSubscriptionsByTopic","SNS:Publish"],"Resource":"` + p.arn() + `","Condition":{"StringEquals":{"AWS:SourceOwner":"` + p.tenant.Account + `"}}}]}`
}

// SetTopicAttributes sets one attribute.
func (s *Service) SetTopicAttributes(ctx context.Context, call *wire.Call, in *gen.SetTopicAttributesInput) (*gen.SetTopicAttributesOutput, error) {
	p, err := topicAt(call, "TopicArn", *in.TopicArn)
	if err != nil {
		return nil, err
	}
	return nil, s.changeTopic(ctx, p, func(t *gateway.Topic) error {
		return setTopicAttribute(t, p, attribute{name: *in.AttributeName, value: text(in.AttributeValue)})
	})
}

// allows tells whether a topic's policy lets an AWS service publish for a resource of the account. The policy that every topic begins with
// does.
func allows(t *gateway.Topic, p place, service, source string) (bool, error) {
	document := t.Attributes[attrPolicy]
	if document == "" {
		return true, nil
	}
	compiled, err := policy.Compile([]byte(document), policy.Options{Kind: policy.Resource, MaxSize: maxPolicy, Account: p.tenant.Account})
	if err != nil {
		return false, err
	}
	known := policy.Map{
		policy.KeySourceARN: {source}, policy.KeySourceAccount: {p.tenant.Account}, "aws:sourceowner": {p.tenant.Account},
		"aws:principalisawsservice": {"true"}, "aws:principalservicename": {service},
	}
	// Policies of the form of the first one name the account's own, by whom services are taken to publish.
	root := policy.Principal{Account: p.tenant.Account, ARN: "arn:aws:iam::" + p.tenant.Account + ":root"}
	return slices.ContainsFunc([]policy.Principal{{Service: service}, root}, func(who policy.Principal) bool {
		return compiled.Evaluate(&policy.Request{Principal: who, Action: "SNS:Publish", Resource: p.arn(), Context: known}).Allowed()
	}), nil
}
