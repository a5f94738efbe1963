package sns

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const (
	topicARN        = "arn:aws:sns:eu-west-1:123456789012:pets"
	subscriptionARN = topicARN + ":0d1a8f6c-0000-4000-8000-000000000001"
)

// endpoints answers requests as their URLs' paths say: a status, "hang" or "refuse". Scripts are statuses, one for each try.
type endpoints struct {
	mu    sync.Mutex
	start time.Time
	tries map[string]int
	got   []got
}

type got struct {
	url    string
	at     time.Duration
	header http.Header
	body   string
}

// RoundTrip implements http.RoundTripper.
func (e *endpoints) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	script := strings.Split(strings.Trim(r.URL.Path, "/"), ",")
	word := script[min(e.tries[r.URL.Path], len(script)-1)]
	e.tries[r.URL.Path]++
	e.got = append(e.got, got{r.URL.String(), time.Since(e.start), r.Header, string(body)})
	e.mu.Unlock()
	switch word {
	case "hang":
		<-r.Context().Done()
		return nil, r.Context().Err()
	case "refuse":
		return nil, errors.New("connection refused")
	}
	status := http.StatusOK
	if r.URL.Host == "host" {
		_, _ = fmt.Sscan(word, &status)
	}
	return &http.Response{StatusCode: status, Status: word, Body: http.NoBody, Request: r}, nil
}

func (e *endpoints) all() []got {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.got)
}

// times are when a URL was called.
func (e *endpoints) times(url string) []time.Duration {
	var out []time.Duration
	for _, g := range e.all() {
		if g.url == url {
			out = append(out, g.at)
		}
	}
	return out
}

func newCourier(t *testing.T, dir string, change func(*Options)) (*Courier, *endpoints) {
	t.Helper()
	e := &endpoints{start: time.Now(), tries: map[string]int{}}
	o := Options{
		Spool: filepath.Join(dir, "deliveries"), KeyFile: filepath.Join(dir, "signing.pem"), URL: func() string { return "http://control" }, Transport: e,
	}
	if change != nil {
		change(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c, e
}

func message(body string) *Message {
	return &Message{ID: "m-1", Topic: topicARN, Type: TypeNotification, Body: body, At: time.UnixMilli(1_700_000_000_123)}
}

func httpTo(path string) Recipient {
	return Recipient{ARN: subscriptionARN + path, Protocol: ProtocolHTTP, Endpoint: "http://host" + path, Retry: HTTPRetry()}
}

func send(t *testing.T, c *Courier, m *Message, to ...Recipient) {
	t.Helper()
	if err := c.Send(m, to); err != nil {
		t.Fatal(err)
	}
}

// TestRetries has the schedules of https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html: three retries 20 seconds
// apart for HTTP, and none where the endpoint refuses; each subscriber by itself, also when another hangs for the 15 seconds that it may.
func TestRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, e := newCourier(t, t.TempDir(), nil)
		c.Start()
		quick := httpTo("/500,500,500,200")
		quick.Retry = Retry{Least: time.Second, Greatest: 5 * time.Second, Retries: 6, AtOnce: 1, AtLeast: 1, AtGreatest: 1, Growth: "linear"}
		raw := func(r Recipient) Recipient { r.Raw = true; return r }
		send(t, c, message("x"), raw(httpTo("/hang")), raw(httpTo("/refuse,200")), raw(httpTo("/500")), raw(httpTo("/404,200")), raw(httpTo("/429,200")),
			raw(httpTo("/302,200")), raw(quick))
		time.Sleep(10 * time.Minute)
		for url, want := range map[string][]int{
			"http://host/hang": {0, 35, 70, 105}, "http://host/refuse,200": {0, 20}, "http://host/500": {0, 20, 40, 60}, "http://host/404,200": {0},
			"http://host/429,200": {0, 20}, "http://host/302,200": {0}, "http://host/500,500,500,200": {0, 0, 1, 2},
		} {
			var seconds []int
			for _, at := range e.times(url) {
				seconds = append(seconds, int(at/time.Second))
			}
			if !slices.Equal(seconds, want) {
				t.Errorf("%s was tried at %v, want %v", url, seconds, want)
			}
		}
		if c.Waiting() != 0 || c.Dropped() != 4 {
			t.Errorf("%d wait, %d were dropped", c.Waiting(), c.Dropped())
		}
	})
}

