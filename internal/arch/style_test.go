package arch

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// What a reader can hold: most files are far below, and generated ones do not count.
const (
	maxFileLines  = 500
	maxFuncLines  = 80
	maxParameters = 4 // besides a context; helpers of tests may take more
	maxMethods    = 7
)

// What is let off, with what it is.
var (
	longFiles = []string{
		"internal/upstream/raw_test.go", // a table of cases
	}
	manyParameters = []string{
		"internal/wire/restjson.go: bound", // all that a member can be bound to
	}
)

func TestSizes(t *testing.T) {
	for _, f := range readTree(t) {
		if f.generated {
			continue
		}
		if f.lines > maxFileLines && !slices.Contains(longFiles, f.path) {
			t.Errorf("%s has %d lines, over %d: split it by what its parts are about", f.path, f.lines, maxFileLines)
		}
		for _, decl := range f.syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			at := f.set.Position(fn.Pos())
			if n := f.set.Position(fn.End()).Line - at.Line + 1; n > maxFuncLines {
				t.Errorf("%s: %s has %d lines, over %d: name its parts, or make the cases of a test a table of the package", at, fn.Name, n, maxFuncLines)
			}
			if n := parameters(fn); n > maxParameters && !f.test && !slices.Contains(manyParameters, f.path+": "+fn.Name.Name) {
				t.Errorf("%s: %s has %d parameters, over %d besides the context: make them a struct", at, fn.Name, n, maxParameters)
			}
		}
	}
}

// parameters counts all but contexts.
func parameters(fn *ast.FuncDecl) int {
	n := 0
	for _, field := range fn.Type.Params.List {
		if sel, ok := field.Type.(*ast.SelectorExpr); ok && sel.Sel.Name == "Context" {
			continue
		}
		n += max(len(field.Names), 1)
	}
	return n
}

// TestNoInit: what happens at start is to be read in internal/app, and nowhere else.
func TestNoInit(t *testing.T) {
	for _, f := range readTree(t) {
		for _, decl := range f.syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: no init(): wire it in internal/app", f.set.Position(fn.Pos()))
			}
		}
	}
}

func TestInterfacesAreSmall(t *testing.T) {
	for _, f := range readTree(t) {
		if f.generated {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if it, ok := n.(*ast.InterfaceType); ok && it.Methods.NumFields() > maxMethods {
				t.Errorf("%s: an interface of %d methods, over %d: let each consumer own the part that it needs", f.set.Position(it.Pos()), it.Methods.NumFields(), maxMethods)
			}
			return true
		})
	}
}

// TestPackageDocs: a package says what it is before it says how.
func TestPackageDocs(t *testing.T) {
	files := readTree(t)
	for _, dir := range packages(files) {
		var docs []string
		for _, f := range files {
			if f.dir() == dir && !f.test && f.syntax.Doc != nil && !strings.HasPrefix(f.syntax.Doc.Text(), "Code generated") {
				docs = append(docs, f.path)
			}
		}
		if len(docs) != 1 {
			t.Errorf("%s has %d package docs (%s): it needs one, which says what it is, where it stands in the flow and what it may import",
				dir, len(docs), strings.Join(docs, ", "))
		}
	}
}
