package ratelimit

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/dipylon/dipylon/internal/bucket"
	"github.com/dipylon/dipylon/internal/strictjson"
)

// Extension is the name of the OpenAPI extension, and of the tag, that holds a configuration.
const Extension = "x-dipylon-rate-limit"

// What a configuration may hold.
const (
	maxConfigBytes = 16 << 10
	maxLimits      = 8
	maxNameBytes   = 128
	maxRate        = 1e9
	minRate        = 1.0 / (366 * 86400) // per second: one a year
)

// Config is what a value of [Extension] says.
type Config struct {
	// Limits must all let a call through. Their names differ. There may be none.
	Limits []Limit
}

// Limit is one limit: each key, such as each client address, has a bucket of that size.
type Limit struct {
	// Name tells the limit from others of the same API or route; a changed name is another limit, whose buckets are full.
	Name string
	By   By
	// Of is the name of the claim or header.
	Of   string
	Size bucket.Limit
	// IPv4Prefix and IPv6Prefix are how many bits of an address count: those who share them share a bucket.
	IPv4Prefix, IPv6Prefix int
	// Missing is what becomes of a call without the claim or header.
	Missing Missing

	pace string // as it was written, for logs
}

// By is what tells callers apart: a closed set.
type By uint8

// The kinds of keys.
const (
	ByIP By = iota
	ByClaim
	ByHeader
)

// Missing is a closed set; see [Limit].
type Missing uint8

// What becomes of calls without a key.
const (
	// Share has all of them take from one bucket.
	Share Missing = iota
	// Refuse refuses them: 400 for want of a header, 403 for want of a claim.
	Refuse
	// Pass lets them through.
	Pass
)

// Parse reads a configuration: one limit, or {"limits": [...]}. docs/extensions.md describes it.
func Parse(raw []byte) (*Config, error) {
	if len(raw) > maxConfigBytes {
		return nil, fmt.Errorf("has more than %d bytes", maxConfigBytes)
	}
	members, err := strictjson.Members(raw)
	if err != nil || len(members) == 0 {
		return &Config{}, err
	}
	list := []json.RawMessage{raw}
	several := members[0].Name == "limits"
	if several {
		if err := strictjson.Object(raw, map[string]any{"limits": &list}); err != nil {
			return nil, err
		}
	}
	if len(list) > maxLimits {
		return nil, fmt.Errorf("limits: more than %d", maxLimits)
	}
	c := &Config{}
	for i, one := range list {
		l, err := parseLimit(one)
		if err != nil && several {
			err = fmt.Errorf("limits[%d]: %w", i, err)
		}
		if err != nil {
			return nil, err
		}
		for _, other := range c.Limits {
			if other.Name == l.Name {
				return nil, fmt.Errorf("limits[%d]: another limit has the name %q too: give one of them another by the member name", i, l.Name)
			}
		}
		c.Limits = append(c.Limits, l)
	}
	return c, nil
}

// written is a limit as it stands in JSON.
type written struct {
	name, by, per, missing string
	rate                   float64
	burst                  int
	ipv4Prefix, ipv6Prefix int
}

func parseLimit(raw []byte) (Limit, error) {
	w := written{per: "second", missing: "share", burst: math.MinInt, ipv4Prefix: 32, ipv6Prefix: 64}
	err := strictjson.Object(raw, map[string]any{
		"name": &w.name, "by": &w.by, "rate": &w.rate, "per": &w.per, "burst": &w.burst, "missing": &w.missing,
		"ipv4Prefix": &w.ipv4Prefix, "ipv6Prefix": &w.ipv6Prefix,
	})
	if err != nil {
		return Limit{}, err
	}
	l := Limit{Name: w.name, IPv4Prefix: w.ipv4Prefix, IPv6Prefix: w.ipv6Prefix}
	if err := errors.Join(l.setKey(w.by), l.setSize(w), l.setMissing(w.missing)); err != nil {
		return Limit{}, errors.New(strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	if l.Name == "" {
		l.Name = w.by
	}
	if len(l.Name) > maxNameBytes {
		return Limit{}, fmt.Errorf("name: more than %d bytes", maxNameBytes)
	}
	return l, nil
}

func (l *Limit) setKey(by string) error {
	kind, of, named := strings.Cut(by, ":")
	switch {
	case by == "ip":
		l.By = ByIP
	case kind == "claim" && of != "" && len(of) <= maxNameBytes:
		l.By, l.Of = ByClaim, of
	case kind == "header" && named && isToken(of):
		l.By, l.Of = ByHeader, of
	default:
		return errors.New(`by: want "ip", "claim:NAME" or "header:NAME"`)
	}
	if l.IPv4Prefix < 8 || l.IPv4Prefix > 32 {
		return errors.New("ipv4Prefix: want 8 to 32 bits")
	}
	if l.IPv6Prefix < 16 || l.IPv6Prefix > 128 {
		return errors.New("ipv6Prefix: want 16 to 128 bits")
	}
	return nil
}

// setSize: without a burst, what may come within the unit of time may come at once.
func (l *Limit) setSize(w written) error {
	seconds := map[string]float64{"second": 1, "minute": 60, "hour": 3600, "day": 86400}[w.per]
	if seconds == 0 {
		return errors.New("per: want second, minute, hour or day")
	}
	rate := w.rate / seconds
	if !(rate >= minRate && rate <= maxRate) {
		return errors.New("rate: want a number of calls above 0")
	}
	if w.burst == math.MinInt {
		w.burst = int(math.Ceil(min(w.rate, maxRate)))
	}
	if w.burst < 1 || w.burst > maxRate {
		return fmt.Errorf("burst: want 1 to %d calls", int(maxRate))
	}
	l.Size = bucket.Limit{Rate: rate, Burst: w.burst}
	l.pace = fmt.Sprintf("%g/%s burst %d", w.rate, w.per, w.burst)
	return nil
}

func (l *Limit) setMissing(missing string) error {
	switch missing {
	case "share":
		l.Missing = Share
	case "refuse":
		l.Missing = Refuse
	case "pass":
		l.Missing = Pass
	default:
		return errors.New("missing: want share, refuse or pass")
	}
	return nil
}

// isToken says whether s can be the name of a header (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != "" && len(s) <= maxNameBytes
}
