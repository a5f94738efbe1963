package code

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
)

// item is an entry of a zip that a test makes: its mode, and a content.
type item struct {
	name, content string
	mode          fs.FileMode
}

func makeZip(t testing.TB, items ...item) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, i := range items {
		h := &zip.FileHeader{Name: i.name, Method: zip.Deflate}
		mode := i.mode
		if mode == 0 {
			mode = 0o644
		}
		h.SetMode(mode)
		f, err := w.CreateHeader(h)
		if err == nil {
			_, err = io.WriteString(f, i.content)
		}
		if err != nil && !strings.HasSuffix(i.name, "/") {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func newStore(t testing.TB) *Store {
	t.Helper()
	dir := t.TempDir()
	t.Cleanup(func() { _ = removeTree(dir) }) // even what cannot be written to
	s, err := New(Options{Dir: filepath.Join(dir, "lambda")})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func keep(t testing.TB, s *Store, items ...item) gateway.FunctionCode {
	t.Helper()
	c, err := s.Keep(makeZip(t, items...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// list reads a directory: name → mode and content, or where a link leads.
func list(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		info, err := e.Info()
		if err != nil {
			return err
		}
		all[name] = info.Mode().String()
		switch {
		case info.Mode().IsRegular():
			content, err := os.ReadFile(path)
			all[name] += " " + string(content)
			return err
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			all[name] = "-> " + target
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestKeepAndUnpack(t *testing.T) {
	s := newStore(t)
	data := makeZip(
		t, item{name: "./index.js", content: "code"}, item{name: "bin/", mode: fs.ModeDir | 0o755}, item{name: "bin/run", content: "#!", mode: 0o711},
		item{name: "lib/deep/a.so.1", content: "so", mode: 0o600}, item{name: "lib/a.so", content: "deep/a.so.1", mode: fs.ModeSymlink | 0o777},
		item{name: "lib/up", content: "../bin/./run", mode: fs.ModeSymlink | 0o777}, item{name: "gone", content: "nowhere/../still/here", mode: fs.ModeSymlink | 0o777},
		item{name: "set", mode: fs.ModeSetuid | 0o755},
	)
	c, err := s.Keep(data)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(data)
	if want := (gateway.FunctionCode{SHA256: base64.StdEncoding.EncodeToString(digest[:]), Size: int64(len(data))}); c != want {
		t.Errorf("got %v, want %v", c, want)
	}
	if again, err := s.Keep(data); err != nil || again != c {
		t.Error(again, err)
	}
	dir, err := s.Unpack(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"index.js": "-r--r--r-- code", "bin": "dr-xr-xr-x", "bin/run": "-r-xr-xr-x #!", "lib": "dr-xr-xr-x", "lib/deep": "dr-xr-xr-x",
		"lib/deep/a.so.1": "-r--r--r-- so", "lib/a.so": "-> deep/a.so.1", "lib/up": "-> ../bin/./run", "gone": "-> nowhere/../still/here",
		"set": "-r-xr-xr-x ",
	}
	if d := cmp.Diff(want, list(t, dir)); d != "" {
		t.Error(d)
	}
	zip, size, err := s.Open(c.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = zip.Close() }()
	if got, err := io.ReadAll(zip); err != nil || size != c.Size || !bytes.Equal(got, data) {
		t.Error(size, err)
	}
	if _, _, err := s.Open("../../etc/passwd"); err == nil {
		t.Error("opened what is no digest")
	}
	if _, err := s.Unpack(t.Context(), gateway.FunctionCode{SHA256: base64.StdEncoding.EncodeToString(make([]byte, sha256.Size))}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// raw makes a zip of which one entry says what is not true.
func raw(t *testing.T, headers ...zip.FileHeader) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, h := range headers {
		f, err := w.CreateRaw(&h)
		if err == nil {
			_, err = f.Write(make([]byte, h.CompressedSize64))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// testLimit stands for AWS's limit, which is much to unpack again and again.
const testLimit = 64 << 10

// TestKeepRefuses: nothing is kept of a zip that cannot be unpacked. Texts without a reason are AWS's, as users report
// them: "Could not unzip uploaded file. Please check your file, then try to upload again.",
// "Uploaded file must be a non-empty zip" and "Unzipped size must be smaller than 262144000 bytes".
func TestKeepRefuses(t *testing.T) {
	const target = fs.ModeSymlink | 0o777
	valid := makeZip(t, item{name: "a", content: strings.Repeat("content", 100)})
	many := make([]item, 500)
	for i := range many {
		many[i] = item{name: string(rune('a'+i%26)) + string(rune('a'+i/26)) + strings.Repeat("/d", 500)}
	}
	for _, c := range []struct {
		name string
		zip  []byte
		want string
	}{
		{"nothing", nil, emptyZip},
		{"no entries", makeZip(t), emptyZip},
		{"no zip", []byte("PK\x03\x04 and nothing else"), noZip},
		{"half a zip", valid[:len(valid)/2], noZip},
		{"other content than its checksum says", raw(t, zip.FileHeader{Name: "a", CRC32: 1, CompressedSize64: 10, UncompressedSize64: 10}), noZip},
		{"absolute", makeZip(t, item{name: "/etc/passwd"}), `"/etc/passwd" is absolute`},
		{"above", makeZip(t, item{name: "../x"}), `"../x" leaves its directory`},
		{"above by a way through", makeZip(t, item{name: "a/../../x"}), `leaves its directory`},
		{"a dot", makeZip(t, item{name: "a/./x"}), `leaves its directory or has a part that is empty`},
		{"an empty part", makeZip(t, item{name: "a//x"}), `has a part that is empty`},
		{"backslash", makeZip(t, item{name: `a\x`}), `has a backslash`},
		{"NUL", makeZip(t, item{name: "a\x00x"}), `NUL`},
		{"a long name", makeZip(t, item{name: strings.Repeat("x", 256)}), `too long`},
		{"a long path", makeZip(t, item{name: strings.Repeat("x/", 600) + "x"}), `too long`},
		{"twice", makeZip(t, item{name: "a/x"}, item{name: "a/x"}), `"x" is there twice`},
		{"a file with something below", makeZip(t, item{name: "a"}, item{name: "a/x"}), `"a" is there twice`},
		{"a directory that becomes a file", makeZip(t, item{name: "a/x"}, item{name: "a"}), `"a" is there twice`},
		{"something below a link", makeZip(t, item{name: "a", content: "b", mode: target}, item{name: "a/x"}), `"a" is there twice`},
		{"a link to an absolute path", makeZip(t, item{name: "a", content: "/etc", mode: target}), `symbolic link "a" is empty or absolute`},
		{"a link to nothing", makeZip(t, item{name: "a", mode: target}), `symbolic link "a" is empty`},
		{"a long link", makeZip(t, item{name: "a", content: strings.Repeat("x", 2000), mode: target}), `symbolic link "a" is too long`},
		{"a link above", makeZip(t, item{name: "d/a", content: "../../x", mode: target}), `symbolic link "d/a" leads out`},
		{"a link above through a link", makeZip(
			t, item{name: "x/y"}, item{name: "a/b/l", content: "../../x", mode: target}, item{name: "a/b/m", content: "l/../../y", mode: target},
		), `symbolic link "a/b/m" leads out`},
		{"a link to itself", makeZip(t, item{name: "a", content: "a", mode: target}), `symbolic link "a" leads out of the directory, or too far`},
		{"a device", makeZip(t, item{name: "a", mode: fs.ModeDevice | 0o644}), `"a" is neither a file`},
		{"a pipe", makeZip(t, item{name: "a", mode: fs.ModeNamedPipe | 0o644}), `"a" is neither a file`},
		{"more directories than its entries", makeZip(t, many...), "files and directories"},
		{"a bomb", makeZip(t, item{name: "a", content: strings.Repeat("\x00", testLimit)}), "Unzipped size must be smaller than 65536 bytes"},
		{"a size that is not true", raw(t, zip.FileHeader{Name: "a", CompressedSize64: 10, UncompressedSize64: 5}), noZip},
		{"an unknown method", raw(t, zip.FileHeader{Name: "a", Method: 99, CompressedSize64: 10, UncompressedSize64: 10}), noZip},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStore(t)
			s.limit = testLimit
			_, err := s.Keep(c.zip)
			var bad *lambda.BadCode
			if !errors.As(err, &bad) || !strings.Contains(bad.Message, c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if kept, err := os.ReadDir(s.path(zips)); err != nil || len(kept) != 0 {
				t.Error(kept, err)
			}
		})
	}
}

// TestOverlap: entries that share their bytes are refused before they are unpacked again and again.
func TestOverlap(t *testing.T) {
	data := makeZip(t, item{name: "a", content: strings.Repeat("x", 1000)})
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		r.File = append(r.File, r.File[0])
	}
	if err := checkContent(r, int64(len(data)), maxUnzipped); err == nil || !strings.Contains(err.Error(), "overlap") {
		t.Error(err)
	}
}

func layer(c gateway.FunctionCode) gateway.FunctionLayer { return gateway.FunctionLayer{Code: c} }

// TestLayers: of layers, later ones win (https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html).
func TestLayers(t *testing.T) {
	s := newStore(t)
	first := keep(t, s, item{name: "a", content: "1"}, item{name: "d/x", content: "1"}, item{name: "f/x", content: "1"}, item{name: "l", content: "d", mode: fs.ModeSymlink | 0o777})
	second := keep(t, s, item{name: "a", content: "2"}, item{name: "d/y", content: "2"}, item{name: "f", content: "2"}, item{name: "l/z", content: "2"})
	got, err := s.Layers(t.Context(), []gateway.FunctionLayer{layer(first), layer(second)})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"a": "-r--r--r-- 2", "d": "dr-xr-xr-x", "d/x": "-r--r--r-- 1", "d/y": "-r--r--r-- 2", "f": "-r--r--r-- 2", "l": "dr-xr-xr-x", "l/z": "-r--r--r-- 2",
	}
	if d := cmp.Diff(want, list(t, got)); d != "" {
		t.Error(d)
	}
	other, err := s.Layers(t.Context(), []gateway.FunctionLayer{layer(second), layer(first)})
	if err != nil || other == got {
		t.Error(other, err)
	}
	if none, err := s.Layers(t.Context(), nil); none != "" || err != nil {
		t.Error(none, err)
	}
	// Links that lead out only together.
	third := keep(t, s, item{name: "x/m", content: "l/../../y", mode: fs.ModeSymlink | 0o777})
	fourth := keep(t, s, item{name: "x/l", content: "../d", mode: fs.ModeSymlink | 0o777}, item{name: "d/y"})
	if _, err := s.Layers(t.Context(), []gateway.FunctionLayer{layer(third), layer(fourth)}); err == nil || !strings.Contains(err.Error(), "leads out") {
		t.Error(err)
	}
}

// TestPrepare has AWS's limit of code and layers together, with its text as users report it.
func TestPrepare(t *testing.T) {
	s := newStore(t)
	s.limit = testLimit
	large := keep(t, s, item{name: "a", content: strings.Repeat("\x00", testLimit-1)})
	small := keep(t, s, item{name: "b", content: "12"})
	err := s.Prepare(t.Context(), gateway.FunctionVersion{Code: large, Layers: []gateway.FunctionLayer{layer(small)}})
	var bad *lambda.BadCode
	if !errors.As(err, &bad) || bad.Message != "Function code combined with layers exceeds the maximum allowed size of 65536 bytes. The actual size is 65537 bytes." {
		t.Error(err)
	}
	if err := s.Prepare(t.Context(), gateway.FunctionVersion{Code: small, Layers: []gateway.FunctionLayer{layer(small)}}); err != nil {
		t.Error(err)
	}
	here := t.TempDir()
	if err := s.Prepare(t.Context(), gateway.FunctionVersion{Code: gateway.FunctionCode{Dir: here}}); err != nil {
		t.Error(err)
	}
	err = s.Prepare(t.Context(), gateway.FunctionVersion{Code: gateway.FunctionCode{Dir: here + "/gone"}})
	if !errors.As(err, &bad) || bad.Message != "The directory "+here+"/gone of this function is not there." {
		t.Error(err)
	}
}

// TestUnpackOnce: callers at the same time get the same directory, and one who leaves leaves nothing behind.
func TestUnpackOnce(t *testing.T) {
	s := newStore(t)
	c := keep(t, s, item{name: "a/b", content: "1"})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Unpack(gone, c); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			dir, err := s.Unpack(t.Context(), c)
			if content, err2 := os.ReadFile(filepath.Join(dir, "a/b")); err != nil || err2 != nil || string(content) != "1" {
				t.Error(err, err2)
			}
		})
	}
	all.Wait()
	if entries, err := os.ReadDir(s.path(trees)); err != nil || len(entries) != 1 {
		t.Error(entries, err)
	}
}

// TestCrash: a store that was killed, or lost power, is as if it had not begun what it had not finished.
func TestCrash(t *testing.T) {
	s := newStore(t)
	c := keep(t, s, item{name: "a/b", content: "content"})
	dir, err := s.Unpack(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(s.path(trees), ".123")
	err = errors.Join(
		os.Chmod(filepath.Join(dir, "a/b"), 0o600), os.Truncate(filepath.Join(dir, "a/b"), 3),
		os.Mkdir(half, 0o700), os.WriteFile(filepath.Join(half, "x"), nil, 0o400), os.Chmod(half, 0o500),
		os.WriteFile(filepath.Join(s.path(zips), ".456"), []byte("PK"), 0o600),
	)
	if err != nil {
		t.Fatal(err)
	}
	if s, err = New(s.opts); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{zips, trees} {
		if entries, err := os.ReadDir(s.path(part)); err != nil || len(entries) != 1 {
			t.Error(part, entries, err)
		}
	}
	if _, err := s.Unpack(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"a": "dr-xr-xr-x", "a/b": "-r--r--r-- content"}, list(t, dir)); d != "" {
		t.Error(d)
	}
}

func TestSweep(t *testing.T) {
	s := newStore(t)
	now := time.Unix(0, 0)
	s.opts.Now = func() time.Time { return now }
	version := gateway.FunctionVersion{Code: keep(t, s, item{name: "a"}), Layers: []gateway.FunctionLayer{layer(keep(t, s, item{name: "l"}))}}
	if err := s.Prepare(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	used := &Used{}
	used.Version(version)
	sweep := func(used *Used, want int) {
		t.Helper()
		if err := s.Sweep(used); err != nil {
			t.Error(err)
		}
		n := 0
		for _, part := range []string{zips, trees, layers} {
			entries, err := os.ReadDir(s.path(part))
			if err != nil {
				t.Error(err)
			}
			n += len(entries)
		}
		if n != want {
			t.Errorf("%d files and directories, want %d", n, want)
		}
	}
	sweep(used, 4)
	now = now.Add(24 * time.Hour)
	sweep(used, 4)
	sweep(&Used{}, 4) // unused from now on
	now = now.Add(s.opts.Grace - 1)
	sweep(&Used{}, 4)
	if _, err := s.Unpack(t.Context(), version.Code); err != nil { // a worker was started
		t.Fatal(err)
	}
	now = now.Add(1)
	sweep(&Used{}, 2) // the layers have gone
	now = now.Add(s.opts.Grace)
	sweep(&Used{}, 0)
	again := keep(t, s, item{name: "a"})
	if _, err := s.Unpack(t.Context(), again); err != nil {
		t.Error(err)
	}
	sweep(&Used{}, 2)
}
