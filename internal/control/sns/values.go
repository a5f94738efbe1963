package sns

import (
	"encoding/base64"
	"slices"
	"strings"
)

func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

func truth(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// pageSize is how many items a listing has (https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html).
const pageSize = 100

// cut takes a page out of a listing. Keys are unique and order it; a token is the key of the last item before.
func cut[T any](all []T, token *string, key func(T) string) ([]T, *string, error) {
	slices.SortFunc(all, func(a, b T) int { return strings.Compare(key(a), key(b)) })
	if text(token) != "" {
		after, err := base64.RawURLEncoding.DecodeString(*token)
		if err != nil {
			return nil, nil, invalid("NextToken")
		}
		all = slices.DeleteFunc(all, func(item T) bool { return key(item) <= string(after) })
	}
	if len(all) <= pageSize {
		return all, nil, nil
	}
	next := base64.RawURLEncoding.EncodeToString([]byte(key(all[pageSize-1])))
	return all[:pageSize], &next, nil
}
