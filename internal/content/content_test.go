package content

import (
	"encoding/base64"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// The three objects of LocalStack's validated TestApiGatewayS3BinarySupport, and what became of the first as text.
const (
	raw     = "\x1f\x8b\x08\x00\x14l\xeec\x02\xffK\xce\xcf-(J-.NMQHI,I\xd4Q(\xce\xc8/\xcdIQHJU\xc8\xcc+K\xcc\xc9LQ\x08\rq\xd3\xb5P(.)\xca\xccK\x07\x00\xb89\x10W/\x00\x00\x00"
	encoded = "H4sIABRs7mMC/0vOzy0oSi0uTk1RSEksSdRRKM7IL81JUUhKVcjMK0vMyUxRCA1x07VQKC4pysxLBwC4ORBXLwAAAA=="
	text    = "this is a UTF8 text typed object"

	mangled     = "\x1f\xef\xbf\xbd\x08\x00\x14l\xef\xbf\xbdc\x02\xef\xbf\xbdK\xef\xbf\xbd\xef\xbf\xbd-(J-.NMQHI,I\xef\xbf\xbdQ(\xef\xbf\xbd\xef\xbf\xbd/\xef\xbf\xbdIQHJU\xef\xbf\xbd\xef\xbf\xbd+K\xef\xbf\xbd\xef\xbf\xbdLQ\x08\rq\xd3\xb5P(.)\xef\xbf\xbd\xef\xbf\xbdK\x07\x00\xef\xbf\xbd9\x10W/\x00\x00\x00"
	twice       = "SDRzSUFCUnM3bU1DLzB2T3p5MG9TaTB1VGsxUlNFa3NTZFJSS003SUw4MUpVVWhLVmNqTUswdk15VXhSQ0ExeDA3VlFLQzRweXN4TEJ3QzRPUkJYTHdBQUFBPT0="
	encodedText = "dGhpcyBpcyBhIFVURjggdGV4dCB0eXBlZCBvYmplY3Q="

	refused = "500"
)

func alloc(n int) []byte { return make([]byte, n) }

// outcome is a body, or that it was refused.
func outcome(b Body, err error) string {
	if err != nil {
		return refused
	}
	return string(b.Bytes)
}

// TestRequest: test_apigw_s3_binary_support_request and …_convert_to_binary, byte by byte.
func TestRequest(t *testing.T) {
	cases := []struct {
		binary                       bool
		handling                     string
		wantRaw, wantEncoded, wantTx string
	}{
		{false, "", mangled, encoded, text},
		{false, "CONVERT_TO_TEXT", mangled, encoded, text},
		{false, "CONVERT_TO_BINARY", refused, raw, refused},
		{true, "", raw, encoded, text},
		{true, "CONVERT_TO_TEXT", encoded, twice, encodedText},
		{true, "CONVERT_TO_BINARY", raw, encoded, text},
	}
	for _, c := range cases {
		h, _ := ParseHandling(c.handling)
		for body, want := range map[string]string{raw: c.wantRaw, encoded: c.wantEncoded, text: c.wantTx} {
			if got := outcome(h.Request(Body{[]byte(body), c.binary}, alloc)); got != want {
				t.Errorf("binary %v, %q, %q: %q, want %q", c.binary, c.handling, body, got, want)
			}
		}
	}
}

// TestResponse: test_apigw_s3_binary_support_response_*, byte by byte.
func TestResponse(t *testing.T) {
	cases := []struct {
		binary, accepted             bool
		handling                     string
		wantRaw, wantEncoded, wantTx string
	}{
		{false, false, "", mangled, encoded, text},
		{false, true, "", refused, raw, refused},
		{true, true, "", raw, encoded, text},
		{true, false, "", encoded, twice, encodedText},
		{false, false, "CONVERT_TO_TEXT", mangled, encoded, text},
		{false, true, "CONVERT_TO_TEXT", mangled, encoded, text},
		{true, true, "CONVERT_TO_TEXT", encoded, twice, encodedText},
		{true, false, "CONVERT_TO_TEXT", encoded, twice, encodedText},
		{false, false, "CONVERT_TO_BINARY", refused, raw, refused},
		{false, true, "CONVERT_TO_BINARY", refused, raw, refused},
		{true, true, "CONVERT_TO_BINARY", raw, encoded, text},
		{true, false, "CONVERT_TO_BINARY", raw, encoded, text},
	}
	for _, c := range cases {
		h, _ := ParseHandling(c.handling)
		for body, want := range map[string]string{raw: c.wantRaw, encoded: c.wantEncoded, text: c.wantTx} {
			if got := outcome(h.Response(Body{[]byte(body), c.binary}, c.accepted, alloc)); got != want {
				t.Errorf("binary %v, accepted %v, %q, %q: %q, want %q", c.binary, c.accepted, c.handling, body, got, want)
			}
		}
	}
}

// TestQuotedBase64 is what a function answers for an image (developer guide, "Access binary files in Lambda").
func TestQuotedBase64(t *testing.T) {
	if got := outcome(ToBinary.Response(Body{Bytes: []byte(`"` + encoded + `"`)}, false, alloc)); got != raw {
		t.Errorf("%q", got)
	}
}

// TestText: as new String(bytes, UTF_8) of OpenJDK 17 has it.
func TestText(t *testing.T) {
	for body, want := range map[string]string{
		"":                  "",
		"añ€😀":              "añ€😀",
		"\x80\xbf":          "��",
		"\xc0\x80":          "��",
		"\xc3(":             "�(",
		"\xe2\x82":          "�",
		"\xe2\x82x":         "�x",
		"\xe0\x80\x80":      "���",
		"\xed\xa0\x80":      "�",
		"\xf0\x9f\x98":      "�",
		"\xf0\x9f\x98\x80y": "😀y",
		"\xf0\x80\x80\x80":  "����",
		"\xf4\x90\x80\x80":  "����",
		"\xf5\x80":          "��",
		"a\xff":             "a�",
	} {
		if got := string(Text([]byte(body), alloc)); got != want {
			t.Errorf("%q: %q, want %q", body, got, want)
		}
		stream := NewTextReader(io.NopCloser(iotest.OneByteReader(strings.NewReader(body))))
		if got, err := io.ReadAll(stream); err != nil || string(got) != want {
			t.Errorf("%q as a stream: %q, %v, want %q", body, got, err, want)
		}
	}
}

// TestTextReader crosses the pieces of a stream.
func TestTextReader(t *testing.T) {
	body := strings.Repeat("0123456789é\xff€", 5000)
	want := strings.ReplaceAll(body, "\xff", "�")
	got, err := io.ReadAll(NewTextReader(io.NopCloser(strings.NewReader(body))))
	if err != nil || string(got) != want {
		t.Errorf("%d bytes, %v, want %d", len(got), err, len(want))
	}
	_, err = io.ReadAll(NewTextReader(io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF))))
	if err != io.ErrUnexpectedEOF { //nolint:errorlint // the very error
		t.Error(err)
	}
}

