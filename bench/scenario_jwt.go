package main

import (
	"context"
	"os"
)

// Bounds on a route with a JWT authorizer, a limit on the rate of calls, and metrics, against nginx that does nothing of it.
const (
	wantJWT       = 2.0 // CPU per request ÷ nginx's, at most
	wantJWTLogged = 2.5 // the same with an access log
	wantGateways  = 4.0 // Traefik's and KrakenD's CPU per request ÷ Dipylon's, at least

	tokenCount = 1000
)

// The entrants besides the peers.
const (
	withJWT    = "dipylon" // as the proxy is called
	withJWTLog = "dipylon with access log"
)

// runJWT loads proxies with GET /users/123 and the same 1,000 tokens in turn. Those that can verify the tokens, limit the rate and count;
// Dipylon does so without and with an access log. nginx is the measure and passes everything on. Caddy can do nothing of it and is left out.
func runJWT(ctx context.Context, b *bench) (section, []target) {
	const title = "JWT (1,000 RS256 tokens in turn), limit and metrics: GET /users/123, answer 1 KiB"
	w, closeIssuer, err := b.authorizedWork()
	if err != nil {
		return section{title: title, failed: []error{err}}, jwtTargets(nil)
	}
	defer closeIssuer()
	sec, all := b.compare(ctx, title, "nginx", jwtEntrants(b, w))
	sec.notes = append(sec.notes, "nginx does nothing of it; haproxy verifies and limits; Traefik limits and counts and verifies nothing; "+
		"KrakenD verifies and limits; Dipylon does all")
	return sec, jwtTargets(all)
}

func (b *bench) authorizedWork() (w work, closeIssuer func(), err error) {
	dir, err := os.MkdirTemp(b.dir, "tokens-")
	if err != nil {
		return w, nil, err
	}
	i, err := openIssuer()
	if err != nil {
		return w, nil, err
	}
	tokens, err := i.mint(tokenCount)
	if err == nil {
		w, err = authorized(i, tokens, dir)
	}
	if err != nil {
		i.close()
		return w, nil, err
	}
	return w, i.close, nil
}

func jwtEntrants(b *bench, w work) []entrant {
	var all []entrant
	for _, p := range b.proxies {
		e := entrant{name: p.name(), proxy: p, work: w}
		switch p.name() {
		case "caddy":
			continue
		case "haproxy", "krakend":
			e.verifies = true
		case "dipylon":
			e.verifies = true
			logged := e
			logged.name, logged.work.accessLog = withJWTLog, true
			all = append(all, e)
			e = logged
		}
		all = append(all, e)
	}
	return all
}

func jwtTargets(all []series) []target {
	return []target{
		ratioAtMost("JWT, limit and metrics, CPU per request ÷ nginx's", all, pair{withJWT, "nginx"}, wantJWT),
		ratioAtMost("the same with a JSON access log", all, pair{withJWTLog, "nginx"}, wantJWTLogged),
		ratioAtLeast("Traefik's CPU per request (limit and metrics) ÷ Dipylon's with JWT besides", all, pair{"traefik", withJWT}, wantGateways),
		ratioAtLeast("KrakenD's CPU per request (JWT and limit) ÷ Dipylon's with metrics besides", all, pair{"krakend", withJWT}, wantGateways),
	}
}
