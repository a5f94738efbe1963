package sns

import (
	"context"
	"errors"
	"maps"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/sns"
)

// CreateTopic makes a topic, or finds the one that is already as it is asked for.
func (s *Service) CreateTopic(ctx context.Context, call *wire.Call, in *gen.CreateTopicInput) (*gen.CreateTopicOutput, error) {
	wanted := gateway.Topic{Name: *in.Name, Attributes: map[string]string{}, CreatedAt: s.now()}
	if err := checkName(wanted.Name, in.Attributes); err != nil {
		return nil, err
	}
	if text(in.DataProtectionPolicy) != "" {
		return nil, notBuilt("data protection policies")
	}
	p := place{call.Tenant, wanted.Name}
	for name, value := range in.Attributes {
		if err := setTopicAttribute(&wanted, p, attribute{name, value, "Attributes Reason: "}); err != nil {
			return nil, err
		}
	}
	var err error
	if wanted.Tags, err = tagMap(in.Tags); err != nil {
		return nil, err
	}
	_, err = s.Store.Update(ctx, func(tx store.Tx) error {
		there, err := state.Topics().Get(tx, p.key())
		if errors.Is(err, store.ErrNotFound) {
			return state.Topics().Put(tx, p.key(), wanted)
		}
		if err != nil {
			return err
		}
		return same(&there, &wanted, in.Tags != nil)
	})
	if err != nil {
		return nil, modelled(err)
	}
	return &gen.CreateTopicOutput{TopicArn: new(p.arn())}, nil
}

// same tells whether a topic is as it is asked for; what is not said may be anything.
func same(there, wanted *gateway.Topic, tagged bool) error {
	for name, value := range wanted.Attributes {
		if there.Attributes[name] != value {
			return invalid("Attributes Reason: Topic already exists with different attributes")
		}
	}
	if tagged && !maps.Equal(there.Tags, wanted.Tags) {
		return invalid("Tags Reason: Topic already exists with different tags")
	}
	return nil
}

// checkName knows that the name and the attribute of a FIFO topic go together.
func checkName(name string, attributes map[string]string) error {
	fifo := attributes["FifoTopic"] == "true"
	if !gateway.ValidTopicName(name) || fifo != strings.HasSuffix(name, ".fifo") {
		return invalid("Topic Name")
	}
	if fifo {
		return notBuilt("FIFO topics")
	}
	return nil
}

// DeleteTopic deletes a topic with its subscriptions; one that is not there is no error.
func (s *Service) DeleteTopic(ctx context.Context, call *wire.Call, in *gen.DeleteTopicInput) (*gen.DeleteTopicOutput, error) {
	p, err := topicAt(call, "TopicArn", *in.TopicArn)
	if err != nil {
		return nil, err
	}
	_, err = s.Store.Update(ctx, func(tx store.Tx) error {
		if _, err := state.Subscriptions().DeleteChildren(tx, p.tenant.String(), p.topic); err != nil {
			return err
		}
		if err := state.Topics().Delete(tx, p.key()); !errors.Is(err, store.ErrNotFound) {
			return err
		}
		return nil
	})
	return nil, modelled(err)
}

// ListTopics lists topics in the order of their names.
func (s *Service) ListTopics(ctx context.Context, call *wire.Call, in *gen.ListTopicsInput) (*gen.ListTopicsOutput, error) {
	out := &gen.ListTopicsOutput{Topics: []gen.Topic{}}
	err := s.Store.View(ctx, func(r store.Reader) error {
		page, err := state.Topics().List(r, store.Range{Tenant: call.Tenant.String()})
		for _, item := range page.Items {
			out.Topics = append(out.Topics, gen.Topic{TopicArn: new(gateway.TopicARN(call.Tenant, item.Value.Name))})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out.Topics, out.NextToken, err = cut(out.Topics, in.NextToken, func(t gen.Topic) string { return *t.TopicArn })
	return out, err
}
