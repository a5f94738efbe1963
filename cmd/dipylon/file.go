package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v4"
)

// readFile reads the configuration file: a mapping with the names of the flags. A mapping within it, such as limits,
// gathers flags that begin alike: limits: {payload: 1} is --limits-payload 1.
func readFile(r io.Reader) (kong.Resolver, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var tree map[string]any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	return file(tree), nil
}

// file is the configuration file's content.
type file map[string]any

// flagName is a key as flags spell it.
func flagName(key string) string { return strings.ReplaceAll(key, "_", "-") }

// find returns the value of a flag.
func (f file) find(name string) (any, bool) {
	for key, value := range f {
		key = flagName(key)
		if key == name {
			return value, true
		}
		inner, isMap := value.(map[string]any)
		if rest, ok := strings.CutPrefix(name, key+"-"); ok && isMap {
			if v, ok := file(inner).find(rest); ok {
				return v, true
			}
		}
	}
	return nil, false
}

// Validate refuses names that are no flags of any command.
func (f file) Validate(app *kong.Application) error {
	known := map[string]bool{}
	_ = kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			known[flag.Name] = true
		}
		return next(nil)
	})
	if unknown := f.unknown("", known); len(unknown) > 0 {
		slices.Sort(unknown)
		return errors.New("configuration file: unknown settings: " + strings.Join(unknown, ", "))
	}
	return nil
}

func (f file) unknown(prefix string, known map[string]bool) []string {
	var names []string
	for key, value := range f {
		name := prefix + flagName(key)
		if known[name] {
			continue
		}
		if inner, ok := value.(map[string]any); ok {
			names = append(names, file(inner).unknown(name+"-", known)...)
		} else {
			names = append(names, name)
		}
	}
	return names
}

// Resolve implements [kong.Resolver]. The environment goes before the file.
func (f file) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, ok := os.LookupEnv(name); ok {
			return nil, nil
		}
	}
	value, ok := f.find(flag.Name)
	if !ok || value == nil {
		return nil, nil
	}
	switch v := value.(type) {
	case map[string]any:
		return v, nil
	case []any:
		return items(v)
	}
	return fmt.Sprint(value), nil
}

// items writes a list's items as the flag takes them: a mapping as JSON.
func items(list []any) ([]any, error) {
	out := make([]any, len(list))
	for i, item := range list {
		if _, ok := item.(map[string]any); !ok {
			out[i] = fmt.Sprint(item)
			continue
		}
		text, err := json.Marshal(item)
		if err != nil {
			return nil, err
		}
		out[i] = string(text)
	}
	return out, nil
}
