package arch

import (
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// measured is written by `make bench`, which may not have been run yet.
const measured = "bench/RESULTS.md"

// documents returns every Markdown file of the tree but the generated ones.
func documents(t *testing.T) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skipDir(p, d.Name())
		}
		rel, err := filepath.Rel(root, p)
		if rel = filepath.ToSlash(rel); path.Ext(rel) == ".md" && rel != "COMPATIBILITY.md" && rel != measured {
			names = append(names, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

var (
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	quoted   = regexp.MustCompile("`([^`\n]+)`")
	treePath = regexp.MustCompile(`^(?:internal|cmd|tools|docs|test|bench|examples|\.ci)/[\w./*$-]+$`)
)

// TestDocumentsNameWhatExists holds links, and the paths in backquotes, to the tree.
func TestDocumentsNameWhatExists(t *testing.T) {
	for _, name := range documents(t) {
		text := read(t, name)
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if target == "" || strings.Contains(target, "://") || path.Join(path.Dir(name), target) == measured {
				continue
			}
			if !exists(path.Join(path.Dir(name), target)) {
				t.Errorf("%s links to %s, which does not exist", name, m[1])
			}
		}
		for _, m := range quoted.FindAllStringSubmatch(text, -1) {
			p := strings.TrimSuffix(m[1], "/")
			if treePath.MatchString(p) && !strings.Contains(p, ".Test") && !strings.Contains(p, "NAME") && !exists(p) {
				t.Errorf("%s names %s, which does not exist: say what has taken its place", name, m[1])
			}
		}
	}
}

// TestArchitectureNamesEveryPackage keeps the map whole.
func TestArchitectureNamesEveryPackage(t *testing.T) {
	text := read(t, "ARCHITECTURE.md")
	for _, dir := range packages(readTree(t)) {
		if strings.Contains(dir, "/gen/") || strings.HasPrefix(dir, "bench") || strings.HasPrefix(dir, "test/") {
			continue // named as a family
		}
		if !strings.Contains(text, "`"+dir+"`") {
			t.Errorf("ARCHITECTURE.md does not name `%s`: give it a line in the list of packages", dir)
		}
	}
}

// TestFeatureTable holds the table "AWS feature, package, test" to the tree, and the tree to it.
func TestFeatureTable(t *testing.T) {
	const heading = "## AWS feature → package → test"
	files := readTree(t)
	rows := table(t, "ARCHITECTURE.md", heading)
	covered := map[string]bool{}
	for _, row := range rows {
		if len(row) != 3 {
			t.Fatalf("ARCHITECTURE.md: %v: want three columns: feature, package, test", row)
		}
		if len(quoted.FindAllString(row[1], -1)) == 0 || len(quoted.FindAllString(row[2], -1)) == 0 {
			t.Errorf("ARCHITECTURE.md: %q names no package or no test in backquotes", row[0])
		}
		for _, m := range quoted.FindAllStringSubmatch(row[1], -1) {
			covered[m[1]] = true
			if !slices.ContainsFunc(files, func(f *file) bool { return f.dir() == m[1] }) {
				t.Errorf("ARCHITECTURE.md: %q: there is no package %s", row[0], m[1])
			}
		}
		for _, m := range quoted.FindAllStringSubmatch(row[2], -1) {
			if !isTest(files, m[1]) {
				t.Errorf("ARCHITECTURE.md: %q: there is no test %s: name a function such as internal/program.TestBind, or a file", row[0], m[1])
			}
		}
	}
	for _, dir := range packages(files) {
		if strings.HasPrefix(dir, "internal/") && !strings.Contains(dir, "/gen/") && !covered[dir] && !slices.Contains(featureless, dir) {
			t.Errorf("ARCHITECTURE.md: no feature names %s: add a row to the table under %q", dir, heading)
		}
	}
}

// featureless packages only serve others.
var featureless = []string{"internal/arch", "internal/store/storetest", "internal/wire/wiretest"}

// isTest reports whether name is a test, as package.TestName, or a file of cases.
func isTest(files []*file, name string) bool {
	dir, function, ok := strings.Cut(name, ".Test")
	if !ok {
		return strings.Contains(name, "/") && exists(name)
	}
	return slices.ContainsFunc(files, func(f *file) bool {
		return f.test && f.dir() == dir && slices.Contains(slices.Collect(f.functions()), "Test"+function)
	})
}

// table returns the cells of the first table behind a heading, without its two head lines.
func table(t *testing.T, name, heading string) [][]string {
	t.Helper()
	_, text, found := strings.Cut(read(t, name), "\n"+heading+"\n")
	if !found {
		t.Fatalf("%s has no heading %q", name, heading)
	}
	var rows [][]string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			break
		}
		if !strings.HasPrefix(line, "|") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	if len(rows) < 3 {
		t.Fatalf("%s: no table under %q", name, heading)
	}
	return rows[2:]
}

// TestDecisions: records are numbered without gaps, have the same three parts, and stand in the list.
func TestDecisions(t *testing.T) {
	const dir = "docs/decisions"
	list := read(t, dir+"/README.md")
	names, err := filepath.Glob(filepath.Join(root, dir, "[0-9]*.md"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no decisions: %v", err)
	}
	for i, name := range names {
		name = filepath.Base(name)
		number, _, _ := strings.Cut(name, "-")
		if n, err := strconv.Atoi(number); err != nil || n != i+1 || len(number) != 4 {
			t.Errorf("%s/%s: want number %04d", dir, name, i+1)
		}
		if !strings.Contains(list, "("+name+")") {
			t.Errorf("%s/README.md does not list %s", dir, name)
		}
		text := read(t, dir+"/"+name)
		for _, part := range []string{"\n## Context\n", "\n## Decision\n", "\n## Consequences\n"} {
			if !strings.Contains(text, part) {
				t.Errorf("%s/%s has no part %q", dir, name, strings.TrimSpace(part))
			}
		}
	}
}
