// Package dex runs dex (https://github.com/dexidp/dex), an OpenID provider that is not ours, as a process for tests. The
// environment's DIPYLON_DEX, or else the search path, says where its program is; without one the tests are skipped. To get
// one:
//
//	git clone https://github.com/dexidp/dex && cd dex && CGO_ENABLED=0 go build -o ~/bin/dex ./cmd/dex
//
// Dex is no module that this one requires: it would bring a hundred others, and replaces one of its own.
package dex

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Client is the id of the only client, which is the aud of its tokens. User is the e-mail address of the only user.
const (
	Client = "pets"
	User   = "admin@example.com"
)

const (
	secret   = "not-secret"
	password = "password"
	// startTimeout is how long dex may take to listen, on a busy machine too.
	startTimeout = 30 * time.Second
)

// config has the issuer and the address still to be filled in. The hash is that of the password, and dex's own example.
const config = `
issuer: %s
web: {http: %s}
storage: {type: memory}
logger: {level: error}
enablePasswordDB: true
oauth2: {passwordConnector: local}
staticClients: [{id: pets, name: Pets, secret: not-secret, redirectURIs: ["http://127.0.0.1/"]}]
staticPasswords:
- email: admin@example.com
  username: admin
  userID: 08a8684b-db88-4b73-90a9-3cd1661f5466
  hash: $2a$10$2b2cU8CPhOTaGrs1HRQuAueS7JTT5ZHsHSzYiFPm1leZck7Mc8T4W
`

// Provider is a running dex.
type Provider struct {
	// Issuer is what its tokens name. Base is where it can be reached: the same, unless Start was told another name.
	Issuer, Base string
	program      string
	addr         string
	process      *exec.Cmd
	output       bytes.Buffer
}

// Start runs dex on loopback until the test ends; it calls itself issuer, or what it is reached under if that is empty.
func Start(t testing.TB, issuer string) *Provider {
	t.Helper()
	program := os.Getenv("DIPYLON_DEX")
	if program == "" {
		var err error
		if program, err = exec.LookPath("dex"); err != nil {
			t.Skip("no dex: set DIPYLON_DEX to its program")
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{Issuer: issuer, program: program, addr: l.Addr().String()}
	l.Close()
	path := "/dex"
	if u, err := url.Parse(issuer); err == nil && issuer != "" {
		path = u.Path
	}
	p.Base = "http://" + p.addr + path
	if issuer == "" {
		p.Issuer = p.Base
	}
	t.Cleanup(p.stop)
	p.run(t)
	return p
}

// Restart ends dex and runs it again at the same address. It keeps its keys in memory, so it has others then.
func (p *Provider) Restart(t testing.TB) {
	t.Helper()
	p.stop()
	p.run(t)
}

func (p *Provider) run(t testing.TB) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dex.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, config, p.Issuer, p.addr), 0o600); err != nil {
		t.Fatal(err)
	}
	p.output.Reset()
	p.process = exec.Command(p.program, "serve", file)
	p.process.Stdout, p.process.Stderr = &p.output, &p.output
	if err := p.process.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(startTimeout); ; time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get(p.Base + "/.well-known/openid-configuration")
		if err == nil {
			resp.Body.Close()
			return
		}
		if time.Now().After(deadline) {
			p.stop()
			t.Fatalf("dex does not answer: %v\n%s", err, p.output.String())
		}
	}
}

func (p *Provider) stop() {
	if p.process != nil {
		_ = p.process.Process.Kill()
		_ = p.process.Wait() // "signal: killed"
		p.process = nil
	}
}

// Token returns an id token of the user for the client, by the password grant.
func (p *Provider) Token(t testing.TB) string {
	t.Helper()
	form := url.Values{"grant_type": {"password"}, "scope": {"openid email profile"}, "username": {User}, "password": {password}}
	req, err := http.NewRequest(http.MethodPost, p.Base+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(Client, secret)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	var reply struct {
		Token string `json:"id_token"`
	}
	if err != nil || json.Unmarshal(body, &reply) != nil || reply.Token == "" {
		t.Fatalf("dex gave no token: %d %s %v", resp.StatusCode, body, err)
	}
	return reply.Token
}
