package sns

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/sns"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/sns"
)

// pendingARN is what stands for the ARN of a subscription that is not confirmed.
const (
	pendingARN    = "pending confirmation"
	pendingListed = "PendingConfirmation"
)

// Subscribe makes a subscription, or finds the one that an endpoint has. HTTP endpoints are asked to confirm it.
func (s *Service) Subscribe(ctx context.Context, call *wire.Call, in *gen.SubscribeInput) (*gen.SubscribeOutput, error) {
	p, err := topicAt(call, "TopicArn", *in.TopicArn)
	if err != nil {
		return nil, err
	}
	sub := gateway.Subscription{
		ID: gateway.NewUUID(), Topic: p.topic, Protocol: *in.Protocol, Endpoint: text(in.Endpoint), Principal: principal(call), CreatedAt: s.now(),
		Authenticated: true, Attributes: map[string]string{},
	}
	if err := checkEndpoint(sub.Protocol, sub.Endpoint); err != nil {
		return nil, err
	}
	if sub.Protocol == sns.ProtocolHTTP || sub.Protocol == sns.ProtocolHTTPS {
		sub.Pending, sub.Authenticated = true, false
		if sub.Token, err = newToken(); err != nil {
			return nil, err
		}
	}
	if err := setAll(&sub, in.Attributes); err != nil {
		return nil, err
	}
	version := ""
	_, err = s.Store.Update(ctx, func(tx store.Tx) error {
		t, err := topic(tx, p)
		if err != nil {
			return err
		}
		version = t.Attributes[attrSignatureVersion]
		return subscribe(tx, p, &sub)
	})
	if err != nil {
		return nil, modelled(err)
	}
	return s.subscribed(p, &sub, invitation{version, in.ReturnSubscriptionArn != nil && *in.ReturnSubscriptionArn})
}

// invitation is how a subscriber is asked to confirm, and its caller told.
type invitation struct {
	version string
	arn     bool
}

// subscribed sends a confirmation where one is due.
func (s *Service) subscribed(p place, sub *gateway.Subscription, i invitation) (*gen.SubscribeOutput, error) {
	arn := gateway.SubscriptionARN(p.tenant, p.topic, sub.ID)
	if !sub.Pending {
		return &gen.SubscribeOutput{SubscriptionArn: &arn}, nil
	}
	err := s.Courier.Send(&sns.Message{
		ID: gateway.NewUUID(), Topic: p.arn(), Type: sns.TypeConfirmation, Token: sub.Token, At: s.now(), SHA256: i.version == "2",
		Body: "You have chosen to subscribe to the topic " + p.arn() + ".\nTo confirm the subscription, visit the SubscribeURL included in this message.",
	}, []sns.Recipient{{ARN: arn, Protocol: sub.Protocol, Endpoint: sub.Endpoint, Retry: sns.HTTPRetry()}})
	if !i.arn {
		arn = pendingARN
	}
	return &gen.SubscribeOutput{SubscriptionArn: &arn}, modelled(err)
}

// subscribe stores a subscription unless its endpoint has one, which then takes its place.
func subscribe(tx store.Tx, p place, sub *gateway.Subscription) error {
	all, err := subscriptions(tx, p)
	if err != nil {
		return err
	}
	for i := range all {
		there := &all[i]
		if there.Protocol != sub.Protocol || there.Endpoint != sub.Endpoint {
			continue
		}
		for name, value := range sub.Attributes {
			if there.Attributes[name] != value {
				return invalid("Attributes Reason: Subscription already exists with different attributes")
			}
		}
		*sub = *there
		return nil
	}
	return state.Subscriptions().Put(tx, p.subscription(sub.ID), *sub)
}

// tokenLength is that of AWS's tokens, in characters.
const tokenLength = 288

func newToken() (string, error) {
	var random [tokenLength / 2]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", err
	}
	return hex.EncodeToString(random[:]), nil
}

func isToken(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil && len(s) == tokenLength
}

// checkEndpoint knows which protocols there are, and what their endpoints look like.
func checkEndpoint(protocol, endpoint string) error {
	switch protocol {
	case sns.ProtocolHTTP, sns.ProtocolHTTPS:
		u, err := url.Parse(endpoint)
		if err != nil || u.Scheme != protocol || u.Host == "" {
			return invalid("Endpoint must match the specified protocol")
		}
	case sns.ProtocolSQS:
		if !isARN(endpoint, "sqs") {
			return invalid("SQS endpoint ARN")
		}
		if strings.HasSuffix(endpoint, ".fifo") {
			return invalid("Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics")
		}
	case sns.ProtocolLambda:
		if _, ok := gateway.ParseFunctionARN(endpoint); !ok {
			return invalid("Lambda endpoint ARN")
		}
	case "email", "email-json", "sms", "application", "firehose":
		return notBuilt(fmt.Sprintf("subscriptions of the protocol %s", protocol))
	default:
		return invalid("Amazon SNS does not support this protocol string: %s", protocol)
	}
	return nil
}

