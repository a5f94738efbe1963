// Package cache answers calls of a REST API's method with what an earlier call was answered
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html). It has two steps: one looks the
// call up, behind validation and in front of the integration, and one keeps what the integration and its mapping made of
// it. [Store], which outlives programs, has the responses.
//
// It may import exchange.
package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
)

// Name is the steps' name.
const Name = "cache"

// MaxResponse is the largest payload that is kept, in bytes (AWS's quota).
const MaxResponse = 1 << 20

// Config is what the steps of a method are compiled from.
type Config struct {
	Space *Space
	// Scope tells this method's responses from others of the stage. Calls that differ in none of Parameters get the same.
	Scope      string
	Parameters []Parameter
	TTL        time.Duration
	// Get says that calls with other methods are not cached.
	Get bool
	// Authorized are the callers who may have a response replaced: those of whom the exchange's Identity says so, else all.
	Authorized bool
	// Unauthorized is what becomes of the call of one who may not.
	Unauthorized Strategy
	// Variant, if not nil, tells responses apart that differ by what the call is, besides Parameters.
	Variant func(*exchange.Exchange) bool
	Counter Counter
}

// Counter counts look-ups.
type Counter interface {
	Hit()
	Missed()
}

// Strategy is a closed set: what becomes of a call that wants a response replaced and may not.
type Strategy uint8

// The strategies, AWS's SUCCEED_WITH_RESPONSE_HEADER, SUCCEED_WITHOUT_RESPONSE_HEADER and FAIL_WITH_403.
const (
	Warn Strategy = iota
	Ignore
	Fail
)

// Steps returns the step that looks calls up and the one that keeps responses.
func Steps(cfg Config) (lookUp, keep exchange.Step) {
	c := &method{Config: cfg}
	detail := fmt.Sprintf("%v, by %d parameters", cfg.TTL, len(cfg.Parameters))
	lookUp = exchange.Step{Name: Name, Detail: "look up, kept " + detail, Run: c.lookUp}
	keep = exchange.Step{Name: Name, Detail: "keep " + detail, Run: c.keep}
	return lookUp, keep
}

// UnlessHit returns a step that makes nothing of a response that comes from the cache, where it has been already.
func UnlessHit(step exchange.Step) exchange.Step {
	run := step.Run
	if run == nil {
		return step
	}
	step.Run = func(ctx context.Context, x *exchange.Exchange) error {
		if x.Cache.Hit {
			return nil
		}
		return run(ctx, x)
	}
	return step
}

type method struct{ Config }

var errUnauthorized = errors.New("the caller may not replace a cached response")

func (c *method) lookUp(_ context.Context, x *exchange.Exchange) error {
	if c.Get && string(x.Request.Method) != "GET" {
		return nil
	}
	fresh := wantsFresh(&x.Request.Header)
	if fresh && c.Authorized && !x.Identity.MayInvalidate {
		switch c.Unauthorized {
		case Fail:
			return exchange.Refuse(exchange.KindAccessDenied, errUnauthorized)
		case Warn:
			x.Cache.Warn = true
		case Ignore:
		}
		fresh = false
	}
	key, err := c.key(x)
	if errors.Is(err, exchange.ErrBodyTooLarge) {
		return exchange.Refuse(exchange.KindRequestTooLarge, err)
	}
	if err != nil {
		return exchange.Refuse(exchange.KindBadRequest, err)
	}
	if !fresh {
		if r := c.Space.get(key, x.Received); r != nil {
			c.Counter.Hit()
			x.Cache.Hit = true
			r.fill(x)
			return nil
		}
	}
	c.Counter.Missed()
	x.Cache.Key, x.Cache.Epoch = key, c.Space.store.epoch.Load()
	return nil
}

// wantsFresh reports whether a client asks for a response of the back end, which it does with max-age=0 and with nothing
// else (the page on caching).
func wantsFresh(h *exchange.Header) bool {
	value := h.Get("Cache-Control")
	for len(value) > 0 {
		var directive []byte
		directive, value, _ = bytes.Cut(value, comma)
		if exchange.EqualFold(bytes.TrimSpace(directive), "max-age=0") {
			return true
		}
	}
	return false
}

var (
	comma   = []byte{','}
	warning = []byte("Warning")
	// warningText has another emulator's words (aws-behaviour-auth-websocket-logs.md, fact 37).
	warningText = []byte("199 Cache-control headers were ignored because the caller was unauthorized.")
)

// keep remembers a back end's response, whatever its status is (reported: aws-behaviour-auth-websocket-logs.md, fact 38).
func (c *method) keep(_ context.Context, x *exchange.Exchange) error {
	if x.Fault != nil {
		return nil
	}
	if x.Cache.Key != nil {
		c.Space.keep(x, c.TTL)
	}
	if x.Cache.Warn {
		x.Response.Header.Add(warning, warningText)
	}
	return nil
}
