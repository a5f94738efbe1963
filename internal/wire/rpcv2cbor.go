package wire

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// rpcv2CBOR is Smithy's RPC v2 CBOR protocol: the operation stands in the path, all members in a CBOR body.
type rpcv2CBOR struct{}

// find reads /service/NAME/operation/NAME, which may follow other segments.
func (rpcv2CBOR) find(s *Service, in *inbound) (match, error) {
	parts := strings.Split(in.http.URL.Path, "/")
	n := len(parts)
	if n < 4 || parts[n-4] != "service" || parts[n-2] != "operation" || parts[n-3] != s.model.TargetPrefix {
		return match{}, unknownOperation(404, in.http.URL.Path)
	}
	m, ok := s.operation(parts[n-1])
	if !ok {
		return match{}, unknownOperation(404, parts[n-1])
	}
	return m, nil
}

func (rpcv2CBOR) decode(s *Service, m match, in *inbound, input any) error {
	if len(in.body) == 0 {
		return nil
	}
	raw, err := parseCBOR(in.body)
	if err != nil {
		return err
	}
	return decoder{s.model.Shapes, cborReader{}}.structure(s.shapeOf(m.op.Input), raw, reflect.ValueOf(input).Elem())
}

// parseCBOR reads one data item into map[string]any, []any, int64, float64, string, []byte, bool, time.Time and nil.
func parseCBOR(data []byte) (any, error) {
	mode, err := cbor.DecOptions{
		MaxNestedLevels: maxDepth,
		DefaultMapType:  reflect.TypeFor[map[string]any](),
		IntDec:          cbor.IntDecConvertSignedOrFail,
	}.DecMode()
	if err != nil {
		return nil, err
	}
	var v any
	if err := mode.Unmarshal(data, &v); err != nil {
		return nil, serializationError("The request body is not valid CBOR.")
	}
	return v, nil
}

func (rpcv2CBOR) encode(s *Service, op *Operation, output any, _ string) (outbound, error) {
	out := outbound{status: op.Status, header: map[string]string{"Smithy-Protocol": "rpc-v2-cbor"}}
	if op.Output == NoShape {
		return out, nil
	}
	value := newEncoder(s.model.Shapes).structure(s.shapeOf(op.Output), reflect.ValueOf(output).Elem())
	body, err := appendCBOR(value)
	if err != nil {
		return outbound{}, err
	}
	out.header["Content-Type"], out.body = "application/cbor", body
	return out, nil
}

func (rpcv2CBOR) fail(s *Service, e *Error, _ string) outbound {
	value := append(object{{"__type", e.id(s)}, {e.messageName(), e.Message}}, e.errorBody()...)
	// Strings and modelled members always encode; a failure would leave the body empty.
	body, _ := appendCBOR(value)
	header := map[string]string{"Smithy-Protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}
	return outbound{status: e.Status, header: queryErrorHeader(s, e, header), body: body}
}

func appendCBOR(v any) ([]byte, error) {
	mode, err := cbor.EncOptions{Sort: cbor.SortLengthFirst, NilContainers: cbor.NilContainerAsEmpty}.EncMode()
	if err != nil {
		return nil, err
	}
	body, err := mode.Marshal(cborValue(v))
	if err != nil {
		return nil, fmt.Errorf("encode cbor: %w", err)
	}
	return body, nil
}

// cborValue turns a value of the encoder into what the CBOR library writes; timestamps are tag 1.
func cborValue(v any) any {
	switch v := v.(type) {
	case object:
		return cborMap(v)
	case dict:
		return cborMap(v.entries)
	case list:
		items := make([]any, len(v.items))
		for i, item := range v.items {
			items[i] = cborValue(item)
		}
		return items
	case stamp:
		t := v.time.Truncate(time.Millisecond)
		if t.Nanosecond() == 0 {
			return cbor.Tag{Number: 1, Content: t.Unix()}
		}
		return cbor.Tag{Number: 1, Content: float64(t.UnixMilli()) / 1000}
	default:
		return v
	}
}

func cborMap(entries []entry) map[string]any {
	m := make(map[string]any, len(entries))
	for _, e := range entries {
		m[e.name] = cborValue(e.value)
	}
	return m
}

// cborReader reads what parseCBOR returns. Structures, lists and maps are as in JSON.
type cborReader struct{ jsonReader }

func (r cborReader) scalar(raw any, s *Shape) (any, error) {
	switch v := raw.(type) {
	case map[string]any:
		return nil, errUnexpectedObject
	case []any:
		return nil, errUnexpectedList
	case string:
		if s.Kind == String {
			return v, nil
		}
	case []byte:
		if s.Kind == Blob {
			return v, nil
		}
	case bool:
		if s.Kind == Boolean {
			return v, nil
		}
	case int64:
		return cborNumber(float64(v), v, s)
	case float64:
		return cborNumber(v, int64(v), s)
	case time.Time:
		if s.Kind == Timestamp {
			return v.UTC().Round(time.Millisecond), nil
		}
	}
	return nil, cannotConvert(cborClass(raw), s)
}

func cborNumber(f float64, i int64, s *Shape) (any, error) {
	switch s.Kind {
	case Double:
		return f, nil
	case Integer, Long:
		if float64(i) == f {
			return i, nil
		}
	case Timestamp:
		if t, ok := fromEpoch(f); ok {
			return t, nil
		}
	default:
	}
	return nil, cannotConvert("Double", s)
}

func cborClass(raw any) string {
	switch raw.(type) {
	case int64:
		return "Long"
	case float64:
		return "Double"
	default:
		return jsonClass(raw)
	}
}
