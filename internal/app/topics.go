package app

import (
	"context"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	controlsns "github.com/dipylon/dipylon/internal/control/sns"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/sns"
	"github.com/dipylon/dipylon/internal/telemetry"
	"github.com/dipylon/dipylon/internal/wire"
)

// topics are SNS: its operations, and what delivers messages.
type topics struct {
	service *controlsns.Service
	courier *sns.Courier
}

// openTopics makes SNS. Functions are there.
func (a *App) openTopics() error {
	keyID, secret, token, ok := a.cfg.AWSCredential("*")
	if !ok {
		keyID, secret, _ = a.cfg.WellKnown()
	}
	dir := filepath.Join(a.cfg.DataDir, "sns")
	var err error
	a.topics.courier, err = sns.New(sns.Options{
		Spool: filepath.Join(dir, "deliveries"), KeyFile: filepath.Join(dir, "signing.pem"), URL: a.linkURL, Functions: a.functions.directory,
		Queues:     sns.Queues{Endpoint: a.cfg.AWSEndpoints["sqs"], KeyID: keyID, Secret: secret, Token: token},
		Subscribed: func(ctx context.Context, arn string) bool { return a.topics.service.Subscribed(ctx, arn) },
		Log:        a.log,
	})
	if err != nil {
		return err
	}
	a.topics.service = controlsns.New(controlsns.Options{Store: a.store, Courier: a.topics.courier, Now: time.Now})
	a.metrics.Register(telemetry.Reading{
		Name: "dipylon_sns_waiting_deliveries", Help: "Messages of topics that subscribers have not got yet.",
		Read: func(emit func(float64, ...string)) { emit(float64(a.topics.courier.Waiting())) },
	})
	a.metrics.Register(telemetry.Reading{
		Name: "dipylon_sns_dropped_deliveries_total", Help: "Messages of topics that subscribers will not get.",
		Read: func(emit func(float64, ...string)) { emit(float64(a.topics.courier.Dropped())) },
	})
	return nil
}

func (t *topics) close(ctx context.Context) {
	if t.courier != nil {
		t.courier.Close(ctx)
	}
}

// linkURL is where links in messages lead: the control plane, by its domain where it listens on all addresses.
func (a *App) linkURL() string {
	host, port, err := net.SplitHostPort(a.ControlAddr())
	if err != nil {
		return "http://" + a.cfg.ControlAddr
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = a.cfg.Domain
	}
	return "http://" + net.JoinHostPort(host, port)
}

// serveCertificate answers the path of the certificate that messages are signed with.
func (a *App) serveCertificate(w http.ResponseWriter, r *http.Request) bool {
	text, ok := []byte(nil), false
	if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, ".pem") {
		text, ok = a.topics.courier.Certificate(r.URL.Path)
	}
	if ok {
		w.Header().Set("Content-Type", "application/x-pem-file")
		_, _ = w.Write(text)
	}
	return ok
}

// visitors lets in those who visit the links of messages, which have a token or an ARN in the place of a signature.
type visitors struct {
	authenticator
	account string
}

// Authenticate implements [wire.Authenticator].
func (v visitors) Authenticate(r *http.Request, payload []byte) (wire.Principal, error) {
	query := r.URL.Query()
	if r.Method != http.MethodGet || r.URL.Path != "/" || r.Header.Get("Authorization") != "" || query.Has("X-Amz-Signature") {
		return v.authenticator.Authenticate(r, payload)
	}
	tenant := gateway.Tenant{Account: v.account, Region: "us-east-1"}
	switch query.Get("Action") {
	case "ConfirmSubscription":
		if t, _, ok := gateway.ParseTopicARN(query.Get("TopicArn")); ok {
			tenant = t
		}
	case "Unsubscribe":
		if t, _, _, ok := gateway.ParseSubscriptionARN(query.Get("SubscriptionArn")); ok {
			tenant = t
		}
	default:
		return v.authenticator.Authenticate(r, payload)
	}
	return wire.Principal{Service: "sns", Account: tenant.Account, Region: tenant.Region}, nil
}
