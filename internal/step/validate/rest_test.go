package validate

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/dipylon/dipylon/internal/draft4"
	"github.com/dipylon/dipylon/internal/exchange"
)

// recordedModel is that of test_api_gateway_request_validator.
const recordedModel = `{"$schema":"http://json-schema.org/draft-04/schema#","title":"testSchema","type":"object","properties":{"a":{"type":"number"},"b":{"type":"number"}},"required":["a","b"]}`

func restModel(t testing.TB, contentType, schema string) RESTModel {
	t.Helper()
	s, err := draft4.NewSet([]draft4.Model{{Name: "M", Schema: schema}}).Schema("M")
	return RESTModel{ContentType: contentType, Schema: s, Broken: err}
}

// restAnswer is the fault as the caller and the log see it: its kind, message and what validation said, and the journal.
func restAnswer(t testing.TB, step exchange.Step, x *exchange.Exchange) string {
	t.Helper()
	x.REST, x.Journal = true, &exchange.Journal{Level: exchange.JournalError}
	err := step.Run(t.Context(), x)
	var fault *exchange.Fault
	if err == nil {
		return "ok"
	}
	if !errors.As(err, &fault) {
		return err.Error()
	}
	x.Fault = fault
	parts := []string{fault.Kind.String(), x.FaultMessage(), fault.Validation}
	for i := range x.Journal.Entries {
		parts = append(parts, x.Journal.Entries[i].Text)
	}
	return strings.Join(parts, "|")
}

func TestREST(t *testing.T) {
	step := REST(RESTConfig{
		Required: []string{"method.request.querystring.qs1", "method.request.path.issuer", "method.request.header.x-header-param", "method.request.path.test"},
		Models:   []RESTModel{restModel(t, "application/json", recordedModel)},
	})
	const (
		given   = "X-Header-Param: test|"
		all     = "qs1=test"
		missing = "bad_parameters|Missing required request parameters: [%s]||Missing required request parameters: [%[1]s]"
		line    = "Request body does not match model schema for content type application/json: "
		invalid = "bad_body|Invalid request body|%s|" + line + "%[1]s"
	)
	told := func(format, what string) string { return fmt.Sprintf(format, what) }
	for name, tt := range map[string]struct {
		call call
		vars string // of the path: "test" and "issuer" are there unless it says otherwise
		want string
	}{
		"good":             {call{all, given, `{"a":1,"b":2}`}, "ok", "ok"},
		"missing all":      {call{"", "", `{"test":"test"}`}, "", told(missing, "x-header-param, issuer, test, qs1")}, // recorded: fact 29, of a variable that the path does not have
		"missing one":      {call{all, "", ""}, "ok", told(missing, "x-header-param")},
		"missing another":  {call{"qs2=a&Qs1=b", given, ""}, "ok", told(missing, "qs1")},
		"blank":            {call{"qs1=", given, ""}, "ok", told(missing, "qs1")}, // developer guide, "Test basic request validation"
		"blanks":           {call{"qs1=+%20%09", "x-header-param:  ", ""}, "ok", told(missing, "x-header-param, qs1")},
		"one of several":   {call{"qs1=&qs1=a", "x-header-param: |x-header-param: a", `{"a":1,"b":2}`}, "ok", "ok"},
		"escaped":          {call{"%71s1=%61", given, `{"a":1,"b":2}`}, "ok", "ok"},
		"invalid":          {call{all, given, `{"test":"test"}`}, "ok", told(invalid, `[object has missing required properties (["a","b"])]`)},
		"no body":          {call{all, given, ""}, "ok", told(invalid, `[Unknown error parsing request body]`)}, // recorded: fact 51 of the logs
		"no JSON":          {call{all, given, "{"}, "ok", told(invalid, `[Unknown error parsing request body]`)},
		"several":          {call{all, given, `{"a":"1","b":true}`}, "ok", told(invalid, `[instance type (string) does not match any allowed primitive type (allowed: ["integer","number"]), instance type (boolean) does not match any allowed primitive type (allowed: ["integer","number"])]`)},
		"type with more":   {call{all, given + "content-type: Application/JSON; charset=utf-8", "{}"}, "ok", told(invalid, `[object has missing required properties (["a","b"])]`)},
		"no model for it":  {call{all, given + "Content-Type: application/text", "{}"}, "ok", "ok"}, // developer guide, "Request validation"
		"nothing but a ;":  {call{all, given + "Content-Type: ;", "{}"}, "ok", told(invalid, `[object has missing required properties (["a","b"])]`)},
		"a name that ends": {call{"qs=1&qs12=1", given, "{}"}, "ok", told(missing, "qs1")},
	} {
		x := tt.call.exchange()
		if tt.vars != "" {
			x.Route.Vars = []exchange.PathVar{{Name: "test", Value: []byte("value")}, {Name: "issuer", Value: []byte("a")}}
		}
		if got := restAnswer(t, step, x); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, tt.want)
		}
	}
}

