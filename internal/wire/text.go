package wire

import (
	"encoding/base64"
	"strconv"
)

// textScalar reads a scalar that travels as text: in the query protocol, in query strings, headers and paths.
func textScalar(text string, s *Shape) (any, error) {
	switch s.Kind {
	case String:
		return text, nil
	case Integer, Long:
		if i, err := strconv.ParseInt(text, 10, 64); err == nil {
			return i, nil
		}
	case Double:
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return f, nil
		}
	case Boolean:
		switch text {
		case "true", "True", "TRUE":
			return true, nil
		case "false", "False", "FALSE":
			return false, nil
		}
	case Timestamp:
		if t, ok := parseTime(text); ok {
			return t, nil
		}
	case Blob:
		return decodeBlob(text)
	default:
	}
	return nil, cannotConvert("String", s)
}

// scalarText is the reverse; def is the form of timestamps that have none of their own.
func scalarText(v any, def TimeFormat) string {
	switch v := v.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case stamp:
		return v.text(def)
	case []byte:
		return encodeBlob(v)
	}
	return ""
}

func encodeBlob(data []byte) string { return base64.StdEncoding.EncodeToString(data) }