func TestDelays(t *testing.T) {
	total, n := time.Duration(0), 0
	for r := ManagedRetry(); ; n++ {
		after, again := r.delay(n + 1)
		if !again {
			break
		}
		total += after
	}
	if days := total.Hours() / 24; n != 100_015 || days < 23 || days > 24 {
		t.Errorf("%d retries over %.1f days", n, days)
	}
	for growth, want := range map[string][]int{"linear": {2, 4, 6, 8, 10}, "arithmetic": {2, 2, 4, 6, 10}, "geometric": {2, 2, 4, 6, 10}, "exponential": {2, 2, 3, 5, 10}} {
		r := Retry{Least: 2 * time.Second, Greatest: 10 * time.Second, Retries: 5, Growth: growth}
		var got []int
		for i := range 5 {
			after, _ := r.delay(i + 1)
			got = append(got, int(after/time.Second))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", growth, got, want)
		}
	}
}

// TestRestart delivers what an earlier process had not, with the tries that are left.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		c, e := newCourier(t, dir, nil)
		c.Start()
		to := httpTo("/500")
		to.Raw = true
		send(t, c, message("x"), to)
		time.Sleep(30 * time.Second) // two of four tries
		c.Close(t.Context())
		if n := len(e.all()); n != 2 {
			t.Fatalf("%d tries", n)
		}
		c, e = newCourier(t, dir, nil)
		c.Start()
		time.Sleep(time.Minute)
		if n := len(e.all()); n != 2 || c.Waiting() != 0 {
			t.Errorf("%d tries, %d wait", n, c.Waiting())
		}
	})
}

// TestBounds drops what one subscriber has too much of, and refuses what is too much for all.
func TestBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, e := newCourier(t, t.TempDir(), func(o *Options) { o.MaxPerSubscription, o.MaxDeliveries = 3, 5 })
		c.Start()
		raw := func(path string) Recipient { r := httpTo(path); r.Raw = true; return r }
		for range 5 {
			send(t, c, message("x"), raw("/hang"))
		}
		send(t, c, message("x"), raw("/200"), raw("/hang,200"))
		synctest.Wait()
		if err := c.Send(message("x"), []Recipient{raw("/hang,200"), raw("/hang,200")}); !errors.Is(err, ErrFull) || !errors.Is(c.Room(), ErrFull) {
			t.Error(err)
		}
		if c.Waiting() != 5 || c.Dropped() != 2 || len(e.times("http://host/200")) != 1 {
			t.Errorf("%d wait, %d were dropped", c.Waiting(), c.Dropped())
		}
	})
}

// TestUnsubscribed tries no more for who has left.
func TestUnsubscribed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, e := newCourier(t, t.TempDir(), func(o *Options) {
			o.Subscribed = func(context.Context, string) bool { return false }
		})
		c.Start()
		to := httpTo("/500")
		to.Raw = true
		send(t, c, message("x"), to)
		time.Sleep(time.Hour)
		if len(e.all()) != 1 || c.Waiting() != 0 {
			t.Errorf("%d tries", len(e.all()))
		}
	})
}

