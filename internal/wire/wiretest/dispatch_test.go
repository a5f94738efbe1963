package wiretest

import (
	"bytes"
	"compress/gzip"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/wire"
	"github.com/dipylon/dipylon/internal/wire/gen/apigateway"
	"github.com/dipylon/dipylon/internal/wire/gen/apigatewayv2"
	"github.com/dipylon/dipylon/internal/wire/gen/sts"
	"github.com/dipylon/dipylon/internal/wire/wiretest/gen/tiny"
)

// restAPIs has no APIs.
type restAPIs struct{ apigateway.Handler }

func (restAPIs) GetRestApis(context.Context, *wire.Call, *apigateway.GetRestApisInput) (*apigateway.GetRestApisOutput, error) {
	return &apigateway.GetRestApisOutput{}, nil
}

func TestDispatch(t *testing.T) {
	rec := &recorder{}
	srv := serve(t, apigateway.New(restAPIs{}), apigatewayv2.New(rec), sts.New(identity{}), tiny.New(things{}))
	page := "https://evil.example"
	tests := map[string]struct {
		service, method, path, body string
		header                      map[string]string
		status                      int
		want                        string
	}{
		"v2 by path":               {service: "apigateway", method: "GET", path: "/v2/apis", status: 200, want: "{}"},
		"v1 by path":               {service: "apigateway", method: "GET", path: "/restapis", status: 200, want: "{}"},
		"not built":                {service: "apigateway", method: "GET", path: "/v2/portals", status: 501, want: "The operation apigatewayv2:ListPortals is not built in Dipylon yet."},
		"v1 import by query":       {service: "apigateway", method: "POST", path: "/restapis?mode=import", status: 400, want: "importRestApiInput.body"},
		"neither":                  {service: "apigateway", method: "GET", path: "/v3/apis", status: 403, want: `{"message":"Missing Authentication Token"}`},
		"no content":               {service: "apigateway", method: "DELETE", path: "/v2/apis/x", status: 204},
		"v2 validates as such":     {service: "apigateway", method: "POST", path: "/v2/apis", body: `{"protocolType":"?"}`, status: 400, want: `{"message":"1 validation error detected: Value null at 'createApiInput.name' failed to satisfy constraint: Member must not be null"}`},
		"unknown service":          {service: "dynamodb", method: "POST", path: "/", status: 501, want: `{"message":"The service dynamodb is not built in Dipylon."}`},
		"unknown service, json":    {service: "dynamodb", method: "POST", path: "/", header: map[string]string{"X-Amz-Target": "D.X"}, status: 501, want: `{"__type":"NotImplementedException","message":"The service dynamodb`},
		"unknown service, query":   {service: "sqs", method: "POST", path: "/?Action=X", status: 501, want: "<Code>NotImplementedException</Code>"},
		"unsigned":                 {method: "GET", path: "/v2/apis", status: 403, want: `{"message":"no signature"}`},
		"unsigned, query":          {method: "POST", path: "/", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, body: "Action=GetCallerIdentity", status: 403, want: "<Code>MissingAuthenticationToken</Code>"},
		"unsigned, json":           {method: "POST", path: "/", header: map[string]string{"X-Amz-Target": "A.B"}, status: 403, want: `"__type":"MissingAuthenticationTokenException"`},
		"cross-site change":        {service: "apigateway", method: "DELETE", path: "/v2/apis/x", header: map[string]string{"Sec-Fetch-Site": "cross-site"}, status: 403, want: "other sites"},
		"change from another page": {service: "apigateway", method: "DELETE", path: "/v2/apis/x", header: map[string]string{"Origin": page}, status: 403, want: "other sites"},
		"change from nowhere":      {service: "apigateway", method: "DELETE", path: "/v2/apis/x", header: map[string]string{"Origin": "null"}, status: 403, want: "other sites"},
		"read from another page":   {service: "apigateway", method: "GET", path: "/v2/apis", header: map[string]string{"Origin": page, "Sec-Fetch-Site": "cross-site"}, status: 200},
		"change from our own page": {service: "apigateway", method: "DELETE", path: "/v2/apis/x", header: map[string]string{"Origin": srv.URL, "Sec-Fetch-Site": "same-origin"}, status: 204},
		"deep JSON":                {service: "tiny", method: "POST", path: "/echo", body: strings.Repeat(`{"inner":`, 101) + "{}" + strings.Repeat("}", 101), status: 400, want: "nests too deeply"},
		"deep JSON in unknown":     {service: "tiny", method: "POST", path: "/echo", body: `{"x":` + strings.Repeat("[", 100_000), status: 400, want: "nests too deeply"},
		"deep form":                {service: "tiny", method: "POST", path: "/", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, body: "Action=Echo&" + strings.Repeat("inner.", 200) + "text=x", status: 400, want: "nests too deeply"},
		"deep CBOR":                {service: "tiny", method: "POST", path: "/service/Tiny/operation/Echo", header: map[string]string{"Smithy-Protocol": "rpc-v2-cbor"}, body: strings.Repeat("\x81", 200), status: 400, want: "not valid CBOR"},
		"too large":                {service: "apigateway", method: "POST", path: "/v2/apis", body: strings.Repeat("x", wire.DefaultMaxBody+1), status: 413, want: `{"message":"Request Entity Too Large"}`},
		"over the server's limit":  {service: "tiny", method: "POST", path: "/echo", body: strings.Repeat("x", wire.DefaultMaxBody+10), status: 400},
		"over the service's limit": {service: "tiny", method: "POST", path: "/echo", body: strings.Repeat("x", wire.DefaultMaxBody+11), status: 413},
		"too large when unpacked":  {service: "tiny", method: "POST", path: "/echo", header: map[string]string{"Content-Encoding": "gzip"}, body: packed(wire.DefaultMaxBody + 11), status: 413},
		"not gzip":                 {service: "tiny", method: "POST", path: "/echo", header: map[string]string{"Content-Encoding": "gzip"}, body: "{}", status: 400, want: "not valid gzip"},
		"escaped slash in a stage": {service: "apigateway", method: "GET", path: "/v2/apis/a/stages/b%2Fc", status: 200},
		"raw slash in a tag's ARN": {service: "apigateway", method: "GET", path: "/v2/tags/arn:aws:apigateway:::/apis/x", status: 403},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			header := map[string]string{}
			for k, v := range tt.header {
				header[k] = v
			}
			if tt.service != "" {
				header["Authorization"] = signedFor(tt.service)
			}
			status, body := send(t, srv, tt.method, srv.URL+tt.path, header, tt.body)
			if status != tt.status || !strings.Contains(body, tt.want) {
				t.Errorf("got %d %s", status, body)
			}
		})
	}
}

