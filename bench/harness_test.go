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
	for _, p := range []*peer{newUpstream("/bin/nginx", "peers"), newNginx("/bin/nginx", "peers"), newHaproxy("/bin/haproxy", "peers"), newCaddy("/bin/caddy", "peers")} {
		t.Run(p.name(), func(t *testing.T) {
			s := &site{dir: t.TempDir(), listen: "127.0.0.1:20001", upstream: "127.0.0.1:20002"}
			if err := p.prepare(context.Background(), s); err != nil {
				t.Fatal(err)
			}
			argv := p.command(s).pinned("0").argv
			text, err := os.ReadFile(argv[len(argv)-1])
			if err != nil {
				t.Fatal(err)
			}
			upstream := s.upstream
			if p.name() == "upstream" {
				upstream = answer
			}
			for _, want := range []string{"127.0.0.1", "20001", upstream} {
				if !strings.Contains(string(text), want) {
					t.Errorf("configuration lacks %q", want)
				}
			}
			if strings.Contains(string(text), "<no value>") {
				t.Errorf("a field of the template is unknown:\n%s", text)
			}
		})
	}
}

func TestOpenAPIHasEveryRoute(t *testing.T) {
	text, err := openAPI(manyRoutes(25), "127.0.0.1:20002")
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
	if got.Type != "http_proxy" || got.URI != "http://127.0.0.1:20002/users/{id}" {
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
