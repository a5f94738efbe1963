package dataplane

import (
	"testing"

	"github.com/dipylon/dipylon/internal/exchange"
)

// TestRequestIDOfClient: a REST API's client may give the call its id, a UUID (developer guide, set-up-logging).
func TestRequestIDOfClient(t *testing.T) {
	for sent, kept := range map[string]bool{
		"":                                      false,
		"11111111-aaaa-4AAA-8aaa-111111111111":  true,
		"11111111-aaaa-4AAA-8aaa-11111111111":   false,
		"11111111-aaaa-4AAA-8aaa-1111111111111": false,
		"11111111-aaaa-4AAA-8aaa-11111111111g":  false,
		"11111111aaaaa-4AAA-8aaa-111111111111":  false,
		"11111111-aaaa-4AAA-8aaa-11111111111\n": false,
	} {
		for _, rest := range []bool{true, false} {
			x := &exchange.Exchange{}
			x.Request.Header.Add([]byte("X-Amzn-Requestid"), []byte(sent))
			newRequestID(x, rest)
			if got := string(x.ID) == sent; got != (kept && rest) {
				t.Errorf("REST %v, %q: the id is %s", rest, sent, x.ID)
			}
			if rest && (!isUUID(x.ID) || len(x.ExtendedID) != 16) {
				t.Errorf("%q: ids %s, %s", sent, x.ID, x.ExtendedID)
			}
		}
	}
}
