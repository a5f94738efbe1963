package upstream

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func newTLSServer(t *testing.T, cfg *tls.Config) (*httptest.Server, *x509.CertPool) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Resumed", map[bool]string{true: "yes", false: "no"}[r.TLS.DidResume])
		w.Header().Set("X-Name", r.TLS.ServerName)
		if len(r.TLS.PeerCertificates) > 0 {
			w.Header().Set("X-Client", "known")
		}
		echo(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = cfg
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s, roots
}

func TestTLS(t *testing.T) {
	s, roots := newTLSServer(t, &tls.Config{ClientAuth: tls.RequestClientCert})
	addr := s.Listener.Addr().String()
	trusting := newClient(t, Options{TLS: &tls.Config{RootCAs: roots}})
	system := newClient(t, Options{})
	for _, tc := range []struct {
		name   string
		client *Client
		target *Target
		fields string
		ok     bool
	}{
		{"by address", trusting, &Target{}, "X-Name: \n", true},
		{"by name", trusting, &Target{ServerName: "example.com"}, "X-Name: example.com\n", true},
		{"with certificate", trusting, &Target{ServerName: "example.com", Certificate: &s.TLS.Certificates[0]}, "X-Client: known\nX-Name: example.com\n", true},
		{"wrong name", trusting, &Target{ServerName: "example.org"}, "", false},
		{"unknown issuer", system, &Target{ServerName: "example.com"}, "", false},
		{"of any authority", system, &Target{ServerName: "example.com", AnyAuthority: true}, "X-Name: example.com\n", true},
		{"of any authority, wrong name", system, &Target{ServerName: "example.org", AnyAuthority: true}, "", false},
	} {
		tc.target.Addr, tc.target.TLS = addr, true
		r, err := do(t.Context(), t, tc.client, &Request{Target: tc.target, Deadline: time.Now().Add(5 * time.Second)})
		fields, _, _ := strings.Cut(r.fields, "X-Resumed")
		var e *Error
		switch {
		case tc.ok && (err != nil || fields != tc.fields):
			t.Errorf("%s: %q, %v", tc.name, r.fields, err)
		case !tc.ok && (!errors.As(err, &e) || e.Op != OpTLS || e.Timeout):
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

// Bodies of all sizes go through, over one connection, and a new connection resumes the session.
func TestTLSReuse(t *testing.T) {
	s, roots := newTLSServer(t, nil)
	c := newClient(t, Options{TLS: &tls.Config{RootCAs: roots}})
	target := &Target{Addr: s.Listener.Addr().String(), TLS: true}
	for i, size := range []int{0, 10, inlineBody + 1, 1 << 20} {
		payload := strings.Repeat("x", size)
		for j, b := range []*Request{{Body: body(payload)}, {Body: streamed(payload, int64(size))}, {Body: streamed(payload, -1)}} {
			b.Target, b.Method = target, []byte("POST")
			r, err := do(t.Context(), t, c, b)
			if err != nil || r.body != payload || r.reused != (i+j > 0) {
				t.Fatalf("%d bytes, form %d: %d bytes, reused %v, %v", size, j, len(r.body), r.reused, err)
			}
		}
	}
	s.CloseClientConnections()
	r, err := do(t.Context(), t, c, &Request{Target: target})
	if err != nil || !strings.Contains(r.fields, "X-Resumed: yes") {
		t.Errorf("%+v, %v", r, err)
	}
	if st := c.Stats(); st.Dials != 2 || st.Stale != 1 {
		t.Errorf("%+v", st)
	}
}

func TestALPN(t *testing.T) {
	for proto, ok := range map[string]bool{"http/1.1": true, "other": false} {
		s, roots := newTLSServer(t, &tls.Config{NextProtos: []string{proto}})
		c := newClient(t, Options{TLS: &tls.Config{RootCAs: roots, NextProtos: []string{"h2"}}})
		_, err := do(t.Context(), t, c, &Request{Target: &Target{Addr: s.Listener.Addr().String(), TLS: true}})
		// A back end that insists on something else breaks the handshake off.
		if ok != (err == nil) {
			t.Errorf("%s: %v", proto, err)
		}
	}
}
