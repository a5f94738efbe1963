// Package bundle makes of a directory with a function's sources what Lambda runs: it tells the language by the files,
// compiles Go and TypeScript with the tools that are there, and finds handler and runtime. `dipylon up` asks it; the
// server knows nothing of it.
//
// What it makes runs from a directory, so it is for one machine. It may import the standard library only.
package bundle

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Source is a function as a developer has it.
type Source struct {
	Name, Dir string
	// Handler is the handler as Lambda names it; empty to take what the directory shows.
	Handler string
}

// Bundle is a function as Lambda takes it.
type Bundle struct {
	Runtime, Handler string
	// Dir is what the function runs from.
	Dir string
	// Language is for people.
	Language string
	// Note, if not empty, is what the developer may not have meant.
	Note string
	// Watched are the files and directories that it was made from; see [Stamp].
	Watched []string
}

// Bundler makes bundles. What it compiles goes below Cache, a directory for each outcome.
type Bundler struct{ Cache string }

// Error says why there is no bundle, with what a tool printed.
type Error struct {
	Name, Message string
	// Output is the tool's, empty if none was run.
	Output string
}

// Error implements error.
func (e *Error) Error() string {
	text := "function " + e.Name + ": " + e.Message
	if out := strings.TrimSpace(e.Output); out != "" {
		text += "\n    " + strings.ReplaceAll(out, "\n", "\n    ")
	}
	return text
}

func (s Source) errorf(format string, args ...any) error {
	return &Error{Name: s.Name, Message: fmt.Sprintf(format, args...)}
}

// Make makes a bundle. With an error, the bundle still says what to watch. The error is an *[Error] but for failures of
// the machine.
func (b *Bundler) Make(ctx context.Context, src Source) (Bundle, error) {
	dir, err := filepath.Abs(src.Dir)
	if err != nil {
		return Bundle{}, err
	}
	src.Dir = dir
	watched := directories(dir)
	made, err := b.byKind(ctx, src)
	made.Watched = append(made.Watched, watched...)
	return made, err
}

func (b *Bundler) byKind(ctx context.Context, src Source) (Bundle, error) {
	entries, err := os.ReadDir(src.Dir)
	if err != nil {
		return Bundle{}, src.errorf("%v", err)
	}
	names := map[string]bool{}
	for _, e := range entries {
		if !e.IsDir() {
			names[e.Name()] = true
			names["*"+filepath.Ext(e.Name())] = true
		}
	}
	switch {
	case names["bootstrap"]:
		return Bundle{Runtime: "provided.al2023", Handler: orElse(src.Handler, "bootstrap"), Dir: src.Dir, Language: "bootstrap"}, nil
	case names["*.go"]:
		return b.goFunction(ctx, src)
	case names["package.json"], names["tsconfig.json"], names["*.js"], names["*.mjs"], names["*.cjs"], names["*.ts"], names["*.mts"], names["*.cts"]:
		return b.nodeFunction(ctx, src)
	case names["*.py"]:
		return pythonFunction(ctx, src)
	}
	return Bundle{}, src.errorf("%s has none of *.go, package.json, index.js, index.mjs, index.ts, *.py and bootstrap", src.Dir)
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
