package main

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// work is what a scenario has the proxies do, and the load that makes them do it. Each proxy's configuration is made from it.
type work struct {
	// prefixes are those of the paths that are passed to the upstream; a segment follows. More than one is a number of routes.
	prefixes []string
	// issuer, if there is one, signs the tokens that calls bring: proxies that can are to verify them, to limit the rate of calls far above
	// what comes, and to keep metrics.
	issuer *issuer
	// function, if there is one, answers the calls in the upstream's place: one such function for each prefix.
	function *function
	// rest, if it is there, has Dipylon do the work by a REST API that does this besides.
	rest *restAPI
	// unpinned lets the server, its children and the load use all CPUs, as they would at a user's.
	unpinned bool
	// connections of the load generator; 0 for the option's.
	connections int
	// accessLog has Dipylon log every call.
	accessLog bool
	// script is the text of a wrk script; empty for one request again and again. check is the request of the harness's own.
	script string
	check  request
}

// method is that of all calls.
func (w work) method() string { return cmp.Or(w.check.method, http.MethodGet) }

// plain is GET /users/123, passed to the upstream.
func plain() work {
	return work{prefixes: []string{"/users/"}, check: request{url: "/users/123"}}
}

// servicePrefix is the prefix of route k of many.
const servicePrefix = "/service-%05d/users/"

// cycleScript makes wrk call every route in turn, in an order that jumps about, so that no cache line or branch stays warm by repetition.
// The number of prepared requests is the same however few the routes are, for wrk's own caches must not make the difference.
const cycleScript = `local n, routes, i, requests = %d, %d, 0, {}
init = function(args)
  for k = 0, n - 1 do requests[k] = wrk.format("GET", string.format("/service-%%05d/users/123", k %% routes)) end
end
request = function()
  i = (i + 7919) %% n
  return requests[i]
end
`

// manyRoutes is a GET of each of n routes in turn, by prepared requests of at least that number.
func manyRoutes(n, prepared int) work {
	w := work{script: fmt.Sprintf(cycleScript, prepared, n), check: request{url: fmt.Sprintf(servicePrefix, 0) + "123"}}
	for k := range n {
		w.prefixes = append(w.prefixes, fmt.Sprintf(servicePrefix, k))
	}
	return w
}

// postScript makes wrk send the same body with every request.
const postScript = `wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '%s'
`

// post is a POST with a body of that many bytes of JSON.
func post(size int) work {
	w := plain()
	body := `{"note":"` + strings.Repeat("x", size-len(`{"note":""}`)) + `"}`
	w.script = fmt.Sprintf(postScript, body)
	w.check.method, w.check.payload = http.MethodPost, body
	return w
}

// tokensScript makes wrk send the tokens in turn.
const tokensScript = `local requests, i = {}, 0
init = function(args)
  for token in io.lines(%q) do
    wrk.headers["Authorization"] = "Bearer " .. token
    requests[#requests + 1] = wrk.format()
  end
end
request = function()
  i = i %% #requests + 1
  return requests[i]
end
`

// authorized is GET /users/123 with the tokens, which are left in dir for wrk.
func authorized(i *issuer, tokens []string, dir string) (work, error) {
	file := filepath.Join(dir, "tokens")
	w := plain()
	w.issuer, w.script = i, fmt.Sprintf(tokensScript, file)
	w.check.bearer = tokens[0]
	return w, os.WriteFile(file, []byte(strings.Join(tokens, "\n")+"\n"), 0o600)
}
