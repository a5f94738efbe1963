package config

import (
	"strings"
	"time"
)

// Backend is where the calls of a private integration go: the addresses behind the ARN of a load balancer's listener or
// of a Cloud Map service. A flag gives the addresses only, separated by commas.
type Backend struct {
	// Addresses are host:port.
	Addresses []string `json:"addresses"`
	// TLS encrypts; ServerName is the name to ask for and to verify, empty for each address's host.
	TLS        bool   `json:"tls"`
	ServerName string `json:"server-name"`
	// Health are active checks; nil for none.
	Health *Health `json:"health"`
}

// Health says how addresses are checked. What is left out is as a load balancer has it.
type Health struct {
	Path      string   `json:"path"`
	Interval  Duration `json:"interval"`
	Timeout   Duration `json:"timeout"`
	Healthy   int      `json:"healthy"`
	Unhealthy int      `json:"unhealthy"`
}

// UnmarshalText reads addresses separated by commas, or a JSON object with the names of the YAML file.
func (b *Backend) UnmarshalText(text []byte) error {
	if strings.HasPrefix(string(text), "{") {
		return b.UnmarshalJSON(text)
	}
	b.Addresses = strings.Split(string(text), ",")
	return nil
}

// UnmarshalJSON reads an object. It stands in front of UnmarshalText.
func (b *Backend) UnmarshalJSON(text []byte) error {
	type object Backend // without these methods
	return decode(text, (*object)(b))
}

// Duration is written as Go writes durations: 500ms, 10s.
type Duration time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}
