package terraform

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/dipylon/dipylon/internal/jwt/devissuer"
)

// deployed is what was applied, as calls need it.
type deployed struct {
	http, rest, key, topic string
}

// edition is what an edit changes, as traffic shows it.
type edition struct {
	release, kind, variable string
}

// answer is a response to a call.
type answer struct {
	status int
	header http.Header
	body   string
}

// call calls an API by its host; headers are names and values in turn.
func (w *world) call(api, method, path, body string, headers ...string) answer {
	w.Helper()
	r := must(http.NewRequestWithContext(w.Context(), method, "http://"+w.server.HTTPAddr()+path, strings.NewReader(body)))
	r.Host = api + ".execute-api." + region + ".amazonaws.com"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp := must(http.DefaultClient.Do(r))
	defer resp.Body.Close()
	return answer{resp.StatusCode, resp.Header, string(must(io.ReadAll(resp.Body)))}
}

// expect checks status and pieces of the body.
func (w *world) expect(what string, got answer, status int, pieces ...string) {
	w.Helper()
	if got.status != status {
		w.Errorf("%s: %d, want %d: %s", what, got.status, status, got.body)
	}
	for _, p := range pieces {
		if !strings.Contains(got.body, p) {
			w.Errorf("%s: no %s in %s", what, p, got.body)
		}
	}
}

// traffic checks what each part of the article promises.
func (w *world) traffic(d deployed, e edition) {
	w.Helper()
	w.httpAPI(d, e)
	w.vpcLink(d)
	w.restAPI(d, e)
	w.authorizer(d, e)
	w.accessLog()
}

// httpAPI: routes with a JWT authorizer in front of the function, and CORS.
func (w *world) httpAPI(d deployed, e edition) {
	w.Helper()
	token := must(w.issuer.Mint(devissuer.Order{Claims: map[string]any{"client_id": client, "token_use": "access", "sub": "ann"}}))
	other := must(w.issuer.Mint(devissuer.Order{Claims: map[string]any{"client_id": "another", "sub": "ann"}}))
	got := w.call(d.http, "GET", "/users", "", "Authorization", "Bearer "+token, "Origin", "https://app.example.com")
	w.expect("GET /users", got, 200, `"route": "GET /users"`, `"sub": "ann"`, `"release": "`+e.release+`"`)
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": "https://app.example.com", "Access-Control-Allow-Credentials": "true",
		"Access-Control-Expose-Headers": "X-Request-ID",
	} {
		if !strings.EqualFold(got.header.Get(name), want) {
			w.Errorf("CORS: %s is %q", name, got.header.Get(name))
		}
	}
	if from := w.call(d.http, "GET", "/users", "", "Authorization", "Bearer "+token, "Origin", "https://evil.example"); from.header.Get("Access-Control-Allow-Origin") != "" {
		w.Error("CORS lets every origin in")
	}
	w.expect("POST /users", w.call(d.http, "POST", "/users", `{}`, "Authorization", "Bearer "+token), 200, `"route": "POST /users"`)
	w.expect("no token", w.call(d.http, "GET", "/users", ""), 401)
	w.expect("another client's token", w.call(d.http, "GET", "/users", "", "Authorization", "Bearer "+other), 401)
}

// vpcLink: everything else goes to the load balancer, with the two headers.
func (w *world) vpcLink(d deployed) {
	w.Helper()
	got := w.call(d.http, "PUT", "/orders/7?state=paid", "", "X-Forwarded-For", "203.0.113.7", "X-Request-ID", "mine")
	w.expect("PUT /orders/7", got, 200, "PUT /orders/7?state=paid\n", "X-Forwarded-For: 203.0.113.7\n",
		"X-Request-Id: "+got.header.Get("Apigw-Requestid")+"\n")
	if got.header.Get("X-Backend") != "internal" || got.header.Get("Apigw-Requestid") == "" {
		w.Errorf("not through the VPC link: %v", got.header)
	}
}

