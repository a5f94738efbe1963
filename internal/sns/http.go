package sns

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// DefaultContentType is that of messages to HTTP endpoints that ask for no other.
const DefaultContentType = "text/plain; charset=UTF-8"

// maxAnswer is how much of an answer is read to keep the connection.
const maxAnswer = 64 << 10

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: longest, KeepAlive: time.Minute}).DialContext,
		TLSHandshakeTimeout: longest, MaxIdleConnsPerHost: perSubscriber, MaxIdleConns: 100, IdleConnTimeout: time.Minute,
		MaxResponseHeaderBytes: maxAnswer, DisableCompression: true,
	}
}

// stay follows no redirects.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// post delivers a message to an HTTP endpoint. Its failures are tried again, its refusals are not.
func (c *Courier) post(ctx context.Context, d *delivery, text []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Endpoint, bytes.NewReader(text))
	if err != nil {
		return final{err}
	}
	contentType := d.ContentType
	if contentType == "" || d.Type != TypeNotification {
		contentType = DefaultContentType
	}
	r.Header = http.Header{
		"Content-Type": {contentType}, "User-Agent": {"Amazon Simple Notification Service Agent"}, "Accept-Encoding": {"gzip,deflate"},
		"x-amz-sns-message-type": {d.Type}, "x-amz-sns-message-id": {d.MessageID}, "x-amz-sns-topic-arn": {d.Topic},
	}
	if d.Type == TypeNotification {
		r.Header["x-amz-sns-subscription-arn"] = []string{d.ARN}
		if d.Raw {
			r.Header["x-amz-sns-rawdelivery"] = []string{"true"}
		}
	}
	return c.call(r)
}

// call makes a request and judges the status.
func (c *Courier) call(r *http.Request) error {
	answer, err := c.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.CopyN(io.Discard, answer.Body, maxAnswer) // the status is all that counts
	switch status := answer.StatusCode; {
	case status >= http.StatusOK && status < http.StatusMultipleChoices:
		return nil
	case status >= http.StatusInternalServerError, status == http.StatusTooManyRequests:
		return fmt.Errorf("the endpoint answered %s", answer.Status)
	default:
		return final{fmt.Errorf("the endpoint answered %s", answer.Status)}
	}
}