// TestMediaTypes: LocalStack's validated test_aws_proxy_binary_response (aws-behaviour.md, fact 16).
func TestMediaTypes(t *testing.T) {
	for _, c := range []struct {
		types  MediaTypes
		accept string
		want   bool
	}{
		{nil, "image/png", false},
		{MediaTypes{"image/png"}, "image/png", true},
		{MediaTypes{"image/png"}, "image/png,image/*", true},
		{MediaTypes{"image/png"}, "image/webp,image/png", false},
		{MediaTypes{"image/png"}, "image/png;q=0.9, */*", true},
		{MediaTypes{"image/png"}, "IMAGE/PNG", true},
		{MediaTypes{"image/png"}, "*/*", false},
		{MediaTypes{"image/png"}, "image/*", false},
		{MediaTypes{"application/*"}, "application/test", true},
		{MediaTypes{"*/test"}, "application/test", false},
		{MediaTypes{"*/*"}, "text/plain", true},
		{MediaTypes{"*/*"}, "", true},
	} {
		if got := c.types.Accepted([]byte(c.accept)); got != c.want {
			t.Errorf("%v, %s: %v", c.types, c.accept, got)
		}
	}
}

func TestParseHandling(t *testing.T) {
	if _, ok := ParseHandling("CONVERT"); ok {
		t.Error("taken")
	}
}

// FuzzText: the text is UTF-8, whole or as a stream, and no base64 breaks anything.
func FuzzText(f *testing.F) {
	for _, seed := range []string{raw, encoded, text, "\xe2\x82", "\xf0\x9f\x98"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		whole := string(Text(body, alloc))
		if whole != strings.ToValidUTF8(whole, "?") {
			t.Fatalf("%q", whole)
		}
		stream, err := io.ReadAll(NewTextReader(io.NopCloser(iotest.HalfReader(strings.NewReader(string(body))))))
		if err != nil || string(stream) != whole {
			t.Fatalf("%q, %v, want %q", stream, err, whole)
		}
		there, _ := ToText.Request(Body{body, true}, alloc)
		back, err := ToBinary.Request(there, alloc)
		if err != nil || string(back.Bytes) != string(body) || base64.StdEncoding.EncodeToString(body) != string(there.Bytes) {
			t.Fatalf("%q, %v", back.Bytes, err)
		}
	})
}