// restAPI: the imported definition validates; the method with templates turns request and response, and wants a key.
func (w *world) restAPI(d deployed, e edition) {
	w.Helper()
	w.expect("list", w.call(d.rest, "GET", "/prod/users?limit=10", ""), 200, `"resource": "/users"`, `"release": "`+e.release+`"`, e.variable)
	w.expect("one", w.call(d.rest, "GET", "/prod/users/u-1", ""), 200, `"resource": "/users/{userId}"`, `"userId": "u-1"`)
	w.expect("create", w.call(d.rest, "POST", "/prod/users", `{"email":"a@example.com","name":"Ann"}`), 200, `"method": "POST"`)
	w.expect("without a name", w.call(d.rest, "POST", "/prod/users", `{"email":"a@example.com"}`), 400, "Invalid request body")
	w.expect("with an empty one", w.call(d.rest, "POST", "/prod/users", `{"email":"a@example.com","name":""}`), 400, "Invalid request body")

	user := `{"email":"a@example.com","name":"Ann"}`
	w.expect("without a key", w.call(d.rest, "POST", "/prod/imports", user), 403, "Forbidden")
	w.expect("with another key", w.call(d.rest, "POST", "/prod/imports", user, "X-API-Key", "nobodys"), 403, "Forbidden")
	got := w.call(d.rest, "POST", "/prod/imports", user, "X-API-Key", d.key)
	w.expect("templates", got, 200, `"id": "u-1"`, `"email": "a@example.com"`, `"name": "Ann"`, e.kind)
	if strings.Contains(got.body, "secret") {
		w.Errorf("the response template lets the whole answer through: %s", got.body)
	}
}

// authorizer: the token authorizer's policy lets in who has signed, and tells the function who it is.
func (w *world) authorizer(d deployed, e edition) {
	w.Helper()
	w.expect("no token", w.call(d.rest, "GET", "/prod/me", ""), 401, "Unauthorized")
	w.expect("denied", w.call(d.rest, "GET", "/prod/me", "", "Authorization", "Bearer "+signed("another secret")), 403, "not authorized")
	w.expect("let in", w.call(d.rest, "GET", "/prod/me", "", "Authorization", "Bearer "+signed(secret)), 200, `"roles": "admin,author"`, e.variable)
}

// signed is a token by HS256.
func signed(secret string) string {
	part := base64.RawURLEncoding.EncodeToString
	text := part([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." +
		part(fmt.Appendf(nil, `{"sub":"ann","email":"ann@example.com","roles":["admin","author"],"exp":%d}`, time.Now().Add(time.Hour).Unix()))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return text + "." + part(mac.Sum(nil))
}

// accessLog: calls of the HTTP API are lines in the log group.
func (w *world) accessLog() {
	w.Helper()
	api := cloudwatchlogs.New(cloudwatchlogs.Options{Region: region, BaseEndpoint: aws.String(w.endpoint()), Credentials: keys})
	ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
	defer cancel()
	for _, pattern := range []string{
		`{ $.routeKey = "GET /users" && $.status = "401" && $.httpMethod = "GET" && $.ip = "127.0.0.1" }`,
		`{ $.routeKey = "ANY /{proxy+}" && $.status = "200" && $.protocol = "HTTP/1.1" }`,
	} {
		for {
			out, err := api.FilterLogEvents(ctx, &cloudwatchlogs.FilterLogEventsInput{
				LogGroupName: aws.String("/aws/apigateway/orders"), FilterPattern: &pattern,
			})
			if err != nil {
				w.Errorf("access log: %s: %v", pattern, err)
				return
			}
			if len(out.Events) > 0 {
				break
			}
			select {
			case <-time.After(20 * time.Millisecond): // lines are written once a second
			case <-ctx.Done():
			}
		}
	}
}

// limits: after an edit the plan lets one call through at once and none later.
func (w *world) limits(d deployed) {
	w.Helper()
	const user = `{"email":"a@example.com","name":"Ann"}`
	w.call(d.rest, "POST", "/prod/imports", user, "X-API-Key", d.key)
	w.expect("throttled", w.call(d.rest, "POST", "/prod/imports", user, "X-API-Key", d.key), 429, "Too Many Requests")
}

// exhausted: after another the key has used up its quota.
func (w *world) exhausted(d deployed) {
	w.Helper()
	w.expect("quota", w.call(d.rest, "POST", "/prod/imports", `{"email":"a@example.com","name":"Ann"}`, "X-API-Key", d.key), 429, "Limit Exceeded")
}
