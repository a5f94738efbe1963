package bundle

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// nodeFunction runs JavaScript from where it is, and compiles TypeScript with the project's own esbuild or tsc.
func (b *Bundler) nodeFunction(ctx context.Context, src Source) (Bundle, error) {
	version, err := src.interpreter(ctx, "Node.js", []string{"node", "nodejs"}, "process.versions.node", "-p")
	if err != nil {
		return Bundle{}, err
	}
	out := Bundle{Runtime: "nodejs" + nearest(version, nodeVersions) + ".x", Dir: src.Dir, Language: "JavaScript"}
	script, export := nodeEntry(src)
	typed := src.first(script, ".ts", ".mts", ".cts")
	plain := src.first(expand(script, "", "dist/", "build/", "out/"), ".js", ".mjs", ".cjs")
	switch {
	case typed != "":
		if compiler, kind := src.compiler(); compiler != "" {
			return b.typeScript(ctx, src, typeScript{out, typed, export, compiler, kind})
		}
		if plain == "" {
			return out, src.errorf("%s is TypeScript, and no node_modules/.bin from %s upwards has a compiler.\n"+
				"    Run `npm install --save-dev esbuild` (or typescript) in %s, or compile it to %s.",
				typed, src.Dir, src.Dir, withoutExt(typed)+".js")
		}
		out.Note = plain + " is run as it is: there is no esbuild or tsc in node_modules/.bin to compile " + typed
	case plain == "":
		return out, src.errorf("%s has no %s.js, .mjs, .cjs or .ts; name the handler as NAME=DIR:FILE.FUNCTION", src.Dir, script[0])
	}
	out.Handler = withoutExt(plain) + "." + export
	return out, nil
}

// nodeEntry returns where the handler may be, without extensions, and what it is called there.
func nodeEntry(src Source) (scripts []string, export string) {
	if script, export, ok := cutHandler(src.Handler); ok {
		return []string{script, "src/" + script}, export
	}
	var project struct{ Main string }
	if text, err := os.ReadFile(filepath.Join(src.Dir, "package.json")); err == nil && json.Unmarshal(text, &project) == nil && project.Main != "" {
		scripts = append(scripts, withoutExt(filepath.ToSlash(filepath.Clean(project.Main))))
	}
	return append(scripts, "index", "src/index", "app", "handler"), "handler"
}

// cutHandler splits dir/file.export: the first full stop behind the last slash ends the file's name.
func cutHandler(handler string) (script, export string, ok bool) {
	slash := strings.LastIndexByte(handler, '/') + 1
	file, export, ok := strings.Cut(handler[slash:], ".")
	return handler[:slash] + file, export, ok && file != "" && export != ""
}

func withoutExt(path string) string { return strings.TrimSuffix(path, filepath.Ext(path)) }

func expand(scripts []string, prefixes ...string) []string {
	var out []string
	for _, script := range scripts {
		for _, prefix := range prefixes {
			out = append(out, prefix+script)
		}
	}
	return out
}

// first returns the first of the files that exists, with one of the extensions.
func (s Source) first(names []string, extensions ...string) string {
	for _, name := range names {
		for _, ext := range extensions {
			if info, err := os.Stat(filepath.Join(s.Dir, name+ext)); err == nil && info.Mode().IsRegular() {
				return name + ext
			}
		}
	}
	return ""
}

const (
	esbuild = "esbuild"
	tsc     = "tsc"
)

// compiler finds the project's compiler of TypeScript, as npm would: here or in a directory above.
func (s Source) compiler() (path, kind string) {
	for dir := s.Dir; ; dir = filepath.Dir(dir) {
		for _, kind := range []string{esbuild, tsc} {
			path := filepath.Join(dir, "node_modules", ".bin", kind)
			if _, err := os.Stat(path); err == nil {
				return path, kind
			}
		}
		if dir == filepath.Dir(dir) {
			return "", ""
		}
	}
}

// typeScript is a function to compile.
type typeScript struct {
	bundle         Bundle
	entry, export  string
	compiler, kind string
}

func (b *Bundler) typeScript(ctx context.Context, src Source, ts typeScript) (Bundle, error) {
	out := ts.bundle
	out.Language = "TypeScript"
	dir, err := b.compile(src, func(dir string) error {
		if ts.kind == esbuild {
			target := filepath.Join(dir, filepath.Base(withoutExt(ts.entry))+".js")
			_, err := src.run(ctx, tool{path: ts.compiler, args: []string{
				ts.entry, "--bundle", "--platform=node", "--format=cjs", "--sourcemap=inline", "--log-level=warning", "--outfile=" + target,
			}})
			return err
		}
		return src.tsc(ctx, ts, dir)
	})
	if err != nil {
		return out, err
	}
	out.Dir = dir
	compiled := Source{Name: src.Name, Dir: dir}
	base := withoutExt(ts.entry)
	script := compiled.first([]string{base, filepath.Base(base)}, ".js", ".mjs", ".cjs")
	if script == "" {
		return out, src.errorf("%s made no %s.js", ts.kind, base)
	}
	out.Handler = withoutExt(script) + "." + ts.export
	return out, nil
}

// tsc compiles the project if there is a tsconfig.json, else the one file, and links the packages that it imports.
func (s Source) tsc(ctx context.Context, ts typeScript, dir string) error {
	args := []string{"--project", ".", "--noEmit", "false", "--incremental", "false", "--composite", "false", "--outDir", dir}
	if s.first([]string{"tsconfig"}, ".json") == "" {
		args = []string{"--module", "commonjs", "--target", "es2022", "--esModuleInterop", "--skipLibCheck", "--outDir", dir, ts.entry}
	}
	if _, err := s.run(ctx, tool{path: ts.compiler, args: args}); err != nil {
		return err
	}
	if text, err := os.ReadFile(filepath.Join(s.Dir, "package.json")); err == nil {
		if err := os.WriteFile(filepath.Join(dir, "package.json"), text, 0o644); err != nil {
			return err
		}
	}
	for from := s.Dir; from != filepath.Dir(from); from = filepath.Dir(from) {
		modules := filepath.Join(from, "node_modules")
		if _, err := os.Stat(modules); err == nil {
			return os.Symlink(modules, filepath.Join(dir, "node_modules"))
		}
	}
	return nil
}
