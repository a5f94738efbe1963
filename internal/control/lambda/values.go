package lambda

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/dipylon/dipylon/internal/store"
)

// AWS's clients send empty strings for what they leave out, so empty means absent where a value cannot be empty.

func text[T ~string](p *T) string {
	if p == nil {
		return ""
	}
	return string(*p)
}

func or[T ~string](p *T, otherwise string) string {
	if t := text(p); t != "" {
		return t
	}
	return otherwise
}

// set changes a field for which a value was given; the empty one clears it.
func set[T ~string](field *string, p *T) {
	if p != nil {
		*field = string(*p)
	}
}

// replace changes a field that cannot be empty.
func replace[T ~string](field *string, p *T) {
	if t := text(p); t != "" {
		*field = t
	}
}

func optional[T ~string](s string) *T {
	if s == "" {
		return nil
	}
	return new(T(s))
}

func flag(p *bool) bool { return p != nil && *p }

// as converts a list of strings.
func as[Out, In ~string](in []In) []Out {
	if in == nil {
		return nil
	}
	out := make([]Out, len(in))
	for i, v := range in {
		out[i] = Out(v)
	}
	return out
}

// convert returns what to makes of each item; an empty list rather than none.
func convert[T, Out any](items []store.Item[T], to func(T) Out) []Out {
	out := make([]Out, len(items))
	for i, item := range items {
		out[i] = to(item.Value)
	}
	return out
}

// stamp writes a time as Lambda does.
func stamp(t time.Time) *string { return new(t.UTC().Format("2006-01-02T15:04:05.000+0000")) }

// maxPage is the longest page of a listing: clients may ask for more and get this
// (https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html).
const maxPage = 50

// page reads what a client says about paging.
func page(maxItems *int32, marker *string) (store.Range, error) {
	rng := store.Range{Limit: maxPage}
	if maxItems != nil {
		rng.Limit = min(rng.Limit, int(*maxItems))
	}
	after, err := base64.RawURLEncoding.DecodeString(text(marker))
	if err != nil {
		return rng, invalid("Invalid Marker")
	}
	rng.After = string(after)
	return rng, nil
}

func nextMarker(after string) *string {
	return optional[string](base64.RawURLEncoding.EncodeToString([]byte(after)))
}

// consistsOf reports whether all characters of s are ASCII letters, digits or of extra.
func consistsOf(s, extra string) bool {
	for i := range len(s) {
		c := s[i]
		alnum := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !alnum && strings.IndexByte(extra, c) < 0 {
			return false
		}
	}
	return true
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// small is for numbers that the model bounds.
func small(n int) *int32 { return new(int32(n)) } //nolint:gosec // see above
