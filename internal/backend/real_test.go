package backend

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/upstream"
)

// call makes a call as an integration does: reported, and made once more on another member where that is safe.
func call(t *testing.T, client *upstream.Client, g *Group) error {
	t.Helper()
	var x exchange.Exchange
	m := g.Pick()
	req := upstream.Request{
		Target: m.Target, Method: []byte("POST"), RequestTarget: []byte("/"), Host: []byte("example.com"),
		Body: &exchange.Body{Bytes: []byte("once")}, Deadline: time.Now().Add(10 * time.Second),
	}
	resp := upstream.Response{Response: &x.Response, Memory: &x}
	err := client.Do(t.Context(), &req, &resp)
	m.Report(err)
	if err == nil || !MayRetry(&req, err) {
		return err
	}
	if m = g.PickOther(m); m == nil {
		return err
	}
	req.Target = m.Target
	err = client.Do(t.Context(), &req, &resp)
	m.Report(err)
	return err
}

// No call is lost when one of two back ends is gone, and soon none goes there.
func TestCallsOfRealServers(t *testing.T) {
	live, dead := httptest.NewServer(nil), httptest.NewServer(nil)
	defer live.Close()
	dead.Close()
	client := upstream.New(upstream.Options{})
	defer client.Close()
	r := registry(t, Options{Groups: map[string]Config{"g": withAddresses(dead.Listener.Addr().String(), live.Listener.Addr().String())}})
	g, _ := r.Find("g")
	for i := range 20 {
		if err := call(t, client, g); err != nil {
			t.Errorf("call %d: %v", i, err)
		}
	}
	expect(t, "the dead one", states(r), "ejected in")
	s := r.Status()[0].Members
	if s[0].Picks != 5 || s[0].Failures != 5 || s[1].Picks != 20 || s[1].Failures != 0 {
		t.Errorf("%+v", s)
	}
}

// An integration whose TLS configuration does not fit the group fails by itself: the members are not to blame.
func TestTLSThatDoesNotFit(t *testing.T) {
	plain, secure := httptest.NewServer(nil), httptest.NewTLSServer(nil)
	defer plain.Close()
	defer secure.Close()
	client := upstream.New(upstream.Options{})
	defer client.Close()
	for name, addr := range map[string]string{"no TLS there": plain.Listener.Addr().String(), "unknown authority": secure.Listener.Addr().String()} {
		r := registry(t, Options{Groups: map[string]Config{"g": withAddresses(addr)}})
		g, _ := r.Find("g")
		for range 10 {
			if err := call(t, client, g.OverTLS("example.com")); err == nil {
				t.Errorf("%s: the call succeeded", name)
			}
		}
		if m := r.Status()[0].Members[0]; m.State != StateIn || m.Failures != 0 || m.Picks != 10 {
			t.Errorf("%s: %+v", name, m)
		}
	}
}
