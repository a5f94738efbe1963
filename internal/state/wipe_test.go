package state_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/state"
	"github.com/dipylon/dipylon/internal/store"
	"github.com/dipylon/dipylon/internal/store/sqlite"
)

// TestWipe: no document is left, of whatever kind the source has a collection or an index.
func TestWipe(t *testing.T) {
	st, err := sqlite.Open(t.Context(), sqlite.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	kinds := kindsInSource(t)
	if len(kinds) < 24 {
		t.Fatalf("the source has the kinds %v only", kinds)
	}
	for _, change := range []func(store.Tx) error{
		func(tx store.Tx) error {
			for _, kind := range kinds {
				key := store.At("tenant", "parent", "id")
				key.Kind = kind
				if err := tx.Put(key, []byte("{}")); err != nil {
					return err
				}
			}
			return nil
		},
		state.Wipe,
	} {
		if _, err := st.Update(t.Context(), change); err != nil {
			t.Fatal(err)
		}
	}
	err = st.View(t.Context(), func(r store.Reader) error {
		for _, kind := range kinds {
			left, err := r.List(store.Range{Kind: kind, AnyTenant: true, AnyParent: true})
			if err != nil {
				return err
			}
			if len(left) > 0 {
				t.Errorf("documents of kind %s outlive a wipe: add it to Wipe", kind)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// kindsInSource reads the kinds of all collections, and of their indexes, off the package's source.
func kindsInSource(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	constants := map[string]string{}
	var decls []ast.Decl
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		decls = append(decls, file.Decls...)
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
				constants[spec.Names[0].Name], _ = strconv.Unquote(literal(spec.Values[0])) // others are of no interest
			}
			return true
		})
	}
	var kinds []string
	for _, decl := range decls {
		function, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		// A collection's function is one literal: its kind comes first, the names of its indexes behind.
		var kind string
		for i, name := range fieldsOf(t, function, constants) {
			if i == 0 {
				kind = name
				kinds = append(kinds, kind)
			} else {
				kinds = append(kinds, kind+"."+name)
			}
		}
	}
	return kinds
}

// fieldsOf returns the values of the fields Kind and Name in a function, in the source's order.
func fieldsOf(t *testing.T, function *ast.FuncDecl, constants map[string]string) []string {
	t.Helper()
	var out []string
	ast.Inspect(function, func(n ast.Node) bool {
		field, ok := n.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		key, ok := field.Key.(*ast.Ident)
		if !ok || key.Name != "Kind" && key.Name != "Name" || function.Name.Name == "Wipe" {
			return true
		}
		text, err := strconv.Unquote(literal(field.Value))
		if name, isName := field.Value.(*ast.Ident); isName {
			text, err = constants[name.Name], nil
		}
		if err != nil || text == "" {
			t.Fatalf("%s: the kind or the index has no name that this test can read", function.Name)
		}
		out = append(out, text)
		return true
	})
	return out
}

func literal(e ast.Expr) string {
	if lit, ok := e.(*ast.BasicLit); ok {
		return lit.Value
	}
	return ""
}
