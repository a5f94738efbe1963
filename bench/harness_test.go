package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestParseOptions(t *testing.T) {
	o, err := parseOptions([]string{"-scenarios", "start,proxy", "-rounds", "2"}, io.Discard)
	if err != nil || o.rounds != 2 || !slices.Equal(o.scenarios, []string{"start", "proxy"}) {
		t.Errorf("got %+v, %v", o, err)
	}
	for _, args := range [][]string{{"-scenarios", "speed"}, {"-rounds", "0"}, {"-duration", "1500ms"}, {"-duration", "0s"}, {"-nothing"}} {
		if _, err := parseOptions(args, io.Discard); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
}

func TestAnswerIsOneKibibyteOfJSON(t *testing.T) {
	if len(answer) != 1024 || !json.Valid([]byte(answer)) {
		t.Errorf("%d bytes, valid %v", len(answer), json.Valid([]byte(answer)))
	}
}

func TestPeersAreConfigured(t *testing.T) {
	iss, err := openIssuer()
	if err != nil {
		t.Fatal(err)
	}
	defer iss.close()
	tokens, err := iss.mint(1)
	if err != nil {
		t.Fatal(err)
	}
	jwt, err := authorized(iss, tokens, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, w := range map[string]work{"plain": plain(), "routes": manyRoutes(3, 3), "post": post(100), "jwt": jwt} {
		for _, p := range []*peer{
			newNginx("/bin/nginx", "peers"), newHaproxy("/bin/haproxy", "peers"), newCaddy("/bin/caddy", "peers"),
			newTraefik("/bin/traefik", "peers"), newKrakend("/bin/krakend", "peers"),
		} {
			t.Run(p.name()+" "+name, func(t *testing.T) { checkConfiguration(t, p, w, "127.0.0.1:20002", w.prefixes[len(w.prefixes)-1]) })
		}
	}
	t.Run("upstream", func(t *testing.T) { checkConfiguration(t, newUpstream("/bin/nginx", "peers"), plain(), answer) })
}

// checkConfiguration looks for texts in the files that a peer is configured by.
func checkConfiguration(t *testing.T, p *peer, w work, wants ...string) {
	t.Helper()
	s := &site{dir: t.TempDir(), listen: "127.0.0.1:20001", upstream: "127.0.0.1:20002", work: w}
	if err := p.prepare(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	argv := p.command(s).pinned("0").argv
	main, err := os.ReadFile(argv[len(argv)-1])
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Ext(argv[len(argv)-1]) == ".json" && !json.Valid(main) {
		t.Errorf("no JSON:\n%s", main)
	}
	text := string(main)
	for _, tmpl := range p.others {
		other, err := os.ReadFile(p.fileOf(s, tmpl))
		if err != nil {
			t.Fatal(err)
		}
		text += string(other)
	}
	for _, want := range append(wants, "127.0.0.1", "20001") {
		if !strings.Contains(text, want) {
			t.Errorf("configuration lacks %q:\n%s", want, text)
		}
	}
}

func TestRequestCarriesTokenAndBody(t *testing.T) {
	w := post(10 << 10)
	if len(w.check.payload) != 10<<10 || !json.Valid([]byte(w.check.payload)) || !strings.Contains(w.script, w.check.payload) {
		t.Error("the body is not 10 KiB of JSON, or not that of the script")
	}
	w.check.url, w.check.host, w.check.bearer = "http://127.0.0.1:1/users/123", "api.localhost", "T"
	r, err := w.check.build(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if r.Method != "POST" || r.Host != "api.localhost" || r.Header.Get("Authorization") != "Bearer T" || r.ContentLength != 10<<10 {
		t.Errorf("got %s %s %v, length %d", r.Method, r.Host, r.Header, r.ContentLength)
	}
}

func TestOpenAPIHasEveryRoute(t *testing.T) {
	text, err := openAPI(manyRoutes(25, 25), "127.0.0.1:20002")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Integration struct{ Type, URI string } `json:"x-amazon-apigateway-integration"`
		}
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Paths) != 25 {
		t.Errorf("%d paths", len(doc.Paths))
	}
	got := doc.Paths["/service-00024/users/{id}"]["get"].Integration
	if got.Type != "http_proxy" || got.URI != "http://127.0.0.1:20002/service-00024/users/{id}" {
		t.Errorf("got %+v", got)
	}
}

func TestFirstAnswerIsAwaited(t *testing.T) {
	var tries atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if tries.Add(1) < 3 || r.Host != "api.localhost" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, answer)
	}))
	defer srv.Close()
	c := command{argv: []string{"sleep", "60"}, log: filepath.Join(t.TempDir(), "output.log")}
	proc, took, err := start(context.Background(), c, request{url: srv.URL, host: "api.localhost", body: answer})
	if err != nil {
		t.Fatal(err)
	}
	if tries.Load() != 3 || took <= 0 {
		t.Errorf("%d tries in %v", tries.Load(), took)
	}
	proc.stop()
	select {
	case <-proc.exited:
	default:
		t.Error("the child lives after stop")
	}
}

func TestChildThatEndsEarlyShowsItsLog(t *testing.T) {
	addr, err := freeAddr()
	if err != nil {
		t.Fatal(err)
	}
	c := command{argv: []string{"sh", "-c", "echo no such flag: $WHY >&2; exit 2"}, env: []string{"WHY=speed"}, log: filepath.Join(t.TempDir(), "output.log")}
	_, _, err = start(context.Background(), c, request{url: "http://" + addr})
	if err == nil || !strings.Contains(err.Error(), "no such flag: speed") {
		t.Errorf("got %v", err)
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	addr, err := freeAddr()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	c := command{argv: []string{"sleep", "60"}, log: filepath.Join(t.TempDir(), "output.log")}
	if _, _, err := start(ctx, c, request{url: "http://" + addr}); err == nil || !strings.Contains(err.Error(), "no answer") {
		t.Errorf("got %v", err)
	}
}

func TestConnectionsStayOpenOrAreFoundClosed(t *testing.T) {
	var served atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if served.Add(1)%4 == 0 {
			w.Header().Set("Connection", "close")
		}
		_, _ = io.WriteString(w, answer)
	}))
	defer srv.Close()
	conns, err := openConnections(context.Background(), request{url: srv.URL, body: answer}, 8)
	if err != nil {
		t.Fatal(err)
	}
	defer conns.close()
	if got := conns.open(); got != 6 {
		t.Errorf("%d of 8 open, want 6", got)
	}
	if _, err := openConnections(context.Background(), request{url: srv.URL, body: "another"}, 1); err == nil {
		t.Error("a wrong body is taken")
	}
}