// TestHTTP has the requests of localstack's test_subscribe_external_http_endpoint, recorded of AWS, with documents in the form of
// https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html.
func TestHTTP(t *testing.T) {
	dir := t.TempDir()
	c, e := newCourier(t, dir, nil)
	notice := message("a \"b\"\n<é>")
	notice.Subject, notice.Attributes = "s", map[string]Attribute{"b": {"Binary", "AgME"}, "a": {"Number", "1"}}
	confirm := message("You have chosen")
	confirm.Type, confirm.Token = TypeConfirmation, "abc"
	raw := httpTo("/raw")
	raw.Raw, raw.ContentType = true, "text/csv"
	send(t, c, confirm, raw)
	send(t, c, notice, raw, httpTo("/plain"))
	c.Start()
	for c.Waiting() > 0 {
		time.Sleep(time.Millisecond)
	}
	c.Close(t.Context())
	url := "http://control" + c.signer.path()
	want := []string{
		"text/csv Notification sub raw a \"b\"\n<é>",
		"text/plain; charset=UTF-8 Notification sub {\n  \"Type\" : \"Notification\",\n  \"MessageId\" : \"m-1\",\n  \"TopicArn\" : \"" + topicARN +
			"\",\n  \"Subject\" : \"s\",\n  \"Message\" : \"a \\\"b\\\"\\n<é>\",\n  \"Timestamp\" : \"2023-11-14T22:13:20.123Z\",\n  \"SignatureVersion\" : \"1\",\n" +
			"  \"Signature\" : \"SIGNATURE\",\n  \"SigningCertURL\" : \"" + url + "\",\n  \"UnsubscribeURL\" : \"http://control/?Action=Unsubscribe&SubscriptionArn=" +
			subscriptionARN + "/plain\",\n  \"MessageAttributes\" : {\n    \"a\" : {\"Type\":\"Number\",\"Value\":\"1\"},\n    \"b\" : {\"Type\":\"Binary\",\"Value\":\"AgME\"}\n  }\n}",
		"text/plain; charset=UTF-8 SubscriptionConfirmation {\n  \"Type\" : \"SubscriptionConfirmation\",\n  \"MessageId\" : \"m-1\",\n  \"Token\" : \"abc\",\n" +
			"  \"TopicArn\" : \"" + topicARN + "\",\n  \"Message\" : \"You have chosen\",\n  \"SubscribeURL\" : \"http://control/?Action=ConfirmSubscription&TopicArn=" +
			topicARN + "&Token=abc\",\n  \"Timestamp\" : \"2023-11-14T22:13:20.123Z\",\n  \"SignatureVersion\" : \"1\",\n  \"Signature\" : \"SIGNATURE\",\n  \"SigningCertURL\" : \"" + url + "\"\n}",
	}
	var shown []string
	for _, g := range e.all() {
		h := http.Header{}
		for name, values := range g.header { // whose names have AWS's case
			h[http.CanonicalHeaderKey(name)] = values
		}
		text := h.Get("Content-Type") + " " + h.Get("X-Amz-Sns-Message-Type")
		if h.Get("X-Amz-Sns-Subscription-Arn") != "" {
			text += " sub"
		}
		if h.Get("X-Amz-Sns-Rawdelivery") != "" {
			text += " raw"
		}
		if h.Get("User-Agent") != "Amazon Simple Notification Service Agent" || h.Get("X-Amz-Sns-Topic-Arn") != topicARN || h.Get("X-Amz-Sns-Message-Id") != "m-1" {
			t.Errorf("%v", h)
		}
		shown = append(shown, text+" "+hideSignature(t, c, g.body))
	}
	slices.Sort(shown)
	if !slices.Equal(shown, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(shown, "\n"), strings.Join(want, "\n"))
	}
}

// hideSignature verifies a document's signature, as a subscriber would, and takes it out.
func hideSignature(t *testing.T, c *Courier, body string) string {
	t.Helper()
	var m map[string]any
	if json.Unmarshal([]byte(body), &m) != nil {
		return body
	}
	verify(t, c, m)
	return strings.Replace(body, m["Signature"].(string), "SIGNATURE", 1)
}

// verify follows https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html.
func verify(t *testing.T, c *Courier, m map[string]any) {
	t.Helper()
	u, err := url.Parse(m["SigningCertURL"].(string))
	if err != nil {
		t.Fatal(err)
	}
	text, ok := c.Certificate(u.Path)
	if !ok {
		t.Fatalf("no certificate at %s", u.Path)
	}
	block, _ := pem.Decode(text)
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	var signed strings.Builder
	for _, name := range []string{"Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"} {
		if value, ok := m[name].(string); ok {
			signed.WriteString(name + "\n" + value + "\n")
		}
	}
	signature, err := base64.StdEncoding.DecodeString(m["Signature"].(string))
	if err != nil {
		t.Fatal(err)
	}
	hash, sum1 := crypto.SHA1, sha1.Sum([]byte(signed.String()))
	digest := sum1[:]
	if m["SignatureVersion"] == "2" {
		sum := sha256.Sum256([]byte(signed.String()))
		hash, digest = crypto.SHA256, sum[:]
	}
	if err := rsa.VerifyPKCS1v15(certificate.PublicKey.(*rsa.PublicKey), hash, digest, signature); err != nil {
		t.Error(err)
	}
}

