package sns

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/sns"
	"github.com/dipylon/dipylon/internal/sns/filter"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/sns"
)

const scopeBody = "MessageBody"

// setAll sets the attributes of a new subscription. The scope comes before the policy that it is about.
func setAll(sub *gateway.Subscription, attributes map[string]string) error {
	names := slices.Sorted(maps.Keys(attributes))
	if _, ok := attributes[attrFilterScope]; ok {
		names = slices.Insert(names, 0, attrFilterScope)
	}
	for _, name := range names {
		if err := setSubscriptionAttribute(sub, attribute{name, attributes[name], "Attributes Reason: "}); err != nil {
			return err
		}
	}
	return nil
}

// setSubscriptionAttribute checks an attribute and sets it; an empty value takes it away.
func setSubscriptionAttribute(sub *gateway.Subscription, a attribute) error {
	switch a.name {
	case attrRaw:
		value := strings.ToLower(a.value)
		if value != "true" && value != "false" {
			return a.refuse("Invalid value [%s]. Must be true or false.", a.value)
		}
		a.value = value
	case attrFilterScope:
		if a.value != scopeBody && a.value != "MessageAttributes" {
			return a.refuse("Invalid value [%s]. Please use either MessageBody or MessageAttributes", a.value)
		}
		if err := checkFilter(a, sub.Attributes[attrFilterPolicy], a.value); err != nil {
			return err
		}
	case attrFilterPolicy:
		if err := checkFilter(a, a.value, sub.Attributes[attrFilterScope]); err != nil {
			return err
		}
		if strings.Join(strings.Fields(a.value), "") == "{}" {
			a.value = ""
		}
	case attrDeliveryPolicy:
		if _, err := readSubscriptionDelivery(a.value); err != nil {
			return a.refuse("%v", err)
		}
	case attrRedrive:
		if _, err := deadLetterQueue(a); err != nil {
			return err
		}
	case "SubscriptionRoleArn", "ReplayPolicy":
		return notBuilt("the attribute " + a.name + " of subscriptions")
	default:
		return invalid("%sAttributeName", a.where)
	}
	sub.Attributes = a.in(sub.Attributes)
	return nil
}

func checkFilter(a attribute, document, scope string) error {
	if document == "" {
		return nil
	}
	_, err := filter.Compile(document, scope == scopeBody)
	if e, ok := errors.AsType[*filter.Error](err); ok {
		return invalid("%s%s", a.where, e.Message)
	}
	return err
}

// deadLetterQueue reads a redrive policy.
func deadLetterQueue(a attribute) (string, error) {
	if a.value == "" {
		return "", nil
	}
	if !json.Valid([]byte(a.value)) {
		_, err := filter.Compile(a.value, true) // whose reader words it
		message := strings.TrimPrefix(err.Error(), "FilterPolicy: ")
		return "", a.refuse("%s", message)
	}
	var policy struct{ DeadLetterTargetArn string }
	if json.Unmarshal([]byte(a.value), &policy) != nil || !isARN(policy.DeadLetterTargetArn, "sqs") {
		return "", a.refuse("deadLetterTargetArn is an invalid arn")
	}
	return policy.DeadLetterTargetArn, nil
}

// GetSubscriptionAttributes shows all that is known of a subscription.
func (s *Service) GetSubscriptionAttributes(
	ctx context.Context, call *wire.Call, in *gen.GetSubscriptionAttributesInput,
) (*gen.GetSubscriptionAttributesOutput, error) {
	p, id, err := subscriptionAt(call, *in.SubscriptionArn)
	if err != nil {
		return nil, err
	}
	out := &gen.GetSubscriptionAttributesOutput{}
	err = s.Store.View(ctx, func(r store.Reader) error {
		sub, err := subscription(r, p, id)
		if err != nil {
			return err
		}
		t, err := topic(r, p)
		out.Attributes = shownSubscription(&sub, &t, p)
		return err
	})
	return out, err
}

func shownSubscription(sub *gateway.Subscription, t *gateway.Topic, p place) map[string]string {
	out := map[string]string{
		"SubscriptionArn": gateway.SubscriptionARN(p.tenant, p.topic, sub.ID), "TopicArn": p.arn(), "Owner": p.tenant.Account,
		"Endpoint": sub.Endpoint, "Protocol": sub.Protocol, "SubscriptionPrincipal": sub.Principal,
		"PendingConfirmation": truth(sub.Pending), "ConfirmationWasAuthenticated": truth(sub.Authenticated), attrRaw: "false",
	}
	maps.Copy(out, sub.Attributes)
	if out[attrFilterPolicy] == "" {
		delete(out, attrFilterScope)
	} else if out[attrFilterScope] == "" {
		out[attrFilterScope] = "MessageAttributes"
	}
	if sub.Protocol == sns.ProtocolHTTP || sub.Protocol == sns.ProtocolHTTPS {
		own, _ := readSubscriptionDelivery(sub.Attributes[attrDeliveryPolicy]) // which was checked
		above, _ := readTopicDelivery(t.Attributes[attrDeliveryPolicy])
		if own.Retry != nil {
			own.Retry = shownRetry(own.Retry.full())
		}
		if sub.Attributes[attrDeliveryPolicy] != "" {
			out[attrDeliveryPolicy] = document(own)
		}
		out["EffectiveDeliveryPolicy"] = document(own.under(above))
	}
	return out
}

// SetSubscriptionAttributes sets one attribute.
func (s *Service) SetSubscriptionAttributes(
	ctx context.Context, call *wire.Call, in *gen.SetSubscriptionAttributesInput,
) (*gen.SetSubscriptionAttributesOutput, error) {
	p, id, err := subscriptionAt(call, *in.SubscriptionArn)
	if err != nil {
		return nil, err
	}
	return nil, s.changeSubscription(ctx, p, id, func(sub *gateway.Subscription) error {
		return setSubscriptionAttribute(sub, attribute{name: *in.AttributeName, value: text(in.AttributeValue)})
	})
}

// recipient is a subscription as messages are delivered to it.
func recipient(sub *gateway.Subscription, t *gateway.Topic, p place) sns.Recipient {
	out := sns.Recipient{
		ARN: gateway.SubscriptionARN(p.tenant, p.topic, sub.ID), Protocol: sub.Protocol, Endpoint: sub.Endpoint,
		Raw: sub.Attributes[attrRaw] == "true" && sub.Protocol != sns.ProtocolLambda, Retry: sns.ManagedRetry(),
	}
	out.DeadLetter, _ = deadLetterQueue(attribute{value: sub.Attributes[attrRedrive]}) // all of these were checked
	if sub.Protocol == sns.ProtocolHTTP || sub.Protocol == sns.ProtocolHTTPS {
		own, _ := readSubscriptionDelivery(sub.Attributes[attrDeliveryPolicy])
		above, _ := readTopicDelivery(t.Attributes[attrDeliveryPolicy])
		effective := own.under(above)
		out.Retry, out.ContentType = effective.Retry.full(), *effective.Request.HeaderContentType
	}
	return out
}
