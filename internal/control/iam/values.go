package iam

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/dipylon/dipylon/internal/policy"
	gen "github.com/dipylon/dipylon/internal/wire/gen/iam"
)

// Quotas of https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html. Documents are counted without
// white space.
const (
	maxTrust     = 2048
	maxInline    = 10240
	maxManaged   = 6144
	maxAttached  = 10
	maxVersions  = 5
	maxTags      = 50
	maxRoles     = 1000
	maxPolicies  = 1500
	defaultItems = 100
)

// Prefixes of unique ids (reference_identifiers).
const (
	roleIDs   = "AROA"
	policyIDs = "ANPA"
)

// newID returns a unique id of 21 characters, as AWS's are.
func newID(prefix string) string {
	const random = 17
	return prefix + rand.Text()[:random]
}

// encoded is a document as answers carry it: percent-encoded by RFC 3986.
func encoded(document string) *string {
	return new(strings.ReplaceAll(url.QueryEscape(document), "+", "%20"))
}

// checkDocument asks what IAM asks of a document.
func checkDocument(document string, as policy.Stored) error {
	err := policy.Check([]byte(document), as)
	if e, ok := errors.AsType[*policy.Error](err); ok {
		return &gen.MalformedPolicyDocumentException{Message: e.AWS}
	}
	return err
}

func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

func or(p *string, otherwise string) string {
	if p == nil || *p == "" {
		return otherwise
	}
	return *p
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// paging is what a client says about paging.
type paging struct {
	marker *string
	items  *int32
}

// page is a part of a listing, with what answers say about the rest.
type page[T any] struct {
	items     []T
	truncated bool
	marker    *string
}

// cut takes a page out of a listing. Keys are unique and order it; a marker is the key of the last item before.
func cut[T any](all []T, key func(T) string, p paging) (page[T], error) {
	slices.SortFunc(all, func(a, b T) int { return strings.Compare(key(a), key(b)) })
	if p.marker != nil {
		var after string
		raw, err := base64.RawURLEncoding.DecodeString(*p.marker)
		if err != nil || json.Unmarshal(raw, &after) != nil {
			return page[T]{}, validation("Invalid Marker.")
		}
		all = slices.DeleteFunc(all, func(item T) bool { return key(item) <= after })
	}
	limit := defaultItems
	if p.items != nil {
		limit = int(*p.items)
	}
	out := page[T]{items: all}
	if len(all) <= limit {
		return out, nil
	}
	out.items, out.truncated = all[:limit], true
	last, err := json.Marshal(key(all[limit-1]))
	out.marker = new(base64.RawURLEncoding.EncodeToString(last))
	return out, err
}

func convert[T, Out any](items []T, to func(T) Out) []Out {
	out := make([]Out, len(items))
	for i, item := range items {
		out[i] = to(item)
	}
	return out
}
