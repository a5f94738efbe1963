package sns

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/sns"
	gen "github.com/dipylon/dipylon/internal/wire/gen/sns"
)

func badAttribute(format string, args ...any) error {
	return &gen.InvalidParameterValueException{Message: fmt.Sprintf(format, args...)}
}

// messageAttributes checks the attributes of a message (recorded: test_empty_or_wrong_message_attributes).
func messageAttributes(in map[string]gen.MessageAttributeValue) (map[string]sns.Attribute, error) {
	out := make(map[string]sns.Attribute, len(in))
	for _, name := range slices.Sorted(maps.Keys(in)) {
		v := in[name]
		if err := checkAttributeName(name); err != nil {
			return nil, err
		}
		a := sns.Attribute{Type: *v.DataType, Value: text(v.StringValue)}
		kind, _, _ := strings.Cut(a.Type, ".")
		switch kind {
		case "String", "Number":
			if a.Value == "" && len(v.BinaryValue) > 0 {
				return nil, badAttribute("The message attribute '%s' with type '%s' must use field 'String'.", name, a.Type)
			}
		case "Binary":
			if len(v.BinaryValue) == 0 && a.Value != "" {
				return nil, badAttribute("The message attribute '%s' with type '%s' must use field 'Binary'.", name, a.Type)
			}
			a.Value = base64.StdEncoding.EncodeToString(v.BinaryValue)
		default:
			return nil, badAttribute("The message attribute '%s' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.", name)
		}
		if a.Value == "" {
			return nil, badAttribute("The message attribute '%s' must contain non-empty message attribute value for message attribute type '%s'.", name, a.Type)
		}
		out[name] = a
	}
	return out, nil
}

func checkAttributeName(name string) error {
	const longest = 256
	switch {
	case name == "" || len(name) > longest:
		return badAttribute("Length of message attribute name must be less than 256 bytes.")
	case name[0] == '.':
		return badAttribute("Invalid message attribute name starting with character '.' was found.")
	case strings.HasSuffix(name, "."):
		return badAttribute("Invalid message attribute name ending with character '.' was found.")
	case strings.Contains(name, ".."):
		return badAttribute("Message attribute name can not have successive '.' character.")
	}
	for _, r := range name {
		if !('a' <= r|0x20 && r|0x20 <= 'z' || '0' <= r && r <= '9' || strings.ContainsRune("-_.", r)) {
			return badAttribute("Invalid non-alphanumeric character '#x%X' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.", r)
		}
	}
	return nil
}
