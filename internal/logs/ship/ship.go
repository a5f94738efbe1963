// Package ship sends the events of log groups on, besides their being kept: to an OpenTelemetry collector over OTLP
// (https://opentelemetry.io/docs/specs/otlp/#otlphttp, in its JSON encoding), and as JSON lines. It never holds up who logs: what
// a collector does not take in time is dropped.
//
// It may import gateway.
package ship

import (
	"encoding/json"
	"io"
	"time"

	"github.com/dipylon/dipylon/internal/gateway"
)

// Event is one that is sent on.
type Event struct {
	At              time.Time
	Stream, Message string
}

// Shipper takes the events of log groups, and keeps the slice.
type Shipper interface {
	Ship(group gateway.LogGroupID, events []Event)
}

// Lines writes events as lines of JSON. One that cannot be written is lost.
type Lines struct{ To io.Writer }

// Ship implements [Shipper].
func (l Lines) Ship(group gateway.LogGroupID, events []Event) {
	var text []byte
	for i := range events {
		e := &events[i]
		line, err := json.Marshal(struct {
			Time    time.Time `json:"time"`
			Region  string    `json:"region"`
			Account string    `json:"account"`
			Group   string    `json:"logGroup"`
			Stream  string    `json:"logStream"`
			Message string    `json:"message"`
		}{e.At.UTC(), group.Region, group.Account, group.Name, e.Stream, e.Message})
		if err == nil {
			text = append(append(text, line...), '\n')
		}
	}
	_, _ = l.To.Write(text)
}
