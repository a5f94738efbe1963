package jwt

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// CognitoClaims are a token's claims as the Cognito authorizers of REST APIs hand them on, in the order of the token
// (recorded: public code index documents 55655318156 and 12255459165; lists of objects: 31854159645).
type CognitoClaims struct{ list []Claim }

// Claim returns the value of a claim, and whether the token has it.
func (c *CognitoClaims) Claim(name string) (string, bool) {
	for i := range c.list {
		if c.list[i].Name == name {
			return c.list[i].Value, true
		}
	}
	return "", false
}

// Len returns the number of claims.
func (c *CognitoClaims) Len() int { return len(c.list) }

// At returns the claim at that place.
func (c *CognitoClaims) At(i int) (name, value string) { return c.list[i].Name, c.list[i].Value }

// Cognito returns the claims as REST APIs hand them on. They are made once for a token.
func (t *Token) Cognito() *CognitoClaims {
	c := t.cognito.Load()
	if c == nil {
		c = &CognitoClaims{list: cognitoClaims(t.raw)}
		t.cognito.Store(c)
	}
	return c
}

// cognitoClaims reads the claims of a token whose form was verified.
func cognitoClaims(token []byte) []Claim {
	_, rest, _ := bytes.Cut(token, []byte{'.'})
	body, _, _ := bytes.Cut(rest, []byte{'.'})
	text, err := decodeBase64(body)
	d := json.NewDecoder(bytes.NewReader(text))
	if _, tokenErr := d.Token(); err != nil || tokenErr != nil {
		return nil
	}
	var list []Claim
	for d.More() {
		key, err := d.Token()
		name, isName := key.(string)
		var value json.RawMessage
		if err != nil || !isName || d.Decode(&value) != nil {
			return list
		}
		if claim, ok := cognitoClaim(name, value); ok {
			list = put(list, claim)
		}
	}
	return list
}

// put adds a claim; of two with one name the later counts.
func put(list []Claim, claim Claim) []Claim {
	for i := range list {
		if list[i].Name == claim.Name {
			list[i] = claim
			return list
		}
	}
	return append(list, claim)
}

// cognitoClaim writes a value as AWS does: dates as Java does, of lists the elements with commas between them, objects as
// JSON, and null not at all.
func cognitoClaim(name string, value json.RawMessage) (Claim, bool) {
	switch value[0] {
	case 'n':
		return Claim{}, false
	case '[':
		var elements []json.RawMessage
		if json.Unmarshal(value, &elements) != nil {
			return Claim{}, false
		}
		texts := make([]string, len(elements))
		for i, element := range elements {
			texts[i] = scalarText(element)
		}
		return Claim{name, strings.Join(texts, ",")}, true
	}
	text := scalarText(value)
	if name == "exp" || name == "iat" || name == "nbf" {
		if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
			const javaDate = "Mon Jan 02 15:04:05 MST 2006"
			text = time.Unix(seconds, 0).UTC().Format(javaDate)
		}
	}
	return Claim{name, text}, true
}

// scalarText returns what a string says, and any other value as compact JSON.
func scalarText(value json.RawMessage) string {
	var s string
	if value[0] == '"' && json.Unmarshal(value, &s) == nil {
		return s
	}
	var out bytes.Buffer
	if json.Compact(&out, value) != nil {
		return string(value)
	}
	return out.String()
}
