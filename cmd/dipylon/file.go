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

// readFile reads the configuration file: a mapping with the names of the flags. A mapping within it, such as limits, is
// written out with hyphens: limits: {payload: 1} is --limits-payload 1.
func readFile(r io.Reader) (kong.Resolver, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var tree map[string]any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	f := file{}
	if err := f.flatten("", tree); err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	return f, nil
}

// file holds settings by flag name.
type file map[string]any

func (f file) flatten(prefix string, tree map[string]any) error {
	for name, value := range tree {
		name = prefix + strings.ReplaceAll(name, "_", "-")
		switch v := value.(type) {
		case map[string]any:
			if err := f.flatten(name+"-", v); err != nil {
				return err
			}
		case []any:
			items := make([]any, len(v))
			for i, item := range v {
				text, err := itemText(item)
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				items[i] = text
			}
			f[name] = items
		case nil:
		default:
			f[name] = fmt.Sprint(v)
		}
	}
	return nil
}

// itemText writes a list's item as the flag takes it: a mapping as JSON.
func itemText(item any) (string, error) {
	if _, ok := item.(map[string]any); !ok {
		return fmt.Sprint(item), nil
	}
	text, err := json.Marshal(item)
	return string(text), err
}

// Validate refuses names that are no flags of any command.
func (f file) Validate(app *kong.Application) error {
	var known []string
	_ = kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			known = append(known, flag.Name)
		}
		return next(nil)
	})
	var unknown []string
	for name := range f {
		if !slices.Contains(known, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return errors.New("configuration file: unknown settings: " + strings.Join(unknown, ", "))
	}
	return nil
}

// Resolve implements [kong.Resolver]. The environment goes before the file.
func (f file) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, ok := os.LookupEnv(name); ok {
			return nil, nil
		}
	}
	value, ok := f[flag.Name]
	if !ok {
		return nil, nil
	}
	return value, nil
}
