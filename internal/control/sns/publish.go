package sns

import (
	"context"
	"encoding/json"
	"sync"
	"unicode"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/sns"
	"github.com/dipylon/dipylon/internal/sns/filter"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/sns"
)

// Limits of https://docs.aws.amazon.com/sns/latest/api/API_Publish.html.
const (
	maxMessage = 256 << 10
	maxSubject = 100
)

// Publish sends a message to a topic's subscribers.
func (s *Service) Publish(ctx context.Context, call *wire.Call, in *gen.PublishInput) (*gen.PublishOutput, error) {
	parameter, arn := "TopicArn", in.TopicArn
	switch {
	case in.PhoneNumber != nil:
		return nil, notBuilt("messages to phone numbers")
	case arn == nil && in.TargetArn == nil:
		return nil, invalid("TopicArn or TargetArn Reason: no value for required parameter")
	case arn == nil:
		parameter, arn = "TargetArn", in.TargetArn
	}
	p, err := topicAt(call, parameter, *arn)
	if err != nil {
		return nil, err
	}
	m, err := s.message(&gen.PublishBatchRequestEntry{
		Message: in.Message, Subject: in.Subject, MessageStructure: in.MessageStructure, MessageAttributes: in.MessageAttributes,
		MessageDeduplicationId: in.MessageDeduplicationId, MessageGroupId: in.MessageGroupId,
	})
	if err != nil {
		return nil, err
	}
	if size(m) > maxMessage {
		return nil, invalid("Message too long")
	}
	if err := s.send(ctx, p, []*sns.Message{m}, nil); err != nil {
		return nil, err
	}
	return &gen.PublishOutput{MessageId: &m.ID}, nil
}

// Notify sends a message for an AWS service, if the topic's policy lets it. Source is the ARN of what it is about.
func (s *Service) Notify(ctx context.Context, n Notice) error {
	tenant, name, ok := gateway.ParseTopicARN(n.Topic)
	if !ok {
		return invalid("TopicArn")
	}
	p := place{tenant, name}
	m := &sns.Message{ID: gateway.NewUUID(), Subject: n.Subject, Body: n.Body, Type: sns.TypeNotification, At: s.now()}
	return s.send(ctx, p, []*sns.Message{m}, func(t *gateway.Topic) error {
		allowed, err := allows(t, p, n.Service, n.Source)
		if err == nil && !allowed {
			err = &gen.AuthorizationErrorException{Message: n.Service + " is not authorized to perform: SNS:Publish on resource: " + n.Topic}
		}
		return err
	})
}

// Notice is what an AWS service publishes.
type Notice struct{ Topic, Subject, Body, Service, Source string }

// send delivers messages to those of a topic's subscribers that want them. Check is asked about the topic; nil allows.
func (s *Service) send(ctx context.Context, p place, messages []*sns.Message, check func(*gateway.Topic) error) error {
	var t gateway.Topic
	var subs []gateway.Subscription
	err := s.Store.View(ctx, func(r store.Reader) error {
		var err error
		if t, err = topic(r, p); err == nil {
			subs, err = subscriptions(r, p)
		}
		return err
	})
	if err == nil && check != nil {
		err = check(&t)
	}
	if err == nil {
		err = s.Courier.Room()
	}
	if err != nil {
		return modelled(err)
	}
	for _, m := range messages {
		m.Topic, m.SHA256 = p.arn(), t.Attributes[attrSignatureVersion] == "2"
		var to []sns.Recipient
		for i := range subs {
			if !subs[i].Pending && s.filters.wants(&subs[i], m) {
				to = append(to, recipient(&subs[i], &t, p))
			}
		}
		if err := s.Courier.Send(m, to); err != nil {
			return modelled(err)
		}
	}
	return nil
}

// message checks what a client publishes.
func (s *Service) message(in *gen.PublishBatchRequestEntry) (*sns.Message, error) {
	m := &sns.Message{
		ID: gateway.NewUUID(), Type: sns.TypeNotification, Subject: text(in.Subject), Body: *in.Message, Group: text(in.MessageGroupId), At: s.now(),
	}
	switch {
	case m.Body == "":
		return nil, invalid("Empty message")
	case in.Subject != nil && !validSubject(m.Subject):
		return nil, invalid("Subject")
	case in.MessageDeduplicationId != nil:
		return nil, invalid("MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type")
	}
	if in.MessageStructure != nil {
		if *in.MessageStructure != "json" {
			return nil, invalid("MessageStructure")
		}
		if err := structure(m); err != nil {
			return nil, err
		}
	}
	var err error
	m.Attributes, err = messageAttributes(in.MessageAttributes)
	return m, err
}

// structure reads a message that has a text for each protocol.
func structure(m *sns.Message) error {
	var texts map[string]any
	if json.Unmarshal([]byte(m.Body), &texts) != nil {
		return invalid("Message Structure - JSON message body failed to parse")
	}
	usual, ok := texts["default"].(string)
	if !ok {
		return invalid("Message Structure - No default entry in JSON message body")
	}
	m.Body, m.Bodies = usual, map[string]string{}
	for protocol, value := range texts {
		if body, ok := value.(string); ok && protocol != "default" {
			m.Bodies[protocol] = body
		}
	}
	return nil
}

// validSubject knows the characters of https://docs.aws.amazon.com/sns/latest/api/API_Publish.html.
func validSubject(s string) bool {
	n := 0
	for _, r := range s {
		n++
		if unicode.IsControl(r) || n == 1 && unicode.IsSpace(r) {
			return false
		}
	}
	return n > 0 && n <= maxSubject
}

// size is what counts to the limit.
func size(m *sns.Message) int {
	n := len(m.Body)
	for _, body := range m.Bodies {
		n += len(body)
	}
	for name, a := range m.Attributes {
		n += len(name) + len(a.Type) + len(a.Value)
	}
	return n
}

// filters keeps compiled filter policies.
type filters struct {
	mu       sync.Mutex
	compiled map[filterKey]*filter.Policy
}

type filterKey struct {
	document string
	onBody   bool
}

// maxFilters is how many policies are kept.
const maxFilters = 1000

// wants tells whether a subscriber wants a message.
func (f *filters) wants(sub *gateway.Subscription, m *sns.Message) bool {
	k := filterKey{sub.Attributes[attrFilterPolicy], sub.Attributes[attrFilterScope] == scopeBody}
	if k.document == "" {
		return true
	}
	policy := f.get(k)
	switch {
	case policy == nil:
		return false
	case k.onBody:
		body, ok := m.Bodies[sub.Protocol]
		if !ok {
			body = m.Body
		}
		return policy.MatchBody(body)
	}
	attributes := make(map[string]filter.Attribute, len(m.Attributes))
	for name, a := range m.Attributes {
		attributes[name] = filter.Attribute(a)
	}
	return policy.MatchAttributes(attributes)
}

func (f *filters) get(k filterKey) *filter.Policy {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p, ok := f.compiled[k]; ok {
		return p
	}
	if f.compiled == nil || len(f.compiled) >= maxFilters {
		f.compiled = map[filterKey]*filter.Policy{}
	}
	p, err := filter.Compile(k.document, k.onBody)
	if err != nil {
		return nil // it was checked when it was set
	}
	f.compiled[k] = p
	return p
}
