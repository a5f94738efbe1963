package jsontext

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Check says what keeps a text from being JSON, about as the parser of AWS's service does (recorded:
// test_lambda_invoke_payload_encoding_error of LocalStack's test_lambda.snapshot.json).
func Check(payload []byte) error {
	if at := notUTF8(payload); at >= 0 {
		return positioned(payload, at, fmt.Sprintf("Invalid UTF-8 start byte 0x%02x", payload[at]))
	}
	err := json.Unmarshal(payload, &json.RawMessage{})
	if err == nil {
		return nil
	}
	syntax, ok := errors.AsType[*json.SyntaxError](err)
	if !ok {
		return err
	}
	if syntax.Error() == "unexpected end of JSON input" {
		return positioned(payload, len(payload), "Unexpected end-of-input")
	}
	at := max(int(syntax.Offset)-1, 0)
	char, _ := utf8.DecodeRune(payload[at:])
	shown := fmt.Sprintf("'%c' (code %d)", char, char)
	if char < ' ' {
		shown = fmt.Sprintf("(CTRL-CHAR, code %d)", char)
	}
	return positioned(payload, at, "Unexpected character ("+shown+"): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')")
}

func notUTF8(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return -1
}

// positioned adds where in the text it is, counting from 1.
func positioned(payload []byte, at int, problem string) error {
	line, column := 1, 1
	for _, c := range payload[:at] {
		column++
		if c == '\n' {
			line, column = line+1, 1
		}
	}
	return fmt.Errorf("%s\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: %d, column: %d]", problem, line, column)
}
