//go:build unix

package lambda

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/transport/http"
)

const mib = 1 << 20

// TestHostileZips creates and updates functions with zips of all bad kinds: each is refused as AWS refuses, or taken without harm, and nothing
// is ever written outside the data directory. Unzipped, code has at most 250 MiB
// (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
func TestHostileZips(t *testing.T) {
	root := t.TempDir()
	s := serve(t, filepath.Join(root, "a", "b", "data"))
	s.function("victim", nil)
	api := s.route("victim")
	body := []byte("x")
	evil := filepath.Join(root, "evil")
	many := make([]entry, 10_000)
	for i := range many {
		many[i] = entry{name: fmt.Sprintf("d%d/f%d", i%100, i), mode: 0o644}
	}
	for name, c := range map[string]struct {
		code   []byte
		refuse bool // where it must be; else it may be
	}{
		"nothing":              {[]byte{}, true},
		"no zip":               {[]byte("this is no zip"), true},
		"empty zip":            {zipOf(), true},
		"cut":                  {built.one[:len(built.one)/2], true},
		"path climbs":          {zipOf(entry{"../../../evil", 0o644, body}), true},
		"path climbs far":      {zipOf(entry{strings.Repeat("../", 40) + evil[1:], 0o644, body}), true},
		"path climbs inside":   {zipOf(entry{"a/../../../../evil", 0o644, body}), true},
		"absolute path":        {zipOf(entry{evil, 0o644, body}), true},
		"backslashes":          {zipOf(entry{`..\..\..\evil`, 0o644, body}), false},
		"NUL in a name":        {zipOf(entry{"a\x00b", 0o644, body}), true},
		"empty name":           {zipOf(entry{"", 0o644, body}), false},
		"dots":                 {zipOf(entry{"..", 0o644, body}), true},
		"long name":            {zipOf(entry{strings.Repeat("n", 5000), 0o644, body}), true},
		"deep path":            {zipOf(entry{strings.Repeat("d/", 5000) + "f", 0o644, body}), true},
		"no UTF-8":             {zipOf(entry{"\xff\xfe", 0o644, body}), false},
		"link outside":         {zipOf(entry{"passwd", fs.ModeSymlink | 0o777, []byte("/etc/passwd")}), false},
		"write through a link": {zipOf(entry{"out", fs.ModeSymlink | 0o777, []byte(root)}, entry{"out/evil", 0o644, body}), true},
		"link to itself":       {zipOf(entry{"l", fs.ModeSymlink | 0o777, []byte("l")}, entry{"l/x", 0o644, body}), true},
		"link with a long end": {zipOf(entry{"l", fs.ModeSymlink | 0o777, bytes.Repeat([]byte("x"), mib)}), false},
		"device":               {zipOf(entry{"null", fs.ModeDevice | fs.ModeCharDevice | 0o666, nil}), false},
		"pipe":                 {zipOf(entry{"pipe", fs.ModeNamedPipe | 0o666, nil}), false},
		"setuid":               {zipOf(entry{"bootstrap", fs.ModeSetuid | 0o755, body}), false},
		"file as a directory":  {zipOf(entry{"a", 0o644, body}, entry{"a/b", 0o644, body}), false},
		"the same name twice":  {zipOf(entry{"a", 0o644, body}, entry{"a", 0o644, []byte("y")}), false},
		"unreadable directory": {zipOf(entry{"d/", fs.ModeDir, nil}, entry{"d/f", 0o644, body}), false},
		"many files":           {zipOf(many...), false},
		"bomb":                 {bombOf(-1, 251), true},
		"bomb of many":         {bombOf(-1, 130, 130), true},
		"bomb that lies":       {bombOf(10, 300), true},
		"bomb of a petabyte":   {bombOf(1<<50, 1), true},
		"wrong checksum":       {damaged(), true},
	} {
		t.Run(name, func(t *testing.T) {
			s.offer(t, c.code, c.refuse)
			s.call(api, "/echo")
		})
	}
	nothingEvil(t, root, filepath.Join(root, "a", "b", "data"))
	checkMemory(t, s.PID())
	checkLog(t, s.Log.String())
}