func isARN(arn, service string) bool {
	const fields = 6
	parts := strings.Split(arn, ":")
	return len(parts) == fields && parts[0] == "arn" && parts[2] == service && parts[3] != "" && parts[4] != "" && parts[5] != "" &&
		!strings.ContainsAny(arn, "/?#% ")
}

// ConfirmSubscription takes the token that an endpoint was sent.
func (s *Service) ConfirmSubscription(ctx context.Context, call *wire.Call, in *gen.ConfirmSubscriptionInput) (*gen.ConfirmSubscriptionOutput, error) {
	tenant, name, ok := gateway.ParseTopicARN(*in.TopicArn)
	if !ok || tenant != call.Tenant {
		return nil, invalid("Topic")
	}
	if !isToken(*in.Token) {
		return nil, &gen.InvalidParameterException{Message: "Invalid token"}
	}
	p, arn := place{tenant, name}, ""
	_, err := s.Store.Update(ctx, func(tx store.Tx) error {
		all, err := subscriptions(tx, p)
		if err != nil {
			return err
		}
		for i := range all {
			sub := &all[i]
			if sub.Token != *in.Token {
				continue
			}
			arn = gateway.SubscriptionARN(tenant, name, sub.ID)
			if !sub.Pending {
				return nil
			}
			sub.Pending, sub.Authenticated = false, call.Identity != ""
			sub.AuthenticateUnsubscribe = sub.Authenticated && text(in.AuthenticateOnUnsubscribe) == "true"
			return state.Subscriptions().Put(tx, p.subscription(sub.ID), *sub)
		}
		return invalid("Token")
	})
	if err != nil {
		return nil, modelled(err)
	}
	return &gen.ConfirmSubscriptionOutput{SubscriptionArn: &arn}, nil
}

// Unsubscribe ends a subscription; one that is not there is no error.
func (s *Service) Unsubscribe(ctx context.Context, call *wire.Call, in *gen.UnsubscribeInput) (*gen.UnsubscribeOutput, error) {
	p, id, err := subscriptionAt(call, *in.SubscriptionArn)
	if err != nil {
		return nil, err
	}
	_, err = s.Store.Update(ctx, func(tx store.Tx) error {
		sub, err := state.Subscriptions().Get(tx, p.subscription(id))
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if sub.AuthenticateUnsubscribe && call.Identity == "" {
			return denied(call, *in.SubscriptionArn)
		}
		if err := state.Subscriptions().Delete(tx, p.subscription(id)); err != nil || sub.Pending {
			return err
		}
		t, err := topic(tx, p)
		if err != nil {
			return err
		}
		t.Deleted++
		return state.Topics().Put(tx, p.key(), t)
	})
	return nil, modelled(err)
}

// ListSubscriptions lists those of all topics.
func (s *Service) ListSubscriptions(ctx context.Context, call *wire.Call, in *gen.ListSubscriptionsInput) (*gen.ListSubscriptionsOutput, error) {
	page, next, err := s.list(ctx, call.Tenant, store.Range{Tenant: call.Tenant.String(), AnyParent: true}, in.NextToken)
	return &gen.ListSubscriptionsOutput{Subscriptions: page, NextToken: next}, err
}

// ListSubscriptionsByTopic lists those of one topic.
func (s *Service) ListSubscriptionsByTopic(
	ctx context.Context, call *wire.Call, in *gen.ListSubscriptionsByTopicInput,
) (*gen.ListSubscriptionsByTopicOutput, error) {
	p, err := topicAt(call, "TopicArn", *in.TopicArn)
	if err != nil {
		return nil, err
	}
	err = s.Store.View(ctx, func(r store.Reader) error {
		_, err := topic(r, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	page, next, err := s.list(ctx, call.Tenant, store.Range{Tenant: call.Tenant.String(), Parent: p.topic}, in.NextToken)
	return &gen.ListSubscriptionsByTopicOutput{Subscriptions: page, NextToken: next}, err
}

func (s *Service) list(ctx context.Context, tenant gateway.Tenant, rng store.Range, token *string) ([]gen.Subscription, *string, error) {
	var all []gateway.Subscription
	err := s.Store.View(ctx, func(r store.Reader) error {
		page, err := state.Subscriptions().List(r, rng)
		for _, item := range page.Items {
			all = append(all, item.Value)
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	page, next, err := cut(all, token, func(sub gateway.Subscription) string { return sub.Topic + ":" + sub.ID })
	out := make([]gen.Subscription, len(page))
	for i := range page {
		sub := &page[i]
		arn := gateway.SubscriptionARN(tenant, sub.Topic, sub.ID)
		if sub.Pending {
			arn = pendingListed
		}
		out[i] = gen.Subscription{
			Endpoint: &sub.Endpoint, Owner: &tenant.Account, Protocol: &sub.Protocol, SubscriptionArn: &arn,
			TopicArn: new(gateway.TopicARN(tenant, sub.Topic)),
		}
	}
	return out, next, err
}
