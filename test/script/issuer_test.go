package script

import (
	"encoding/json"
	"errors"
	"flag"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dipylon/dipylon/internal/jwt/devissuer"
)

// issuer is an OpenID issuer of the script's, under whatever name it says that it has.
type issuer struct {
	name   string
	server *http.Server
	keys   atomic.Pointer[devissuer.Issuer]
}

// startIssuer is the command "issuer NAME URL": an issuer whose tokens say that they are URL's, on a port of its own. It
// sets NAME to where the configuration finds it: http, host and port, and the URL's path.
func startIssuer(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg)
	if len(args) != 2 {
		ts.Fatalf("usage: issuer NAME URL")
	}
	u, err := url.Parse(args[1])
	ts.Check(err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	i := &issuer{name: args[1]}
	ts.Check(i.rotate())
	i.server = &http.Server{ReadHeaderTimeout: longestWait, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.keys.Load().ServeHTTP(w, r)
	})}
	go func() { _ = i.server.Serve(l) }() // ends with the script
	of(ts).issuers[args[0]] = i
	ts.Setenv(args[0], "http://"+l.Addr().String()+u.EscapedPath())
}

// rotate gives the issuer keys that nobody knows yet.
func (i *issuer) rotate() error {
	keys, err := devissuer.New(devissuer.Options{URL: i.name})
	i.keys.Store(keys)
	return err
}

func rotateIssuer(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg)
	ts.Check(findIssuer(ts, args).rotate())
}

// mint [-alg ALGORITHM] [-lifetime DURATION] [-claims JSON] NAME prints a token of the issuer.
func mint(ts *testscript.TestScript, neg bool, args []string) {
	noNeg(ts, neg)
	flags := flag.NewFlagSet("mint", flag.ContinueOnError)
	algorithm, claims := flags.String("alg", "", ""), flags.String("claims", "{}", "")
	lifetime := flags.Duration("lifetime", time.Hour, "")
	ts.Check(flags.Parse(args))
	order := devissuer.Order{Algorithm: *algorithm, Lifetime: *lifetime}
	ts.Check(json.Unmarshal([]byte(*claims), &order.Claims))
	token, err := findIssuer(ts, flags.Args()).keys.Load().Mint(order)
	ts.Check(err)
	_, err = ts.Stdout().Write([]byte(token + "\n"))
	ts.Check(err)
}

func findIssuer(ts *testscript.TestScript, args []string) *issuer {
	if len(args) != 1 || of(ts).issuers[args[0]] == nil {
		ts.Check(errors.New("want the name of an issuer"))
	}
	return of(ts).issuers[args[0]]
}
