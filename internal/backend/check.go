package backend

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/upstream"
)

// checker carries out a group's active checks.
type checker struct {
	Health
	client Client
}

// run checks a member until ctx ends. The first check follows within a tenth of the interval, the others at intervals that
// vary by a tenth, so that many members, and many gateways, do not fall into step.
func (c checker) run(ctx context.Context, m *Member) {
	tenth := c.Interval / 10
	timer := time.NewTimer(rand.N(tenth))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		began := time.Now()
		err := c.check(ctx, m.Target)
		if ctx.Err() != nil {
			return
		}
		if !isBusy(err) {
			m.standing.checked(m.peer, c.Health, err)
		}
		timer.Reset(c.Interval - tenth + rand.N(2*tenth) - time.Since(began))
	}
}

// check makes one check.
func (c checker) check(ctx context.Context, target *upstream.Target) error {
	var fields exchange.Header
	fields.Add([]byte("User-Agent"), []byte("Dipylon-HealthChecker"))
	host := target.ServerName
	if host == "" {
		host = target.Addr
	}
	req := upstream.Request{
		Target: target, Method: []byte(http.MethodGet), RequestTarget: []byte(c.Path), Host: []byte(host),
		Header: &fields, Deadline: time.Now().Add(c.Timeout),
	}
	resp := upstream.Response{Response: new(exchange.Response)}
	if err := c.client.Do(ctx, &req, &resp); err != nil {
		return err
	}
	_ = resp.Body.Close() // of a body that nobody wants
	if resp.Status < 200 || resp.Status > 399 {
		return fmt.Errorf("the check got status %d", resp.Status)
	}
	return nil
}

// isBusy tells a check that got no connection because calls had them all, which says nothing about the member.
func isBusy(err error) bool {
	var e *upstream.Error
	return errors.As(err, &e) && e.Op == upstream.OpWait
}
