package apigateway

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/dipylon/dipylon/internal/store"
)

// ordered is an entry of a list that begins with the newest (fact 47).
type ordered[T any] struct {
	value T
	order int64
}

// newestFirst returns a page of a list. AWS takes a limit below one as none (recorded: test_negative_get_usage_plan_api_keys).
func newestFirst[T any](all []ordered[T], limit *int32, after *string) ([]T, *string, error) {
	if limit != nil && *limit < 1 {
		limit = nil
	}
	rng, err := page(limit, after)
	if err != nil {
		return nil, nil, err
	}
	below, err := orderOf(rng)
	if err != nil {
		return nil, nil, err
	}
	slices.SortFunc(all, func(a, b ordered[T]) int { return cmp.Compare(b.order, a.order) })
	start, _ := slices.BinarySearchFunc(all, below, func(o ordered[T], below int64) int {
		if o.order >= below {
			return -1
		}
		return 1
	})
	all = all[start:]
	var next *string
	if len(all) > rng.Limit {
		all = all[:rng.Limit]
		next = position(strconv.FormatInt(all[len(all)-1].order, 10))
	}
	values := make([]T, len(all))
	for i, o := range all {
		values[i] = o.value
	}
	return values, next, nil
}

// orderOf reads what position made: the order of the last entry of the page before.
func orderOf(rng store.Range) (int64, error) {
	const first = 1<<63 - 1
	if rng.After == "" {
		return first, nil
	}
	below, err := strconv.ParseInt(rng.After, 10, 64)
	if err != nil {
		return 0, badRequest("Invalid position parameter specified")
	}
	return below, nil
}