// TestSignatureKeeps has the same key after a restart, and signs with either version.
func TestSignatureKeeps(t *testing.T) {
	dir := t.TempDir()
	c, _ := newCourier(t, dir, nil)
	m := message("x")
	m.SHA256, m.Bodies = true, map[string]string{ProtocolHTTP: "for http"}
	text, err := c.render(m, &Recipient{ARN: subscriptionARN, Protocol: ProtocolHTTP})
	if err != nil || !strings.Contains(hideSignature(t, c, string(text)), `"Message" : "for http"`) {
		t.Error(string(text), err)
	}
	again, _ := newCourier(t, dir, nil)
	hideSignature(t, again, string(text))
	if _, ok := again.Certificate("/SimpleNotificationService-0.pem"); ok {
		t.Error("another certificate")
	}
	if err := os.WriteFile(filepath.Join(dir, "signing.pem"), []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken, _ := newCourier(t, dir, nil)
	if _, err := broken.render(message("x"), &Recipient{Protocol: ProtocolSQS}); err == nil {
		t.Error("a key was read from what is none")
	}
}

// TestEvent has the event of https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html.
func TestEvent(t *testing.T) {
	c, _ := newCourier(t, t.TempDir(), nil)
	m := message("Hello from SNS!")
	m.Attributes = map[string]Attribute{"Test": {"String", "TestString"}}
	text, err := c.render(m, &Recipient{ARN: subscriptionARN, Protocol: ProtocolLambda, Raw: false})
	if err != nil {
		t.Fatal(err)
	}
	var event struct {
		Records []struct {
			EventSource, EventVersion, EventSubscriptionArn string
			Sns                                             map[string]any
		}
	}
	if err := json.Unmarshal(text, &event); err != nil || len(event.Records) != 1 {
		t.Fatal(err, string(text))
	}
	r := event.Records[0]
	if r.EventSource != "aws:sns" || r.EventVersion != "1.0" || r.EventSubscriptionArn != subscriptionARN || r.Sns["Subject"] != nil || r.Sns["Message"] != m.Body {
		t.Error(string(text))
	}
	if attribute := fmt.Sprint(r.Sns["MessageAttributes"]); attribute != "map[Test:map[Type:String Value:TestString]]" {
		t.Error(attribute)
	}
	r.Sns["SigningCertURL"] = r.Sns["SigningCertUrl"]
	delete(r.Sns, "Subject")
	verify(t, c, r.Sns)
}

// TestQueues sends signed messages to a server of SQS, with the attributes of raw ones, and gives the dead to another queue.
func TestQueues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, e := newCourier(t, t.TempDir(), func(o *Options) {
			o.Queues, o.MaxDeliveries = Queues{Endpoint: "http://sqs/", KeyID: "AK", Secret: "s", Token: "t"}, 2
		})
		c.Start()
		m := message("x")
		m.Group, m.Attributes = "g", map[string]Attribute{"n": {"Number", "1"}, "b": {"Binary", "AgME"}}
		queue := Recipient{ARN: subscriptionARN, Protocol: ProtocolSQS, Endpoint: "arn:aws:sqs:eu-west-1:123456789012:q", Raw: true, Retry: ManagedRetry()}
		dead := httpTo("/404")
		dead.Raw, dead.DeadLetter = true, "arn:aws:sqs:eu-west-1:123456789012:dead"
		send(t, c, m, queue, dead)
		time.Sleep(time.Hour)
		forms := map[string]url.Values{}
		for _, g := range e.all() {
			if !strings.HasPrefix(g.url, "http://sqs/") {
				continue
			}
			form, err := url.ParseQuery(g.body)
			if err != nil || !strings.HasPrefix(g.header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AK/") || g.header.Get("X-Amz-Security-Token") != "t" {
				t.Errorf("%v: %v", err, g.header)
			}
			forms[g.url] = form
		}
		own, letter := forms["http://sqs/123456789012/q"], forms["http://sqs/123456789012/dead"]
		for name, want := range map[string]string{
			"Action": "SendMessage", "MessageBody": "x", "MessageGroupId": "g", "QueueUrl": "http://sqs/123456789012/q",
			"MessageAttribute.1.Name": "b", "MessageAttribute.1.Value.BinaryValue": "AgME", "MessageAttribute.1.Value.DataType": "Binary",
			"MessageAttribute.2.Name": "n", "MessageAttribute.2.Value.StringValue": "1",
		} {
			if own.Get(name) != want {
				t.Errorf("%s: %q", name, own.Get(name))
			}
		}
		if letter.Get("MessageBody") != "x" || c.Dropped() != 0 || c.Waiting() != 0 {
			t.Errorf("%v; %d dropped", letter, c.Dropped())
		}
	})
}
