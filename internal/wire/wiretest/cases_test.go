package wiretest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/dipylon/dipylon/internal/wire"
	"github.com/dipylon/dipylon/internal/wire/wiretest/gen/tiny"
)

// things echoes what it is given, or fails as the text says.
type things struct{}

func (things) Echo(_ context.Context, _ *wire.Call, in *tiny.Everything) (*tiny.Everything, error) {
	switch *in.Text {
	case "gone":
		return nil, &tiny.ThingGone{Message: "it <went>", Hint: ptr("look"), RetryAfter: ptr("5")}
	case "broke":
		return nil, fmt.Errorf("wrapped: %w", &tiny.ThingBroke{Message: "ouch"})
	case "oops":
		return nil, io.ErrUnexpectedEOF
	case "panic":
		panic("secret")
	}
	return in, nil
}

func (things) PutThing(_ context.Context, _ *wire.Call, in *tiny.PutThingInput) (*tiny.PutThingOutput, error) {
	meta := map[string]string{"Name": in.Name, "Rest": in.Rest, "Token": *in.Token, "Flags": fmt.Sprint(in.Flags)}
	for name, value := range in.Meta {
		meta["Got-"+name] = value
	}
	out := &tiny.PutThingOutput{Body: in.Body, Meta: meta, Modified: in.Modified, Sizes: in.Sizes, Type: ptr("text/thing")}
	if in.Since != nil {
		out.Status, out.Modified = ptr(int32(202)), in.Since
	}
	return out, nil
}

func (things) GetThing(_ context.Context, _ *wire.Call, in *tiny.GetThingInput) (*tiny.GetThingOutput, error) {
	labels := make(map[string]string)
	for name, values := range in.Others {
		labels[name] = strings.Join(values, "|")
	}
	return &tiny.GetThingOutput{Thing: &tiny.Everything{Text: &in.Name, Count: in.Limit, Labels: labels}}, nil
}

var section = regexp.MustCompile(`(?m)^-- (.+) --\n`)

// TestCases runs the files of testdata. Each is an archive of a request and of what the answer must be: its status, the
// headers named and the body. Bodies of CBOR are hexadecimal in requests and in diagnostic notation in answers.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	srv := serve(t, tiny.New(things{}))
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			parts := section.Split(string(text), -1)[1:]
			names := section.FindAllStringSubmatch(string(text), -1)
			for i := 0; i+1 < len(parts); i += 2 {
				t.Run(names[i][1], func(t *testing.T) { runCase(t, srv, parts[i], parts[i+1]) })
			}
		})
	}
}

func runCase(t *testing.T, srv *httptest.Server, request, want string) {
	head, body, _ := strings.Cut(request, "\n\n")
	body = strings.TrimSuffix(body, "\n")
	raw := strings.ReplaceAll(head, "\n", "\r\n") + "\r\nHost: tiny\r\nAuthorization: " + signedFor("tiny") + "\r\n\r\n"
	req, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
	if err != nil {
		t.Fatal(err)
	}
	if req.Header.Get("Smithy-Protocol") != "" {
		decoded, err := hex.DecodeString(strings.ReplaceAll(body, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		body = string(decoded)
	}
	req.Body, req.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	rec := httptest.NewRecorder()
	srv.Config.Handler.ServeHTTP(rec, req)

	resp := rec.Result()
	for name, values := range rec.Result().Header { // as a client would have read it
		delete(resp.Header, name)
		resp.Header[http.CanonicalHeaderKey(name)] = values
	}
	head, body, _ = strings.Cut(want, "\n\n")
	if got := answerText(t, resp, head); got != head+"\n\n"+body {
		t.Errorf("got\n%s\nwant\n%s\n\n%s", got, head, body)
	}
}

func signedFor(service string) string {
	return "AWS4-HMAC-SHA256 Credential=test/20261122/eu-central-1/" + service + "/aws4_request, SignedHeaders=host, Signature=0"
}

// answerText renders an answer with the headers that the wanted head names.
func answerText(t *testing.T, resp *http.Response, head string) string {
	t.Helper()
	lines := strings.Split(head, "\n")
	got := []string{fmt.Sprint(resp.StatusCode)}
	for _, line := range lines[1:] {
		name, _, _ := strings.Cut(line, ":")
		got = append(got, name+": "+strings.Join(resp.Header.Values(name), "; "))
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Header.Get("Content-Type") == "application/cbor" {
		text, err := cbor.Diagnose(body)
		if err != nil {
			t.Fatal(err)
		}
		body = []byte(text)
	}
	body = bytes.ReplaceAll(body, []byte(resp.Header.Get("X-Amzn-Requestid")), []byte("REQUEST-ID"))
	if len(body) > 0 && !slices.Contains(body[len(body)-1:], '\n') {
		body = append(body, '\n')
	}
	return strings.Join(got, "\n") + "\n\n" + string(body)
}
