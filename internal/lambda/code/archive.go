package code

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/dipylon/dipylon/internal/lambda"
)

// What a zip may hold (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html); AWS names no number of
// files, and file systems no longer names.
const (
	maxUnzipped = 262144000
	maxEntries  = 100_000
	// maxNodes bounds entries together with directories that have none of their own.
	maxNodes = 2 * maxEntries
	// maxHeaders bounds what is read of a zip's directory before entries are counted: a zip in a zip has headers too.
	maxHeaders = 5 * maxEntries
	maxPath    = 1024
	maxName    = 255
)

// AWS's texts, as CreateFunction and PublishLayerVersion answer with them (InvalidParameterValueException).
const (
	noZip    = "Could not unzip uploaded file. Please check your file, then try to upload again."
	emptyZip = "Uploaded file must be a non-empty zip"
	largeZip = "Unzipped size must be smaller than %d bytes"
	largeAll = "Function code combined with layers exceeds the maximum allowed size of %d bytes. The actual size is %d bytes."
)

// refuse is a zip that cannot be used. AWS gives no reasons; ours follows its text.
func refuse(reason string, args ...any) error {
	return &lambda.BadCode{Message: noZip + " (" + fmt.Sprintf(reason, args...) + ")"}
}

// check says whether a zip can be unpacked, to less than limit bytes: it reads all of it, and trusts no size that it claims.
func check(data []byte, limit int64) error {
	if len(data) == 0 {
		return &lambda.BadCode{Message: emptyZip}
	}
	// A reader keeps every entry of the directory in memory.
	if bytes.Count(data, []byte("PK\x01\x02")) > maxHeaders {
		return refuse("it has more than %d entries", maxEntries)
	}
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return &lambda.BadCode{Message: noZip}
	}
	if len(r.File) == 0 {
		return &lambda.BadCode{Message: emptyZip}
	}
	t := newTree()
	if err := t.add(r, false); err != nil {
		return err
	}
	if err := t.checkLinks(); err != nil {
		return err
	}
	return checkContent(r, int64(len(data)), limit)
}

// checkContent unpacks everything to nowhere. Entries that share their bytes would be more work than the zip is long.
func checkContent(r *zip.Reader, length, limit int64) error {
	const beyond = 1 << 40
	packed, unpacked := int64(0), int64(0)
	for _, f := range r.File {
		if packed += int64(min(f.CompressedSize64, beyond)); packed > length {
			return refuse("its entries overlap")
		}
		if f.Mode().IsDir() {
			continue
		}
		n, err := discard(f, limit-unpacked)
		if unpacked += n; unpacked >= limit {
			return &lambda.BadCode{Message: fmt.Sprintf(largeZip, limit)}
		}
		if err != nil {
			return &lambda.BadCode{Message: noZip}
		}
	}
	return nil
}

// discard reads an entry up to a limit, and all of it if it is shorter.
func discard(f *zip.File, limit int64) (int64, error) {
	r, err := f.Open()
	if err != nil {
		return 0, err
	}
	n, err := io.CopyN(io.Discard, r, limit)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, errors.Join(err, r.Close())
}

// readEntry tells what an entry is to become.
func readEntry(f *zip.File) (name string, e entry, err error) {
	name, err = cleanName(f.Name)
	if err != nil {
		return "", e, err
	}
	e = entry{file: f, size: int64(min(f.UncompressedSize64, maxUnzipped)), executable: f.Mode()&0o111 != 0}
	switch f.Mode().Type() {
	case 0:
		e.kind = file
	case fs.ModeDir:
		e.kind = directory
	case fs.ModeSymlink:
		e.kind = link
		e.target, err = readTarget(f)
	default:
		err = refuse("%q is neither a file, a directory nor a symbolic link", f.Name)
	}
	return name, e, err
}

// cleanName returns an entry's path below the directory, "" for the directory itself.
func cleanName(name string) (string, error) {
	clean := strings.TrimPrefix(strings.TrimSuffix(name, "/"), "./")
	if clean == "" || clean == "." {
		return "", nil
	}
	if len(clean) > maxPath || strings.ContainsAny(clean, "\\\x00") || strings.HasPrefix(clean, "/") {
		return "", refuse("the name %.100q is absolute, too long or has a backslash or NUL", name)
	}
	for part := range strings.SplitSeq(clean, "/") {
		if part == "" || part == "." || part == ".." || len(part) > maxName {
			return "", refuse("the name %.100q leaves its directory or has a part that is empty or too long", name)
		}
	}
	return clean, nil
}

// readTarget reads what a symbolic link names.
func readTarget(f *zip.File) (string, error) {
	if f.UncompressedSize64 > maxPath {
		return "", refuse("the symbolic link %.100q is too long", f.Name)
	}
	r, err := f.Open()
	if err != nil {
		return "", &lambda.BadCode{Message: noZip}
	}
	target, err := io.ReadAll(io.LimitReader(r, maxPath))
	if err = errors.Join(err, r.Close()); err != nil {
		return "", &lambda.BadCode{Message: noZip}
	}
	if len(target) == 0 || bytes.ContainsRune(target, 0) || target[0] == '/' {
		return "", refuse("the symbolic link %.100q is empty or absolute", f.Name)
	}
	return string(target), nil
}
