package code

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/lambda"
)

// The modes of what is unpacked: as on AWS, functions cannot change their code.
const (
	dirMode        = 0o555
	fileMode       = 0o444
	executableMode = 0o555
)

// unpacking is a directory that was made, or is being made by whoever holds the lock.
type unpacking struct {
	lock  chan struct{}
	ready bool
}

// Unpack returns the directory of code, which it makes if it is not there.
func (s *Store) Unpack(ctx context.Context, c gateway.FunctionCode) (string, error) {
	if c.Dir != "" {
		if info, err := os.Stat(c.Dir); err != nil || !info.IsDir() {
			return "", &lambda.BadCode{Message: "The directory " + c.Dir + " of this function is not there."}
		}
		return c.Dir, nil
	}
	name, err := hexOf(c.SHA256)
	if err != nil {
		return "", err
	}
	return s.unpack(ctx, filepath.Join(trees, name), []gateway.FunctionCode{c})
}

// Layers returns the directory that stands for /opt: the layers, of which later ones win. It is "" without layers.
func (s *Store) Layers(ctx context.Context, of []gateway.FunctionLayer) (string, error) {
	name := layersName(of)
	if name == "" {
		return "", nil
	}
	codes := make([]gateway.FunctionCode, len(of))
	for i, l := range of {
		codes[i] = l.Code
	}
	return s.unpack(ctx, name, codes)
}

// layersName is what the directory of layers is called in the store.
func layersName(of []gateway.FunctionLayer) string {
	if len(of) == 0 {
		return ""
	}
	h := sha256.New()
	for _, l := range of {
		fmt.Fprintln(h, l.Code.SHA256)
	}
	return filepath.Join(layers, hex.EncodeToString(h.Sum(nil)))
}

// unpack makes a directory of zips. Callers of the same name wait for one another.
func (s *Store) unpack(ctx context.Context, name string, codes []gateway.FunctionCode) (string, error) {
	s.mu.Lock()
	delete(s.unused, name)
	for _, c := range codes {
		if zip, err := hexOf(c.SHA256); err == nil {
			delete(s.unused, filepath.Join(zips, zip))
		}
	}
	u := s.trees[name]
	if u == nil {
		u = &unpacking{lock: make(chan struct{}, 1)}
		s.trees[name] = u
	}
	ready := u.ready
	s.mu.Unlock()
	if ready {
		return s.path(name), nil
	}
	select {
	case u.lock <- struct{}{}:
		defer func() { <-u.lock }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if s.isReady(u) {
		return s.path(name), nil
	}
	t, closeAll, err := s.read(codes)
	if err != nil {
		return "", err
	}
	defer closeAll()
	if !intact(s.path(name), t) {
		if err := s.make(ctx, name, t); err != nil {
			return "", fmt.Errorf("unpack code: %w", err)
		}
	}
	s.mu.Lock()
	u.ready = true
	s.mu.Unlock()
	return s.path(name), nil
}

func (s *Store) isReady(u *unpacking) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return u.ready
}

// read reads what zips give together. The files stay open, for their content.
func (s *Store) read(codes []gateway.FunctionCode) (t *tree, closeAll func(), err error) {
	t = newTree()
	var files []*os.File
	closeAll = func() {
		for _, f := range files {
			_ = f.Close()
		}
	}
	for _, c := range codes {
		var f *os.File
		if f, err = s.open(c.SHA256); err != nil {
			break
		}
		files = append(files, f)
		var info fs.FileInfo
		if info, err = f.Stat(); err != nil {
			break
		}
		var r *zip.Reader
		if r, err = zip.NewReader(f, info.Size()); err != nil {
			break
		}
		if err = t.add(r, true); err != nil {
			break
		}
	}
	if err == nil {
		err = t.checkLinks()
	}
	if err != nil {
		closeAll()
		return nil, nil, err
	}
	return t, closeAll, nil
}

// checkSize holds code and layers together to AWS's limit.
func (s *Store) checkSize(v gateway.FunctionVersion) error {
	if len(v.Layers) == 0 {
		return nil
	}
	var codes []gateway.FunctionCode
	if v.Code.Dir == "" {
		codes = append(codes, v.Code)
	}
	for _, l := range v.Layers {
		codes = append(codes, l.Code)
	}
	total := int64(0)
	for _, c := range codes {
		t, closeAll, err := s.read([]gateway.FunctionCode{c})
		if err != nil {
			return err
		}
		total += t.size()
		closeAll()
	}
	if total > s.limit {
		return &lambda.BadCode{Message: fmt.Sprintf(largeAll, s.limit, total)}
	}
	return nil
}

// make writes a tree beside its place and moves it there when it is whole.
func (s *Store) make(ctx context.Context, name string, t *tree) error {
	made, err := os.MkdirTemp(filepath.Dir(s.path(name)), unfinished)
	if err != nil {
		return err
	}
	if err = write(ctx, made, t); err == nil {
		err = s.replace(made, name)
	}
	if err != nil {
		return errors.Join(err, removeTree(made))
	}
	return nil
}

// replace moves a directory to its place, and away what is there.
func (s *Store) replace(made, name string) error {
	old := ""
	s.mu.Lock()
	err := os.Rename(made, s.path(name))
	if errors.Is(err, fs.ErrExist) {
		old = filepath.Join(filepath.Dir(made), filepath.Base(made)+".old")
		if err = os.Rename(s.path(name), old); err == nil {
			err = os.Rename(made, s.path(name))
		}
	}
	s.mu.Unlock()
	if old != "" {
		err = errors.Join(err, removeTree(old))
	}
	return err
}

// write writes a tree into an empty directory. The root lets no name lead out of it.
func write(ctx context.Context, dir string, t *tree) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	var dirs []string
	err = t.walk(func(name string, n *node) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch n.kind {
		case directory:
			dirs = append(dirs, name)
			return root.Mkdir(name, 0o700)
		case link:
			return root.Symlink(n.target, name)
		default:
			return writeFile(root, name, n)
		}
	})
	for i := len(dirs) - 1; i >= 0 && err == nil; i-- {
		err = root.Chmod(dirs[i], dirMode)
	}
	if err != nil {
		return err
	}
	return os.Chmod(dir, dirMode)
}

func writeFile(root *os.Root, name string, n *node) error {
	mode := fs.FileMode(fileMode)
	if n.executable {
		mode = executableMode
	}
	in, err := n.file.Open()
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	// One byte more, so that the end is seen and the checksum compared.
	_, err = io.Copy(out, io.LimitReader(in, n.size+1))
	return errors.Join(err, out.Chmod(mode), out.Close())
}

// intact reports whether a directory has what a tree says. A power failure may have left files without their content.
func intact(dir string, t *tree) bool {
	if _, err := os.Lstat(dir); err != nil {
		return false
	}
	return t.walk(func(name string, n *node) error {
		info, err := os.Lstat(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		same := false
		switch n.kind {
		case directory:
			same = info.IsDir()
		case link:
			same = info.Mode().Type() == fs.ModeSymlink
		case file:
			same = info.Mode().IsRegular() && info.Size() == n.size
		}
		if !same {
			return fs.ErrInvalid
		}
		return nil
	}) == nil
}

// removeTree removes a directory whose directories cannot be written to.
func removeTree(dir string) error {
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			err = os.Chmod(path, 0o700)
		}
		return err
	})
	return os.RemoveAll(dir)
}
