package sns

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/jsontext"
)

// The types of messages.
const (
	TypeNotification = "Notification"
	TypeConfirmation = "SubscriptionConfirmation"
)

// Message is what subscribers get.
type Message struct {
	ID, Topic, Type string
	// Subject is empty for none.
	Subject, Body string
	// Bodies replaces the body for a protocol; nil for none.
	Bodies     map[string]string
	Attributes map[string]Attribute
	// Group is the message group of queues; empty for none.
	Group string
	// Token is a confirmation's.
	Token string
	At    time.Time
	// SHA256 signs with version 2.
	SHA256 bool

	signature string
}

// Attribute is a message attribute. A binary value is in base64.
type Attribute struct {
	Type, Value string
}

// body is the text for a protocol.
func (m *Message) body(protocol string) string {
	if text, ok := m.Bodies[protocol]; ok {
		return text
	}
	return m.Body
}

func (m *Message) time() string { return m.At.UTC().Format("2006-01-02T15:04:05.000Z") }

func (m *Message) version() string {
	if m.SHA256 {
		return "2"
	}
	return "1"
}

// subscribeURL confirms a subscription when it is visited, unsubscribeURL ends it.
func (c *Courier) subscribeURL(m *Message) string {
	return c.opts.URL() + "/?Action=ConfirmSubscription&TopicArn=" + m.Topic + "&Token=" + url.QueryEscape(m.Token)
}

func (c *Courier) unsubscribeURL(subscription string) string {
	return c.opts.URL() + "/?Action=Unsubscribe&SubscriptionArn=" + subscription
}

// render is the text that a recipient gets.
func (c *Courier) render(m *Message, to *Recipient) ([]byte, error) {
	body := m.body(to.Protocol)
	if to.Raw && m.Type == TypeNotification {
		return []byte(body), nil
	}
	signed := *m
	signed.Body = body
	signature, err := c.sign(m, &signed)
	if err != nil {
		return nil, err
	}
	if to.Protocol == ProtocolLambda {
		return c.event(&signed, to, signature), nil
	}
	return c.document(&signed, to, signature), nil
}

// sign signs a message with the body that it has. The signature of the usual body is kept.
func (c *Courier) sign(m, signed *Message) (string, error) {
	usual := signed.Body == m.Body
	if usual && m.signature != "" {
		return m.signature, nil
	}
	signature, err := c.signer.sign(toSign(signed, c.subscribeURL(signed)), m.SHA256)
	if usual {
		m.signature = signature
	}
	return signature, err
}

// toSign is what is signed (https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html).
func toSign(m *Message, subscribeURL string) string {
	var b strings.Builder
	field := func(name, value string) { b.WriteString(name + "\n" + value + "\n") }
	field("Message", m.Body)
	field("MessageId", m.ID)
	if m.Type == TypeNotification {
		if m.Subject != "" {
			field("Subject", m.Subject)
		}
		field("Timestamp", m.time())
	} else {
		field("SubscribeURL", subscribeURL)
		field("Timestamp", m.time())
		field("Token", m.Token)
	}
	field("TopicArn", m.Topic)
	field("Type", m.Type)
	return b.String()
}

// document is the JSON that HTTP endpoints and queues get, spaced as AWS does
// (https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html).
func (c *Courier) document(m *Message, to *Recipient, signature string) []byte {
	b := []byte("{\n")
	field := func(name, value string) {
		b = append(b, `  "`+name+`" : `...)
		b = append(jsontext.AppendString(b, value), ",\n"...)
	}
	field("Type", m.Type)
	field("MessageId", m.ID)
	if m.Type != TypeNotification {
		field("Token", m.Token)
	}
	field("TopicArn", m.Topic)
	if m.Subject != "" {
		field("Subject", m.Subject)
	}
	field("Message", m.Body)
	if m.Type != TypeNotification {
		field("SubscribeURL", c.subscribeURL(m))
	}
	field("Timestamp", m.time())
	field("SignatureVersion", m.version())
	field("Signature", signature)
	field("SigningCertURL", c.opts.URL()+c.signer.path())
	if m.Type == TypeNotification {
		field("UnsubscribeURL", c.unsubscribeURL(to.ARN))
	}
	b = b[:len(b)-len(",\n")]
	if len(m.Attributes) > 0 {
		b = append(b, ",\n  \"MessageAttributes\" : {\n"...)
		for i, name := range slices.Sorted(maps.Keys(m.Attributes)) {
			if i > 0 {
				b = append(b, ",\n"...)
			}
			b = append(b, "    "...)
			b = append(jsontext.AppendString(b, name), " : "...)
			b = appendAttribute(b, m.Attributes[name])
		}
		b = append(b, "\n  }"...)
	}
	return append(b, "\n}"...)
}

func appendAttribute(b []byte, a Attribute) []byte {
	b = jsontext.AppendString(append(b, `{"Type":`...), a.Type)
	b = jsontext.AppendString(append(b, `,"Value":`...), a.Value)
	return append(b, '}')
}

// event is what functions get (https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html).
func (c *Courier) event(m *Message, to *Recipient, signature string) []byte {
	b := []byte(`{"Records":[{"EventSource":"aws:sns","EventVersion":"1.0","EventSubscriptionArn":`)
	b = jsontext.AppendString(b, to.ARN)
	b = append(b, `,"Sns":{"Type":`...)
	b = jsontext.AppendString(b, m.Type)
	field := func(name, value string) {
		b = append(b, `,"`+name+`":`...)
		b = jsontext.AppendString(b, value)
	}
	field("MessageId", m.ID)
	field("TopicArn", m.Topic)
	if m.Subject != "" {
		field("Subject", m.Subject)
	} else {
		b = append(b, `,"Subject":null`...)
	}
	field("Message", m.Body)
	field("Timestamp", m.time())
	field("SignatureVersion", m.version())
	field("Signature", signature)
	field("SigningCertUrl", c.opts.URL()+c.signer.path())
	field("UnsubscribeUrl", c.unsubscribeURL(to.ARN))
	b = append(b, `,"MessageAttributes":{`...)
	for i, name := range slices.Sorted(maps.Keys(m.Attributes)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(jsontext.AppendString(b, name), ':')
		b = appendAttribute(b, m.Attributes[name])
	}
	return append(b, "}}}]}"...)
}