// offer makes a function and a layer of a zip.
func (s *server) offer(t *testing.T, code []byte, refuse bool) {
	t.Helper()
	check := func(what string, err error) {
		t.Helper()
		switch {
		case err == nil && refuse:
			t.Errorf("%s: it is taken", what)
		case err != nil && !isRefusal(err):
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := s.lambda.CreateFunction(t.Context(), &lambda.CreateFunctionInput{
		FunctionName: aws.String("hostile"), Runtime: types.RuntimeProvidedal2023, Handler: aws.String("bootstrap"),
		Role: aws.String("arn:aws:iam::000000000000:role/functions"), Code: &types.FunctionCode{ZipFile: code},
	})
	check("CreateFunction", err)
	if err == nil {
		_, err = s.invoke("hostile", "/echo") // it is unpacked at the latest now; the code is none
		t.Logf("invoked: %v", err)
		if _, err := s.lambda.DeleteFunction(t.Context(), &lambda.DeleteFunctionInput{FunctionName: aws.String("hostile")}); err != nil {
			t.Error(err)
		}
	}
	_, err = s.lambda.PublishLayerVersion(t.Context(), &lambda.PublishLayerVersionInput{
		LayerName: aws.String("hostile"), Content: &types.LayerVersionContentInput{ZipFile: code},
	})
	check("PublishLayerVersion", err)
}

// isRefusal reports whether an error is AWS's word that the caller did wrong.
func isRefusal(err error) bool {
	var refused smithy.APIError
	var answer *http.ResponseError
	return errors.As(err, &refused) && refused.ErrorMessage() != "" && errors.As(err, &answer) && answer.HTTPStatusCode()/100 == 4
}

// nothingEvil says that there is no file below root but in the data directory, and there no socket, pipe or device.
func nothingEvil(t *testing.T, root, data string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside := strings.HasPrefix(path, data)
		if !d.IsDir() && !inside || d.Type()&(fs.ModeDevice|fs.ModeNamedPipe) != 0 {
			t.Errorf("written: %s %s", d.Type(), path)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat("/evil"); err == nil {
		t.Error("written: /evil")
	}
}

// bombOf is a zip of files of so many MiB of zeros, each said to be of a size; negative is the true one.
func bombOf(says int64, sizes ...int) []byte {
	var chunk, out bytes.Buffer
	w := must(flate.NewWriter(&chunk, flate.BestCompression))
	must(w.Write(make([]byte, mib)))
	if err := w.Flush(); err != nil {
		panic(err)
	}
	z := zip.NewWriter(&out)
	for i, size := range sizes {
		// Chunks of whole bytes that look at nothing before them can be repeated; the last block is empty.
		packed := append(bytes.Repeat(chunk.Bytes(), size), 3, 0)
		h := &zip.FileHeader{Name: fmt.Sprintf("zeros%d", i), Method: zip.Deflate, CompressedSize64: uint64(len(packed)), UncompressedSize64: uint64(says)}
		if says < 0 {
			h.UncompressedSize64 = uint64(size) * mib
		}
		must(must(z.CreateRaw(h)).Write(packed))
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// damaged is a zip whose file has another checksum than its head says.
func damaged() []byte {
	code := bytes.Clone(zipOf(entry{"bootstrap", 0o755, []byte("#!/bin/sh\nexit 1\n")}))
	const crc = 16 // in a central directory's entry (APPNOTE.TXT 4.3.12)
	at := bytes.LastIndex(code, []byte("PK\x01\x02")) + crc
	binary.LittleEndian.PutUint32(code[at:], 12345)
	return code
}

// TestEventsOverTheLimit sends events that are too large.
func TestEventsOverTheLimit(t *testing.T) {
	s := serve(t, t.TempDir())
	s.function("events", nil)
	large := []byte(`"` + strings.Repeat("x", 6*mib) + `"`)
	for _, c := range []struct {
		kind types.InvocationType
		body []byte
	}{
		{types.InvocationTypeRequestResponse, large},
		{types.InvocationTypeEvent, large[:2*mib]},
		{types.InvocationTypeRequestResponse, []byte(`{"rawPath":`)},
		{types.InvocationTypeEvent, []byte(`no JSON`)},
	} {
		_, err := s.lambda.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("events"), InvocationType: c.kind, Payload: c.body})
		if !isRefusal(err) {
			t.Errorf("%s of %d bytes: %v", c.kind, len(c.body), err)
		}
	}
	if out, err := s.invoke("events", "/echo"); err != nil || out.FunctionError != nil {
		t.Errorf("afterwards: %+v, %v", out, err)
	}
}
