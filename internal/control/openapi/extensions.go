package openapi

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/control/openapi/document"
)

const dipylonPrefix = "x-dipylon-"

// dipylonExtensions are the extensions that Dipylon has of its own, at the root and in operations.
var dipylonExtensions = []string{FeatureValidation, FeatureRateLimit}

// maxExtensionHeight bounds an extension's levels, so that an export of what was imported is not too deep.
const maxExtensionHeight = 64

// dipylon keeps v's x-dipylon-* members as JSON. A name that is not known is an error: it would be a wish that nobody hears.
func (r *reader) dipylon(v *document.Value, at spot) (map[string]json.RawMessage, error) {
	var extensions map[string]json.RawMessage
	for _, m := range v.Members {
		if !strings.HasPrefix(m.Key, dipylonPrefix) || m.Value.Kind == document.Null {
			continue
		}
		if !slices.Contains(dipylonExtensions, m.Key) {
			return nil, invalid(m.At, "Extension '%s' is not known", m.Key)
		}
		raw, err := r.raw(m, at.key(m.Key))
		if err != nil {
			return nil, err
		}
		if !r.built(m.Key) {
			r.unbuilt(m.At, m.Key, at.where)
		}
		if extensions == nil {
			extensions = map[string]json.RawMessage{}
		}
		extensions[m.Key] = raw
	}
	return extensions, nil
}

func (r *reader) raw(m document.Member, attribute string) (json.RawMessage, error) {
	v, err := r.follow(m.Value)
	if err != nil {
		return nil, err
	}
	switch {
	case v == nil:
		return nil, invalid(m.Value.At, "Reference '%s' is missing", m.Value.Get("$ref").Text)
	case v.Kind != document.Object:
		return nil, wrongType(v.At, attribute, "object")
	case v.Height > maxExtensionHeight:
		return nil, invalid(v.At, "attribute %s is nested deeper than %d levels", attribute, maxExtensionHeight)
	}
	if err := r.checkRaw(v, attribute); err != nil {
		return nil, err
	}
	return document.AppendCompact(nil, v), nil
}

// checkRaw counts what the JSON of v will cost, and refuses numbers and booleans that JSON does not have.
func (r *reader) checkRaw(v *document.Value, attribute string) error {
	if err := r.spend(1+len(v.Text)/stepBytes, v.At); err != nil {
		return err
	}
	switch v.Kind {
	case document.Number:
		if _, err := strconv.ParseFloat(v.Text, 64); err != nil || !json.Valid([]byte(v.Text)) {
			return wrongType(v.At, attribute, "number")
		}
	case document.Boolean:
		if v.Text != "true" && v.Text != "false" {
			return wrongType(v.At, attribute, "boolean")
		}
	case document.List:
		for _, item := range v.Items {
			if err := r.checkRaw(item, attribute); err != nil {
				return err
			}
		}
	case document.Object:
		for _, m := range v.Members {
			if err := r.spend(len(m.Key)/stepBytes, m.At); err != nil {
				return err
			}
			if err := r.checkRaw(m.Value, attribute); err != nil {
				return err
			}
		}
	case document.Null, document.Text:
	}
	return nil
}
