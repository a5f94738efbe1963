// Package executionlog keeps the journal of calls to a REST API, as AWS's execution logs have it
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html; recorded:
// aws-behaviour-auth-websocket-logs.md, facts 41 to 50). [Begin] stands first and gives the call its journal, into which the
// steps that follow write what they do. [Start] stands where a call that may be made begins to be carried out, and [End]
// behind respond: it says how the call ended and hands the lines on. A stage without logs has none of these steps.
//
// It may import exchange.
package executionlog

import (
	"bytes"
	"context"
	"errors"
	"sync"

	"github.com/dipylon/dipylon/internal/exchange"
)

// Name is the steps' name.
const Name = "executionlog"

// Writer takes the lines of a call. It keeps no reference to them, and does not block.
type Writer interface {
	LogCall(requestID []byte, entries []exchange.JournalEntry)
}

var journals = sync.Pool{New: func() any { return new(exchange.Journal) }}

// Begin returns the step that gives a call a journal of a level.
func Begin(level exchange.JournalLevel) exchange.Step {
	return exchange.Step{Name: Name, Detail: "begin, " + describe(level), Run: func(_ context.Context, x *exchange.Exchange) error {
		x.Journal = journals.Get().(*exchange.Journal)
		x.Journal.Level = level
		x.Journal.Sayf(exchange.JournalInfo, "Extended Request Id: %s", x.ExtendedID)
		return nil
	}}
}

func describe(level exchange.JournalLevel) string {
	switch level {
	case exchange.JournalError:
		return "level ERROR"
	case exchange.JournalInfo:
		return "level INFO"
	case exchange.JournalData:
		return "level INFO with data trace"
	}
	return ""
}

// Start returns the step that tells what is asked for.
func Start() exchange.Step {
	return exchange.Step{Name: Name, Detail: "tell the request", Run: start}
}

func start(_ context.Context, x *exchange.Exchange) error {
	j := x.Journal
	if !j.On(exchange.JournalInfo) {
		return nil
	}
	j.Sayf(exchange.JournalInfo, "Starting execution for request: %s", x.ID)
	j.Sayf(exchange.JournalInfo, "HTTP Method: %s, Resource Path: %s", x.Request.Method, x.Route.Path)
	if key := x.Identity.APIKey; key != "" && x.Trial == nil {
		j.Sayf(exchange.JournalInfo, "API Key: %s", exchange.Masked(key))
		j.Sayf(exchange.JournalInfo, "API Key ID: %s", x.Identity.APIKeyID)
	}
	if !j.On(exchange.JournalData) {
		return nil
	}
	if err := x.Request.Body.ReadAhead(exchange.JournalAhead); err != nil {
		if errors.Is(err, exchange.ErrBodyTooLarge) {
			return exchange.Refuse(exchange.KindRequestTooLarge, err)
		}
		return exchange.Refuse(exchange.KindBadRequest, err)
	}
	j.Sayf(exchange.JournalData, "Method request path: %s", variables(x))
	j.Sayf(exchange.JournalData, "Method request query string: %s", parameters(x))
	j.Sayf(exchange.JournalData, "Method request headers: %s", head(x))
	j.Sayf(exchange.JournalData, "Method request body before transformations: %s", exchange.Payload(x.Request.Body.Known()))
	return nil
}

func head(x *exchange.Exchange) exchange.Hashed {
	var h exchange.Header
	x.MethodHead(&h)
	return h.Fields()
}

func variables(x *exchange.Exchange) exchange.Hashed {
	fields := make(exchange.Hashed, len(x.Route.Vars))
	for i, v := range x.Route.Vars {
		fields[i] = exchange.Field{Name: []byte(v.Name), Value: v.Value}
	}
	return fields
}

func parameters(x *exchange.Exchange) exchange.Hashed {
	var fields exchange.Hashed
	for rest := x.Request.Query; len(rest) > 0; {
		var pair []byte
		pair, rest, _ = bytes.Cut(rest, []byte{'&'})
		name, value, _ := bytes.Cut(pair, []byte{'='})
		if len(pair) > 0 {
			fields = append(fields, exchange.Field{
				Name: exchange.AppendUnescaped(nil, name, true), Value: exchange.AppendUnescaped(nil, value, true),
			})
		}
	}
	return fields
}
