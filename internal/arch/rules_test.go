package arch

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/config"
)

// TestMakefile: ten targets can be remembered, each with what `make` says about it.
func TestMakefile(t *testing.T) {
	const most = 10
	targets := regexp.MustCompile(`(?m)^([a-z][\w-]*):(?:[^=\n].*)?$`).FindAllStringSubmatch(read(t, "Makefile"), -1)
	if len(targets) == 0 || len(targets) > most {
		t.Errorf("the Makefile has %d targets, want 1 to %d: what is run rarely is a line in CONTRIBUTING.md", len(targets), most)
	}
	for _, m := range targets {
		if !strings.Contains(m[0], " ## ") {
			t.Errorf("make %s has no help: write `%s: ## what it does`", m[1], m[1])
		}
	}
}

// TestDependenciesAreArgued: what is imported directly, by tests too, stands in the record with its licence and its reason.
func TestDependenciesAreArgued(t *testing.T) {
	const most, record = 30, "docs/decisions/0005-dependencies.md"
	required := regexp.MustCompile(`(?m)^\t([\w./~-]+\.[\w./~-]+) v`).FindAllStringSubmatch(read(t, "go.mod"), -1)
	used := map[string]bool{}
	for _, f := range readTree(t) {
		for _, imported := range f.imports() {
			if m := moduleOf(required, imported); m != "" {
				used[m] = true
			}
		}
	}
	if len(used) == 0 || len(used) > most {
		t.Errorf("%d direct dependencies, over %d", len(used), most)
	}
	argued := map[string]bool{}
	for _, row := range table(t, record, "## Decision") {
		name := strings.Trim(row[0], "`")
		argued[name] = true
		if !used[name] {
			t.Errorf("%s: nothing imports %s: take the row out", record, name)
		}
		if len(row) != 3 || row[1] == "" || row[2] == "" {
			t.Errorf("%s: %s: want module, licence, reason", record, name)
		}
	}
	for name := range used {
		if !argued[name] {
			t.Errorf("%s says nothing of %s: what is it for, and why this one?", record, name)
		}
	}
}

// moduleOf returns the required module that holds the package; the longest path wins.
func moduleOf(required [][]string, imported string) string {
	best := ""
	for _, m := range required {
		if (imported == m[1] || strings.HasPrefix(imported, m[1]+"/")) && len(m[1]) > len(best) {
			best = m[1]
		}
	}
	return best
}

var update = flag.Bool("update", false, "write the table of settings into docs/configuration.md")

// TestSettingsTable holds the table of settings to the struct that they are read into.
func TestSettingsTable(t *testing.T) {
	const name, heading = "docs/configuration.md", "\n## Settings\n"
	text := read(t, name)
	before, after, found := strings.Cut(text, heading)
	if !found {
		t.Fatalf("%s has no heading %q", name, strings.TrimSpace(heading))
	}
	_, rest, _ := strings.Cut(after, "\n## ")
	want := before + heading + "\n" + settings() + "\n## " + rest
	if *update {
		if err := os.WriteFile(filepath.Join(root, name), []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if text != want {
		t.Errorf("%s differs from internal/config: run go test ./internal/arch -run TestSettingsTable -update", name)
	}
}

// settings writes the table.
func settings() string {
	var b strings.Builder
	b.WriteString("| Flag and key | Environment | Default | What it is |\n|---|---|---|---|\n")
	addSettings(&b, reflect.TypeFor[config.Config](), [2]string{})
	return b.String()
}

// addSettings writes the fields of a struct, those of embedded ones with the prefixes of flag and variable.
func addSettings(b *strings.Builder, of reflect.Type, prefix [2]string) {
	for f := range of.Fields() {
		if _, embedded := f.Tag.Lookup("embed"); embedded {
			addSettings(b, f.Type, [2]string{prefix[0] + f.Tag.Get("prefix"), prefix[1] + f.Tag.Get("envprefix")})
			continue
		}
		value := f.Tag.Get("default")
		if value != "" {
			value = "`" + value + "`"
		}
		help := strings.ReplaceAll(f.Tag.Get("help"), "|", `\|`)
		fmt.Fprintf(b, "| `--%s%s` | `%s%s` | %s | %s |\n", prefix[0], f.Tag.Get("name"), prefix[1], f.Tag.Get("env"), value, help)
	}
}
