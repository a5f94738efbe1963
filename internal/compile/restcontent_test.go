package compile

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/upstream"
)

// proxied calls a back end through an HTTP_PROXY integration of an API for which images are binary, and returns what the back
// end got and what the client gets. The back end answers with a body of its media type.
func proxied(t *testing.T, in gateway.RestIntegration, c proxiedCall) (sent string, x *exchange.Exchange) {
	t.Helper()
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sent = string(body)
		w.Header().Set("Content-Type", c.answerType)
		w.Header().Set("Content-Length", strconv.Itoa(len(c.answer)))
		_, _ = io.WriteString(w, c.answer)
	}))
	t.Cleanup(backend.Close)
	client := upstream.New(upstream.Options{})
	t.Cleanup(client.Close)
	w := world(nil)
	w.Backends = client
	in.Type, in.Method, in.URI, in.TimeoutMillis = gateway.RestHTTPProxy, "POST", backend.URL+"/", 5000
	stage := restStage(resource("/x", map[string]*gateway.Method{"POST": {Authorization: gateway.AuthorizationNone, Integration: &in}}))
	stage.Snapshot.API.BinaryMediaTypes = []string{"image/*"}
	p, err := RestAPI(stage, w)
	if err != nil {
		t.Fatal(err)
	}
	x = &exchange.Exchange{ID: []byte("request")}
	x.Request.Method, x.Request.Path = []byte("POST"), []byte("/prod/x")
	x.Request.Header.Add([]byte("Content-Type"), []byte(c.bodyType))
	x.Request.Header.Add([]byte("Accept"), []byte(c.accept))
	x.Request.Body = exchange.Body{Stream: io.NopCloser(strings.NewReader(c.body)), Size: int64(len(c.body))}
	p.Run(context.Background(), x, []byte("/x"))
	if x.Response.Body.Stream != nil {
		body, err := io.ReadAll(x.Response.Body.Stream)
		if err != nil {
			t.Error(err)
		}
		x.Response.Body.Bytes = body
	}
	return sent, x
}

// proxiedCall is what the client sends and accepts, and what the back end answers.
type proxiedCall struct{ bodyType, body, accept, answerType, answer string }

// TestHTTPProxyContent: payloads of proxies are text or binary data as those of other integrations are (developer guide,
// "Content type conversions in API Gateway"), however long they are.
func TestHTTPProxyContent(t *testing.T) {
	const raw, encoded, mangled = "\x89PNG\xff", "iVBOR/8=", "�PNG�"
	long := strings.Repeat("0123456789é", 200_000) // two megabytes
	for _, c := range []struct {
		name           string
		in             gateway.RestIntegration
		call           proxiedCall
		sent, returned string
		status         int
	}{
		{"binary both ways", gateway.RestIntegration{}, proxiedCall{"image/png", raw, "image/png", "image/png", raw}, raw, raw, 200},
		{"text both ways", gateway.RestIntegration{}, proxiedCall{"text/plain", "é", "*/*", "text/plain", "é"}, "é", "é", 200},
		{"what is no text is mangled", gateway.RestIntegration{}, proxiedCall{"text/plain", raw, "*/*", "application/pdf", raw}, mangled, mangled, 200},
		{"binary for who takes text", gateway.RestIntegration{}, proxiedCall{"image/png", raw, "*/*", "image/png", raw}, raw, encoded, 200},
		{"text for who takes binary", gateway.RestIntegration{}, proxiedCall{"text/plain", "a", "image/png", "text/plain", encoded}, "a", raw, 200},
		{"no base64", gateway.RestIntegration{}, proxiedCall{"text/plain", "a", "image/png", "text/plain", "no base64"}, "a", `{"message": "Internal server error"}`, 500},
		{"a request to text", gateway.RestIntegration{ContentHandling: gateway.ConvertToText}, proxiedCall{"image/png", raw, "image/png", "image/png", raw}, encoded, raw, 200},
		{"a request to binary", gateway.RestIntegration{ContentHandling: gateway.ConvertToBinary}, proxiedCall{"text/plain", encoded, "*/*", "text/plain", "a"}, raw, "a", 200},
		{"long texts", gateway.RestIntegration{}, proxiedCall{"text/plain", long, "*/*", "text/plain", long + "\xff"}, long, long + "�", 200},
		{"long binary data", gateway.RestIntegration{}, proxiedCall{"image/png", long + raw, "image/png", "image/png", long + raw}, long + raw, long + raw, 200},
		{"streams are left alone", gateway.RestIntegration{TransferMode: gateway.TransferStream}, proxiedCall{"text/plain", "a", "*/*", "application/pdf", raw}, "a", raw, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			sent, x := proxied(t, c.in, c.call)
			if sent != c.sent {
				t.Errorf("sent %d bytes, want %d: %.80q", len(sent), len(c.sent), sent)
			}
			if got := string(x.Response.Body.Bytes); got != c.returned || x.Response.Status != c.status {
				t.Errorf("%d: returned %d bytes, want %d: %.80q (%v)", x.Response.Status, len(got), len(c.returned), got, x.Fault)
			}
		})
	}
}
