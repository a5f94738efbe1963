package apigatewayv2

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/dipylon/dipylon/internal/store"
)

// AWS's clients send empty strings for what they leave out (Terraform does), so empty means absent throughout.

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
func set[F, T ~string](field *F, p *T) {
	if p != nil {
		*field = F(*p)
	}
}

// replace changes a field that cannot be empty.
func replace[F, T ~string](field *F, p *T) {
	if t := text(p); t != "" {
		*field = F(t)
	}
}

// setFlag changes a flag for which a value was given.
func setFlag(field, p *bool) {
	if p != nil {
		*field = *p
	}
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func trueOnly(b bool) *bool {
	if !b {
		return nil
	}
	return &b
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

func convert[T, Out any](items []store.Item[T], to func(T) Out) []Out {
	out := make([]Out, len(items))
	for i, item := range items {
		out[i] = to(item.Value)
	}
	return out
}

// Listings come in pages of at most maxPage.
const (
	defaultPage = 100
	maxPage     = 500
)

// page reads what a client says about paging.
func page(maxResults, token *string) (store.Range, error) {
	rng := store.Range{Limit: defaultPage}
	if m := text(maxResults); m != "" {
		n, err := strconv.Atoi(m)
		if err != nil || n < 1 || n > maxPage {
			return rng, badRequest("Invalid MaxResults %q: must be a number from 1 to %d", m, maxPage)
		}
		rng.Limit = n
	}
	after, err := base64.RawURLEncoding.DecodeString(text(token))
	if err != nil {
		return rng, badRequest("Invalid NextToken")
	}
	rng.After = string(after)
	return rng, nil
}

func nextToken(after string) *string {
	return optional(base64.RawURLEncoding.EncodeToString([]byte(after)))
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
