package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module is the path of the module.
const module = "github.com/dipylon/dipylon"

// root is the top of the tree, seen from this package.
const root = "../.."

// file is a Go file of the module, for whatever platform.
type file struct {
	path      string // from the top of the tree, with slashes
	syntax    *ast.File
	set       *token.FileSet
	lines     int
	test      bool
	generated bool
}

// dir is the package's directory.
func (f *file) dir() string { return path.Dir(f.path) }

// imports returns the paths that the file imports.
func (f *file) imports() []string {
	list := make([]string, len(f.syntax.Imports))
	for i, spec := range f.syntax.Imports {
		list[i] = strings.Trim(spec.Path.Value, `"`)
	}
	return list
}

// readTree parses every Go file of the module. Directories with a go.mod of their own are other modules.
func readTree(t *testing.T) []*file {
	t.Helper()
	var files []*file
	set := token.NewFileSet()
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skipDir(p, d.Name())
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		syntax, err := parser.ParseFile(set, p, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		files = append(files, &file{
			path: filepath.ToSlash(rel), syntax: syntax, set: set, lines: set.File(syntax.FileStart).LineCount(),
			test: strings.HasSuffix(p, "_test.go"), generated: ast.IsGenerated(syntax),
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func skipDir(p, name string) error {
	if p == root {
		return nil
	}
	if _, err := os.Stat(filepath.Join(p, "go.mod")); err == nil || name == "testdata" || strings.HasPrefix(name, ".") {
		return filepath.SkipDir
	}
	return nil
}

// packages returns the directories of all packages with code that is not a test, sorted.
func packages(files []*file) []string {
	var dirs []string
	for _, f := range files {
		if !f.test && !slices.Contains(dirs, f.dir()) {
			dirs = append(dirs, f.dir())
		}
	}
	slices.Sort(dirs)
	return dirs
}

// read returns a file of the tree as text.
func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// exists reports whether the tree has a file or directory of that name, which may hold wildcards.
func exists(name string) bool {
	found, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(name)))
	return err == nil && len(found) > 0
}

// functions yields the names of the file's functions that are no methods.
func (f *file) functions() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, decl := range f.syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && !yield(fn.Name.Name) {
				return
			}
		}
	}
}
