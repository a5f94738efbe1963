package sns

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/sns"
)

// actions are what AddPermission gives (https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html).
var actions = [...]string{
	"Publish", "Subscribe", "GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "ListSubscriptionsByTopic",
	"Receive",
}

// policyDocument is a topic's policy with its statements as they are.
type policyDocument struct {
	Version   string            `json:",omitempty"`
	ID        string            `json:"Id,omitempty"`
	Statement []json.RawMessage `json:"Statement"`
}

// statement is one of AddPermission's.
type statement struct {
	Sid, Effect string
	Principal   map[string]any
	Action      any
	Resource    string
}

func sid(raw json.RawMessage) string {
	var s struct{ Sid string }
	_ = json.Unmarshal(raw, &s) // what has no Sid has none that is looked for
	return s.Sid
}

// changePolicy stores what change makes of a topic's policy.
func (s *Service) changePolicy(ctx context.Context, p place, change func(*policyDocument) error) error {
	return s.changeTopic(ctx, p, func(t *gateway.Topic) error {
		current := t.Attributes[attrPolicy]
		if current == "" {
			current = defaultPolicy(p)
		}
		var doc policyDocument
		if err := json.Unmarshal([]byte(current), &doc); err != nil { // a single statement outside of a list
			return notBuilt("changes of a policy whose statements are no list")
		}
		if err := change(&doc); err != nil {
			return err
		}
		return setTopicAttribute(t, p, attribute{name: attrPolicy, value: document(doc)})
	})
}

// AddPermission adds a statement to a topic's policy.
func (s *Service) AddPermission(ctx context.Context, call *wire.Call, in *gen.AddPermissionInput) (*gen.AddPermissionOutput, error) {
	p, err := topicAt(call, "TopicArn", *in.TopicArn)
	if err != nil {
		return nil, err
	}
	allowed := make([]string, len(in.ActionName))
	for i, name := range in.ActionName {
		if !slices.Contains(actions[:], name) {
			return nil, invalid("Policy statement action out of service scope!")
		}
		allowed[i] = "SNS:" + name
	}
	roots := make([]string, len(in.AWSAccountId))
	for i, account := range in.AWSAccountId {
		roots[i] = "arn:aws:iam::" + account + ":root"
	}
	return nil, s.changePolicy(ctx, p, func(doc *policyDocument) error {
		if slices.ContainsFunc(doc.Statement, func(raw json.RawMessage) bool { return sid(raw) == *in.Label }) {
			return invalid("Statement already exists")
		}
		raw := document(statement{
			Sid: *in.Label, Effect: "Allow", Principal: map[string]any{"AWS": oneOr(roots)}, Action: oneOr(allowed), Resource: p.arn(),
		})
		doc.Statement = append(doc.Statement, json.RawMessage(raw))
		return nil
	})
}

// oneOr is a list, or its only element.
func oneOr(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}

// RemovePermission removes a statement; one that is not there is no error.
func (s *Service) RemovePermission(ctx context.Context, call *wire.Call, in *gen.RemovePermissionInput) (*gen.RemovePermissionOutput, error) {
	p, err := topicAt(call, "TopicArn", *in.TopicArn)
	if err != nil {
		return nil, err
	}
	return nil, s.changePolicy(ctx, p, func(doc *policyDocument) error {
		doc.Statement = slices.DeleteFunc(doc.Statement, func(raw json.RawMessage) bool { return sid(raw) == *in.Label })
		return nil
	})
}
