// Package sns is the control plane of SNS: the operations of topics and subscriptions, a file per resource, and which subscribers get a
// message.
//
// It may import gateway, state, store, policy, sns, sns/filter, wire and its generated types.
package sns

import (
	"context"
	"errors"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/sns"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/sns"
)

// Courier delivers messages.
type Courier interface {
	Send(m *sns.Message, to []sns.Recipient) error
	// Room fails if nothing can be sent.
	Room() error
}

// Options is what the service stands on.
type Options struct {
	Store   store.Store
	Courier Courier
	Now     func() time.Time
}

// Service implements the operations.
type Service struct {
	Options
	filters filters
}

var _ gen.Handler = (*Service)(nil)

// New returns the service.
func New(opts Options) *Service { return &Service{Options: opts} }

func (s *Service) now() time.Time { return s.Now().UTC() }

// place is where a topic's documents are.
type place struct {
	tenant gateway.Tenant
	topic  string
}

func (p place) key() store.Key { return store.At(p.tenant.String(), "", p.topic) }

func (p place) subscription(id string) store.Key { return store.At(p.tenant.String(), p.topic, id) }

func (p place) arn() string { return gateway.TopicARN(p.tenant, p.topic) }

// topicAt reads the ARN of a topic that a call names.
func topicAt(call *wire.Call, parameter, arn string) (place, error) {
	if err := checkARN(parameter, arn); err != nil {
		return place{}, err
	}
	tenant, name, ok := gateway.ParseTopicARN(arn)
	switch {
	case !ok || tenant.Region != call.Tenant.Region:
		return place{}, invalid("%s", parameter)
	case tenant.Account != call.Tenant.Account:
		return place{}, denied(call, arn)
	}
	return place{tenant, name}, nil
}

// subscriptionAt reads the ARN of a subscription.
func subscriptionAt(call *wire.Call, arn string) (p place, id string, err error) {
	if arn == "" {
		return place{}, "", invalid("SubscriptionArn Reason: no value for required parameter")
	}
	if err := checkARN("SubscriptionArn", arn); err != nil {
		return place{}, "", err
	}
	tenant, topic, id, ok := gateway.ParseSubscriptionARN(arn)
	switch {
	case !ok:
		return place{}, "", invalid("SubscriptionId")
	case tenant.Region != call.Tenant.Region:
		return place{}, "", invalid("SubscriptionArn")
	case tenant.Account != call.Tenant.Account:
		return place{}, "", denied(call, arn)
	}
	return place{tenant, topic}, id, nil
}

func topic(r store.Reader, p place) (gateway.Topic, error) {
	t, err := state.Topics().Get(r, p.key())
	if errors.Is(err, store.ErrNotFound) {
		return t, noTopic()
	}
	return t, err
}

func subscription(r store.Reader, p place, id string) (gateway.Subscription, error) {
	sub, err := state.Subscriptions().Get(r, p.subscription(id))
	if errors.Is(err, store.ErrNotFound) {
		return sub, &gen.NotFoundException{Message: "Subscription does not exist"}
	}
	return sub, err
}

func subscriptions(r store.Reader, p place) ([]gateway.Subscription, error) {
	page, err := state.Subscriptions().List(r, store.Range{Tenant: p.tenant.String(), Parent: p.topic})
	all := make([]gateway.Subscription, len(page.Items))
	for i, item := range page.Items {
		all[i] = item.Value
	}
	return all, err
}

// changeTopic stores what change makes of a topic.
func (s *Service) changeTopic(ctx context.Context, p place, change func(*gateway.Topic) error) error {
	_, err := s.Store.Update(ctx, func(tx store.Tx) error {
		t, err := topic(tx, p)
		if err != nil {
			return err
		}
		if err := change(&t); err != nil {
			return err
		}
		return state.Topics().Put(tx, p.key(), t)
	})
	return modelled(err)
}

// changeSubscription stores what change makes of a subscription.
func (s *Service) changeSubscription(ctx context.Context, p place, id string, change func(*gateway.Subscription) error) error {
	_, err := s.Store.Update(ctx, func(tx store.Tx) error {
		sub, err := subscription(tx, p, id)
		if err != nil {
			return err
		}
		if err := change(&sub); err != nil {
			return err
		}
		return state.Subscriptions().Put(tx, p.subscription(id), sub)
	})
	return modelled(err)
}

// Subscribed tells whether a subscription is there. When it cannot be told it is taken for one.
func (s *Service) Subscribed(ctx context.Context, arn string) bool {
	tenant, name, id, ok := gateway.ParseSubscriptionARN(arn)
	if !ok {
		return false
	}
	err := s.Store.View(ctx, func(r store.Reader) error {
		_, err := state.Subscriptions().Get(r, place{tenant, name}.subscription(id))
		return err
	})
	return !errors.Is(err, store.ErrNotFound)
}
