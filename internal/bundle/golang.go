package bundle

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// goFunction builds package main with the machine's Go, for this machine.
func (b *Bundler) goFunction(ctx context.Context, src Source) (Bundle, error) {
	out := Bundle{Runtime: "provided.al2023", Handler: orElse(src.Handler, "bootstrap"), Language: "Go"}
	path, err := exec.LookPath("go")
	if err != nil {
		return out, src.errorf("%s is Go, and there is no go on the PATH: see https://go.dev/doc/install", src.Dir)
	}
	if out.Watched, err = goSources(ctx, src, path); err != nil {
		return out, err
	}
	out.Dir, err = b.compile(src, func(dir string) error {
		// Without -trimpath the standard library comes out of the cache that `go run` has filled.
		_, err := src.run(ctx, tool{path: path, args: []string{"build", "-buildvcs=false", "-o", filepath.Join(dir, "bootstrap"), "."}})
		return err
	})
	return out, err
}

// goSources lists the packages of the module that the function is built from, and its module files.
func goSources(ctx context.Context, src Source, path string) ([]string, error) {
	const form = "{{.Name}}\t{{if .Module}}{{if .Module.Main}}{{.Dir}}\t{{.Module.GoMod}}{{end}}{{end}}"
	list, err := src.run(ctx, tool{path: path, args: []string{"list", "-e", "-deps", "-f", form, "."}})
	if err != nil {
		return nil, err
	}
	var watched []string
	name := ""
	for line := range strings.Lines(list) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		name = fields[0] // the package itself comes last
		watched = append(watched, fields[1:]...)
		if len(fields) > 2 {
			watched = append(watched, strings.TrimSuffix(fields[2], "mod")+"sum")
		}
	}
	if name != "main" {
		return nil, src.errorf("%s is package %s: a function is package main", src.Dir, name)
	}
	slices.Sort(watched)
	return slices.Compact(watched), nil
}
