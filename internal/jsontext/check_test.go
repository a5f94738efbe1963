package jsontext

import (
	"strings"
	"testing"
)

// FuzzCheck looks for payloads that are taken and are no JSON, and for positions that are beyond the text.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"", "{}", "[1,", "nul", "\x99\xeb", "{\n\"a\": tru}", "\"\x00\""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		if err := Check(payload); err != nil && !strings.Contains(err.Error(), "line: ") {
			t.Errorf("%q: %v", payload, err)
		}
	})
}
