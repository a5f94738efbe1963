package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// model is a service model in the form that AWS's SDKs for Python and others ship, as far as the wire needs it.
type model struct {
	Metadata   metadata              `json:"metadata"`
	Operations map[string]*operation `json:"operations"`
	Shapes     map[string]*shape     `json:"shapes"`
}

type metadata struct {
	APIVersion     string   `json:"apiVersion"`
	EndpointPrefix string   `json:"endpointPrefix"`
	JSONVersion    string   `json:"jsonVersion,omitempty"`
	Protocol       string   `json:"protocol"`
	Protocols      []string `json:"protocols,omitempty"`
	ServiceID      string   `json:"serviceId"`
	SigningName    string   `json:"signingName,omitempty"`
	TargetPrefix   string   `json:"targetPrefix,omitempty"`
	UID            string   `json:"uid"`
	XMLNamespace   string   `json:"xmlNamespace,omitempty"`
}

type operation struct {
	Name   string     `json:"name"`
	HTTP   binding    `json:"http"`
	Input  *reference `json:"input,omitempty"`
	Output *reference `json:"output,omitempty"`
	Errors []struct {
		Shape string `json:"shape"`
	} `json:"errors,omitempty"`
}

type binding struct {
	Method       string `json:"method"`
	RequestURI   string `json:"requestUri"`
	ResponseCode int    `json:"responseCode,omitempty"`
}

// reference is a use of a shape: as a member, an element, a key, an input or an output.
type reference struct {
	Shape           string `json:"shape"`
	ResultWrapper   string `json:"resultWrapper,omitempty"`
	Location        string `json:"location,omitempty"`
	LocationName    string `json:"locationName,omitempty"`
	TimestampFormat string `json:"timestampFormat,omitempty"`
	Streaming       bool   `json:"streaming,omitempty"`
}

type shape struct {
	Type     string                `json:"type"`
	Members  map[string]*reference `json:"members,omitempty"`
	Required []string              `json:"required,omitempty"`
	Payload  string                `json:"payload,omitempty"`
	Member   *reference            `json:"member,omitempty"`
	Key      *reference            `json:"key,omitempty"`
	Value    *reference            `json:"value,omitempty"`

	Flattened       bool     `json:"flattened,omitempty"`
	TimestampFormat string   `json:"timestampFormat,omitempty"`
	Streaming       bool     `json:"streaming,omitempty"`
	Sensitive       bool     `json:"sensitive,omitempty"`
	Min             *bound   `json:"min,omitempty"`
	Max             *bound   `json:"max,omitempty"`
	Pattern         string   `json:"pattern,omitempty"`
	Enum            []string `json:"enum,omitempty"`

	// first are the members that AWS's messages name before the others; see delta.
	first []string

	// EventStream shapes are read as streams of bytes: the handler writes the events.
	EventStream bool `json:"eventstream,omitempty"`

	Exception bool        `json:"exception,omitempty"`
	Fault     bool        `json:"fault,omitempty"`
	Error     *shapeError `json:"error,omitempty"`
}

// bound is a whole number, which some models write as 8.0.
type bound int64

// UnmarshalJSON implements json.Unmarshaler.
func (b *bound) UnmarshalJSON(text []byte) error {
	number, err := strconv.ParseFloat(string(text), 64)
	if err == nil && number != math.Trunc(number) {
		err = fmt.Errorf("%s is no whole number", text)
	}
	*b = bound(number)
	return err
}

type shapeError struct {
	Code           string `json:"code,omitempty"`
	HTTPStatusCode int    `json:"httpStatusCode,omitempty"`
}

func readModel(path string) (*model, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m := new(model)
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, s := range m.Shapes {
		if s.EventStream {
			s.Type, s.Streaming, s.Members = "blob", true, nil
		}
	}
	return m, nil
}

func (m *model) write(path string) error {
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// prune reduces operations that are not built to their name and HTTP binding and drops the shapes that nothing uses.
func (m *model) prune(svc service) error {
	for name, op := range m.Operations {
		if !slices.Contains(svc.Built, name) {
			m.Operations[name] = &operation{Name: op.Name, HTTP: op.HTTP}
		}
	}
	used, err := m.used(svc)
	if err != nil {
		return err
	}
	maps.DeleteFunc(m.Shapes, func(name string, _ *shape) bool { return !used[name] })
	return nil
}

// used returns the names of the shapes that the built operations reach, and of those to keep.
func (m *model) used(svc service) (map[string]bool, error) {
	seen := make(map[string]bool)
	queue := slices.Clone(svc.Keep)
	for _, name := range svc.Built {
		op, ok := m.Operations[name]
		if !ok {
			return nil, fmt.Errorf("no operation %s", name)
		}
		for _, ref := range []*reference{op.Input, op.Output} {
			if ref != nil {
				queue = append(queue, ref.Shape)
			}
		}
		for _, e := range op.Errors {
			queue = append(queue, e.Shape)
		}
	}
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		if seen[name] {
			continue
		}
		s, ok := m.Shapes[name]
		if !ok {
			return nil, fmt.Errorf("no shape %s", name)
		}
		seen[name] = true
		for _, ref := range s.references() {
			queue = append(queue, ref.Shape)
		}
	}
	return seen, nil
}

func (s *shape) references() []*reference {
	refs := slices.Collect(maps.Values(s.Members))
	for _, ref := range []*reference{s.Member, s.Key, s.Value} {
		if ref != nil {
			refs = append(refs, ref)
		}
	}
	return refs
}
