package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// config is what is kept by hand: services.json, delta.json and compatibility.md.
type config struct {
	Services []service `json:"services"`

	delta map[string]delta
	intro []byte
}

// service says how one model becomes a package.
type service struct {
	// Package names the Go package and the model's file; Dir is where it goes, from the module's root.
	Package string `json:"package"`
	Dir     string `json:"dir"`
	Title   string `json:"title"`
	// Model is the model's file, from this directory, where it is kept by hand; all others are in models and pruned.
	Model string `json:"model"`
	// Served services stand in COMPATIBILITY.md; the others are for tests.
	Served bool `json:"served"`
	// PathPrefix, ValidationCode, ValidationRoot, HidesValues and EmptyClears go to wire.Model as they are.
	PathPrefix     string `json:"pathPrefix"`
	ValidationCode string `json:"validationCode"`
	ValidationRoot bool   `json:"validationRoot"`
	HidesValues    bool   `json:"hidesValues"`
	EmptyClears    bool   `json:"emptyClears"`
	// TrailingSlash is wire.Model's.
	TrailingSlash bool `json:"trailingSlash"`
	// MaxBody is wire.Model's, in bytes.
	MaxBody int64 `json:"maxBody"`
	// Exempt lists what the handlers validate themselves: a shape's name, or a structure's and a member's with a dot.
	Exempt []string `json:"exempt"`
	// EmptyNull lists members, each as Exempt does, that are wire.Member's of that name.
	EmptyNull []string `json:"emptyNull"`
	// Keep lists shapes to generate although no built operation uses them.
	Keep []string `json:"keep"`
	// SkipPatterns lists shapes whose regular expression Go cannot compile; any other such shape is an error.
	SkipPatterns []string `json:"skipPatterns"`
	// PayloadTypes are the media types of payloads by the structure's name, where a blob is something better known.
	PayloadTypes map[string]string `json:"payloadTypes"`
	// Built lists the operations that have a handler.
	Built []string `json:"built"`
}

// delta adds to shapes of a model, by shape name, and puts the values of an enumeration, or the first members of a
// structure, into the order in which AWS's messages list them.
type delta map[string]struct {
	Enum  []string `json:"enum"`
	Order []string `json:"order"`
	First []string `json:"first"`
}

func readConfig(home string) (*config, error) {
	cfg := new(config)
	if err := readStrict(filepath.Join(home, "services.json"), cfg); err != nil {
		return nil, err
	}
	if err := readStrict(filepath.Join(home, "delta.json"), &cfg.delta); err != nil {
		return nil, err
	}
	intro, err := os.ReadFile(filepath.Join(home, "compatibility.md"))
	cfg.intro = intro
	return cfg, err
}

func readStrict(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// apply adds the delta to the model. Both must exist: a shape that went and a value that the model now has are errors,
// so that the delta never outlives its reason.
func (d delta) apply(m *model) error {
	for name, add := range d {
		s, ok := m.Shapes[name]
		if !ok {
			return fmt.Errorf("delta: no shape %s", name)
		}
		for _, value := range add.Enum {
			if slices.Contains(s.Enum, value) {
				return fmt.Errorf("delta: %s has %s already", name, value)
			}
			s.Enum = append(s.Enum, value)
		}
		for _, member := range add.First {
			if s.Members[member] == nil {
				return fmt.Errorf("delta: %s has no member %s", name, member)
			}
		}
		s.first = add.First
		if add.Order == nil {
			continue
		}
		if !slices.Equal(slices.Sorted(slices.Values(add.Order)), slices.Sorted(slices.Values(s.Enum))) {
			return fmt.Errorf("delta: the order of %s has other values than the model: %v", name, s.Enum)
		}
		s.Enum = add.Order
	}
	return nil
}
