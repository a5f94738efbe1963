// Package sns delivers the messages of SNS topics: it words them as AWS does, signs them, keeps them in files until they have
// arrived, and tries again as AWS does. Who gets which message is decided in internal/control/sns.
//
// A message goes wherever its subscription says, from this machine: who may subscribe can have it call any address that it reaches.
//
// It may import gateway, jsontext, lambda, sigv4 and spool.
package sns

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
	"github.com/dipylon/dipylon/internal/spool"
)

// The protocols that are delivered to.
const (
	ProtocolHTTP   = "http"
	ProtocolHTTPS  = "https"
	ProtocolSQS    = "sqs"
	ProtocolLambda = "lambda"
)

// Options is what a [Courier] stands on.
type Options struct {
	// Spool is the directory of what has not arrived, KeyFile the file of the key that signs; both are made when they are missing.
	Spool, KeyFile string
	// URL is the control plane's, without a slash at the end: links in messages lead there.
	URL func() string
	// Functions calls functions; nil has none.
	Functions Functions
	// Queues is how SQS is reached.
	Queues Queues
	// Subscribed tells whether a subscription is still there, before a delivery is tried again; nil stands for yes.
	Subscribed func(ctx context.Context, arn string) bool
	// Transport makes HTTP calls; nil stands for one of its own.
	Transport http.RoundTripper
	// MaxDeliveries and MaxBytes bound the spool, MaxPerSubscription what waits for one subscriber; 0 stands for 100,000, 1 GiB and 10,000.
	MaxDeliveries, MaxPerSubscription int
	MaxBytes                          int64
	Now                               func() time.Time
	Log                               *slog.Logger
}

// Functions finds functions.
type Functions interface {
	Target(ref gateway.FunctionRef, caller lambda.Caller) *lambda.Target
}

// Queues is how SQS is reached: at its endpoint, or at AWS's if that is empty.
type Queues struct {
	Endpoint             string
	KeyID, Secret, Token string
}

// Recipient is a subscription as one message is delivered to it.
type Recipient struct {
	// ARN is the subscription's.
	ARN, Protocol, Endpoint string
	// Raw sends the message alone.
	Raw         bool
	ContentType string
	Retry       Retry
	// DeadLetter is the ARN of the queue that gets what cannot be delivered; empty for none.
	DeadLetter string
}

// ErrFull says that too much waits to be delivered.
var ErrFull = errors.New("too many messages wait to be delivered")

// delivery is the head of a file: one message on its way to one subscriber. The payload is the text that it gets.
type delivery struct {
	Recipient
	Topic, MessageID, Type string
	// Group goes along to queues; Letter is one for the dead.
	Group  string `json:",omitempty"`
	Letter bool   `json:",omitempty"`
	// Attributes go along with raw messages to queues.
	Attributes map[string]Attribute `json:",omitempty"`
	Accepted   time.Time
}

// Valid implements [spool.Head].
func (d delivery) Valid() bool { return d.Protocol != "" && d.Endpoint != "" }

// Courier delivers. It is safe for use by many goroutines.
type Courier struct {
	opts   Options
	signer signer
	client *http.Client
	queue  *queue
}

// New opens the spool. Nothing is delivered before Start.
func New(o Options) (*Courier, error) {
	o.MaxDeliveries, o.MaxPerSubscription = cmp.Or(o.MaxDeliveries, 100_000), cmp.Or(o.MaxPerSubscription, 10_000)
	o.MaxBytes = cmp.Or(o.MaxBytes, 1<<30)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Transport == nil {
		o.Transport = newTransport()
	}
	c := &Courier{opts: o, signer: signer{file: o.KeyFile}, client: &http.Client{Transport: o.Transport, CheckRedirect: stay}}
	files, err := spool.Open[delivery](o.Spool)
	if err != nil {
		return nil, err
	}
	c.queue, err = newQueue(c, files)
	return c, err
}

// Start begins to deliver, first what an earlier process left.
func (c *Courier) Start() { c.queue.start() }

// Close leaves alone what has not begun, and waits for the rest until ctx ends.
func (c *Courier) Close(ctx context.Context) {
	c.queue.close(ctx)
	c.client.CloseIdleConnections()
}

// Reset drops what has not begun.
func (c *Courier) Reset() error { return c.queue.reset() }

// Waiting is how many deliveries have not ended.
func (c *Courier) Waiting() int64 { return c.queue.waiting() }

// Dropped is how many were given up since the start.
func (c *Courier) Dropped() uint64 { return c.queue.dropped.Load() }

// Room fails with [ErrFull] if nothing can be accepted.
func (c *Courier) Room() error { return c.queue.room() }

// Send makes a message durable for each of its recipients. A recipient for whom too much waits does not get it.
func (c *Courier) Send(m *Message, to []Recipient) error {
	for i := range to {
		text, err := c.render(m, &to[i])
		if err != nil {
			return err
		}
		d := delivery{Recipient: to[i], Topic: m.Topic, MessageID: m.ID, Type: m.Type, Accepted: c.opts.Now()}
		d.Group = m.Group
		if d.Raw && d.Protocol == ProtocolSQS {
			d.Attributes = m.Attributes
		}
		if err := c.queue.accept(&d, text); err != nil {
			return err
		}
	}
	return nil
}
