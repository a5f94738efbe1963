package respond

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
)

// CORS is an API's cross-origin configuration, ready to be written.
type CORS struct {
	anyOrigin   bool
	origins     map[string]bool
	prefixes    [][]byte // of patterns such as https://*
	credentials bool
	expose      []byte
	preflight   []exchange.Field
}

// NewCORS compiles a configuration; nil gives nil.
func NewCORS(cfg *gateway.CORS) *CORS {
	if cfg == nil {
		return nil
	}
	c := &CORS{origins: map[string]bool{}, credentials: cfg.AllowCredentials, expose: list(cfg.ExposeHeaders)}
	for _, origin := range cfg.AllowOrigins {
		switch prefix, wildcard := strings.CutSuffix(origin, "*"); {
		case origin == "*":
			c.anyOrigin = true
		case wildcard:
			c.prefixes = append(c.prefixes, []byte(prefix))
		default:
			c.origins[origin] = true
		}
	}
	add := func(name string, value []byte) {
		if len(value) > 0 {
			c.preflight = append(c.preflight, exchange.Field{Name: []byte(name), Value: value})
		}
	}
	add("access-control-allow-methods", list(cfg.AllowMethods))
	add("access-control-allow-headers", list(cfg.AllowHeaders))
	if cfg.MaxAge != nil {
		add("access-control-max-age", strconv.AppendInt(nil, int64(*cfg.MaxAge), 10))
	}
	return c
}

func list(names []string) []byte {
	if slices.Contains(names, "*") {
		return []byte("*")
	}
	return []byte(strings.Join(names, ","))
}

// Names and values as AWS writes them, in its order (recorded: aws-behaviour-http-api.md, facts 45 and 46).
var (
	allowOrigin      = []byte("access-control-allow-origin")
	allowCredentials = []byte("access-control-allow-credentials")
	exposeHeaders    = []byte("access-control-expose-headers")
	vary             = []byte("vary")
	originName       = []byte("origin")
	star             = []byte("*")
	isTrue           = []byte("true")
	corsPrefix       = []byte("access-control-")
)

// apply puts the API's headers in the place of the back end's: with CORS configured AWS ignores those.
func (c *CORS) apply(x *exchange.Exchange) {
	x.Response.Header.DelFunc(func(f exchange.Field) bool {
		return len(f.Name) > len(corsPrefix) && bytes.EqualFold(f.Name[:len(corsPrefix)], corsPrefix)
	})
	origin := c.allowed(x.Request.Header.Get("Origin"))
	if origin == nil {
		return
	}
	h := &x.Response.Header
	h.Add(allowOrigin, origin)
	h.Add(vary, originName)
	if c.credentials {
		h.Add(allowCredentials, isTrue)
	}
	if len(c.expose) > 0 {
		h.Add(exposeHeaders, c.expose)
	}
	if isPreflight(x) && x.Fault == nil && x.Route.Key == "" {
		for _, f := range c.preflight {
			h.Add(f.Name, f.Value)
		}
	}
}

// allowed returns what to say to an origin, or nil to say nothing.
func (c *CORS) allowed(origin []byte) []byte {
	switch {
	case len(origin) == 0:
		return nil
	case c.anyOrigin:
		return star
	case c.origins[string(origin)]:
		return origin
	}
	for _, prefix := range c.prefixes {
		if bytes.HasPrefix(origin, prefix) {
			return origin
		}
	}
	return nil
}

func isPreflight(x *exchange.Exchange) bool { return string(x.Request.Method) == "OPTIONS" }

// Preflight returns the step that answers OPTIONS where no route takes the call: with 204, and with the headers that
// the step of [HTTPAPI] adds. AWS's own status was not found in any capture; 204 is what the documentation's examples
// and other implementations have.
func Preflight() exchange.Step {
	return exchange.Step{Name: Name, Detail: "answer OPTIONS with 204", Run: func(_ context.Context, x *exchange.Exchange) error {
		if isPreflight(x) {
			x.Response.Status = 204
		}
		return nil
	}}
}
