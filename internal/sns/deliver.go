package sns

import (
	"context"
	"errors"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
)

// outcome is what becomes of an item: it is tried again, left to the next process, or else done.
type outcome struct {
	again bool
	after time.Duration
	left  bool
}

// final is a failure that another try would not change.
type final struct{ error }

// Unwrap returns the cause.
func (f final) Unwrap() error { return f.error }

// longest is how long a subscriber may take (https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html).
const longest = 15 * time.Second

// attempt delivers an item once.
func (c *Courier) attempt(ctx context.Context, i *item) outcome {
	d, text, err := c.queue.files.Get(i.name)
	if err != nil {
		c.queue.dropped.Add(1)
		c.opts.Log.Error("a message to be delivered cannot be read", "file", i.name, "error", err)
		return outcome{}
	}
	if i.failures > 0 && !d.Letter && c.opts.Subscribed != nil && !c.opts.Subscribed(ctx, d.ARN) {
		c.remove(i)
		return outcome{}
	}
	limited, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	err = c.deliver(limited, &d, text)
	switch {
	case err == nil:
		c.remove(i)
		return outcome{}
	case ctx.Err() != nil:
		return outcome{left: true}
	}
	i.failures++
	after, again := d.Retry.delay(i.failures)
	if _, ok := errors.AsType[final](err); ok || !again {
		if !c.giveUp(&d, text, err) {
			return outcome{again: true, after: longest}
		}
		c.remove(i)
		return outcome{}
	}
	c.opts.Log.Debug("a message was not delivered and will be tried again", "subscription", d.ARN, "message", d.MessageID, "after", after, "error", err)
	name, err := c.queue.files.Failed(i.name, i.failures)
	if err != nil {
		c.opts.Log.Error("the failure of a delivery could not be noted", "file", i.name, "error", err)
		name = i.name
	}
	i.name = name
	return outcome{again: true, after: after}
}

func (c *Courier) remove(i *item) {
	if err := c.queue.files.Remove(i.name); err != nil {
		c.opts.Log.Error("a message that was delivered could not be removed; it will be delivered again", "file", i.name, "error", err)
	}
}

// giveUp sends a message to the queue for dead letters if there is one. It fails if the letter cannot be kept.
func (c *Courier) giveUp(d *delivery, text []byte, cause error) bool {
	c.opts.Log.Warn("a message could not be delivered", "subscription", d.ARN, "endpoint", d.Endpoint, "message", d.MessageID, "error", cause)
	if d.DeadLetter == "" {
		c.queue.dropped.Add(1)
		return true
	}
	letter := *d
	letter.Recipient = Recipient{ARN: d.ARN, Protocol: ProtocolSQS, Endpoint: d.DeadLetter, Raw: d.Raw, Retry: ManagedRetry()}
	letter.Letter = true
	letter.Accepted = c.opts.Now()
	err := c.queue.accept(&letter, text)
	if err != nil {
		c.opts.Log.Error("a dead letter could not be kept", "subscription", d.ARN, "message", d.MessageID, "error", err)
	}
	return err == nil
}

func (c *Courier) deliver(ctx context.Context, d *delivery, text []byte) error {
	switch d.Protocol {
	case ProtocolHTTP, ProtocolHTTPS:
		return c.post(ctx, d, text)
	case ProtocolSQS:
		return c.enqueue(ctx, d, text)
	case ProtocolLambda:
		return c.invoke(ctx, d, text)
	}
	return final{errors.New("nothing is delivered by the protocol " + d.Protocol)}
}

// invoke hands a message over to a function's asynchronous calls, as AWS does.
func (c *Courier) invoke(ctx context.Context, d *delivery, text []byte) error {
	ref, ok := gateway.ParseFunctionARN(d.Endpoint)
	tenant, _, known := gateway.ParseTopicARN(d.Topic)
	if !ok || !known || c.opts.Functions == nil {
		return final{errors.New("the endpoint is no function")}
	}
	target := c.opts.Functions.Target(ref, lambda.Caller{Service: "sns.amazonaws.com", SourceARN: d.Topic, SourceAccount: tenant.Account})
	err := target.Async(ctx, &lambda.Invocation{Payload: text})
	e, ok := errors.AsType[*lambda.Error](err)
	if ok && (e.Kind == lambda.NotFound || e.Kind == lambda.Forbidden || e.Kind == lambda.TooLarge) {
		return final{err}
	}
	return err
}
