package openapi

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

const dipylonPrefix = "x-dipylon-"

// dipylonExtensions are the extensions that Dipylon has of its own, at the root and in operations.
var dipylonExtensions = []string{FeatureValidation, FeatureRateLimit}

// maxExtensionHeight bounds an extension's levels, so that an export of what was imported is not too deep.
const maxExtensionHeight = 64

// dipylon keeps v's x-dipylon-* members as JSON. A name that is not known is an error: it would be a wish that nobody hears.
func (r *reader) dipylon(v *value, at spot) (map[string]json.RawMessage, error) {
	var extensions map[string]json.RawMessage
	for _, m := range v.members {
		if !strings.HasPrefix(m.key, dipylonPrefix) || m.value.kind == null {
			continue
		}
		if !slices.Contains(dipylonExtensions, m.key) {
			return nil, invalid(m.at, "Extension '%s' is not known", m.key)
		}
		raw, err := r.raw(m, at.key(m.key))
		if err != nil {
			return nil, err
		}
		if !r.built(m.key) {
			r.unbuilt(m.at, m.key, at.where)
		}
		if extensions == nil {
			extensions = map[string]json.RawMessage{}
		}
		extensions[m.key] = raw
	}
	return extensions, nil
}

func (r *reader) raw(m member, attribute string) (json.RawMessage, error) {
	v, err := r.follow(m.value)
	if err != nil {
		return nil, err
	}
	switch {
	case v == nil:
		return nil, invalid(m.value.at, "Reference '%s' is missing", m.value.get("$ref").text)
	case v.kind != object:
		return nil, wrongType(v.at, attribute, "object")
	case v.height > maxExtensionHeight:
		return nil, invalid(v.at, "attribute %s is nested deeper than %d levels", attribute, maxExtensionHeight)
	}
	if err := r.checkRaw(v, attribute); err != nil {
		return nil, err
	}
	return appendCompact(nil, v), nil
}

// checkRaw counts what the JSON of v will cost, and refuses numbers and booleans that JSON does not have.
func (r *reader) checkRaw(v *value, attribute string) error {
	if err := r.spend(1+len(v.text)/stepBytes, v.at); err != nil {
		return err
	}
	switch v.kind {
	case number:
		if _, err := strconv.ParseFloat(v.text, 64); err != nil || !json.Valid([]byte(v.text)) {
			return wrongType(v.at, attribute, "number")
		}
	case boolean:
		if v.text != "true" && v.text != "false" {
			return wrongType(v.at, attribute, "boolean")
		}
	case list:
		for _, item := range v.items {
			if err := r.checkRaw(item, attribute); err != nil {
				return err
			}
		}
	case object:
		for _, m := range v.members {
			if err := r.spend(len(m.key)/stepBytes, m.at); err != nil {
				return err
			}
			if err := r.checkRaw(m.value, attribute); err != nil {
				return err
			}
		}
	case null, text:
	}
	return nil
}
