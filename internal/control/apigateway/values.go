package apigateway

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strings"

	"github.com/dipylon/dipylon/internal/gateway"
	"github.com/dipylon/dipylon/internal/store"
)

// AWS's clients send empty strings for what they leave out (Terraform does), so empty means absent unless AWS says otherwise.

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

func isTrue(p *bool) bool { return p != nil && *p }

// optional leaves out what is empty.
func optional[T ~string](s T) *T {
	if s == "" {
		return nil
	}
	return &s
}

// filled leaves out a map that is empty (patch-operations.md, "Rules common to all operations").
func filled[V any](m map[string]V) map[string]V {
	if len(m) == 0 {
		return nil
	}
	return m
}

// some leaves out a list that is empty.
func some[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

func orEmpty[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return m
}

// strings of one type as those of another.
func as[To, From ~string](list []From) []To {
	if list == nil {
		return nil
	}
	out := make([]To, len(list))
	for i, s := range list {
		out[i] = To(s)
	}
	return out
}

// number returns what was checked to be of 32 bits.
func number(n int) *int32 {
	return new(int32(min(max(n, math.MinInt32), math.MaxInt32)))
}

// escaped is how AWS shows policies: as a JSON string without its quotes.
func escaped(document string) *string {
	if document == "" {
		return nil
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(document); err != nil {
		return &document
	}
	return new(strings.Trim(strings.TrimSuffix(b.String(), "\n"), `"`))
}

func convert[T, Out any](items []store.Item[T], to func(T) Out) []Out {
	out := make([]Out, len(items))
	for i, item := range items {
		out[i] = to(item.Value)
	}
	return out
}

// Listings come in pages (API reference, "limit").
const (
	defaultPage = 25
	maxPage     = 500
)

// page reads what a client says about paging. A limit above the greatest is the greatest.
func page(limit *int32, position *string) (store.Range, error) {
	rng := store.Range{Limit: defaultPage}
	if limit != nil {
		if *limit < 1 {
			return rng, badRequest("Invalid limit specified: must be a number from 1 to %d", maxPage)
		}
		rng.Limit = min(int(*limit), maxPage)
	}
	after, err := base64.RawURLEncoding.DecodeString(text(position))
	if err != nil {
		return rng, badRequest("Invalid position parameter specified")
	}
	rng.After = string(after)
	return rng, nil
}

func position(after string) *string {
	return optional(base64.RawURLEncoding.EncodeToString([]byte(after)))
}

// newID returns an id for a part of an API.
func newID() string { return gateway.NewID(gateway.RestPartIDLength) }

// or0 is zero for what is absent.
func or0[N int32 | int64 | float64](p *N) N {
	if p == nil {
		return 0
	}
	return *p
}

// consistsOf reports whether s has at most longest characters, all of them ASCII letters, digits or of extra.
func consistsOf(s, extra string, longest int) bool {
	for i := range len(s) {
		c := s[i]
		alnum := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !alnum && strings.IndexByte(extra, c) < 0 {
			return false
		}
	}
	return len(s) <= longest
}
