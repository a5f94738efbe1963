// Command wiregen writes the packages under internal/wire/gen, and COMPATIBILITY.md, from service models.
//
//	go run ./tools/wiregen                  generate from tools/wiregen/models
//	go run ./tools/wiregen prune -from DIR  take the models anew from DIR, keeping what services.json asks for
//
// services.json says which services there are and which of their operations are built; delta.json adds what is newer
// than the models; compatibility.md introduces COMPATIBILITY.md. To build one more operation, add its name to
// services.json, prune and generate: the compiler then asks for the handler.
//
// It may import the standard library only.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "wiregen:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	home := filepath.Join(root, "tools", "wiregen")
	cfg, err := readConfig(home)
	if err != nil {
		return err
	}
	if len(args) > 0 && args[0] == "prune" {
		return pruneAll(cfg, home, args[1:])
	}
	if len(args) > 0 {
		return fmt.Errorf("unknown command %q", args[0])
	}
	files, err := generateAll(cfg, home)
	if err != nil {
		return err
	}
	return writeAll(root, files)
}

// moduleRoot finds the nearest directory upwards that holds go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("no go.mod here or above")
		}
		dir = up
	}
}

// pruneAll writes the models directory anew from full models.
func pruneAll(cfg *config, home string, args []string) error {
	flags := flag.NewFlagSet("wiregen prune", flag.ContinueOnError)
	from := flags.String("from", "", "directory of the full models")
	if err := flags.Parse(args); err != nil {
		return err
	}
	for _, svc := range cfg.Services {
		if svc.Model != "" {
			continue
		}
		m, err := readModel(filepath.Join(*from, svc.Package+".json"))
		if err != nil {
			return err
		}
		if err := m.prune(svc); err != nil {
			return fmt.Errorf("%s: %w", svc.Package, err)
		}
		if err := m.write(modelFile(home, svc)); err != nil {
			return err
		}
	}
	return nil
}

// generateAll returns the generated files by their path from the module's root.
func generateAll(cfg *config, home string) (map[string][]byte, error) {
	files := make(map[string][]byte)
	var served []*plan
	for _, svc := range cfg.Services {
		m, err := readModel(modelFile(home, svc))
		if err != nil {
			return nil, err
		}
		p, err := newPlan(svc, m, cfg.delta[svc.Package])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", svc.Package, err)
		}
		if err := p.emit(files); err != nil {
			return nil, fmt.Errorf("%s: %w", svc.Package, err)
		}
		if svc.Served {
			served = append(served, p)
		}
	}
	files["COMPATIBILITY.md"] = compatibility(cfg.intro, served)
	return files, nil
}

func writeAll(root string, files map[string][]byte) error {
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func modelFile(home string, svc service) string {
	if svc.Model != "" {
		return filepath.Join(home, filepath.FromSlash(svc.Model))
	}
	return filepath.Join(home, "models", svc.Package+".json")
}
