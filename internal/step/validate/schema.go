package validate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schema is a compiled JSON Schema with what it costs.
type schema struct {
	compiled *jsonschema.Schema
	cost     costs
}

// location is the schema's own address, against which it resolves references. No other address is ever asked.
const location = "dipylon://schema/"

// compileSchema compiles a schema of the draft that its $schema names: 4, 6, 7, 2019-09, or 2020-12, which is also the
// default. Formats are asserted in all of them.
func compileSchema(raw json.RawMessage) (*schema, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.UseRegexpEngine(compilePattern)
	c.UseLoader(noLoader{})
	if err := c.AddResource(location, doc); err != nil {
		return nil, readable(err)
	}
	compiled, err := c.Compile(location)
	if err != nil {
		return nil, readable(err)
	}
	cost, err := costOf(compiled)
	if err != nil {
		return nil, err
	}
	return &schema{compiled, cost}, nil
}

// noLoader refuses to go anywhere.
type noLoader struct{}

// Load implements [jsonschema.URLLoader].
func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("%s is not in the schema: references to other documents are not followed", url)
}

// readable takes apart what the library says of a schema that is none.
func readable(err error) error {
	var invalid *jsonschema.SchemaValidationError
	var load *jsonschema.LoadURLError
	var violations *jsonschema.ValidationError
	switch {
	case errors.As(err, &invalid) && errors.As(invalid.Err, &violations):
		var found problems
		explain(violations, &found)
		if len(found) > 0 {
			at := strings.TrimPrefix(strings.TrimPrefix(found[0].Where, inBody), "/")
			return errors.New(strings.TrimSpace(at + " " + found[0].Error))
		}
	case errors.As(err, &load):
		return load.Err
	}
	return errors.New(clip(strings.ReplaceAll(strings.ReplaceAll(err.Error(), location, ""), "\n", " ")))
}

// check adds what is wrong with a value.
func (s *schema) check(value any, found *problems) {
	defer func() {
		if r := recover(); r != nil {
			if r != errPatternWork { //nolint:errorlint // it is the very value that was thrown
				panic(r)
			}
			found.add(inBody, errPatternWork.Error())
		}
	}()
	var violations *jsonschema.ValidationError
	if err := s.compiled.Validate(value); errors.As(err, &violations) {
		explain(violations, found)
	} else if err != nil {
		found.add(inBody, "does not match the schema")
	}
}
