package code

import (
	"archive/zip"
	"maps"
	"path"
	"slices"
	"strings"
)

// A kind is what an entry becomes. It is a closed set.
type kind uint8

const (
	directory kind = iota
	file
	link
)

// entry is what a zip says of one path.
type entry struct {
	kind       kind
	file       *zip.File
	size       int64
	executable bool
	// target is where a link leads.
	target string
}

// node is an entry with what is above and below it.
type node struct {
	entry
	parent *node
	below  map[string]*node
}

// tree is what unpacking one zip, or several into one directory, gives.
type tree struct {
	root  *node
	nodes int
	// steps is how many parts of links were followed.
	steps int
}

func newTree() *tree { return &tree{root: &node{below: map[string]*node{}}} }

// add adds the entries of a zip. What other zips gave is replaced if replace is set, and a contradiction otherwise, as
// within a zip.
func (t *tree) add(r *zip.Reader, replace bool) error {
	if len(r.File) > maxEntries {
		return refuse("it has more than %d entries", maxEntries)
	}
	a := adder{tree: t, replace: replace, own: map[*node]bool{}}
	for _, f := range r.File {
		name, e, err := readEntry(f)
		if err != nil {
			return err
		}
		if name == "" {
			if e.kind != directory {
				return refuse("the name %.100q is empty", f.Name)
			}
			continue
		}
		at := t.root
		parts := strings.Split(name, "/")
		for _, part := range parts[:len(parts)-1] {
			if at, err = a.put(at, part, entry{kind: directory}); err != nil {
				return err
			}
		}
		if _, err := a.put(at, parts[len(parts)-1], e); err != nil {
			return err
		}
	}
	return nil
}

// adder adds one zip to a tree. own are the nodes that it has given.
type adder struct {
	tree    *tree
	replace bool
	own     map[*node]bool
}

// put puts an entry below a directory and returns its node.
func (a *adder) put(at *node, name string, e entry) (*node, error) {
	have := at.below[name]
	if have != nil && have.kind == directory && e.kind == directory {
		a.own[have] = true
		return have, nil
	}
	if have != nil && (!a.replace || a.own[have]) {
		return nil, refuse("the name %.100q is there twice", name)
	}
	if a.tree.nodes++; a.tree.nodes > maxNodes {
		return nil, refuse("it has more than %d files and directories", maxNodes)
	}
	n := &node{entry: e, parent: at}
	if e.kind == directory {
		n.below = map[string]*node{}
	}
	a.own[n] = true
	at.below[name] = n
	return n, nil
}

// walk calls f with each node, parents first and in the order of names.
func (t *tree) walk(f func(name string, n *node) error) error { return walk("", t.root, f) }

func walk(dir string, at *node, f func(string, *node) error) error {
	for _, base := range slices.Sorted(maps.Keys(at.below)) {
		n, name := at.below[base], path.Join(dir, base)
		if err := f(name, n); err != nil {
			return err
		}
		if err := walk(name, n, f); err != nil {
			return err
		}
	}
	return nil
}

// How far links are followed: through how many for one, as on Linux, and through how many parts in all.
const (
	maxHops  = 40
	maxSteps = 5_000_000
)

// checkLinks refuses symbolic links that lead out of the tree, by whatever way.
func (t *tree) checkLinks() error {
	return t.walk(func(name string, n *node) error {
		if n.kind != link {
			return nil
		}
		hops := maxHops
		if _, ok := t.follow(place{at: n.parent}, n.target, &hops); !ok {
			return refuse("the symbolic link %.100q leads out of the directory, or too far", name)
		}
		return nil
	})
}

// place is a node, or what would be so many levels below it.
type place struct {
	at      *node
	missing int
}

// follow goes from a place where a link's target leads, as the system would. What is not there may be anything but a way
// out.
func (t *tree) follow(p place, target string, hops *int) (place, bool) {
	for part := range strings.SplitSeq(target, "/") {
		if t.steps++; t.steps > maxSteps {
			return p, false
		}
		switch {
		case part == "" || part == ".":
		case part == ".." && p.missing > 0:
			p.missing--
		case part == "..":
			if p.at = p.at.parent; p.at == nil {
				return p, false
			}
		case p.missing > 0 || p.at.below[part] == nil:
			p.missing++
		case p.at.below[part].kind != link:
			p.at = p.at.below[part]
		default:
			var ok bool
			if *hops--; *hops < 0 {
				return p, false
			}
			if p, ok = t.follow(p, p.at.below[part].target, hops); !ok {
				return p, false
			}
		}
	}
	return p, true
}

// size is how many bytes the files of the tree have.
func (t *tree) size() (total int64) {
	_ = t.walk(func(_ string, n *node) error {
		if n.kind == file {
			total += n.size
		}
		return nil
	})
	return total
}