func TestRESTModels(t *testing.T) {
	step := REST(RESTConfig{Models: []RESTModel{
		restModel(t, "$default", `{"type":"string"}`), restModel(t, "text/json", `{"type":"integer"}`),
		restModel(t, "application/vnd.a+json;v=1", `{"type":"boolean"}`), restModel(t, "text/broken", `{"pattern":"(a)\\1"}`), {ContentType: "text/none", Broken: errors.New("no model")},
	}})
	const unexpected = "configuration|Internal server error||Request body validation failed due to an unexpected error|" +
		"Execution failed due to configuration error: Request body validation failed due to an unexpected error"
	for contentType, want := range map[string]string{
		"":                           "ok",
		"text/plain":                 "ok",
		"text/json":                  `bad_body|Invalid request body|[instance type (string) does not match any allowed primitive type (allowed: ["integer"])]|Request body does not match model schema for content type text/json: [instance type (string) does not match any allowed primitive type (allowed: ["integer"])]`,
		"application/vnd.a+json;v=1": `bad_body|Invalid request body|[instance type (string) does not match any allowed primitive type (allowed: ["boolean"])]|Request body does not match model schema for content type application/vnd.a+json;v=1: [instance type (string) does not match any allowed primitive type (allowed: ["boolean"])]`,
		"application/vnd.a+json":     "ok",
		"text/broken":                unexpected, // serverless/serverless issue 9971
		"text/none":                  unexpected,
	} {
		if got := restAnswer(t, step, call{headers: "Content-Type: " + contentType, body: `"aa"`}.exchange()); got != want {
			t.Errorf("%s:\n got %s\nwant %s", contentType, got, want)
		}
	}
	if REST(RESTConfig{}).Run != nil {
		t.Error("there is a step that does nothing")
	}
}

// Bodies are read to their end, within AWS's quota, and are there for the back end.
func TestRESTStreams(t *testing.T) {
	step := REST(RESTConfig{Models: []RESTModel{restModel(t, "application/json", recordedModel)}})
	good := `{"a":1,"b":2}`
	for name, tt := range map[string]struct {
		body io.Reader
		want string
	}{
		"good":      {iotest.OneByteReader(strings.NewReader(good)), "ok"},
		"too large": {io.LimitReader(endless{}, maxBody+1), "request_too_large|Request Too Long|"},
		"over":      {iotest.ErrReader(exchange.ErrBodyTooLarge), "request_too_large|Request Too Long|"},
		"broken":    {iotest.ErrReader(exchange.ErrBodyMalformed), "bad_request|Bad Request|"},
		"gone":      {iotest.ErrReader(io.ErrUnexpectedEOF), "client_gone|Client Closed Request|"},
	} {
		x := call{}.exchange()
		x.Request.Body = exchange.Body{Stream: io.NopCloser(tt.body), Size: -1}
		if got := restAnswer(t, step, x); got != tt.want {
			t.Errorf("%s: got %s", name, got)
		}
		if tt.want == "ok" && string(x.Request.Body.Bytes) != good {
			t.Errorf("the back end gets %q", x.Request.Body.Bytes)
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
