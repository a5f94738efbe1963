package iam

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dipylon/dipylon/internal/store/sqlite"
	"github.com/dipylon/dipylon/internal/wire"
	gen "github.com/dipylon/dipylon/internal/wire/gen/iam"
)

const (
	account = "123456789012"
	trust   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	logs    = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"*"}]}`
	basic   = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
)

// fixture is the service behind the wire, on an empty store.
type fixture struct {
	*testing.T
	server *wire.Server
	now    time.Time
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	st, err := sqlite.Open(t.Context(), sqlite.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	f := &fixture{T: t, now: time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)}
	f.server = wire.NewServer(wire.Options{
		Services: []*wire.Service{gen.New(New(Options{Store: st, Live: f, Now: func() time.Time { return f.now }}))}, Authenticator: f, Account: account,
	})
	return f
}

// Wait implements Live: nothing is to be waited for.
func (f *fixture) Wait(context.Context, int64) error { return nil }

// Authenticate implements wire.Authenticator: everybody is admitted, in any region.
func (f *fixture) Authenticate(*http.Request, []byte) (wire.Principal, error) {
	return wire.Principal{AccessKeyID: "AKIATEST", Name: "ann", Service: "iam", Region: "us-east-1"}, nil
}

// send calls an operation with parameters: name, value, name, value.
func (f *fixture) send(action string, parameters ...string) (int, string) {
	form := url.Values{"Action": {action}, "Version": {"2010-05-08"}}
	for i := 0; i < len(parameters); i += 2 {
		form.Set(parameters[i], parameters[i+1])
	}
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	f.server.ServeHTTP(answer, req)
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		f.Fatal(err)
	}
	return answer.Code, string(body)
}

// do calls an operation that must succeed and returns what stands between the tags of its result.
func (f *fixture) do(action string, parameters ...string) string {
	f.Helper()
	status, body := f.send(action, parameters...)
	if status != http.StatusOK {
		f.Fatalf("%s %q: %d %s", action, parameters, status, body)
	}
	_, body, _ = strings.Cut(body, "<"+action+"Result>")
	body, _, _ = strings.Cut(body, "</"+action+"Result>")
	return regexp.MustCompile(`(AROA|ANPA)[A-Z2-7]{17}\b`).ReplaceAllString(body, "${1}ID")
}

// refused calls an operation that must fail, as refusal says: status, code and message.
func (f *fixture) refused(want, action string, parameters ...string) {
	f.Helper()
	status, body := f.send(action, parameters...)
	var answer struct {
		Code    string `xml:"Error>Code"`
		Message string `xml:"Error>Message"`
		Type    string `xml:"Error>Type"`
	}
	if err := xml.Unmarshal([]byte(body), &answer); err != nil {
		f.Fatalf("%s: %v", body, err)
	}
	if got := fmt.Sprintf("%d %s %s", status, answer.Code, answer.Message); got != want || answer.Type != "Sender" {
		f.Errorf("%s %.300q:\n got  %s %s\n want %s", action, parameters, answer.Type, got, want)
	}
}

func (f *fixture) equal(what, got, want string) {
	f.Helper()
	if got != want {
		f.Errorf("%s:\n got  %s\n want %s", what, got, want)
	}
}

func (f *fixture) role(name string, more ...string) string {
	f.Helper()
	return f.do("CreateRole", append([]string{"RoleName", name, "AssumeRolePolicyDocument", trust}, more...)...)
}

// policy makes a policy and returns its ARN.
func (f *fixture) policy(name string, more ...string) string {
	f.Helper()
	body := f.do("CreatePolicy", append([]string{"PolicyName", name, "PolicyDocument", logs}, more...)...)
	_, arn, _ := strings.Cut(body, "<Arn>")
	arn, _, _ = strings.Cut(arn, "</Arn>")
	return arn
}

// TestNames: what documents and ARNs look like on the wire.
func TestNames(t *testing.T) {
	if got := *encoded(`{"a": "b+c*~é"}`); got != "%7B%22a%22%3A%20%22b%2Bc%2A~%C3%A9%22%7D" {
		t.Errorf("encoded as %s", got)
	}
	for arn, want := range map[string]policyName{
		"arn:aws:iam::123456789012:policy/p":        {account, "/", "p"},
		"arn:aws:iam::123456789012:policy/a/b/p":    {account, "/a/b/", "p"},
		"arn:aws:iam::aws:policy/service-role/Some": {awsAccount, "/service-role/", "Some"},
	} {
		if got, ok := parsePolicyARN(arn); !ok || got != want || got.arn() != arn {
			t.Errorf("%s: %+v, %v", arn, got, ok)
		}
	}
	for _, arn := range []string{
		"", "p", "arn:aws:iam::1:role/p", "arn:aws:iam::1:policy/", "arn:aws:iam::1:policy/a/", "arn:aws:iam:::policy/p", "arn:aws:iam::a:b:policy/p",
		"arn:aws:s3::1:policy/p", "arn:aws:iam:eu:1:policy/p",
	} {
		if _, ok := parsePolicyARN(arn); ok {
			t.Errorf("%q is taken", arn)
		}
	}
}

// TestAWSPolicies: the table is well-formed, and IAM would take its documents.
func TestAWSPolicies(t *testing.T) {
	for _, p := range awsPolicies() {
		if err := checkManaged(p.Versions[0].Document); err != nil || p.UpdatedAt.Before(p.CreatedAt) || len(p.ID) != 21 {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
}

func TestUser(t *testing.T) {
	f := newFixture(t)
	const ann = "<User><Arn>arn:aws:iam::123456789012:user/ann</Arn><CreateDate>2026-01-02T03:04:05Z</CreateDate><Path>/</Path>" +
		"<UserId>AKIATEST</UserId><UserName>ann</UserName></User>"
	f.equal("the caller", f.do("GetUser"), ann)
	f.equal("the caller by name", f.do("GetUser", "UserName", "ann"), ann)
	f.refused("404 NoSuchEntity The user with name bob cannot be found.", "GetUser", "UserName", "bob")
}
