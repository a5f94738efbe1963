package wire

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// permit refuses changes by read-only principals and by pages of other sites.
func (t *turn) permit() error {
	if t.match.op.readOnly() {
		return nil
	}
	if crossSite(t.http) {
		return &Error{Code: "AccessDeniedException", Message: "Requests of other sites may not change anything.", Status: http.StatusForbidden}
	}
	if !t.principal.ReadOnly {
		return nil
	}
	action := t.service.model.SigningName + ":" + t.match.op.Name
	resource := ""
	if t.service.model.SigningName == "apigateway" {
		action = "apigateway:" + t.http.Method
		resource = " on resource: arn:aws:apigateway:" + t.call.Tenant.Region + "::" + strings.TrimPrefix(t.http.URL.Path, "/v2")
	}
	return &Error{
		Code: "AccessDeniedException",
		Message: fmt.Sprintf("User: arn:aws:iam::%s:user/%s is not authorized to perform: %s%s",
			t.call.Tenant.Account, t.principal.Name, action, resource),
		Status: http.StatusForbidden,
	}
}

// readOnly operations are known by their names.
func (op *Operation) readOnly() bool {
	for _, verb := range []string{"Get", "List", "Describe", "Test", "Export", "Filter", "Search"} {
		if strings.HasPrefix(op.Name, verb) {
			return true
		}
	}
	return false
}

// crossSite reports whether a browser sent the request on behalf of another site.
func crossSite(r *http.Request) bool {
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		return true
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || !strings.EqualFold(u.Host, r.Host)
}
