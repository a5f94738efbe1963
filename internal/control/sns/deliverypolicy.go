package sns

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/sns"
)

// retryPolicy is how HTTP deliveries are repeated, in the order in which AWS writes it (recorded: test_topic_delivery_policy_crud).
type retryPolicy struct {
	MinDelayTarget     *int    `json:"minDelayTarget,omitempty"`
	MaxDelayTarget     *int    `json:"maxDelayTarget,omitempty"`
	NumRetries         *int    `json:"numRetries,omitempty"`
	NumMaxDelayRetries *int    `json:"numMaxDelayRetries,omitempty"`
	NumNoDelayRetries  *int    `json:"numNoDelayRetries,omitempty"`
	NumMinDelayRetries *int    `json:"numMinDelayRetries,omitempty"`
	BackoffFunction    *string `json:"backoffFunction,omitempty"`
}

type throttlePolicy struct {
	MaxReceivesPerSecond *int `json:"maxReceivesPerSecond,omitempty"`
}

type requestPolicy struct {
	HeaderContentType *string `json:"headerContentType,omitempty"`
}

// topicDelivery is a topic's attribute DeliveryPolicy.
type topicDelivery struct {
	Retry            *retryPolicy    `json:"defaultHealthyRetryPolicy,omitempty"`
	Sickly           *retryPolicy    `json:"defaultSicklyRetryPolicy,omitempty"`
	Throttle         *throttlePolicy `json:"defaultThrottlePolicy,omitempty"`
	DisableOverrides bool            `json:"disableSubscriptionOverrides"`
	Request          *requestPolicy  `json:"defaultRequestPolicy,omitempty"`
}

// subscriptionDelivery is a subscription's.
type subscriptionDelivery struct {
	Retry      *retryPolicy    `json:"healthyRetryPolicy"`
	Sickly     *retryPolicy    `json:"sicklyRetryPolicy"`
	Throttle   *throttlePolicy `json:"throttlePolicy"`
	Request    *requestPolicy  `json:"requestPolicy"`
	Guaranteed bool            `json:"guaranteed"`
}

func readTopicDelivery(text string) (topicDelivery, error) {
	var wrapped struct{ HTTP topicDelivery }
	if text == "" {
		return wrapped.HTTP, nil
	}
	err := json.Unmarshal([]byte(text), &wrapped)
	if err != nil {
		err = errors.New("failed to parse JSON")
	}
	return wrapped.HTTP, errors.Join(err, wrapped.HTTP.Retry.check(), wrapped.HTTP.Request.check())
}

func readSubscriptionDelivery(text string) (subscriptionDelivery, error) {
	var d subscriptionDelivery
	if text == "" {
		return d, nil
	}
	err := json.Unmarshal([]byte(text), &d)
	if err != nil {
		err = errors.New("failed to parse JSON")
	}
	return d, errors.Join(err, d.Retry.check(), d.Request.check())
}

// Limits of https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html.
const (
	maxDelay   = 3600
	maxRetries = 100
)

func (r *retryPolicy) check() error {
	if r == nil {
		return nil
	}
	retries := r.full()
	for _, n := range []*int{r.NumRetries, r.NumMaxDelayRetries, r.NumNoDelayRetries, r.NumMinDelayRetries} {
		if n != nil && (*n < 0 || *n > maxRetries) {
			return errors.New("numbers of retries must be from 0 to 100")
		}
	}
	switch {
	case retries.AtOnce+retries.AtLeast+retries.AtGreatest > retries.Retries && r.NumRetries != nil:
		return errors.New("numRetries must be at least the sum of the other numbers of retries")
	case retries.Least < time.Second || retries.Greatest > maxDelay*time.Second || retries.Least > retries.Greatest:
		return errors.New("minDelayTarget must be from 1 to maxDelayTarget, and that 3600 at most")
	}
	switch retries.Growth {
	case "linear", "arithmetic", "geometric", "exponential":
		return nil
	}
	return errors.New("backoffFunction must be arithmetic, exponential, geometric or linear")
}

// contentTypes are those that AWS sends (the same page).
var contentTypes = [...]string{"text/", "application/json", "application/xml", "application/x-www-form-urlencoded", "application/soap+xml", "application/octet-stream", "message/"}

func (r *requestPolicy) check() error {
	if r == nil || r.HeaderContentType == nil {
		return nil
	}
	for _, prefix := range contentTypes {
		if strings.HasPrefix(*r.HeaderContentType, prefix) && !strings.ContainsAny(*r.HeaderContentType, "\r\n") {
			return nil
		}
	}
	return errors.New("headerContentType is not supported")
}

// full is the policy with what it leaves open as it is by default.
func (r *retryPolicy) full() sns.Retry {
	out := sns.HTTPRetry()
	if r == nil {
		return out
	}
	seconds := func(into *time.Duration, n *int) {
		if n != nil {
			*into = time.Duration(*n) * time.Second
		}
	}
	number := func(into, n *int) {
		if n != nil {
			*into = *n
		}
	}
	seconds(&out.Least, r.MinDelayTarget)
	seconds(&out.Greatest, r.MaxDelayTarget)
	number(&out.Retries, r.NumRetries)
	number(&out.AtGreatest, r.NumMaxDelayRetries)
	number(&out.AtOnce, r.NumNoDelayRetries)
	number(&out.AtLeast, r.NumMinDelayRetries)
	if r.BackoffFunction != nil {
		out.Growth = *r.BackoffFunction
	}
	return out
}

func shownRetry(r sns.Retry) *retryPolicy {
	return &retryPolicy{
		MinDelayTarget: new(int(r.Least / time.Second)), MaxDelayTarget: new(int(r.Greatest / time.Second)), NumRetries: &r.Retries,
		NumMaxDelayRetries: &r.AtGreatest, NumNoDelayRetries: &r.AtOnce, NumMinDelayRetries: &r.AtLeast, BackoffFunction: &r.Growth,
	}
}

func (d topicDelivery) contentType() string {
	if d.Request != nil && d.Request.HeaderContentType != nil {
		return *d.Request.HeaderContentType
	}
	return sns.DefaultContentType
}

// shown is the attribute as AWS answers it.
func (d topicDelivery) shown() string {
	return document(map[string]topicDelivery{"http": d})
}

// effective is what holds.
func (d topicDelivery) effective() string {
	d.Retry, d.Request = shownRetry(d.Retry.full()), &requestPolicy{new(d.contentType())}
	return d.shown()
}

// under is what holds of a subscription's policy under that of its topic.
func (d subscriptionDelivery) under(t topicDelivery) subscriptionDelivery {
	own := d
	if t.DisableOverrides {
		d = subscriptionDelivery{}
	}
	if d.Retry == nil {
		d.Retry = t.Retry
	}
	d.Retry = shownRetry(d.Retry.full())
	if d.Throttle == nil {
		d.Throttle = t.Throttle
	}
	if d.Request == nil || d.Request.HeaderContentType == nil {
		d.Request = &requestPolicy{new(t.contentType())}
	}
	d.Sickly = own.Sickly
	return d
}

func document(v any) string {
	text, _ := json.Marshal(v) // of these types, which cannot fail
	return string(text)
}
