package compile

import (
	"strings"
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
	"github.com/dipylon/dipylon/internal/gateway"
)

// TestRestValidate: a validator checks what it says, by the models of the snapshot, which name one another (recorded:
// aws-behaviour.md, facts 29 and 30).
func TestRestValidate(t *testing.T) {
	in := restStage()
	in.Snapshot.Models = []gateway.RestModel{
		{Name: "Status", Schema: `{"type":"object","required":["Status"]}`},
		{Name: "Test", Schema: `{"type":"object","properties":{"status":{"oneOf":[{"type":"null"},{"$ref":"https://apigateway.amazonaws.com/restapis/api/models/Status"}]}},"required":["status"]}`},
		{Name: "Broken", Schema: `{"type":"file"}`},
	}
	in.Snapshot.Validators = []gateway.RequestValidator{
		{ID: "all", Body: true, Parameters: true}, {ID: "body", Body: true}, {ID: "params", Parameters: true}, {ID: "none"},
	}
	for _, id := range []string{"all", "body", "params", "none", "gone"} {
		m := get(proxyTo("http://one.example/", nil))
		m["GET"].RequestValidatorID = id
		m["GET"].RequestModels = map[string]string{"application/json": "Test", "text/b": "Broken", "text/n": "Nothing"}
		m["GET"].RequestParameters = map[string]bool{"method.request.querystring.q": true, "method.request.header.h": false}
		in.Snapshot.Resources = append(in.Snapshot.Resources, resource("/"+id, m))
	}
	p, err := RestAPI(in, world(&backends{}))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, query, contentType, body, want string }{
		{"/all", "", "", "", "bad_parameters"},
		{"/all", "q=1", "", "", "bad_body"},
		{"/all", "q=1", "", `{"status":null}`, "ok"},
		{"/body", "", "", `{"status":{"Status":1}}`, "ok"},
		{"/body", "", "", `{"status":{}}`, "bad_body"},
		{"/body", "", "text/other", `{`, "ok"},
		{"/body", "", "text/b", `{}`, "configuration: the model Broken is no schema"},
		{"/body", "", "text/n", `{}`, "configuration: there is no model Nothing"},
		{"/params", "", "", "", "bad_parameters"},
		{"/params", "q=1", "", "", "ok"},
		{"/none", "", "", "", "ok"},
		{"/gone", "", "", "", "ok"},
	} {
		x := &exchange.Exchange{}
		x.Request.Method, x.Request.Path = []byte("GET"), []byte(c.path)
		x.Request.Query = []byte(c.query)
		x.Request.Header.Add([]byte("Content-Type"), []byte(c.contentType))
		x.Request.Body.Bytes = []byte(c.body)
		p.Run(t.Context(), x, []byte(c.path))
		got := "ok"
		if x.Fault != nil {
			got = x.Fault.Error()
		}
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%s %s: got %s, want %s", c.path, c.body, got, c.want)
		}
	}
}
