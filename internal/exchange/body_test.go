package exchange

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

func TestReadAhead(t *testing.T) {
	const text = "0123456789"
	failure := errors.New("failure")
	broken := io.MultiReader(bytes.NewReader([]byte(text)), iotest.ErrReader(failure))
	for _, tc := range []struct {
		name        string
		body        Body
		limits      []int64
		ahead       string
		whole, rest string
		err         error
	}{
		{"a whole body stays", Body{Bytes: []byte(text)}, []int64{3}, "", text, "", nil},
		{"a long one keeps its stream", stream(text, 10), []int64{3}, "012", "", text, nil},
		{"further than before", stream(text, -1), []int64{3, 7}, "0123456", "", text, nil},
		{"less than before", stream(text, -1), []int64{7, 3}, "0123456", "", text, nil},
		{"one that ends becomes whole", stream(text, 10), []int64{11}, "", text, "", nil},
		{"and after having been a stream", stream(text, -1), []int64{2, 1 << 40}, "", text, "", nil},
		{"its end may not show yet", stream(text, 10), []int64{10}, text, "", text, nil},
		{"shorter than announced", stream(text, 12), []int64{20}, text, "", "", io.ErrUnexpectedEOF},
		{"broken", Body{Stream: io.NopCloser(broken), Size: -1}, []int64{20}, text, "", "", failure},
	} {
		b := tc.body
		var err error
		for _, limit := range tc.limits {
			err = b.ReadAhead(limit)
		}
		if !errors.Is(err, tc.err) || string(b.Ahead) != tc.ahead || string(b.Bytes) != tc.whole {
			t.Errorf("%s: ahead %q, whole %q, error %v", tc.name, b.Ahead, b.Bytes, err)
		}
		if err != nil || b.Stream == nil {
			continue
		}
		if rest, err := io.ReadAll(b.Stream); err != nil || string(rest) != tc.rest || b.Size != tc.body.Size {
			t.Errorf("%s: the stream has %q of %d, error %v", tc.name, rest, b.Size, err)
		}
	}
}

func stream(text string, size int64) Body {
	return Body{Stream: io.NopCloser(iotest.HalfReader(bytes.NewReader([]byte(text)))), Size: size}
}

func TestReadAheadOfManyReads(t *testing.T) {
	text := bytes.Repeat([]byte("abcdefg"), 30_000)
	b := stream(string(text), int64(len(text)))
	if err := b.ReadAhead(100 << 10); err != nil || !bytes.Equal(b.Ahead, text[:100<<10]) || cap(b.Ahead) > 100<<10 {
		t.Fatalf("%d bytes, room for %d, error %v", len(b.Ahead), cap(b.Ahead), err)
	}
	if got, err := io.ReadAll(b.Stream); err != nil || !bytes.Equal(got, text) {
		t.Fatalf("the stream has %d bytes, error %v", len(got), err)
	}
}

func TestEdit(t *testing.T) {
	h := headerOf("A:1|b:2|a:3")
	h.Edit([]HeaderEdit{
		{EditRemove, []byte("B"), nil},
		{EditOverwrite, []byte("a"), []byte("4")},
		{EditOverwrite, []byte("C"), []byte("5")},
		{EditAppend, []byte("a"), []byte("6")},
	})
	if got := list(h); got != "A:4|C:5|a:6" {
		t.Error(got)
	}
}
