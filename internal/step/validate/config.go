package validate

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dipylon/dipylon/internal/strictjson"
)

// Extension is the name of the OpenAPI extension, and of the tag, that holds a configuration.
const Extension = "x-dipylon-validation"

// What a configuration may hold.
const (
	maxConfigBytes  = 128 << 10
	maxConfigValues = 5_000
	maxConfigHeight = 64
	maxParameters   = 64 // of the query string, and of headers
	maxContentTypes = 32
	// maxBody is the largest maxBytes: AWS's payload quota. defaultMaxBody is what a body with a schema may have.
	maxBody        = 10 << 20
	defaultMaxBody = 1 << 20
)

// Config is what a value of [Extension] says, compiled. It is immutable: any number of steps may use it.
type Config struct {
	body           *body
	query, headers []parameter
	byName         map[string]int // of the query
}

// Parse reads and compiles a configuration. docs/extensions.md describes it.
func Parse(raw []byte) (*Config, error) {
	if len(raw) > maxConfigBytes {
		return nil, fmt.Errorf("has more than %d bytes", maxConfigBytes)
	}
	if !json.Valid(raw) {
		return nil, errors.New("is no JSON")
	}
	shape, err := measure(raw)
	switch {
	case err != nil:
		return nil, err
	case shape.height > maxConfigHeight:
		return nil, fmt.Errorf("is nested deeper than %d levels", maxConfigHeight)
	case shape.values > maxConfigValues:
		return nil, fmt.Errorf("has more than %d values", maxConfigValues)
	}
	var bodyJSON, query, headers json.RawMessage
	if err := strictjson.Object(raw, map[string]any{"body": &bodyJSON, "query": &query, "headers": &headers}); err != nil {
		return nil, err
	}
	c := &Config{}
	if bodyJSON != nil {
		if c.body, err = parseBody(bodyJSON); err != nil {
			return nil, fmt.Errorf("body: %w", err)
		}
	}
	if c.query, err = parseParameters(query, inQuery); err != nil {
		return nil, err
	}
	if c.headers, err = parseParameters(headers, inHeaders); err != nil {
		return nil, err
	}
	c.byName = make(map[string]int, len(c.query))
	for i := range c.query {
		c.byName[c.query[i].name] = i
	}
	return c, nil
}

func parseBody(raw json.RawMessage) (*body, error) {
	b := &body{required: true}
	var schemaJSON json.RawMessage
	var types []string
	err := strictjson.Object(raw, map[string]any{
		"schema": &schemaJSON, "required": &b.required, "contentTypes": &types, "maxBytes": &b.max,
	})
	if err != nil {
		return nil, err
	}
	if b.max < 0 || b.max > maxBody {
		return nil, fmt.Errorf("maxBytes: want 1 to %d, or 0 for the default", maxBody)
	}
	if schemaJSON != nil {
		if b.schema, err = compileSchema(schemaJSON); err != nil {
			return nil, fmt.Errorf("schema: %w", err)
		}
		if b.max == 0 {
			b.max = defaultMaxBody
		}
		if types == nil {
			types = []string{"application/json", "application/*+json"}
		}
	}
	if len(types) > maxContentTypes {
		return nil, fmt.Errorf("contentTypes: more than %d", maxContentTypes)
	}
	for _, t := range types {
		m, err := parseMediaRange(t)
		if err != nil {
			return nil, fmt.Errorf("contentTypes: %w", err)
		}
		b.types = append(b.types, m)
	}
	return b, nil
}
