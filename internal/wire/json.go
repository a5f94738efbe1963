package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxDepth is how deep messages may nest.
const maxDepth = 100

var errTooDeep = serializationError("The message nests too deeply.")

// parseJSON reads a JSON document into map[string]any, []any, json.Number, string, bool and nil. Of members that come
// twice the last counts. An empty document is an empty object, as on AWS.
func parseJSON(text []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	v, err := jsonValue(dec, 0)
	if errors.Is(err, io.EOF) && len(bytes.TrimSpace(text)) == 0 {
		return map[string]any{}, nil
	}
	if err == nil {
		if _, more := dec.Token(); more == io.EOF {
			return v, nil
		}
		return nil, serializationError("Unexpected content after the JSON document.")
	}
	if errors.Is(err, errTooDeep) {
		return nil, err
	}
	return nil, serializationError("The request body is not valid JSON.")
}

func jsonValue(dec *json.Decoder, depth int) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	if depth >= maxDepth {
		return nil, errTooDeep
	}
	if delim == '{' {
		return jsonObject(dec, depth+1)
	}
	array := []any{}
	for dec.More() {
		v, err := jsonValue(dec, depth+1)
		if err != nil {
			return nil, err
		}
		array = append(array, v)
	}
	_, err = dec.Token()
	return array, err
}

func jsonObject(dec *json.Decoder, depth int) (any, error) {
	members := make(map[string]any)
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		v, err := jsonValue(dec, depth)
		if err != nil {
			return nil, err
		}
		members[name.(string)] = v
	}
	_, err := dec.Token()
	return members, err
}

// jsonReader reads what parseJSON returns.
type jsonReader struct{}

func (jsonReader) members(raw any) (map[string]any, error) {
	switch v := raw.(type) {
	case map[string]any:
		return v, nil
	case []any:
		return nil, errUnexpectedList
	default:
		return nil, notACollection(jsonClass(raw))
	}
}

func (r jsonReader) entries(raw any, _ *Shape) (map[string]any, error) { return r.members(raw) }

func (jsonReader) elements(raw any, _ *Shape) ([]any, error) {
	switch v := raw.(type) {
	case []any:
		return v, nil
	case map[string]any:
		return nil, errUnexpectedObject
	default:
		return nil, notACollection(jsonClass(raw))
	}
}

func (jsonReader) scalar(raw any, s *Shape) (any, error) {
	switch v := raw.(type) {
	case map[string]any:
		return nil, errUnexpectedObject
	case []any:
		return nil, errUnexpectedList
	case bool:
		if s.Kind == Boolean {
			return v, nil
		}
	case json.Number:
		return jsonNumber(v, s)
	case string:
		return jsonString(v, s)
	}
	return nil, cannotConvert(jsonClass(raw), s)
}

func jsonNumber(n json.Number, s *Shape) (any, error) {
	f, err := n.Float64()
	if err != nil {
		return nil, cannotConvert(jsonClass(n), s)
	}
	switch s.Kind {
	case Double:
		return f, nil
	case Integer, Long:
		if i, err := n.Int64(); err == nil {
			return i, nil
		}
		if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			return int64(f), nil
		}
	case Timestamp:
		if t, ok := fromEpoch(f); ok {
			return t, nil
		}
	default:
	}
	return nil, cannotConvert(jsonClass(n), s)
}

func jsonString(text string, s *Shape) (any, error) {
	switch s.Kind {
	case String:
		return text, nil
	case Blob:
		return decodeBlob(text)
	case Timestamp:
		if t, ok := parseTime(text); ok {
			return t, nil
		}
	case Double:
		if f, ok := notFinite[text]; ok {
			return f, nil
		}
	default:
	}
	return nil, cannotConvert("String", s)
}

// notFinite are the numbers that JSON writes as strings.
var notFinite = map[string]float64{"NaN": math.NaN(), "Infinity": math.Inf(1), "-Infinity": math.Inf(-1)}

// decodeBlob accepts base64 with and without padding.
func decodeBlob(text string) ([]byte, error) {
	data, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, serializationError("A binary value is not valid base64.")
	}
	return data, nil
}

// jsonClass names a JSON value's class in Java, for messages.
func jsonClass(raw any) string {
	switch v := raw.(type) {
	case bool:
		return "Boolean"
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") {
			return "Double"
		}
		if _, err := strconv.ParseInt(string(v), 10, 32); err != nil {
			return "Long"
		}
		return "Integer"
	case string:
		return "String"
	default:
		return "Object"
	}
}

// appendJSON writes a value of the encoder.
func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case object:
		return appendJSONObject(b, v)
	case dict:
		return appendJSONObject(b, v.entries)
	case list:
		b = append(b, '[')
		for i, item := range v.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, item)
		}
		return append(b, ']')
	case string:
		return appendJSONString(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case bool:
		return strconv.AppendBool(b, v)
	case float64:
		return appendJSONFloat(b, v)
	case []byte:
		return appendJSONString(b, encodeBlob(v))
	case stamp:
		text := v.text(EpochSeconds)
		if v.format == DefaultTime || v.format == EpochSeconds {
			return append(b, text...)
		}
		return appendJSONString(b, text)
	case time.Time:
		return appendJSON(b, stamp{time: v})
	}
	return append(b, "null"...)
}

func appendJSONObject(b []byte, entries []entry) []byte {
	b = append(b, '{')
	for i, e := range entries {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendJSONString(b, e.name), ':')
		b = appendJSON(b, e.value)
	}
	return append(b, '}')
}

// appendJSONString leaves <, > and & as they are, unlike json.Marshal.
func appendJSONString(b []byte, s string) []byte {
	if isPlain(s) {
		b = append(roomy(b, len(s)), '"')
		start := 0
		for i := range len(s) {
			if s[i] == '"' || s[i] == '\\' {
				b = append(append(b, s[start:i]...), '\\')
				start = i
			}
		}
		return append(append(b, s[start:]...), '"')
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return append(b, `""`...)
	}
	return append(b, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...)
}

// roomy doubles what a long answer is written to before it is full; append would copy it more often.
func roomy(b []byte, n int) []byte {
	const long = 64 << 10
	if len(b) > long && cap(b)-len(b) < n+len(`"":,`) {
		return slices.Grow(b, len(b)+n)
	}
	return b
}

// isPlain reports whether a string is printable ASCII, of which quotes and backslashes alone are escaped.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

func appendJSONFloat(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(b, `"-Infinity"`...)
	case f == math.Trunc(f) && math.Abs(f) < 1e15:
		return strconv.AppendFloat(b, f, 'f', 1, 64)
	default:
		return strconv.AppendFloat(b, f, 'g', -1, 64)
	}
}
