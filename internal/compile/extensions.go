package compile

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/step/ratelimit"
	"github.com/dipylon/dipylon/internal/step/validate"
)

// extensionPrefix begins the names of Dipylon's own settings, in OpenAPI documents and in tags (docs/extensions.md).
const extensionPrefix = "x-dipylon-"

// extensions are Dipylon's own settings of an API or a route; nil where there are none.
type extensions struct {
	rateLimit  *ratelimit.Config
	validation *validate.Config
}

func readExtensions(raw map[string]json.RawMessage) (extensions, error) {
	var e extensions
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		var err error
		switch name {
		case ratelimit.Extension:
			e.rateLimit, err = ratelimit.Parse(raw[name])
		case validate.Extension:
			e.validation, err = validate.Parse(raw[name])
		default:
			err = errors.New("there is no such extension")
		}
		if err != nil {
			return e, fmt.Errorf("%s: %w", name, err)
		}
	}
	return e, nil
}

// CheckExtensions says whether the settings can be compiled.
func CheckExtensions(raw map[string]json.RawMessage) error {
	_, err := readExtensions(raw)
	return err
}

// TaggedExtensions returns the settings that stand in tags.
func TaggedExtensions(tags map[string]string) map[string]json.RawMessage {
	var raw map[string]json.RawMessage
	for key, value := range tags {
		if strings.HasPrefix(key, extensionPrefix) {
			if raw == nil {
				raw = map[string]json.RawMessage{}
			}
			raw[key] = json.RawMessage(value)
		}
	}
	return raw
}

// extensionsOf returns what holds for all routes of a stage: the stage's tags, else the API's, else what was imported.
func extensionsOf(in *Stage) (extensions, error) {
	raw := maps.Clone(in.API.Extensions)
	for _, tags := range []map[string]string{in.API.Tags, in.Stage.Tags} {
		tagged := TaggedExtensions(tags)
		if raw == nil {
			raw = tagged
			continue
		}
		maps.Copy(raw, tagged)
	}
	return readExtensions(raw)
}
