package mapping

import (
	"bytes"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/selection"

	"github.com/dipylon/dipylon/internal/exchange"
)

const prefix = "Invalid mapping expression specified: Validation Result: warnings : [], errors : ["

func TestValidate(t *testing.T) {
	request := map[string]string{
		"append:header.X-a": "1", "overwrite:header.Host": "b.example", "remove:header.x": "", "append:querystring.a[b]": "1",
		"remove:querystring.x.y": "", "overwrite:path": "$request.path", "overwrite:header.user": "$request.header.Authorization",
	}
	response := map[string]map[string]string{
		"200": {"append:header.a": "$response.body.a", "overwrite:statuscode": "201", "remove:header.Server": ""}, "599": {},
	}
	if err := Validate(request, response, nil); err != nil {
		t.Error(err)
	}
	if err := Validate(nil, nil, nil); err != nil {
		t.Error(err)
	}
}

func TestValidateRefusesRequests(t *testing.T) {
	for k, problem := range map[string]string{
		"":                          "Invalid Request Actioned Parameter destination specified: ",
		"header.x":                  "Invalid Request Actioned Parameter destination specified: header.x",
		"set:header.x":              "Invalid Request Actioned Parameter destination specified: set:header.x",
		"append:overwrite.static":   "Invalid Request Actioned Parameter destination specified: append:overwrite.static",
		"append:header":             "Invalid Request Actioned Parameter destination specified: append:header",
		"append:header.":            "Invalid Request Actioned Parameter destination specified: append:header.",
		"append:header.a b":         "Invalid Request Actioned Parameter destination specified: append:header.a b",
		"append:path":               "Invalid Request Actioned Parameter destination specified: append:path",
		"remove:path":               "Invalid Request Actioned Parameter destination specified: remove:path",
		"overwrite:path.x":          "Invalid Request Actioned Parameter destination specified: overwrite:path.x",
		"overwrite:statuscode":      "Invalid Request Actioned Parameter destination specified: overwrite:statuscode",
		"append:querystring.":       "Invalid Request Actioned Parameter destination specified: append:querystring.",
		"append:querystring.a b":    "Invalid Request Actioned Parameter destination specified: append:querystring.a b",
		"append:header.X-Amz-Date":  "Operations on header x-amz-date are restricted",
		"remove:header.connection":  "Operations on header connection are restricted",
		"overwrite:header.x-amzn-z": "Operations on header x-amzn-z are restricted",
	} {
		if err := Validate(map[string]string{k: "1"}, nil, nil); err == nil || err.Error() != prefix+problem+"]" {
			t.Errorf("%q: %v", k, err)
		}
	}
	for _, value := range []string{"$context.nope", "$response.header.a", "$request.body..a", "${request.header.a"} {
		err := Validate(map[string]string{"append:header.a": value}, nil, nil)
		if err == nil || err.Error() != prefix+"Invalid mapping expression specified: "+value+"]" {
			t.Errorf("%q: %v", value, err)
		}
	}
	err := Validate(map[string]string{"b": "1", "a": "2"}, nil, nil)
	if err == nil || strings.Count(err.Error(), "specified: a, Invalid") != 1 {
		t.Errorf("several: %v", err)
	}
}

// The reserved headers of http-api-parameter-mapping.md; aws-behaviour-http-api.md, fact 73.
func TestReserved(t *testing.T) {
	for _, name := range strings.Fields(`access-control-allow-origin apigw-requestid Authorization Connection Content-Encoding
		Content-Length Content-Location Forwarded Keep-Alive Origin Proxy-Authenticate Proxy-Authorization TE Trailers Transfer-Encoding
		Upgrade x-amz-meta x-amzn-trace-id X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto Via`) {
		for _, action := range []string{"append", "overwrite", "remove"} {
			params := map[string]string{action + ":header." + name: "1"}
			if Validate(params, nil, nil) == nil || Validate(nil, map[string]map[string]string{"200": params}, nil) == nil {
				t.Errorf("%s of %s is accepted", action, name)
			}
		}
	}
	for _, name := range []string{"Host", "x-amz", "X-Forwarded-Port", "Content-Type", "Cookie", "Trailer"} {
		if err := Validate(map[string]string{"append:header." + name: "1"}, nil, nil); err != nil {
			t.Error(err)
		}
	}
}