func packed(size int) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	// Writes to a buffer do not fail.
	_, _ = w.Write(make([]byte, size))
	_ = w.Close()
	return b.String()
}

func TestReadOnly(t *testing.T) {
	srv := serveWith(t, wire.Options{
		Services:      []*wire.Service{apigatewayv2.New(&recorder{}), tiny.New(things{}), sts.New(identity{})},
		Authenticator: permissive{readOnly: true},
	})
	tests := []struct {
		service, method, path, body string
		status                      int
		want                        string
	}{
		{"apigateway", "GET", "/v2/apis", "", 200, "{}"},
		{"sts", "POST", "/?Action=GetCallerIdentity", "", 200, "<UserId>"},
		{"apigateway", "DELETE", "/v2/apis/x", "", 403, "User: arn:aws:iam::000000000000:user/tester is not authorized to perform: apigateway:DELETE on resource: arn:aws:apigateway:eu-central-1::/apis/x"},
		{"tiny", "POST", "/echo", `{"text":"ab"}`, 403, "is not authorized to perform: tiny:Echo"},
	}
	for _, tt := range tests {
		status, body := send(t, srv, tt.method, srv.URL+tt.path, map[string]string{"Authorization": signedFor(tt.service)}, tt.body)
		if status != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s %s: got %d %s", tt.method, tt.path, status, body)
		}
	}
}

// TestFailuresAreLogged checks that operators see what callers must not.
func TestFailuresAreLogged(t *testing.T) {
	var log bytes.Buffer
	srv := serveWith(t, wire.Options{
		Services: []*wire.Service{tiny.New(things{})},
		Log:      slog.New(slog.NewTextHandler(&log, nil)),
	})
	for text, want := range map[string][]string{
		"panic": {"panic: secret", "things.Echo", "operation=Echo", "request="},
		"oops":  {"unexpected EOF", "operation=Echo", "request="},
	} {
		log.Reset()
		status, body := send(t, srv, http.MethodPost, srv.URL+"/echo", map[string]string{"Authorization": signedFor("tiny")}, `{"text":"`+text+`"}`)
		if status != 500 || strings.Contains(body, want[0]) {
			t.Errorf("%s: the caller gets %d %s", text, status, body)
		}
		for _, part := range want {
			if !strings.Contains(log.String(), part) {
				t.Errorf("%s: the log lacks %q: %s", text, part, log.String())
			}
		}
	}
}
