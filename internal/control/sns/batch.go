package sns

import (
	"context"

	"github.com/dipylon/dipylon/internal/sns"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/sns"
)

// Limits of https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html.
const (
	maxBatch   = 10
	maxEntryID = 80
)

// PublishBatch sends up to ten messages. One that is refused refuses all, as AWS does.
func (s *Service) PublishBatch(ctx context.Context, call *wire.Call, in *gen.PublishBatchInput) (*gen.PublishBatchOutput, error) {
	p, err := topicAt(call, "TopicArn", *in.TopicArn)
	if err != nil {
		return nil, err
	}
	if err := checkEntries(in.PublishBatchRequestEntries); err != nil {
		return nil, err
	}
	out := &gen.PublishBatchOutput{Successful: []gen.PublishBatchResultEntry{}, Failed: []gen.BatchResultErrorEntry{}}
	var messages []*sns.Message
	total := 0
	for i := range in.PublishBatchRequestEntries {
		entry := &in.PublishBatchRequestEntries[i]
		m, err := s.message(entry)
		if err != nil {
			return nil, err
		}
		total += size(m)
		messages = append(messages, m)
		out.Successful = append(out.Successful, gen.PublishBatchResultEntry{Id: entry.Id, MessageId: &m.ID})
	}
	if total > maxMessage {
		return nil, &gen.BatchRequestTooLongException{Message: "The length of all the messages put together is more than the limit."}
	}
	if err := s.send(ctx, p, messages, nil); err != nil {
		return nil, err
	}
	return out, nil
}

func checkEntries(entries []gen.PublishBatchRequestEntry) error {
	switch {
	case len(entries) == 0:
		return &gen.EmptyBatchRequestException{Message: "The batch request doesn't contain any entries."}
	case len(entries) > maxBatch:
		return &gen.TooManyEntriesInBatchRequestException{Message: "The batch request contains more entries than permissible."}
	}
	seen := map[string]bool{}
	for i := range entries {
		id := *entries[i].Id
		switch {
		case len(id) > maxEntryID:
			return &gen.InvalidBatchEntryIdException{Message: "The Id of a batch entry in the batch request is too long: " + id}
		case !isEntryID(id):
			return &gen.InvalidBatchEntryIdException{Message: "The Id of a batch entry in the batch request contains an impermissible character: " + id}
		case seen[id]:
			return &gen.BatchEntryIdsNotDistinctException{Message: "Two or more batch entries in the request have the same Id."}
		}
		seen[id] = true
	}
	return nil
}

func isEntryID(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return s != ""
}