// aws-behaviour-http-api.md, fact 72.
func TestValidateRefusesResponses(t *testing.T) {
	for _, status := range []string{"", "199", "600", "2xx", "0200", "-200", "default"} {
		err := Validate(nil, map[string]map[string]string{status: {"append:header.a": "1"}}, nil)
		if err == nil || err.Error() != "Status Code "+status+" is not valid" {
			t.Errorf("%q: %v", status, err)
		}
		err = Validate(nil, map[string]map[string]string{"200": {"overwrite:statuscode": status}}, nil)
		if status != "" && (err == nil || err.Error() != "Status Code "+status+" is not valid") {
			t.Errorf("to %q: %v", status, err)
		}
	}
	for _, k := range []string{"append:overwrite.static", "append:statuscode", "remove:statuscode", "overwrite:path", "append:querystring.a", "overwrite:statuscode.x"} {
		err := Validate(nil, map[string]map[string]string{"200": {k: "1"}}, nil)
		if err == nil || err.Error() != prefix+"Invalid Response Actioned Parameter destination specified: "+k+"]" {
			t.Errorf("%q: %v", k, err)
		}
	}
}

// FuzzMapping: whatever is accepted makes no request that means something else than it says.
func FuzzMapping(f *testing.F) {
	for _, k := range []string{"append:header.a", "overwrite:header.Host", "remove:querystring.b", "append:querystring.b", "overwrite:path", "overwrite:statuscode"} {
		f.Add(k, "$request.body.a", "a b\r\n?x&y=%41#%")
		f.Add(k, "${request.header.x}/$request.querystring.b", "\x00é")
	}
	f.Fuzz(func(t *testing.T, k, value, data string) {
		x := call("x: " + strings.NewReplacer("\r", "", "\n", "").Replace(data))
		x.Request.Query = bytes.Map(func(r rune) rune { return max(r, '!') & 0x7f }, []byte(data))
		x.Request.Body.Bytes, x.Response.Body.Bytes = []byte(`{"a":"`+data+`"}`), []byte(data)
		x.Integration.Status, x.Response.Status = 200, 200
		if step, err := Request(map[string]string{k: value}, options); err == nil {
			if err := step.Run(t.Context(), x); err != nil {
				t.Fatal(err)
			}
		}
		if step, err := Response(map[string]map[string]string{"200": {k: value}}, options); err == nil {
			if err := step.Run(t.Context(), x); err != nil || x.Fault != nil {
				t.Fatal(err, x.Fault)
			}
		}
		check(t, x)
	})
}

func check(t *testing.T, x *exchange.Exchange) {
	t.Helper()
	if p := x.Outgoing.Path; p != nil && (p[0] != '/' || bytes.ContainsAny(p, "?# \r\n\x00")) {
		t.Fatalf("path %q", p)
	}
	if q := x.Outgoing.Query; bytes.ContainsAny(q, "# \r\n\x00") && !bytes.ContainsAny(x.Request.Query, "# \r\n\x00") {
		t.Fatalf("query %q of %q", q, x.Request.Query)
	}
	if bytes.ContainsAny(x.Outgoing.Host, "\r\n\x00") {
		t.Fatalf("host %q", x.Outgoing.Host)
	}
	x.Request.Header.Edit(x.Outgoing.Edits)
	for _, field := range append(x.Request.Header.Fields(), x.Response.Header.Fields()...) {
		if !isToken(string(field.Name)) || bytes.ContainsAny(field.Value, "\r\n") {
			t.Fatalf("%q: %q", field.Name, field.Value)
		}
	}
}

// TestMappable: headers that AWS reserves are mapped where the server's configuration names them, and by programs in any case.
func TestMappable(t *testing.T) {
	params := map[string]string{"overwrite:header.X-Forwarded-For": "$request.header.X-Forwarded-For"}
	if err := Validate(params, nil, []string{"x-forwarded-for"}); err != nil {
		t.Error(err)
	}
	if Validate(params, nil, []string{"X-Forwarded-Host"}) == nil || Validate(params, nil, nil) == nil {
		t.Error("a reserved header was accepted")
	}
	if _, err := Request(params, selection.Options{}); err != nil {
		t.Error(err)
	}
}
