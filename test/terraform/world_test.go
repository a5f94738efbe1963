// Package terraform applies the configuration of an article about API Gateway, by Terraform and by the AWS SDK in the
// order in which Terraform's AWS provider calls, and checks by traffic what each of its parts promises. See README.md.
package terraform

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/dipylon/dipylon/internal/config"
	"github.com/dipylon/dipylon/internal/jwt/devissuer"
	"github.com/dipylon/dipylon/test/harness"
)

// What the configuration names that is not Dipylon's.
const (
	region   = "eu-west-1"
	account  = "000000000000"
	pool     = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_9c1a3ce40"
	client   = "aa0e1880d3234000bfb0014a46"
	listener = "arn:aws:elasticloadbalancing:eu-west-1:000000000000:listener/app/orders-internal/6ef3e9082e4c727b/7af4ca34aee3a8b3"
	secret   = "a secret of the callers"
)

// world is a Dipylon and what is around it: an issuer in the place of the user pool, a back end in the place of the load
// balancer, and a subscriber to the topic.
type world struct {
	*testing.T
	server     *harness.Server
	backend    *harness.Backend
	issuer     *devissuer.Issuer
	subscriber *subscriber
}

func newWorld(t *testing.T) *world {
	t.Helper()
	needs(t, "python3", "node")
	w := &world{T: t, backend: harness.NewBackend(t, "internal")}
	var err error
	if w.issuer, err = devissuer.New(devissuer.Options{URL: pool}); err != nil {
		t.Fatal(err)
	}
	issuer := httptest.NewServer(w.issuer)
	t.Cleanup(issuer.Close)
	w.subscriber = newSubscriber(t)
	path := pool[len("https://cognito-idp.eu-west-1.amazonaws.com"):]
	w.server = harness.Start(t, func(c *config.Config) {
		c.Issuers = map[string]string{pool: issuer.URL + path}
		c.Backends = map[string]config.Backend{listener: {Addresses: []string{w.backend.Addr()}}}
		c.MappableHeaders = []string{"X-Forwarded-For"}
	})
	return w
}

// needs skips the test where a tool is missing.
func needs(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			missing(t, tool+" is not installed")
		}
	}
}

// missing skips the test, or fails it where everything has to be there.
func missing(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" || os.Getenv("DIPYLON_REQUIRE_TOOLS") == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
}

func (w *world) endpoint() string { return "http://" + w.server.ControlAddr() }

// must returns v and ends the test if there was an error.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// zipped is a zip of a directory, with its text changed.
func zipped(t *testing.T, dir string, change func(name string, text []byte) []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name := filepath.ToSlash(must(filepath.Rel(dir, path)))
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := out.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		if err != nil {
			return err
		}
		_, err = f.Write(change(name, text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// apiZip is the function behind the APIs, in a release.
func apiZip(t *testing.T, release string) []byte {
	return zipped(t, "article/api", func(_ string, text []byte) []byte {
		return bytes.Replace(text, []byte(`RELEASE = "one"`), []byte(`RELEASE = "`+release+`"`), 1)
	})
}

func authorizerZip(t *testing.T) []byte {
	return zipped(t, "article/authorizer", func(_ string, text []byte) []byte { return text })
}

// subscriber is an HTTP endpoint that confirms its subscription.
type subscriber struct {
	*httptest.Server
	mu   sync.Mutex
	got  []string
	news chan struct{}
}

func newSubscriber(t *testing.T) *subscriber {
	s := &subscriber{news: make(chan struct{}, 1)}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// ServeHTTP takes a message.
func (s *subscriber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var m struct{ Type, Message, SubscribeURL string }
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&m); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	switch m.Type {
	case "SubscriptionConfirmation":
		resp, err := http.Get(m.SubscribeURL)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		_ = resp.Body.Close()
	case "Notification":
		s.mu.Lock()
		s.got = append(s.got, m.Message)
		s.mu.Unlock()
		select {
		case s.news <- struct{}{}:
		default: // enough of it waits
		}
	}
}

// wait returns all that was notified, when there is something new.
func (s *subscriber) wait(ctx context.Context) (got []string, err error) {
	select {
	case <-s.news:
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(got, s.got...), err
}
