package logs

import (
	"encoding/base64"
	"fmt"

	"github.com/dipylon/dipylon/internal/logs"
)

// newToken makes the token of a list's next page of the name at which this one ended.
func newToken(name string) string { return base64.RawURLEncoding.EncodeToString([]byte(name)) }

// readToken returns the name in a token, and "" for none.
func readToken(token *string) (string, error) {
	if token == nil {
		return "", nil
	}
	name, err := base64.RawURLEncoding.DecodeString(*token)
	if err != nil {
		return "", badToken()
	}
	return string(name), nil
}

func badToken() error { return invalid("The specified nextToken is invalid.") }

// positionToken writes a position, in a form of AWS's length: 56 digits.
func positionToken(p logs.Position) string {
	const bits = 40                                                                        // an offset in a segment has fewer
	return fmt.Sprintf("%018d%018d%020d", p.Time, p.Segment, uint64(p.Offset)&(1<<bits-1)) //nolint:gosec // G115: offsets are positive
}

func parsePosition(s string) (logs.Position, error) {
	var p logs.Position
	if n, err := fmt.Sscanf(s, "%18d%18d%20d", &p.Time, &p.Segment, &p.Offset); n != 3 || err != nil || positionToken(p) != s {
		return p, badToken()
	}
	return p, nil
}

func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
